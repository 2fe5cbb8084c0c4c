//! Sends the removals that are queued, in their order, beside all that calls do.

use std::sync::Arc;
use std::sync::atomic::Ordering::Acquire;
use std::time::{Duration, Instant};

use redis::Value;
use tokio::time::timeout;

use super::clear;
use super::command;
use super::connection::REPLY_TIMEOUT;
use super::link::{Link, LiveConnection, Node, Removal, Right, Target, send};
use super::reply;
use super::tags;
use crate::tier::Failure;

/// The number of keys that are removed at a time, each by a command of its own.
const BATCH: usize = 100;

/// How long it waits after removals that were not answered.
const PAUSE: Duration = Duration::from_millis(50);

/// Sends the queued removals over this connection, until it ends.
pub(super) async fn run(link: Arc<Link>, node: Arc<Node>, live: LiveConnection) {
    while !live.flags.is_lost.load(Acquire) && node.is_usable() {
        let removals = node.next_removals(BATCH);
        if removals.is_empty() {
            let retry_at = node.next_refused().filter(|_| !node.is_open(Right::Remove));
            let until = retry_at.map(|at| at.saturating_duration_since(Instant::now()));
            let longest = until.unwrap_or(REPLY_TIMEOUT).max(Duration::from_millis(1));
            let _ = timeout(longest, node.wake_replay.notified()).await;
        } else if !remove(&link, &node, &live, &removals).await {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Carries out a removal that takes queries of its own; `None` for that of a key.
async fn remove_alone(
    link: &Link,
    node: &Arc<Node>,
    removal: &Removal,
) -> Option<Result<(), Failure>> {
    Some(match &removal.target {
        Target::Key(_) => return None,
        Target::All => clear::remove_all(link, node, removal.parts).await,
        Target::Tag(tag) => tags::remove(link, tag).await.map(drop),
        Target::AnyTag => tags::remove_all(link).await,
    })
}

/// Sends removals. Returns whether they were answered.
async fn remove(
    link: &Link,
    node: &Arc<Node>,
    live: &LiveConnection,
    removals: &[Removal],
) -> bool {
    if let [removal] = removals
        && let Some(result) = remove_alone(link, node, removal).await
    {
        return match result {
            Ok(()) => {
                node.confirm(removal);
                true
            }
            Err(Failure::Elsewhere) => {
                node.defer(removal);
                true
            }
            Err(Failure::Refused { .. }) => {
                node.refuse(removal);
                true
            }
            Err(Failure::Down | Failure::TimedOut | Failure::Broken) => false,
        };
    }
    let keys = removals.iter().filter_map(|removal| match &removal.target {
        Target::Key(key) => Some(&**key),
        Target::All | Target::Tag(_) | Target::AnyTag => None,
    });
    let query = command::remove(keys, &node.common.identity);
    let runs_hashes = live.flags.runs_hashes.load(Acquire);
    let reply = timeout(REPLY_TIMEOUT, send(live.connection.clone(), &query, runs_hashes)).await;
    let Ok(Ok(answers)) = reply else { return false };
    node.arrivals.hear(true);
    for (removal, answer) in removals.iter().zip(&answers) {
        match answer {
            Value::Int(_) => node.confirm(removal),
            Value::ServerError(error) => {
                if let Some(redirection) = reply::redirection_of(error) {
                    node.redirects(redirection);
                    node.defer(removal);
                    continue;
                }
                node.common.counters.errors.count();
                node.record_refusal(error, &query);
                if reply::ends_connection(error) {
                    node.end_connection();
                    return false;
                }
                node.refuse(removal);
            }
            _ => node.refuse(removal),
        }
    }
    true
}
