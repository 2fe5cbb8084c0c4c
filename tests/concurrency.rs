//! Several threads and one cache: which result is kept when computations overlap, what others can
//! do while one runs, and that no count is lost. Threads meet at channels and barriers.

mod common;

use std::hash::{Hash, Hasher};
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, Scope, ScopedJoinHandle};

use common::{PATIENCE, Runs, finishes, info};
use functools::lru_cache;

/// What a body does that is told from outside when to end, and with which result.
struct Body<R> {
    begun: Sender<()>,
    result: Receiver<R>,
}

impl<R> Body<R> {
    fn run(&self) -> R {
        self.begun.send(()).expect("somebody waits for that");
        self.result.recv_timeout(PATIENCE).expect("somebody says so")
    }
}

/// A call in a thread of its own, whose body is running.
struct Running<'scope, R> {
    result: Sender<R>,
    call: ScopedJoinHandle<'scope, R>,
}

impl<'scope, R: Send + 'scope> Running<'scope, R> {
    /// Comes back when the body has begun.
    fn begin(
        scope: &'scope Scope<'scope, '_>,
        call: impl FnOnce(Body<R>) -> R + Send + 'scope,
    ) -> Self {
        let (begun, has_begun) = mpsc::channel();
        let (result, receiver) = mpsc::channel();
        let body = Body { begun, result: receiver };
        let call = scope.spawn(move || call(body));
        has_begun.recv_timeout(PATIENCE).expect("the body runs");
        Running { result, call }
    }

    /// Lets the body end with this result, and says what the caller got.
    fn end_with(self, result: R) -> R {
        self.result.send(result).expect("the body waits");
        self.call.join().expect("no panic")
    }
}

/// Has the hash of every other.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Colliding(u32);

impl Hash for Colliding {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

mod computations_that_overlap {
    use super::*;

    #[test]
    fn each_caller_gets_its_own_result_and_the_first_to_finish_is_kept() {
        #[lru_cache(maxsize = 8, skip(body), single_flight = false)]
        fn f(_: u32, body: &Body<&'static str>) -> &'static str {
            body.run()
        }
        thread::scope(|scope| {
            let first = Running::begin(scope, |body| f(1, &body));
            let second = Running::begin(scope, |body| f(1, &body));
            assert_eq!(f::cache_info(), info(0, 2, 8, 0), "counted before the body runs");
            assert_eq!(second.end_with("second"), "second");
            assert_eq!(f::cache_peek(1), Some("second"));
            assert_eq!(first.end_with("first"), "first");
            assert_eq!(f::cache_peek(1), Some("second"));
            assert_eq!(f::cache_info(), info(0, 2, 8, 1));
        });
    }

    #[test]
    fn one_that_fails_leaves_the_other_to_be_kept() {
        #[lru_cache(maxsize = 8, skip(body), single_flight = false)]
        fn f(_: u32, body: &Body<Result<u32, u32>>) -> Result<u32, u32> {
            body.run()
        }
        thread::scope(|scope| {
            let first = Running::begin(scope, |body| f(1, &body));
            let second = Running::begin(scope, |body| f(1, &body));
            assert_eq!(second.end_with(Err(2)), Err(2));
            assert_eq!(first.end_with(Ok(1)), Ok(1));
            assert_eq!(f::cache_peek(1), Some(Ok(1)));
        });
    }

    #[test]
    fn of_one_hash_are_both_kept() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: &Colliding, body: &Body<u32>) -> u32 {
            body.run()
        }
        thread::scope(|scope| {
            let first = Running::begin(scope, |body| f(&Colliding(1), &body));
            let second = Running::begin(scope, |body| f(&Colliding(2), &body));
            assert_eq!((second.end_with(20), first.end_with(10)), (20, 10));
            assert_eq!(f::cache_peek(&Colliding(1)), Some(10));
            assert_eq!(f::cache_peek(&Colliding(2)), Some(20));
        });
    }

    #[test]
    fn with_clear_are_not_stored() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: &Body<u32>) -> u32 {
            body.run()
        }
        thread::scope(|scope| {
            let one = Running::begin(scope, |body| f(1, &body));
            let two = Running::begin(scope, |body| f(2, &body));
            f::cache_clear();
            assert_eq!((one.end_with(10), two.end_with(20)), (10, 20));
            assert_eq!(f::cache_info(), info(0, 0, 8, 0));
        });
    }

    #[test]
    fn with_clear_by_the_list_of_caches_are_not_stored() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn listed(_: u32, body: &Body<u32>) -> u32 {
            body.run()
        }
        thread::scope(|scope| {
            let running = Running::begin(scope, |body| listed(1, &body));
            functools::caches()
                .filter(|cache| {
                    cache.name().ends_with("by_the_list_of_caches_are_not_stored::listed")
                })
                .for_each(|cache| cache.clear());
            assert_eq!(running.end_with(10), 10);
            assert_eq!(listed::cache_info(), info(0, 0, 8, 0));
        });
    }

    #[test]
    fn with_invalidate_of_their_key_are_not_stored() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: &Body<u32>) -> u32 {
            body.run()
        }
        thread::scope(|scope| {
            let running = Running::begin(scope, |body| f(1, &body));
            assert!(!f::cache_invalidate(1), "there is no entry yet");
            assert_eq!(running.end_with(10), 10);
            assert_eq!(f::cache_info(), info(0, 1, 8, 0));

            let running = Running::begin(scope, |body| f(1, &body));
            assert_eq!(running.end_with(11), 11);
            assert_eq!(f::cache_info(), info(0, 2, 8, 1), "the next one is");
        });
    }

    #[test]
    fn with_invalidate_of_another_key_are_stored() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: &Colliding, body: &Body<u32>) -> u32 {
            body.run()
        }
        f::cache_insert(&Colliding(2), 20);
        thread::scope(|scope| {
            let running = Running::begin(scope, |body| f(&Colliding(1), &body));
            assert!(f::cache_invalidate(&Colliding(2)));
            assert!(!f::cache_invalidate(&Colliding(3)));
            assert_eq!(running.end_with(10), 10);
            assert_eq!(f::cache_peek(&Colliding(1)), Some(10));
        });
    }

    #[test]
    fn that_begin_after_a_clear_or_invalidate_are_stored_and_older_ones_never() {
        #[lru_cache(maxsize = 8, skip(body), single_flight = false)]
        fn f(_: u32, body: &Body<u32>) -> u32 {
            body.run()
        }
        let forget: [fn(); 2] = [f::cache_clear, || assert!(!f::cache_invalidate(1))];
        for forget in forget {
            thread::scope(|scope| {
                let older = Running::begin(scope, |body| f(1, &body));
                forget();
                let newer = Running::begin(scope, |body| f(1, &body));
                assert_eq!(older.end_with(1), 1);
                assert!(!f::cache_contains(1));
                assert_eq!(newer.end_with(2), 2);
                assert_eq!(f::cache_peek(1), Some(2));
            });
            f::cache_clear();
            thread::scope(|scope| {
                let older = Running::begin(scope, |body| f(1, &body));
                forget();
                let newer = Running::begin(scope, |body| f(1, &body));
                assert_eq!(newer.end_with(2), 2);
                assert_eq!(older.end_with(1), 1);
                assert_eq!(f::cache_peek(1), Some(2));
            });
            f::cache_clear();
        }
    }

    #[test]
    fn with_an_insertion_do_not_replace_it() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: &Body<u32>) -> u32 {
            body.run()
        }
        thread::scope(|scope| {
            let older = Running::begin(scope, |body| f(1, &body));
            f::cache_insert(1, 100);
            assert_eq!(older.end_with(10), 10, "its caller gets it");
            assert_eq!(f::cache_peek(1), Some(100));
            assert_eq!(f::cache_info(), info(0, 1, 8, 1));
        });
    }

    #[test]
    fn with_an_insertion_do_not_come_back_when_that_is_evicted() {
        #[lru_cache(maxsize = 1, skip(body))]
        fn f(_: u32, body: &Body<u32>) -> u32 {
            body.run()
        }
        thread::scope(|scope| {
            let older = Running::begin(scope, |body| f(1, &body));
            f::cache_insert(1, 100);
            f::cache_insert(2, 200);
            assert_eq!(older.end_with(10), 10);
            assert_eq!((f::cache_peek(1), f::cache_peek(2)), (None, Some(200)));
        });
    }

    #[test]
    fn with_an_insertion_that_stores_nothing_are_stored() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: &Body<Result<u32, u32>>) -> Result<u32, u32> {
            body.run()
        }
        thread::scope(|scope| {
            let running = Running::begin(scope, |body| f(1, &body));
            f::cache_insert(1, Err(0));
            assert_eq!(running.end_with(Ok(10)), Ok(10));
            assert_eq!(f::cache_peek(1), Some(Ok(10)));
        });
    }

    #[test]
    fn with_a_refresh_do_not_replace_it() {
        #[lru_cache(maxsize = 8, skip(body), single_flight = false)]
        fn f(_: u32, body: &Body<u32>) -> u32 {
            body.run()
        }
        thread::scope(|scope| {
            let call = Running::begin(scope, |body| f(1, &body));
            let refresh = Running::begin(scope, |body| f::cache_refresh(1, &body));
            assert_eq!(refresh.end_with(100), 100);
            assert_eq!(call.end_with(10), 10);
            assert_eq!(f::cache_peek(1), Some(100));
        });
    }

    #[test]
    fn are_replaced_by_a_refresh_that_began_after_them() {
        #[lru_cache(maxsize = 8, skip(body), single_flight = false)]
        fn f(_: u32, body: &Body<u32>) -> u32 {
            body.run()
        }
        thread::scope(|scope| {
            let call = Running::begin(scope, |body| f(1, &body));
            let refresh = Running::begin(scope, |body| f::cache_refresh(1, &body));
            assert_eq!(call.end_with(10), 10);
            assert_eq!(f::cache_peek(1), Some(10));
            assert_eq!(refresh.end_with(100), 100);
            assert_eq!(f::cache_peek(1), Some(100));
        });
    }

    #[test]
    fn a_refresh_does_not_replace_what_is_newer() {
        #[lru_cache(maxsize = 8, skip(body), single_flight = false)]
        fn f(_: u32, body: &Body<u32>) -> u32 {
            body.run()
        }
        thread::scope(|scope| {
            let refresh = Running::begin(scope, |body| f::cache_refresh(1, &body));
            f::cache_insert(1, 100);
            assert_eq!(refresh.end_with(10), 10);
            assert_eq!(f::cache_peek(1), Some(100), "an insertion");

            let older = Running::begin(scope, |body| f::cache_refresh(1, &body));
            let newer = Running::begin(scope, |body| f::cache_refresh(1, &body));
            assert_eq!(newer.end_with(200), 200);
            assert_eq!(older.end_with(20), 20);
            assert_eq!(f::cache_peek(1), Some(200), "another refresh");

            f::cache_clear();
            let refresh = Running::begin(scope, |body| f::cache_refresh(1, &body));
            let call = Running::begin(scope, |body| f(1, &body));
            assert_eq!(call.end_with(300), 300);
            assert_eq!(refresh.end_with(30), 30);
            assert_eq!(f::cache_peek(1), Some(300), "a call");
        });
    }

    #[test]
    fn a_refresh_with_clear_or_invalidate_is_not_stored() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: &Body<u32>) -> u32 {
            body.run()
        }
        thread::scope(|scope| {
            f::cache_insert(1, 100);
            let refresh = Running::begin(scope, |body| f::cache_refresh(1, &body));
            assert!(f::cache_invalidate(1));
            assert_eq!(refresh.end_with(10), 10);
            assert!(!f::cache_contains(1));

            let refresh = Running::begin(scope, |body| f::cache_refresh(1, &body));
            f::cache_clear();
            assert_eq!(refresh.end_with(10), 10);
            assert_eq!(f::cache_info(), info(0, 0, 8, 0));
        });
    }

    #[test]
    fn do_not_make_a_full_cache_larger() {
        #[lru_cache(maxsize = 2, skip(body))]
        fn f(_: u32, body: &Body<u32>) -> u32 {
            body.run()
        }
        thread::scope(|scope| {
            let running = [1, 2, 3, 4].map(|n| Running::begin(scope, move |body| f(n, &body)));
            assert_eq!(f::cache_info(), info(0, 4, 2, 0), "a computation is no entry");
            let sizes = running.map(|running| {
                running.end_with(0);
                f::cache_info().currsize
            });
            assert_eq!(sizes, [1, 2, 2, 2]);
            let kept = [1, 2, 3, 4].map(f::cache_contains);
            assert_eq!(kept, [false, false, true, true], "the last two to be stored");
        });
    }
}

/// While one thread is held up in user code, another has the cache to itself.
mod no_lock_is_held {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// Where this thread is to be held up.
        static STOP: Cell<Option<(&'static str, Body<()>)>> = const { Cell::new(None) };
    }

    fn pass(place: &str) {
        match STOP.take() {
            Some((stop, body)) if stop == place => body.run(),
            other => STOP.set(other),
        }
    }

    #[derive(PartialEq, Eq)]
    struct Key(u32);

    impl Hash for Key {
        fn hash<H: Hasher>(&self, _: &mut H) {
            pass("hash");
        }
    }

    impl Clone for Key {
        fn clone(&self) -> Self {
            pass("clone of the key");
            Key(self.0)
        }
    }

    impl Drop for Key {
        fn drop(&mut self) {
            pass("drop of a key");
        }
    }

    #[derive(Debug, PartialEq, Eq)]
    struct Value(u32);

    impl Clone for Value {
        fn clone(&self) -> Self {
            pass("clone of the result");
            Value(self.0)
        }
    }

    impl Drop for Value {
        fn drop(&mut self) {
            pass("drop of a value");
        }
    }

    #[lru_cache(maxsize = 2, single_flight = false)]
    fn f(key: &Key) -> Value {
        pass("body");
        Value(key.0)
    }

    fn everything_else() {
        assert_eq!(f(&Key(2)), Value(2));
        assert_eq!(f(&Key(4)), Value(4));
        assert_eq!(f(&Key(3)), Value(3));
        assert!(f::cache_contains(&Key(3)));
        f::cache_insert(&Key(4), Value(40));
        assert_eq!(f::cache_peek(&Key(4)), Some(Value(40)));
        assert_eq!(f::cache_refresh(&Key(4)), Value(4));
        assert!(f::cache_invalidate(&Key(4)));
        assert_eq!(f::cache_info().maxsize, Some(2));
        f::cache_clear();
        assert_eq!(f(&Key(5)), Value(5));
    }

    #[test]
    fn while_user_code_runs() {
        let of_a_call = ["hash", "body", "clone of the key", "clone of the result"];
        let of_an_eviction = ["drop of a key", "drop of a value"];
        for place in of_a_call.into_iter().chain(of_an_eviction) {
            f::cache_clear();
            assert_eq!((f(&Key(1)), f(&Key(2))), (Value(1), Value(2)));
            thread::scope(|scope| {
                let held_up = Running::begin(scope, |body| {
                    STOP.set(Some((place, body)));
                    assert_eq!(f(&Key(3)), Value(3));
                });
                finishes(everything_else);
                held_up.end_with(());
            });
            assert!(f::cache_contains(&Key(5)), "{place}");
            assert!(f::cache_info().currsize <= 2, "{place}");
        }
    }

    #[test]
    fn bodies_for_several_keys_run_at_once() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(n: u32, body: &Body<u32>) -> u32 {
            n + body.run()
        }
        thread::scope(|scope| {
            let running = [1, 2, 3, 4].map(|n| Running::begin(scope, move |body| f(n, &body)));
            assert_eq!(running.map(|running| running.end_with(10)), [11, 12, 13, 14]);
        });
        assert_eq!(f::cache_info(), info(0, 4, 8, 4));
    }
}

mod figures {
    use super::*;

    const THREADS: u32 = 4;
    const CALLS: u32 = 5_000;

    /// Numbers below 16, in another order for each seed.
    fn numbers(seed: u32) -> impl Iterator<Item = u32> {
        let next = |n: &u32| Some(n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        std::iter::successors(Some(seed), next).map(|n| n >> 28)
    }

    /// Runs `work` in several threads at once, each with its number, while this one looks on.
    fn watched(work: impl Fn(u32) + Sync, mut look: impl FnMut()) {
        let start = Barrier::new(THREADS as usize + 1);
        thread::scope(|scope| {
            let (work, start) = (&work, &start);
            let workers = [0, 1, 2, 3].map(|thread| {
                scope.spawn(move || {
                    start.wait();
                    work(thread);
                })
            });
            start.wait();
            while workers.iter().any(|worker| !worker.is_finished()) {
                look();
            }
            // By hand, since thread sanitizer does not see how the scope's end comes after theirs.
            workers.into_iter().for_each(|worker| worker.join().expect("no panic"));
        });
    }

    #[test]
    fn every_call_is_counted_and_the_bound_always_holds() {
        #[lru_cache(maxsize = 8)]
        fn tenfold(n: u32) -> u32 {
            10 * n
        }
        let work = |thread| {
            for n in numbers(thread).take(CALLS as usize) {
                assert_eq!(tenfold(n), 10 * n);
            }
        };
        let mut before = tenfold::cache_info();
        watched(work, || {
            let now = tenfold::cache_info();
            assert!(now.currsize <= 8, "{now}");
            assert!(now.currsize as u64 <= now.misses, "each entry was missed once: {now}");
            assert!(now.hits >= before.hits && now.misses >= before.misses, "{before}, {now}");
            assert!(now.hits + now.misses <= u64::from(THREADS * CALLS), "{now}");
            before = now;
        });
        let after = tenfold::cache_info();
        assert_eq!(after.hits + after.misses, u64::from(THREADS * CALLS));
        assert_eq!(after.currsize, 8);
        assert_eq!((0..16).filter(|&n| tenfold::cache_contains(n)).count(), 8);
    }

    #[test]
    fn failures_and_panics_are_counted_too() {
        #[lru_cache(maxsize = 8)]
        fn sometimes(n: u32) -> Result<u32, u32> {
            match n % 4 {
                0 => Err(n),
                1 => std::panic::resume_unwind(Box::new(n)),
                _ => Ok(n),
            }
        }
        let work = |thread| {
            for n in numbers(thread).take(CALLS as usize) {
                match std::panic::catch_unwind(|| sometimes(n)) {
                    Ok(Ok(even_half)) => assert_eq!((even_half, n % 4 > 1), (n, true)),
                    Ok(Err(fourth)) => assert_eq!((fourth, n % 4), (n, 0)),
                    Err(_) => assert_eq!(n % 4, 1),
                }
            }
        };
        watched(work, || assert!(sometimes::cache_info().currsize <= 8));
        let after = sometimes::cache_info();
        assert_eq!(after.hits + after.misses, u64::from(THREADS * CALLS));
        assert_eq!(after.currsize, 8);
    }

    #[test]
    fn the_bound_holds_whatever_is_done_to_the_cache() {
        #[lru_cache(maxsize = 5)]
        fn tenfold(n: u32) -> u32 {
            10 * n
        }
        let work = |thread| {
            for (round, n) in (0..CALLS).zip(numbers(thread)) {
                match round % 8 {
                    0 => tenfold::cache_insert(n, 10 * n),
                    1 => assert_eq!(tenfold::cache_refresh(n), 10 * n),
                    2 => assert!(tenfold::cache_peek(n).is_none_or(|value| value == 10 * n)),
                    3 => _ = tenfold::cache_invalidate(n),
                    4 if n == 0 => tenfold::cache_clear(),
                    _ => assert_eq!(tenfold(n), 10 * n),
                }
            }
        };
        watched(work, || {
            let now = tenfold::cache_info();
            assert!(now.currsize <= 5, "{now}");
        });
        let kept = (0..16).filter(|&n| tenfold::cache_contains(n)).count();
        assert_eq!(kept, tenfold::cache_info().currsize);
        (0..16).for_each(|n| assert_eq!(tenfold(n), 10 * n));
        let kept: Vec<_> = (0..16).filter(|&n| tenfold::cache_contains(n)).collect();
        assert_eq!(kept, [11, 12, 13, 14, 15]);
    }

    #[test]
    fn calls_of_one_key_at_once_leave_one_entry() {
        #[lru_cache(maxsize = 8)]
        fn same(n: u32) -> u32 {
            n
        }
        let together = Barrier::new(THREADS as usize);
        let work = |_| {
            for n in 0..1_000 {
                together.wait();
                assert_eq!(same(n), n);
            }
        };
        watched(work, || assert!(same::cache_info().currsize <= 8));
        let after = same::cache_info();
        assert_eq!(after.hits + after.misses, u64::from(THREADS) * 1_000);
        let kept: Vec<_> = (0..1_000).filter(|&n| same::cache_contains(n)).collect();
        assert_eq!((kept.len(), after.currsize), (8, 8));
    }

    #[test]
    fn every_call_of_a_hundred_threads_is_counted() {
        #[lru_cache(maxsize = 8)]
        fn tenfold(n: u32) -> u32 {
            10 * n
        }
        let together = Barrier::new(100);
        thread::scope(|scope| {
            for thread in 0..100 {
                let together = &together;
                scope.spawn(move || {
                    together.wait();
                    for n in numbers(thread).take(100) {
                        assert_eq!(tenfold(n), 10 * n);
                    }
                    // All of them are alive until the last has called.
                    together.wait();
                });
            }
        });
        let after = tenfold::cache_info();
        assert_eq!((after.hits + after.misses, after.currsize), (10_000, 8));
    }

    /// Calls that do not overlap in time are in one order, whichever threads make them.
    #[test]
    fn calls_one_after_the_other_on_several_threads_keep_their_order() {
        #[lru_cache(maxsize = 3)]
        fn same(n: u32) -> u32 {
            n
        }
        for n in [1, 2, 3, 1, 4, 2, 5] {
            assert_eq!(thread::spawn(move || same(n)).join().expect("no panic"), n);
        }
        let kept = [1, 2, 3, 4, 5].map(same::cache_contains);
        assert_eq!(kept, [false, true, false, true, true]);
        assert_eq!(same::cache_info(), info(1, 6, 3, 3));
    }
}

mod first_use {
    use super::*;

    const THREADS: u32 = 4;

    #[test]
    fn maxsize_is_evaluated_once() {
        static AT_THE_CALL: AtomicU32 = AtomicU32::new(0);
        static EVALUATED: Runs = Runs::new();
        fn size() -> usize {
            // By then all of them are about to ask for it.
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
    fn maxsize_is_evaluated_once_for_each_set_of_types() {
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
    fn two_types_never_share_an_entry() {
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
}
