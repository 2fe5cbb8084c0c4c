//! Choosing by type what to do, where traits cannot overlap.
//!
//! `Result<T, E>` is treated otherwise than other return types, floats otherwise than what has
//! `Eq`, whatever the types are called in the source. Rust has no specialization, but a method call
//! walks from a type to what it dereferences to and takes the first method whose bounds hold. A
//! *ladder* of types, each of which dereferences to the next and has one method of the same name,
//! is such a choice.
//!
//! Each step is a type of its own, so that the compiler looks at one candidate a step: it does this
//! for each argument of each cached function.

/// Defines the steps of a ladder but for the last: `ladder!([S, T] [S, T]: First Second Last)`,
/// with the generic parameters and the arguments that name them.
macro_rules! ladder {
    ($generics:tt $arguments:tt: $last:ident) => {};
    ([$($generics:tt)*] [$($arguments:tt)*]: $step:ident $next:ident $($rest:ident)*) => {
        /// A step of a ladder.
        pub struct $step<$($generics)*>($next<$($arguments)*>);

        impl<$($generics)*> std::ops::Deref for $step<$($arguments)*> {
            type Target = $next<$($arguments)*>;

            #[inline]
            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        ladder!([$($generics)*] [$($arguments)*]: $next $($rest)*);
    };
}

pub(crate) use ladder;
