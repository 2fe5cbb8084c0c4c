//! `stale` and `stale_on_error` together: when each window ends, and how long an expired entry is
//! kept (CONTRACT 2).

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use functools::{CacheStatus, cache, lru_cache};
use functools_test_support::{
    NANOSECOND, Runs, SECOND, advance, clock, finishes, info, now, take_permit,
};
use tokio::sync::Semaphore;
use tokio_test::task::spawn;
use tokio_test::{assert_pending, assert_ready_eq};

#[test]
fn each_window_ends_by_itself() {
    #[lru_cache(ttl = "10s", stale = "5s", stale_on_error = "20s", skip(gate))]
    async fn long_on_error(_: u32, gate: &Semaphore) -> Result<u32, u32> {
        take_permit(gate).await;
        RUNS.result()
    }
    #[lru_cache(ttl = "10s", stale = "20s", stale_on_error = "5s", skip(gate))]
    async fn short_on_error(_: u32, gate: &Semaphore) -> Result<u32, u32> {
        take_permit(gate).await;
        RUNS.result()
    }
    struct Odd(Runs);
    impl Odd {
        /// The first two runs succeed, and the others fail.
        fn result(&self) -> Result<u32, u32> {
            let run = self.0.next();
            if run <= 2 { Ok(run) } else { Err(0) }
        }
    }
    static RUNS: Odd = Odd(Runs::new());
    let _clock = clock();
    let gate = Semaphore::new(2);
    assert_eq!(now(long_on_error(1, &gate)), Ok(1));
    assert_eq!(now(short_on_error(1, &gate)), Ok(2));
    // Seconds past the ttl, and whether other calls and the leader get the old value.
    for (at, by_stale, by_error) in [
        (0, [true, true], [true, true]),
        (4, [true, true], [true, true]),
        (5, [false, true], [true, false]),
        (19, [false, true], [true, false]),
        (20, [false, false], [false, false]),
    ] {
        advance((if at == 0 { 10 } else { at }) * SECOND);
        let mut long = spawn(long_on_error::with_status(1, &gate));
        let mut short = spawn(short_on_error::with_status(1, &gate));
        assert_pending!(long.poll());
        assert_pending!(short.poll());
        let mut long_other = spawn(long_on_error::with_status(1, &gate));
        let mut short_other = spawn(short_on_error::with_status(1, &gate));
        let others = [long_other.poll(), short_other.poll()];
        for (n, other) in others.into_iter().enumerate() {
            let old = Poll::Ready((Ok([1, 2][n]), CacheStatus::Stale));
            assert_eq!(other, if by_stale[n] { old } else { Poll::Pending }, "{at} {n}");
        }
        gate.add_permits(2);
        let ends = [long.poll(), short.poll()];
        for (n, end) in ends.into_iter().enumerate() {
            let old = (Ok([1, 2][n]), CacheStatus::Stale);
            let new = (Err(0), CacheStatus::Miss);
            assert_eq!(end, Poll::Ready(if by_error[n] { old } else { new }), "{at} {n}");
        }
        // Both entries are at the end of their ttl again.
        long_on_error::cache_insert(1, Ok(1));
        short_on_error::cache_insert(1, Ok(2));
        advance(10 * SECOND);
    }
}

#[test]
fn windows_take_any_duration() {
    #[lru_cache(ttl = "10s", stale = Duration::MAX, stale_on_error = Duration::MAX, skip(gate))]
    async fn f(_: u32, gate: &Semaphore) -> Result<u32, u32> {
        take_permit(gate).await;
        let run = RUNS.next();
        if run == 1 { Ok(run) } else { Err(run) }
    }
    #[lru_cache(
        ttl = Duration::MAX,
        ttl_jitter = Duration::MAX,
        stale = Duration::MAX,
        stale_on_error = Duration::MAX
    )]
    fn forever(n: u32) -> Result<u32, u32> {
        Ok(n)
    }
    #[lru_cache(
        ttl = Duration::from_secs(10),
        stale = Duration::ZERO,
        stale_on_error = Duration::ZERO,
        skip(fails)
    )]
    fn never(n: u32, fails: bool) -> Result<u32, u32> {
        if fails { Err(n) } else { Ok(n) }
    }
    static RUNS: Runs = Runs::new();
    let _clock = clock();
    let gate = Semaphore::new(1);
    assert_eq!(now(f(1, &gate)), Ok(1));
    assert_eq!((forever(1), never(1, false)), (Ok(1), Ok(1)));
    advance(1_000_000_000 * SECOND);
    let mut leader = spawn(f::with_status(1, &gate));
    assert_pending!(leader.poll());
    assert_eq!(now(f::with_status(1, &gate)), (Ok(1), CacheStatus::Stale));
    gate.add_permits(1);
    assert_ready_eq!(leader.poll(), (Ok(1), CacheStatus::Stale));
    assert_eq!(f::cache_info(), info(1, 2, 128, 0));
    assert_eq!(forever::with_status(1), (Ok(1), CacheStatus::Hit));
    assert_eq!(never::with_status(1, true), (Err(1), CacheStatus::Miss));
    assert_eq!(f::cache_parameters().ttl, Some(10 * SECOND));
}

#[test]
fn expired_entry_makes_room() {
    #[lru_cache(maxsize = 1, ttl = "10s", stale = "5m", stale_on_error = "5m", skip(gate))]
    async fn f(n: u32, gate: &Semaphore) -> Result<u32, u32> {
        take_permit(gate).await;
        if RUNS.next() <= 2 { Ok(n) } else { Err(n) }
    }
    static RUNS: Runs = Runs::new();
    let _clock = clock();
    let gate = Semaphore::new(1);
    assert_eq!(now(f(1, &gate)), Ok(1));
    advance(10 * SECOND);
    let mut leader = spawn(f::with_status(1, &gate));
    assert_pending!(leader.poll());
    assert_eq!(now(f::with_status(1, &gate)), (Ok(1), CacheStatus::Stale));
    assert_eq!(now(f(2, &Semaphore::new(1))), Ok(2));
    assert_eq!(f::cache_info(), info(1, 3, 1, 1));
    let mut waits = spawn(f::with_status(1, &gate));
    assert_pending!(waits.poll(), "there is no old value any more");
    gate.add_permits(1);
    assert_ready_eq!(leader.poll(), (Err(1), CacheStatus::Miss));
    assert_ready_eq!(waits.poll(), (Err(1), CacheStatus::Joined));
    // A failure has evicted nothing.
    assert_eq!(now(f::with_status(2, &gate)), (Ok(2), CacheStatus::Hit));
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
fn stores_sweep_entries_past_both_windows() {
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
fn expired_entries_count_towards_maxsize() {
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

/// Each caller gets its own result, and the first to finish is stored.
#[test]
fn first_of_racing_calls_is_stored_over_an_expired_entry() {
    #[lru_cache(ttl = "10s", stale_on_error = "5m", single_flight = false, skip(gate))]
    async fn f(_: u32, gate: &Semaphore) -> Result<u32, u32> {
        take_permit(gate).await;
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
            let mut one = spawn(f(1, &one_gate));
            let mut other = spawn(f(1, &other_gate));
            assert_pending!(one.poll());
            assert_pending!(other.poll());
            one_gate.add_permits(1);
            other_gate.add_permits(1);
            let run = RUNS.count() + 1;
            let (first, second) = if first_begun_ends_first {
                (&mut one, &mut other)
            } else {
                (&mut other, &mut one)
            };
            assert_ready_eq!(first.poll(), Ok(run));
            assert_ready_eq!(second.poll(), Ok(run + 1));
            let kept = now(f(1, &open));
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

#[test]
fn threads_count_exactly_and_get_right_results() {
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
