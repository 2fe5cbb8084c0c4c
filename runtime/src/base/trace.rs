//! Feature `tracing`: a span per computation and events about second tiers. Without the feature,
//! empty functions. A hit never calls one.

#[cfg(feature = "tracing")]
pub(crate) use on::*;

#[cfg(not(feature = "tracing"))]
pub(crate) use off::*;

#[cfg(feature = "tracing")]
mod on {
    use std::fmt::{self, Debug, Display};
    use std::sync::Once;

    use crate::base::stats::TierKind;

    /// The span of a computation. Empty by default, and where no subscriber wants it.
    // Boxed: futures hold it.
    #[derive(Default)]
    pub(crate) struct Span(Option<Box<ActiveSpan>>);

    struct ActiveSpan {
        span: tracing::Span,
        is_entered: bool,
    }

    impl Span {
        /// Makes the span of a computation of this function.
        pub(crate) fn compute(function: &str) -> Self {
            let span = tracing::debug_span!(
                target: "functools",
                "compute",
                function,
                arguments = tracing::field::Empty
            );
            Span((!span.is_disabled()).then(|| Box::new(ActiveSpan { span, is_entered: false })))
        }

        /// Enters the span until it is dropped: this thread does nothing else meanwhile.
        pub(crate) fn entered(mut self) -> Self {
            if let Some(active) = &mut self.0 {
                // Not by a guard, which would not be `Send`.
                active.span.with_subscriber(|(id, dispatch)| dispatch.enter(id));
                active.is_entered = true;
            }
            self
        }

        /// Enters the span for one poll.
        pub(crate) fn enter(&self) -> impl Sized {
            self.0.as_ref().map(|active| active.span.enter())
        }

        /// Records the arguments of the computation.
        pub(crate) fn record(&self, arguments: &[(&str, &dyn Debug)]) {
            if let Some(active) = &self.0 {
                active.span.record("arguments", tracing::field::display(Arguments(arguments)));
            }
        }
    }

    impl Drop for ActiveSpan {
        fn drop(&mut self) {
            if self.is_entered {
                self.span.with_subscriber(|(id, dispatch)| dispatch.exit(id));
            }
        }
    }

    struct Arguments<'a>(&'a [(&'a str, &'a dyn Debug)]);

    impl Display for Arguments<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for (index, (name, value)) in self.0.iter().enumerate() {
                let comma = if index == 0 { "" } else { ", " };
                write!(f, "{comma}{name}={value:?}")?;
            }
            Ok(())
        }
    }

    /// Reports, once, that callers refresh results that are to be refreshed in the background.
    pub(crate) fn no_executor(function: &str) {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            tracing::warn!(
                target: "functools",
                function,
                "no executor to refresh in the background, so callers do: use the feature `tokio` \
                 or `functools::set_spawner`"
            );
        });
    }

    /// Reports that calls use Redis from now on.
    pub(crate) fn connected() {
        tracing::info!(target: "functools", "results are shared through Redis");
    }

    /// Reports that calls bypass Redis from now on.
    pub(crate) fn disconnected() {
        tracing::warn!(target: "functools", "calls bypass Redis until it answers again");
    }

    /// Reports an error of a second tier; a new one as a warning.
    pub(crate) fn tier_error(kind: TierKind, error: &str, is_new: bool) {
        if is_new {
            tracing::warn!(target: "functools", error, "error of {kind}");
        } else {
            tracing::debug!(target: "functools", error, "error of {kind}");
        }
    }

    /// Reports that a call bypassed its second tier, or ignored the value there.
    pub(crate) fn tier_skipped(kind: TierKind, function: &str, why: &str) {
        tracing::debug!(target: "functools", function, why, "a call bypassed {kind}");
    }
}

#[cfg(not(feature = "tracing"))]
mod off {
    use crate::base::stats::TierKind;

    /// No span.
    #[derive(Default)]
    pub(crate) struct Span(());

    impl Span {
        #[inline(always)]
        pub(crate) fn compute(_: &str) -> Self {
            Span(())
        }

        #[inline(always)]
        pub(crate) fn entered(self) -> Self {
            self
        }

        #[inline(always)]
        pub(crate) fn enter(&self) -> impl Sized {
            &self.0
        }
    }

    pub(crate) fn no_executor(_: &str) {}

    pub(crate) fn connected() {}

    pub(crate) fn disconnected() {}

    pub(crate) fn tier_error(_: TierKind, _: &str, _: bool) {}

    pub(crate) fn tier_skipped(_: TierKind, _: &str, _: &str) {}
}
