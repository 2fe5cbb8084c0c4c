//! What is done with the rows of a file, each within the caller's transaction.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};

use crate::tier::{Acquired, Acquisition, Found, OnValue, Stored};

/// Returns the time since 1970 by the machine's clock, which all its processes have.
fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Returns the milliseconds since 1970.
pub(super) fn now_millis() -> i64 {
    i64::try_from(since_epoch().as_millis()).unwrap_or(i64::MAX)
}

/// Returns the microseconds since 1970.
pub(super) fn now_micros() -> i64 {
    i64::try_from(since_epoch().as_micros()).unwrap_or(i64::MAX)
}

/// What is in the row of a key.
pub(super) enum Content {
    /// There is none, or it has expired.
    None,
    Found(Found),
    /// It is not what was stored: its checksum differs.
    Damaged,
}

impl Content {
    /// What a call gets.
    pub(super) fn into_found(self) -> Found {
        match self {
            Content::Found(found) => found,
            Content::None | Content::Damaged => Found::Nothing,
        }
    }
}

/// Reads the value of a key.
pub(super) fn read(connection: &Connection, key: &str, cap: usize) -> Result<Content> {
    let mut select = connection.prepare_cached(
        "SELECT expires_at, checksum, octet_length(value),
             CASE WHEN octet_length(value) <= ?2 THEN value END
         FROM entries WHERE key = ?1",
    )?;
    let cap_in_sql = i64::try_from(cap).unwrap_or(i64::MAX);
    let content = select.query_row(params![key, cap_in_sql], |row| content(row, key, cap));
    Ok(content.optional()?.unwrap_or(Content::None))
}

fn content(row: &Row<'_>, key: &str, cap: usize) -> Result<Content> {
    let expires_at = match row.get_ref(0)? {
        ValueRef::Null => None,
        ValueRef::Integer(expires_at) => Some(expires_at),
        _ => return Ok(Content::Found(Found::OtherType)),
    };
    let left = expires_at.map(|expires_at| expires_at.saturating_sub(now_millis()));
    if left.is_some_and(|left| left <= 0) {
        return Ok(Content::None);
    }
    let is_above = |length| usize::try_from(length).is_ok_and(|length| length > cap);
    if matches!(row.get_ref(2)?, ValueRef::Integer(length) if is_above(length)) {
        return Ok(Content::Found(Found::TooLarge));
    }
    let value = row.get_ref(3)?;
    let (ValueRef::Text(bytes) | ValueRef::Blob(bytes)) = value else {
        return Ok(Content::Found(Found::OtherType));
    };
    let is_text = matches!(value, ValueRef::Text(_));
    match row.get_ref(1)? {
        // Of another program.
        ValueRef::Null => (),
        ValueRef::Integer(known) if known == checksum(key, bytes, is_text, expires_at) => (),
        _ => return Ok(Content::Damaged),
    }
    let left = left.and_then(|left| u64::try_from(left).ok());
    Ok(Content::Found(Found::Value(bytes.to_vec(), left)))
}

/// Tells a row as it was stored from one that has changed on the device: `SQLite` has no checksums.
fn checksum(key: &str, bytes: &[u8], is_text: bool, expires_at: Option<i64>) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(key.len() as u64).to_le_bytes()).update(key.as_bytes());
    hasher.update(&expires_at.unwrap_or(i64::MAX).to_le_bytes()).update(&[u8::from(is_text)]);
    hasher.update(bytes);
    let mut sum = [0; 8];
    hasher.finalize_xof().fill(&mut sum);
    i64::from_le_bytes(sum)
}

/// Writes a value over whatever is there.
pub(super) fn write(
    connection: &Connection,
    key: &str,
    bytes: &[u8],
    ttl: Option<u64>,
) -> Result<()> {
    let millis = |ttl| now_millis().saturating_add(i64::try_from(ttl).unwrap_or(i64::MAX));
    let expires_at = ttl.map(millis);
    // As text, so that all tools show it.
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    let value = match text {
        Some(text) => ValueRef::Text(text.as_bytes()),
        None => ValueRef::Blob(bytes),
    };
    let checksum = checksum(key, bytes, text.is_some(), expires_at);
    let mut upsert = connection.prepare_cached(
        "INSERT INTO entries (key, value, expires_at, used_at, checksum)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at,
             used_at = excluded.used_at, checksum = excluded.checksum",
    )?;
    let value = rusqlite::types::ToSqlOutput::Borrowed(value);
    upsert.execute(params![key, value, expires_at, now_micros(), checksum])?;
    Ok(())
}

/// Takes the lease of a key if it is free, and reads the value, as `on_value` says. Returns also
/// whether the value is damaged.
pub(super) fn acquire(
    connection: &Connection,
    key: &str,
    token: &str,
    lease: i64,
    (on_value, cap): (OnValue, usize),
) -> Result<(Acquired, bool)> {
    if on_value == OnValue::Leave && exists(connection, key)? {
        let found = Found::Nothing;
        return Ok((Acquired { lease: Acquisition::Found, found }, false));
    }
    let content = match on_value {
        OnValue::Leave => Content::None,
        OnValue::Read | OnValue::Take => read(connection, key, cap)?,
    };
    let is_damaged = matches!(content, Content::Damaged);
    let found = content.into_found();
    if on_value == OnValue::Read && !matches!(found, Found::Nothing) {
        return Ok((Acquired { lease: Acquisition::Found, found }, is_damaged));
    }
    let lease = match holder(connection, key)? {
        Some((holder, millis)) if holder != token => Acquisition::Held { holder, millis },
        _ => {
            take_lease(connection, key, token, lease)?;
            Acquisition::Taken
        }
    };
    Ok((Acquired { lease, found }, is_damaged))
}

/// Returns the token of a lease that is held, and for how many milliseconds.
fn holder(connection: &Connection, key: &str) -> Result<Option<(String, u64)>> {
    let mut select =
        connection.prepare_cached("SELECT token, expires_at, millis FROM leases WHERE key = ?1")?;
    let row = select.query_row([key], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
    });
    let Some((token, expires_at, millis)) = row.optional()? else { return Ok(None) };
    let left = expires_at.saturating_sub(now_millis());
    // One that is to last for longer than it was taken for was taken by another time.
    Ok((left > 0 && left <= millis).then(|| (token, u64::try_from(left).unwrap_or(0))))
}

/// Takes the lease of a key from its holder, if there is one.
pub(super) fn take_lease(
    connection: &Connection,
    key: &str,
    token: &str,
    lease: i64,
) -> Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT OR REPLACE INTO leases (key, token, expires_at, millis) VALUES (?1, ?2, ?3, ?4)",
    )?;
    insert.execute(params![key, token, now_millis().saturating_add(lease), lease])?;
    Ok(())
}

/// Renews a lease that is still held.
pub(super) fn renew_lease(
    connection: &Connection,
    key: &str,
    token: &str,
    lease: i64,
) -> Result<()> {
    let mut update = connection
        .prepare_cached("UPDATE leases SET expires_at = ?3 WHERE key = ?1 AND token = ?2")?;
    update.execute(params![key, token, now_millis().saturating_add(lease)])?;
    Ok(())
}

/// Gives a lease up. Returns whether it was still held, or had only expired.
pub(super) fn release(connection: &Connection, key: &str, token: &str) -> Result<bool> {
    let mut delete =
        connection.prepare_cached("DELETE FROM leases WHERE key = ?1 AND token = ?2")?;
    Ok(delete.execute([key, token])? > 0)
}

/// Stores a value whose lease is still held, and gives the lease up.
pub(super) fn store(
    connection: &Connection,
    (key, token): (&str, &str),
    bytes: &[u8],
    ttl: Option<u64>,
    origin: &str,
) -> Result<Stored> {
    if !release(connection, key, token)? {
        return Ok(Stored::Revoked);
    }
    // Other processes may have the older value in memory. Without one, there is nothing to report.
    if exists(connection, key)? {
        report(connection, key, origin, false)?;
    }
    write(connection, key, bytes, ttl)?;
    Ok(Stored::Done)
}

/// Whether there is a value that has not expired.
fn exists(connection: &Connection, key: &str) -> Result<bool> {
    let mut select = connection.prepare_cached(
        "SELECT 1 FROM entries WHERE key = ?1 AND (expires_at IS NULL OR expires_at > ?2)",
    )?;
    select.exists(params![key, now_millis()])
}

/// Writes a value past all leases; without `bytes`, removes it.
pub(super) fn insert(
    connection: &Connection,
    key: &str,
    bytes: Option<&[u8]>,
    ttl: Option<u64>,
    origin: &str,
) -> Result<()> {
    let Some(bytes) = bytes else { return remove(connection, key, origin) };
    connection.prepare_cached("DELETE FROM leases WHERE key = ?1")?.execute([key])?;
    report(connection, key, origin, false)?;
    write(connection, key, bytes, ttl)
}

/// Removes a value, revokes its lease, and reports both.
pub(super) fn remove(connection: &Connection, key: &str, origin: &str) -> Result<()> {
    connection.prepare_cached("DELETE FROM leases WHERE key = ?1")?.execute([key])?;
    connection.prepare_cached("DELETE FROM entries WHERE key = ?1")?.execute([key])?;
    report(connection, key, origin, false)
}

/// Reports a change of a key, or of all keys with this outline, to other processes.
pub(super) fn report(
    connection: &Connection,
    key: &str,
    origin: &str,
    is_clear: bool,
) -> Result<()> {
    let mut insert = connection
        .prepare_cached("INSERT INTO changes (key, is_clear, origin) VALUES (?1, ?2, ?3)")?;
    insert.execute(params![key, is_clear, origin])?;
    Ok(())
}

/// Returns some keys of a table from this one on, in their order. `table` is `entries` or `leases`.
pub(super) fn keys_from(
    connection: &Connection,
    table: &str,
    key: &str,
    limit: usize,
) -> Result<Vec<String>> {
    let sql = format!("SELECT key FROM {table} WHERE key >= ?1 ORDER BY key LIMIT ?2");
    let mut select = connection.prepare_cached(&sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    // A key of another program may be anything.
    let rows = select.query_map(params![key, limit], |row| row.get::<_, Value>(0))?;
    let text = |value| match value {
        Value::Text(text) => Some(text),
        _ => None,
    };
    Ok(rows.collect::<Result<Vec<_>>>()?.into_iter().filter_map(text).collect())
}

/// Deletes these keys of a table.
pub(super) fn delete(connection: &Connection, table: &str, keys: &[String]) -> Result<()> {
    let mut delete = connection.prepare_cached(&format!("DELETE FROM {table} WHERE key = ?1"))?;
    keys.iter().try_for_each(|key| delete.execute([key]).map(drop))
}

/// Notes when keys were used last.
pub(super) fn touch<'a>(
    connection: &Connection,
    used: impl Iterator<Item = (&'a str, i64)>,
) -> Result<()> {
    let mut update = connection
        .prepare_cached("UPDATE entries SET used_at = ?2 WHERE key = ?1 AND used_at < ?2")?;
    for (key, used_at) in used {
        update.execute(params![key, used_at])?;
    }
    Ok(())
}
