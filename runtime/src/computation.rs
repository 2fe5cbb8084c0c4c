//! A computation while it runs: since when, and in which span.

use crate::clock;
use crate::store::counts::Report;
use crate::trace::Span;

/// One that may not have begun yet, or has ended.
#[derive(Default)]
pub(crate) struct Computation {
    /// On the clock of all caches, while it runs.
    began: Option<u64>,
    /// How long it took.
    nanos: Option<u64>,
    pub(crate) span: Span,
}

/// The end of one.
#[derive(Clone, Copy)]
pub(crate) struct Ended {
    /// When that was, or is.
    pub(crate) now: u64,
    /// What is to be counted then.
    pub(crate) report: Report,
}

impl Computation {
    /// The body begins to run.
    #[inline]
    pub(crate) fn begin(&mut self, span: Span) {
        self.span = span;
        self.began = Some(clock::now());
    }

    /// It has returned, if it has begun, and not before.
    #[inline]
    pub(crate) fn end(&mut self) -> Ended {
        let now = clock::now();
        if let Some(began) = self.began.take() {
            self.nanos = Some(now.saturating_sub(began));
        }
        self.span = Span::default();
        self.ended_at(now)
    }

    /// Its result is stored later than that.
    #[inline]
    pub(crate) fn ended_at(&self, now: u64) -> Ended {
        Ended { now, report: Report { nanos: self.nanos, ..Report::default() } }
    }
}
