//! What the compiler says when a type cannot be cached. Nothing here exists at run time.
//!
//! The attribute asks each argument and the return type for a verdict, with the spans of the user's
//! own signature, and calls the `check`s on it. A bad verdict lacks one of these traits, so that
//! the message written here appears at that place, once.

use std::marker::PhantomData;

/// The type can be cached.
pub struct Good;

/// The argument lacks `Hash`, `Eq` or `Clone`.
pub struct NotAKey;

/// The type lacks `Send` or `Sync`, and the cache is shared by threads.
pub struct NotShared;

/// What is to be stored lacks `Clone`.
pub struct NotCloned;

/// Passed by arguments that can be keys.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be part of a cache key",
    label = "needs `Hash`, `Eq` and `Clone`",
    note = "derive or require them: `#[derive(Clone, PartialEq, Eq, Hash)]`; or leave the argument out of the key with `skip(..)`; or make an owned key of it with `key = ..`"
)]
pub trait KeyArgument<T: ?Sized> {
    /// Does not compile unless passed.
    fn check(&self, _: PhantomData<T>) {}
}

/// Passed by the values of `key = ..` that can be keys.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be a cache key",
    label = "needs `Hash` and `Eq`",
    note = "give an owned value that has both, such as an integer, a `String` or a tuple of them; for a float, `x.to_bits()`"
)]
pub trait KeyValue<T: ?Sized> {
    /// Does not compile unless passed.
    fn check(&self, _: PhantomData<T>) {}
}

/// Passed by what threads may share.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be kept in a cache that threads share",
    label = "needs `Send` and `Sync`",
    note = "keep one cache per thread with `scope = \"thread\"`, or use a type that threads may share (`Arc` for `Rc`, `Mutex` for `RefCell`)"
)]
pub trait SharedByThreads<T: ?Sized> {
    /// Does not compile unless passed.
    fn check(&self, _: PhantomData<T>) {}
}

/// Passed by results that a hit can return.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be cached, because it does not implement `Clone`",
    label = "a hit returns a clone of this",
    note = "derive or require `Clone`, or return an `Arc<{T}>`"
)]
pub trait Cloned<T: ?Sized> {
    /// Does not compile unless passed.
    fn check(&self, _: PhantomData<T>) {}
}

macro_rules! passes {
    ($($verdict:ident: $($check:ident)+;)+) => {
        $($(
            #[diagnostic::do_not_recommend]
            impl<T: ?Sized> $check<T> for $verdict {}
        )+)+
    };
}

passes! {
    Good: KeyArgument KeyValue SharedByThreads Cloned;
    NotAKey: SharedByThreads;
    NotShared: KeyArgument KeyValue Cloned;
    NotCloned: SharedByThreads;
}
