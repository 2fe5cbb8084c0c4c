//! When something arrived over the connections of a node.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Instant;

/// When something arrived last, in nanoseconds since `started`: at all, and in time.
pub(in crate::redis) struct Arrivals {
    arrived: AtomicU64,
    heard: AtomicU64,
    started: Instant,
}

impl Arrivals {
    pub(super) fn new(started: Instant) -> Self {
        Arrivals { arrived: AtomicU64::new(0), heard: AtomicU64::new(0), started }
    }

    /// Something has arrived; `in_time` if that shows that the server is not slow.
    pub(in crate::redis) fn hear(&self, in_time: bool) {
        let now = u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.arrived.fetch_max(now, SeqCst);
        if in_time {
            self.heard.fetch_max(now, SeqCst);
        }
    }

    fn nanos_at(&self, then: Instant) -> u128 {
        then.saturating_duration_since(self.started).as_nanos()
    }

    /// Whether something has arrived in time since then.
    pub(super) fn has_heard_since(&self, then: Instant) -> bool {
        u128::from(self.heard.load(SeqCst)) > self.nanos_at(then)
    }

    /// Whether anything has arrived since then.
    pub(in crate::redis) fn is_alive_since(&self, then: Instant) -> bool {
        u128::from(self.arrived.load(SeqCst)) > self.nanos_at(then)
    }
}
