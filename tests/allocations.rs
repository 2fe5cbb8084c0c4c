//! What a call costs: a hit allocates nothing and clones no argument, and each argument is hashed
//! once per call, whatever becomes of it later.
//!
//! Allocations are counted per thread, so that these tests can run side by side.

mod common;

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

use common::info;
use functools::{cache, lru_cache};

/// The allocations that this thread makes meanwhile.
fn allocations(run: impl FnOnce()) -> u64 {
    allocation_counter::measure(run).count_total
}

thread_local! {
    static HASHED: Cell<u32> = const { Cell::new(0) };
    static CLONED: Cell<u32> = const { Cell::new(0) };
}

/// An argument that counts how often one like it is hashed and cloned.
#[derive(Debug, PartialEq, Eq)]
struct Counted(u32);

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        HASHED.set(HASHED.get() + 1);
        self.0.hash(state);
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        CLONED.set(CLONED.get() + 1);
        Counted(self.0)
    }
}

/// How many were hashed and how many cloned meanwhile, by this thread.
fn hashed_and_cloned(run: impl FnOnce()) -> (u32, u32) {
    HASHED.set(0);
    CLONED.set(0);
    run();
    (HASHED.get(), CLONED.get())
}

mod a_hit_allocates_nothing {
    use super::*;

    #[test]
    fn counting_works() {
        assert_eq!(allocations(|| drop(black_box(Box::new(1)))), 1);
        assert_eq!(allocations(|| drop(black_box([String::from("a"), String::from("b")]))), 2);
    }

    #[test]
    fn for_str() {
        #[lru_cache(maxsize = 8)]
        fn length(text: &str) -> usize {
            text.len()
        }
        assert_ne!(allocations(|| assert_eq!(length("four"), 4)), 0, "a miss makes the key");
        assert_eq!(allocations(|| assert_eq!(length("four"), 4)), 0);
        assert_eq!(length::cache_info(), info(1, 1, 8, 1));
    }

    #[test]
    fn for_string() {
        #[lru_cache(maxsize = 8)]
        fn length(text: String) -> usize {
            text.len()
        }
        length("four".to_owned());
        let again = "four".to_owned();
        assert_eq!(allocations(|| assert_eq!(length(again), 4)), 0);
        assert_eq!(length::cache_info(), info(1, 1, 8, 1));
    }

    #[test]
    fn for_str_and_string() {
        #[lru_cache(maxsize = 8)]
        fn length(one: &str, two: String) -> usize {
            one.len() + two.len()
        }
        length("one", "four".to_owned());
        let again = "four".to_owned();
        assert_eq!(allocations(|| assert_eq!(length("one", again), 7)), 0);
        assert_eq!(length::cache_info(), info(1, 1, 8, 1));
    }

    #[test]
    fn for_a_tuple_of_str_and_string() {
        #[lru_cache(maxsize = 8)]
        fn length(both: (&'static str, String)) -> usize {
            both.0.len() + both.1.len()
        }
        length(("one", "four".to_owned()));
        let again = ("one", "four".to_owned());
        assert_eq!(allocations(|| assert_eq!(length(again), 7)), 0);
        assert_eq!(length::cache_info(), info(1, 1, 8, 1));
    }

    #[test]
    fn for_a_struct_by_reference() {
        #[derive(Clone, PartialEq, Eq, Hash)]
        struct Name {
            first: String,
            last: String,
        }
        #[lru_cache(maxsize = 8)]
        fn length(name: &Name) -> usize {
            name.first.len() + name.last.len()
        }
        let name = Name { first: "Ada".to_owned(), last: "Lovelace".to_owned() };
        length(&name);
        assert_eq!(allocations(|| assert_eq!(length(&name), 11)), 0);
        assert_eq!(length::cache_info(), info(1, 1, 8, 1));
    }

    #[test]
    fn for_slices_and_paths() {
        #[lru_cache(maxsize = 8)]
        fn length(bytes: &[u8], path: &std::path::Path, floats: &[f64]) -> usize {
            bytes.len() + path.components().count() + floats.len()
        }
        let call = || assert_eq!(length(b"abc", "/a/b".as_ref(), &[1.5]), 7);
        call();
        assert_eq!(allocations(call), 0);
        assert_eq!(length::cache_info(), info(1, 1, 8, 1));
    }

    #[test]
    fn for_a_method() {
        #[derive(Clone, PartialEq, Eq, Hash)]
        struct Word(String);
        impl Word {
            #[lru_cache(maxsize = 8)]
            fn repeated(&self, times: usize) -> usize {
                self.0.len() * times
            }
        }
        let word = Word("word".to_owned());
        word.repeated(2);
        assert_eq!(allocations(|| assert_eq!(word.repeated(2), 8)), 0);
        assert_eq!(Word::repeated_cache_info(), info(1, 1, 8, 1));
    }

    #[test]
    fn for_a_key_expression_that_does_not() {
        #[lru_cache(maxsize = 8, key = (id, text.map(str::len)))]
        fn length(id: u32, text: Option<&str>) -> u32 {
            text.map_or(id, |_| 0)
        }
        length(1, Some("four"));
        assert_eq!(allocations(|| assert_eq!(length(1, Some("five")), 0)), 0);
        assert_eq!(length::cache_info(), info(1, 1, 8, 1));
    }

    #[test]
    fn for_a_generic_function_of_several_types() {
        #[lru_cache(maxsize = 8)]
        fn bytes<T>(times: usize) -> usize {
            size_of::<T>() * times
        }
        let call = || {
            assert_eq!((bytes::<u8>(2), bytes::<u16>(2), bytes::<[u8; 3]>(2)), (2, 4, 6));
        };
        call();
        assert_eq!(allocations(call), 0);
        assert_eq!(bytes::<u16>::cache_info(), info(1, 1, 8, 1));
    }

    #[test]
    fn for_results_that_need_none_to_clone() {
        #[cache]
        fn shared(text: &str) -> Result<Arc<str>, String> {
            if text.is_empty() { Err("no text".to_owned()) } else { Ok(text.into()) }
        }
        #[cache(scope = "thread")]
        fn local(text: &str) -> Option<Rc<str>> {
            (!text.is_empty()).then(|| text.into())
        }
        let call = || {
            assert_eq!(shared("four").as_deref(), Ok("four"));
            assert_eq!(local("four").as_deref(), Some("four"));
        };
        call();
        assert_eq!(allocations(call), 0);
        assert_eq!(shared::cache_info(), info(1, 1, None, 1));
        assert_eq!(local::cache_info(), info(1, 1, None, 1));
    }

    #[test]
    fn in_a_full_cache_in_any_order() {
        #[lru_cache(maxsize = 3)]
        fn length(text: &str) -> usize {
            text.len()
        }
        assert_eq!(["a", "bb", "ccc", "dddd"].map(length), [1, 2, 3, 4]);
        let hits = || ["bb", "dddd", "ccc", "ccc", "bb", "dddd"].map(length);
        assert_eq!(allocations(|| assert_eq!(hits(), [2, 4, 3, 3, 2, 4])), 0);
        assert_eq!(length::cache_info(), info(6, 4, 3, 3));
    }

    #[test]
    fn though_several_keys_have_one_hash() {
        #[derive(Clone, PartialEq, Eq)]
        struct Colliding(u32);
        impl Hash for Colliding {
            fn hash<H: Hasher>(&self, _: &mut H) {}
        }
        #[lru_cache(maxsize = 8)]
        fn number(n: &Colliding) -> u32 {
            n.0
        }
        let call = || assert!((0..8).all(|n| number(&Colliding(n)) == n));
        call();
        assert_eq!(allocations(call), 0);
        assert_eq!(number::cache_info(), info(8, 8, 8, 8));
    }

    #[test]
    fn nor_does_the_handle_on_the_way_to_one() {
        #[lru_cache(maxsize = 8)]
        fn length(text: &str) -> usize {
            text.len()
        }
        length("four");
        let looks = || {
            assert!(length::with_status("four").1.is_hit());
            assert!(length::cache_contains("four"));
            assert_eq!(length::cache_peek("four"), Some(4));
            assert_eq!(length::cache_info(), info(1, 1, 8, 1));
        };
        assert_eq!(allocations(looks), 0);
    }
}

mod arguments_are_hashed_once_per_call {
    use super::*;

    #[test]
    fn a_hit_clones_none() {
        #[lru_cache(maxsize = 8)]
        fn sum(one: Counted, two: &Counted, (three, four): (Counted, u32)) -> u32 {
            one.0 + two.0 + three.0 + four
        }
        let call = || assert_eq!(sum(Counted(1), &Counted(2), (Counted(3), 4)), 10);
        call();
        assert_eq!(hashed_and_cloned(call), (3, 0));
        assert_eq!(sum::cache_info(), info(1, 1, 8, 1));
    }

    #[test]
    fn a_miss_clones_each_once() {
        #[lru_cache(maxsize = 8)]
        fn by_value(one: Counted, two: Counted) -> u32 {
            one.0 + two.0
        }
        #[lru_cache(maxsize = 8)]
        fn by_reference(one: &Counted, two: &Counted) -> u32 {
            one.0 + two.0
        }
        let miss = || assert_eq!(by_value(Counted(1), Counted(2)), 3);
        assert_eq!(hashed_and_cloned(miss), (2, 2));
        let miss = || assert_eq!(by_reference(&Counted(1), &Counted(2)), 3);
        assert_eq!(hashed_and_cloned(miss), (2, 2));
    }

    impl Counted {
        #[lru_cache(maxsize = 8)]
        fn plus(&self, other: &Counted) -> u32 {
            self.0 + other.0
        }
    }

    #[test]
    fn a_method_hashes_and_clones_its_receiver_as_any_argument() {
        let call = || assert_eq!(Counted(1).plus(&Counted(2)), 3);
        assert_eq!(hashed_and_cloned(call), (2, 2));
        assert_eq!(hashed_and_cloned(call), (2, 0));
    }

    #[test]
    fn what_is_not_stored_is_hashed_no_more_than_that() {
        #[lru_cache(maxsize = 8)]
        fn fails(n: &Counted) -> Result<u32, u32> {
            Err(n.0)
        }
        let (hashed, _) = hashed_and_cloned(|| assert_eq!(fails(&Counted(1)), Err(1)));
        assert_eq!(hashed, 1);
    }

    #[test]
    fn by_every_function_of_the_handle() {
        #[lru_cache(maxsize = 8)]
        fn number(n: &Counted) -> u32 {
            n.0
        }
        let hashed = |run: fn()| hashed_and_cloned(run).0;
        assert_eq!(hashed(|| number::cache_insert(&Counted(1), 1)), 1);
        assert_eq!(hashed(|| number::cache_insert(&Counted(1), 2)), 1, "a replacement");
        assert_eq!(hashed(|| assert_eq!(number::with_status(&Counted(1)).0, 2)), 1);
        assert_eq!(hashed(|| assert_eq!(number::cache_refresh(&Counted(1)), 1)), 1);
        assert_eq!(hashed(|| assert_eq!(number::cache_peek(&Counted(1)), Some(1))), 1);
        assert_eq!(hashed(|| assert!(number::cache_contains(&Counted(1)))), 1);
        assert_eq!(hashed(|| assert!(number::cache_invalidate(&Counted(1)))), 1);
        assert_eq!(hashed(|| assert_eq!(number::uncached(&Counted(1)), 1)), 0);
        assert_eq!(hashed(number::cache_clear), 0);
    }

    #[test]
    fn a_key_expression_is_hashed_once_and_neither_it_nor_an_argument_is_cloned() {
        struct Request(Counted);
        #[lru_cache(maxsize = 8, key = Counted(request.0.0 % 10))]
        fn last_digit(request: &Request) -> u32 {
            request.0.0 % 10
        }
        let (first, second) = (Request(Counted(42)), Request(Counted(52)));
        assert_eq!(hashed_and_cloned(|| assert_eq!(last_digit(&first), 2)), (1, 0));
        assert_eq!(hashed_and_cloned(|| assert_eq!(last_digit(&second), 2)), (1, 0));
        assert_eq!(last_digit::cache_info(), info(1, 1, 8, 1));
    }

    #[test]
    fn growth_never_hashes_again() {
        #[cache]
        fn unbounded(n: Counted) -> u32 {
            n.0
        }
        #[lru_cache(maxsize = 1_000)]
        fn bounded(n: Counted) -> u32 {
            n.0
        }
        let fill = || (0..1_000).for_each(|n| assert_eq!(unbounded(Counted(n)), n));
        assert_eq!(hashed_and_cloned(fill), (1_000, 1_000));
        let fill = || (0..1_000).for_each(|n| assert_eq!(bounded(Counted(n)), n));
        assert_eq!(hashed_and_cloned(fill), (1_000, 1_000));
        assert_eq!(unbounded::cache_info(), info(0, 1_000, None, 1_000));
        assert_eq!(bounded::cache_info(), info(0, 1_000, 1_000, 1_000));
    }

    #[test]
    fn eviction_never_hashes_again() {
        #[lru_cache(maxsize = 10)]
        fn number(n: Counted) -> u32 {
            n.0
        }
        let evict = || (0..1_000).for_each(|n| assert_eq!(number(Counted(n)), n));
        assert_eq!(hashed_and_cloned(evict), (1_000, 1_000));
        assert_eq!(number::cache_info(), info(0, 1_000, 10, 10));
        assert_eq!(hashed_and_cloned(number::cache_clear), (0, 0));
    }
}

#[test]
fn a_hit_clones_the_result_once() {
    #[lru_cache(maxsize = 8)]
    fn whole(n: u32) -> Counted {
        Counted(n)
    }
    #[lru_cache(maxsize = 8)]
    fn fallible(n: u32) -> Result<Counted, u32> {
        if n == 0 { Err(n) } else { Ok(Counted(n)) }
    }
    assert_eq!((whole(1), fallible(1)), (Counted(1), Ok(Counted(1))));
    assert_eq!(hashed_and_cloned(|| assert_eq!(whole(1), Counted(1))), (0, 1));
    assert_eq!(hashed_and_cloned(|| assert_eq!(fallible(1), Ok(Counted(1)))), (0, 1));
}
