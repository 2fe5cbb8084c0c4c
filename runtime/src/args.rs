//! The arguments of one call, borrowed: hashed once, compared with a stored key, made owned only
//! on a miss. It never looks into a cache.
//!
//! The attribute writes `(first, (second, ()))`, each part made by [`probe`], so that any number
//! of arguments is one [`Args`] with one owned [`Args::Key`].

// A ladder is asked by method calls, though the answer is in the type.
#![allow(clippy::unused_self)]

use std::borrow::{Borrow, ToOwned};
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use crate::check::{Good, NotAKey, NotShared, Verdict};
use crate::ladder::Rung;
use crate::scope::{Fits, Scope};
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

/// Stands in for an argument that cannot be a key. The error is reported once, at the argument's
/// type; everywhere else the expansion goes on with this.
pub struct Unusable;

impl Args for Unusable {
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

/// Asks how the argument `value` takes part in a key: `probe(&x).argument()` is answered by the
/// first `Rung` whose bounds the type meets.
#[inline]
#[allow(clippy::type_complexity)]
pub fn probe<S: Scope, T: ?Sized>(value: &T) -> Rung<Rung<Rung<Rung<Argument<'_, S, T>>>>> {
    Rung(Rung(Rung(Rung(Argument(value, PhantomData)))))
}

/// Asks the same of the value of a `key = ..` expression. An owned one need not be `Clone`; of a
/// reference only a miss makes an owned one.
#[inline]
#[allow(clippy::type_complexity)]
pub fn probe_key<S: Scope, K>(_: &K) -> Rung<Rung<Rung<Rung<Rung<KeyExpression<S, K>>>>>> {
    Rung(Rung(Rung(Rung(Rung(KeyExpression(PhantomData))))))
}

/// An argument of which it is not known yet what it can do.
pub struct Argument<'a, S, T: ?Sized>(&'a T, PhantomData<S>);

impl<'a, S: Scope, T: Hash + Eq + Copy + Fits<S>> Rung<Rung<Rung<Rung<Argument<'a, S, T>>>>> {
    #[inline]
    pub fn argument(&self) -> ByCopy<'a, T> {
        ByCopy(self.0.0.0.0.0)
    }

    pub fn verdict(&self) -> Verdict<(), Good> {
        Verdict::new()
    }
}

impl<'a, S: Scope, T: ?Sized + Hash + Eq + ToOwned> Rung<Rung<Rung<Argument<'a, S, T>>>>
where
    T::Owned: Fits<S>,
{
    #[inline]
    pub fn argument(&self) -> ByEq<'a, T> {
        ByEq(self.0.0.0.0)
    }

    pub fn verdict(&self) -> Verdict<(), Good> {
        Verdict::new()
    }
}

impl<'a, S: Scope, T: ?Sized + Total + ToOwned> Rung<Rung<Argument<'a, S, T>>>
where
    T::Owned: Fits<S>,
{
    #[inline]
    pub fn argument(&self) -> ByTotal<'a, T> {
        ByTotal(self.0.0.0)
    }

    pub fn verdict(&self) -> Verdict<(), Good> {
        Verdict::new()
    }
}

impl<S: Scope, T: ?Sized + Hash + Eq + ToOwned> Rung<Argument<'_, S, T>> {
    pub fn verdict(&self) -> Verdict<T::Owned, NotShared> {
        Verdict::new()
    }
}

impl<S: Scope, T: ?Sized> Argument<'_, S, T> {
    pub fn argument(&self) -> Unusable {
        Unusable
    }

    pub fn verdict(&self) -> Verdict<T, NotAKey> {
        Verdict::new()
    }
}

/// The type of a `key = ..` expression, of which it is not known yet what it can do.
pub struct KeyExpression<S, K>(PhantomData<(S, K)>);

impl<'a, S: Scope, K: ?Sized + Hash + Eq + ToOwned>
    Rung<Rung<Rung<Rung<Rung<KeyExpression<S, &'a K>>>>>>
where
    K::Owned: Fits<S>,
{
    #[inline]
    pub fn argument(&self, key: &'a K) -> ByEq<'a, K> {
        ByEq(key)
    }

    pub fn verdict(&self) -> Verdict<(), Good> {
        Verdict::new()
    }
}

impl<S: Scope, K: Hash + Eq + Fits<S>> Rung<Rung<Rung<Rung<KeyExpression<S, K>>>>> {
    #[inline]
    pub fn argument(&self, key: K) -> Keyed<K> {
        Keyed(key)
    }

    pub fn verdict(&self) -> Verdict<(), Good> {
        Verdict::new()
    }
}

impl<'a, S: Scope, K: ?Sized + Total + ToOwned> Rung<Rung<Rung<KeyExpression<S, &'a K>>>>
where
    K::Owned: Fits<S>,
{
    #[inline]
    pub fn argument(&self, key: &'a K) -> ByTotal<'a, K> {
        ByTotal(key)
    }

    pub fn verdict(&self) -> Verdict<(), Good> {
        Verdict::new()
    }
}

impl<S: Scope, K: Total + Fits<S>> Rung<Rung<KeyExpression<S, K>>> {
    #[inline]
    pub fn argument(&self, key: K) -> KeyedByTotal<K> {
        KeyedByTotal(key)
    }

    pub fn verdict(&self) -> Verdict<(), Good> {
        Verdict::new()
    }
}

impl<S: Scope, K: Hash + Eq> Rung<KeyExpression<S, K>> {
    pub fn verdict(&self) -> Verdict<K, NotShared> {
        Verdict::new()
    }
}

impl<S: Scope, K> KeyExpression<S, K> {
    pub fn argument(&self, _: K) -> Unusable {
        Unusable
    }

    pub fn verdict(&self) -> Verdict<K, NotAKey> {
        Verdict::new()
    }
}
