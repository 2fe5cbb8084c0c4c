//! What writers count: what became of results.

use std::ops::AddAssign;

/// What has happened since the counters were zeroed.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    /// Entries that made room.
    pub(crate) evictions: u64,
    /// Entries that were taken out past their time.
    pub(crate) expirations: u64,
    /// Computations that came to a result.
    pub(crate) computations: u64,
    /// How long they took, all together, in nanoseconds.
    pub(crate) nanos: u64,
    /// Results that a predicate did not want to be kept.
    pub(crate) refused: u64,
    /// Results that were an `Err`, and so not kept.
    pub(crate) failures: u64,
}

/// What a computation came to, to be counted.
#[derive(Clone, Copy, Default)]
pub(crate) struct Report {
    /// Whether anything was computed.
    pub(crate) is_computed: bool,
    /// How long that took, in nanoseconds.
    pub(crate) nanos: u64,
    pub(crate) is_refused: bool,
    pub(crate) is_failure: bool,
}

impl Counts {
    #[inline]
    pub(crate) fn count(&mut self, report: Report) {
        let Report { is_computed, nanos, is_refused, is_failure } = report;
        self.computations += u64::from(is_computed);
        self.nanos = self.nanos.wrapping_add(nanos);
        self.refused += u64::from(is_refused);
        self.failures += u64::from(is_failure);
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        let Counts { evictions, expirations, computations, nanos, refused, failures } = other;
        self.evictions += evictions;
        self.expirations += expirations;
        self.computations += computations;
        self.nanos = self.nanos.wrapping_add(nanos);
        self.refused += refused;
        self.failures += failures;
    }
}
