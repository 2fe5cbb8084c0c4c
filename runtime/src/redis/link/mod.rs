//! The link to one Redis as calls use it.
//!
//! A [`Link`] is a way from a key to the [`Node`] that has it. A server that is no cluster's is the
//! only node of its link; then no slot is computed, and queries do not lock the map. Each node has
//! a connection, breakers, leases and a queue of removals of its own. What they share is in
//! [`Common`].
//!
//! Lock order: the map, then the state of a node. No waker runs with either.

mod arrivals;
mod breaker;
mod change;
mod common;
mod insertions;
mod leases;
mod live;
mod map;
mod missing;
mod node;
mod probe_tag;
mod query;
mod queue;
mod redirection;
mod removals;
mod status;
mod task_connection;

pub(super) use breaker::{Backoff, LONGEST_DELAY, Right};
pub(super) use common::Common;
pub(super) use live::{ConnectionFlags, LiveConnection};
pub(super) use node::Node;
pub(super) use query::{PendingReply, send};
pub(super) use removals::{Removal, Target};

use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, SeqCst},
};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use redis::Client;

use super::config::{MAX_DURATION, Redis};
use super::names;
use super::topology::{Address, Topology};
use crate::tier::{RegisteredFunction, TemplatePart};
use change::ToShow;
use map::Map;

/// The link to one Redis.
pub(super) struct Link {
    pub(super) common: Arc<Common>,
    /// The server at the address. In a cluster, it is used no longer than it takes to find the
    /// nodes.
    sole: Arc<Node>,
    is_cluster: AtomicBool,
    map: RwLock<Map>,
}

impl Link {
    pub(super) fn new(config: Redis) -> Self {
        let common = Arc::new(Common::new(config));
        let sole = Arc::new(Node::new(common.clone(), None));
        let map = RwLock::new(Map::of_sole(sole.clone(), 0));
        Link { common, sole, is_cluster: AtomicBool::new(false), map }
    }

    /// The server at the address.
    pub(super) fn sole(&self) -> &Arc<Node> {
        &self.sole
    }

    /// The server at the address, if it is the only node.
    #[inline]
    fn only(&self) -> Option<&Arc<Node>> {
        (!self.is_cluster.load(Acquire)).then_some(&self.sole)
    }

    /// All nodes.
    pub(super) fn nodes(&self) -> Vec<Arc<Node>> {
        self.map.read().nodes().cloned().collect()
    }

    /// Whether all nodes are so.
    fn are_all(&self, is_so: impl Fn(&Node) -> bool) -> bool {
        match self.only() {
            Some(only) => is_so(only),
            None => self.map.read().nodes().all(|node| is_so(node)),
        }
    }

    /// The node that has a key; any node if none has it.
    pub(super) fn node(&self, key: &str) -> Arc<Node> {
        self.at_node(key, Arc::clone)
    }

    /// Does something with the node that has a key, while it has it; with any node if none has it.
    pub(super) fn at_node<T>(&self, key: &str, act: impl FnOnce(&Arc<Node>) -> T) -> T {
        if let Some(only) = self.only() {
            return act(only);
        }
        let map = self.map.read();
        act(map.owner(key).unwrap_or_else(|| map.any()))
    }

    /// The link epoch of the node that has a key, if this function of the tier is tracked in it.
    pub(super) fn epoch(&self, key: &str, function: usize) -> Option<u64> {
        if let Some(only) = self.only() {
            return only.epoch_of(function);
        }
        // Under the lock: with a changed map it is another.
        self.map.read().owner(key)?.epoch_of(function)
    }

    /// Whether calls read from all nodes.
    pub(super) fn is_connected(&self) -> bool {
        self.are_all(Node::is_connected)
    }

    /// Whether all nodes that are connected track this function of the tier.
    pub(super) fn tracks(&self, function: &RegisteredFunction) -> bool {
        let tracks = |node: &Node, place| node.epoch_of(place).is_some() || node.epoch().is_none();
        function.place().is_some_and(|place| self.are_all(|node| tracks(node, place)))
    }

    /// Returns the number of removals that wait.
    pub(super) fn queued(&self) -> usize {
        match self.only() {
            Some(only) => only.queued(),
            None => self.map.read().nodes().map(|node| node.queued()).sum(),
        }
    }

    /// Queues the removal of a key. Until Redis has confirmed it, this process does not read it.
    pub(super) fn queue_key(&self, key: &str, parts: &'static [TemplatePart]) {
        let map = self.map.read();
        let node = map.owner(key).unwrap_or_else(|| map.any()).clone();
        let effects = node.queue_removal(Target::Key(key.into()), parts);
        drop(map);
        node.show(&effects);
    }

    /// A node has confirmed the removal of a key that was sent when `last` was its latest request.
    /// Returns whether it is the one that has the key. Otherwise the removal is queued.
    pub(super) fn removed(
        &self,
        node: &Arc<Node>,
        key: &str,
        parts: &'static [TemplatePart],
        last: u64,
    ) -> bool {
        let map = self.map.read();
        let owner = map.owner(key).unwrap_or(node).clone();
        let is_owner = Arc::ptr_eq(&owner, node);
        let effects = match is_owner {
            true => owner.removed(key, parts, last),
            // The node may not have known that yet, and its heir may lag behind.
            false => owner.queue_removal(Target::Key(key.into()), parts),
        };
        drop(map);
        owner.show(&effects);
        is_owner
    }

    /// Queues the invalidation of a tag. Until it is confirmed, this process reads no value that
    /// carries the tag.
    pub(super) fn queue_tag(&self, tag: &str) {
        let map = self.map.read();
        let node = map.owner(&names::tag_set(tag)).unwrap_or_else(|| map.any()).clone();
        let effects = node.queue_removal(Target::Tag(tag.into()), &[]);
        drop(map);
        node.show(&effects);
    }

    /// The number of the latest request for a removal at the node that has a tag's set.
    pub(super) fn last_tag_removal(&self, tag: &str) -> u64 {
        self.at_node(&names::tag_set(tag), |node| node.last_removal())
    }

    /// A tag was invalidated, which was begun when `last` was the latest request.
    pub(super) fn tag_removed(&self, tag: &str, last: u64) {
        let (node, effects) =
            self.at_node(&names::tag_set(tag), |node| (node.clone(), node.tag_removed(tag, last)));
        node.show(&effects);
    }

    /// Returns how often the nodes have changed.
    pub(super) fn version(&self) -> u64 {
        self.map.read().version
    }

    /// All keys of a function were removed from the nodes of this version, but for those that have
    /// failed, where it is queued. Returns whether it is done everywhere.
    pub(super) fn end_clear(
        &self,
        version: u64,
        failed: &[Arc<Node>],
        parts: &'static [TemplatePart],
    ) -> bool {
        let map = self.map.read();
        let mut is_done = true;
        let mut to_show = ToShow::new();
        for node in map.nodes() {
            let has_failed = failed.iter().any(|failed| Arc::ptr_eq(failed, node));
            // A key may have moved to a node after that was cleared.
            let effects = if has_failed || map.version != version {
                is_done = false;
                node.queue_removal(Target::All, parts)
            } else {
                node.cleared(parts)
            };
            to_show.push((node.clone(), effects));
        }
        drop(map);
        show(&to_show);
        is_done
    }

    /// Has the supervisor look at all nodes.
    pub(super) fn wake(&self) {
        for node in self.nodes() {
            node.wake.notify_one();
        }
    }

    /// Waits until calls use Redis and nothing is queued. Returns whether that was in time.
    pub(super) async fn connected(&self, within: Duration) -> bool {
        let due = Instant::now() + within.min(MAX_DURATION);
        let poll = |_: &mut Context<'_>| {
            if !self.common.is_usable() {
                Poll::Ready(false)
            } else if self.is_connected() && self.queued() == 0 {
                Poll::Ready(true)
            } else {
                Poll::Pending
            }
        };
        self.common.timer.until(due, poll).await.unwrap_or(false)
    }

    /// Uses the nodes of a cluster from now on. Returns the new ones, and whether any have other
    /// slots than before.
    pub(super) fn use_cluster(
        &self,
        topology: &Topology,
        client: impl Fn(&Address) -> Option<Client>,
    ) -> (Vec<Arc<Node>>, bool) {
        let mut map = self.map.write();
        if map.is_of(&topology.masters) {
            return (Vec::new(), false);
        }
        let make = |address: &Address| {
            let node = Node::new(self.common.clone(), Some(client(address)?));
            Some(Arc::new(node))
        };
        let Some(next) = map.next(&topology.masters, make) else { return (Vec::new(), false) };
        for known in &next.nodes {
            known.node.set_slots(&known.slots);
        }
        let to_show = change::carry_out(&map, &next);
        let before = std::mem::replace(&mut *map, next);
        self.is_cluster.store(true, SeqCst);
        let new: Vec<_> = map.nodes().filter(|node| !before.has(node)).cloned().collect();
        let gone: Vec<_> = before.nodes().filter(|node| !map.has(node)).cloned().collect();
        drop(map);
        show(&to_show);
        if !before.has(&self.sole) {
            // Calls wait for those alone that they begin with.
            for node in &new {
                node.has_started();
            }
        }
        for node in &gone {
            self.retire(node);
        }
        (new, true)
    }

    /// Uses the server at the address from now on, which is no cluster's. Returns whether that is
    /// new.
    pub(super) fn leave_cluster(&self) -> bool {
        let mut map = self.map.write();
        if !self.is_cluster.load(Acquire) {
            return false;
        }
        let next = Map::of_sole(self.sole.clone(), map.version + 1);
        let to_show = change::carry_out(&map, &next);
        let before = std::mem::replace(&mut *map, next);
        self.is_cluster.store(false, SeqCst);
        drop(map);
        show(&to_show);
        before.nodes().for_each(|node| self.retire(node));
        true
    }

    /// Ends a node that is none of the link's any more.
    fn retire(&self, node: &Arc<Node>) {
        match Arc::ptr_eq(node, &self.sole) {
            true => node.has_started(),
            false => node.close(),
        }
    }

    /// Closes the link, and wakes all waiters, since its timer stops.
    pub(super) fn close(&self) {
        self.common.close();
        self.sole.close();
        for node in self.nodes() {
            node.close();
        }
    }
}

/// Applies the effects of changes at some nodes, without the lock of the map.
fn show(changes: &ToShow) {
    for (node, effects) in changes {
        node.show(effects);
    }
}
