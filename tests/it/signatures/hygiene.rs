//! Names: of the handle, of the dependency, and of generated code (CONTRACT 2, 3).

use functools::lru_cache;
use functools_test_support::info;

/// A type may have the function's name if the handle has another.
#[test]
fn handle_takes_another_name_or_none() {
    #[allow(non_camel_case_types)]
    struct item {
        id: u64,
    }

    #[lru_cache(handle = item_cache)]
    fn item(id: u64) -> u64 {
        id + 1
    }
    #[lru_cache(handle = _)]
    fn nameless(mut id: u64) -> u64 {
        id += 1;
        id
    }

    assert_eq!(item { id: 1 }.id + item(1), 3);
    assert_eq!(item_cache::cache_info(), info(0, 1, 128, 1));
    assert_eq!((nameless(1), nameless(1)), (2, 2));
    let name = concat!(module_path!(), "::handle_takes_another_name_or_none::nameless");
    let nameless = functools::caches().find(|cache| cache.name() == name);
    assert_eq!(nameless.map(|cache| cache.info()), Some(info(1, 1, 128, 1)));
}

/// A function that a macro writes, in an `impl` that a macro writes.
#[test]
fn macros_may_write_cached_functions() {
    struct Meter;

    macro_rules! convert {
        ($name:ident, $argument:ty, $factor:expr) => {
            #[lru_cache]
            fn $name(value: $argument) -> u64 {
                let value: &u64 = value;
                value * $factor
            }
        };
    }
    macro_rules! methods {
        ($ty:ty { $($name:ident)+ }) => {
            impl $ty {
                $(
                    #[lru_cache]
                    fn $name(value: u64) -> u64 {
                        value
                    }
                )+
            }
        };
    }
    convert!(feet, &u64, 3);
    methods!(Meter { one two });

    assert_eq!((feet(&2), feet(&2)), (6, 6));
    assert_eq!(feet::cache_info(), info(1, 1, 128, 1));
    assert_eq!(Meter::one(1) + Meter::two(1), 2);
    assert_eq!(Meter::one_cache_info(), info(0, 1, 128, 1));
}

mod reexported {
    pub(crate) mod deep {
        pub(crate) use functools as memo;
    }
}

#[test]
fn crate_option_names_the_dependency() {
    // A path that is not absolute would find this module.
    #[allow(dead_code)]
    mod functools {}

    #[reexported::deep::memo::lru_cache(crate = reexported::deep::memo, maxsize = 3)]
    fn square(n: u64) -> u64 {
        n * n
    }

    assert_eq!((square(3), square(3)), (9, 9));
    assert_eq!(square::cache_info().hits, 1);
}

/// The module redefines names of the prelude, and its arguments have names that generated code
/// might use.
#[test]
fn user_names_do_not_clash_with_generated_ones() {
    mod hostile {
        #![allow(non_camel_case_types, dead_code, non_snake_case)]
        pub(super) struct Option;
        pub(super) struct Result;
        pub(super) struct String;
        pub(super) struct bool;
        pub(super) struct usize;
        pub(super) mod core {}
        pub(super) mod std {}

        #[allow(clippy::too_many_arguments)]
        #[functools::lru_cache(cache_if = |result| *result > 0)]
        pub(super) fn sum(
            miss: u64,
            hit: u64,
            key: u64,
            value: u64,
            result: u64,
            args: u64,
            arg0: u64,
            status: u64,
            sum: u64,
        ) -> u64 {
            miss + hit + key + value + result + args + arg0 + status + sum
        }

        #[functools::lru_cache]
        pub(super) fn Ok(n: u64) -> u64 {
            n
        }
    }
    assert_eq!(hostile::sum(1, 2, 3, 4, 5, 6, 7, 8, 9), 45);
    assert_eq!(hostile::sum(1, 2, 3, 4, 5, 6, 7, 8, 9), 45);
    assert_eq!(hostile::sum::cache_info(), info(1, 1, 128, 1));
    assert_eq!(hostile::Ok(3), 3);
}
