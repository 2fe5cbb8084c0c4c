//! [`Args`], the borrowed arguments of one call: hashed once, compared with stored keys, and made
//! an owned key only on a miss. It never looks into a cache.
//!
//! The attribute writes `(first, (second, ()))`, each part made by `probe`, so that any number of
//! arguments is one [`Args`] with one owned [`Args::Key`].

// Autoderef specialization needs methods, although the result depends on the type alone.
#![allow(clippy::unused_self)]

use std::borrow::{Borrow, ToOwned};
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use super::specialize::autoderef;
use super::storable::{Process, StorableIn, Thread};
use super::total_eq::TotalEq;

/// Borrowed arguments that can be compared with a key and made into one.
pub trait Args {
    /// The owned key.
    type Key: 'static;

    /// Feeds the arguments to the hasher of the cache.
    fn hash<H: Hasher>(&self, state: &mut H);

    /// Whether `key` was made of equal arguments.
    fn matches(&self, key: &Self::Key) -> bool;

    /// Makes the owned key: by `Clone` of a value, by [`ToOwned`] of what a reference refers to.
    fn into_key(self) -> Self::Key;

    /// Makes the owned key, if that copies bytes and runs no user code.
    #[inline]
    fn copy_key(&self) -> Option<Self::Key> {
        None
    }

    /// Whether two owned keys are equal.
    fn keys_equal(one: &Self::Key, other: &Self::Key) -> bool;
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
    fn copy_key(&self) -> Option<()> {
        Some(())
    }

    #[inline]
    fn keys_equal((): &(), (): &()) -> bool {
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
    fn copy_key(&self) -> Option<Self::Key> {
        Some((self.0.copy_key()?, self.1.copy_key()?))
    }

    #[inline]
    fn keys_equal(one: &Self::Key, other: &Self::Key) -> bool {
        A::keys_equal(&one.0, &other.0) && Rest::keys_equal(&one.1, &other.1)
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
    fn keys_equal(one: &Self::Key, other: &Self::Key) -> bool {
        one.borrow() == other.borrow()
    }
}

/// A `Copy` argument compared by its own `Hash` and `Eq`.
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
    fn copy_key(&self) -> Option<T> {
        Some(*self.0)
    }

    #[inline]
    fn keys_equal(one: &T, other: &T) -> bool {
        one == other
    }
}

/// A float, or a type built of floats, compared by [`TotalEq`].
pub struct ByTotalEq<'a, T: ?Sized>(&'a T);

impl<T> Args for ByTotalEq<'_, T>
where
    T: ?Sized + TotalEq + ToOwned,
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
    fn keys_equal(one: &Self::Key, other: &Self::Key) -> bool {
        one.borrow().total_eq(other.borrow())
    }
}

/// The owned value of a `key = ..` expression.
pub struct ExplicitKey<K>(K);

impl<K: Hash + Eq + 'static> Args for ExplicitKey<K> {
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
    fn keys_equal(one: &K, other: &K) -> bool {
        one == other
    }
}

/// The owned value of a `key = ..` expression with a float in it, compared by [`TotalEq`].
pub struct ExplicitKeyByTotalEq<K>(K);

impl<K: TotalEq + 'static> Args for ExplicitKeyByTotalEq<K> {
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
    fn keys_equal(one: &K, other: &K) -> bool {
        one.total_eq(other)
    }
}

/// Defines stand-ins for an argument that cannot be a key. The error is reported once, at the
/// argument's type; the rest of the expansion compiles with the stand-in. Each is a type of its
/// own, so that the compiler suggests none in place of another.
macro_rules! invalid_keys {
    ($($(#[$attribute:meta])* $invalid:ident)+) => {$(
        $(#[$attribute])*
        pub struct $invalid;

        impl Args for $invalid {
            type Key = ();

            fn hash<H: Hasher>(&self, _: &mut H) {}

            fn matches(&self, (): &()) -> bool {
                false
            }

            fn into_key(self) {}

            fn keys_equal((): &(), (): &()) -> bool {
                false
            }
        }
    )+};
}

invalid_keys! {
    /// The argument lacks `Hash`, `Eq` or `Clone`.
    NotAKey

    /// The argument lacks `Send` or `Sync`, and threads share the cache.
    UnsharedKey
}

autoderef!(['a, S, T: ?Sized] ['a, S, T]: TryCopy TryEq TryTotal TryUnshared NoKey);

/// The last step: an argument without `Hash`, `Eq` or `ToOwned`.
pub struct NoKey<'a, S, T: ?Sized>(&'a T, PhantomData<S>);

macro_rules! probes {
    ($($scope:ident)+) => {$(
        // One for each scope, and not generic over it: generated code has the shorter path.
        impl $scope {
            /// Chooses how an argument is part of a key: `probe(&x).argument()` is the method of
            /// the first step whose bounds the type meets.
            #[inline]
            #[must_use]
            pub fn probe<T: ?Sized>(value: &T) -> TryCopy<'_, Self, T> {
                TryCopy(TryEq(TryTotal(TryUnshared(NoKey(value, PhantomData)))))
            }

            /// Same as `probe` for the value of a `key = ..` expression. An owned value need not be
            /// `Clone`; only a miss makes an owned value of a reference.
            #[inline]
            #[must_use]
            pub fn probe_key<K>(_: &K) -> TryKeyRef<Self, K> {
                TryKeyRef(TryKey(TryFloatRef(TryFloat(TryUnsharedKey(NoKeyValue(PhantomData))))))
            }
        }
    )+};
}

probes!(Process Thread);

impl<'a, S, T: Hash + Eq + Copy + StorableIn<S>> TryCopy<'a, S, T> {
    #[inline]
    pub fn argument(&self) -> ByCopy<'a, T> {
        ByCopy(self.0.0.0.0.0)
    }
}

impl<'a, S, T: ?Sized + Hash + Eq + ToOwned<Owned: StorableIn<S>>> TryEq<'a, S, T> {
    #[inline]
    pub fn argument(&self) -> ByEq<'a, T> {
        ByEq(self.0.0.0.0)
    }
}

impl<'a, S, T: ?Sized + TotalEq + ToOwned<Owned: StorableIn<S>>> TryTotal<'a, S, T> {
    #[inline]
    pub fn argument(&self) -> ByTotalEq<'a, T> {
        ByTotalEq(self.0.0.0)
    }
}

impl<S, T: ?Sized + Hash + Eq + ToOwned> TryUnshared<'_, S, T> {
    pub fn argument(&self) -> UnsharedKey {
        UnsharedKey
    }
}

impl<S, T: ?Sized> NoKey<'_, S, T> {
    pub fn argument(&self) -> NotAKey {
        NotAKey
    }
}

autoderef!([S, K] [S, K]: TryKeyRef TryKey TryFloatRef TryFloat TryUnsharedKey NoKeyValue);

/// The last step: a value without `Hash` or `Eq`.
pub struct NoKeyValue<S, K>(PhantomData<(S, K)>);

impl<'a, S, K: ?Sized + Hash + Eq + ToOwned<Owned: StorableIn<S>>> TryKeyRef<S, &'a K> {
    #[inline]
    pub fn argument(&self, key: &'a K) -> ByEq<'a, K> {
        ByEq(key)
    }
}

impl<S, K: Hash + Eq + StorableIn<S>> TryKey<S, K> {
    #[inline]
    pub fn argument(&self, key: K) -> ExplicitKey<K> {
        ExplicitKey(key)
    }
}

impl<'a, S, K: ?Sized + TotalEq + ToOwned<Owned: StorableIn<S>>> TryFloatRef<S, &'a K> {
    #[inline]
    pub fn argument(&self, key: &'a K) -> ByTotalEq<'a, K> {
        ByTotalEq(key)
    }
}

impl<S, K: TotalEq + StorableIn<S>> TryFloat<S, K> {
    #[inline]
    pub fn argument(&self, key: K) -> ExplicitKeyByTotalEq<K> {
        ExplicitKeyByTotalEq(key)
    }
}

impl<S, K: Hash + Eq> TryUnsharedKey<S, K> {
    pub fn argument(&self, _: K) -> UnsharedKey {
        UnsharedKey
    }
}

impl<S, K> NoKeyValue<S, K> {
    pub fn argument(&self, _: K) -> NotAKey {
        NotAKey
    }
}
