//! `stale` and `stale_on_error`: results past their ttl that still serve, by a clock that the tests set. No test
//! sleeps.

mod common;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::panic::{self, AssertUnwindSafe};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, Weak};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use common::{
    NANOSECOND, PATIENCE, Runs, SECOND, advance, at_once, clock, finishes, info, poll, step_aside,
};
use fastrand::Rng;
use functools::{CacheStatus, cache, lru_cache};
use futures_util::future::{BoxFuture, LocalBoxFuture};
use tokio::sync::{Semaphore, oneshot};

/// Ends when somebody has added a permit, and keeps that.
async fn pass(gate: &Semaphore) {
    gate.acquire().await.expect("never closed").forget();
}

/// What a body does that is told from outside when to end, and with which result.
struct Body<R> {
    begun: Sender<()>,
    result: Mutex<Receiver<R>>,
}

impl<R> Body<R> {
    fn new() -> (Self, Receiver<()>, Sender<R>) {
        let (begun, has_begun) = mpsc::channel();
        let (sender, receiver) = mpsc::channel();
        (Body { begun, result: Mutex::new(receiver) }, has_begun, sender)
    }

    fn run(&self) -> R {
        self.begun.send(()).expect("somebody waits for that");
        let result = self.result.lock().expect("no panic");
        result.recv_timeout(PATIENCE).expect("somebody says so")
    }
}

mod while_another_computes {
    use super::*;

    #[test]
    fn what_has_expired_is_kept_in_reserve_and_not_seen() {
        #[lru_cache(ttl = "10s", stale = "30s")]
        fn shared(n: u64) -> Arc<u64> {
            Arc::new(n)
        }
        #[lru_cache(ttl = "10s", stale_on_error = "30s")]
        fn fallible(n: u64) -> Result<Arc<u64>, ()> {
            Ok(Arc::new(n))
        }
        let _clock = clock();
        let kept: [Weak<u64>; 2] =
            [Arc::downgrade(&shared(1)), Arc::downgrade(&fallible(1).expect("no error"))];
        let is_kept = || kept.each_ref().map(|kept| kept.strong_count() > 0);
        advance(10 * SECOND - NANOSECOND);
        assert_eq!(shared::with_status(1).1, CacheStatus::Hit);
        assert_eq!(fallible::with_status(1).1, CacheStatus::Hit);
        for by in [NANOSECOND, 30 * SECOND - NANOSECOND] {
            advance(by);
            assert!(!shared::cache_contains(1) && !fallible::cache_contains(1));
            assert!(shared::cache_peek(1).is_none() && fallible::cache_peek(1).is_none());
            assert_eq!(shared::cache_info(), info(1, 1, 128, 0));
            assert_eq!(fallible::cache_info(), info(1, 1, 128, 0));
            assert_eq!(is_kept(), [true, true]);
        }
        advance(NANOSECOND);
        assert_eq!(shared::cache_info(), info(1, 1, 128, 0));
        assert_eq!(fallible::cache_info(), info(1, 1, 128, 0));
        assert_eq!(is_kept(), [false, false]);
    }

    #[test]
    fn invalidation_and_clear_drop_what_is_in_reserve() {
        #[lru_cache(ttl = "10s", stale = "30s", stale_on_error = "30s")]
        fn fallible(n: u64) -> Result<Arc<u64>, ()> {
            Ok(Arc::new(n))
        }
        let _clock = clock();
        let kept = [1, 2].map(|n| Arc::downgrade(&fallible(n).expect("no error")));
        let is_kept = || kept.each_ref().map(|kept| kept.strong_count() > 0);
        advance(10 * SECOND);
        assert_eq!(is_kept(), [true, true]);
        assert!(!fallible::cache_invalidate(1), "there is none to be seen");
        assert_eq!(is_kept(), [false, true]);
        fallible::cache_clear();
        assert_eq!(is_kept(), [false, false]);
    }

    #[test]
    fn tasks_get_the_old_value_at_once_until_its_time_is_over() {
        #[lru_cache(ttl = "10s", stale = "30s", skip(gate))]
        async fn f(_: u32, gate: &Semaphore) -> u32 {
            pass(gate).await;
            RUNS.next()
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        let gate = Semaphore::new(1);
        assert_eq!(at_once(f(1, &gate)), 1);
        advance(10 * SECOND - NANOSECOND);
        assert_eq!(at_once(f::with_status(1, &gate)), (1, CacheStatus::Hit));
        advance(NANOSECOND);
        let mut leader = Box::pin(f::with_status(1, &gate));
        assert!(poll(leader.as_mut()).is_pending(), "nobody else computes it");
        let allocated = allocation_counter::measure(|| {
            for _ in 0..9 {
                assert_eq!(at_once(f::with_status(1, &gate)), (1, CacheStatus::Stale));
            }
        });
        assert_eq!(allocated.count_total, 0);
        thread::scope(|scope| {
            scope.spawn(|| assert_eq!(at_once(f(1, &gate)), 1)).join().expect("no panic");
        });
        assert_eq!(f::cache_info(), info(11, 2, 128, 0));
        assert!(!f::cache_contains(1), "it is not to be seen all the same");
        advance(30 * SECOND - NANOSECOND);
        assert_eq!(at_once(f::with_status(1, &gate)), (1, CacheStatus::Stale));
        advance(NANOSECOND);
        let mut late = Box::pin(f::with_status(1, &gate));
        assert!(poll(late.as_mut()).is_pending(), "it waits");
        gate.add_permits(1);
        assert_eq!(poll(leader.as_mut()), Poll::Ready((2, CacheStatus::Miss)));
        assert_eq!(poll(late.as_mut()), Poll::Ready((2, CacheStatus::Joined)));
        assert_eq!(at_once(f::with_status(1, &gate)), (2, CacheStatus::Hit));
        assert_eq!(f::cache_info(), info(14, 2, 128, 1));
    }

    #[test]
    fn threads_do_too() {
        #[lru_cache(ttl = "10s", stale = "30s", skip(body))]
        fn f(n: u32, body: Option<&Body<u32>>) -> u32 {
            body.map_or(n, Body::run)
        }
        let _clock = clock();
        assert_eq!(f(1, None), 1);
        advance(40 * SECOND - NANOSECOND);
        let (body, has_begun, result) = Body::new();
        thread::scope(|scope| {
            let leader = scope.spawn(move || f::with_status(1, Some(&body)));
            has_begun.recv_timeout(PATIENCE).expect("the body runs");
            let others: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..100).map(|_| f::with_status(1, None)).collect()))
                .collect();
            for other in others {
                let answers: Vec<_> = other.join().expect("no panic");
                assert!(answers.iter().all(|answer| *answer == (1, CacheStatus::Stale)));
            }
            advance(NANOSECOND);
            let late = scope.spawn(|| f::with_status(1, None));
            while f::cache_info().hits < 401 {
                thread::yield_now();
            }
            result.send(2).expect("the body waits");
            assert_eq!(leader.join().expect("no panic"), (2, CacheStatus::Miss));
            assert_eq!(late.join().expect("no panic"), (2, CacheStatus::Joined));
        });
        assert_eq!(f::cache_info(), info(401, 2, 128, 1));
    }

    #[test]
    fn there_must_be_another() {
        #[lru_cache(ttl = "10s", stale = "30s")]
        fn f(_n: u32) -> u32 {
            RUNS.next()
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        for (after, run) in [(10, 2), (39, 3), (40, 4), (100, 5)] {
            f(1);
            advance(after * SECOND);
            assert_eq!(f::with_status(1), (run, CacheStatus::Miss));
        }
        assert_eq!(f::cache_info(), info(3, 5, 128, 1));
    }

    #[test]
    fn one_that_comes_to_nothing_leaves_it() {
        #[lru_cache(ttl = "10s", stale = "30s", skip(gate, fails))]
        async fn f(n: u32, gate: &Semaphore, fails: bool) -> Result<u32, String> {
            pass(gate).await;
            if fails { Err("as told".to_owned()) } else { Ok(n + RUNS.next()) }
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        let gate = Semaphore::new(1);
        let old =
            || assert_eq!(at_once(f::with_status(10, &gate, false)), (Ok(11), CacheStatus::Stale));
        let begin = |fails| {
            let mut leader = Box::pin(f::with_status(10, &gate, fails));
            assert!(poll(leader.as_mut()).is_pending());
            old();
            leader
        };
        assert_eq!(at_once(f(10, &gate, false)), Ok(11));
        advance(10 * SECOND);
        // An error reaches who computed; `stale` is not about errors.
        let mut fails = begin(true);
        gate.add_permits(1);
        let error = Err("as told".to_owned());
        assert_eq!(poll(fails.as_mut()), Poll::Ready((error, CacheStatus::Miss)));
        // Dropped in the middle.
        drop(begin(false));
        let mut works = begin(false);
        gate.add_permits(1);
        assert_eq!(poll(works.as_mut()), Poll::Ready((Ok(12), CacheStatus::Miss)));
        assert_eq!(at_once(f::with_status(10, &gate, false)), (Ok(12), CacheStatus::Hit));
    }

    #[test]
    fn one_that_panics_leaves_it() {
        #[lru_cache(ttl = "10s", stale = "30s", skip(body))]
        fn f(n: u32, body: Option<&Body<bool>>) -> u32 {
            if body.is_some_and(Body::run) {
                panic::resume_unwind(Box::new("as told"));
            }
            n
        }
        let _clock = clock();
        assert_eq!(f(1, None), 1);
        advance(10 * SECOND);
        let (body, has_begun, result) = Body::new();
        thread::scope(|scope| {
            for panics in [true, true, false] {
                let leader = scope.spawn(|| f::with_status(1, Some(&body)));
                has_begun.recv_timeout(PATIENCE).expect("the body runs");
                assert_eq!(f::with_status(1, None), (1, CacheStatus::Stale));
                result.send(panics).expect("the body waits");
                assert_eq!(leader.join().is_err(), panics);
            }
        });
        assert_eq!(f::with_status(1, None), (1, CacheStatus::Hit));
        assert_eq!(f::cache_info(), info(4, 4, 128, 1));
    }

    #[test]
    fn the_body_itself_may_ask_for_it() {
        #[lru_cache(ttl = "10s", stale = "30s")]
        fn f(n: u32) -> u32 {
            if RUNS.next() == 1 { n } else { 2 * f(n) }
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        assert_eq!(f(1), 1);
        advance(10 * SECOND);
        assert_eq!(f::with_status(1), (2, CacheStatus::Miss));
        assert_eq!(f::with_status(1), (2, CacheStatus::Hit));
        assert_eq!(f::cache_info(), info(2, 2, 128, 1));
    }

    #[test]
    fn a_refresh_is_one_that_computes() {
        #[lru_cache(ttl = "10s", stale = "30s", skip(gate))]
        async fn f(_: u32, gate: &Semaphore) -> u32 {
            pass(gate).await;
            RUNS.next()
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        let gate = Semaphore::new(1);
        at_once(f(1, &gate));
        let mut refresh = Box::pin(f::cache_refresh(1, &gate));
        assert!(poll(refresh.as_mut()).is_pending());
        assert_eq!(at_once(f::with_status(1, &gate)), (1, CacheStatus::Hit));
        advance(10 * SECOND);
        assert_eq!(at_once(f::with_status(1, &gate)), (1, CacheStatus::Stale));
        gate.add_permits(1);
        assert_eq!(poll(refresh.as_mut()), Poll::Ready(2));
        assert_eq!(at_once(f::with_status(1, &gate)), (2, CacheStatus::Hit));
    }

    #[test]
    fn invalidated_it_serves_nobody() {
        #[lru_cache(ttl = "10s", stale = "30s", skip(gate))]
        async fn f(_: u32, gate: &Semaphore) -> u32 {
            pass(gate).await;
            RUNS.next()
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        let gate = Semaphore::new(1);
        at_once(f(1, &gate));
        for forget in [|| _ = f::cache_invalidate(1), f::cache_clear] {
            advance(10 * SECOND);
            let mut leader = Box::pin(f(1, &gate));
            assert!(poll(leader.as_mut()).is_pending());
            assert_eq!(at_once(f::with_status(1, &gate)).1, CacheStatus::Stale);
            forget();
            // A computation that began before does not count any more, either.
            let mut other = Box::pin(f::with_status(1, &gate));
            assert!(poll(other.as_mut()).is_pending());
            gate.add_permits(2);
            assert!(poll(leader.as_mut()).is_ready());
            assert!(!f::cache_contains(1));
            let Poll::Ready((run, status)) = poll(other.as_mut()) else { panic!("it waits") };
            assert_eq!(status, CacheStatus::Miss);
            assert_eq!(f::cache_peek(1), Some(run));
        }
    }

    #[test]
    fn an_inserted_one_takes_its_place() {
        #[lru_cache(ttl = "10s", stale = "30s", skip(gate))]
        async fn f(_: u32, gate: &Semaphore) -> u32 {
            pass(gate).await;
            RUNS.next()
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        let gate = Semaphore::new(1);
        at_once(f(1, &gate));
        advance(10 * SECOND);
        let mut leader = Box::pin(f(1, &gate));
        assert!(poll(leader.as_mut()).is_pending());
        f::cache_insert(1, 70);
        assert_eq!(at_once(f::with_status(1, &gate)), (70, CacheStatus::Hit));
        gate.add_permits(1);
        assert_eq!(poll(leader.as_mut()), Poll::Ready(2));
        assert_eq!(at_once(f::with_status(1, &gate)), (70, CacheStatus::Hit));
    }

    #[test]
    fn without_single_flight_too() {
        #[lru_cache(ttl = "10s", stale = "30s", single_flight = false, skip(gate))]
        async fn f(_: u32, gate: &Semaphore) -> u32 {
            pass(gate).await;
            RUNS.next()
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        let gate = Semaphore::new(1);
        at_once(f(1, &gate));
        advance(10 * SECOND);
        let mut leader = Box::pin(f(1, &gate));
        assert!(poll(leader.as_mut()).is_pending());
        assert_eq!(at_once(f::with_status(1, &gate)), (1, CacheStatus::Stale));
        gate.add_permits(1);
        assert_eq!(poll(leader.as_mut()), Poll::Ready(2));
        assert_eq!(at_once(f::with_status(1, &gate)), (2, CacheStatus::Hit));
    }

    #[test]
    fn each_for_so_long_after_its_own_jitter() {
        const STEP: Duration = Duration::from_millis(100);
        #[cache(ttl = "10s", ttl_jitter = "10s", stale = "5s", skip(gate))]
        async fn f(n: usize, gate: &Semaphore) -> usize {
            pass(gate).await;
            n
        }
        let _clock = clock();
        let (open, shut) = (Semaphore::new(20), Semaphore::new(0));
        (0..20).for_each(|n| _ = at_once(f(n, &open)));
        let mut leaders = Vec::new();
        let (mut expired, mut gone) = ([None; 20], [None; 20]);
        for step in 0..300 {
            for n in 0..20 {
                if f::cache_contains(n) {
                    assert_eq!(at_once(f::with_status(n, &shut)).1, CacheStatus::Hit);
                    continue;
                }
                let mut call = Box::pin(f::with_status(n, &shut));
                match poll(call.as_mut()) {
                    Poll::Ready(answer) => {
                        assert_eq!(answer, (n, CacheStatus::Stale));
                        assert!(gone[n].is_none(), "there is none again");
                    }
                    Poll::Pending if expired[n].is_none() => {
                        expired[n] = Some(step);
                        leaders.push(call);
                    }
                    Poll::Pending => _ = gone[n].get_or_insert(step),
                }
            }
            advance(STEP);
        }
        for (expired, gone) in expired.into_iter().zip(gone) {
            let (expired, gone) = (expired.expect("expired"), gone.expect("gone"));
            assert!((100..=200).contains(&expired), "{expired}");
            assert_eq!(gone - expired, 50);
        }
    }
}

mod in_place_of_an_error {
    use super::*;

    #[test]
    fn until_its_time_is_over_when_the_computation_ends() {
        #[lru_cache(ttl = "10s", stale_on_error = "5m", skip(takes, fails))]
        fn f(_: u32, takes: Duration, fails: bool) -> Result<u32, Box<dyn std::error::Error>> {
            let run = RUNS.next();
            advance(takes);
            if fails { Err(format!("run {run}").into()) } else { Ok(run) }
        }
        static RUNS: Runs = Runs::new();
        const NONE: Duration = Duration::ZERO;
        let fails = |takes| {
            let (result, status) = f::with_status(1, takes, true);
            (result.map_err(|error| error.to_string()), status)
        };
        let _clock = clock();
        assert_eq!(f(1, NONE, false).expect("no error"), 1);
        advance(10 * SECOND);
        assert_eq!(fails(NONE), (Ok(1), CacheStatus::Stale));
        assert_eq!(f(1, NONE, true).expect("no error"), 1);
        assert_eq!(f::cache_info(), info(0, 3, 128, 0));
        // It began in time, and ends just in time.
        assert_eq!(fails(300 * SECOND - NANOSECOND), (Ok(1), CacheStatus::Stale));
        assert_eq!(fails(NONE), (Ok(1), CacheStatus::Stale));
        // It began in time, and ends a moment too late.
        assert_eq!(fails(NANOSECOND), (Err("run 6".to_owned()), CacheStatus::Miss));
        assert_eq!(fails(NONE), (Err("run 7".to_owned()), CacheStatus::Miss));
        // The source is there again.
        assert_eq!(f(1, NONE, false).expect("no error"), 8);
        assert_eq!(f::with_status(1, NONE, true).1, CacheStatus::Hit);
        assert_eq!(f::cache_info(), info(1, 8, 128, 1));
    }

    #[test]
    fn when_the_source_recovers_the_new_value_is_stored() {
        #[lru_cache(ttl = "10s", stale_on_error = "5m", skip(fails))]
        async fn f(_: u32, fails: bool) -> Result<u32, u32> {
            let run = RUNS.next();
            if fails { Err(run) } else { Ok(run) }
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        assert_eq!(at_once(f(1, false)), Ok(1));
        advance(10 * SECOND);
        assert_eq!(at_once(f::with_status(1, true)), (Ok(1), CacheStatus::Stale));
        assert_eq!(at_once(f::with_status(1, false)), (Ok(3), CacheStatus::Miss));
        assert_eq!(at_once(f::with_status(1, true)), (Ok(3), CacheStatus::Hit));
        advance(10 * SECOND);
        assert_eq!(at_once(f::with_status(1, true)), (Ok(3), CacheStatus::Stale));
        // What is served anew does not live on.
        advance(300 * SECOND - NANOSECOND);
        assert_eq!(at_once(f::with_status(1, true)), (Ok(3), CacheStatus::Stale));
        advance(NANOSECOND);
        assert_eq!(at_once(f::with_status(1, true)), (Err(6), CacheStatus::Miss));
        assert_eq!(f::cache_info(), info(1, 6, 128, 0));
    }

    #[test]
    fn there_must_be_one() {
        #[lru_cache(ttl = "10s", stale_on_error = "5m")]
        fn f(n: u32) -> Result<u32, u32> {
            Err(n)
        }
        let _clock = clock();
        assert_eq!(f::with_status(1), (Err(1), CacheStatus::Miss));
        f::cache_insert(2, Ok(20));
        advance(10 * SECOND);
        assert_eq!(f::with_status(1), (Err(1), CacheStatus::Miss), "another's is none");
        assert_eq!(f::with_status(2), (Ok(20), CacheStatus::Stale));
    }

    #[test]
    fn a_panic_unwinds() {
        #[lru_cache(ttl = "10s", stale_on_error = "5m", skip(panics))]
        fn f(n: u32, panics: bool) -> Result<u32, u32> {
            if panics {
                panic::resume_unwind(Box::new("as told"));
            }
            if RUNS.next() == 1 { Ok(n) } else { Err(n) }
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        assert_eq!(f(1, false), Ok(1));
        advance(10 * SECOND);
        panic::catch_unwind(|| f(1, true)).expect_err("it panics");
        assert_eq!(f::with_status(1, false), (Ok(1), CacheStatus::Stale));
        assert_eq!(f::cache_info(), info(0, 3, 128, 0));
    }

    /// What the error is must not matter: this one cannot be shared.
    #[test]
    fn ten_threads_ask_a_failing_source_once() {
        #[lru_cache(ttl = "10s", stale_on_error = "5m", skip(body))]
        fn f(n: u32, body: Option<&Body<()>>) -> Result<u32, Box<dyn std::error::Error>> {
            let Some(body) = body else { return Ok(n) };
            RUNS.next();
            body.run();
            Err("as told".into())
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        f(1, None).expect("no error");
        advance(10 * SECOND);
        let (body, has_begun, result) = Body::new();
        let body = &body;
        thread::scope(|scope| {
            let callers: [_; 10] = std::array::from_fn(|_| {
                scope.spawn(move || {
                    let (result, status) = f::with_status(1, Some(body));
                    (result.map_err(|error| error.to_string()), status)
                })
            });
            has_begun.recv_timeout(PATIENCE).expect("the body runs");
            while f::cache_info().hits < 9 {
                thread::yield_now();
            }
            result.send(()).expect("the body waits");
            for caller in callers {
                assert_eq!(caller.join().expect("no panic"), (Ok(1), CacheStatus::Stale));
            }
        });
        assert_eq!(RUNS.count(), 1);
        assert_eq!(f::cache_info(), info(9, 2, 128, 0));
    }

    #[test]
    fn ten_tasks_too_and_too_late_they_get_the_error() {
        #[lru_cache(ttl = "10s", stale_on_error = "5m", skip(gate))]
        async fn f(_: u32, gate: &Semaphore) -> Result<u32, u32> {
            let run = RUNS.next();
            pass(gate).await;
            if run == 1 { Ok(run) } else { Err(run) }
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        let gate = Semaphore::new(1);
        assert_eq!(at_once(f(1, &gate)), Ok(1));
        advance(10 * SECOND);
        for (after, expected) in [
            (300 * SECOND - NANOSECOND, [(Ok(1), CacheStatus::Stale); 2]),
            (NANOSECOND, [(Err(3), CacheStatus::Miss), (Err(3), CacheStatus::Joined)]),
        ] {
            let mut calls: [_; 10] = std::array::from_fn(|_| Box::pin(f::with_status(1, &gate)));
            assert!(calls.iter_mut().all(|call| poll(call.as_mut()).is_pending()));
            advance(after);
            gate.add_permits(1);
            for (n, call) in calls.iter_mut().enumerate() {
                assert_eq!(poll(call.as_mut()), Poll::Ready(expected[n.min(1)]));
            }
        }
        assert_eq!(RUNS.count(), 3);
        assert_eq!(f::cache_info(), info(18, 3, 128, 0));
    }

    #[test]
    fn not_if_it_was_dropped_meanwhile() {
        #[lru_cache(ttl = "10s", stale_on_error = "5m", skip(meanwhile))]
        fn f(_: u32, meanwhile: Option<fn()>) -> Result<u32, u32> {
            let run = RUNS.next();
            let Some(meanwhile) = meanwhile else { return Ok(run) };
            meanwhile();
            Err(run)
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        for (n, forget) in [|| _ = f::cache_invalidate(1), f::cache_clear].into_iter().enumerate() {
            let run = RUNS.count() + 1;
            assert_eq!(f(1, None), Ok(run));
            advance(10 * SECOND);
            assert_eq!(f::with_status(1, Some(|| ())), (Ok(run), CacheStatus::Stale));
            let error = (Err(run + 2), CacheStatus::Miss);
            assert_eq!(f::with_status(1, Some(forget)), error, "{n}");
            assert_eq!(f::with_status(1, Some(|| ())), (Err(run + 3), CacheStatus::Miss));
        }
    }

    #[test]
    fn a_refresh_returns_the_error_and_leaves_the_entry() {
        #[lru_cache(ttl = "10s", stale_on_error = "5m", skip(fails))]
        fn f(_: u32, fails: bool) -> Result<u32, u32> {
            let run = RUNS.next();
            if fails { Err(run) } else { Ok(run) }
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        assert_eq!(f(1, false), Ok(1));
        assert_eq!(f::cache_refresh(1, true), Err(2));
        assert_eq!(f::with_status(1, true), (Ok(1), CacheStatus::Hit));
        advance(10 * SECOND);
        assert_eq!(f::cache_refresh(1, true), Err(3));
        assert_eq!(f::with_status(1, true), (Ok(1), CacheStatus::Stale));
        assert_eq!(f::uncached(1, true), Err(5));
        f::cache_insert(1, Err(70));
        assert_eq!(f::with_status(1, true), (Ok(1), CacheStatus::Stale));
        assert_eq!(f::cache_refresh(1, false), Ok(7));
        assert_eq!(f::with_status(1, true), (Ok(7), CacheStatus::Hit));
    }

    /// They asked for the value, not for a new one.
    #[test]
    fn calls_that_wait_for_a_refresh_get_the_old_value() {
        #[lru_cache(ttl = "10s", stale_on_error = "5m", skip(gate))]
        async fn f(_: u32, gate: &Semaphore) -> Result<u32, u32> {
            let run = RUNS.next();
            pass(gate).await;
            if run == 1 { Ok(run) } else { Err(run) }
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        let gate = Semaphore::new(1);
        assert_eq!(at_once(f(1, &gate)), Ok(1));
        advance(10 * SECOND);
        let mut refresh = Box::pin(f::cache_refresh(1, &gate));
        assert!(poll(refresh.as_mut()).is_pending());
        let mut call = Box::pin(f::with_status(1, &gate));
        assert!(poll(call.as_mut()).is_pending());
        gate.add_permits(1);
        assert_eq!(poll(refresh.as_mut()), Poll::Ready(Err(2)));
        assert_eq!(poll(call.as_mut()), Poll::Ready((Ok(1), CacheStatus::Stale)));
        assert_eq!(RUNS.count(), 2);
    }

    #[test]
    fn what_is_left_out_for_another_reason_is_an_answer_and_ends_the_old_one() {
        #[lru_cache(ttl = "10s", stale_on_error = "5m", cache_none = false, cache_if = |r| *r != Ok(Some(0)), skip(result))]
        fn f(_: u32, result: Result<Option<u32>, u32>) -> Result<Option<u32>, u32> {
            result
        }
        let _clock = clock();
        for result in [Ok(None), Ok(Some(0))] {
            assert_eq!(f(1, Ok(Some(5))), Ok(Some(5)));
            advance(10 * SECOND);
            assert_eq!(f::with_status(1, Err(1)), (Ok(Some(5)), CacheStatus::Stale));
            assert_eq!(f::with_status(1, result), (result, CacheStatus::Miss));
            assert_eq!(f::with_status(1, Err(1)), (Err(1), CacheStatus::Miss));
            assert_eq!(f(1, Ok(Some(5))), Ok(Some(5)));
            advance(10 * SECOND);
            assert_eq!(f::cache_refresh(1, result), result);
            assert_eq!(f::with_status(1, Err(1)), (Err(1), CacheStatus::Miss));
        }
    }

    #[test]
    fn what_is_left_out_does_not_end_one_that_is_fresh() {
        #[lru_cache(ttl = "10s", stale_on_error = "5m", cache_none = false, skip(result))]
        fn f(_: u32, result: Result<Option<u32>, u32>) -> Result<Option<u32>, u32> {
            result
        }
        let _clock = clock();
        assert_eq!(f(1, Ok(Some(5))), Ok(Some(5)));
        assert_eq!(f::cache_refresh(1, Ok(None)), Ok(None));
        f::cache_insert(1, Ok(None));
        assert_eq!(f::with_status(1, Err(1)), (Ok(Some(5)), CacheStatus::Hit));
        advance(10 * SECOND);
        f::cache_insert(1, Ok(None));
        assert_eq!(f::with_status(1, Err(1)), (Ok(Some(5)), CacheStatus::Stale));
    }

    #[test]
    fn found_by_the_type_in_every_kind_of_function() {
        type Fallible<T> = Result<T, String>;
        fn source<T>(value: T) -> Fallible<T> {
            if FAILS.load(Relaxed) == 0 { Ok(value) } else { Err("as told".to_owned()) }
        }
        static FAILS: AtomicU64 = AtomicU64::new(0);
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        struct Three;
        trait Times {
            fn times(&self, n: u32) -> Fallible<u32>;
            async fn later(&self, n: u32) -> Fallible<u32>;
        }
        impl Times for Three {
            #[lru_cache(ttl = "10s", stale_on_error = "5m")]
            fn times(&self, n: u32) -> Fallible<u32> {
                source(3 * n)
            }
            #[lru_cache(ttl = "10s", stale_on_error = "5m")]
            async fn later(&self, n: u32) -> Fallible<u32> {
                step_aside().await;
                source(3 * n)
            }
        }
        impl Three {
            #[lru_cache(ttl = "10s", stale_on_error = "5m")]
            fn plus(&self, n: u32) -> Fallible<u32> {
                source(3 + n)
            }
        }
        #[lru_cache(ttl = "10s", stale_on_error = "5m")]
        fn generic<T: Debug + Clone + Eq + Hash + Send + Sync + 'static>(t: &T) -> Fallible<T> {
            source(t.clone())
        }
        #[lru_cache(ttl = "10s", stale_on_error = "5m", scope = "thread")]
        fn local(text: &str) -> Fallible<Rc<str>> {
            source(text.into())
        }
        #[lru_cache(ttl = "10s", stale_on_error = "5m", handle = _)]
        fn alone(text: &str) -> std::io::Result<usize> {
            source(text.len()).map_err(std::io::Error::other)
        }
        let call = || {
            assert_eq!(Three.times(2), Ok(6));
            assert_eq!(common::block_on(Three.later(2)), Ok(6));
            assert_eq!(Three.plus(2), Ok(5));
            assert_eq!(generic(&"x"), Ok("x"));
            assert_eq!(local("text"), Ok("text".into()));
            assert_eq!(alone("text").expect("no error"), 4);
        };
        let _clock = clock();
        call();
        advance(10 * SECOND);
        FAILS.store(1, Relaxed);
        call();
        advance(300 * SECOND - NANOSECOND);
        call();
        advance(NANOSECOND);
        Three.times(2).expect_err("as told");
        common::block_on(Three.later(2)).expect_err("as told");
        Three.plus(2).expect_err("as told");
        generic(&"x").expect_err("as told");
        local("text").expect_err("as told");
        alone("text").expect_err("as told");
    }
}

mod both {
    use super::*;

    #[test]
    fn each_for_its_own_time() {
        #[lru_cache(ttl = "10s", stale = "5s", stale_on_error = "20s", skip(gate))]
        async fn long_on_error(_: u32, gate: &Semaphore) -> Result<u32, u32> {
            pass(gate).await;
            RUNS.result()
        }
        #[lru_cache(ttl = "10s", stale = "20s", stale_on_error = "5s", skip(gate))]
        async fn short_on_error(_: u32, gate: &Semaphore) -> Result<u32, u32> {
            pass(gate).await;
            RUNS.result()
        }
        struct Odd(Runs);
        impl Odd {
            /// The first is a result and the others are errors.
            fn result(&self) -> Result<u32, u32> {
                let run = self.0.next();
                if run <= 2 { Ok(run) } else { Err(0) }
            }
        }
        static RUNS: Odd = Odd(Runs::new());
        let _clock = clock();
        let gate = Semaphore::new(2);
        assert_eq!(at_once(long_on_error(1, &gate)), Ok(1));
        assert_eq!(at_once(short_on_error(1, &gate)), Ok(2));
        // Seconds past the ttl, and who gets an old value: others at once, and who computed.
        for (at, by_stale, by_error) in [
            (0, [true, true], [true, true]),
            (4, [true, true], [true, true]),
            (5, [false, true], [true, false]),
            (19, [false, true], [true, false]),
            (20, [false, false], [false, false]),
        ] {
            advance((if at == 0 { 10 } else { at }) * SECOND);
            let mut long = Box::pin(long_on_error::with_status(1, &gate));
            let mut short = Box::pin(short_on_error::with_status(1, &gate));
            assert!(poll(long.as_mut()).is_pending() && poll(short.as_mut()).is_pending());
            let mut long_other = Box::pin(long_on_error::with_status(1, &gate));
            let mut short_other = Box::pin(short_on_error::with_status(1, &gate));
            let others = [poll(long_other.as_mut()), poll(short_other.as_mut())];
            for (n, other) in others.into_iter().enumerate() {
                let old = Poll::Ready((Ok([1, 2][n]), CacheStatus::Stale));
                assert_eq!(other, if by_stale[n] { old } else { Poll::Pending }, "{at} {n}");
            }
            gate.add_permits(2);
            let ends = [poll(long.as_mut()), poll(short.as_mut())];
            for (n, end) in ends.into_iter().enumerate() {
                let old = (Ok([1, 2][n]), CacheStatus::Stale);
                let new = (Err(0), CacheStatus::Miss);
                assert_eq!(end, Poll::Ready(if by_error[n] { old } else { new }), "{at} {n}");
            }
            // Both are at the end of their ttl again.
            long_on_error::cache_insert(1, Ok(1));
            short_on_error::cache_insert(1, Ok(2));
            advance(10 * SECOND);
        }
    }

    #[test]
    fn as_long_as_there_are_durations() {
        #[lru_cache(ttl = "10s", stale = Duration::MAX, stale_on_error = Duration::MAX, skip(gate))]
        async fn f(_: u32, gate: &Semaphore) -> Result<u32, u32> {
            pass(gate).await;
            let run = RUNS.next();
            if run == 1 { Ok(run) } else { Err(run) }
        }
        #[lru_cache(ttl = Duration::MAX, ttl_jitter = Duration::MAX, stale = Duration::MAX, stale_on_error = Duration::MAX)]
        fn forever(n: u32) -> Result<u32, u32> {
            Ok(n)
        }
        #[lru_cache(ttl = Duration::from_secs(10), stale = Duration::ZERO, stale_on_error = Duration::ZERO, skip(fails))]
        fn never(n: u32, fails: bool) -> Result<u32, u32> {
            if fails { Err(n) } else { Ok(n) }
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        let gate = Semaphore::new(1);
        assert_eq!(at_once(f(1, &gate)), Ok(1));
        assert_eq!((forever(1), never(1, false)), (Ok(1), Ok(1)));
        advance(1_000_000_000 * SECOND);
        let mut leader = Box::pin(f::with_status(1, &gate));
        assert!(poll(leader.as_mut()).is_pending());
        assert_eq!(at_once(f::with_status(1, &gate)), (Ok(1), CacheStatus::Stale));
        gate.add_permits(1);
        assert_eq!(poll(leader.as_mut()), Poll::Ready((Ok(1), CacheStatus::Stale)));
        assert_eq!(f::cache_info(), info(1, 2, 128, 0));
        assert_eq!(forever::with_status(1), (Ok(1), CacheStatus::Hit));
        assert_eq!(never::with_status(1, true), (Err(1), CacheStatus::Miss));
        assert_eq!(f::cache_parameters().ttl, Some(10 * SECOND));
    }

    #[test]
    fn one_in_reserve_gives_way_where_there_is_room_for_one() {
        #[lru_cache(maxsize = 1, ttl = "10s", stale = "5m", stale_on_error = "5m", skip(gate))]
        async fn f(n: u32, gate: &Semaphore) -> Result<u32, u32> {
            pass(gate).await;
            if RUNS.next() <= 2 { Ok(n) } else { Err(n) }
        }
        static RUNS: Runs = Runs::new();
        let _clock = clock();
        let gate = Semaphore::new(1);
        assert_eq!(at_once(f(1, &gate)), Ok(1));
        advance(10 * SECOND);
        let mut leader = Box::pin(f::with_status(1, &gate));
        assert!(poll(leader.as_mut()).is_pending());
        assert_eq!(at_once(f::with_status(1, &gate)), (Ok(1), CacheStatus::Stale));
        assert_eq!(at_once(f(2, &Semaphore::new(1))), Ok(2));
        assert_eq!(f::cache_info(), info(1, 3, 1, 1));
        let mut waits = Box::pin(f::with_status(1, &gate));
        assert!(poll(waits.as_mut()).is_pending(), "there is no old value any more");
        gate.add_permits(1);
        assert_eq!(poll(leader.as_mut()), Poll::Ready((Err(1), CacheStatus::Miss)));
        assert_eq!(poll(waits.as_mut()), Poll::Ready((Err(1), CacheStatus::Joined)));
        // What failed has evicted nothing.
        assert_eq!(at_once(f::with_status(2, &gate)), (Ok(2), CacheStatus::Hit));
        assert_eq!(f::cache_info(), info(3, 3, 1, 1));
    }

    /// A type that counts its living values.
    #[derive(Debug)]
    struct Living(&'static AtomicU64);

    impl Living {
        fn new(count: &'static AtomicU64) -> Self {
            count.fetch_add(1, Relaxed);
            Living(count)
        }
    }

    impl Clone for Living {
        fn clone(&self) -> Self {
            Living::new(self.0)
        }
    }

    impl Drop for Living {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Relaxed);
        }
    }

    #[test]
    fn twenty_thousand_past_everything_are_gone_after_as_many_more() {
        #[cache(ttl = "10s", stale = "10s", stale_on_error = "20s")]
        fn f(n: u64) -> Result<Living, u64> {
            Ok(Living::new(if n < 20_000 { &OLD } else { &NEW }))
        }
        static OLD: AtomicU64 = AtomicU64::new(0);
        static NEW: AtomicU64 = AtomicU64::new(0);
        let store = |numbers: std::ops::Range<u64>| numbers.for_each(|n| drop(f(n)));
        let _clock = clock();
        store(0..20_000);
        assert_eq!(OLD.load(Relaxed), 20_000);
        advance(30 * SECOND - NANOSECOND);
        store(20_000..30_000);
        assert_eq!(f::cache_info().currsize, 10_000);
        assert_eq!(OLD.load(Relaxed), 20_000, "they are in reserve");
        advance(NANOSECOND);
        store(30_000..50_000);
        assert_eq!((OLD.load(Relaxed), NEW.load(Relaxed)), (0, 30_000));
        assert_eq!(f::cache_info().currsize, 30_000);
    }

    #[test]
    fn in_a_full_cache_no_more_are_kept_than_there_is_room_for() {
        #[lru_cache(maxsize = 100, ttl = "10s", stale = "1h", stale_on_error = "2h")]
        fn f(_n: u64) -> Result<Living, u64> {
            Ok(Living::new(&LIVING))
        }
        static LIVING: AtomicU64 = AtomicU64::new(0);
        let _clock = clock();
        for n in 0..10_000 {
            drop(f(n));
            assert!(LIVING.load(Relaxed) <= 100);
            if n % 64 == 0 {
                advance(10 * SECOND);
            }
        }
        f::cache_clear();
        assert_eq!(LIVING.load(Relaxed), 0);
    }
}

/// "When two computations of one key race (`single_flight = false`), each caller gets its own result and the first
/// to finish is kept."
#[test]
fn of_two_that_race_the_first_to_finish_is_kept_though_there_was_one_in_reserve() {
    #[lru_cache(ttl = "10s", stale_on_error = "5m", single_flight = false, skip(gate))]
    async fn f(_: u32, gate: &Semaphore) -> Result<u32, u32> {
        pass(gate).await;
        Ok(RUNS.next())
    }
    static RUNS: Runs = Runs::new();
    let _clock = clock();
    let open = Semaphore::new(1);
    for one_in_reserve in [false, true] {
        if one_in_reserve {
            f::cache_insert(1, Ok(70));
            advance(10 * SECOND);
        }
        for first_begun_ends_first in [true, false] {
            let (one_gate, other_gate) = (Semaphore::new(0), Semaphore::new(0));
            let mut one = Box::pin(f(1, &one_gate));
            let mut other = Box::pin(f(1, &other_gate));
            assert!(poll(one.as_mut()).is_pending() && poll(other.as_mut()).is_pending());
            one_gate.add_permits(1);
            other_gate.add_permits(1);
            let run = RUNS.count() + 1;
            let (first, second) = if first_begun_ends_first {
                (&mut one, &mut other)
            } else {
                (&mut other, &mut one)
            };
            assert_eq!(poll(first.as_mut()), Poll::Ready(Ok(run)));
            assert_eq!(poll(second.as_mut()), Poll::Ready(Ok(run + 1)));
            let kept = at_once(f(1, &open));
            assert_eq!(
                kept,
                Ok(run),
                "in reserve: {one_in_reserve}, in order: {first_begun_ends_first}"
            );
            advance(10 * SECOND);
            if !one_in_reserve {
                f::cache_invalidate(1);
            }
        }
    }
}

/// Neither is it stored, nor is it anybody's answer: the body was not run.
#[test]
fn what_an_insertion_does_not_store_reaches_no_call_that_came_meanwhile() {
    #[lru_cache(skip(gate), cache_if = |n| { meanwhile(*n); *n > 0 })]
    async fn f(_: u32, gate: &Semaphore) -> u32 {
        pass(gate).await;
        RUNS.next()
    }
    fn meanwhile(n: u32) {
        if n == 0 {
            // By another thread: this one would not wait for itself.
            let call = thread::spawn(|| {
                let mut call: BoxFuture<'static, Answer> = Box::pin(f::with_status(1, &GATE));
                let answer = poll(call.as_mut());
                (call, answer)
            });
            CALLS.lock().expect("no panic").push(call.join().expect("no panic"));
        }
    }
    type Call = (BoxFuture<'static, Answer>, Poll<Answer>);
    type Answer = (u32, CacheStatus);
    static RUNS: Runs = Runs::new();
    static GATE: Semaphore = Semaphore::const_new(1);
    static CALLS: Mutex<Vec<Call>> = Mutex::new(Vec::new());
    f::cache_insert(1, 0);
    let (mut call, mut answer) = CALLS.lock().expect("no panic").pop().expect("one");
    if answer.is_pending() {
        answer = poll(call.as_mut());
    }
    assert_eq!(answer, Poll::Ready((1, CacheStatus::Miss)));
}

mod model {
    use super::*;

    /// What a body is told: a result, or `None` for a panic.
    type Told = Option<Result<u32, u32>>;

    type Answer = (Result<u32, u32>, CacheStatus);

    type Telling = oneshot::Receiver<Told>;

    /// A call that is not done, and what would tell its body how to end.
    struct Call {
        future: LocalBoxFuture<'static, Answer>,
        tell: oneshot::Sender<Told>,
        /// When the counters were zeroed before it was counted.
        epoch: u32,
    }

    /// A computation that runs, and who waits for it.
    struct Flight {
        key: u8,
        /// Whether its result would be stored.
        wanted: bool,
        leader: Call,
        joined: Vec<Call>,
    }

    /// The function that is tested.
    struct Cached {
        call: fn(u8, Telling) -> LocalBoxFuture<'static, Answer>,
        refresh: fn(u8, Telling) -> LocalBoxFuture<'static, Result<u32, u32>>,
        insert: fn(u8, Result<u32, u32>),
        invalidate: fn(u8) -> bool,
        peek: fn(u8) -> Option<Result<u32, u32>>,
        contains: fn(u8) -> bool,
        info: fn() -> functools::CacheInfo,
        clear: fn(),
    }

    /// What a call does as it begins.
    enum Begins {
        Found(u32, CacheStatus),
        Joins,
        Computes,
    }

    const MAXSIZE: usize = 4;
    const TTL: u64 = 5;

    struct Model {
        cached: Cached,
        stale: u64,
        stale_on_error: u64,
        now: u64,
        /// Key, value and deadline, the least recent first.
        entries: Vec<(u8, u32, u64)>,
        flights: Vec<Flight>,
        hits: u64,
        misses: u64,
        epoch: u32,
    }

    impl Model {
        fn fresh(&self, key: u8) -> Option<u32> {
            let fresh = self.entries.iter().find(|entry| entry.0 == key && entry.2 > self.now);
            fresh.map(|entry| entry.1)
        }

        fn used(&mut self, key: u8) {
            let place = self.entries.iter().position(|entry| entry.0 == key).expect("an entry");
            let entry = self.entries.remove(place);
            self.entries.push(entry);
        }

        fn wanted(&self, key: u8) -> Option<usize> {
            self.flights.iter().position(|flight| flight.key == key && flight.wanted)
        }

        /// Forgets what is good for nothing any more; the cache does so, too, when it is asked how much it has.
        fn sweep(&mut self) {
            let (now, reserve) = (self.now, self.stale.max(self.stale_on_error));
            self.entries.retain(|entry| entry.2 + reserve > now);
            (self.cached.info)();
        }

        fn store(&mut self, key: u8, value: u32) {
            self.entries.retain(|entry| entry.0 != key);
            if self.entries.len() >= MAXSIZE {
                self.entries.remove(0);
            }
            self.entries.push((key, value, self.now + TTL));
        }

        fn begin(&mut self, key: u8) -> Begins {
            let running = self.wanted(key).is_some();
            let entry = self.entries.iter().find(|entry| entry.0 == key).copied();
            if let Some((_, value, deadline)) = entry {
                let status = if self.now < deadline {
                    Some(CacheStatus::Hit)
                } else if self.now < deadline + self.stale && running {
                    Some(CacheStatus::Stale)
                } else {
                    None
                };
                if let Some(status) = status {
                    self.hits += 1;
                    self.used(key);
                    return Begins::Found(value, status);
                }
            }
            if running {
                self.hits += 1;
                return Begins::Joins;
            }
            self.misses += 1;
            Begins::Computes
        }

        /// Polls a call that has begun, or begins again, and checks that it does as the model does.
        fn proceed(&mut self, key: u8, mut call: Call) {
            let begins = self.begin(key);
            let answer = poll(call.future.as_mut());
            call.epoch = self.epoch;
            match begins {
                Begins::Found(value, status) => {
                    assert_eq!(answer, Poll::Ready((Ok(value), status)));
                }
                Begins::Joins => {
                    assert!(answer.is_pending(), "{answer:?}");
                    let flight = self.wanted(key).expect("one runs");
                    self.flights[flight].joined.push(call);
                }
                Begins::Computes => {
                    assert!(answer.is_pending(), "{answer:?}");
                    let flight = Flight { key, wanted: true, leader: call, joined: Vec::new() };
                    self.flights.push(flight);
                }
            }
        }

        fn call(&mut self, key: u8) {
            let (tell, told) = oneshot::channel();
            let future = (self.cached.call)(key, told);
            self.proceed(key, Call { future, tell, epoch: self.epoch });
        }

        /// Ends a computation with a result.
        fn end(&mut self, flight: usize, result: Result<u32, u32>) {
            self.sweep();
            let Flight { key, wanted, leader, joined } = self.flights.swap_remove(flight);
            let old = self
                .entries
                .iter()
                .find(|entry| entry.0 == key && wanted && self.now < entry.2 + self.stale_on_error);
            let (result_of_all, of_leader, of_joined) = match (result, old) {
                (Err(_), Some(old)) => (Ok(old.1), CacheStatus::Stale, CacheStatus::Stale),
                _ => (result, CacheStatus::Miss, CacheStatus::Joined),
            };
            if let (Ok(value), true) = (result, wanted) {
                self.store(key, value);
            }
            let Call { mut future, tell, .. } = leader;
            tell.send(Some(result)).expect("the body waits");
            assert_eq!(poll(future.as_mut()), Poll::Ready((result_of_all, of_leader)));
            for mut call in joined {
                let answer = poll(call.future.as_mut());
                assert_eq!(answer, Poll::Ready((result_of_all, of_joined)));
            }
        }

        /// Ends a computation without one.
        fn abandon(&mut self, flight: usize, panics: bool) {
            let Flight { key, leader, joined, .. } = self.flights.swap_remove(flight);
            let Call { mut future, tell, .. } = leader;
            if panics {
                tell.send(None).expect("the body waits");
                panic::catch_unwind(AssertUnwindSafe(|| poll(future.as_mut())))
                    .expect_err("it panics");
            } else {
                drop(future);
            }
            for call in joined {
                // It begins once more, and is counted as what it is then.
                if call.epoch == self.epoch {
                    self.hits -= 1;
                }
                self.proceed(key, call);
            }
        }

        /// No computation of this key that runs now is stored any more.
        fn forget(&mut self, key: Option<u8>) {
            let of_key = |flight: &&mut Flight| key.is_none_or(|key| flight.key == key);
            self.flights.iter_mut().filter(of_key).for_each(|flight| flight.wanted = false);
        }

        fn operate(&mut self, random: &mut Rng) {
            let (key, value) = (random.u8(..6), random.u32(..));
            let flight = (!self.flights.is_empty()).then(|| random.usize(..self.flights.len()));
            match (random.u8(..100), flight) {
                (0..40, _) => {
                    if self.flights.iter().map(|flight| flight.joined.len() + 1).sum::<usize>() < 20
                    {
                        self.call(key);
                    }
                }
                (40..52, Some(flight)) => self.end(flight, Ok(value)),
                (52..64, Some(flight)) => self.end(flight, Err(value)),
                (64..68, Some(flight)) => self.abandon(flight, false),
                (68..70, Some(flight)) => self.abandon(flight, true),
                (70..72, Some(flight)) => _ = self.flights[flight].joined.pop(),
                (72..75, _) => {
                    self.sweep();
                    self.store(key, value);
                    self.forget(Some(key));
                    (self.cached.insert)(key, Ok(value));
                }
                (75..76, _) => (self.cached.insert)(key, Err(value)),
                (76..79, _) => {
                    let (tell, told) = oneshot::channel();
                    let result = if random.bool() { Ok(value) } else { Err(value) };
                    tell.send(Some(result)).expect("it has begun");
                    self.sweep();
                    if result.is_ok() {
                        self.store(key, value);
                        self.forget(Some(key));
                    }
                    assert_eq!(at_once((self.cached.refresh)(key, told)), result);
                }
                (79..82, _) => {
                    let found = self.fresh(key).is_some();
                    self.entries.retain(|entry| entry.0 != key);
                    self.forget(Some(key));
                    assert_eq!((self.cached.invalidate)(key), found);
                }
                (82..86, _) => {
                    assert_eq!((self.cached.peek)(key), self.fresh(key).map(Ok));
                    assert_eq!((self.cached.contains)(key), self.fresh(key).is_some());
                }
                (86..90, _) => {
                    let now = self.now;
                    let currsize = self.entries.iter().filter(|entry| entry.2 > now).count();
                    let counted = (self.cached.info)();
                    assert_eq!(counted, info(self.hits, self.misses, MAXSIZE, currsize));
                }
                (90, _) => {
                    (self.cached.clear)();
                    self.entries.clear();
                    self.forget(None);
                    (self.hits, self.misses) = (0, 0);
                    self.epoch += 1;
                }
                _ => {
                    let by = random.u64(..4);
                    self.now += by;
                    advance(Duration::from_secs(by));
                }
            }
        }
    }

    async fn body(told: Telling) -> Result<u32, u32> {
        match told.await.expect("it is told") {
            Some(result) => result,
            None => panic::resume_unwind(Box::new("as told")),
        }
    }

    /// Random operations on a function that is cached like this, and on the model.
    macro_rules! like_the_model {
        ($test:ident, $stale:expr, $stale_on_error:expr, $($options:tt)*) => {
            #[test]
            fn $test() {
                #[lru_cache(maxsize = MAXSIZE, ttl = "5s", skip(told), $($options)*)]
                #[allow(dead_code, reason = "it is called by way of its handle")]
                async fn f(_key: u8, told: Telling) -> Result<u32, u32> {
                    body(told).await
                }
                let _clock = clock();
                for seed in 0..20 {
                    f::cache_clear();
                    let mut model = Model {
                        cached: Cached {
                            call: |key, told| Box::pin(f::with_status(key, told)),
                            refresh: |key, told| Box::pin(f::cache_refresh(key, told)),
                            insert: f::cache_insert,
                            invalidate: f::cache_invalidate,
                            peek: f::cache_peek,
                            contains: f::cache_contains,
                            info: f::cache_info,
                            clear: f::cache_clear,
                        },
                        stale: $stale,
                        stale_on_error: $stale_on_error,
                        now: 0,
                        entries: Vec::new(),
                        flights: Vec::new(),
                        hits: 0,
                        misses: 0,
                        epoch: 0,
                    };
                    let mut random = Rng::with_seed(seed);
                    for _ in 0..3_000 {
                        model.operate(&mut random);
                    }
                }
            }
        };
    }

    like_the_model!(with_stale, 4, 0, stale = "4s");
    like_the_model!(with_stale_on_error, 0, 7, stale_on_error = "7s");
    like_the_model!(with_the_first_shorter, 3, 6, stale = "3s", stale_on_error = "6s");
    like_the_model!(with_the_second_shorter, 6, 3, stale = "6s", stale_on_error = "3s");
    like_the_model!(with_neither, 0, 0, typed = true);
}

#[test]
fn several_threads_count_exactly_and_get_nothing_wrong() {
    #[lru_cache(maxsize = 16, ttl = "3s", stale = "2s", stale_on_error = "4s", skip(fails))]
    fn double(n: u8, fails: bool) -> Result<u16, u8> {
        if fails { Err(n) } else { Ok(2 * u16::from(n)) }
    }
    const CALLS: u64 = 5_000;
    let _clock = clock();
    finishes(|| {
        thread::scope(|scope| {
            let callers: [_; 4] = std::array::from_fn(|seed| {
                scope.spawn(move || {
                    let mut random = Rng::with_seed(seed as u64);
                    let mut statuses = BTreeMap::new();
                    for _ in 0..CALLS {
                        let n = random.u8(..32);
                        let (result, status) = double::with_status(n, random.u8(..4) == 0);
                        match result {
                            Ok(doubled) => assert_eq!(doubled, 2 * u16::from(n)),
                            Err(error) => assert_eq!(error, n),
                        }
                        *statuses.entry(status.to_string()).or_insert(0) += 1;
                    }
                    statuses
                })
            });
            while callers.iter().any(|caller| !caller.is_finished()) {
                advance(SECOND);
                assert!(double::cache_info().currsize <= 16);
            }
            callers.into_iter().for_each(|caller| _ = caller.join().expect("no panic"));
        });
    });
    let info = double::cache_info();
    assert_eq!(info.hits + info.misses, 4 * CALLS);
}
