//! `stale_on_error`: when recomputing yields an `Err`, the old value is returned (CONTRACT 2).

use std::fmt::Debug;
use std::hash::Hash;
use std::rc::Rc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use std::{panic, thread};

use functools::{CacheStatus, lru_cache};
use functools_test_support::{
    Body, NANOSECOND, Runs, SECOND, advance, clock, info, now, take_permit,
};
use smol::future::{block_on, yield_now};
use tokio::sync::Semaphore;
use tokio_test::task::spawn;
use tokio_test::{assert_pending, assert_ready_eq};

/// Defines a function that takes a permit; its first run succeeds, and all others fail.
macro_rules! first_run_succeeds {
    ($f:ident, $runs:ident) => {
        static $runs: Runs = Runs::new();
        #[lru_cache(ttl = "10s", stale_on_error = "5m", skip(gate))]
        async fn $f(_: u32, gate: &Semaphore) -> Result<u32, u32> {
            let run = $runs.next();
            take_permit(gate).await;
            if run == 1 { Ok(run) } else { Err(run) }
        }
    };
}

#[test]
fn old_value_is_returned_if_the_error_comes_in_time() {
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
    // The computation starts and ends within the window.
    assert_eq!(fails(300 * SECOND - NANOSECOND), (Ok(1), CacheStatus::Stale));
    assert_eq!(fails(NONE), (Ok(1), CacheStatus::Stale));
    // The computation starts within the window and ends at its end.
    assert_eq!(fails(NANOSECOND), (Err("run 6".to_owned()), CacheStatus::Miss));
    assert_eq!(fails(NONE), (Err("run 7".to_owned()), CacheStatus::Miss));
    // The source succeeds again.
    assert_eq!(f(1, NONE, false).expect("no error"), 8);
    assert_eq!(f::with_status(1, NONE, true).1, CacheStatus::Hit);
    assert_eq!(f::cache_info(), info(1, 8, 128, 1));
}

#[test]
fn success_after_errors_is_stored() {
    #[lru_cache(ttl = "10s", stale_on_error = "5m", skip(fails))]
    async fn f(_: u32, fails: bool) -> Result<u32, u32> {
        let run = RUNS.next();
        if fails { Err(run) } else { Ok(run) }
    }
    static RUNS: Runs = Runs::new();
    let _clock = clock();
    assert_eq!(now(f(1, false)), Ok(1));
    advance(10 * SECOND);
    assert_eq!(now(f::with_status(1, true)), (Ok(1), CacheStatus::Stale));
    assert_eq!(now(f::with_status(1, false)), (Ok(3), CacheStatus::Miss));
    assert_eq!(now(f::with_status(1, true)), (Ok(3), CacheStatus::Hit));
    advance(10 * SECOND);
    assert_eq!(now(f::with_status(1, true)), (Ok(3), CacheStatus::Stale));
    // To return the old value again does not extend its window.
    advance(300 * SECOND - NANOSECOND);
    assert_eq!(now(f::with_status(1, true)), (Ok(3), CacheStatus::Stale));
    advance(NANOSECOND);
    assert_eq!(now(f::with_status(1, true)), (Err(6), CacheStatus::Miss));
    assert_eq!(f::cache_info(), info(1, 6, 128, 0));
}

#[test]
fn without_an_old_value_the_error_is_returned() {
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
fn panic_unwinds() {
    #[lru_cache(ttl = "10s", stale_on_error = "5m", skip(panics))]
    fn f(n: u32, panics: bool) -> Result<u32, u32> {
        if panics {
            panic::resume_unwind(Box::new("on purpose"));
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

/// The type of the error does not matter: this one can be neither cloned nor sent.
#[test]
fn waiting_threads_get_the_old_value() {
    #[lru_cache(ttl = "10s", stale_on_error = "5m", skip(body))]
    fn f(n: u32, body: Option<&Body<()>>) -> Result<u32, Box<dyn std::error::Error>> {
        let Some(body) = body else { return Ok(n) };
        RUNS.next();
        body.run();
        Err("on purpose".into())
    }
    static RUNS: Runs = Runs::new();
    let _clock = clock();
    f(1, None).expect("no error");
    advance(10 * SECOND);
    let (body, switch) = Body::new();
    let body = &body;
    thread::scope(|scope| {
        let callers: [_; 10] = std::array::from_fn(|_| {
            scope.spawn(move || {
                let (result, status) = f::with_status(1, Some(body));
                (result.map_err(|error| error.to_string()), status)
            })
        });
        switch.wait_for_start();
        while f::cache_info().hits < 9 {
            thread::yield_now();
        }
        switch.end_with(());
        for caller in callers {
            assert_eq!(caller.join().expect("no panic"), (Ok(1), CacheStatus::Stale));
        }
    });
    assert_eq!(RUNS.count(), 1);
    assert_eq!(f::cache_info(), info(9, 2, 128, 0));
}

#[test]
fn waiting_tasks_get_the_old_value_or_the_error() {
    first_run_succeeds!(f, RUNS);
    let _clock = clock();
    let gate = Semaphore::new(1);
    assert_eq!(now(f(1, &gate)), Ok(1));
    advance(10 * SECOND);
    for (after, expected) in [
        (300 * SECOND - NANOSECOND, [(Ok(1), CacheStatus::Stale); 2]),
        (NANOSECOND, [(Err(3), CacheStatus::Miss), (Err(3), CacheStatus::Joined)]),
    ] {
        let mut calls: [_; 10] = std::array::from_fn(|_| spawn(f::with_status(1, &gate)));
        assert!(calls.iter_mut().all(|call| call.poll().is_pending()));
        advance(after);
        gate.add_permits(1);
        for (n, call) in calls.iter_mut().enumerate() {
            assert_ready_eq!(call.poll(), expected[n.min(1)]);
        }
    }
    assert_eq!(RUNS.count(), 3);
    assert_eq!(f::cache_info(), info(18, 3, 128, 0));
}

#[test]
fn invalidated_value_is_not_returned() {
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
fn refresh_returns_the_error_and_keeps_the_entry() {
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

/// Such a call did not request a refresh.
#[test]
fn calls_that_wait_for_a_refresh_get_the_old_value() {
    first_run_succeeds!(f, RUNS);
    let _clock = clock();
    let gate = Semaphore::new(1);
    assert_eq!(now(f(1, &gate)), Ok(1));
    advance(10 * SECOND);
    let mut refresh = spawn(f::cache_refresh(1, &gate));
    assert_pending!(refresh.poll());
    let mut call = spawn(f::with_status(1, &gate));
    assert_pending!(call.poll());
    gate.add_permits(1);
    assert_ready_eq!(refresh.poll(), Err(2));
    assert_ready_eq!(call.poll(), (Ok(1), CacheStatus::Stale));
    assert_eq!(RUNS.count(), 2);
}

#[test]
fn discarded_success_ends_the_old_value() {
    #[lru_cache(
        ttl = "10s",
        stale_on_error = "5m",
        cache_none = false,
        cache_if = |r| *r != Ok(Some(0)),
        skip(result)
    )]
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
fn discarded_success_keeps_a_fresh_value() {
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
fn every_kind_of_function_returns_the_old_value() {
    type Fallible<T> = Result<T, String>;
    fn source<T>(value: T) -> Fallible<T> {
        if FAILS.load(Relaxed) == 0 { Ok(value) } else { Err("on purpose".to_owned()) }
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
            yield_now().await;
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
        assert_eq!(block_on(Three.later(2)), Ok(6));
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
    Three.times(2).expect_err("on purpose");
    block_on(Three.later(2)).expect_err("on purpose");
    Three.plus(2).expect_err("on purpose");
    generic(&"x").expect_err("on purpose");
    local("text").expect_err("on purpose");
    alone("text").expect_err("on purpose");
}
