//! The database of airports and routes: one `SQLite` file, which processes share, and a pool of
//! connections. Queries run on threads that may block.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use deadpool_sqlite::{Config, Hook, HookError, Pool, PoolConfig, PoolError, Runtime};
use rusqlite::{Connection, OptionalExtension};

use crate::airports::{Airport, Route};
use crate::dataset::{self, BuildError};

/// How long a query waits for a connection, and then for another process's write. Both together are
/// less than the limit of a request, so that the client gets the reason.
const PATIENCE: Duration = Duration::from_secs(3);

/// The number of routes of an airport that are returned.
const BUSIEST: u32 = 10;

/// The database. A clone uses the same connections.
#[derive(Debug, Clone)]
pub struct Database {
    connections: Pool,
}

/// The error of a query. It is `Clone` because all waiters of a computation get it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DatabaseError {
    /// There is no free connection, or a new one cannot be made.
    #[error("no connection to the database: {0}")]
    Connection(Arc<PoolError>),
    /// An error of `SQLite`.
    #[error("the database refused a query: {0}")]
    Query(Arc<rusqlite::Error>),
    /// The query panicked, or the program ends.
    #[error("a query was interrupted: {0}")]
    Interrupted(String),
}

/// A file that cannot be used as the database.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file does not exist and cannot be created.
    #[error("the database {path:?} cannot be created: {source}; name another path with --database")]
    Build {
        /// Its path.
        path: PathBuf,
        /// The reason.
        source: BuildError,
    },
    /// The file is something else.
    #[error(
        "{path:?} is not the database of this service: {source}; name another path with \
         --database, or remove the file to create a new one"
    )]
    Unusable {
        /// Its path.
        path: PathBuf,
        /// The reason.
        source: DatabaseError,
    },
}

impl Database {
    /// Opens the database at `path`. If there is none, creates it from the program's data.
    ///
    /// # Errors
    /// [`OpenError`] if the file is something else, or cannot be created.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        if !path.exists() {
            let path = path.to_owned();
            let built = tokio::task::spawn_blocking(move || match dataset::build(&path) {
                Ok(()) => Ok(()),
                Err(source) => Err(OpenError::Build { path, source }),
            });
            built.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        }
        let database = Database { connections: connections(path) };
        match database.airport("SFO").await {
            Ok(_) => Ok(database),
            Err(source) => Err(OpenError::Unusable { path: path.to_owned(), source }),
        }
    }

    /// Returns an airport with its busiest routes, or `None` if there is no such airport.
    ///
    /// # Errors
    /// [`DatabaseError`] if the database does not answer.
    pub(crate) async fn airport(&self, code: &str) -> Result<Option<Airport>, DatabaseError> {
        let code = code.to_owned();
        self.run(move |connection| airport(connection, code)).await
    }

    /// Renames an airport. Returns whether there is such an airport.
    ///
    /// # Errors
    /// [`DatabaseError`] if the database does not answer.
    pub(crate) async fn rename(&self, code: &str, name: String) -> Result<bool, DatabaseError> {
        let code = code.to_owned();
        self.run(move |connection| {
            let mut rename =
                connection.prepare_cached("UPDATE airports SET name = ?2 WHERE code = ?1")?;
            Ok(rename.execute((code, name))? > 0)
        })
        .await
    }

    /// Checks that the database answers.
    ///
    /// # Errors
    /// [`DatabaseError`] if it does not.
    pub(crate) async fn check(&self) -> Result<(), DatabaseError> {
        self.run(|connection| {
            let mut any = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM airports)")?;
            any.query_row((), |_| Ok(()))
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let connection = self
            .connections
            .get()
            .await
            .map_err(|error| DatabaseError::Connection(Arc::new(error)))?;
        let answer = connection
            .interact(query)
            .await
            .map_err(|error| DatabaseError::Interrupted(error.to_string()))?;
        answer.map_err(|error| DatabaseError::Query(Arc::new(error)))
    }
}

fn airport(connection: &Connection, code: String) -> rusqlite::Result<Option<Airport>> {
    let mut airport =
        connection.prepare_cached("SELECT name, city, state FROM airports WHERE code = ?1")?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let Some((name, city, state)) = airport.query_row([&code], row).optional()? else {
        return Ok(None);
    };
    let mut routes = connection.prepare_cached(
        "SELECT destination, flights FROM routes WHERE origin = ?1
         ORDER BY flights DESC, destination LIMIT ?2",
    )?;
    let routes = routes
        .query_map((&code, BUSIEST), |row| {
            Ok(Route { destination: row.get(0)?, flights: row.get(1)? })
        })?
        .collect::<Result<_, _>>()?;
    Ok(Some(Airport { code, name, city, state, routes }))
}

fn connections(path: &Path) -> Pool {
    let mut config = PoolConfig::default();
    config.timeouts.wait = Some(PATIENCE);
    let set_up = Hook::async_fn(|connection, _| {
        Box::pin(async move {
            let set_up = connection.interact(|connection| connection.busy_timeout(PATIENCE));
            let done = set_up.await.map_err(|error| HookError::message(error.to_string()))?;
            done.map_err(HookError::Backend)
        })
    });
    let Ok(builder) = Config::new(path).builder(Runtime::Tokio1);
    builder
        .config(config)
        .post_create(set_up)
        .build()
        .expect("timeouts need a runtime, which is given")
}
