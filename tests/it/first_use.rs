//! The first calls of a function, by several threads at once (CONTRACT 2, 3).

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use functools::lru_cache;
use functools_test_support::{Runs, info};

const THREADS: u32 = 4;

#[test]
fn maxsize_is_evaluated_once() {
    static AT_THE_CALL: AtomicU32 = AtomicU32::new(0);
    static EVALUATED: Runs = Runs::new();
    fn size() -> usize {
        // By then all threads are about to evaluate it.
        while AT_THE_CALL.load(Ordering::SeqCst) < THREADS {
            thread::yield_now();
        }
        8 + EVALUATED.next() as usize
    }
    #[lru_cache(maxsize = size())]
    fn same(n: u32) -> u32 {
        n
    }
    thread::scope(|scope| {
        for n in 0..THREADS {
            scope.spawn(move || {
                AT_THE_CALL.fetch_add(1, Ordering::SeqCst);
                assert_eq!(same(n), n);
            });
        }
    });
    assert_eq!(same::cache_info(), info(0, u64::from(THREADS), 9, THREADS as usize));
    assert_eq!(EVALUATED.count(), 1);
}

#[test]
fn maxsize_is_evaluated_once_per_type() {
    static EVALUATED: Runs = Runs::new();
    #[lru_cache(maxsize = { EVALUATED.next(); N })]
    fn plus<T, const N: usize>(n: usize) -> usize {
        size_of::<T>() + N + n
    }
    let together = Barrier::new(THREADS as usize);
    thread::scope(|scope| {
        for n in [0, 1, 2, 3] {
            let together = &together;
            scope.spawn(move || {
                together.wait();
                assert_eq!((plus::<u8, 4>(n), plus::<u8, 5>(n)), (5 + n, 6 + n));
                assert_eq!(plus::<u16, 4>(n), 6 + n);
            });
        }
    });
    assert_eq!(EVALUATED.count(), 3);
    assert_eq!(plus::<u8, 4>::cache_info(), info(0, 4, 4, 4));
    assert_eq!(plus::<u8, 5>::cache_info(), info(0, 4, 5, 4));
    assert_eq!(plus::<u16, 4>::cache_info(), info(0, 4, 4, 4));
}

#[test]
fn types_never_share_an_entry() {
    #[lru_cache(maxsize = None)]
    fn name<T>(n: u32) -> String {
        format!("{} {n}", std::any::type_name::<T>())
    }
    fn check<T>() {
        for n in 0..100 {
            assert_eq!(name::<T>(n), format!("{} {n}", std::any::type_name::<T>()));
        }
    }
    let checks: [fn(); 4] = [check::<u8>, check::<u16>, check::<&str>, check::<Option<()>>];
    let together = Barrier::new(checks.len());
    thread::scope(|scope| {
        for first in 0..checks.len() {
            let together = &together;
            scope.spawn(move || {
                together.wait();
                checks.iter().cycle().skip(first).take(checks.len()).for_each(|check| check());
            });
        }
    });
    let all = [
        name::<u8>::cache_info(),
        name::<u16>::cache_info(),
        name::<&str>::cache_info(),
        name::<Option<()>>::cache_info(),
    ];
    for info in all {
        assert_eq!((info.hits + info.misses, info.currsize), (400, 100));
    }
}
