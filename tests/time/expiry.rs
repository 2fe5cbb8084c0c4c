//! Results that expire: `ttl`, `ttl_jitter` and `sliding` (CONTRACT 2).

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use functools::{CacheInfo, CacheStatus, cache, lru_cache};
use functools_test_support::{NANOSECOND, SECOND, advance, clock};

#[test]
fn result_is_fresh_for_its_ttl() {
    #[lru_cache(ttl = "1m 30s")]
    fn double(n: u64) -> u64 {
        2 * n
    }
    let _clock = clock();
    assert_eq!(double(1), 2);
    advance(90 * SECOND - NANOSECOND);
    assert_eq!(double::with_status(1), (2, CacheStatus::Hit));
    advance(NANOSECOND);
    assert!(!double::cache_contains(1));
    assert_eq!(double::cache_peek(1), None);
    assert_eq!(double::cache_info().currsize, 0);
    assert!(!double::cache_invalidate(1), "there is none any more");
    assert_eq!(double::with_status(1), (2, CacheStatus::Miss));
    assert_eq!(double::with_status(1), (2, CacheStatus::Hit));
    let info = CacheInfo { hits: 2, misses: 2, maxsize: Some(128), currsize: 1 };
    assert_eq!(double::cache_info(), info);
    assert_eq!(double::cache_parameters().ttl, Some(90 * SECOND));
}

#[test]
fn expired_entry_is_recomputed_before_any_sweep() {
    #[lru_cache(ttl = "10s")]
    fn double(n: u64) -> u64 {
        2 * n
    }
    let _clock = clock();
    double(1);
    advance(10 * SECOND);
    // No sweep has removed it.
    assert_eq!(double::with_status(1), (2, CacheStatus::Miss));
    assert_eq!(double::with_status(1), (2, CacheStatus::Hit));
    advance(10 * SECOND);
    assert!(!double::cache_invalidate(1));
    double(1);
    assert!(double::cache_invalidate(1));
}

#[test]
fn ttl_starts_when_the_computation_ends() {
    #[lru_cache(ttl = "10s")]
    fn slow(n: u64) -> u64 {
        advance(60 * SECOND);
        n
    }
    let _clock = clock();
    slow(1);
    advance(9 * SECOND);
    assert_eq!(slow::with_status(1).1, CacheStatus::Hit);
    advance(SECOND);
    assert_eq!(slow::with_status(1).1, CacheStatus::Miss);
}

#[test]
fn insertion_and_refresh_renew_the_ttl() {
    #[cache(ttl = "10s")]
    fn zero(_n: u64) -> u64 {
        0
    }
    let _clock = clock();
    zero(1);
    zero(2);
    advance(6 * SECOND);
    zero::cache_insert(1, 7);
    zero::cache_refresh(2);
    advance(6 * SECOND);
    assert_eq!(zero::with_status(1), (7, CacheStatus::Hit));
    assert_eq!(zero::with_status(2), (0, CacheStatus::Hit));
    advance(4 * SECOND);
    assert_eq!(zero::with_status(1), (0, CacheStatus::Miss));
    assert_eq!(zero::with_status(2), (0, CacheStatus::Miss));
}

#[test]
fn hit_renews_a_sliding_ttl_alone() {
    #[lru_cache(ttl = "10s")]
    fn fixed(n: u64) -> u64 {
        n
    }
    #[lru_cache(ttl = "10s", sliding = true)]
    fn sliding(n: u64) -> u64 {
        n
    }
    let _clock = clock();
    fixed(1);
    sliding(1);
    advance(6 * SECOND);
    fixed(1);
    sliding(1);
    advance(6 * SECOND);
    assert_eq!(fixed::with_status(1).1, CacheStatus::Miss);
    assert_eq!(sliding::with_status(1).1, CacheStatus::Hit);
    // To peek is no hit.
    advance(6 * SECOND);
    assert!(sliding::cache_contains(1));
    assert_eq!(sliding::cache_peek(1), Some(1));
    advance(4 * SECOND);
    assert_eq!(sliding::with_status(1).1, CacheStatus::Miss);
}

#[test]
fn jitter_spreads_the_deadlines() {
    #[cache(ttl = "10s", ttl_jitter = "10s")]
    fn same(n: u64) -> u64 {
        n
    }
    let _clock = clock();
    (0..10_000).for_each(|n| _ = same(n));
    advance(10 * SECOND - NANOSECOND);
    assert_eq!(same::cache_info().currsize, 10_000);
    // A tenth expires in each second, within six standard deviations.
    let mut before = 10_000;
    for _ in 0..10 {
        advance(SECOND);
        let now = same::cache_info().currsize;
        assert!((820..1180).contains(&(before - now)), "{} in a second", before - now);
        before = now;
    }
    assert_eq!(before, 0);
}

#[test]
fn stores_sweep_expired_entries() {
    #[cache(ttl = "10s")]
    fn shared(n: u64) -> Arc<u64> {
        Arc::new(n)
    }
    let _clock = clock();
    let first: Vec<Weak<u64>> = (0..20_000).map(|n| Arc::downgrade(&shared(n))).collect();
    let left = || first.iter().filter(|result| result.strong_count() > 0).count();
    assert_eq!(left(), 20_000);
    advance(10 * SECOND);
    assert_eq!(left(), 20_000, "no sweep has run yet");
    for n in 20_000..30_000 {
        shared(n);
    }
    assert!(left() < 20_000);
    for n in 30_000..40_000 {
        shared(n);
    }
    assert_eq!(left(), 0);
    assert_eq!(shared::cache_info().currsize, 20_000);
}

#[test]
fn ttl_takes_any_duration() {
    fn half_a_minute() -> Duration {
        30 * SECOND
    }
    #[lru_cache(ttl = half_a_minute(), ttl_jitter = Duration::ZERO)]
    fn computed(n: u64) -> u64 {
        n
    }
    #[lru_cache(ttl = Duration::MAX, ttl_jitter = Duration::MAX, sliding = true)]
    fn forever(n: u64) -> u64 {
        n
    }
    let _clock = clock();
    computed(1);
    forever(1);
    advance(30 * SECOND - NANOSECOND);
    assert_eq!(computed::with_status(1).1, CacheStatus::Hit);
    advance(NANOSECOND);
    assert_eq!(computed::with_status(1).1, CacheStatus::Miss);
    advance(1_000_000_000 * SECOND);
    assert_eq!(forever::with_status(1).1, CacheStatus::Hit);
    assert_eq!(forever::cache_parameters().ttl, Some(Duration::MAX));
}

#[test]
fn every_kind_of_function_expires() {
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Three;
    trait Times {
        fn times(&self, n: u64) -> u64;
    }
    impl Times for Three {
        #[lru_cache(ttl = "10s")]
        fn times(&self, n: u64) -> u64 {
            CALLS.fetch_add(1, Relaxed);
            3 * n
        }
    }
    impl Three {
        #[lru_cache(ttl = "10s")]
        fn plus(&self, n: u64) -> u64 {
            CALLS.fetch_add(1, Relaxed);
            3 + n
        }
    }
    #[lru_cache(ttl = "10s")]
    fn generic<T: Clone + Eq + std::hash::Hash + Send + Sync + 'static>(t: T) -> T {
        CALLS.fetch_add(1, Relaxed);
        t
    }
    #[lru_cache(ttl = "10s", scope = "thread")]
    fn local(n: u64) -> std::rc::Rc<u64> {
        CALLS.fetch_add(1, Relaxed);
        std::rc::Rc::new(n)
    }
    static CALLS: AtomicU64 = AtomicU64::new(0);
    fn call() {
        assert_eq!(Three.times(2), 6);
        assert_eq!(Three.plus(2), 5);
        assert_eq!(generic("x"), "x");
        assert_eq!(*local(2), 2);
    }
    let _clock = clock();
    call();
    call();
    assert_eq!(CALLS.load(Relaxed), 4);
    advance(10 * SECOND);
    call();
    call();
    assert_eq!(CALLS.load(Relaxed), 8);
}

#[test]
fn threads_count_exactly_and_keep_maxsize() {
    #[lru_cache(maxsize = 16, ttl = "10s", sliding = true)]
    fn double(n: u8) -> u16 {
        2 * u16::from(n)
    }
    const CALLS: u64 = 5_000;
    let _clock = clock();
    thread::scope(|scope| {
        let callers: [_; 4] = std::array::from_fn(|seed| {
            scope.spawn(move || {
                let mut random = Rng::with_seed(seed as u64);
                for _ in 0..CALLS {
                    let n = random.u8(..32);
                    assert_eq!(double(n), 2 * u16::from(n));
                }
            })
        });
        while callers.iter().any(|caller| !caller.is_finished()) {
            advance(SECOND);
            assert!(double::cache_info().currsize <= 16);
        }
        callers.into_iter().for_each(|caller| caller.join().expect("no panic"));
    });
    let info = double::cache_info();
    assert_eq!(info.hits + info.misses, 4 * CALLS);
}

#[test]
fn type_of_a_duration_is_inferred() {
    #[lru_cache(ttl = std::time::Duration::from_secs(1).into(), stale = Default::default())]
    fn double(n: u64) -> u64 {
        2 * n
    }
    let _clock = clock();
    assert_eq!(double(1), 2);
    assert_eq!(double::cache_parameters().ttl, Some(SECOND));
}
