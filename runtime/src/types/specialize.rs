//! Autoderef specialization: chooses an implementation by type without overlapping traits.
//!
//! A method call follows the dereferences of a type and takes the first method whose bounds hold.
//! Here each *step* is a type that dereferences to the next step and has one method of the same
//! name; the call of that method chooses the first step whose bounds the type meets.

/// Defines the steps of a probe but for the last: `autoderef!([S, T] [S, T]: First Second Last)`,
/// with the generic parameters and the arguments that name them.
///
/// Each step is a type of its own, so that the compiler looks at one candidate a step: it does this
/// for each argument of each cached function.
macro_rules! autoderef {
    ($generics:tt $arguments:tt: $last:ident) => {};
    ([$($generics:tt)*] [$($arguments:tt)*]: $step:ident $next:ident $($rest:ident)*) => {
        /// A step of a probe.
        pub struct $step<$($generics)*>($next<$($arguments)*>);

        impl<$($generics)*> std::ops::Deref for $step<$($arguments)*> {
            type Target = $next<$($arguments)*>;

            #[inline]
            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        autoderef!([$($generics)*] [$($arguments)*]: $next $($rest)*);
    };
}

pub(crate) use autoderef;
