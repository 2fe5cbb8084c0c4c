//! `single_flight = false`, and `maxsize = 0`: every call computes (CONTRACT 2, 5).

use std::sync::Barrier;
use std::thread;

use functools::lru_cache;
use functools_test_support::{finishes, in_threads, info};

/// Python's own `test_lru_cache_threaded2`.
#[test]
fn simultaneous_calls_all_compute() {
    const N: usize = 5;
    const M: usize = 7;
    static PAUSE: Barrier = Barrier::new(N + 1);
    #[lru_cache(maxsize = M * N, single_flight = false)]
    fn f(x: usize) -> usize {
        PAUSE.wait();
        3 * x
    }
    finishes(|| {
        assert_eq!(f::cache_info(), info(0, 0, M * N, 0));
        let (start, stop) = (Barrier::new(N + 1), Barrier::new(N + 1));
        thread::scope(|scope| {
            for _ in 0..N {
                scope.spawn(|| {
                    for i in 0..M {
                        start.wait();
                        assert_eq!(f(i), 3 * i);
                        stop.wait();
                    }
                });
            }
            for i in 0..M {
                start.wait();
                PAUSE.wait();
                stop.wait();
                assert_eq!(f::cache_info(), info(0, ((i + 1) * N) as u64, M * N, i + 1));
            }
        });
    });
}

#[test]
fn simultaneous_calls_with_maxsize_0_all_compute() {
    static TEN: Barrier = Barrier::new(10);
    #[lru_cache(maxsize = 0)]
    fn f(n: u32) -> u32 {
        TEN.wait();
        n
    }
    finishes(|| assert_eq!(in_threads(10, |_| f(1)), [1; 10]));
    assert_eq!(f::cache_info(), info(0, 10, 0, 0));
}
