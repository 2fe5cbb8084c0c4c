//! The handle beside a cached function: each of its functions does what the contract says, beside
//! free functions, methods, associated functions and generic ones.

mod common;

use common::{Runs, info};
use functools::{CacheInfo, CacheStatus, cache, lru_cache};

mod free_function {
    use super::*;

    #[test]
    fn uncached_touches_nothing() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 2)]
        fn run(_: u32) -> u32 {
            RUNS.next()
        }
        run(1);
        run(2);
        assert_eq!(run::uncached(1), 3, "the body runs, though there is an entry");
        assert_eq!(run::uncached(4), 4);
        assert_eq!(run::cache_info(), info(0, 2, 2, 2), "nothing is counted");
        assert_eq!(run::cache_peek(1), Some(1), "nothing is replaced");
        assert!(!run::cache_contains(4), "nothing is stored");
        run(3);
        assert!(!run::cache_contains(1), "1 was still the least recent");
    }

    #[test]
    fn clear_empties_and_zeroes_the_counters() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn run(_: u32) -> u32 {
            RUNS.next()
        }
        run(1);
        run(1);
        run(2);
        run::cache_clear();
        assert_eq!(run::cache_info(), info(0, 0, 8, 0));
        assert_eq!(run(1), 3);
        assert_eq!(run::cache_info(), info(0, 1, 8, 1));
    }

    #[test]
    fn invalidate_drops_one_entry_and_says_whether_there_was_one() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn run(_: u32) -> u32 {
            RUNS.next()
        }
        assert!(!run::cache_invalidate(1), "before the first call");
        run(1);
        run(2);
        assert!(!run::cache_invalidate(3));
        assert!(run::cache_invalidate(1));
        assert!(!run::cache_invalidate(1));
        assert_eq!(run::cache_info(), info(0, 2, 8, 1), "counters stay");
        assert_eq!(run(2), 2, "the other entry stays");
        assert_eq!(run(1), 3);
    }

    #[test]
    fn invalidate_makes_room() {
        #[lru_cache(maxsize = 2)]
        fn same(n: u32) -> u32 {
            n
        }
        same(1);
        same(2);
        same::cache_invalidate(2);
        same(3);
        assert!(same::cache_contains(1), "there was room, so that nothing was evicted");
        same(4);
        assert!(!same::cache_contains(1), "the least recent, whatever was invalidated since");
        assert!(same::cache_contains(3));
    }

    #[test]
    fn contains_changes_neither_order_nor_counters() {
        #[lru_cache(maxsize = 2)]
        fn same(n: u32) -> u32 {
            n
        }
        assert!(!same::cache_contains(1));
        same(1);
        same(2);
        assert!(same::cache_contains(1));
        assert!(!same::cache_contains(3));
        assert_eq!(same::cache_info(), info(0, 2, 2, 2));
        same(3);
        assert!(!same::cache_contains(1), "1 was still the least recent");
        assert!(same::cache_contains(2));
    }

    #[test]
    fn with_status_changes_both_as_a_call_does() {
        #[lru_cache(maxsize = 2)]
        fn same(n: u32) -> u32 {
            n
        }
        same(1);
        same(2);
        assert_eq!(same::with_status(1), (1, CacheStatus::Hit));
        same(3);
        assert_eq!([1, 2, 3].map(same::cache_contains), [true, false, true]);
        same(1);
        same(4);
        assert_eq!([1, 2, 3, 4].map(same::cache_contains), [true, false, false, true]);
        assert_eq!(same::cache_info(), info(2, 4, 2, 2));
    }

    #[test]
    fn peek_changes_neither_order_nor_counters() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 2)]
        fn run(_: u32) -> u32 {
            RUNS.next()
        }
        assert_eq!(run::cache_peek(1), None);
        run(1);
        run(2);
        assert_eq!(run::cache_peek(1), Some(1));
        assert_eq!(run::cache_peek(3), None);
        assert_eq!((run::cache_info(), RUNS.count()), (info(0, 2, 2, 2), 2));
        run(3);
        assert_eq!(run::cache_peek(1), None, "1 was still the least recent");
        assert_eq!(run::cache_peek(2), Some(2));
    }

    #[test]
    fn insert_primes_without_running_the_body() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn run(_: u32) -> u32 {
            RUNS.next()
        }
        run::cache_insert(1, 100);
        assert_eq!(run::cache_info(), info(0, 0, 8, 1), "an insertion is no call");
        assert_eq!(run(1), 100);
        assert_eq!((run::cache_info(), RUNS.count()), (info(1, 0, 8, 1), 0));
    }

    #[test]
    fn insert_replaces() {
        #[lru_cache(maxsize = 8)]
        fn same(n: u32) -> u32 {
            n
        }
        same(1);
        same::cache_insert(1, 100);
        assert_eq!(same(1), 100);
        same::cache_insert(1, 101);
        assert_eq!(same(1), 101);
        assert_eq!(same::cache_info(), info(2, 1, 8, 1));
    }

    #[test]
    fn what_is_inserted_is_the_most_recent() {
        #[lru_cache(maxsize = 2)]
        fn same(n: u32) -> u32 {
            n
        }
        same(1);
        same(2);
        same::cache_insert(1, 100);
        same::cache_insert(3, 300);
        assert!(!same::cache_contains(2), "inserting 1 again made 2 the least recent");
        assert_eq!(same::cache_peek(1), Some(100));
        assert_eq!(same::cache_info(), info(0, 2, 2, 2));
    }

    #[test]
    fn insert_does_not_store_what_a_call_would_not_store() {
        #[lru_cache]
        fn fallible(n: u32) -> Result<u32, String> {
            n.checked_mul(2).ok_or_else(|| "too large".to_owned())
        }
        #[lru_cache(cache_none = false)]
        fn optional(n: u32) -> Option<u32> {
            n.checked_mul(2)
        }
        #[lru_cache(cache_if = |n| n % 2 == 0)]
        fn even(n: u32) -> u32 {
            n
        }
        #[lru_cache(maxsize = 0)]
        fn nothing(n: u32) -> u32 {
            n
        }
        fallible::cache_insert(1, Err("down".to_owned()));
        optional::cache_insert(1, None);
        even::cache_insert(1, 3);
        nothing::cache_insert(1, 1);
        assert!(!fallible::cache_contains(1));
        assert!(!optional::cache_contains(1));
        assert!(!even::cache_contains(1));
        assert!(!nothing::cache_contains(1));

        fallible::cache_insert(1, Ok(10));
        optional::cache_insert(1, Some(10));
        even::cache_insert(1, 10);
        fallible::cache_insert(1, Err("down".to_owned()));
        optional::cache_insert(1, None);
        even::cache_insert(1, 3);
        assert_eq!(fallible::cache_peek(1), Some(Ok(10)), "what was there stays");
        assert_eq!(optional::cache_peek(1), Some(Some(10)));
        assert_eq!(even::cache_peek(1), Some(10));
    }

    #[test]
    fn refresh_runs_the_body_and_replaces() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn run(_: u32) -> u32 {
            RUNS.next()
        }
        assert_eq!(run::cache_refresh(1), 1, "with no entry yet");
        assert_eq!(run(1), 1);
        assert_eq!(run::cache_refresh(1), 2);
        assert_eq!(run(1), 2);
        assert_eq!(run::cache_info(), info(2, 0, 8, 1), "a refresh is no call");
    }

    #[test]
    fn what_is_refreshed_is_the_most_recent() {
        #[lru_cache(maxsize = 2)]
        fn same(n: u32) -> u32 {
            n
        }
        same(1);
        same(2);
        same::cache_refresh(1);
        same(3);
        assert!(same::cache_contains(1));
        assert!(!same::cache_contains(2));
    }

    #[test]
    fn refresh_with_an_uncacheable_result_leaves_the_entry() {
        static RUNS: Runs = Runs::new();
        #[lru_cache]
        fn fallible(_: u32) -> Result<u32, String> {
            match RUNS.next() {
                1 => Ok(1),
                run => Err(format!("run {run}")),
            }
        }
        #[lru_cache(cache_if = |run| *run != 4)]
        fn run(_: u32) -> u32 {
            RUNS.next()
        }
        assert_eq!(fallible(1), Ok(1));
        assert_eq!(fallible::cache_refresh(1), Err("run 2".to_owned()));
        assert_eq!(fallible::cache_peek(1), Some(Ok(1)));

        assert_eq!(run(1), 3);
        assert_eq!(run::cache_refresh(1), 4);
        assert_eq!(run::cache_peek(1), Some(3));
    }

    #[test]
    fn with_status_is_a_call_and_says_where_the_answer_came_from() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn run(_: u32) -> u32 {
            RUNS.next()
        }
        assert_eq!(run::with_status(1), (1, CacheStatus::Miss));
        assert_eq!(run::with_status(1), (1, CacheStatus::Hit));
        assert_eq!(run(1), 1, "it stores, as a call does");
        assert_eq!(run::cache_info(), info(2, 1, 8, 1));
    }

    #[test]
    fn status_of_what_is_not_stored() {
        #[lru_cache]
        fn fails(_: u32) -> Result<u32, String> {
            Err("down".to_owned())
        }
        #[lru_cache(maxsize = 0)]
        fn same(n: u32) -> u32 {
            n
        }
        for misses in 1..=2 {
            assert!(!fails::with_status(1).1.is_hit());
            assert!(!same::with_status(1).1.is_hit());
            assert_eq!(fails::cache_info(), info(0, misses, 128, 0));
            assert_eq!(same::cache_info(), info(0, misses, 0, 0));
        }
    }

    #[test]
    fn maxsize_zero_has_a_handle_that_finds_nothing() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 0)]
        fn run(_: u32) -> u32 {
            RUNS.next()
        }
        assert_eq!((run(1), run(1)), (1, 2));
        assert_eq!(run::cache_refresh(1), 3);
        assert_eq!(run::uncached(1), 4);
        assert_eq!(run::cache_peek(1), None);
        assert!(!run::cache_contains(1));
        assert!(!run::cache_invalidate(1));
        assert_eq!(run::cache_info(), info(0, 2, 0, 0));
        run::cache_clear();
        assert_eq!(run::cache_info(), info(0, 0, 0, 0));
    }

    #[test]
    fn parameters_are_those_of_the_attribute() {
        #[lru_cache]
        fn bare(n: u32) -> u32 {
            n
        }
        #[lru_cache(maxsize = 2 * 16, typed = true)]
        fn typed(n: u32) -> u32 {
            n
        }
        #[lru_cache(maxsize = None)]
        fn none(n: u32) -> u32 {
            n
        }
        #[cache]
        fn unbounded(n: u32) -> u32 {
            n
        }
        let parameters = bare::cache_parameters();
        assert_eq!((parameters.maxsize, parameters.typed), (Some(128), false));
        assert_eq!(parameters.ttl, None);
        let parameters = typed::cache_parameters();
        assert_eq!((parameters.maxsize, parameters.typed), (Some(32), true));
        assert_eq!(none::cache_parameters().maxsize, None);
        assert_eq!(unbounded::cache_parameters().maxsize, None);
        assert_eq!((bare(1), typed(1), none(1), unbounded(1)), (1, 1, 1, 1));
    }

    #[test]
    fn skipped_arguments_are_left_out_of_what_only_needs_the_key() {
        struct Table([u32; 3]);
        #[lru_cache(skip(table, default), maxsize = 8)]
        fn row(table: &Table, n: usize, default: u32) -> u32 {
            table.0.get(n).copied().unwrap_or(default)
        }
        let (old, new) = (Table([0, 10, 20]), Table([0, 11, 21]));
        assert_eq!(row(&old, 1, 7), 10);
        assert_eq!(row(&new, 1, 8), 10, "the table is no part of the key");
        assert!(row::cache_contains(1));
        assert_eq!(row::cache_peek(1), Some(10));
        assert!(row::cache_invalidate(1));
        row::cache_insert(2, 22);
        assert_eq!(row::with_status(&old, 2, 7), (22, CacheStatus::Hit));
        assert_eq!(row::cache_refresh(&new, 2, 7), 21);
        assert_eq!(row::uncached(&old, 2, 7), 20);
        assert_eq!(row::cache_info(), info(2, 1, 8, 1));
    }

    #[test]
    fn without_arguments_there_is_one_entry() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn run() -> u32 {
            RUNS.next()
        }
        assert!(!run::cache_contains());
        assert_eq!((run(), run()), (1, 1));
        assert_eq!(run::cache_refresh(), 2);
        assert_eq!(run::with_status(), (2, CacheStatus::Hit));
        assert_eq!(run::uncached(), 3);
        run::cache_insert(100);
        assert_eq!(run::cache_peek(), Some(100));
        assert!(run::cache_invalidate());
        assert_eq!(run::cache_info(), info(2, 1, 8, 0));
    }
}

mod other_functions {
    use super::*;

    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    struct Square(u32);

    static AREAS: Runs = Runs::new();

    impl Square {
        #[lru_cache(maxsize = 8)]
        fn area(&self, scale: u32) -> u32 {
            AREAS.next();
            self.0 * self.0 * scale
        }

        #[lru_cache(maxsize = 8)]
        fn side_of(area: u32) -> Option<u32> {
            (0..=area).find(|side| side * side == area)
        }

        #[lru_cache(maxsize = 8, skip(self))]
        fn shared(self, scale: u32) -> u32 {
            self.0 * scale
        }
    }

    #[test]
    fn method() {
        let square = Square(3);
        assert_eq!(square.area(2), 18);
        assert_eq!(Square::area(&square, 2), 18);
        assert_eq!(Square(1).area(2), 2, "the receiver is part of the key");
        assert_eq!(Square::area_cache_info(), info(1, 2, 8, 2));
        assert_eq!(Square::area_uncached(&square, 2), 18);
        assert_eq!(square.area_uncached(2), 18);
        assert_eq!(AREAS.count(), 4);

        assert_eq!(Square::area_with_status(&square, 2), (18, CacheStatus::Hit));
        assert!(Square::area_cache_contains(&square, 2));
        Square::area_cache_insert(&square, 2, 19);
        assert_eq!(Square::area_cache_peek(&square, 2), Some(19));
        assert_eq!(Square::area_cache_refresh(&square, 2), 18);
        assert_eq!(square.area(2), 18);
        assert!(Square::area_cache_invalidate(&square, 2));
        assert!(!Square::area_cache_invalidate(&square, 2));
        assert_eq!(Square::area_cache_info(), info(3, 2, 8, 1));
        assert_eq!(Square::area_cache_parameters().maxsize, Some(8));
        Square::area_cache_clear();
        assert_eq!(Square::area_cache_info(), info(0, 0, 8, 0));
    }

    #[test]
    fn associated_function() {
        assert_eq!(Square::side_of(9), Some(3));
        assert_eq!(Square::side_of_with_status(9), (Some(3), CacheStatus::Hit));
        assert_eq!(Square::side_of_uncached(16), Some(4));
        assert!(!Square::side_of_cache_contains(16));
        Square::side_of_cache_insert(10, Some(3));
        assert_eq!(Square::side_of_cache_peek(10), Some(Some(3)));
        assert_eq!(Square::side_of_cache_refresh(10), None);
        assert_eq!(Square::side_of(10), None);
        assert!(Square::side_of_cache_invalidate(10));
        assert_eq!(Square::side_of_cache_info(), info(2, 1, 8, 1));
        assert_eq!(Square::side_of_cache_parameters().maxsize, Some(8));
        Square::side_of_cache_clear();
        assert_eq!(Square::side_of_cache_info(), info(0, 0, 8, 0));
    }

    #[test]
    fn method_that_skips_its_receiver() {
        assert_eq!(Square(3).shared(2), 6);
        assert_eq!(Square(4).shared(2), 6);
        assert!(Square::shared_cache_contains(2));
        assert_eq!(Square::shared_cache_peek(2), Some(6));
        assert!(Square::shared_cache_invalidate(2));
        Square::shared_cache_insert(3, 100);
        assert_eq!(Square::shared_with_status(Square(4), 3), (100, CacheStatus::Hit));
        assert_eq!(Square::shared_cache_refresh(Square(4), 3), 12);
        assert_eq!(Square::shared_uncached(Square(5), 3), 15);
        assert_eq!(Square::shared_cache_info(), info(2, 1, 8, 1));
    }

    #[test]
    fn generic_function() {
        #[lru_cache(maxsize = N)]
        fn bytes<T: Copy, const N: usize>(times: usize) -> usize {
            size_of::<T>() * times
        }
        assert_eq!(bytes::<u16, 8>(2), 4);
        assert_eq!(bytes::<u16, 8>::with_status(2), (4, CacheStatus::Hit));
        assert_eq!(bytes::<u64, 8>::cache_peek(2), None, "another type, another cache");
        assert_eq!(bytes::<u16, 8>::uncached(3), 6);
        assert!(!bytes::<u16, 8>::cache_contains(3));
        bytes::<u16, 8>::cache_insert(2, 5);
        assert_eq!(bytes::<u16, 8>::cache_peek(2), Some(5));
        assert_eq!(bytes::<u16, 8>::cache_refresh(2), 4);
        assert_eq!(bytes::<u64, 8>(2), 16);
        assert!(bytes::<u16, 8>::cache_invalidate(2));
        assert_eq!(bytes::<u16, 8>::cache_info(), info(1, 1, 8, 0));
        assert_eq!(bytes::<u64, 8>::cache_info(), info(0, 1, 8, 1));
        assert_eq!(bytes::<u16, 4>::cache_parameters().maxsize, Some(4));
        bytes::<u64, 8>::cache_clear();
        assert_eq!(bytes::<u64, 8>::cache_info(), info(0, 0, 8, 0));
        assert_eq!(bytes::<u16, 8>::cache_info(), info(1, 1, 8, 0), "only one was cleared");
    }

    #[test]
    fn method_of_a_generic_type() {
        #[derive(Clone, PartialEq, Eq, Hash)]
        struct Pair<T>(T, T);
        impl<T: Clone + std::hash::Hash + Eq + Ord + Send + Sync + 'static> Pair<T> {
            #[lru_cache(maxsize = 8)]
            fn larger(&self) -> T {
                self.0.clone().max(self.1.clone())
            }
        }
        let pair = Pair("a".to_owned(), "b".to_owned());
        assert_eq!(pair.larger(), "b");
        assert_eq!(Pair(1, 2).larger(), 2);
        assert_eq!(pair.larger_with_status(), ("b".to_owned(), CacheStatus::Hit));
        Pair::<u8>::larger_cache_insert(&Pair(3, 4), 5);
        assert_eq!(Pair::<u8>::larger_cache_peek(&Pair(3, 4)), Some(5));
        assert_eq!(Pair::<u8>::larger_cache_refresh(&Pair(3, 4)), 4);
        assert_eq!(Pair::<u8>::larger_uncached(&Pair(6, 5)), 6);
        assert!(!Pair::<u8>::larger_cache_contains(&Pair(6, 5)));
        assert!(Pair::<u8>::larger_cache_invalidate(&Pair(3, 4)));
        assert_eq!(Pair::<u8>::larger_cache_info(), info(0, 0, 8, 0));
        assert_eq!(Pair::<i32>::larger_cache_info(), info(0, 1, 8, 1));
        Pair::<i32>::larger_cache_clear();
        assert_eq!(Pair::<i32>::larger_cache_info(), info(0, 0, 8, 0));
        assert_eq!(Pair::<String>::larger_cache_info(), info(1, 1, 8, 1));
        assert_eq!(Pair::<String>::larger_cache_parameters().maxsize, Some(8));
    }
}

mod visibility {
    use super::*;

    mod inner {
        use functools::lru_cache;

        pub(crate) mod deep {
            #[functools::lru_cache(maxsize = 8)]
            pub(in crate::visibility) fn treble(n: u32) -> u32 {
                3 * n
            }
        }

        #[lru_cache(maxsize = 8)]
        pub(crate) fn double(n: u32) -> u32 {
            2 * n
        }

        #[lru_cache(maxsize = 8)]
        pub(super) fn half(n: u32) -> u32 {
            n / 2
        }
    }

    pub(crate) use inner::double as twice;
    use inner::{deep::treble, double, half};

    #[test]
    fn use_brings_the_function_and_its_handle() {
        assert_eq!((double(4), half(4), treble(4)), (8, 2, 12));
        assert_eq!(double::cache_info(), info(0, 1, 8, 1));
        assert_eq!(half::cache_info(), info(0, 1, 8, 1));
        assert_eq!(treble::cache_info(), info(0, 1, 8, 1));
        assert_eq!(twice::cache_peek(4), Some(8), "under another name, too");
        assert_eq!(inner::deep::treble::cache_peek(4), Some(12), "and by its path");
    }
}

mod values {
    use super::*;

    #[test]
    fn cache_info_is_printed_as_python_prints_it() {
        let info = CacheInfo { hits: 3, misses: 8, maxsize: Some(32), currsize: 8 };
        assert_eq!(info.to_string(), "CacheInfo(hits=3, misses=8, maxsize=32, currsize=8)");
        let info = CacheInfo { maxsize: None, ..info };
        assert_eq!(info.to_string(), "CacheInfo(hits=3, misses=8, maxsize=None, currsize=8)");
        let many = CacheInfo { hits: u64::MAX, misses: 0, maxsize: Some(0), currsize: 0 };
        assert_eq!(
            many.to_string(),
            "CacheInfo(hits=18446744073709551615, misses=0, maxsize=0, currsize=0)"
        );
    }

    /// Each with whether it is a hit.
    const STATUSES: [(CacheStatus, bool); 6] = [
        (CacheStatus::Hit, true),
        (CacheStatus::Miss, false),
        (CacheStatus::Joined, true),
        (CacheStatus::Stale, true),
        (CacheStatus::Shared, true),
        (CacheStatus::Bypass, false),
    ];

    #[test]
    fn all_statuses_but_miss_and_bypass_are_hits() {
        for (status, is_hit) in STATUSES {
            assert_eq!(status.is_hit(), is_hit, "{status:?}");
        }
    }

    #[test]
    fn status_is_printed_as_a_cache_status_header() {
        assert_eq!(CacheStatus::Hit.to_string(), "functools; hit");
        assert_eq!(CacheStatus::Miss.to_string(), "functools; fwd=miss; stored");
        for (status, _) in STATUSES {
            let value = status.to_string();
            let mut parts = value.split("; ");
            assert_eq!(parts.next(), Some("functools"), "{value}");
            let parameters: Vec<_> = parts.collect();
            let (how, details) = parameters.split_first().expect("hit or forwarded");
            assert!(["hit", "fwd=miss", "fwd=bypass", "fwd=stale"].contains(how), "{value}");
            for detail in details {
                let known = match *detail {
                    "stored" | "collapsed" => *how != "hit",
                    _ => detail.starts_with("detail="),
                };
                assert!(known, "{value}");
            }
        }
    }
}

mod registry {
    use functools::CacheRef;

    use super::*;

    fn of_this_module(name: &str) -> Vec<CacheRef> {
        let name = format!("::{name}");
        let is_it = |cache: &CacheRef| {
            cache.name().starts_with(module_path!()) && cache.name().ends_with(&name)
        };
        functools::caches().filter(is_it).collect()
    }

    #[test]
    fn caches_are_listed_from_their_first_use_on() {
        #[lru_cache(maxsize = 8)]
        fn listed(n: u32) -> u32 {
            n
        }
        assert!(of_this_module("listed").is_empty());
        listed(1);
        listed(1);
        let listed_now = of_this_module("listed");
        assert_eq!(listed_now.len(), 1);
        let name = "handle::registry::caches_are_listed_from_their_first_use_on::listed";
        assert_eq!(listed_now[0].name(), name);
        assert_eq!(listed_now[0].info(), info(1, 1, 8, 1));
        assert_eq!(listed_now[0].info(), listed::cache_info());

        listed_now[0].clear();
        assert_eq!(listed::cache_info(), info(0, 0, 8, 0));
        assert_eq!(of_this_module("listed").len(), 1, "empty, but used");
    }

    #[test]
    fn a_cache_filled_by_hand_is_listed() {
        #[cache]
        fn primed(n: u32) -> u32 {
            n
        }
        primed::cache_insert(1, 1);
        assert_eq!(of_this_module("primed").len(), 1);
        assert_eq!(primed(1), 1);
    }

    #[test]
    fn a_generic_function_has_a_cache_for_each_set_of_types() {
        #[lru_cache(maxsize = 8)]
        fn sized<T>(times: usize) -> usize {
            size_of::<T>() * times
        }
        sized::<u8>(1);
        sized::<u16>(1);
        sized::<u16>(2);
        let mut sizes: Vec<_> =
            of_this_module("sized").iter().map(|cache| cache.info().currsize).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 2]);
    }

    enum Unit {}

    impl Unit {
        #[lru_cache(maxsize = 8)]
        fn scaled(n: u32) -> u32 {
            n
        }
    }

    #[test]
    fn a_method_is_listed_under_its_type() {
        Unit::scaled(1);
        assert_eq!(of_this_module("Unit::scaled").len(), 1);
    }

    #[test]
    fn a_cache_of_one_thread_is_listed_there_alone() {
        #[lru_cache(scope = "thread", maxsize = 8)]
        fn local(n: u32) -> u32 {
            n
        }
        local(1);
        assert_eq!(of_this_module("local").len(), 1);
        let elsewhere = std::thread::spawn(|| {
            let before = of_this_module("local").len();
            local(1);
            local(2);
            (before, of_this_module("local")[0].info())
        });
        assert_eq!(elsewhere.join().expect("no panic"), (0, info(0, 2, 8, 2)));
        assert_eq!(of_this_module("local")[0].info(), info(0, 1, 8, 1));
    }
}

/// Attributes of frameworks that take the name of the function for a type.
mod frameworks {
    use functools::lru_cache;
    use functools_frameworks::{get, head, pyfunction, route};

    #[lru_cache(handle = below_cache)]
    #[get("/below/<n>")]
    fn below(n: u64) -> u64 {
        n
    }

    #[get("/above/<n>")]
    #[lru_cache(handle = above_cache)]
    fn above(n: u64) -> u64 {
        n
    }

    #[lru_cache(handle = python_cache)]
    #[pyfunction]
    fn python(n: u64) -> u64 {
        n
    }

    // These take nothing.
    #[lru_cache]
    #[route(GET "/typed/:n")]
    fn typed(n: u64) -> u64 {
        n
    }

    #[lru_cache]
    #[head]
    fn own(n: u64) -> u64 {
        n
    }

    #[test]
    fn a_handle_of_another_name_stands_beside_them() {
        assert_eq!((below(1), above(2), python(3), typed(4), own(5)), (1, 2, 3, 4, 5));
        assert!(below_cache::cache_contains(1) && above_cache::cache_contains(2));
        assert!(python_cache::cache_contains(3) && typed::cache_contains(4));
        assert!(own::cache_contains(5));
    }
}
