//! What is said to Redis, and what its answers mean.

use redis::{Pipeline, Value, cmd, pipe};

use super::link::is_no_such_key;
use super::template::{
    Part, clear_notice, lease_of, leased, matches, place_around, place_of, removal_notice,
};

// A lease says by its token who computes. Beside it, under a name with the token in it, there is a place for the result,
// as long as it is wanted: who invalidates removes both. So a result is stored by two plain commands, of which the
// second does nothing if the place is gone. A script would be as good, but what a script writes Redis announces to
// the very client that sent it.

/// Takes a lease that nobody has, and makes the place for the result.
const ACQUIRE: &str = "\
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
redis.call('SET', KEYS[2], '', 'PX', ARGV[2])
return 1";

/// Takes a lease, whoever has it.
const SEIZE: &str = "\
local token = redis.call('GET', KEYS[1])
if token then redis.call('UNLINK', ARGV[3] .. token .. ARGV[4]) end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], '', 'PX', ARGV[2])
return 1";

/// Gives a lease up.
const RELEASE: &str = "\
redis.call('UNLINK', KEYS[2])
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('UNLINK', KEYS[1]) end
return 1";

/// Lets a lease live on.
const RENEW: &str = "\
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[2])";

/// Removes a lease, whoever has it, and what else is named.
const REMOVE: &str = "\
local token = redis.call('GET', KEYS[1])
if token then redis.call('UNLINK', ARGV[1] .. token .. ARGV[2]) end
return redis.call('UNLINK', unpack(KEYS))";

fn script(script: &str, keys: &[&str], arguments: &[&str]) -> redis::Cmd {
    cmd("EVAL").arg(script).arg(keys.len()).arg(keys).arg(arguments).take()
}

fn one(command: redis::Cmd) -> Pipeline {
    let mut pipeline = pipe();
    pipeline.add_command(command);
    pipeline
}

/// Asks for a value and for how long it is good; of a value beyond the cap, no more than one byte over it.
fn add_read(pipeline: &mut Pipeline, key: &str, cap: usize) {
    // With room for all, lest it be made bit by bit: this is what every shared hit asks.
    let mut get = redis::Cmd::with_capacity(4, 32 + key.len());
    get.arg("GETRANGE").arg(key).arg(0).arg(cap);
    let mut ttl = redis::Cmd::with_capacity(2, 4 + key.len());
    ttl.arg("PTTL").arg(key);
    pipeline.add_command(get);
    pipeline.add_command(ttl);
}

pub(super) fn read(key: &str, cap: usize) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(2);
    add_read(&mut pipeline, key, cap);
    pipeline
}

/// Tries to become the one who computes, and asks whether there is a value by now.
pub(super) fn acquire(key: &str, cap: usize, token: &str, millis: u64) -> Pipeline {
    let (lease, place) = (lease_of(key), place_of(key, token));
    let mut pipeline = one(script(ACQUIRE, &[&lease, &place], &[token, &millis.to_string()]));
    add_read(&mut pipeline, key, cap);
    pipeline
}

/// Becomes the one whose result is stored, whoever else computes.
pub(super) fn seize(key: &str, token: &str, millis: u64) -> Pipeline {
    let (lease, place) = (lease_of(key), place_of(key, token));
    let (before, after) = place_around(key);
    one(script(SEIZE, &[&lease, &place], &[token, &millis.to_string(), before, &after]))
}

/// Stores a value for so many milliseconds, or for ever, if the lease was neither lost nor taken
/// away. Then that is given up.
pub(super) fn store(key: &str, token: &str, value: &[u8], ttl: Option<u64>) -> Pipeline {
    let place = place_of(key, token);
    let mut pipeline = Pipeline::with_capacity(3);
    let set = pipeline.cmd("SET").arg(&place).arg(value).arg("XX");
    if let Some(millis) = ttl {
        set.arg("PX").arg(millis);
    }
    pipeline.cmd("RENAME").arg(&place).arg(key);
    pipeline.add_command(script(RELEASE, &[&lease_of(key), &place], &[token]));
    pipeline
}

/// What the answers to [`store`] say: whether it is stored, if Redis did not refuse.
pub(super) fn stored(answers: &[Value]) -> Option<bool> {
    match answers {
        [Value::Okay, Value::Okay, _] => Some(true),
        [Value::Nil, ..] => Some(false),
        // Between the two the place was removed.
        [Value::Okay, Value::ServerError(error), _] if is_no_such_key(error) => Some(false),
        _ => None,
    }
}

pub(super) fn release(key: &str, token: &str) -> Pipeline {
    one(script(RELEASE, &[&lease_of(key), &place_of(key, token)], &[token]))
}

pub(super) fn renew<'a>(
    leases: impl Iterator<Item = (&'a String, &'a String)>,
    millis: u64,
) -> Pipeline {
    let mut pipeline = pipe();
    for (key, token) in leases {
        let (lease, place) = (lease_of(key), place_of(key, token));
        pipeline.add_command(script(RENEW, &[&lease, &place], &[token, &millis.to_string()]));
    }
    pipeline
}

/// Stores a value that nobody computed, past all who compute one.
pub(super) fn insert(key: &str, value: &[u8], ttl: Option<u64>) -> Pipeline {
    let (before, after) = place_around(key);
    let mut pipeline = one(script(REMOVE, &[&lease_of(key)], &[before, &after]));
    let set = pipeline.cmd("SET").arg(key).arg(value);
    if let Some(millis) = ttl {
        set.arg("PX").arg(millis);
    }
    pipeline
}

/// Removes a value past all who compute one. As with [`insert`], and other than with [`remove`],
/// the client that sends this is not told of it.
pub(super) fn replace_by_nothing(key: &str) -> Pipeline {
    let (before, after) = place_around(key);
    let mut pipeline = one(script(REMOVE, &[&lease_of(key)], &[before, &after]));
    pipeline.cmd("UNLINK").arg(key);
    pipeline
}

/// Removes values, and the leases of who computes them. [`announce_removal`] goes before it.
pub(super) fn remove<'a>(keys: impl Iterator<Item = &'a str>) -> Pipeline {
    let mut pipeline = pipe();
    for key in keys {
        let (before, after) = place_around(key);
        pipeline.add_command(script(REMOVE, &[&lease_of(key), key], &[before, &after]));
    }
    pipeline
}

/// Lets other processes know that keys are being removed, also those that are not there, of which
/// Redis says nothing: they may have expired and be in reserve, or memory may have what is not
/// shared. It goes before the removal, which Redis confirms: then it has this, too. What Redis
/// answers does not matter: a server that is full removes, and takes no notices.
pub(super) fn announce_removal<'a>(keys: impl Iterator<Item = &'a str>) -> Pipeline {
    announce(keys.map(removal_notice))
}

/// Lets other processes know that all keys of a function have been removed.
pub(super) fn announce_clear(parts: &[Part]) -> Pipeline {
    announce([clear_notice(parts)].into_iter())
}

/// Writes and removes keys that others track. Each is there for no longer than it takes, since its
/// expiry would be announced, too. Two plain commands, as what a script writes is announced to the
/// very client that sent it.
fn announce(notices: impl Iterator<Item = String>) -> Pipeline {
    let mut pipeline = pipe();
    for notice in notices {
        pipeline.cmd("SET").arg(&notice).arg("").arg("PX").arg(1000);
        pipeline.cmd("UNLINK").arg(&notice);
    }
    pipeline
}

/// Asks for how many milliseconds each of these keys is good: -2 for one that is not there.
pub(super) fn ttls<'a>(keys: impl Iterator<Item = &'a str>) -> Pipeline {
    let mut pipeline = pipe();
    for key in keys {
        pipeline.cmd("PTTL").arg(key);
    }
    pipeline
}

/// Removes keys as they are.
pub(super) fn unlink(keys: &[&str]) -> Pipeline {
    let mut pipeline = pipe();
    pipeline.cmd("UNLINK").arg(keys);
    pipeline
}

pub(super) fn scan(cursor: &str, pattern: &str) -> Pipeline {
    let mut pipeline = pipe();
    pipeline.cmd("SCAN").arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(500);
    pipeline
}

/// Asks to be told of changes to all keys that begin so. With `anew` nothing that was asked before holds.
pub(super) fn track(prefixes: &[&'static str], anew: bool) -> Pipeline {
    let mut pipeline = pipe();
    if anew {
        pipeline.cmd("MULTI");
        pipeline.cmd("CLIENT").arg("TRACKING").arg("OFF");
    }
    let on = pipeline.cmd("CLIENT").arg("TRACKING").arg("ON").arg("BCAST").arg("NOLOOP");
    for prefix in prefixes {
        on.arg("PREFIX").arg(prefix);
    }
    if anew {
        pipeline.cmd("EXEC");
    }
    pipeline
}

/// Asks whether values can be read, and leases taken.
pub(super) fn probe(prefix: &str) -> Pipeline {
    let mut pipeline = pipe();
    pipeline.cmd("PING");
    add_read(&mut pipeline, prefix, 0);
    let (lease, place) = (lease_of(prefix), place_of(prefix, "probe"));
    pipeline.add_command(script(ACQUIRE, &[&lease, &place], &["probe", "100"]));
    pipeline.add_command(script(RELEASE, &[&lease, &place], &["probe"]));
    pipeline
}

pub(super) fn ping() -> Pipeline {
    let mut pipeline = pipe();
    pipeline.cmd("PING");
    pipeline
}

pub(super) fn name(name: &str) -> Pipeline {
    let mut pipeline = pipe();
    pipeline.cmd("CLIENT").arg("SETNAME").arg(name);
    pipeline
}

/// What there is in Redis for a key.
pub(super) enum Found<'a> {
    /// A value, and for how many milliseconds it is good; `None` for ever.
    Value(&'a [u8], Option<u64>),
    /// Nothing.
    Nothing,
    /// A value beyond the cap.
    TooLarge,
    /// Something that is no string.
    OtherType,
    /// Redis did not say.
    Refused,
}

/// The answers to [`add_read`].
pub(super) fn found(answers: &[Value], cap: usize) -> Found<'_> {
    match answers {
        [Value::BulkString(value), Value::Int(millis)] => {
            if value.len() > cap {
                return Found::TooLarge;
            }
            match *millis {
                -2 => Found::Nothing,
                millis => Found::Value(value, u64::try_from(millis).ok()),
            }
        }
        [Value::ServerError(error), _] if error.code() == "WRONGTYPE" => Found::OtherType,
        _ => Found::Refused,
    }
}

/// A page of a scan: where it goes on, and which of its keys, values and leases, are a function's.
pub(super) fn page(answers: &[Value], parts: &[Part]) -> Option<(String, Vec<String>)> {
    let text = |value: &Value| match value {
        Value::BulkString(bytes) => String::from_utf8(bytes.clone()).ok(),
        Value::SimpleString(text) => Some(text.clone()),
        _ => None,
    };
    let [Value::Array(page)] = answers else { return None };
    let [cursor, Value::Array(keys)] = page.as_slice() else { return None };
    let is_own = |key: &String| matches(parts, leased(key).unwrap_or(key));
    Some((text(cursor)?, keys.iter().filter_map(text).filter(is_own).collect()))
}
