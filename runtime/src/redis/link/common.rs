//! The common part of a link's nodes: the settings, the counters, the timer, the identity of
//! this process, and the last error.

use std::process;
use std::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, SeqCst},
};
use std::task::{Context, Poll};
use std::time::Instant;

use once_cell::sync::OnceCell;
use parking_lot::Mutex;
use redis::ServerError;
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::base::stats::TierKind;
use crate::base::trace;
use crate::inflight::timer::Timer;
use crate::redis::command::Query;
use crate::redis::config::Redis;
use crate::tier::Counters;

/// The common part of a link's nodes.
pub(in crate::redis) struct Common {
    pub(in crate::redis) config: Redis,
    pub(in crate::redis) timer: Timer,
    pub(in crate::redis) counters: Counters,
    last_error: Mutex<Option<String>>,
    is_closed: AtomicBool,
    /// The process that drives the link. A child of it has its memory, and none of its threads.
    process: u32,
    /// The number of nodes whose first attempt to connect has not ended. Calls wait for that.
    starting: AtomicUsize,
    /// The supervisor's runtime.
    pub(in crate::redis) handle: OnceCell<Handle>,
    /// Tells this process, and this link, from all others: tokens begin with it.
    pub(in crate::redis) identity: String,
    tokens: AtomicU64,
    /// Which of the addresses is tried next.
    turn: AtomicUsize,
    /// The map of hash slots may be out of date.
    pub(in crate::redis) wake_map: Notify,
}

impl Common {
    pub(super) fn new(config: Redis) -> Self {
        use std::hash::{BuildHasher as _, RandomState};

        Common {
            config,
            timer: Timer::new(),
            counters: Counters::new(),
            last_error: Mutex::default(),
            is_closed: AtomicBool::new(false),
            process: process::id(),
            starting: AtomicUsize::new(0),
            handle: OnceCell::new(),
            identity: format!("{:016x}", RandomState::new().hash_one(process::id())),
            tokens: AtomicU64::new(0),
            turn: AtomicUsize::new(0),
            wake_map: Notify::new(),
        }
    }

    /// Whether a supervisor drives the link: it is not closed, and is not of the process that this
    /// one was forked from.
    pub(in crate::redis) fn is_usable(&self) -> bool {
        !self.is_closed.load(Acquire) && self.is_of_this_process()
    }

    /// Whether this process has installed the link. The locks of another's may be held for ever.
    pub(in crate::redis) fn is_of_this_process(&self) -> bool {
        self.process == process::id()
    }

    pub(super) fn close(&self) {
        self.is_closed.store(true, SeqCst);
        self.wake_map.notify_one();
    }

    /// Which of the addresses is tried now.
    pub(in crate::redis) fn turn(&self) -> usize {
        self.turn.load(Relaxed)
    }

    /// The next of the addresses is tried.
    pub(in crate::redis) fn next_turn(&self) {
        self.turn.fetch_add(1, Relaxed);
    }

    /// Calls wait for one more node.
    pub(super) fn wait_for_one(&self) {
        self.starting.fetch_add(1, SeqCst);
    }

    /// A node that calls wait for has ended its first attempt to connect.
    pub(super) fn one_has_started(&self) {
        if self.starting.fetch_sub(1, SeqCst) == 1 {
            self.timer.wake_all();
        }
    }

    /// Whether calls should wait for the first connection.
    pub(in crate::redis) fn is_starting(&self) -> bool {
        self.starting.load(Acquire) > 0 && self.is_usable()
    }

    /// Waits for the first connection, for as long as a query may take.
    pub(in crate::redis) async fn wait_for_start(&self) {
        if self.is_starting() {
            let poll = |_: &mut Context<'_>| {
                if self.is_starting() { Poll::Pending } else { Poll::Ready(()) }
            };
            let _ = self.timer.until(self.deadline(), poll).await;
        }
    }

    /// Until when a query that begins now may take.
    pub(in crate::redis) fn deadline(&self) -> Instant {
        Instant::now() + self.config.timeout
    }

    /// The last error, for a log.
    pub(in crate::redis) fn last_error(&self) -> Option<String> {
        self.last_error.lock().clone()
    }

    /// Records an error, without text that was sent to the server. Returns it as it is shown.
    pub(in crate::redis) fn record_error(&self, error: &str) -> String {
        let error = self.config.secrets.shown(error);
        let mut last = self.last_error.lock();
        let is_new = last.as_ref() != Some(&error);
        *last = Some(error.clone());
        drop(last);
        trace::tier_error(TierKind::Redis, &error, is_new);
        error
    }

    /// Returns the server's words about a query, without the text that was sent.
    pub(in crate::redis) fn words_of(&self, error: &ServerError, query: &Query) -> String {
        let mut secrets = self.config.secrets.clone();
        secrets.add_arguments(&query.pipeline);
        secrets.shown(&format!("{} {}", error.code(), error.details().unwrap_or_default()))
    }

    /// A unique token.
    pub(in crate::redis) fn token(&self) -> String {
        format!("{}-{:x}", self.identity, self.tokens.fetch_add(1, Relaxed))
    }

    /// Returns the length of leases, in milliseconds.
    pub(in crate::redis) fn lease_millis(&self) -> u64 {
        u64::try_from(self.config.lease.as_millis()).unwrap_or(u64::MAX >> 1)
    }
}
