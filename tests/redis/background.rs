//! `refresh = "background"` with Redis: nobody waits for a stale result, and of all processes one
//! refreshes it. Sections 2 and 8 of the contract.
//!
//! The clock stands still until a test advances it, so each test runs in a process of its own.

mod forms;
mod refused;
mod tasks;

use functools::redis::{Invalidation, Tier};
use functools::{CacheStats, CacheStatus, lru_cache};
use functools_test_support::{advance, clock};
use redis::{Commands, Connection};

use crate::common::{Gate, Runs, SECOND};
use crate::server::eventually;
use crate::{Installed, at, in_own_process, install_own, set, text};

/// Two functions with the same keys and body, as of two processes. Results are stale after 60 s of
/// the clock, for a day. The body stops at the gate in each run but the first.
// Its attribute would be indented further each time.
#[rustfmt::skip]
macro_rules! in_two_processes {
    ($key:literal) => {
        static HERE: Tier = Tier::new();
        static THERE: Tier = Tier::new();
        static GATE: Gate = Gate::new();
        static RUNS: Runs = Runs::new();
        fn body(_: u64) -> u32 {
            let run = RUNS.next();
            if run > 1 {
                GATE.pass();
            }
            run
        }
        #[lru_cache(ttl = "60s", stale = "1d", refresh = "background",
            redis(key = $key, tier = HERE))]
        fn here(n: u64) -> u32 {
            body(n)
        }
        #[lru_cache(ttl = "60s", stale = "1d", refresh = "background",
            redis(key = $key, tier = THERE))]
        fn there(n: u64) -> u32 {
            body(n)
        }
    };
}

/// Lets the value of a key expire: in memory by the clock, and in Redis, which announces it.
fn expire(tiers: &[&Tier], client: &mut Connection, key: &str) {
    let announced = |tier: &&Tier| tier.stats().invalidations;
    let before: Vec<_> = tiers.iter().map(announced).collect();
    advance(60 * SECOND);
    let () = client.del(key).expect("DEL");
    eventually("the expiry is announced", || {
        tiers.iter().map(announced).zip(&before).all(|(now, before)| now > *before)
    });
}

/// Refreshes, and those of them that failed; computations.
fn refreshes(stats: CacheStats) -> (u64, u64, u64) {
    (stats.refreshes, stats.refresh_failures, stats.computations)
}

const STALE: CacheStatus = CacheStatus::Stale;

#[test]
fn one_process_refreshes_for_all() {
    in_own_process("background::one_process_refreshes");
}

#[test]
#[ignore = "what the process does that another test starts"]
fn one_process_refreshes() {
    in_two_processes!("fleet:{n}");
    let _clock = clock();
    let (_here, mut client) = install_own(&HERE);
    let (_there, _) = install_own(&THERE);
    assert_eq!(here::with_status(1), (1, CacheStatus::Miss));
    assert_eq!(there::with_status(1), (1, CacheStatus::Shared));
    expire(&[&HERE, &THERE], &mut client, "fleet:1");

    assert_eq!(here::with_status(1), (1, STALE));
    GATE.wait_for(1);
    assert_eq!(there::with_status(1), (1, STALE));
    let asked = || there::cache_stats().redis.is_some_and(|redis| redis.shared_misses == 1);
    eventually("the other process asks for the lease", asked);
    for _ in 0..3 {
        assert_eq!((here::with_status(1), there::with_status(1)), ((1, STALE), (1, STALE)));
    }
    assert_eq!(client.exists("functools:lease:{fleet:1}"), Ok(true));
    GATE.open();
    eventually("the result is in memory", || here::cache_peek(1) == Some(2));
    assert_eq!(here::with_status(1), (2, CacheStatus::Hit));
    assert_eq!(text(&mut client, "fleet:1").as_deref(), Some("2"));
    let ttl: i64 = client.ttl("fleet:1").expect("TTL");
    assert!((1..=60).contains(&ttl), "{ttl}");
    assert_eq!(client.exists("functools:lease:{fleet:1}"), Ok(false));
    eventually("the other process drops the old result", || there::cache_peek(1).is_none());
    eventually("it has the new one", || there(1) == 2);

    assert_eq!(RUNS.count(), 2);
    assert_eq!(refreshes(here::cache_stats()), (1, 0, 2));
    let (_, failed, computed) = refreshes(there::cache_stats());
    assert_eq!((failed, computed), (0, 0));
    assert_eq!(here::cache_stats().misses, 1, "a caller that does not compute is a hit");
}

#[test]
fn another_process_refreshes_once_the_holder_is_gone() {
    in_own_process("background::holder_is_gone");
}

/// A lease that is held postpones a refresh for a second.
#[test]
#[ignore = "what the process does that another test starts"]
fn holder_is_gone() {
    in_two_processes!("gone:{n}");
    GATE.open();
    let _clock = clock();
    let (_here, mut client) = install_own(&HERE);
    assert_eq!(here(1), 1);
    expire(&[&HERE], &mut client, "gone:1");
    let lease = "functools:lease:{gone:1}";
    let () = client.set(lease, "of a process that was killed").expect("SET");
    assert_eq!(here::with_status(1), (1, STALE));
    let asked = || here::cache_stats().redis.is_some_and(|redis| redis.shared_misses == 2);
    eventually("it asks for the lease", asked);
    let () = client.del(lease).expect("DEL");
    // The refresh has ended when another can start.
    eventually("it is tried again after a second", || {
        advance(SECOND);
        assert_eq!(here(1), 1 + u32::from(here::cache_contains(1)));
        here::cache_contains(1)
    });
    assert_eq!((RUNS.count(), here::cache_stats().refresh_failures), (2, 0));
    assert_eq!(text(&mut client, "gone:1").as_deref(), Some("2"));
    // The other function is for the other tests.
    assert!(!there::cache_contains(1));
}

#[test]
fn value_of_another_process_is_taken_without_a_computation() {
    in_own_process("background::value_is_taken");
}

/// Without tracking, a refresh finds it.
#[test]
#[ignore = "what the process does that another test starts"]
fn value_is_taken() {
    in_two_processes!("taken:{n}");
    let _clock = clock();
    let (first, mut client) = install_own(&HERE);
    drop(first);
    let redis = at(&crate::own_url()).timeout(5 * SECOND).tracking(false).l1_ttl(60 * SECOND);
    let _here = Installed::new(&HERE, redis);
    assert_eq!(here(1), 1);
    advance(60 * SECOND);
    set(&mut client, "taken:1", "7");
    assert_eq!(here::with_status(1), (1, STALE));
    eventually("it is in memory", || here::cache_peek(1) == Some(7));
    assert_eq!(here::with_status(1), (7, CacheStatus::Hit));
    assert_eq!(RUNS.count(), 1);
    assert_eq!(refreshes(here::cache_stats()), (1, 0, 1));
    let info = here::cache_info();
    assert_eq!((info.hits, info.misses), (2, 1), "a refresh is no call");
    assert!(!there::cache_contains(1));
}

#[test]
fn refresh_while_redis_is_away_is_in_memory_for_l1_ttl() {
    in_own_process("background::redis_is_away");
}

#[test]
#[ignore = "what the process does that another test starts"]
fn redis_is_away() {
    in_two_processes!("away:{n}");
    GATE.open();
    let _clock = clock();
    let (here_tier, mut client) = install_own(&HERE);
    assert_eq!(here(1), 1);
    expire(&[&HERE], &mut client, "away:1");
    let () =
        redis::cmd("CONFIG").arg(&["SET", "requirepass", "x"]).query(&mut client).expect("SET");
    let mut kill = redis::cmd("CLIENT");
    let _: u32 = kill.arg(&["KILL", "SKIPME", "YES"]).query(&mut client).expect("KILL");
    eventually("it is away", || !here_tier.stats().connected);
    assert_eq!(here::with_status(1), (1, STALE));
    eventually("the result is in memory", || here::cache_peek(1) == Some(2));
    assert_eq!(here::cache_stats().redis.map(|redis| redis.bypassed), Some(1));
    assert!(here::cache_ttl(1).is_some_and(|left| left <= 5 * SECOND), "l1_ttl");
    assert_eq!(text(&mut client, "away:1"), None);
    advance(5 * SECOND);
    assert_eq!(here::with_status(1), (2, STALE), "then it is stale");
    assert!(!there::cache_contains(1));
}

/// Invalidates a key or clears, given the two functions of the handle that do so.
type Remove = fn(fn(u64) -> Invalidation, fn() -> Invalidation) -> Invalidation;

/// The entry is removed by another process while the body of a refresh runs.
fn removed_by(remove: Remove) {
    in_two_processes!("removed:{n}");
    let _clock = clock();
    let (here_tier, mut client) = install_own(&HERE);
    let (_there, _) = install_own(&THERE);
    assert_eq!((here(1), there(1)), (1, 1));
    expire(&[&HERE, &THERE], &mut client, "removed:1");
    assert_eq!(here::with_status(1), (1, STALE));
    GATE.wait_for(1);
    let announced = here_tier.stats().invalidations;
    assert_eq!(remove(there::cache_invalidate, there::cache_clear), Invalidation::Confirmed);
    eventually("it is announced", || here_tier.stats().invalidations > announced);
    eventually("the old result is gone", || here::cache_stats().currsize == 0);
    GATE.open();
    assert_eq!(here::with_status(1), (3, CacheStatus::Miss));
    eventually("the refresh has ended", || here::cache_stats().computations == 3);
    assert_eq!(here::with_status(1), (3, CacheStatus::Hit));
    assert_eq!(text(&mut client, "removed:1").as_deref(), Some("3"));
    assert_eq!(refreshes(here::cache_stats()), (1, 0, 3), "it has not failed");
}

#[test]
fn invalidation_by_another_process_discards_a_refresh() {
    in_own_process("background::invalidated");
}

#[test]
#[ignore = "what the process does that another test starts"]
fn invalidated() {
    removed_by(|invalidate, _| invalidate(1));
}

#[test]
fn clear_by_another_process_discards_a_refresh() {
    in_own_process("background::cleared");
}

#[test]
#[ignore = "what the process does that another test starts"]
fn cleared() {
    removed_by(|_, clear| clear());
}
