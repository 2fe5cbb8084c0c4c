//! [`View`], a stored key as a closure `weight = |key, value| ..` gets it.
//!
//! A key is stored as its parts, `(first, (second, ()))`. The view of a single part is a reference
//! to it; that of several parts is a tuple of references.

use super::key::{
    Args, ByCopy, ByEq, ByTotalEq, ExplicitKey, ExplicitKeyByTotalEq, NotAKey, UnsharedKey,
};

/// Arguments whose stored key has a view.
#[diagnostic::on_unimplemented(
    message = "a key of more than 16 parts cannot be weighed",
    note = "write `weight = |value| ..`, or make a key of fewer parts with `key = ..`"
)]
pub trait View: Args {
    /// The view of a key.
    type Of<'k>;

    /// Returns the view of a key.
    fn view(key: &Self::Key) -> Self::Of<'_>;
}

impl View for () {
    type Of<'k> = ();

    fn view((): &()) {}
}

macro_rules! whole {
    ($([$($generics:tt)*] $args:ty)+) => {$(
        impl<$($generics)*> View for $args
        where
            Self: Args,
        {
            type Of<'k> = &'k Self::Key;

            fn view(key: &Self::Key) -> &Self::Key {
                key
            }
        }
    )+};
}

whole! {
    ['a, T: ?Sized] ByEq<'a, T>
    ['a, T] ByCopy<'a, T>
    ['a, T: ?Sized] ByTotalEq<'a, T>
    [K] ExplicitKey<K>
    [K] ExplicitKeyByTotalEq<K>
    [] NotAKey
    [] UnsharedKey
}

impl<A: View> View for (A, ()) {
    type Of<'k> = A::Of<'k>;

    fn view((only, ()): &Self::Key) -> A::Of<'_> {
        A::view(only)
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
        impl<$($part: View),+> View for tuples!(@nested $($part)+) {
            type Of<'k> = ($($part::Of<'k>,)+);

            #[allow(non_snake_case)]
            fn view(tuples!(@nested $($part)+): &Self::Key) -> Self::Of<'_> {
                ($($part::view($part),)+)
            }
        }
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
    use super::View;
    use crate::types::key::{Args, ExplicitKey};
    use crate::types::storable::Process;

    /// The key of some arguments, to be viewed.
    fn with_key<A: View>(args: A, look: impl FnOnce(A::Of<'_>)) {
        look(A::view(&Args::into_key(args)));
    }

    #[test]
    fn a_key_is_what_a_person_expects() {
        let text = || Process::probe("text").argument();
        let number = || Process::probe(&7_u64).argument();
        with_key((), |()| ());
        with_key((text(), ()), |key: &String| assert_eq!(key, "text"));
        with_key((text(), (number(), ())), |key: (&String, &u64)| {
            assert_eq!(key, (&"text".to_owned(), &7));
        });
        with_key(Process::probe_key(&7_u64).argument(7), |key: &u64| assert_eq!(*key, 7));
        with_key((number(), ((number(), (text(), ())), ())), |(one, (two, three))| {
            assert_eq!((one, two, &**three), (&7, &7, "text"));
        });
    }

    #[test]
    fn a_value_that_looks_like_parts_is_one() {
        fn keyed<K: std::hash::Hash + Eq + Send + Sync + 'static>(key: K) -> ExplicitKey<K> {
            Process::probe_key(&key).argument(key)
        }
        with_key(keyed((7_u64, ())), |key: &(u64, ())| assert_eq!(key.0, 7));
    }

    #[test]
    fn sixteen_parts() {
        macro_rules! parts {
            ($part:tt $($more:tt)*) => { (Process::probe(&$part).argument(), parts!($($more)*)) };
            () => { () };
        }
        with_key(parts!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15), |key| {
            assert_eq!((key.0, key.15), (&0, &15));
        });
    }
}
