//! The space that a file takes: expired rows, eviction, and old reports of changes.

use rusqlite::{Connection, Result, params};

use super::rows::now_millis;

/// How many expired rows a transaction removes in passing.
const PURGED: i64 = 16;

/// How many rows are evicted at once, at most, and how many a transaction evicts.
const EVICTED_AT_ONCE: u32 = 64;
const EVICTED: u32 = 512;

/// How many reports of changes are kept for processes that have not read them. A process that is
/// behind by more drops its memory.
pub(super) const CHANGES: i64 = 10_000;

/// How long a lease that nobody has given up stays in the file after it has ended.
const ENDED_FOR: i64 = 60 * 60 * 1000;

/// Removes some expired rows. Returns whether there may be more.
pub(super) fn purge(connection: &Connection) -> Result<bool> {
    let mut delete = connection.prepare_cached(
        "DELETE FROM entries WHERE rowid IN
             (SELECT rowid FROM entries WHERE expires_at <= ?1 LIMIT ?2)",
    )?;
    Ok(delete.execute(params![now_millis(), PURGED])? > 0)
}

/// Removes rows that were used least recently, until the file has room for `max_bytes`, or so many
/// were removed that others wait for too long. Returns how many, and whether there is room now.
///
/// Pages that were given back count as room: the file does not get smaller, and new rows use them.
pub(super) fn make_room(connection: &Connection, max_bytes: u64) -> Result<(u64, bool)> {
    let (mut evicted, mut at_once) = (0, 1);
    while used_bytes(connection)? > max_bytes {
        let mut delete = connection.prepare_cached(
            "DELETE FROM entries WHERE rowid IN
                 (SELECT rowid FROM entries ORDER BY used_at LIMIT ?1)",
        )?;
        let deleted = delete.execute([at_once])?;
        evicted += deleted as u64;
        if deleted == 0 || evicted >= u64::from(EVICTED) {
            return Ok((evicted, deleted == 0));
        }
        at_once = (at_once * 2).min(EVICTED_AT_ONCE);
    }
    Ok((evicted, true))
}

/// Returns how many bytes of the file are in use.
pub(super) fn used_bytes(connection: &Connection) -> Result<u64> {
    let number = |sql| -> Result<u64> {
        let number: i64 = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(u64::try_from(number).unwrap_or(0))
    };
    let pages = number("PRAGMA page_count")?.saturating_sub(number("PRAGMA freelist_count")?);
    Ok(pages * number("PRAGMA page_size")?)
}

/// Removes the reports of changes that are too old, and leases that have ended long ago.
pub(super) fn prune(connection: &Connection) -> Result<()> {
    let mut delete = connection.prepare_cached(
        "DELETE FROM changes WHERE number <= (SELECT max(number) FROM changes) - ?1",
    )?;
    delete.execute([CHANGES])?;
    let mut delete = connection.prepare_cached("DELETE FROM leases WHERE expires_at < ?1")?;
    delete.execute([now_millis().saturating_sub(ENDED_FOR)])?;
    Ok(())
}
