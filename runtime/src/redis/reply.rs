//! The refusals among the answers of Redis, and their subjects.

use redis::{ServerError, Value};

/// The first refusal among these answers.
pub(super) fn refusal(answers: &[Value]) -> Option<&ServerError> {
    answers.iter().find_map(|answer| match answer {
        Value::ServerError(error) if !is_answer(error) => Some(error),
        _ => None,
    })
}

/// The answer of a cluster's node about keys that it does not have. The node has not failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Redirection {
    /// Another node has them.
    Moved,
    /// They are being moved, or the cluster has no node for them.
    Unserved,
}

/// The first redirection among these answers.
pub(super) fn redirection(answers: &[Value]) -> Option<Redirection> {
    answers.iter().find_map(|answer| match answer {
        Value::ServerError(error) => redirection_of(error),
        _ => None,
    })
}

/// Whether an error is a redirection.
pub(super) fn redirection_of(error: &ServerError) -> Option<Redirection> {
    match error.code() {
        "MOVED" => Some(Redirection::Moved),
        "ASK" | "TRYAGAIN" | "CLUSTERDOWN" => Some(Redirection::Unserved),
        _ => None,
    }
}

/// The text of an answer.
pub(super) fn text(answer: &Value) -> Option<String> {
    match answer {
        Value::BulkString(text) => Some(String::from_utf8_lossy(text).into_owned()),
        Value::VerbatimString { text, .. } | Value::SimpleString(text) => Some(text.clone()),
        _ => None,
    }
}

/// A field of an answer to `INFO`.
pub(super) fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
}

/// Whether an error is an answer all the same: a value is of another type, or there is no key to be
/// renamed.
fn is_answer(error: &ServerError) -> bool {
    error.code() == "WRONGTYPE" || is_no_such_key(error)
}

/// Whether there was nothing to be renamed.
pub(super) fn is_no_such_key(error: &ServerError) -> bool {
    error.details().is_some_and(|details| details.contains("no such key"))
}

/// Codes of servers that are not, or no longer, the one to talk to: the address may lead to
/// another.
const OTHER_SERVER: [&str; 4] = ["READONLY", "MASTERDOWN", "LOADING", "NOAUTH"];

/// Whether the address must be resolved again after this refusal.
pub(super) fn ends_connection(error: &ServerError) -> bool {
    OTHER_SERVER.iter().any(|code| has_code(error, code))
}

/// Whether the server is a replica, which can be read.
pub(super) fn is_read_only(error: &ServerError) -> bool {
    has_code(error, "READONLY")
}

/// Whether a refusal has this code. Before Redis 7 that of a script's command is in the text.
fn has_code(error: &ServerError, code: &str) -> bool {
    let in_text = || error.details().is_some_and(|details| details.contains(&format!("-{code} ")));
    error.code() == code || in_text()
}

/// Whether a refusal is about the keys of a function, not about a command.
pub(super) fn is_of_keys(error: &ServerError) -> bool {
    error.code() == "NOPERM"
        && error
            .details()
            .is_some_and(|details| details.contains("access ") && details.contains("key"))
}
