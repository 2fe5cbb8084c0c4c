//! How long a call waits for a computation of another process, and who does not.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use functools::redis::Tier;
use functools::{CacheStatus, lru_cache};

use crate::common::{Gate, SECOND, block_on, finishes};
use crate::server::{Server, eventually};
use crate::wire::Wire;
use crate::{Installed, at, install, stored};

/// A function that another process computes, and waits in it; and the same here.
macro_rules! while_another_computes {
    ($key:literal, [$($option:tt)*], |$here:ident| $act:expr) => {{
        static HERE: Tier = Tier::new();
        static THERE: Tier = Tier::new();
        static GATE: Gate = Gate::new();
        #[lru_cache(ttl = "60s", $($option)* redis(key = $key, tier = HERE))]
        async fn $here(n: u64) -> u64 {
            n
        }
        #[lru_cache(ttl = "60s", redis(key = $key, tier = THERE))]
        fn there(n: u64) -> u64 {
            GATE.pass();
            n + 10
        }
        let server = Server::start();
        let (_here, _there) = (install(&HERE, &server), install(&THERE, &server));
        thread::scope(|scope| {
            let other = scope.spawn(|| there::with_status(1));
            GATE.wait_for(1);
            $act;
            GATE.open();
            assert_eq!(other.join().expect("no panic"), (11, CacheStatus::Miss));
            let key = $key.replace("{n}", "1");
            stored(&mut server.client(), &key);
            let text = crate::text(&mut server.client(), &key);
            assert_eq!(text.as_deref(), Some("11"), "its lease was left to it");
        });
    }};
}

/// The lease lasts for 10 s.
#[test]
fn single_flight_limits_it() {
    while_another_computes!("limited:{n}", [single_flight = "50ms",], |here| {
        assert_eq!(block_on(here::with_status(1)), (1, CacheStatus::Miss));
        assert!(here::cache_contains(1));
    });
}

#[test]
fn a_worker_of_rayon_does_not_wait() {
    while_another_computes!("worker:{n}", [], |here| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
        let answer = pool.install(|| block_on(here::with_status(1)));
        assert_eq!(answer, (1, CacheStatus::Miss));
    });
}

/// Nor for its own process, which has the lease.
#[test]
fn a_worker_of_rayon_does_not_wait_for_its_own_process() {
    static TIER: Tier = Tier::new();
    static GATE: Gate = Gate::new();
    #[lru_cache(ttl = "60s", skip(waits), redis(key = "own:{n}", tier = TIER))]
    fn slow(n: u64, waits: bool) -> u64 {
        if waits {
            GATE.pass();
        }
        n
    }
    finishes(|| {
        let server = Server::start();
        let _tier = install(&TIER, &server);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("threads");
        let (answer, answers) = mpsc::channel();
        pool.spawn(move || answer.send(slow::with_status(1, true)).expect("somebody listens"));
        GATE.wait_for(1);
        assert_eq!(pool.install(|| slow::with_status(1, false)), (1, CacheStatus::Miss));
        assert_eq!(pool.install(|| slow::with_status(1, false)), (1, CacheStatus::Hit));
        GATE.open();
        assert_eq!(answers.recv(), Ok((1, CacheStatus::Miss)));
        stored(&mut server.client(), "own:1");
        // What a worker computes is shared like any other result.
        assert_eq!(pool.install(|| slow::with_status(2, false)), (2, CacheStatus::Miss));
        stored(&mut server.client(), "own:2");
    });
}

/// A link with some milliseconds of delay is no reason to compute, to count a timeout, or to open
/// the breaker.
#[test]
fn what_is_waited_for_over_a_slow_link_is_not_counted_as_slow() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    static GATE: Gate = Gate::new();
    #[lru_cache(ttl = "60s", redis(key = "slow:{n}", tier = HERE))]
    fn here(n: u64) -> u64 {
        n
    }
    #[lru_cache(ttl = "60s", redis(key = "slow:{n}", tier = THERE))]
    fn there(n: u64) -> u64 {
        if n == 1 {
            GATE.pass();
        }
        n + 10
    }
    let server = Server::start();
    let wire = Wire::to(server.port());
    let redis = at(&wire.url()).timeout(Duration::from_millis(500)).lease(20 * SECOND);
    let here_tier = Installed::new(&HERE, redis);
    let _there = install(&THERE, &server);
    here(0);
    wire.delay(Duration::from_millis(20));
    thread::scope(|scope| {
        let other = scope.spawn(|| there(1));
        GATE.wait_for(1);
        let waits = scope.spawn(|| here::with_status(1));
        // Longer than the time of one call, all questions together.
        let asked = server.told("total_commands_processed");
        eventually("it has asked often", || server.told("total_commands_processed") > asked + 100);
        GATE.open();
        assert_eq!(other.join().expect("no panic"), 11);
        assert_eq!(waits.join().expect("no panic"), (11, CacheStatus::Shared));
    });
    let stats = here_tier.stats();
    assert_eq!((stats.timeouts, stats.connections, stats.connected), (0, 1, true), "{stats:?}");
}

/// Each computes, and the first that ends is kept, as in memory alone.
#[test]
fn without_single_flight_calls_that_overlap_are_stored() {
    static TIER: Tier = Tier::new();
    static GATE: Gate = Gate::new();
    #[lru_cache(
        ttl = "60s",
        single_flight = false,
        skip(waits),
        redis(key = "off:{n}", tier = TIER)
    )]
    fn slow(n: u64, waits: bool) -> u64 {
        if waits {
            GATE.pass();
        }
        n
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    thread::scope(|scope| {
        let first = scope.spawn(|| slow::with_status(1, true));
        GATE.wait_for(1);
        let second = scope.spawn(|| slow::with_status(1, true));
        GATE.wait_for(2);
        GATE.open();
        assert_eq!(first.join().expect("no panic"), (1, CacheStatus::Miss));
        assert_eq!(second.join().expect("no panic"), (1, CacheStatus::Miss));
    });
    assert_eq!(slow::with_status(1, false), (1, CacheStatus::Hit));
    stored(&mut server.client(), "off:1");
}
