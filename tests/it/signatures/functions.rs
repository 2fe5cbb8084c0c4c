//! The places, qualifiers, generics and bounds of a function (CONTRACT 2, 3).

use std::fmt::Display;
use std::hash::Hash;

use functools::{CacheInfo, cache, lru_cache};
use functools_test_support::info;

#[test]
fn lifetimes_and_where_clauses_are_kept() {
    #[lru_cache]
    fn longer<'a, 'b: 'a, T>(one: &'a str, other: &'b str, extra: T) -> String
    where
        T: Display + Clone + Hash + Eq + Send + Sync + 'static,
        for<'c> &'c T: Sized,
        &'b str: Into<String>,
    {
        let longer = if one.len() > other.len() { one } else { other };
        format!("{longer}{extra}")
    }
    assert_eq!(longer("ab", "c", 1), "ab1");
    assert_eq!(longer("ab", "c", 1), "ab1");
    assert_eq!(longer("ab", "c", '1'), "ab1");
    assert_eq!(longer::<i32>::cache_info(), info(1, 1, 128, 1));
    assert_eq!(longer::<char>::cache_info(), info(0, 1, 128, 1));
    assert!(longer::<i32>::cache_invalidate("ab", "c", 1));
}

#[test]
#[allow(unsafe_code)]
fn qualifiers_and_raw_names_are_kept() {
    /// # Safety
    ///
    /// None is needed.
    #[lru_cache]
    unsafe fn double(n: u32) -> u32 {
        n * 2
    }
    #[lru_cache]
    extern "C" fn triple(n: u32) -> u32 {
        n * 3
    }
    #[lru_cache]
    fn r#match(r#type: u32) -> u32 {
        r#type + 1
    }

    // SAFETY: it is safe.
    assert_eq!(unsafe { (double(2), double(2), double::uncached(3)) }, (4, 4, 6));
    assert_eq!(double::cache_peek(2), Some(4));
    assert_eq!(double::cache_info(), info(1, 1, 128, 1));
    let pointer: extern "C" fn(u32) -> u32 = triple;
    assert_eq!((pointer(2), triple(2)), (6, 6));
    assert_eq!(triple::cache_info(), info(1, 1, 128, 1));
    assert_eq!((r#match(1), r#match(1)), (2, 2));
    assert_eq!(r#match::cache_info(), info(1, 1, 128, 1));
}

mod shop {
    use functools::lru_cache;

    #[lru_cache(maxsize = 2)]
    pub(crate) fn price(id: u32) -> u32 {
        rebate(id) * 2
    }

    #[lru_cache]
    fn rebate(id: u32) -> u32 {
        id + 1
    }

    pub(crate) fn rebates() -> usize {
        rebate::cache_info().currsize
    }

    pub(crate) mod inner {
        #[functools::lru_cache]
        pub(in crate::signatures::functions::shop) fn hidden(id: u32) -> u32 {
            id
        }

        #[functools::cache]
        pub(crate) fn price(id: u32) -> u32 {
            super::price(id) + hidden(id)
        }
    }
}

#[test]
fn modules_and_imports_see_the_function() {
    use shop::price;

    assert_eq!(price(1), 4);
    assert_eq!(shop::inner::price(1), 5);
    assert_eq!(price::cache_info(), info(1, 1, 2, 1));
    assert_eq!(shop::inner::price::cache_info(), info(0, 1, None, 1));
    assert_eq!(shop::rebates(), 1);
}

fn two_in_one(n: u32) -> (u32, u32) {
    let one = {
        #[lru_cache]
        fn inner(n: u32) -> u32 {
            n + 1
        }
        inner(n)
    };
    let two = {
        #[lru_cache]
        fn inner(n: u32) -> u32 {
            n + 2
        }
        inner(n)
    };
    (one, two)
}

fn outer<T: Default + Display>() -> String {
    #[lru_cache]
    fn inner(text: &str) -> String {
        #[cache]
        fn innermost(n: usize) -> usize {
            n * 2
        }
        format!("{text}{}", innermost(text.len()))
    }
    inner(&T::default().to_string())
}

#[test]
fn functions_in_functions_have_caches_of_their_own() {
    assert_eq!(two_in_one(1), (2, 3));
    assert_eq!(two_in_one(1), (2, 3));
    assert_eq!(outer::<u8>(), "02");
    assert_eq!(outer::<String>(), "0");
}

#[test]
fn each_set_of_types_has_a_cache() {
    #[lru_cache]
    fn name<T, U>(value: T) -> String
    where
        T: Display + Clone + Hash + Eq + Send + Sync + 'static,
        U: Default + Display + 'static,
    {
        format!("{value} {} {}", U::default(), size_of::<U>())
    }
    #[lru_cache(maxsize = N)]
    fn repeat<const N: usize, const B: bool>(text: &str) -> [String; N] {
        std::array::from_fn(|_| if B { text.to_uppercase() } else { text.to_owned() })
    }
    #[lru_cache]
    fn unsized_argument<T: Display + Hash + Eq + ToOwned<Owned = String> + ?Sized + 'static>(
        value: &T,
    ) -> String {
        value.to_string()
    }

    // One key and one type of result, for several sets of types.
    assert_eq!(name::<u8, u8>(1), "1 0 1");
    assert_eq!(name::<u8, u16>(1), "1 0 2");
    assert_eq!(name::<u8, u64>(1), "1 0 8");
    assert_eq!(name::<u8, u16>(1), "1 0 2");
    assert_eq!(name::<u8, u8>::cache_info(), info(0, 1, 128, 1));
    assert_eq!(name::<u8, u16>::cache_info(), info(1, 1, 128, 1));
    assert_eq!(name::<u16, u8>::cache_info(), info(0, 0, 128, 0));
    name::<u8, u16>::cache_clear();
    assert_eq!(name::<u8, u8>::cache_info().currsize, 1);

    assert_eq!(repeat::<2, false>("a"), ["a", "a"]);
    assert_eq!(repeat::<2, true>("a"), ["A", "A"]);
    assert_eq!(repeat::<3, true>("a"), ["A", "A", "A"]);
    assert_eq!(repeat::<3, true>::cache_info(), info(0, 1, 3, 1));

    assert_eq!(unsized_argument("text"), "text");
    assert_eq!(unsized_argument::<str>::cache_info(), info(0, 1, 128, 1));
}

/// Enough instances for a tree that branches at several levels.
#[test]
fn a_hundred_instances_have_a_cache_each() {
    #[cache]
    fn number<const N: usize>(n: usize) -> usize {
        n * N
    }
    macro_rules! with_each {
        ($check:ident: $($tens:literal)+) => {
            $(with_each!(@ $check $tens 0 1 2 3 4 5 6 7 8 9);)+
        };
        (@ $check:ident $tens:literal $($ones:literal)+) => {
            $($check::<{ $tens * 10 + $ones }>();)+
        };
    }
    fn call<const N: usize>() {
        assert_eq!(number::<N>(2), 2 * N);
    }
    fn check<const N: usize>() {
        assert_eq!(number::<N>::cache_info().misses, 1);
        assert_eq!(number::<N>(2), 2 * N);
        assert_eq!(number::<N>::cache_info().hits, 1);
    }
    with_each!(call: 0 1 2 3 4 5 6 7 8 9);
    with_each!(check: 0 1 2 3 4 5 6 7 8 9);
}

#[test]
fn maxsize_takes_any_expression() {
    const SIZE: usize = 2;
    static BOUND: Option<usize> = None;
    #[lru_cache(maxsize = SIZE * 2 + usize::from(true))]
    fn five(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = BOUND)]
    fn unbounded(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = None, typed = true)]
    fn none(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = Some(7), single_flight = false)]
    fn seven(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = 0)]
    fn zero(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = "12".parse::<usize>().unwrap_or(1))]
    fn parsed(n: u64) -> u64 {
        n
    }

    assert_eq!(five::cache_parameters().maxsize, Some(5));
    assert_eq!(unbounded::cache_parameters().maxsize, None);
    assert_eq!((none::cache_parameters().maxsize, none::cache_parameters().typed), (None, true));
    assert_eq!(seven::cache_info().maxsize, Some(7));
    assert_eq!(parsed::cache_info().maxsize, Some(12));
    for n in 0..10 {
        assert_eq!((five(n), unbounded(n), zero(n), zero(n)), (n, n, n, n));
    }
    assert_eq!((five::cache_info().currsize, unbounded::cache_info().currsize), (5, 10));
    assert_eq!(zero::cache_info(), info(0, 20, 0, 0));
}

/// Every function that calls the body has the target features of the body.
#[cfg(target_arch = "x86_64")]
mod target_feature {
    use super::*;

    #[lru_cache]
    #[target_feature(enable = "popcnt")]
    fn ones(n: u64) -> u32 {
        n.count_ones()
    }

    #[lru_cache]
    #[target_feature(enable = "popcnt")]
    async fn ones_async(n: u64) -> u32 {
        n.count_ones()
    }

    #[lru_cache(handle = _)]
    #[target_feature(enable = "popcnt")]
    fn ones_alone(n: u64) -> u32 {
        n.count_ones()
    }

    #[test]
    #[allow(unsafe_code, reason = "the processor has it")]
    fn applies_to_every_caller_of_the_body() {
        if !std::is_x86_feature_detected!("popcnt") {
            return;
        }
        // SAFETY: the processor has it.
        unsafe {
            assert_eq!((ones(7), ones(7), ones_alone(7), ones_alone(7)), (3, 3, 3, 3));
            assert_eq!((ones::uncached(1), ones::cache_refresh(7)), (1, 3));
            assert_eq!(ones::with_status(7).0, 3);
            drop(ones_async(7));
        }
        let CacheInfo { hits, misses, .. } = ones::cache_info();
        assert_eq!((hits, misses), (2, 1));
    }
}
