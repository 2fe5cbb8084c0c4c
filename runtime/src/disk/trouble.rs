//! [`Trouble`], what is wrong with a file, by `SQLite`'s errors.

use rusqlite::{Error, ErrorCode};

use crate::tier::Failure;

/// What is wrong with a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Trouble {
    /// Another program holds the lock for longer than a query may take.
    Locked,
    /// There is no room for more, and may be for less.
    Full,
    ReadOnly,
    /// What is in the file makes no sense.
    Damaged,
    /// The file cannot be opened, read or written.
    Inaccessible,
}

impl Trouble {
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::SqliteFailure(error, _) => match error.code {
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Trouble::Locked,
                ErrorCode::DiskFull => Trouble::Full,
                ErrorCode::ReadOnly => Trouble::ReadOnly,
                // A table is missing or is another: `SQLITE_ERROR` has no code of its own.
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown => {
                    Trouble::Damaged
                }
                _ => Trouble::Inaccessible,
            },
            // A statement does not fit the tables.
            Error::SqlInputError { .. } | Error::InvalidColumnType(..) => Trouble::Damaged,
            _ => Trouble::Inaccessible,
        }
    }

    /// How calls count it.
    pub(super) fn failure(self) -> Failure {
        match self {
            Trouble::Locked => Failure::TimedOut,
            Trouble::Damaged | Trouble::Inaccessible => Failure::Broken,
            Trouble::Full | Trouble::ReadOnly => Failure::Refused { of_function: false },
        }
    }
}
