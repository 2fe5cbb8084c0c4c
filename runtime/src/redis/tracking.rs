//! Client tracking: the changes that Redis pushes, and their effect on memory.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::Value;

use super::command;
use super::connection::{ConnectionLost, NodeConnection, record_refusal, refusal_of};
use super::link::Node;
use super::names::{self, Notice};
use super::probe_query;
use super::reply;
use crate::tier::{Functions, RegisteredFunction};
use crate::types::tag::Tag;

/// How long the push of a canary may take once the removal that causes it is confirmed: it is next
/// in the same connection.
const CANARY_TIMEOUT: Duration = Duration::from_millis(500);

/// The maximum number of slots on the move that are tried for it.
const MOST_CANARIES: u32 = 4;

/// The number of attempts at tracking.
pub(super) const CANARY_EVERY: Duration = Duration::from_secs(30);

/// The delay after a refusal of tracking, at first and at most.
const FIRST_REFUSED_FOR: Duration = Duration::from_secs(1);
const LONGEST_REFUSED_FOR: Duration = Duration::from_secs(30);

/// The state of tracking on one connection.
pub(super) struct Tracking {
    /// Whether changes can be pushed at all.
    is_wanted: bool,
    /// The number of functions whose keys are tracked, or need not be, in the order of
    /// registration.
    asked: usize,
    /// None of them begins as another does.
    prefixes: Vec<&'static str>,
    /// Set if Redis has refused to push: the time of the next attempt, and the delay after it.
    refused: Option<(Instant, Duration)>,
    /// Whether the last canary was pushed.
    is_proven: bool,
}

impl Tracking {
    pub(super) fn new(is_wanted: bool) -> Self {
        Tracking { is_wanted, asked: 0, prefixes: Vec::new(), refused: None, is_proven: false }
    }

    /// Whether changes are pushed.
    fn is_active(&self) -> bool {
        self.is_wanted && self.is_proven && self.refused.is_none()
    }

    /// Has changes to the keys of all functions pushed.
    pub(super) async fn track(
        &mut self,
        functions: &Functions,
        node: &Node,
        connected: &NodeConnection,
    ) -> Result<(), ConnectionLost> {
        let all = functions.all();
        if self.is_wanted {
            self.ask(node, connected, &all).await?;
        }
        self.show(node);
        // Functions that came since the last time have nothing yet that could be out of date, but
        // what is loose.
        self.asked = all.len();
        if node.epoch().is_some() && node.tracked() < all.len() {
            all[node.tracked()..].iter().copied().for_each(drop_entries);
            node.set_tracked(all.len());
            node.common.timer.wake_all();
        }
        Ok(())
    }

    async fn ask(
        &mut self,
        node: &Node,
        connected: &NodeConnection,
        functions: &[&'static RegisteredFunction],
    ) -> Result<(), ConnectionLost> {
        let mut prefixes: Vec<_> = functions.iter().map(|function| function.prefix).collect();
        prefixes.extend([names::REMOVED, names::CLEARED, names::UNTAGGED]);
        prefixes.sort_unstable();
        // Sorted: a prefix that starts with another one comes after it, with only others that do
        // in between.
        prefixes.dedup_by(|later, earlier| later.starts_with(&**earlier));
        let is_new = |prefix: &&'static str| !self.prefixes.contains(prefix);
        let new: Vec<_> = prefixes.iter().copied().filter(is_new).collect();
        let now = Instant::now();
        if new.is_empty() || self.refused.is_some_and(|(retry_at, _)| now < retry_at) {
            return Ok(());
        }
        let retracks = self.prefixes.iter().any(|known| !prefixes.contains(known));
        let query = command::track(if retracks { &prefixes } else { &new }, retracks);
        let answers = connected.query(&query).await?;
        if answers.is_empty() || reply::refusal(&answers).is_some() {
            record_refusal(node, &answers, &query);
            node.note_pushes(Some(refusal_of(node, &answers, &query)));
            let delay = self.refused.map_or(FIRST_REFUSED_FOR, |(_, delay)| delay);
            self.refused = Some((now + delay, (delay * 2).min(LONGEST_REFUSED_FOR)));
            return Ok(());
        }
        let was_refused = self.refused.take().is_some();
        self.prefixes = prefixes;
        if was_refused {
            self.try_canary(node, connected).await?;
        }
        if retracks || was_refused {
            // Until now nothing was pushed.
            for function in functions {
                drop_entries(function);
            }
        }
        Ok(())
    }

    /// Tells calls whether changes are pushed.
    fn show(&self, node: &Node) {
        node.set_tracking(self.is_active());
    }

    /// Returns when tracking is requested again, if it was refused.
    pub(super) fn next_ask(&self) -> Option<Instant> {
        self.refused.map(|(retry_at, _)| retry_at)
    }

    /// Removes a key of its own, and waits for the push. A proxy may accept tracking and push
    /// nothing.
    pub(super) async fn try_canary(
        &mut self,
        node: &Node,
        connected: &NodeConnection,
    ) -> Result<(), ConnectionLost> {
        if !self.is_wanted || self.refused.is_some() {
            return Ok(());
        }
        let before = node.canaries();
        let answers = remove_canary(node, connected).await?;
        if reply::redirection(&answers).is_some() {
            // It is tried again with the next probe, or later.
            return Ok(());
        }
        if reply::refusal(&answers).is_some() || answers.is_empty() {
            // Without scripts there is no canary. Then tracking is assumed to work.
            self.is_proven = true;
        } else {
            self.is_proven = node.canary_after(before, CANARY_TIMEOUT).await;
        }
        if self.is_proven {
            node.note_pushes(None);
        } else {
            let why = "the server accepts CLIENT TRACKING, and a change was not pushed";
            node.record_error(why);
            node.note_pushes(Some(why.to_owned()));
        }
        self.show(node);
        Ok(())
    }

    /// Tries tracking again, and lets memory follow if it has ended or begun.
    pub(super) async fn check(
        &mut self,
        functions: &Functions,
        node: &Node,
        connected: &NodeConnection,
    ) -> Result<(), ConnectionLost> {
        let was_active = self.is_active();
        self.try_canary(node, connected).await?;
        match (was_active, self.is_active()) {
            (true, false) => cap_to_l1_ttl(functions, node),
            (false, true) => functions.all().into_iter().for_each(drop_entries),
            _ => (),
        }
        Ok(())
    }

    /// Uses no tracking on this connection any more.
    pub(super) fn give_up(&mut self, functions: &Functions, node: &Node, why: String) {
        self.is_wanted = false;
        node.note_pushes(Some(why));
        self.show(node);
        cap_to_l1_ttl(functions, node);
    }

    /// Starts a link epoch. Entries that were stored before are dropped.
    pub(super) fn start_epoch(&self, functions: &Functions, node: &Node) {
        node.start_epoch();
        // No change of functions that were just registered is pushed yet.
        for function in functions.all().into_iter().take(self.asked) {
            function.take_untracked_entries();
            drop_entries(function);
        }
        node.set_tracked(self.asked);
        node.common.timer.wake_all();
    }

    /// Calls read again over a connection that has pushed changes all the time. What was stored
    /// meanwhile without an index entry lives for `l1_ttl` at most, unless it is kept in reserve.
    pub(super) fn resume(functions: &Functions) {
        for function in functions.all() {
            if function.has_reserve && function.take_untracked_entries() {
                drop_entries(function);
            }
        }
    }
}

/// Removes a key of the link's own, by a name whose slot the node serves.
async fn remove_canary(
    node: &Node,
    connected: &NodeConnection,
) -> Result<Vec<Value>, ConnectionLost> {
    let mut tries = 0..MOST_CANARIES;
    loop {
        let canary = probe_query::canary(&node.probe_key(), &node.common.identity);
        let answers = connected.query(&canary).await?;
        match reply::redirection(&answers) {
            Some(redirection) if tries.next().is_some() => node.redirects_probe(redirection),
            _ => return Ok(answers),
        }
    }
}

/// Drops the entries of all functions.
pub(super) fn drop_all_entries(functions: &Functions) {
    functions.all().into_iter().for_each(drop_entries);
}

/// Drops the entries of a function, and catches a panic in the drop of one.
fn drop_entries(function: &RegisteredFunction) {
    let _ = catch_unwind(AssertUnwindSafe(|| function.drop_entries()));
}

/// Redis reports that keys have changed.
pub(super) fn on_push(functions: &'static Functions, node: &Arc<Node>, data: &[Value]) {
    // A panic in the drop of an entry is that entry's.
    let _ = catch_unwind(AssertUnwindSafe(|| changed(functions, node, data)));
}

fn changed(functions: &'static Functions, node: &Arc<Node>, data: &[Value]) {
    let [Value::Array(keys)] = data else {
        // All of them.
        node.common.counters.invalidations.count();
        functions.all().into_iter().for_each(drop_entries);
        return;
    };
    let mut expired = Vec::new();
    for key in keys {
        let Value::BulkString(key) = key else { continue };
        // Other keys are none of ours.
        let Ok(name) = std::str::from_utf8(key) else { continue };
        let notice = names::notice(name);
        if notice.as_ref().is_some_and(|(sender, _)| *sender == node.common.identity) {
            node.see_notice();
            continue;
        }
        node.common.counters.invalidations.count();
        match notice {
            Some((_, Notice::Removed(key))) => functions.invalidate(key.as_bytes(), None),
            Some((_, Notice::Cleared(outline))) => functions.report_clear(outline),
            Some((_, Notice::Untagged(tag))) => functions.invalidate_tag(&Tag::new(tag)),
            None if functions.report_change(key) => expired.push(name.to_owned()),
            None => (),
        }
    }
    if !expired.is_empty() {
        check_expired(functions, node, expired);
    }
}

/// Makes sure of keys that seem to have expired. Redis announces a new value in the same way as the
/// expiry of the old one, and both at once if the new one was the first to find the old one
/// expired.
fn check_expired(functions: &'static Functions, node: &Arc<Node>, keys: Vec<String>) {
    let query = command::ttls(keys.iter().map(String::as_str));
    // Also while calls may not ask: what announces can answer. Without answers the link is lost,
    // and whatever it would have pushed is dropped when there is a new one.
    node.send_anyway(query, move |answers| {
        for (key, ttl) in keys.iter().zip(answers) {
            if *ttl != Value::Int(-2) {
                functions.report_value(key.as_bytes());
            }
        }
    });
}

/// While no changes are pushed, entries in memory are valid for `l1_ttl` only.
pub(super) fn cap_to_l1_ttl(functions: &Functions, node: &Node) {
    for function in functions.all() {
        function.cap_to_l1_ttl(node.common.config.l1_ttl);
    }
}
