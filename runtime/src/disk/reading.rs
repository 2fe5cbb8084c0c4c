//! [`Reading`], the file as the thread that reads has it open.

use rusqlite::Connection;

use super::file::FileId;

/// The file as the thread that reads has it open.
pub(super) struct Reading {
    pub(super) connection: Connection,
    pub(super) id: FileId,
    /// The number of the last change that was reported.
    pub(super) position: i64,
    /// The version of the data at that time, by this connection's count.
    pub(super) version: i64,
}
