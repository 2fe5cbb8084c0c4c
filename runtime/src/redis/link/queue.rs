//! The removals of a node: those that wait, in order, and those that it has confirmed lately.

use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use super::breaker::Right;
use super::node::{Effects, Node, NodeState};
use super::removals::{Removal, Target};
use crate::tier::TemplatePart;

/// For how long confirmed removals are remembered.
const REMEMBERED_FOR: Duration = Duration::from_secs(60 * 60);

impl NodeState {
    /// Remembers a confirmed removal.
    fn remember(&mut self, target: Target, parts: &'static [TemplatePart]) {
        if let Some(then) = Instant::now().checked_sub(REMEMBERED_FOR) {
            self.confirmed.forget_before(then);
        }
        self.confirmed.add(target, parts);
    }
}

impl Node {
    /// Queues a removal. Until Redis has confirmed it, this process reads none of its keys. For a
    /// caller with the lock of the map: see [`Node::change_silently`].
    pub(super) fn queue_removal(&self, target: Target, parts: &'static [TemplatePart]) -> Effects {
        self.change_silently(|state| state.removals.add(target, parts)).1
    }

    /// Returns the number of removals that wait.
    pub(in crate::redis) fn queued(&self) -> usize {
        self.queued.load(SeqCst)
    }

    /// The number of the latest request for a removal.
    pub(in crate::redis) fn last_removal(&self) -> u64 {
        self.state.lock().removals.last()
    }

    /// Redis has confirmed the removal of a key that was sent when `last` was the latest request.
    pub(super) fn removed(&self, key: &str, parts: &'static [TemplatePart], last: u64) -> Effects {
        let ((), effects) = self.change_silently(|state| {
            state.removals.confirm_key(key, last);
            state.remember(Target::Key(key.into()), parts);
        });
        effects
    }

    /// A tag was invalidated, which was begun when `last` was the latest request.
    pub(super) fn tag_removed(&self, tag: &str, last: u64) -> Effects {
        let ((), effects) = self.change_silently(|state| {
            state.removals.confirm_tag(tag, last);
            state.remember(Target::Tag(tag.into()), &[]);
        });
        effects
    }

    /// Redis has confirmed that all keys of a function are removed.
    pub(super) fn cleared(&self, parts: &'static [TemplatePart]) -> Effects {
        self.change_silently(|state| state.remember(Target::All, parts)).1
    }

    /// This server is connected. One that has restarted or failed over may have lost what was
    /// confirmed: that is removed again, before its keys are read.
    pub(in crate::redis) fn meet(&self, server: Option<String>) {
        self.change(|state| {
            if server.is_none() || server != state.server {
                if let Some(then) = Instant::now().checked_sub(REMEMBERED_FOR) {
                    state.confirmed.forget_before(then);
                }
                let confirmed = std::mem::take(&mut state.confirmed);
                state.removals.append(&confirmed);
            }
            state.server = server;
        });
    }

    /// Whether this is the server that was connected last, by its own report.
    pub(in crate::redis) fn is_met(&self, server: Option<&str>) -> bool {
        server.is_none() || self.state.lock().server.as_deref() == server
    }

    /// The next removals to be sent; none while nothing can be removed.
    pub(in crate::redis) fn next_removals(&self, most: usize) -> Vec<Removal> {
        let mut state = self.state.lock();
        if state.breaker.is_open(Right::Remove) {
            return Vec::new();
        }
        state.removals.next(most, Instant::now())
    }

    /// When a refused removal is to be sent again.
    pub(in crate::redis) fn next_refused(&self) -> Option<Instant> {
        self.state.lock().removals.next_retry()
    }

    /// Redis has confirmed a queued removal.
    pub(in crate::redis) fn confirm(&self, removal: &Removal) {
        self.change(|state| {
            state.removals.confirm(removal.number);
            state.remember(removal.target.clone(), removal.parts);
        });
    }

    /// The keys of a queued removal are on the move.
    pub(in crate::redis) fn defer(&self, removal: &Removal) {
        self.change(|state| state.removals.defer(removal.number, Instant::now()));
    }

    /// Redis has refused a queued removal.
    pub(in crate::redis) fn refuse(&self, removal: &Removal) {
        self.change(|state| state.removals.refuse(removal.number, Instant::now()));
    }

    /// Whether values that carry a tag are not to be read, since its invalidation is queued.
    pub(in crate::redis) fn excludes_tag(&self, tag: &str) -> bool {
        self.queued.load(SeqCst) > 0 && self.state.lock().removals.excludes_tag(tag)
    }

    /// Whether this key is not to be read, since a removal is queued or refused.
    #[inline]
    pub(in crate::redis) fn excludes(&self, key: &str, parts: &[TemplatePart]) -> bool {
        self.queued.load(SeqCst) > 0 && self.state.lock().removals.excludes(key, parts)
    }
}
