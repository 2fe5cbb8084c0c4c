//! What writers count: what became of results, and how long computations took.
//!
//! To measure one costs two looks at a clock, as much as all else that a miss does. So of bodies that take next to nothing only one run in
//! [`SAMPLE`] is measured. Those that were not are taken to have been like the mean; a long one among them is missed, but as
//! soon as one is measured that makes the mean more than [`BRIEF`], all are measured again.

/// What takes less than this in the mean is not always measured: a microsecond.
const BRIEF: u64 = 1_000;

/// So many are measured first.
const FIRST: u64 = 64;

/// Then one of so many is.
const SAMPLE: u64 = 16;

/// What has happened since the counters were zeroed.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    /// Entries that made room.
    pub(crate) evictions: u64,
    /// Entries that were taken out past their time.
    pub(crate) expirations: u64,
    /// Computations that came to a result, but for the last that were not measured.
    computations: u64,
    /// How many those are.
    unmeasured: u64,
    /// How long the others took, all together, in nanoseconds.
    nanos: u64,
    /// Results that a predicate did not want to be kept.
    pub(crate) refused: u64,
    /// Results that were an `Err`, and so not kept.
    pub(crate) failures: u64,
}

/// How long a computation took, as far as that is known: in nanoseconds, of which the last two do not occur.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Took(u64);

impl Took {
    /// Nobody has looked at a clock.
    pub(crate) const UNMEASURED: Took = Took(u64::MAX);

    /// Nothing was computed.
    pub(crate) const NOTHING: Took = Took(u64::MAX - 1);

    pub(crate) fn nanos(nanos: u64) -> Self {
        Took(nanos.min(u64::MAX - 2))
    }
}

/// What a computation came to that is not kept, to be counted.
#[derive(Clone, Copy)]
pub(crate) struct Report {
    pub(crate) took: Took,
    pub(crate) is_refused: bool,
    pub(crate) is_failure: bool,
}

impl From<Took> for Report {
    fn from(took: Took) -> Self {
        Report { took, is_refused: false, is_failure: false }
    }
}

impl Counts {
    /// Counts a computation. If it was measured, it says which of the next ones are to be: those whose number has none of these bits.
    #[inline(always)]
    pub(crate) fn count(&mut self, took: Took) -> Option<u64> {
        if took == Took::UNMEASURED {
            self.unmeasured += 1;
            return None;
        }
        self.count_measured(took)
    }

    #[cold]
    #[inline(never)]
    fn count_measured(&mut self, took: Took) -> Option<u64> {
        let Took(nanos) = took;
        if took == Took::NOTHING {
            return None;
        }
        self.nanos = self.compute_nanos().saturating_add(nanos);
        self.computations += std::mem::take(&mut self.unmeasured) + 1;
        let is_brief =
            self.computations >= FIRST && self.nanos < self.computations.saturating_mul(BRIEF);
        Some(if is_brief { SAMPLE - 1 } else { 0 })
    }

    /// As [`Counts::count`], and why it is not kept.
    pub(crate) fn count_unkept(&mut self, report: Report) -> Option<u64> {
        let Report { took, is_refused, is_failure } = report;
        self.refused += u64::from(is_refused);
        self.failures += u64::from(is_failure);
        self.count(took)
    }

    /// Computations that came to a result.
    pub(crate) fn computations(&self) -> u64 {
        self.computations + self.unmeasured
    }

    /// How long all of them took, in nanoseconds.
    pub(crate) fn compute_nanos(&self) -> u64 {
        let mean = self.nanos.checked_div(self.computations).unwrap_or(0);
        self.nanos.saturating_add(mean.saturating_mul(self.unmeasured))
    }
}

#[cfg(test)]
mod tests {
    use super::{BRIEF, Counts, FIRST, Report, SAMPLE, Took};

    #[test]
    fn what_takes_long_is_always_measured() {
        let mut counts = Counts::default();
        for _ in 0..1_000 {
            assert_eq!(counts.count(Took::nanos(BRIEF)), Some(0));
        }
        assert_eq!((counts.computations(), counts.compute_nanos()), (1_000, 1_000 * BRIEF));
    }

    #[test]
    fn what_takes_nothing_is_measured_now_and_then() {
        let mut counts = Counts::default();
        for _ in 1..FIRST {
            assert_eq!(counts.count(Took::nanos(100)), Some(0));
        }
        assert_eq!(counts.count(Took::nanos(100)), Some(SAMPLE - 1));
        for _ in 1..SAMPLE {
            assert_eq!(counts.count(Took::UNMEASURED), None);
        }
        let all = FIRST + SAMPLE - 1;
        assert_eq!((counts.computations(), counts.compute_nanos()), (all, 100 * all));
        // A long one stands for itself alone, and the next ones are measured.
        assert_eq!(counts.count(Took::nanos(1_000_000)), Some(0));
        assert_eq!(counts.compute_nanos(), 100 * all + 1_000_000);
        assert_eq!(counts.count(Took::nanos(100)), Some(0));
        assert_eq!(counts.computations(), all + 2);
    }

    #[test]
    fn what_was_not_computed_is_not_counted_as_such() {
        let mut counts = Counts::default();
        assert_eq!(counts.count(Took::NOTHING), None);
        let refused = Report { is_refused: true, ..Took::NOTHING.into() };
        assert_eq!(counts.count_unkept(refused), None);
        assert_eq!((counts.computations(), counts.refused, counts.compute_nanos()), (0, 1, 0));
    }

    #[test]
    fn no_time_is_taken_for_none() {
        assert_ne!(Took::nanos(u64::MAX), Took::UNMEASURED);
        assert_ne!(Took::nanos(u64::MAX), Took::NOTHING);
    }
}
