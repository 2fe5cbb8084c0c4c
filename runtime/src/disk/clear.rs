//! Removal of all keys of a function.
//!
//! First leases are revoked and the clear is reported: what is being computed is not stored. Then
//! values are removed. Processes may read some of them meanwhile, so it is reported again at the
//! end.

use rusqlite::{Connection, Result};

use super::job::ClearStage;
use super::rows::{delete, keys_from, report};
use crate::tier::{TemplatePart, could_be_key, outline, prefix};

/// How many rows a transaction looks at.
const ROWS: usize = 500;

/// Does one step, and returns the next stage.
pub(super) fn step(
    connection: &Connection,
    parts: &[TemplatePart],
    stage: &ClearStage,
    origin: &str,
) -> Result<ClearStage> {
    let report = || report(connection, &outline(parts), origin, true);
    match stage {
        ClearStage::Leases(from) => match remove(connection, "leases", parts, from)? {
            Some(next) => Ok(ClearStage::Leases(next)),
            None => {
                report()?;
                Ok(ClearStage::Values(prefix(parts).to_owned()))
            }
        },
        ClearStage::Values(from) => match remove(connection, "entries", parts, from)? {
            Some(next) => Ok(ClearStage::Values(next)),
            None => {
                report()?;
                Ok(ClearStage::Done)
            }
        },
        ClearStage::Done => Ok(ClearStage::Done),
    }
}

/// Removes some rows of a table whose keys are the function's. Returns the key to go on from.
fn remove(
    connection: &Connection,
    table: &str,
    parts: &[TemplatePart],
    from: &str,
) -> Result<Option<String>> {
    let keys = keys_from(connection, table, from, ROWS)?;
    let is_full = keys.len() == ROWS;
    let last = keys.last().cloned();
    let ours: Vec<_> = keys.into_iter().filter(|key| could_be_key(parts, key)).collect();
    delete(connection, table, &ours)?;
    let next = last.filter(|last| is_full && last.starts_with(prefix(parts)));
    // The key after it.
    Ok(next.map(|last| last + "\0"))
}
