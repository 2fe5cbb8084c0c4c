//! What the compiler says when a type cannot be cached. Nothing here does anything at run time.
//!
//! The attribute asks each argument and the return type for a [`Verdict`] and calls its methods, with
//! the spans of the user's own signature. A bad verdict lacks one of the traits below, so that the
//! message written here appears at that place, once.

use std::marker::PhantomData;

/// What was found out about the type `T`: `Good`, or what it lacks.
pub struct Verdict<T: ?Sized, Finding>(PhantomData<(Finding, PhantomData<T>)>);

/// The type can be cached.
pub struct Good;

/// The argument lacks `Hash`, `Eq` or `Clone`.
pub struct NotAKey;

/// The type lacks `Send` or `Sync`, and the cache is shared by threads.
pub struct NotShared;

/// What is to be stored lacks `Clone`.
pub struct NotCloned;

/// The function returns no `Result`.
pub struct NotFallible;

/// The argument lacks `Display`.
#[cfg(feature = "redis")]
pub struct NotWritten;

/// The argument lacks `Debug`.
#[cfg(feature = "redis")]
pub struct NotShown;

/// What is to be shared lacks `Serialize` or `DeserializeOwned`.
#[cfg(feature = "redis")]
pub struct NotSerializable;

impl<T: ?Sized, Finding> Verdict<T, Finding> {
    pub(crate) fn new() -> Self {
        Verdict(PhantomData)
    }

    /// Compiles if the type can be part of a key.
    pub fn key_argument(&self) -> &Self
    where
        Finding: KeyArgument<T>,
    {
        self
    }

    /// Compiles if the type can be the value of `key = ..`.
    pub fn key_value(&self) -> &Self
    where
        Finding: KeyValue<T>,
    {
        self
    }

    /// Compiles if a hit can return a clone.
    pub fn cached(&self) -> &Self
    where
        Finding: Cached<T>,
    {
        self
    }

    /// Compiles if it can be an error.
    pub fn fails(&self)
    where
        Finding: Fails<T>,
    {
    }

    /// Compiles if it can be part of a key in Redis.
    #[cfg(feature = "redis")]
    pub fn key_segment(&self)
    where
        Finding: KeySegment<T>,
    {
    }

    /// Compiles if it can be part of a key in Redis by its `Debug`.
    #[cfg(feature = "redis")]
    pub fn debug_segment(&self)
    where
        Finding: DebugSegment<T>,
    {
    }

    /// Compiles if it can be stored in Redis.
    #[cfg(feature = "redis")]
    pub fn serializable(&self)
    where
        Finding: Serializable<T>,
    {
    }

    /// Compiles if threads may share it.
    pub fn shared(&self)
    where
        Finding: SharedByThreads<T>,
    {
    }
}

/// Holds for arguments that can be keys.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be part of a cache key",
    label = "needs `Hash`, `Eq` and `Clone`",
    note = "derive or require them: `#[derive(Clone, PartialEq, Eq, Hash)]`; or leave the argument out of the key with `skip(..)`; or make an owned key of it with `key = ..`"
)]
pub trait KeyArgument<T: ?Sized> {}

/// Holds for the values of `key = ..` that can be keys.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be a cache key",
    label = "needs `Hash` and `Eq`",
    note = "give an owned value that has both, such as an integer, a float, a `String` or a tuple of them: `key = (p.x, p.name.clone())`"
)]
pub trait KeyValue<T: ?Sized> {}

/// Holds for results that a hit can return.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be cached, because it does not implement `Clone`",
    label = "a hit returns a clone of this",
    note = "derive or require `Clone`, or return an `Arc<{T}>`"
)]
pub trait Cached<T: ?Sized> {}

/// Holds for what threads may share.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be kept in a cache that threads share",
    label = "needs `Send` and `Sync`",
    note = "keep one cache per thread with `scope = \"thread\"`, or use a type that threads may share (`Arc` for `Rc`, `Mutex` for `RefCell`)"
)]
pub trait SharedByThreads<T: ?Sized> {}

/// Holds for results that can be errors.
#[diagnostic::on_unimplemented(
    message = "`stale_on_error` is for functions that return a `Result`, and this returns `{T}`",
    label = "there is no error in whose place an old value could be served",
    note = "return a `Result`, or remove `stale_on_error`; what serves old values while a new one is computed is `stale`"
)]
pub trait Fails<T: ?Sized> {}

/// Holds for what can be part of a key in Redis.
#[cfg(feature = "redis")]
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be part of a key in Redis",
    label = "needs `Display`",
    note = "`Option` and `Vec` have none: write `{{name:?}}` in the key for what its `Debug` says. If the result does not depend on the argument, leave it out with `skip(..)`"
)]
pub trait KeySegment<T: ?Sized> {}

/// Holds for what can be part of a key in Redis by its `Debug`.
#[cfg(feature = "redis")]
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be part of a key in Redis",
    label = "needs `Debug`",
    note = "derive or require it: `#[derive(Debug)]`. If the result does not depend on the argument, leave it out with `skip(..)`"
)]
pub trait DebugSegment<T: ?Sized> {}

/// Holds for results that can be stored in Redis.
#[cfg(feature = "redis")]
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be stored in Redis",
    label = "needs `serde::Serialize` and `serde::Deserialize`, owned",
    note = "derive or require both: `#[derive(serde::Serialize, serde::Deserialize)]`. `Arc` has them with serde's feature `rc`; what borrows, as `&'static str` does, cannot be read back: return a `String`"
)]
pub trait Serializable<T: ?Sized> {}

macro_rules! passes {
    ($($finding:ident: $($check:ident)+;)+) => {
        $($(
            #[diagnostic::do_not_recommend]
            impl<T: ?Sized> $check<T> for $finding {}
        )+)+
    };
}

passes! {
    Good: KeyArgument KeyValue Cached SharedByThreads Fails;
    NotAKey: SharedByThreads;
    NotShared: KeyArgument KeyValue Cached;
    NotCloned: SharedByThreads;
}

#[cfg(feature = "redis")]
passes! {
    Good: KeySegment DebugSegment Serializable;
}
