//! A computation while it runs: since when, and in which span.

use crate::clock::Start;
use crate::store::counts::Took;
use crate::trace::Span;

/// One that may not have begun yet, or has ended.
pub(crate) struct Computation {
    pub(crate) began: Option<Start>,
    pub(crate) span: Span,
}

impl From<Option<Start>> for Computation {
    #[inline(always)]
    fn from(began: Option<Start>) -> Self {
        Computation { began, span: Span::default() }
    }
}

impl Computation {
    /// The body has returned: how long it took, if it had begun, and not before.
    #[inline]
    pub(crate) fn end(&mut self) -> Took {
        let began = self.began.take();
        self.span = Span::default();
        match began {
            Some(Start::NONE) => Took::UNMEASURED,
            Some(began) => Took::nanos(began.elapsed()),
            None => Took::NOTHING,
        }
    }
}
