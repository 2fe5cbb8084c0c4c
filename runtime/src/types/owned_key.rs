//! A stored key as `cache_entries` and `cache_retain` show it: one argument itself, several as a
//! tuple. Generated code names it as a tuple of [`Part`] and [`Whole`].
//!
//! The lifetime of [`KeyView`] and [`KeyClone`] stands for nothing. A function that requires
//! `for<'n> P: KeyClone<'n>` compiles also if that does not hold, and only its callers need it: a
//! key that cannot be cloned, or whose type cannot be named, is an error where it is used.

use std::borrow::{Borrow, ToOwned};
use std::marker::PhantomData;

use super::key::Args;

/// An argument of type `T`, or a reference to one.
pub struct Part<T: ?Sized>(PhantomData<fn(&T)>);

/// The owned value of a `key = ..` expression.
pub struct Whole<K>(PhantomData<fn(&K)>);

/// The value of a `key = ..` expression, or a part of an argument, whose type is not written.
pub struct Unnamed;

/// A key that can be looked at.
#[diagnostic::on_unimplemented(
    message = "the entries of this function have no key whose type can be named",
    label = "needs the type of each part of the key, of which there may be 16",
    note = "write the type of a `key`, as in `key: u64 = user.id`; an argument that is a pattern \
            needs such a `key`, too"
)]
pub trait KeyView<'n> {
    /// The key as it is stored.
    type Stored: 'static;

    /// A reference to the key, or a tuple of references to its parts.
    type View<'k>;

    /// Returns the view of a key.
    fn view(stored: &Self::Stored) -> Self::View<'_>;
}

/// A key that can be cloned.
#[diagnostic::on_unimplemented(
    message = "the entries of this function have no key that can be cloned and named",
    label = "needs the type of each part of the key, of which there may be 16, and `Clone`",
    note = "write the type of a `key`, as in `key: u64 = user.id`; an argument that is a pattern \
            needs such a `key`, too"
)]
pub trait KeyClone<'n>: KeyView<'n> {
    /// The key, or a tuple of its parts.
    type Owned;

    /// Clones a key.
    fn clone_key(stored: &Self::Stored) -> Self::Owned;
}

/// The key of an entry, as `cache_entries` returns it: of one argument itself, of several a tuple.
pub type KeyOf<P> = <P as KeyClone<'static>>::Owned;

/// The key of an entry, as `cache_retain` shows it: of one argument a reference, of several a
/// tuple of references.
pub type ViewOf<'k, P> = <P as KeyView<'static>>::View<'k>;

/// Returns the arguments, if `P` names the type of their key.
#[inline]
pub fn named<P: KeyView<'static, Stored = A::Key>, A: Args>(args: A) -> A {
    args
}

impl<T: ?Sized + ToOwned<Owned: 'static>> KeyView<'_> for Part<T> {
    type Stored = T::Owned;
    type View<'k> = &'k T::Owned;

    fn view(stored: &T::Owned) -> &T::Owned {
        stored
    }
}

impl<T: ?Sized + ToOwned<Owned: 'static>> KeyClone<'_> for Part<T> {
    type Owned = T::Owned;

    fn clone_key(stored: &T::Owned) -> T::Owned {
        Borrow::<T>::borrow(stored).to_owned()
    }
}

impl<K: 'static> KeyView<'_> for Whole<K> {
    type Stored = K;
    type View<'k> = &'k K;

    fn view(stored: &K) -> &K {
        stored
    }
}

impl<K: Clone + 'static> KeyClone<'_> for Whole<K> {
    type Owned = K;

    fn clone_key(stored: &K) -> K {
        stored.clone()
    }
}

impl KeyView<'_> for () {
    type Stored = ();
    type View<'k> = ();

    fn view((): &()) {}
}

impl KeyClone<'_> for () {
    type Owned = ();

    fn clone_key((): &()) {}
}

impl<'n, A: KeyView<'n>> KeyView<'n> for (A,) {
    type Stored = (A::Stored, ());
    type View<'k> = A::View<'k>;

    fn view((only, ()): &Self::Stored) -> A::View<'_> {
        A::view(only)
    }
}

impl<'n, A: KeyClone<'n>> KeyClone<'n> for (A,) {
    type Owned = A::Owned;

    fn clone_key((only, ()): &Self::Stored) -> A::Owned {
        A::clone_key(only)
    }
}

macro_rules! tuples {
    ($first:ident $($more:ident)*) => {
        tuples!(@more $first: $($more)*);
    };
    (@more $($parts:ident)+: $next:ident $($more:ident)*) => {
        tuples!(@one $($parts)+ $next);
        tuples!(@more $($parts)+ $next: $($more)*);
    };
    (@more $($parts:ident)+:) => {};
    (@one $($part:ident)+) => {
        impl<'n, $($part: KeyView<'n>),+> KeyView<'n> for ($($part,)+) {
            type Stored = tuples!(@stored $($part)+);
            type View<'k> = ($($part::View<'k>,)+);

            #[allow(non_snake_case)]
            fn view(tuples!(@nested $($part)+): &Self::Stored) -> Self::View<'_> {
                ($($part::view($part),)+)
            }
        }

        impl<'n, $($part: KeyClone<'n>),+> KeyClone<'n> for ($($part,)+) {
            type Owned = ($($part::Owned,)+);

            #[allow(non_snake_case)]
            fn clone_key(tuples!(@nested $($part)+): &Self::Stored) -> Self::Owned {
                ($($part::clone_key($part),)+)
            }
        }
    };
    (@stored $first:ident $($more:ident)*) => {
        ($first::Stored, tuples!(@stored $($more)*))
    };
    (@stored) => {
        ()
    };
    (@nested $first:ident $($more:ident)*) => {
        ($first, tuples!(@nested $($more)*))
    };
    (@nested) => {
        ()
    };
}

tuples!(A B C D E F G H I J K L M N O P);

#[cfg(test)]
mod tests {
    use super::{KeyClone, KeyOf, KeyView, Part, Whole};
    use crate::types::key::Args;
    use crate::types::storable::Process;

    /// The key of some arguments, cloned.
    fn cloned<P: KeyClone<'static>>(args: impl Args<Key = P::Stored>) -> KeyOf<P> {
        P::clone_key(&args.into_key())
    }

    #[test]
    fn a_key_is_what_a_person_expects() {
        let text = || Process::probe("text").argument();
        let number = || Process::probe(&7_u64).argument();
        let float = || Process::probe(&0.5_f64).argument();
        let owned = || "text".to_owned();
        cloned::<()>(());
        assert_eq!(cloned::<(Part<str>,)>((text(), ())), owned());
        assert_eq!(cloned::<(Part<str>, Part<u64>)>((text(), (number(), ()))), (owned(), 7));
        assert_eq!(cloned::<Part<f64>>(float()).to_string(), "0.5");
        let key = Process::probe_key(&owned()).argument(owned());
        assert_eq!(cloned::<Whole<String>>(key), owned());
        let nested = (number(), ((text(), (float(), ())), ()));
        let (one, (two, three)) = cloned::<(Part<u64>, (Part<str>, Part<f64>))>(nested);
        assert_eq!((one, two, three.to_string()), (7, owned(), "0.5".to_owned()));
    }

    #[test]
    fn a_view_refers_to_the_parts() {
        let stored = (7_u64, ("text".to_owned(), ()));
        let (number, text): (&u64, &String) = <(Part<u64>, Part<str>)>::view(&stored);
        assert_eq!((*number, &**text), (7, "text"));
    }
}
