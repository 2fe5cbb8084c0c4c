//! What the compiler says when a type cannot be cached. Nothing here does anything at run time.
//!
//! Where a type cannot be cached, a ladder of [`crate::args`] or [`crate::outcome`] ends at a type
//! that stands in for it. Generated code passes what a ladder returns through `check` of the traits
//! below, at the span of the user's own type. A stand-in lacks one of them, so that the message
//! written here appears at that place, once. `T` is the type as the user wrote it, for the message
//! alone: each trait is implemented for all `T`.

use crate::args::{ByCopy, ByEq, ByTotal, Keyed, KeyedByTotal, NotAKey, UnsharedKey};
use crate::outcome::{NotCloned, OkOnly, OkOrSharedErr, UnsharedResult, Whole};
#[cfg(feature = "redis")]
use crate::redis::private::{DebugText, FloatText, Json, Said, Text, Unneeded};
#[cfg(feature = "tracing")]
use crate::trace::Traced;

/// The return type has errors.
pub struct Good;

/// The function returns no `Result`.
pub struct NotFallible;

macro_rules! checks {
    ($(
        $(#[$attribute:meta])*
        $check:ident
    )+) => {$(
        $(#[$attribute])*
        pub trait $check<T: ?Sized>: Sized {
            /// Returns it, if the trait is implemented.
            #[must_use]
            #[inline]
            fn check(self) -> Self {
                self
            }
        }
    )+};
}

checks! {
    /// Holds for arguments that can be keys.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be part of a cache key",
        label = "needs `Hash`, `Eq` and `Clone`",
        note = "leave the argument out of the key with `skip(..)`, or make a key of it with `key = ..`, as in `key = (p.x, p.name.clone())`, where floats may be",
        note = "for a type of yours, derive them: `#[derive(Clone, PartialEq, Eq, Hash)]`; of `Self` in a trait, require them"
    )]
    KeyArgument

    /// Holds for arguments of a type parameter that can be keys.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be part of a cache key",
        label = "needs `Hash + Eq + Clone + Send + Sync + 'static`",
        note = "require all of them, `{T}: Hash + Eq + Clone + Send + Sync + 'static`; or leave the argument out of the key with `skip(..)`, or make a key of it with `key = ..`"
    )]
    KeyParameter

    /// Holds for the values of `key = ..` that can be keys.
    #[diagnostic::on_unimplemented(
        message = "this value cannot be a cache key",
        label = "needs `Hash` and `Eq`",
        note = "give an owned value that has both, such as an integer, a float, a `String` or a tuple of them: `key = (p.x, p.name.clone())`"
    )]
    KeyValue

    /// Holds for results that a hit can return.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be cached, because it does not implement `Clone`",
        label = "a hit returns a clone of this",
        note = "derive or require `Clone`, or return an `Arc<{T}>`"
    )]
    Storable

    /// Holds for results of a type parameter that a hit can return.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be cached",
        label = "needs `Clone + Send + Sync + 'static`",
        note = "require all of them, `{T}: Clone + Send + Sync + 'static`"
    )]
    StorableParameter

    /// Holds for results that a hit can return with `cache_err = true`.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be cached with `cache_err = true`, because its value or its error does not implement `Clone`",
        label = "a hit returns a clone of this, and of the error, too",
        note = "remove `cache_err = true`, or put what is not `Clone` into an `Arc`, as in `Result<_, Arc<Error>>`"
    )]
    StorableWithError

    /// Holds for what threads may share.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be kept in a cache that threads share",
        label = "needs `Send` and `Sync`",
        note = "keep one cache per thread with `scope = \"thread\"`, or use a type that threads may share (`Arc` for `Rc`, `Mutex` for `RefCell`). Of a type parameter, require `Send + Sync`"
    )]
    SharedByThreads

    /// Holds for the values of `key = ..` that threads may share.
    #[diagnostic::on_unimplemented(
        message = "this value cannot be kept in a cache that threads share",
        label = "needs `Send` and `Sync`",
        note = "keep one cache per thread with `scope = \"thread\"`, or make a key of what threads may share (`Arc` for `Rc`)"
    )]
    SharedValue

    /// Holds for results that can be errors.
    #[diagnostic::on_unimplemented(
        message = "`stale_on_error` is for functions that return a `Result`, and this returns `{T}`",
        label = "there is no error in whose place an old value could be served",
        note = "return a `Result`, or remove `stale_on_error`; what serves old values while a new one is computed is `stale`"
    )]
    Fails
}

#[cfg(feature = "redis")]
checks! {
    /// Holds for what can be part of a key in Redis.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be part of a key in Redis",
        label = "needs `Display`",
        note = "`Option` and `Vec` have none: write `{{name:?}}` in the key for what its `Debug` says. If the result does not depend on the argument, leave it out with `skip(..)`"
    )]
    KeySegment

    /// Holds for what can be part of a key in Redis by its `Debug`.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be part of a key in Redis",
        label = "needs `Debug`",
        note = "derive or require it: `#[derive(Debug)]`. If the result does not depend on the argument, leave it out with `skip(..)`"
    )]
    DebugSegment

    /// Holds for parts of arguments that can be part of a key in Redis.
    #[diagnostic::on_unimplemented(
        message = "this value cannot be part of a key in Redis",
        label = "needs `Display`",
        note = "`Option` and `Vec` have none: write `{{name:?}}` in the key for what its `Debug` says. If the result does not depend on the argument, leave it out with `skip(..)`"
    )]
    ValueSegment

    /// Holds for results that can be stored in Redis.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be stored in Redis",
        label = "needs `serde::Serialize` and `serde::Deserialize`, owned",
        note = "derive or require both: `#[derive(serde::Serialize, serde::Deserialize)]`. `Arc` has them with serde's feature `rc`; what borrows, as `&'static str` does, cannot be read back: return a `String`"
    )]
    Serializable
}

#[cfg(feature = "tracing")]
checks! {
    /// Holds for arguments whose values the span of a computation can have.
    #[diagnostic::on_unimplemented(
        message = "this argument cannot be traced",
        label = "needs `Debug`",
        note = "derive or require it: `#[derive(Debug)]`; or leave the argument out of `trace(..)`"
    )]
    Traceable
}

macro_rules! passes {
    ($($generics:tt $checked:ty: $($check:ident)+;)+) => {
        $($(passes!(@one $generics $checked: $check);)+)+
    };
    (@one [$($generics:tt)*] $checked:ty: $check:ident) => {
        #[diagnostic::do_not_recommend]
        impl<Shown: ?Sized, $($generics)*> $check<Shown> for $checked {}
    };
}

passes! {
    [A] ByCopy<'_, A>: KeyArgument KeyParameter KeyValue SharedByThreads SharedValue;
    [A: ?Sized] ByEq<'_, A>: KeyArgument KeyParameter KeyValue SharedByThreads SharedValue;
    [A: ?Sized] ByTotal<'_, A>: KeyArgument KeyParameter KeyValue SharedByThreads SharedValue;
    [A] Keyed<A>: KeyValue SharedByThreads SharedValue;
    [A] KeyedByTotal<A>: KeyValue SharedByThreads SharedValue;
    [] UnsharedKey: KeyArgument KeyValue;
    [] NotAKey: SharedByThreads SharedValue;
    [] Whole: Storable StorableParameter StorableWithError SharedByThreads;
    [] OkOnly: Storable StorableParameter SharedByThreads;
    [] OkOrSharedErr: Storable StorableParameter SharedByThreads;
    [] UnsharedResult: Storable StorableWithError;
    [] NotCloned: SharedByThreads;
    [] Good: Fails;
}

#[cfg(feature = "redis")]
passes! {
    [F] FloatText<F>: KeySegment DebugSegment ValueSegment;
    [A: ?Sized] DebugText<'_, A>: DebugSegment;
    [A: ?Sized] Text<'_, A>: KeySegment ValueSegment;
    [] Said: KeySegment DebugSegment ValueSegment;
    [] Json: Serializable;
    [] Unneeded: Serializable;
}

#[cfg(feature = "tracing")]
passes! {
    [] Traced<'_>: Traceable;
}
