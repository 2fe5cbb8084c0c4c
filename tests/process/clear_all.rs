//! `functools::clear_all()` clears every cache used so far (CONTRACT 1).

use functools::{cache, lru_cache};
use functools_test_support::info;

use super::turn;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Number(u32);

impl Number {
    #[lru_cache(maxsize = 8)]
    fn double(&self) -> u32 {
        2 * self.0
    }
}

#[lru_cache(maxsize = 8)]
fn bytes<T>(times: usize) -> usize {
    size_of::<T>() * times
}

#[cache]
fn square(n: u32) -> u32 {
    n * n
}

#[lru_cache(maxsize = 8, scope = "thread")]
fn local(n: u32) -> u32 {
    n
}

#[test]
fn clear_all_removes_entries_and_resets_counters_of_every_cache() {
    let _turn = turn();
    let before = functools::caches().count();
    functools::clear_all();
    for _ in 0..2 {
        assert_eq!((Number(1).double(), square(2), local(3)), (2, 4, 3));
        assert_eq!((bytes::<u8>(4), bytes::<u16>(5)), (4, 10));
    }
    assert_eq!(square::cache_info(), info(1, 1, None, 1));
    assert_eq!(functools::caches().count(), before + 5);

    functools::clear_all();
    assert_eq!(Number::double_cache_info(), info(0, 0, 8, 0));
    assert_eq!(bytes::<u8>::cache_info(), info(0, 0, 8, 0));
    assert_eq!(bytes::<u16>::cache_info(), info(0, 0, 8, 0));
    assert_eq!(square::cache_info(), info(0, 0, None, 0));
    assert_eq!(local::cache_info(), info(0, 0, 8, 0));

    assert_eq!(square(2), 4);
    assert_eq!(square::cache_info(), info(0, 1, None, 1), "it goes on as a new one would");
}
