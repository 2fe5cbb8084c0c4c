//! One run of a body: its time and its span, and for an `async fn` its future.

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::base::clock::Stopwatch;
use crate::base::trace::Span;
use crate::engine::Elapsed;
use crate::inflight::deadlock::{ComputationId, EnteredComputation};

/// The time and the span of a run that may not have started yet, or has ended.
pub(crate) struct BodyRun {
    pub(crate) started: Option<Stopwatch>,
    pub(crate) span: Span,
}

impl BodyRun {
    #[inline(always)]
    pub(crate) fn new(started: Option<Stopwatch>) -> Self {
        BodyRun { started, span: Span::default() }
    }

    /// Ends the run: the body has returned. Returns its time.
    #[inline]
    pub(crate) fn stop(&mut self) -> Elapsed {
        let started = self.started.take();
        self.span = Span::default();
        match started {
            Some(stopwatch) => stopwatch.elapsed().map_or(Elapsed::Unmeasured, Elapsed::Nanos),
            None => Elapsed::NotRun,
        }
    }
}

/// The future of a body. The calls made while it is polled are nested in its computation.
#[must_use = "it runs when it is polled"]
pub struct BodyFuture<'a, F> {
    computation: Option<ComputationId>,
    span: &'a Span,
    body: Pin<&'a mut F>,
}

impl<'a, F: Future> BodyFuture<'a, F> {
    pub(crate) fn new(
        computation: Option<ComputationId>,
        span: &'a Span,
        body: Pin<&'a mut F>,
    ) -> Self {
        BodyFuture { computation, span, body }
    }
}

impl<F: Future> Future for BodyFuture<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = self.span.enter();
        let _nested = self.computation.map(EnteredComputation::enter);
        self.body.as_mut().poll(context)
    }
}
