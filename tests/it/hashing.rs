//! Each argument is hashed once per call, and a hit clones no argument (CONTRACT 3).

use std::cell::Cell;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};

use functools::{cache, lru_cache};
use functools_test_support::info;

thread_local! {
    static HASHED: Cell<u32> = const { Cell::new(0) };
    static CLONED: Cell<u32> = const { Cell::new(0) };
}

/// An argument that counts hashes and clones of its type.
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

/// Returns how many hashes and how many clones this thread makes in `run`.
fn hashed_and_cloned(run: impl FnOnce()) -> (u32, u32) {
    HASHED.set(0);
    CLONED.set(0);
    run();
    (HASHED.get(), CLONED.get())
}

#[test]
fn hit_hashes_each_argument_once_and_clones_none() {
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
fn miss_hashes_and_clones_each_argument_once() {
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
fn method_hashes_and_clones_its_receiver_once() {
    let call = || assert_eq!(Counted(1).plus(&Counted(2)), 3);
    assert_eq!(hashed_and_cloned(call), (2, 2));
    assert_eq!(hashed_and_cloned(call), (2, 0));
}

#[test]
fn discarded_result_hashes_each_argument_once() {
    #[lru_cache(maxsize = 8)]
    fn fails(n: &Counted) -> Result<u32, u32> {
        Err(n.0)
    }
    let (hashed, _) = hashed_and_cloned(|| assert_eq!(fails(&Counted(1)), Err(1)));
    assert_eq!(hashed, 1);
}

#[test]
fn each_function_of_the_handle_hashes_once() {
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
fn key_expression_is_hashed_once_and_never_cloned() {
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
fn growth_hashes_nothing() {
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
fn eviction_hashes_nothing() {
    #[lru_cache(maxsize = 10)]
    fn number(n: Counted) -> u32 {
        n.0
    }
    let evict = || (0..1_000).for_each(|n| assert_eq!(number(Counted(n)), n));
    assert_eq!(hashed_and_cloned(evict), (1_000, 1_000));
    assert_eq!(number::cache_info(), info(0, 1_000, 10, 10));
    assert_eq!(hashed_and_cloned(number::cache_clear), (0, 0));
}

#[test]
fn hit_clones_the_result_once() {
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
