//! Removes all keys of a function, for `cache_clear` and for queued clears.

use std::sync::Arc;
use std::time::Duration;

use redis::Value;

use super::command::{self, Query};
use super::link::{Link, Node, Right};
use super::names;
use crate::tier::{Failure, TemplatePart};

/// How long each query of a clear may take at least. Nothing is stored or read meanwhile.
const LEAST_TIMEOUT: Duration = Duration::from_secs(1);

/// How often all keys are looked for. A result that is stored during the first pass may be missed
/// by it: its key was not there when the scan came by, nor its lease later. The second pass finds
/// it. A computation that runs when the second pass begins has begun after the clear.
const PASSES: u32 = 2;

/// Removes all keys of a function from all nodes. Queues it at those that have not done it, and
/// returns why the last of them has not.
pub(super) async fn clear(link: &Link, parts: &'static [TemplatePart]) -> Result<(), Failure> {
    let (version, nodes) = (link.version(), link.nodes());
    let mut failed = Vec::new();
    let mut why = Failure::Elsewhere;
    // Each pass is over all nodes: a key that moves from one to another during a pass is found by
    // the other pass.
    for _ in 0..PASSES {
        for node in &nodes {
            if failed.iter().any(|known| Arc::ptr_eq(known, node)) {
                continue;
            }
            if let Err(failure) = remove_found(node, parts).await {
                failed.push(node.clone());
                why = failure;
            }
        }
    }
    if let Err((node, failure)) = announce(link, parts).await {
        failed.push(node);
        why = failure;
    }
    if link.end_clear(version, &failed, parts) { Ok(()) } else { Err(why) }
}

/// Removes all keys of a function that a node has, some at a time, so that the server is never
/// busy for long.
pub(super) async fn remove_all(
    link: &Link,
    node: &Arc<Node>,
    parts: &'static [TemplatePart],
) -> Result<(), Failure> {
    for _ in 0..PASSES {
        remove_found(node, parts).await?;
    }
    announce(link, parts).await.map_err(|(_, failure)| failure)
}

/// Writes the notice for other processes, whose entries may have no key here. Returns a node that
/// has not done it.
async fn announce(link: &Link, parts: &'static [TemplatePart]) -> Result<(), (Arc<Node>, Failure)> {
    let notice = names::clear_notice(parts, &link.common.identity);
    let node = link.node(&notice);
    match query(&node, &command::notify(&notice)).await {
        Ok(_) => Ok(()),
        Err(failure) => Err((node, failure)),
    }
}

async fn remove_found(node: &Arc<Node>, parts: &'static [TemplatePart]) -> Result<(), Failure> {
    let pattern = names::pattern(parts);
    let mut cursor = "0".to_owned();
    loop {
        let answers = query(node, &command::scan(&cursor, &pattern)).await?;
        let Some((next, keys)) = command::page(&answers, parts) else {
            return Err(Failure::Refused { of_function: false });
        };
        if !keys.is_empty() {
            let keys = keys.iter().map(String::as_str);
            query(node, &command::void(keys)).await?;
        }
        if next == "0" {
            return Ok(());
        }
        cursor = next;
    }
}

async fn query(node: &Arc<Node>, query: &Query) -> Result<Vec<Value>, Failure> {
    let deadline = node.common.deadline().max(std::time::Instant::now() + LEAST_TIMEOUT);
    node.query(Right::Remove, query, deadline).await
}
