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
const SAMPLE: u32 = 16;

/// What has happened since the counters were zeroed.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    /// Entries that made room.
    pub(crate) evictions: u64,
    /// Entries that were taken out past their time.
    pub(crate) expirations: u64,
    /// Computations that came to a result.
    pub(crate) computations: u64,
    /// How many of the last of them were not measured.
    unmeasured: u64,
    /// How long the others took, all together, in nanoseconds.
    nanos: u64,
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
    /// How long that took, in nanoseconds; [`UNMEASURED`] if that is not known.
    pub(crate) nanos: u64,
    pub(crate) is_refused: bool,
    pub(crate) is_failure: bool,
}

/// No time: 584 years.
pub(crate) const UNMEASURED: u64 = u64::MAX;

impl Counts {
    /// Counts a computation, and says how many of the next ones need not be measured, if this one was.
    #[inline]
    pub(crate) fn count(&mut self, report: Report) -> Option<u32> {
        let Report { is_computed, nanos, is_refused, is_failure } = report;
        self.refused += u64::from(is_refused);
        self.failures += u64::from(is_failure);
        if !is_computed {
            return None;
        }
        if nanos == UNMEASURED {
            self.computations += 1;
            self.unmeasured += 1;
            return None;
        }
        if self.unmeasured != 0 {
            self.nanos = self.compute_nanos();
            self.unmeasured = 0;
        }
        self.computations += 1;
        self.nanos = self.nanos.saturating_add(nanos);
        let is_brief =
            self.computations >= FIRST && self.nanos < self.computations.saturating_mul(BRIEF);
        Some(if is_brief { SAMPLE - 1 } else { 0 })
    }

    /// How long all computations took, in nanoseconds.
    pub(crate) fn compute_nanos(&self) -> u64 {
        let measured = self.computations - self.unmeasured;
        let mean = self.nanos.checked_div(measured).unwrap_or(0);
        self.nanos.saturating_add(mean.saturating_mul(self.unmeasured))
    }
}

#[cfg(test)]
mod tests {
    use super::{BRIEF, Counts, FIRST, Report, SAMPLE, UNMEASURED};

    fn report(nanos: u64) -> Report {
        Report { is_computed: true, nanos, ..Report::default() }
    }

    #[test]
    fn what_takes_long_is_always_measured() {
        let mut counts = Counts::default();
        for _ in 0..1_000 {
            assert_eq!(counts.count(report(BRIEF)), Some(0));
        }
        assert_eq!((counts.computations, counts.compute_nanos()), (1_000, 1_000 * BRIEF));
    }

    #[test]
    fn what_takes_nothing_is_measured_now_and_then() {
        let mut counts = Counts::default();
        for _ in 1..FIRST {
            assert_eq!(counts.count(report(100)), Some(0));
        }
        assert_eq!(counts.count(report(100)), Some(SAMPLE - 1));
        for _ in 1..SAMPLE {
            assert_eq!(counts.count(report(UNMEASURED)), None);
        }
        let all = FIRST + u64::from(SAMPLE) - 1;
        assert_eq!((counts.computations, counts.compute_nanos()), (all, 100 * all));
        // A long one stands for itself alone, and the next ones are measured.
        assert_eq!(counts.count(report(1_000_000)), Some(0));
        assert_eq!(counts.compute_nanos(), 100 * all + 1_000_000);
        assert_eq!(counts.count(report(100)), Some(0));
    }

    #[test]
    fn what_was_not_computed_is_not_counted_as_such() {
        let mut counts = Counts::default();
        assert_eq!(counts.count(Report { is_refused: true, ..Report::default() }), None);
        assert_eq!((counts.computations, counts.refused, counts.compute_nanos()), (0, 1, 0));
    }
}
