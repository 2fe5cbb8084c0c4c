//! `stale`: while one call recomputes an expired result, others get the old value (CONTRACT 2).

use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;
use std::{panic, thread};

use functools::{CacheStatus, cache, lru_cache};
use functools_test_support::{
    Body, NANOSECOND, Runs, SECOND, advance, clock, info, now, take_permit,
};
use tokio::sync::Semaphore;
use tokio_test::task::spawn;
use tokio_test::{assert_pending, assert_ready_eq};

/// Defines a function that takes a permit and returns the number of its run.
macro_rules! number_of_the_run {
    ($f:ident $(, $options:tt = $value:tt)*) => {
        #[lru_cache(ttl = "10s", stale = "30s", skip(gate) $(, $options = $value)*)]
        async fn $f(_: u32, gate: &Semaphore) -> u32 {
            static RUNS: Runs = Runs::new();
            take_permit(gate).await;
            RUNS.next()
        }
    };
}

#[test]
fn expired_entry_is_kept_and_not_found() {
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
fn invalidation_and_clear_drop_the_expired_value() {
    #[lru_cache(ttl = "10s", stale = "30s", stale_on_error = "30s")]
    fn fallible(n: u64) -> Result<Arc<u64>, ()> {
        Ok(Arc::new(n))
    }
    let _clock = clock();
    let kept = [1, 2].map(|n| Arc::downgrade(&fallible(n).expect("no error")));
    let is_kept = || kept.each_ref().map(|kept| kept.strong_count() > 0);
    advance(10 * SECOND);
    assert_eq!(is_kept(), [true, true]);
    assert!(!fallible::cache_invalidate(1), "there is no fresh entry");
    assert_eq!(is_kept(), [false, true]);
    fallible::cache_clear();
    assert_eq!(is_kept(), [false, false]);
}

#[test]
fn other_tasks_get_the_stale_value_at_once() {
    number_of_the_run!(f);
    let _clock = clock();
    let gate = Semaphore::new(1);
    assert_eq!(now(f(1, &gate)), 1);
    advance(10 * SECOND - NANOSECOND);
    assert_eq!(now(f::with_status(1, &gate)), (1, CacheStatus::Hit));
    advance(NANOSECOND);
    let mut leader = spawn(f::with_status(1, &gate));
    assert_pending!(leader.poll(), "it is the leader");
    let allocated = allocation_counter::measure(|| {
        for _ in 0..9 {
            assert_eq!(now(f::with_status(1, &gate)), (1, CacheStatus::Stale));
        }
    });
    assert_eq!(allocated.count_total, 0);
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(now(f(1, &gate)), 1)).join().expect("no panic");
    });
    assert_eq!(f::cache_info(), info(11, 2, 128, 0));
    assert!(!f::cache_contains(1), "it is not fresh");
    advance(30 * SECOND - NANOSECOND);
    assert_eq!(now(f::with_status(1, &gate)), (1, CacheStatus::Stale));
    advance(NANOSECOND);
    let mut late = spawn(f::with_status(1, &gate));
    assert_pending!(late.poll(), "it waits");
    gate.add_permits(1);
    assert_ready_eq!(leader.poll(), (2, CacheStatus::Miss));
    assert_ready_eq!(late.poll(), (2, CacheStatus::Joined));
    assert_eq!(now(f::with_status(1, &gate)), (2, CacheStatus::Hit));
    assert_eq!(f::cache_info(), info(14, 2, 128, 1));
}

#[test]
fn other_threads_get_the_stale_value_at_once() {
    #[lru_cache(ttl = "10s", stale = "30s", skip(body))]
    fn f(n: u32, body: Option<&Body<u32>>) -> u32 {
        body.map_or(n, Body::run)
    }
    let _clock = clock();
    assert_eq!(f(1, None), 1);
    advance(40 * SECOND - NANOSECOND);
    let (body, switch) = Body::new();
    thread::scope(|scope| {
        let leader = scope.spawn(move || f::with_status(1, Some(&body)));
        switch.wait_for_start();
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
        switch.end_with(2);
        assert_eq!(leader.join().expect("no panic"), (2, CacheStatus::Miss));
        assert_eq!(late.join().expect("no panic"), (2, CacheStatus::Joined));
    });
    assert_eq!(f::cache_info(), info(401, 2, 128, 1));
}

#[test]
fn lone_call_recomputes() {
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
fn value_stays_stale_after_a_failed_or_dropped_leader() {
    #[lru_cache(ttl = "10s", stale = "30s", skip(gate, fails))]
    async fn f(n: u32, gate: &Semaphore, fails: bool) -> Result<u32, String> {
        take_permit(gate).await;
        if fails { Err("on purpose".to_owned()) } else { Ok(n + RUNS.next()) }
    }
    static RUNS: Runs = Runs::new();
    let _clock = clock();
    let gate = Semaphore::new(1);
    let old = || assert_eq!(now(f::with_status(10, &gate, false)), (Ok(11), CacheStatus::Stale));
    let begin = |fails| {
        let mut leader = spawn(f::with_status(10, &gate, fails));
        assert_pending!(leader.poll());
        old();
        leader
    };
    assert_eq!(now(f(10, &gate, false)), Ok(11));
    advance(10 * SECOND);
    // An error reaches the leader: `stale` is not about errors.
    let mut fails = begin(true);
    gate.add_permits(1);
    let error = Err("on purpose".to_owned());
    assert_ready_eq!(fails.poll(), (error, CacheStatus::Miss));
    // The leader is dropped.
    drop(begin(false));
    let mut works = begin(false);
    gate.add_permits(1);
    assert_ready_eq!(works.poll(), (Ok(12), CacheStatus::Miss));
    assert_eq!(now(f::with_status(10, &gate, false)), (Ok(12), CacheStatus::Hit));
}

#[test]
fn value_stays_stale_after_a_panic() {
    #[lru_cache(ttl = "10s", stale = "30s", skip(body))]
    fn f(n: u32, body: Option<&Body<bool>>) -> u32 {
        if body.is_some_and(Body::run) {
            panic::resume_unwind(Box::new("on purpose"));
        }
        n
    }
    let _clock = clock();
    assert_eq!(f(1, None), 1);
    advance(10 * SECOND);
    let (body, switch) = Body::new();
    thread::scope(|scope| {
        for panics in [true, true, false] {
            let leader = scope.spawn(|| f::with_status(1, Some(&body)));
            switch.wait_for_start();
            assert_eq!(f::with_status(1, None), (1, CacheStatus::Stale));
            switch.end_with(panics);
            assert_eq!(leader.join().is_err(), panics);
        }
    });
    assert_eq!(f::with_status(1, None), (1, CacheStatus::Hit));
    assert_eq!(f::cache_info(), info(4, 4, 128, 1));
}

#[test]
fn nested_call_computes() {
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
fn calls_get_the_stale_value_during_a_refresh() {
    number_of_the_run!(f);
    let _clock = clock();
    let gate = Semaphore::new(1);
    assert_eq!(now(f(1, &gate)), 1);
    let mut refresh = spawn(f::cache_refresh(1, &gate));
    assert_pending!(refresh.poll());
    assert_eq!(now(f::with_status(1, &gate)), (1, CacheStatus::Hit));
    advance(10 * SECOND);
    assert_eq!(now(f::with_status(1, &gate)), (1, CacheStatus::Stale));
    gate.add_permits(1);
    assert_ready_eq!(refresh.poll(), 2);
    assert_eq!(now(f::with_status(1, &gate)), (2, CacheStatus::Hit));
}

#[test]
fn invalidated_value_is_never_stale() {
    number_of_the_run!(f);
    let _clock = clock();
    let gate = Semaphore::new(1);
    assert_eq!(now(f(1, &gate)), 1);
    for forget in [|| _ = f::cache_invalidate(1), f::cache_clear] {
        advance(10 * SECOND);
        let mut leader = spawn(f(1, &gate));
        assert_pending!(leader.poll());
        assert_eq!(now(f::with_status(1, &gate)).1, CacheStatus::Stale);
        forget();
        // A call does not join a computation that began before.
        let mut other = spawn(f::with_status(1, &gate));
        assert_pending!(other.poll());
        gate.add_permits(2);
        assert!(leader.poll().is_ready());
        assert!(!f::cache_contains(1));
        let Poll::Ready((run, status)) = other.poll() else { panic!("it waits") };
        assert_eq!(status, CacheStatus::Miss);
        assert_eq!(f::cache_peek(1), Some(run));
    }
}

#[test]
fn insertion_replaces_the_stale_value() {
    number_of_the_run!(f);
    let _clock = clock();
    let gate = Semaphore::new(1);
    assert_eq!(now(f(1, &gate)), 1);
    advance(10 * SECOND);
    let mut leader = spawn(f(1, &gate));
    assert_pending!(leader.poll());
    f::cache_insert(1, 70);
    assert_eq!(now(f::with_status(1, &gate)), (70, CacheStatus::Hit));
    gate.add_permits(1);
    assert_ready_eq!(leader.poll(), 2);
    assert_eq!(now(f::with_status(1, &gate)), (70, CacheStatus::Hit));
}

#[test]
fn other_calls_get_the_stale_value_without_single_flight() {
    number_of_the_run!(f, single_flight = false);
    let _clock = clock();
    let gate = Semaphore::new(1);
    assert_eq!(now(f(1, &gate)), 1);
    advance(10 * SECOND);
    let mut leader = spawn(f(1, &gate));
    assert_pending!(leader.poll());
    assert_eq!(now(f::with_status(1, &gate)), (1, CacheStatus::Stale));
    gate.add_permits(1);
    assert_ready_eq!(leader.poll(), 2);
    assert_eq!(now(f::with_status(1, &gate)), (2, CacheStatus::Hit));
}

#[test]
fn window_starts_at_the_deadline_with_its_jitter() {
    const STEP: Duration = Duration::from_millis(100);
    #[cache(ttl = "10s", ttl_jitter = "10s", stale = "5s", skip(gate))]
    async fn f(n: usize, gate: &Semaphore) -> usize {
        take_permit(gate).await;
        n
    }
    let _clock = clock();
    let (open, shut) = (Semaphore::new(20), Semaphore::new(0));
    (0..20).for_each(|n| _ = now(f(n, &open)));
    let mut leaders = Vec::new();
    let (mut expired, mut gone) = ([None; 20], [None; 20]);
    for step in 0..300 {
        for n in 0..20 {
            if f::cache_contains(n) {
                assert_eq!(now(f::with_status(n, &shut)).1, CacheStatus::Hit);
                continue;
            }
            let mut call = spawn(f::with_status(n, &shut));
            match call.poll() {
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
