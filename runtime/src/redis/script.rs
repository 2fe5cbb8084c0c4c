//! The scripts that run on the server, sent by their hash, or by their text to a server that does
//! not know them.
//!
//! A lease holds the token of the process that computes. The result is written to a staging key
//! with that token in its name, and renamed over the real key. Who invalidates removes value, lease
//! and staging key in one script: then the holder can store nothing. Storing takes two plain
//! commands and no script, since what a script writes is pushed to the very client that sent it, in
//! spite of `NOLOOP`.

use once_cell::sync::Lazy;
use redis::{Arg, Cmd, Pipeline, Value, cmd};

/// A script and its hash.
pub(super) struct Script {
    text: &'static str,
    hash: String,
}

impl Script {
    fn new(text: &'static str) -> Self {
        Script { text, hash: redis::Script::new(text).get_hash().to_owned() }
    }

    pub(super) fn call(&self, keys: &[&str], arguments: &[&str]) -> Cmd {
        cmd("EVALSHA").arg(&self.hash).arg(keys.len()).arg(keys).arg(arguments).take()
    }
}

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        $($(#[$doc])* pub(super) static $name: Lazy<Script> = Lazy::new(|| Script::new($text));)+

        static ALL: &[&Lazy<Script>] = &[$(&$name),+];
    };
}

scripts! {
    /// Takes a lease that no process holds, and makes its staging key. With `unless` as its last
    /// argument it does so only where there is no value. Returns 1, or the holder and how long its
    /// lease lasts, or 0 where there is a value.
    ACQUIRE = "\
if ARGV[3] == 'unless' and redis.call('PTTL', KEYS[3]) ~= -2 then return 0 end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  redis.call('SET', KEYS[2], '', 'PX', ARGV[2])
  return 1
end
return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])}";

    /// Takes a lease from its holder, whose result is not stored: for a refresh.
    TAKE_OVER = "\
local token = redis.call('GET', KEYS[1])
if token then redis.call('UNLINK', ARGV[3] .. token .. ARGV[4]) end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], '', 'PX', ARGV[2])
return 1";

    /// Gives a lease up.
    RELEASE = "\
redis.call('UNLINK', KEYS[2])
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('UNLINK', KEYS[1]) end
return 1";

    /// Renews a lease.
    RENEW = "\
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[2])";

    /// Stores a result whose lease has not been revoked, and gives the lease up. For servers that
    /// push nothing to this client.
    STORE = "\
if redis.call('PTTL', KEYS[2]) == -2 then return 0 end
redis.call('UNLINK', KEYS[2])
if ARGV[3] then
  redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
else
  redis.call('SET', KEYS[3], ARGV[2])
end
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('UNLINK', KEYS[1]) end
return 1";

    /// Revokes the lease of a key.
    REVOKE = "\
local token = redis.call('GET', KEYS[1])
if token then redis.call('UNLINK', ARGV[1] .. token .. ARGV[2]) end
return redis.call('UNLINK', KEYS[1])";

    /// Removes a value, and revokes its lease. Returns whether there was one. The notice reaches
    /// also the processes that hold what this server does not. Once a script has written, a server
    /// that is full lets it store.
    REMOVE = "\
local token = redis.call('GET', KEYS[1])
if token then redis.call('UNLINK', ARGV[1] .. token .. ARGV[2]) end
redis.call('UNLINK', KEYS[1])
local removed = redis.call('UNLINK', KEYS[2])
redis.call('SET', KEYS[3], '', 'PX', 1000)
redis.call('UNLINK', KEYS[3])
return removed";

    /// Removes a value, and revokes its lease, without a notice.
    VOID = "\
local token = redis.call('GET', KEYS[1])
if token then redis.call('UNLINK', ARGV[1] .. token .. ARGV[2]) end
return redis.call('UNLINK', KEYS[1], KEYS[2])";

    /// Puts a key into the set of a tag, for some milliseconds, or for ever. Its score is raised in
    /// any case. Removes the keys whose time is over; the set expires with the last of them.
    TAG = "\
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local score = 8e15
if ARGV[2] ~= '' then score = math.min(now + ARGV[2] * 1000, 7e15) end
local before = redis.call('ZSCORE', KEYS[1], ARGV[1])
if before then score = math.max(score, before + 1) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
redis.call('ZADD', KEYS[1], string.format('%.0f', score), ARGV[1])
local last = tonumber(redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])
if last >= 8e15 then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.ceil(last / 1000)))
end
return 1";

    /// Lists the first keys of the set of a tag, with their scores.
    TAGGED = "return redis.call('ZRANGE', KEYS[1], 0, ARGV[1], 'WITHSCORES')";

    /// Removes keys with these scores from the set of a tag. Another score means that the key was
    /// added again.
    UNTAG = "\
local removed = 0
for i = 1, #ARGV, 2 do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    removed = removed + redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
return removed";

    /// Has a notice pushed, also by a server that is full.
    NOTIFY = "\
redis.call('UNLINK', KEYS[1])
redis.call('SET', KEYS[1], '', 'PX', 1000)
return redis.call('UNLINK', KEYS[1])";
}

/// The same command with the script's text; `None` for a command that is no script's.
fn with_text(command: &Cmd) -> Option<Cmd> {
    let mut arguments = command.args_iter();
    if arguments.next() != Some(Arg::Simple(b"EVALSHA")) {
        return None;
    }
    let Some(Arg::Simple(hash)) = arguments.next() else { return None };
    let script = ALL.iter().find(|script| script.hash.as_bytes() == hash)?;
    let mut by_text = cmd("EVAL");
    by_text.arg(script.text);
    for argument in arguments {
        if let Arg::Simple(argument) = argument {
            by_text.arg(argument);
        }
    }
    Some(by_text)
}

/// The same commands with the texts of scripts.
pub(super) fn with_texts(pipeline: &Pipeline) -> Pipeline {
    let mut by_text = Pipeline::with_capacity(pipeline.len());
    for command in pipeline.cmd_iter() {
        by_text.add_command(with_text(command).unwrap_or_else(|| command.clone()));
    }
    by_text
}

/// The scripts that the server did not know, with their texts, and which of the commands they are.
pub(super) fn unknown(pipeline: &Pipeline, answers: &[Value]) -> Option<(Vec<usize>, Pipeline)> {
    let is_unknown =
        |answer: &Value| matches!(answer, Value::ServerError(error) if error.code() == "NOSCRIPT");
    if !answers.iter().any(is_unknown) {
        return None;
    }
    let (mut places, mut by_text) = (Vec::new(), Pipeline::new());
    for (place, (command, answer)) in pipeline.cmd_iter().zip(answers).enumerate() {
        if let Some(command) = with_text(command).filter(|_| is_unknown(answer)) {
            places.push(place);
            by_text.add_command(command);
        }
    }
    (!places.is_empty()).then_some((places, by_text))
}
