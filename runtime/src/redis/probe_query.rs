//! The queries by which the supervisor tries a connection, and the meaning of their answers.

use redis::{Pipeline, Value};

use super::command::{
    Query, StoreBy, acquisition, add_read, are_numbers, remove_one, store, stored,
};
use super::link::Right;
use super::names::{lease_key, staging_key};
use super::reply;
use super::script;
use crate::tier::Acquisition;

/// How long the lease of a probe lasts, in milliseconds.
const PROBE_LEASE: u64 = 1000;

/// Reads, takes a lease, stores and removes, as calls do, under a key of its own.
pub(super) fn probe(key: &str, identity: &str, by: StoreBy) -> Query {
    let token = "probe";
    let mut query = Query::new(|_| true);
    let pipeline = &mut query.pipeline;
    add_read(pipeline, key, 0);
    let (lease, place) = (lease_key(key), staging_key(key, token));
    let arguments = [token, &PROBE_LEASE.to_string(), ""];
    pipeline.add_command(script::ACQUIRE.call(&[&lease, &place, key], &arguments));
    let before = Pipeline::new();
    let stored = store(before, (key, token), b"0", Some(PROBE_LEASE), by);
    for command in stored.pipeline.cmd_iter() {
        pipeline.add_command(command.clone());
    }
    pipeline.add_command(remove_one(key, identity));
    query
}

/// Removes the key of the probe, which is pushed to this client: see [`probe`].
pub(super) fn canary(key: &str, identity: &str) -> Query {
    Query::single(remove_one(key, identity), are_numbers)
}

/// Queries the identity of the server.
pub(super) fn server_info() -> Query {
    let mut query = Query::new(|_| true);
    query.pipeline.cmd("INFO").arg("server");
    query.pipeline.cmd("INFO").arg("replication");
    query
}

/// Which server, and which history of writes, an answer to [`server_info`] is about. It changes
/// when the server restarts or fails over.
pub(super) fn server_id(answers: &[Value]) -> Option<String> {
    let [server, replication] = answers else { return None };
    let (server, replication) = (reply::text(server)?, reply::text(replication)?);
    let run_id = reply::field(&server, "run_id")?;
    let history = reply::field(&replication, "master_replid").unwrap_or_default();
    Some(format!("{run_id} {history}"))
}

/// Whether an answer to [`server_info`] is that of a server that is no cluster's. It may not say.
pub(super) fn is_single(answers: &[Value]) -> bool {
    let text = answers.first().and_then(reply::text).unwrap_or_default();
    // The one name is that of Redis, the other that of Valkey.
    let mode = ["redis_mode", "server_mode"].iter().find_map(|name| reply::field(&text, name));
    mode.is_some_and(|mode| mode != "cluster")
}

/// The answers to [`probe`] that decide on a right each.
pub(super) struct Probed<'a> {
    read: &'a [Value],
    store: &'a [Value],
    remove: &'a [Value],
}

impl<'a> Probed<'a> {
    pub(super) fn of(answers: &'a [Value]) -> Option<Self> {
        match answers {
            [_, _, store @ .., _] if !store.is_empty() => {
                Some(Probed { read: &answers[..2], store, remove: &answers[answers.len() - 1..] })
            }
            _ => None,
        }
    }

    /// The answers that decide on a right.
    pub(super) fn of_right(&self, right: Right) -> &'a [Value] {
        match right {
            Right::Read => self.read,
            Right::Remove => self.remove,
            Right::Store => self.store,
        }
    }

    /// Whether the server grants a right.
    pub(super) fn can(&self, right: Right) -> bool {
        match right {
            Right::Read => self.can_read(),
            Right::Remove => matches!(self.remove, [Value::Int(_)]),
            Right::Store => self.can_store(),
        }
    }

    fn can_read(&self) -> bool {
        matches!(self.read, [Value::BulkString(_), Value::Int(_)])
    }

    fn can_store(&self) -> bool {
        self.store.split_first().is_some_and(|(acquired, answers)| {
            // One that is held is of an earlier probe, which was not answered.
            match acquisition(acquired) {
                Some(Acquisition::Held { .. }) => true,
                Some(_) => stored(answers) == Some(true),
                None => false,
            }
        })
    }
}
