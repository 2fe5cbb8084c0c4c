//! One server as calls use it: its connection, and the rights that it grants.
//!
//! Calls never connect; the [supervisor](crate::redis::supervisor) does. One lock holds the
//! connection, the breaker and the removals that the server has not confirmed, so that none of them
//! changes between two looks of the other. What calls read without it are the gates, the link
//! epoch and the number of removals.

use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, SeqCst},
};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use redis::{Client, ServerError};
use tokio::sync::Notify;

use super::arrivals::Arrivals;
use super::breaker::{Breaker, Gates, Right};
use super::common::Common;
use super::insertions::Insertions;
use super::leases::Leases;
use super::live::LiveConnection;
use super::missing::Missing;
use super::probe_tag::ProbeTag;
use super::removals::RemovalQueue;
use super::task_connection::TaskConnection;
use crate::base::trace;
use crate::redis::command::{Query, StoreBy};

/// One server of a link.
pub(in crate::redis) struct Node {
    pub(in crate::redis) common: Arc<Common>,
    /// The client of a node of a cluster. Otherwise the server is that of the settings.
    pub(in crate::redis) client: Option<Client>,
    pub(super) gates: Gates,
    pub(super) state: Mutex<NodeState>,
    /// The number of queries that wait for a reply.
    pub(super) in_flight: AtomicUsize,
    /// The number of removals that wait.
    pub(super) queued: AtomicUsize,
    /// The link epoch; 0 for none.
    epoch: AtomicU64,
    /// The number of tracked functions of the tier, in the order of registration.
    tracked: AtomicUsize,
    /// Whether tracking is active. Otherwise entries in memory are valid for `l1_ttl` only.
    is_tracking: AtomicBool,
    /// The rights that the connection lacks.
    pub(super) missing: Mutex<Missing>,
    last_error: Mutex<Option<String>>,
    /// Whether it is not, or no longer, a node of the link.
    is_closed: AtomicBool,
    /// By which hash tag its probe is in one of its slots; `None` for a server that has all keys.
    pub(super) probe_tag: Mutex<Option<ProbeTag>>,
    /// Whether it has reported that another node has a key.
    pub(super) has_redirected: AtomicBool,
    /// Whether calls wait for the end of its first attempt to connect.
    is_starting: AtomicBool,
    /// The number of this process's own notices that were pushed.
    canaries: AtomicU64,
    pub(in crate::redis) arrivals: Arrivals,
    pub(in crate::redis) task_connection: Arc<TaskConnection>,
    /// There is something for the supervisor to do.
    pub(in crate::redis) wake: Notify,
    /// There is something to be removed.
    pub(in crate::redis) wake_replay: Notify,
    pub(in crate::redis) leases: Leases,
    pub(in crate::redis) insertions: Insertions,
}

/// The data under the lock of a node.
pub(super) struct NodeState {
    pub(super) connection: Option<LiveConnection>,
    /// The client by which it was connected last.
    client: Option<Client>,
    pub(super) breaker: Breaker,
    pub(super) removals: RemovalQueue,
    /// Removals that the server has confirmed lately. They are repeated if it has lost them.
    pub(super) confirmed: RemovalQueue,
    /// Which server was connected last; `None` if it does not say.
    pub(super) server: Option<String>,
}

/// The effects of a change of the state on waiting calls.
pub(super) struct Effects {
    was_open: bool,
    is_open: bool,
    was_queued: usize,
    queued: usize,
    /// Whether a gate has.
    has_changed: bool,
}

static LINK_EPOCHS: AtomicU64 = AtomicU64::new(0);

impl Node {
    /// Returns a node that is not connected. Calls wait for its first attempt to connect.
    pub(super) fn new(common: Arc<Common>, client: Option<Client>) -> Self {
        let started = Instant::now();
        let state = NodeState {
            connection: None,
            client: None,
            breaker: Breaker::new(common.config.failures, started),
            removals: RemovalQueue::default(),
            confirmed: RemovalQueue::default(),
            server: None,
        };
        common.wait_for_one();
        Node {
            task_connection: TaskConnection::new(common.config.runtime.clone()),
            common,
            client,
            gates: Gates::new(),
            state: Mutex::new(state),
            in_flight: AtomicUsize::new(0),
            queued: AtomicUsize::new(0),
            epoch: AtomicU64::new(0),
            tracked: AtomicUsize::new(0),
            is_tracking: AtomicBool::new(false),
            missing: Mutex::default(),
            last_error: Mutex::default(),
            is_closed: AtomicBool::new(false),
            probe_tag: Mutex::default(),
            has_redirected: AtomicBool::new(false),
            is_starting: AtomicBool::new(true),
            canaries: AtomicU64::new(0),
            arrivals: Arrivals::new(started),
            wake: Notify::new(),
            wake_replay: Notify::new(),
            leases: Leases::default(),
            insertions: Insertions::default(),
        }
    }

    /// Changes the state under its lock, and applies the effects to waiting calls.
    pub(super) fn change<T>(&self, act: impl FnOnce(&mut NodeState) -> T) -> T {
        let (result, effects) = self.change_silently(act);
        self.show(&effects);
        result
    }

    /// Same as [`Node::change`], for a caller with the lock of the map: it calls [`Node::show`]
    /// without it, since that runs wakers, which are an executor's code.
    pub(super) fn change_silently<T>(&self, act: impl FnOnce(&mut NodeState) -> T) -> (T, Effects) {
        let mut state = self.state.lock();
        let (was_open, was_queued) = (self.gates.is_open(Right::Read), self.queued.load(SeqCst));
        let result = act(&mut state);
        let queued = state.removals.len();
        self.queued.store(queued, SeqCst);
        let has_changed = self.gates.show(&state.breaker);
        let is_open = self.gates.is_open(Right::Read);
        (result, Effects { was_open, is_open, was_queued, queued, has_changed })
    }

    /// Applies the effects of a change to waiting calls.
    pub(super) fn show(&self, effects: &Effects) {
        let Effects { was_open, is_open, was_queued, queued, has_changed } = *effects;
        let common = &self.common;
        if has_changed || queued == 0 && was_queued > 0 {
            common.timer.wake_all();
            self.wake.notify_one();
        }
        if queued > was_queued || has_changed && queued > 0 {
            self.wake_replay.notify_one();
        }
        match (was_open, is_open) {
            (true, false) => {
                common.counters.connections.count();
                trace::connected();
            }
            (false, true) => trace::disconnected(),
            _ => (),
        }
    }

    /// The link epoch, which numbers one uninterrupted period of tracking; `None` before it begins.
    #[inline]
    pub(in crate::redis) fn epoch(&self) -> Option<u64> {
        Some(self.epoch.load(Acquire)).filter(|&epoch| epoch != 0)
    }

    /// Starts a link epoch, in which no function is tracked yet.
    pub(in crate::redis) fn start_epoch(&self) {
        self.tracked.store(0, SeqCst);
        self.epoch.store(LINK_EPOCHS.fetch_add(1, Relaxed) + 1, SeqCst);
    }

    /// Starts a link epoch in place of one, in which the same functions are tracked.
    pub(super) fn renew_epoch(&self) {
        let (epoch, tracked) = (self.epoch.load(SeqCst), self.tracked());
        if epoch != 0 {
            self.tracked.store(0, SeqCst);
            let next = LINK_EPOCHS.fetch_add(1, Relaxed) + 1;
            // A call may have ended it.
            if self.epoch.compare_exchange(epoch, next, SeqCst, SeqCst).is_ok() {
                self.tracked.store(tracked, SeqCst);
            }
        }
    }

    /// Ends the link epoch.
    fn end_epoch(&self) {
        self.epoch.store(0, SeqCst);
    }

    /// Returns the number of functions of the tier that are tracked, in the order of registration.
    pub(in crate::redis) fn tracked(&self) -> usize {
        self.tracked.load(Acquire)
    }

    /// Sets the number of functions of the tier that are tracked since the link epoch began.
    pub(in crate::redis) fn set_tracked(&self, tracked: usize) {
        self.tracked.store(tracked, SeqCst);
    }

    /// The link epoch since whose beginning this function of the tier has been tracked, if it is.
    #[inline]
    pub(in crate::redis) fn epoch_of(&self, function: usize) -> Option<u64> {
        let epoch = self.epoch()?;
        let is_tracked = function < self.tracked();
        // The next epoch begins after this one has ended, so the number is of this one.
        (is_tracked && self.epoch() == Some(epoch)).then_some(epoch)
    }

    /// Whether calls bypass the server for this right.
    pub(in crate::redis) fn is_open(&self, right: Right) -> bool {
        self.gates.is_open(right)
    }

    /// Whether calls read from the server.
    pub(in crate::redis) fn is_connected(&self) -> bool {
        self.epoch().is_some() && !self.is_open(Right::Read)
    }

    /// Records an error, without text that was sent to the server.
    pub(in crate::redis) fn record_error(&self, error: &str) {
        let shown = match &self.client {
            Some(client) => {
                let address = client.get_connection_info().addr();
                self.common.record_error(&format!("{address}: {error}"))
            }
            None => self.common.record_error(error),
        };
        *self.last_error.lock() = Some(shown);
    }

    /// Its last error, for a log.
    pub(super) fn last_error(&self) -> Option<String> {
        self.last_error.lock().clone()
    }

    /// Records that the server refuses something.
    pub(in crate::redis) fn record_refusal(&self, error: &ServerError, query: &Query) {
        self.record_error(&self.common.words_of(error, query));
    }

    /// Whether the supervisor drives it.
    pub(in crate::redis) fn is_usable(&self) -> bool {
        !self.is_closed.load(Acquire) && self.common.is_usable()
    }

    /// The connection, if there is one.
    pub(in crate::redis) fn live(&self) -> Option<LiveConnection> {
        self.state.lock().connection.clone()
    }

    /// Returns its address, for a log.
    pub(in crate::redis) fn address(&self) -> Option<String> {
        let state = self.state.lock();
        let client = self.client.as_ref().or(state.client.as_ref())?;
        Some(client.get_connection_info().addr().to_string())
    }

    /// Whether changes are pushed. Otherwise entries in memory are valid for `l1_ttl` only.
    pub(in crate::redis) fn is_tracking(&self) -> bool {
        self.is_tracking.load(Acquire)
    }

    /// Changes are pushed from now on, or are not.
    pub(in crate::redis) fn set_tracking(&self, is_tracking: bool) {
        self.is_tracking.store(is_tracking, SeqCst);
    }

    /// Uses this connection, as soon as its probe is answered.
    pub(in crate::redis) fn connect(&self, connection: LiveConnection, client: Client) {
        self.change(|state| {
            state.connection = Some(connection);
            state.client = Some(client.clone());
            state.breaker.reset(Instant::now());
        });
        *self.missing.lock() = Missing::default();
        self.task_connection.connect_to(Some(client));
    }

    /// Uses no connection any more. Calls that wait for a reply stop.
    pub(in crate::redis) fn disconnect(&self) {
        let before = self.change(|state| {
            self.end_epoch();
            state.breaker.reset(Instant::now());
            state.connection.take()
        });
        drop(before);
        *self.missing.lock() = Missing::default();
        self.task_connection.connect_to(None);
        self.common.timer.wake_all();
    }

    /// Ends the connection, since it is to the wrong server: the address is resolved again.
    pub(in crate::redis) fn end_connection(&self) {
        if let Some(connection) = &self.state.lock().connection {
            connection.flags.is_lost.store(true, SeqCst);
        }
        self.disconnect();
        self.wake.notify_one();
    }

    /// The first attempt to connect has ended.
    pub(in crate::redis) fn has_started(&self) {
        if self.is_starting.swap(false, SeqCst) {
            self.common.one_has_started();
        }
    }

    /// Ends its tasks.
    pub(super) fn close(&self) {
        self.is_closed.store(true, SeqCst);
        self.disconnect();
        self.has_started();
        self.wake.notify_one();
        self.wake_replay.notify_one();
    }

    /// Returns the way to store results.
    pub(in crate::redis) fn store_by(&self) -> StoreBy {
        if self.is_tracking() { StoreBy::Rename } else { StoreBy::Script }
    }

    /// When the supervisor is to probe; `None` while no right is open.
    pub(in crate::redis) fn next_probe(&self) -> Option<Instant> {
        self.state.lock().breaker.next_probe()
    }

    /// Applies the outcome of a probe.
    pub(in crate::redis) fn probed(&self, is_good: impl Fn(Right) -> bool) {
        let now = Instant::now();
        self.change(|state| {
            // Another connection may have come.
            if state.connection.is_some() {
                for right in Right::ALL {
                    state.breaker.probed(right, is_good(right), now);
                }
            }
        });
    }

    /// A notice of this process has been pushed to it.
    pub(in crate::redis) fn see_notice(&self) {
        self.canaries.fetch_add(1, SeqCst);
        self.common.timer.wake_all();
    }

    /// Returns the number of this process's notices that have been pushed to it.
    pub(in crate::redis) fn canaries(&self) -> u64 {
        self.canaries.load(SeqCst)
    }

    /// Waits until there are more of them. Returns whether that was in time.
    pub(in crate::redis) async fn canary_after(&self, before: u64, within: Duration) -> bool {
        let poll = |_: &mut Context<'_>| {
            if self.canaries() > before { Poll::Ready(()) } else { Poll::Pending }
        };
        self.common.timer.until(Instant::now() + within, poll).await.is_some()
    }
}
