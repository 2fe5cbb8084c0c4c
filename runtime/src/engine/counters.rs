//! The counters of the writer: stored and discarded results, and the run time of computations.
//!
//! Measuring a computation takes two readings of a clock, as long as the rest of a miss. So of
//! short bodies only one run in [`SAMPLE_EVERY`] is measured. The others count as the mean. A long
//! one among them is missed, but as soon as one is measured that raises the mean above
//! [`SHORT_BODY_NANOS`], all are measured again.

/// A body is short if it takes less than this in the mean: a microsecond.
const SHORT_BODY_NANOS: u64 = 1_000;

/// The runs that are measured before any is skipped.
const WARM_UP_RUNS: u64 = 64;

/// One in this many runs of a short body is measured.
const SAMPLE_EVERY: u64 = 64;

/// The counters since the last reset.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Counters {
    /// Misses, but for those that readers count.
    pub(crate) misses: u64,
    /// Hits that wait, or have waited, for another computation.
    pub(crate) joined: u64,
    /// Entries that were evicted.
    pub(crate) evictions: u64,
    /// Entries that were removed past their deadline.
    pub(crate) expirations: u64,
    /// Results that weigh more than all entries may.
    pub(crate) too_heavy: u64,
    /// Results that a predicate refused.
    pub(crate) refused: u64,
    /// Results that were an error, and so not stored.
    pub(crate) failures: u64,
    /// Computations with a result, except the last ones that were not measured.
    computations: u64,
    /// The number of these last ones.
    unmeasured: u64,
    /// The total time of the measured ones, in nanoseconds.
    nanos: u64,
}

/// The run time of a computation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Elapsed {
    /// The body did not run.
    NotRun,
    /// The run was not measured.
    Unmeasured,
    /// The measured nanoseconds.
    Nanos(u64),
}

/// A computation whose result is not stored: its run time, and the reason.
#[derive(Clone, Copy, Debug)]
pub struct Discarded {
    pub(crate) elapsed: Elapsed,
    pub(crate) is_refused: bool,
    pub(crate) is_failure: bool,
    pub(crate) is_too_heavy: bool,
}

impl From<Elapsed> for Discarded {
    fn from(elapsed: Elapsed) -> Self {
        Discarded { elapsed, is_refused: false, is_failure: false, is_too_heavy: false }
    }
}

impl Counters {
    /// Counts a computation. If it was measured, returns which of the next ones are to be: those
    /// whose generation has none of these bits.
    #[inline(always)]
    pub(super) fn count(&mut self, elapsed: Elapsed) -> Option<u64> {
        match elapsed {
            Elapsed::Unmeasured => {
                self.unmeasured += 1;
                None
            }
            Elapsed::NotRun => None,
            Elapsed::Nanos(nanos) => Some(self.count_measured(nanos)),
        }
    }

    #[cold]
    #[inline(never)]
    fn count_measured(&mut self, nanos: u64) -> u64 {
        self.nanos = self.compute_nanos().saturating_add(nanos);
        self.computations += std::mem::take(&mut self.unmeasured) + 1;
        let is_short = self.computations >= WARM_UP_RUNS
            && self.nanos < self.computations.saturating_mul(SHORT_BODY_NANOS);
        if is_short { SAMPLE_EVERY - 1 } else { 0 }
    }

    /// Same as [`Counters::count`] of a computation whose result is not stored.
    pub(super) fn count_discarded(&mut self, discarded: Discarded) -> Option<u64> {
        let Discarded { elapsed, is_refused, is_failure, is_too_heavy } = discarded;
        self.refused += u64::from(is_refused);
        self.failures += u64::from(is_failure);
        self.too_heavy += u64::from(is_too_heavy);
        self.count(elapsed)
    }

    /// Returns how many computations came to a result.
    pub(crate) fn computations(&self) -> u64 {
        self.computations + self.unmeasured
    }

    /// Returns how long all of them took together, in nanoseconds.
    pub(crate) fn compute_nanos(&self) -> u64 {
        let mean = self.nanos.checked_div(self.computations).unwrap_or(0);
        self.nanos.saturating_add(mean.saturating_mul(self.unmeasured))
    }
}

#[cfg(test)]
mod tests {
    use super::{Counters, Discarded, Elapsed, SAMPLE_EVERY, SHORT_BODY_NANOS, WARM_UP_RUNS};

    #[test]
    fn a_long_body_is_always_measured() {
        let mut counters = Counters::default();
        for _ in 0..1_000 {
            assert_eq!(counters.count(Elapsed::Nanos(SHORT_BODY_NANOS)), Some(0));
        }
        let totals = (counters.computations(), counters.compute_nanos());
        assert_eq!(totals, (1_000, 1_000 * SHORT_BODY_NANOS));
    }

    #[test]
    fn a_short_body_is_sampled() {
        let mut counters = Counters::default();
        for _ in 1..WARM_UP_RUNS {
            assert_eq!(counters.count(Elapsed::Nanos(100)), Some(0));
        }
        assert_eq!(counters.count(Elapsed::Nanos(100)), Some(SAMPLE_EVERY - 1));
        for _ in 1..SAMPLE_EVERY {
            assert_eq!(counters.count(Elapsed::Unmeasured), None);
        }
        let all = WARM_UP_RUNS + SAMPLE_EVERY - 1;
        assert_eq!((counters.computations(), counters.compute_nanos()), (all, 100 * all));
        // A long one counts once, and the next ones are measured.
        assert_eq!(counters.count(Elapsed::Nanos(1_000_000)), Some(0));
        assert_eq!(counters.compute_nanos(), 100 * all + 1_000_000);
        assert_eq!(counters.count(Elapsed::Nanos(100)), Some(0));
        assert_eq!(counters.computations(), all + 2);
    }

    #[test]
    fn a_body_that_did_not_run_is_not_counted() {
        let mut counters = Counters::default();
        assert_eq!(counters.count(Elapsed::NotRun), None);
        let refused = Discarded { is_refused: true, ..Elapsed::NotRun.into() };
        assert_eq!(counters.count_discarded(refused), None);
        let totals = (counters.computations(), counters.refused, counters.compute_nanos());
        assert_eq!(totals, (0, 1, 0));
    }
}
