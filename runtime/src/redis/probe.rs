//! The probe of a connection: it sends the queries of calls, for a key of its own. Each right that
//! is answered in time lets calls in.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use redis::Value;
use tokio::time::timeout;

use super::command::{Query, StoreBy};
use super::connection::{
    ConnectionLost, NodeConnection, REPLY_TIMEOUT, client, connection_config, is_read,
    record_refusal, refusal_of,
};
use super::link::{Node, Right, send};
use super::probe_query::{self, Probed};
use super::reply;
use super::tracking::Tracking;
use crate::tier::Functions;

/// Probes a connection, and lets calls use the rights that the server grants in time.
pub(super) async fn probe(
    functions: &'static Functions,
    node: &Arc<Node>,
    connected: &NodeConnection,
    scout: &mut Scout,
    tracking: &mut Tracking,
) -> Result<(), ConnectionLost> {
    if !is_read(node) {
        tracking.check(functions, node, connected).await?;
    }
    let (key, identity) = (node.probe_key(), &node.common.identity);
    let mut query = probe_query::probe(&key, identity, node.store_by());
    let mut asked_at = Instant::now();
    let mut answers = connected.query(&query).await?;
    if let Some(redirection) = reply::redirection(&answers) {
        node.redirects_probe(redirection);
        node.record_error(&refusal_of(node, &answers, &query));
        node.probed(|_| false);
        return Ok(());
    }
    let can_store =
        |answers: &[Value]| Probed::of(answers).is_some_and(|all| all.can(Right::Store));
    if node.store_by() == StoreBy::Rename && !can_store(&answers) {
        let by_script = probe_query::probe(&key, identity, StoreBy::Script);
        let asked_again_at = Instant::now();
        let again = connected.query(&by_script).await?;
        if can_store(&again) {
            // It stores by a script, whose change is pushed to this client if anything is.
            record_refusal(node, &answers, &query);
            tracking.give_up(functions, node, refusal_of(node, &answers, &query));
            (query, asked_at, answers) = (by_script, asked_again_at, again);
        }
    }
    let is_in_time = asked_at.elapsed() <= node.common.config.timeout;
    node.arrivals.hear(is_in_time);
    if !is_in_time {
        node.common.counters.timeouts.count();
    }
    let refusal = reply::refusal(&answers);
    if refusal.is_some() || answers.is_empty() {
        record_refusal(node, &answers, &query);
    }
    if let Some(refusal) = refusal.filter(|refusal| reply::ends_connection(refusal)) {
        if !reply::is_read_only(refusal) {
            return Err(ConnectionLost(node.common.words_of(refusal, &query)));
        }
        scout.found_read_only();
    }
    let probed = Probed::of(&answers);
    let can = |right| probed.as_ref().is_some_and(|probed| probed.can(right));
    if is_in_time && can(Right::Read) && !is_read(node) && node.is_usable() {
        // Before calls read.
        match node.epoch() {
            None => tracking.start_epoch(functions, node),
            Some(_) => Tracking::resume(functions),
        }
    }
    for right in Right::ALL {
        let answers = probed.as_ref().map_or(&*answers, |probed| probed.of_right(right));
        let refusal = (!can(right)).then(|| refusal_of(node, answers, &query));
        node.note_right(right, refusal);
    }
    node.probed(|right| is_in_time && can(right));
    node.has_started();
    let runs_all = Right::ALL.iter().all(|&right| can(right)) && refusal.is_none();
    if runs_all && !std::mem::replace(&mut scout.has_tried_hashes, true) {
        try_hashes(connected, &query).await?;
    }
    Ok(())
}

/// Whether the server runs the scripts of the probe, which it knows by now, by their hashes.
async fn try_hashes(connected: &NodeConnection, query: &Query) -> Result<(), ConnectionLost> {
    connected.live.flags.runs_hashes.store(true, SeqCst);
    let answers = connected.query(query).await?;
    let runs_hashes = !answers.is_empty() && reply::refusal(&answers).is_none();
    connected.live.flags.runs_hashes.store(runs_hashes, SeqCst);
    Ok(())
}

/// The delay between two checks whether the address of a replica leads to another server.
const SCOUT_EVERY: Duration = Duration::from_millis(500);

/// Checks whether the address of a read-only server leads to one that can be written to. Until then
/// the replica is read.
#[derive(Default)]
pub(super) struct Scout {
    next: Option<Instant>,
    /// Whether the connection knows how it runs scripts.
    has_tried_hashes: bool,
}

impl Scout {
    /// The server is read-only.
    fn found_read_only(&mut self) {
        self.next.get_or_insert_with(|| Instant::now() + SCOUT_EVERY);
    }

    /// When it looks next, if it does.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Looks, if it is time to. Another server that can be written to is the end of this
    /// connection.
    pub(super) async fn look(&mut self, node: &Node) -> Result<(), ConnectionLost> {
        if self.next.is_none_or(|next| Instant::now() < next) {
            return Ok(());
        }
        self.next = Some(Instant::now() + SCOUT_EVERY);
        match timeout(REPLY_TIMEOUT / 2, can_be_written(node)).await {
            Ok(true) => Err(ConnectionLost(
                "the server is read-only, and its address has another".to_owned(),
            )),
            Ok(false) | Err(_) => Ok(()),
        }
    }
}

/// Whether the server at the address can be written to.
async fn can_be_written(node: &Node) -> bool {
    let Ok(client) = client(node).await else { return false };
    let config = connection_config();
    let Ok(connection) = client.get_multiplexed_async_connection_with_config(&config).await else {
        return false;
    };
    let query = probe_query::probe(&node.probe_key(), &node.common.identity, node.store_by());
    let answers = send(connection, &query, false).await.unwrap_or_default();
    Probed::of(&answers).is_some_and(|probed| probed.can(Right::Remove))
}
