//! [`PendingCall`], a call that found nothing: its key, and its wait for another computation.
//!
//! `pending` advances it. A thread waits by blocking, a task by being polled.

use std::task::{Context, Poll};
use std::time::Instant;

use crate::base::info::CacheStatus;
use crate::base::single_flight::{SingleFlight, is_worker};
use crate::engine::{Fingerprint, InFlightId, Leader};
use crate::inflight::completion::Waiter;
use crate::inflight::deadlock::WaitEdge;
use crate::inflight::timer::{self, Limit};

/// A call that found nothing and has not started to compute.
pub(crate) struct PendingCall<K, W> {
    pub(super) fingerprint: Fingerprint,
    /// Taken when a computation starts.
    pub(super) key: Option<K>,
    pub(super) keys_equal: fn(&K, &K) -> bool,
    /// Whether it may wait for another computation of its key.
    pub(super) may_join: bool,
    /// Until when it waits, once it has begun to and if there is a limit.
    deadline: Option<Instant>,
    pub(super) wait: Option<ActiveWait<W>>,
    /// The leader, if this call computes.
    pub(super) leader: Leader,
    /// Whether to count a miss when it starts to compute. False with a second tier, which may have
    /// the value.
    pub(super) counts_miss: bool,
}

/// A wait for a computation. It was counted as a joined hit.
pub(super) struct ActiveWait<W> {
    pub(super) waiter: Waiter<W>,
    /// When the engine had been cleared last before that.
    pub(super) cleared_at: u64,
    edge: WaitEdge,
    /// The wait is over without a completion: the call would wait for itself, or the time is up.
    pub(super) has_given_up: bool,
    /// The limit of a task's wait. Boxed, since each future of a cached function has room for it.
    limit: Option<Box<Limit<'static>>>,
}

/// The state of a pending call.
pub(crate) enum Step<R> {
    /// It has a result.
    Hit(R, CacheStatus),
    /// It computes; `None` if the result will not be stored.
    Compute(Option<InFlightId>),
    /// It waits for another computation.
    Wait,
}

/// The continuation of a call whose lookup has found nothing.
pub(crate) enum AfterMiss<K, W> {
    /// It computes; `None` if the result will not be stored.
    Compute(Option<InFlightId>),
    /// Another call may compute the same.
    Pending(PendingCall<K, W>),
}

impl<W> ActiveWait<W> {
    pub(super) fn new(waiter: Waiter<W>, edge: WaitEdge, cleared_at: u64) -> Self {
        ActiveWait { waiter, cleared_at, edge, has_given_up: false, limit: None }
    }
}

impl<K, W> PendingCall<K, W> {
    pub(super) fn new(
        fingerprint: Fingerprint,
        (key, keys_equal): (K, fn(&K, &K) -> bool),
        may_join: bool,
        (leader, counts_miss): (Leader, bool),
    ) -> Self {
        let (key, deadline, wait) = (Some(key), None, None);
        PendingCall { fingerprint, key, keys_equal, may_join, deadline, wait, leader, counts_miss }
    }

    /// Whether it may wait for another computation of its key.
    pub(crate) fn may_join(&self) -> bool {
        self.may_join
    }

    /// Returns until when it waits: one limit for all its waits, from the first one on. `None`
    /// without a limit.
    pub(crate) fn deadline(&mut self, single_flight: SingleFlight) -> Option<Instant> {
        self.deadline = self.deadline.or_else(|| single_flight.deadline());
        self.deadline
    }

    /// Blocks this thread until the wait is over.
    pub(super) fn wait_blocking(&mut self) {
        if let Some(wait) = &mut self.wait {
            wait.has_given_up = !wait.waiter.park(self.deadline);
        }
    }

    /// Ready when the wait of a task is over.
    pub(crate) fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(wait) = &mut self.wait else { return Poll::Ready(()) };
        let ActiveWait { waiter, edge, has_given_up, limit, .. } = wait;
        let poll = |context: &mut Context<'_>| {
            // The task may be polled inside another computation than before.
            if is_worker() || !edge.recheck() {
                return Poll::Ready(true);
            }
            waiter.poll(context.waker()).map(|()| false)
        };
        let ready = match self.deadline {
            None => ({ poll })(context),
            Some(deadline) => {
                let limit = limit.get_or_insert_with(|| Box::new(timer::limit(deadline)));
                timer::poll(limit, context, poll).map(|gives_up| gives_up.unwrap_or(true))
            }
        };
        ready.map(|gives_up| *has_given_up = gives_up)
    }
}
