//! A computation while it runs: since when, and in which span.

use crate::clock::Start;
use crate::store::counts::Report;
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
    pub(crate) fn begin(&mut self, span: Span) {
        self.span = span;
        self.began = Some(Start::now());
    }

    /// The body has returned: what is to be counted of it, if it had begun, and not before.
    #[inline]
    pub(crate) fn end(&mut self) -> Report {
        let began = self.began.take();
        self.span = Span::default();
        let (is_computed, nanos) = (began.is_some(), began.map_or(0, Start::elapsed));
        Report { is_computed, nanos, ..Report::default() }
    }
}
