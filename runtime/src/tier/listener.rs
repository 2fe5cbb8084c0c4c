//! [`ChangeListener`], by which a call learns of changes to its key while it reads or computes.

use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex;

use super::key::TierKey;
use super::key_index::{Listener, ListenerState, Stage, ValueInTier};
use super::registered::RegisteredFunction;
use crate::base::clock;
use crate::cache::Group;

/// A call that learns of changes to its key until it is dropped.
pub(super) struct ChangeListener {
    function: &'static RegisteredFunction,
    hash: u64,
    call: Arc<Listener>,
}

impl ChangeListener {
    /// Listens to changes of a key, for a call that may read it again or, otherwise, computes.
    pub(super) fn listen(
        function: &'static RegisteredFunction,
        key: &Arc<TierKey>,
        group: Option<Group>,
        may_reread: bool,
    ) -> Self {
        let hash = key.hash();
        let stage = if may_reread { Stage::Reads } else { Stage::Computes };
        let call = ListenerState { stage, has_changed: false, waker: None };
        let call = Arc::new(Listener { group, key: key.clone(), state: Mutex::new(call) });
        let mut index = function.index.lock();
        if let Some(group) = group {
            index.groups.entry((hash, group)).or_default();
        }
        index.calls.entry(hash).or_default().push(call.clone());
        let is_full = index.groups.len() > 2 * index.pruned + 64;
        let groups = is_full.then(|| index.groups.keys().copied().collect());
        drop(index);
        if let Some(groups) = groups {
            function.prune(&groups);
        }
        ChangeListener { function, hash, call }
    }

    /// Returns whether the key has changed since the last call of this, and forgets it.
    pub(super) fn take_changed(&self) -> bool {
        std::mem::take(&mut self.call.state.lock().has_changed)
    }

    /// Whether the key has changed.
    pub(super) fn has_changed(&self) -> bool {
        self.call.state.lock().has_changed
    }

    /// Ready when the key has changed.
    pub(super) fn poll_changed(&self, context: &Context<'_>) -> Poll<()> {
        let waker = context.waker().clone();
        let mut state = self.call.state.lock();
        if state.has_changed {
            return Poll::Ready(());
        }
        let before = state.waker.replace(waker);
        drop(state);
        drop(before);
        Poll::Pending
    }

    /// The call computes from now on: its result is discarded if the key changes.
    pub(super) fn stop_rereading(&self) {
        let mut state = self.call.state.lock();
        state.stage = Stage::Computes;
        state.has_changed = false;
    }

    /// Same as [`ChangeListener::stop_rereading`] for a value that was read, if the key has not
    /// changed meanwhile. Returns whether that is so.
    pub(super) fn commit_read(&self) -> bool {
        let mut state = self.call.state.lock();
        let is_current = !std::mem::take(&mut state.has_changed);
        if is_current {
            state.stage = Stage::Computes;
        }
        is_current
    }

    /// The result is on the way to the tier from now on. It expires there at this time.
    pub(super) fn record_sent(&self, expires_at: u64) {
        self.call.state.lock().stage = Stage::Sends;
        self.record_value(clock::now(), expires_at);
    }

    /// The tier has a value by `now`, which expires at this time.
    pub(super) fn record_value(&self, now: u64, expires_at: u64) {
        let Some(group) = self.call.group else { return };
        let value = ValueInTier { known_since: now, expires_at, is_reported: false };
        self.function.index.lock().groups.insert((self.hash, group), Some(value));
    }
}

impl Drop for ChangeListener {
    fn drop(&mut self) {
        let mut index = self.function.index.lock();
        if let Some(calls) = index.calls.get_mut(&self.hash) {
            calls.retain(|call| !Arc::ptr_eq(call, &self.call));
            if calls.is_empty() {
                index.calls.remove(&self.hash);
            }
        }
    }
}
