//! The compiler's messages about types that cannot be cached. Nothing here runs.
//!
//! For such a type the steps in [`key`](super::key) and [`result`](super::result) end at a
//! stand-in. Generated code passes the last step's type through `check` of the traits below, at the
//! span of the user's type. A stand-in lacks one of the traits, so that its message appears there,
//! once. `T` is the user's type, for the message alone: each trait is implemented for all `T`.

use super::fallible::Fallible;
use super::key::{
    ByCopy, ByEq, ByTotalEq, ExplicitKey, ExplicitKeyByTotalEq, NotAKey, UnsharedKey,
};
use super::result::{NotCloned, OkOnly, OkOrSharedErr, UnsharedResult, Whole};
use super::segment::{DebugText, FloatText, Said, Text};

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
        note = "leave the argument out of the key with `skip(..)`, or make a key of it with `key \
                = ..`, as in `key = (p.x, p.name.clone())`, where floats may be",
        note = "for a type of yours, derive them: `#[derive(Clone, PartialEq, Eq, Hash)]`; of \
                `Self` in a trait, require them"
    )]
    KeyArgument

    /// Holds for arguments of a type parameter that can be keys.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be part of a cache key",
        label = "needs `Hash + Eq + Clone + Send + Sync + 'static`",
        note = "require all of them, `{T}: Hash + Eq + Clone + Send + Sync + 'static`; or leave \
                the argument out of the key with `skip(..)`, or make a key of it with `key = ..`"
    )]
    KeyParameter

    /// Holds for the values of `key = ..` that can be keys.
    #[diagnostic::on_unimplemented(
        message = "this value cannot be a cache key",
        label = "needs `Hash` and `Eq`",
        note = "give an owned value that has both, such as an integer, a float, a `String` or a \
                tuple of them: `key = (p.x, p.name.clone())`"
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
        message = "`{T}` cannot be cached with `cache_err = true`, because its value or its error \
                   does not implement `Clone`",
        label = "a hit returns a clone of this, and of the error, too",
        note = "remove `cache_err = true`, or put what is not `Clone` into an `Arc`, as in \
                `Result<_, Arc<Error>>`"
    )]
    StorableWithError

    /// Holds for types that threads may share.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be stored in a cache shared by threads",
        label = "needs `Send` and `Sync`",
        note = "keep one cache per thread with `scope = \"thread\"`, or use a type that threads \
                may share (`Arc` for `Rc`, `Mutex` for `RefCell`). Of a type parameter, require \
                `Send + Sync`"
    )]
    SharedByThreads

    /// Holds for the values of `key = ..` that threads may share.
    #[diagnostic::on_unimplemented(
        message = "this value cannot be stored in a cache shared by threads",
        label = "needs `Send` and `Sync`",
        note = "keep one cache per thread with `scope = \"thread\"`, or make a key of what \
                threads may share (`Arc` for `Rc`)"
    )]
    SharedValue

    /// Holds for what can be part of a tag.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be part of a tag",
        label = "needs `Display`",
        note = "`Option` and `Vec` have none: write `{{name:?}}` in the tag for what its `Debug` \
                says"
    )]
    TagSegment

    /// Holds for what can be part of a tag by its `Debug`.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be part of a tag",
        label = "needs `Debug`",
        note = "derive or require it: `#[derive(Debug)]`"
    )]
    DebugTagSegment

    /// Holds for parts of arguments that can be part of a tag.
    #[diagnostic::on_unimplemented(
        message = "this value cannot be part of a tag",
        label = "needs `Display`",
        note = "`Option` and `Vec` have none: write `{{name:?}}` in the tag for what its `Debug` \
                says"
    )]
    ValueTagSegment

    /// Holds for results that can be errors.
    #[diagnostic::on_unimplemented(
        message = "`stale_on_error` requires a function that returns a `Result`, found `{T}`",
        label = "not a `Result`",
        note = "return a `Result`, or remove `stale_on_error`; `stale` returns an old value while \
                another call recomputes it"
    )]
    IsFallible
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

pub(crate) use {checks, passes};

passes! {
    [A] ByCopy<'_, A>: KeyArgument KeyParameter KeyValue SharedByThreads SharedValue;
    [A: ?Sized] ByEq<'_, A>: KeyArgument KeyParameter KeyValue SharedByThreads SharedValue;
    [A: ?Sized] ByTotalEq<'_, A>: KeyArgument KeyParameter KeyValue SharedByThreads SharedValue;
    [A] ExplicitKey<A>: KeyValue SharedByThreads SharedValue;
    [A] ExplicitKeyByTotalEq<A>: KeyValue SharedByThreads SharedValue;
    [] UnsharedKey: KeyArgument KeyValue;
    [] NotAKey: SharedByThreads SharedValue;
    [] Whole: Storable StorableParameter StorableWithError SharedByThreads;
    [] OkOnly: Storable StorableParameter SharedByThreads;
    [] OkOrSharedErr: Storable StorableParameter SharedByThreads;
    [] UnsharedResult: Storable StorableWithError;
    [] NotCloned: SharedByThreads;
    [F] FloatText<F>: TagSegment DebugTagSegment ValueTagSegment;
    [A: ?Sized] DebugText<'_, A>: DebugTagSegment;
    [A: ?Sized] Text<'_, A>: TagSegment ValueTagSegment;
    [] Said: TagSegment DebugTagSegment ValueTagSegment;
    [] Fallible: IsFallible;
}
