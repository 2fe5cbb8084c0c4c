//! The queries that are sent to Redis, and the meaning of their answers.

use redis::{Cmd, Pipeline, Value, pipe};

use super::names::{lease_key, leased_key, removal_notice, staging_affixes, staging_key};
use super::reply::is_no_such_key;
use super::script;
use crate::tier::{Acquisition, Found, OnValue, TemplatePart, could_be_key};

/// Commands that are sent together.
pub(super) struct Query {
    pub(super) pipeline: Pipeline,
    /// Whether answers without an error are of the kinds that Redis gives to these commands.
    pub(super) is_expected: fn(&[Value]) -> bool,
}

impl Query {
    pub(super) fn new(is_expected: fn(&[Value]) -> bool) -> Self {
        Query { pipeline: pipe(), is_expected }
    }

    pub(super) fn single(command: Cmd, is_expected: fn(&[Value]) -> bool) -> Self {
        let mut query = Query::new(is_expected);
        query.pipeline.add_command(command);
        query
    }
}

pub(super) fn are_numbers(answers: &[Value]) -> bool {
    answers.iter().all(|answer| matches!(answer, Value::Int(_)))
}

/// Queries a value and its remaining milliseconds; of a value beyond the cap, at most one byte
/// over it.
pub(super) fn add_read(pipeline: &mut Pipeline, key: &str, cap: usize) {
    // Preallocated: every shared hit sends this query.
    let mut get = Cmd::with_capacity(4, 32 + key.len());
    get.arg("GETRANGE").arg(key).arg(0).arg(cap);
    let mut ttl = Cmd::with_capacity(2, 4 + key.len());
    ttl.arg("PTTL").arg(key);
    pipeline.add_command(get);
    pipeline.add_command(ttl);
}

pub(super) fn read(key: &str, cap: usize) -> Query {
    let is_expected = |answers: &[Value]| is_read(answers);
    let mut query = Query { pipeline: Pipeline::with_capacity(2), is_expected };
    add_read(&mut query.pipeline, key, cap);
    query
}

fn is_read(answers: &[Value]) -> bool {
    matches!(answers, [Value::BulkString(_) | Value::ServerError(_), Value::Int(_)])
}

/// Takes the lease of a key, and reads its value, unless it is to be left.
pub(super) fn acquire(key: &str, cap: usize, token: &str, millis: u64, on_value: OnValue) -> Query {
    let (lease, place) = (lease_key(key), staging_key(key, token));
    let unless = if on_value == OnValue::Take { "" } else { "unless" };
    let arguments = [token, &millis.to_string(), unless];
    let call = script::ACQUIRE.call(&[&lease, &place, key], &arguments);
    let mut query = Query::single(call, is_acquired);
    if on_value != OnValue::Leave {
        add_read(&mut query.pipeline, key, cap);
    }
    query
}

fn is_acquired(answers: &[Value]) -> bool {
    let [acquired, rest @ ..] = answers else { return false };
    let has_read = || rest.len() >= 2 && is_read(&rest[..2]) && are_numbers(&rest[2..]);
    acquisition(acquired).is_some() && (are_numbers(rest) || has_read())
}

/// The outcome of taking a lease, by the first answer to [`acquire`].
pub(super) fn acquisition(answer: &Value) -> Option<Acquisition> {
    match answer {
        Value::Int(1) => Some(Acquisition::Taken),
        Value::Int(0) => Some(Acquisition::Found),
        Value::Array(held) => match held.as_slice() {
            [Value::BulkString(holder), Value::Int(millis)] => Some(Acquisition::Held {
                holder: String::from_utf8_lossy(holder).into_owned(),
                // A lease without an expiry has no holder that renews it.
                millis: u64::try_from(*millis).unwrap_or(0),
            }),
            _ => None,
        },
        _ => None,
    }
}

/// Takes the lease of a key from its holder.
pub(super) fn take_over(key: &str, token: &str, millis: u64) -> Query {
    let (lease, place) = (lease_key(key), staging_key(key, token));
    let (before, after) = staging_affixes(key);
    let arguments = [token, &millis.to_string(), before, &after];
    Query::single(script::TAKE_OVER.call(&[&lease, &place], &arguments), are_numbers)
}

/// The way to store a result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum StoreBy {
    /// By plain commands, which are not pushed to this client.
    Rename,
    /// By one script, where nothing is pushed.
    Script,
}

/// Stores a value for these milliseconds, or for ever, if the lease was neither lost nor
/// revoked. Then the lease is given up.
///
/// What `before` has is sent first: what puts the key into the sets of tags.
pub(super) fn store(
    before: Pipeline,
    (key, token): (&str, &str),
    value: &[u8],
    ttl: Option<u64>,
    by: StoreBy,
) -> Query {
    let (lease, place) = (lease_key(key), staging_key(key, token));
    let is_expected = |answers: &[Value]| stored(answers).is_some();
    let mut query = Query { pipeline: before, is_expected };
    if by == StoreBy::Script {
        let mut call = script::STORE.call(&[&lease, &place, key], &[token]);
        call.arg(value);
        if let Some(millis) = ttl {
            call.arg(millis);
        }
        query.pipeline.add_command(call);
        return query;
    }
    let set = query.pipeline.cmd("SET").arg(&place).arg(value).arg("XX");
    if let Some(millis) = ttl {
        set.arg("PX").arg(millis);
    }
    query.pipeline.cmd("RENAME").arg(&place).arg(key);
    query.pipeline.add_command(script::RELEASE.call(&[&lease, &place], &[token]));
    query
}

/// Whether a value is stored, by the answers to [`store`]; `None` if they do not say. Those about
/// tags come first.
pub(super) fn stored(mut answers: &[Value]) -> Option<bool> {
    while let [Value::Int(_), rest @ ..] = answers
        && !rest.is_empty()
    {
        answers = rest;
    }
    match answers {
        [Value::Okay, Value::Okay, _] | [Value::Int(1)] => Some(true),
        [Value::Nil, ..] | [Value::Int(0)] => Some(false),
        // Between the two the place was removed.
        [Value::Okay, Value::ServerError(error), _] if is_no_such_key(error) => Some(false),
        _ => None,
    }
}

pub(super) fn release(key: &str, token: &str) -> Query {
    let (lease, place) = (lease_key(key), staging_key(key, token));
    Query::single(script::RELEASE.call(&[&lease, &place], &[token]), are_numbers)
}

pub(super) fn renew<'a>(leases: impl Iterator<Item = (&'a str, &'a str)>, millis: u64) -> Query {
    let mut query = Query::new(are_numbers);
    for (key, token) in leases {
        let (lease, place) = (lease_key(key), staging_key(key, token));
        let call = script::RENEW.call(&[&lease, &place], &[token, &millis.to_string()]);
        query.pipeline.add_command(call);
    }
    query
}

fn revoke(key: &str) -> Cmd {
    let (before, after) = staging_affixes(key);
    script::REVOKE.call(&[&lease_key(key)], &[before, &after])
}

/// Stores an inserted value, and revokes the leases of computations. `before` is sent first.
pub(super) fn insert(before: Pipeline, key: &str, value: &[u8], ttl: Option<u64>) -> Query {
    let is_expected = |answers: &[Value]| {
        answers.iter().all(|answer| matches!(answer, Value::Int(_) | Value::Okay))
    };
    let mut query = Query { pipeline: before, is_expected };
    query.pipeline.add_command(revoke(key));
    let set = query.pipeline.cmd("SET").arg(key).arg(value);
    if let Some(millis) = ttl {
        set.arg("PX").arg(millis);
    }
    query
}

/// Removes a value, revokes its lease, and writes a notice. In contrast to [`remove`], nothing
/// of it is pushed to this client.
pub(super) fn replace_by_nothing(key: &str, identity: &str) -> Query {
    let mut query = Query::single(revoke(key), are_numbers);
    query.pipeline.add_command(script::NOTIFY.call(&[&removal_notice(key, identity)], &[]));
    query.pipeline.cmd("UNLINK").arg(key);
    query
}

/// Removes values, revokes their leases, and writes notices.
pub(super) fn remove<'a>(keys: impl Iterator<Item = &'a str>, identity: &str) -> Query {
    let mut query = Query::new(are_numbers);
    for key in keys {
        query.pipeline.add_command(remove_one(key, identity));
    }
    query
}

/// Removes values and revokes their leases, as a part of a clear, which writes its own notice.
pub(super) fn void<'a>(keys: impl Iterator<Item = &'a str>) -> Query {
    let mut query = Query::new(are_numbers);
    for key in keys {
        let (before, after) = staging_affixes(key);
        query.pipeline.add_command(script::VOID.call(&[&lease_key(key), key], &[before, &after]));
    }
    query
}

pub(super) fn remove_one(key: &str, identity: &str) -> Cmd {
    let (before, after) = staging_affixes(key);
    let notice = removal_notice(key, identity);
    script::REMOVE.call(&[&lease_key(key), key, &notice], &[before, &after])
}

/// Has a notice pushed to others.
pub(super) fn notify(notice: &str) -> Query {
    Query::single(script::NOTIFY.call(&[notice], &[]), are_numbers)
}

/// Queries the remaining milliseconds of each of these keys: -2 for an absent key.
pub(super) fn ttls<'a>(keys: impl Iterator<Item = &'a str>) -> Query {
    let mut query = Query::new(are_numbers);
    for key in keys {
        query.pipeline.cmd("PTTL").arg(key);
    }
    query
}

pub(super) fn scan(cursor: &str, pattern: &str) -> Query {
    let mut query = Query::new(|answers| scanned(answers).is_some());
    query.pipeline.cmd("SCAN").arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(500);
    query
}

/// A page of a scan: the cursor of the next one, and the names found.
fn scanned(answers: &[Value]) -> Option<(&[u8], &[Value])> {
    let [Value::Array(page)] = answers else { return None };
    match page.as_slice() {
        [Value::BulkString(cursor), Value::Array(names)] => Some((cursor, names)),
        [Value::SimpleString(cursor), Value::Array(names)] => Some((cursor.as_bytes(), names)),
        _ => None,
    }
}

/// A page of a scan: the cursor of the next one, and the names found, as text.
pub(super) fn scanned_names(answers: &[Value]) -> Option<(String, Vec<String>)> {
    let text = |name: &Value| match name {
        Value::BulkString(bytes) => String::from_utf8(bytes.clone()).ok(),
        Value::SimpleString(text) => Some(text.clone()),
        _ => None,
    };
    let (cursor, names) = scanned(answers)?;
    let cursor = std::str::from_utf8(cursor).ok()?.to_owned();
    Some((cursor, names.iter().filter_map(text).collect()))
}

/// A page of a scan: the cursor of the next one, and the keys of a function found, of which a
/// value, a lease or a staging key is there.
pub(super) fn page(answers: &[Value], parts: &[TemplatePart]) -> Option<(String, Vec<String>)> {
    let (cursor, names) = scanned_names(answers)?;
    let keys = names.iter().map(|name| leased_key(name).unwrap_or(name).to_owned());
    let mut keys: Vec<_> = keys.filter(|key| could_be_key(parts, key)).collect();
    keys.sort_unstable();
    keys.dedup();
    Some((cursor, keys))
}

/// Requests pushes of changes to all keys with these prefixes. With `retracks` they replace the
/// earlier ones.
pub(super) fn track(prefixes: &[&'static str], retracks: bool) -> Query {
    let mut query = Query::new(|_| true);
    let pipeline = &mut query.pipeline;
    if retracks {
        pipeline.cmd("MULTI");
        pipeline.cmd("CLIENT").arg("TRACKING").arg("OFF");
    }
    let on = pipeline.cmd("CLIENT").arg("TRACKING").arg("ON").arg("BCAST").arg("NOLOOP");
    for prefix in prefixes {
        on.arg("PREFIX").arg(prefix);
    }
    if retracks {
        pipeline.cmd("EXEC");
    }
    query
}

pub(super) fn ping() -> Query {
    let mut query = Query::new(|_| true);
    query.pipeline.cmd("PING");
    query
}

pub(super) fn name(name: &str) -> Query {
    let mut query = Query::new(|_| true);
    query.pipeline.cmd("CLIENT").arg("SETNAME").arg(name);
    query
}

/// The value that [`read`] has found, by its answers.
pub(super) fn parse_read(mut answers: Vec<Value>, cap: usize) -> Found {
    match answers.as_mut_slice() {
        [Value::BulkString(value), Value::Int(_)] if value.len() > cap => Found::TooLarge,
        [Value::BulkString(_), Value::Int(-2)] => Found::Nothing,
        [Value::BulkString(value), Value::Int(millis)] => {
            Found::Value(std::mem::take(value), u64::try_from(*millis).ok())
        }
        [Value::ServerError(error), _] if error.code() == "WRONGTYPE" => Found::OtherType,
        _ => Found::Refused,
    }
}
