//! What the feature `tracing` tells: a span for each computation, and events about Redis. Without the feature it is nothing,
//! and nobody calls it on a hit.

#[cfg(feature = "tracing")]
pub(crate) use on::*;
#[cfg(feature = "tracing")]
pub use on::{Untraced, traced};

#[cfg(not(feature = "tracing"))]
pub(crate) use off::*;

#[cfg(feature = "tracing")]
mod on {
    use std::fmt::{self, Debug, Display};

    use crate::ladder::ladder;

    /// The span of a computation: of nothing by default, and where nobody listens.
    // Boxed: futures hold it.
    #[derive(Default)]
    pub(crate) struct Span(Option<Box<Living>>);

    struct Living {
        span: tracing::Span,
        is_entered: bool,
    }

    impl Span {
        /// That of a computation of this function.
        pub(crate) fn of(function: &str) -> Self {
            let span = tracing::debug_span!(
                target: "functools",
                "compute",
                function,
                arguments = tracing::field::Empty
            );
            Span((!span.is_disabled()).then(|| Box::new(Living { span, is_entered: false })))
        }

        /// Until its end this thread does nothing else.
        pub(crate) fn entered(mut self) -> Self {
            if let Some(living) = &mut self.0 {
                // Not by a guard, which would not be `Send`.
                living.span.with_subscriber(|(id, dispatch)| dispatch.enter(id));
                living.is_entered = true;
            }
            self
        }

        /// While that lives, this thread polls it.
        pub(crate) fn poll(&self) -> impl Sized {
            self.0.as_ref().map(|living| living.span.enter())
        }

        /// Says with which arguments.
        pub(crate) fn record(&self, arguments: &[(&str, &dyn Debug)]) {
            if let Some(living) = &self.0 {
                living.span.record("arguments", tracing::field::display(Arguments(arguments)));
            }
        }
    }

    impl Drop for Living {
        fn drop(&mut self) {
            if self.is_entered {
                self.span.with_subscriber(|(id, dispatch)| dispatch.exit(id));
            }
        }
    }

    ladder!(['a, T] ['a, T]: TryDebug NoDebug);

    /// The last step: an argument without `Debug`.
    pub struct NoDebug<'a, T>(&'a T);

    /// Chooses how an argument is recorded: `traced(&x).argument()`, by the first step whose bounds
    /// the type meets.
    pub fn traced<T>(argument: &T) -> TryDebug<'_, T> {
        TryDebug(NoDebug(argument))
    }

    /// An argument whose value the span has.
    pub struct Traced<'a>(&'a dyn Debug);

    /// Stands in for an argument without `Debug`; the error is reported at the argument.
    pub struct Untraced;

    impl<'a, T: Debug> TryDebug<'a, T> {
        pub fn argument(&self) -> Traced<'a> {
            Traced(self.0.0)
        }
    }

    impl<T> NoDebug<'_, T> {
        // A ladder chooses by a method call, though the choice is in the type.
        #[allow(clippy::unused_self)]
        pub fn argument(&self) -> Untraced {
            Untraced
        }
    }

    impl<'a> Traced<'a> {
        /// What is recorded.
        #[must_use]
        pub fn recorded(self) -> &'a dyn Debug {
            self.0
        }
    }

    impl Untraced {
        /// What is recorded: nothing.
        #[must_use]
        pub fn recorded(self) -> &'static dyn Debug {
            &()
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

    /// Functions share through Redis from now on.
    #[cfg(feature = "redis")]
    pub(crate) fn connected() {
        tracing::info!(target: "functools", "results are shared through Redis");
    }

    /// They do not any more.
    #[cfg(feature = "redis")]
    pub(crate) fn disconnected() {
        tracing::warn!(target: "functools", "calls go past Redis until it answers again");
    }

    /// Something went wrong; if it is new, somebody should know.
    #[cfg(feature = "redis")]
    pub(crate) fn trouble(error: &str, is_new: bool) {
        if is_new {
            tracing::warn!(target: "functools", error, "trouble with Redis");
        } else {
            tracing::debug!(target: "functools", error, "trouble with Redis");
        }
    }

    /// A call did without Redis, or without what is there.
    #[cfg(feature = "redis")]
    pub(crate) fn without(function: &str, why: &str) {
        tracing::debug!(target: "functools", function, why, "a call did without Redis");
    }
}

#[cfg(not(feature = "tracing"))]
mod off {
    /// The span of a computation: none.
    #[derive(Default)]
    pub(crate) struct Span(());

    impl Span {
        #[inline(always)]
        pub(crate) fn of(_: &str) -> Self {
            Span(())
        }

        #[inline(always)]
        pub(crate) fn entered(self) -> Self {
            self
        }

        #[inline(always)]
        pub(crate) fn poll(&self) -> impl Sized {
            &self.0
        }
    }

    #[cfg(feature = "redis")]
    pub(crate) fn connected() {}

    #[cfg(feature = "redis")]
    pub(crate) fn disconnected() {}

    #[cfg(feature = "redis")]
    pub(crate) fn trouble(_: &str, _: bool) {}

    #[cfg(feature = "redis")]
    pub(crate) fn without(_: &str, _: &str) {}
}
