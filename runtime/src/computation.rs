//! A computation while it runs: since when, and in which span.

use crate::clock::Start;
use crate::store::counts::{Report, UNMEASURED};
use crate::trace::Span;

/// One that may not have begun yet, or has ended.
#[derive(Default)]
pub(crate) struct Computation {
    began: Option<Start>,
    pub(crate) span: Span,
}

impl Computation {
    /// The body begins to run.
    #[inline]
    pub(crate) fn begin(&mut self, span: Span, is_measured: bool) {
        self.span = span;
        self.began = Some(if is_measured { Start::now() } else { Start::NONE });
    }

    /// The body has returned: what is to be counted of it, if it had begun, and not before.
    #[inline]
    pub(crate) fn end(&mut self) -> Report {
        let began = self.began.take();
        self.span = Span::default();
        let (is_computed, nanos) = match began {
            Some(Start::NONE) => (true, UNMEASURED),
            Some(began) => (true, began.elapsed()),
            None => (false, 0),
        };
        Report { is_computed, nanos, ..Report::default() }
    }
}
