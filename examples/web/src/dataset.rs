//! The tables of the database, filled with the data that is part of the program.

use std::io;
use std::path::Path;

use functools_examples::data::{self, DataError};
use rusqlite::Connection;
use tempfile::Builder;

const TABLES: &str = "
    CREATE TABLE airports (
        code TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        city TEXT NOT NULL,
        state TEXT NOT NULL,
        latitude REAL NOT NULL,
        longitude REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE routes (
        origin TEXT NOT NULL REFERENCES airports,
        destination TEXT NOT NULL REFERENCES airports,
        flights INTEGER NOT NULL,
        PRIMARY KEY (origin, destination)
    ) WITHOUT ROWID;
    CREATE INDEX busiest ON routes (origin, flights);
";

/// The reason why a database cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The file cannot be written.
    #[error("the file cannot be written: {0}")]
    File(#[from] io::Error),
    /// An error of `SQLite`.
    #[error("the tables cannot be filled: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The program's data is invalid.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// Creates the database at `path`, unless another process does so first. The file appears only when
/// it is complete.
pub(crate) fn build(path: &Path) -> Result<(), BuildError> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let file = Builder::new().prefix(".flights-").suffix(".sqlite").tempfile_in(directory)?;
    let file = file.into_temp_path();
    fill(&file)?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        persisted => Ok(persisted.map_err(|error| error.error)?),
    }
}

fn fill(path: &Path) -> Result<(), BuildError> {
    let mut connection = Connection::open(path)?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    {
        let mut airport =
            transaction.prepare("INSERT INTO airports VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        for row in data::airports()? {
            airport.execute((
                row.code,
                row.name,
                row.city,
                row.state,
                row.latitude,
                row.longitude,
            ))?;
        }
        let mut route = transaction.prepare("INSERT INTO routes VALUES (?1, ?2, ?3)")?;
        for row in data::routes()? {
            route.execute((row.origin, row.destination, row.flights))?;
        }
    }
    transaction.commit()?;
    // A property of the file: readers and a writer do not wait for each other.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.close().map_err(|(_, error)| error.into())
}
