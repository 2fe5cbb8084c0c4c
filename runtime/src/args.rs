//! The arguments of one call, borrowed: hashed once, compared with a stored key, made owned only
//! on a miss. It never looks into a cache.
//!
//! The attribute writes `(first, (second, ()))`, each part made by [`probe`], so that any number
//! of arguments is one [`Args`] with one owned [`Args::Key`].

// A ladder chooses by a method call, though the choice is in the type.
#![allow(clippy::unused_self)]

use std::borrow::{Borrow, ToOwned};
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use crate::ladder::ladder;
use crate::scope::{Fits, Process, Scope, Thread};
use crate::total::Total;

/// Borrowed arguments that can find, and become, the key of an entry.
pub trait Args {
    /// The owned key.
    type Key: 'static;

    /// Feeds the arguments to the hasher of the cache.
    fn hash<H: Hasher>(&self, state: &mut H);

    /// Whether these are the arguments that `key` was made of.
    fn matches(&self, key: &Self::Key) -> bool;

    /// The owned key; by-value arguments are cloned, borrowed ones go through [`ToOwned`].
    fn into_key(self) -> Self::Key;

    /// The owned key, if that takes a copy of some bytes and runs nobody's code.
    #[inline]
    fn copied_key(&self) -> Option<Self::Key> {
        None
    }

    /// Whether two owned keys are one.
    fn same(one: &Self::Key, other: &Self::Key) -> bool;
}

impl Args for () {
    type Key = ();

    #[inline]
    fn hash<H: Hasher>(&self, _: &mut H) {}

    #[inline]
    fn matches(&self, (): &()) -> bool {
        true
    }

    #[inline]
    fn into_key(self) {}

    #[inline]
    fn copied_key(&self) -> Option<()> {
        Some(())
    }

    #[inline]
    fn same((): &(), (): &()) -> bool {
        true
    }
}

impl<A: Args, Rest: Args> Args for (A, Rest) {
    type Key = (A::Key, Rest::Key);

    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
        self.1.hash(state);
    }

    #[inline]
    fn matches(&self, key: &Self::Key) -> bool {
        self.0.matches(&key.0) && self.1.matches(&key.1)
    }

    #[inline]
    fn into_key(self) -> Self::Key {
        (self.0.into_key(), self.1.into_key())
    }

    #[inline]
    fn copied_key(&self) -> Option<Self::Key> {
        Some((self.0.copied_key()?, self.1.copied_key()?))
    }

    #[inline]
    fn same(one: &Self::Key, other: &Self::Key) -> bool {
        A::same(&one.0, &other.0) && Rest::same(&one.1, &other.1)
    }
}

/// An argument compared by its own `Hash` and `Eq`.
pub struct ByEq<'a, T: ?Sized>(&'a T);

impl<T> Args for ByEq<'_, T>
where
    T: ?Sized + Hash + Eq + ToOwned,
    T::Owned: 'static,
{
    type Key = T::Owned;

    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }

    #[inline]
    fn matches(&self, key: &Self::Key) -> bool {
        self.0 == key.borrow()
    }

    #[inline]
    fn into_key(self) -> Self::Key {
        self.0.to_owned()
    }

    #[inline]
    fn same(one: &Self::Key, other: &Self::Key) -> bool {
        one.borrow() == other.borrow()
    }
}

/// An argument compared by its own `Hash` and `Eq`, and copied.
pub struct ByCopy<'a, T>(&'a T);

impl<T: Hash + Eq + Copy + 'static> Args for ByCopy<'_, T> {
    type Key = T;

    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }

    #[inline]
    fn matches(&self, key: &T) -> bool {
        self.0 == key
    }

    #[inline]
    fn into_key(self) -> T {
        *self.0
    }

    #[inline]
    fn copied_key(&self) -> Option<T> {
        Some(*self.0)
    }

    #[inline]
    fn same(one: &T, other: &T) -> bool {
        one == other
    }
}

/// A float, or something built of floats: compared by [`Total`].
pub struct ByTotal<'a, T: ?Sized>(&'a T);

impl<T> Args for ByTotal<'_, T>
where
    T: ?Sized + Total + ToOwned,
    T::Owned: 'static,
{
    type Key = T::Owned;

    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.total_hash(state);
    }

    #[inline]
    fn matches(&self, key: &Self::Key) -> bool {
        self.0.total_eq(key.borrow())
    }

    #[inline]
    fn into_key(self) -> Self::Key {
        self.0.to_owned()
    }

    #[inline]
    fn same(one: &Self::Key, other: &Self::Key) -> bool {
        one.borrow().total_eq(other.borrow())
    }
}

/// The value of a `key = ..` expression, already owned.
pub struct Keyed<K>(K);

impl<K: Hash + Eq + 'static> Args for Keyed<K> {
    type Key = K;

    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }

    #[inline]
    fn matches(&self, key: &K) -> bool {
        self.0 == *key
    }

    #[inline]
    fn into_key(self) -> K {
        self.0
    }

    #[inline]
    fn same(one: &K, other: &K) -> bool {
        one == other
    }
}

/// The value of a `key = ..` expression with a float in it, already owned: compared by [`Total`].
pub struct KeyedByTotal<K>(K);

impl<K: Total + 'static> Args for KeyedByTotal<K> {
    type Key = K;

    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.total_hash(state);
    }

    #[inline]
    fn matches(&self, key: &K) -> bool {
        self.0.total_eq(key)
    }

    #[inline]
    fn into_key(self) -> K {
        self.0
    }

    #[inline]
    fn same(one: &K, other: &K) -> bool {
        one.total_eq(other)
    }
}

/// Defines what stands in for an argument that cannot be a key. The error is reported once, at the
/// argument's type; everywhere else the expansion goes on with these. Each is a type of its own, so
/// that the compiler finds none of them similar to another.
macro_rules! unusable {
    ($($(#[$attribute:meta])* $unusable:ident)+) => {$(
        $(#[$attribute])*
        pub struct $unusable;

        impl Args for $unusable {
            type Key = ();

            fn hash<H: Hasher>(&self, _: &mut H) {}

            fn matches(&self, (): &()) -> bool {
                false
            }

            fn into_key(self) {}

            fn same((): &(), (): &()) -> bool {
                false
            }
        }
    )+};
}

unusable! {
    /// It lacks `Hash`, `Eq` or `Clone`.
    NotAKey

    /// It lacks `Send` or `Sync`, and the cache is shared by threads.
    UnsharedKey
}

ladder!(['a, S, T: ?Sized] ['a, S, T]: TryCopy TryEq TryTotal TryUnshared NoKey);

/// The last step: an argument that has not even `Hash`, `Eq` and `ToOwned`.
pub struct NoKey<'a, S, T: ?Sized>(&'a T, PhantomData<S>);

macro_rules! probes {
    ($($scope:ident)+) => {$(
        // Of each scope, and not generic over it: generated code has the shorter path.
        impl $scope {
            /// Chooses how the argument `value` takes part in a key: `probe(&x).argument()` is that
            /// of the first step whose bounds the type meets.
            #[inline]
            #[must_use]
            pub fn probe<T: ?Sized>(value: &T) -> TryCopy<'_, Self, T> {
                TryCopy(TryEq(TryTotal(TryUnshared(NoKey(value, PhantomData)))))
            }

            /// Same as `probe` for the value of a `key = ..` expression. An owned value need not be
            /// `Clone`; of a reference only a miss makes an owned one.
            #[inline]
            #[must_use]
            pub fn probe_key<K>(_: &K) -> TryKeyRef<Self, K> {
                TryKeyRef(TryKey(TryFloatRef(TryFloat(TryUnsharedKey(NoKeyValue(PhantomData))))))
            }
        }
    )+};
}

probes!(Process Thread);

impl<'a, S: Scope, T: Hash + Eq + Copy + Fits<S>> TryCopy<'a, S, T> {
    #[inline]
    pub fn argument(&self) -> ByCopy<'a, T> {
        ByCopy(self.0.0.0.0.0)
    }
}

impl<'a, S: Scope, T: ?Sized + Hash + Eq + ToOwned<Owned: Fits<S>>> TryEq<'a, S, T> {
    #[inline]
    pub fn argument(&self) -> ByEq<'a, T> {
        ByEq(self.0.0.0.0)
    }
}

impl<'a, S: Scope, T: ?Sized + Total + ToOwned<Owned: Fits<S>>> TryTotal<'a, S, T> {
    #[inline]
    pub fn argument(&self) -> ByTotal<'a, T> {
        ByTotal(self.0.0.0)
    }
}

impl<S: Scope, T: ?Sized + Hash + Eq + ToOwned> TryUnshared<'_, S, T> {
    pub fn argument(&self) -> UnsharedKey {
        UnsharedKey
    }
}

impl<S: Scope, T: ?Sized> NoKey<'_, S, T> {
    pub fn argument(&self) -> NotAKey {
        NotAKey
    }
}

ladder!([S, K] [S, K]: TryKeyRef TryKey TryFloatRef TryFloat TryUnsharedKey NoKeyValue);

/// The last step: a value that has not even `Hash` and `Eq`.
pub struct NoKeyValue<S, K>(PhantomData<(S, K)>);

impl<'a, S: Scope, K: ?Sized + Hash + Eq + ToOwned<Owned: Fits<S>>> TryKeyRef<S, &'a K> {
    #[inline]
    pub fn argument(&self, key: &'a K) -> ByEq<'a, K> {
        ByEq(key)
    }
}

impl<S: Scope, K: Hash + Eq + Fits<S>> TryKey<S, K> {
    #[inline]
    pub fn argument(&self, key: K) -> Keyed<K> {
        Keyed(key)
    }
}

impl<'a, S: Scope, K: ?Sized + Total + ToOwned<Owned: Fits<S>>> TryFloatRef<S, &'a K> {
    #[inline]
    pub fn argument(&self, key: &'a K) -> ByTotal<'a, K> {
        ByTotal(key)
    }
}

impl<S: Scope, K: Total + Fits<S>> TryFloat<S, K> {
    #[inline]
    pub fn argument(&self, key: K) -> KeyedByTotal<K> {
        KeyedByTotal(key)
    }
}

impl<S: Scope, K: Hash + Eq> TryUnsharedKey<S, K> {
    pub fn argument(&self, _: K) -> UnsharedKey {
        UnsharedKey
    }
}

impl<S: Scope, K> NoKeyValue<S, K> {
    pub fn argument(&self, _: K) -> NotAKey {
        NotAKey
    }
}
