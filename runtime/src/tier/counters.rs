//! The counters of a tier and of each of its functions.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::base::stats::FunctionStats;

/// Defines the counters of a tier, and the statistics of those that a function has, too.
macro_rules! counters {
    (of the tier: $($of_tier:ident)+; of a function, too: $($of_both:ident)+;) => {
        /// The counters of a tier, or of one of its functions.
        pub struct Counters {
            $(pub(crate) $of_tier: Counter,)+
            $(pub(crate) $of_both: Counter,)+
        }

        impl Counters {
            pub(crate) const fn new() -> Self {
                Counters { $($of_tier: Counter::new(),)+ $($of_both: Counter::new(),)+ }
            }

            /// Returns the counts of a function so far.
            pub(super) fn of_function(&self, connected: bool) -> FunctionStats {
                FunctionStats { connected, $($of_both: self.$of_both.get(),)+ }
            }
        }

        /// Returns the counts since `baseline`.
        pub(super) fn since(stats: FunctionStats, baseline: FunctionStats) -> FunctionStats {
            FunctionStats {
                connected: stats.connected,
                $($of_both: stats.$of_both - baseline.$of_both,)+
            }
        }
    };
}

counters! {
    of the tier: connections invalidations;
    of a function, too:
        shared_hits shared_misses stores errors timeouts undecodable too_large unencodable
        unreadable altered bypassed;
}

/// A number that only grows.
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) const fn new() -> Self {
        Counter(AtomicU64::new(0))
    }

    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
