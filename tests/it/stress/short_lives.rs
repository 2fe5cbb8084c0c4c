//! Threads that come and go while another clears the cache (CONTRACT 5).
//!
//! `FUNCTOOLS_STRESS=<number>` makes it that many times as long. Each thread has its seed.

use std::thread;

use fastrand::Rng;
use functools::lru_cache;
use functools_test_support::{in_threads, info, progresses, stress_factor, watched};

const THREADS: usize = 8;
const KEYS: u32 = 64;
/// The number of threads that follow each other.
const LIVES: u64 = 30;
const CALLS: u64 = 500;

macro_rules! threads_come_and_go_while_another_clears {
    ($maxsize:expr) => {{
        #[lru_cache(maxsize = $maxsize)]
        fn boxed(n: u32) -> Box<u32> {
            Box::new(n)
        }
        let live = |seed| {
            let mut random = Rng::with_seed(seed);
            for _ in 0..CALLS {
                let n = random.u32(..KEYS);
                assert_eq!(*boxed(n), n);
            }
        };
        let lives = LIVES * stress_factor();
        progresses(move |progress| {
            let clear = || {
                let info = boxed::cache_info();
                assert!(info.currsize <= KEYS as usize, "{info}");
                assert!(info.hits + info.misses <= THREADS as u64 * lives * CALLS, "{info}");
                boxed::cache_clear();
            };
            let line = |line| {
                for life in 0..lives {
                    let seed = line * lives + life;
                    thread::spawn(move || live(seed)).join().expect("no panic");
                    progress.send(()).expect("the test waits for progress");
                }
                lives
            };
            watched(clear, || {
                assert_eq!(
                    in_threads(THREADS, |thread| line(thread as u64)).into_iter().sum::<u64>(),
                    THREADS as u64 * lives
                )
            });
            boxed::cache_clear();
            for _ in 0..2 {
                (0..KEYS).for_each(|n| assert_eq!(*boxed(n), n));
            }
            let keys = u64::from(KEYS);
            assert_eq!(boxed::cache_info(), info(keys, keys, $maxsize, KEYS as usize));
        });
    }};
}

#[test]
fn threads_come_and_go_with_a_bound() {
    threads_come_and_go_while_another_clears!(128);
}

#[test]
fn threads_come_and_go_without_a_bound() {
    threads_come_and_go_while_another_clears!(None);
}
