//! Every counter, of one function in each situation: what it counts is what its documentation says.

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use functools::redis::{FunctionStats, Redis, Tier};
use functools::{CacheStats, CacheStatus, lru_cache};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use redis::Commands;

use serde::{Deserialize, Deserializer, Serialize};

use crate::common::flights::{Gate, until};
use crate::common::{block_on, poll};
use crate::server::{Server, eventually, free_port};
use crate::{Installed, at, install, set};

/// What is counted, by name.
type Counters = BTreeMap<&'static str, u64>;

/// All counters of a function that are not 0, but for times.
fn counters(stats: &CacheStats) -> Counters {
    let CacheStats { hits, misses, evictions, expirations, joined, stale, .. } = *stats;
    let CacheStats { refused, failures, too_heavy, computations, redis, .. } = *stats;
    let mut counters = Counters::from([
        ("hits", hits),
        ("misses", misses),
        ("evictions", evictions),
        ("expirations", expirations),
        ("joined", joined),
        ("stale", stale),
        ("refused", refused),
        ("failures", failures),
        ("too_heavy", too_heavy),
        ("computations", computations),
    ]);
    if let Some(redis) = redis {
        let FunctionStats { shared_hits, shared_misses, stores, errors, timeouts, .. } = redis;
        let FunctionStats { undecodable, too_large, unencodable, unreadable, .. } = redis;
        counters.extend([
            ("redis_shared_hits", shared_hits),
            ("redis_shared_misses", shared_misses),
            ("redis_stores", stores),
            ("redis_errors", errors),
            ("redis_timeouts", timeouts),
            ("redis_undecodable", undecodable),
            ("redis_too_large", too_large),
            ("redis_unencodable", unencodable),
            ("redis_unreadable", unreadable),
            ("redis_altered", redis.altered),
            ("redis_bypassed", redis.bypassed),
        ]);
    }
    counters.retain(|_, count| *count != 0);
    counters
}

/// The same as `functools::metrics::publish` tells it of this function.
fn published(function: &str) -> Counters {
    let recorder = DebuggingRecorder::new();
    metrics::with_local_recorder(&recorder, functools::metrics::publish);
    let mut counters = Counters::new();
    for (key, _, _, value) in recorder.snapshotter().snapshot().into_vec() {
        let (_, key) = key.into_parts();
        let is_of_function = key.labels().any(|label| label.value() == function);
        let name =
            key.name().strip_prefix("functools_").and_then(|name| name.strip_suffix("_total"));
        if let (true, Some(name), DebugValue::Counter(count @ 1..)) = (is_of_function, name, value)
            && name != "compute_nanoseconds"
        {
            let name: &'static str = name.to_owned().leak();
            counters.insert(name, count);
        }
    }
    counters
}

/// What the last calls of a row are given: the function, and whether its database is away.
struct Last<'a> {
    call: &'a mut dyn FnMut(u64) -> (Result<Option<u64>, String>, CacheStatus),
    contains: fn(u64) -> bool,
    is_away: &'static AtomicBool,
}

/// What a function with these options has counted after the same calls as all others, and the last
/// ones of its row. Each call was a hit or a miss, what is published is the same, and `cache_clear`
/// zeroes all of it.
macro_rules! counted {
    ([$($option:tt)*] $name:ident $last:expr) => {{
        static GATE: Gate = Gate::new();
        static IS_AWAY: AtomicBool = AtomicBool::new(false);
        /// 0 is none, 9 an error, and so is 7 while the database is away; 8 comes when another call
        /// waits for it.
        #[lru_cache(maxsize = 2, cache_none = false, $($option)*)]
        fn $name(n: u64) -> Result<Option<u64>, String> {
            match n {
                0 => Ok(None),
                9 => Err("nine".to_owned()),
                7 if IS_AWAY.load(Ordering::SeqCst) => Err("away".to_owned()),
                8 => {
                    GATE.pass();
                    Ok(Some(8))
                }
                n => Ok(Some(n)),
            }
        }
        // The two of the threads below.
        let mut calls = 2;
        let mut call = |n| {
            calls += 1;
            $name::with_status(n)
        };
        // Two misses and a hit; 3 takes the place of 2.
        for n in [1, 2, 1, 3] {
            assert_eq!(call(n).0, Ok(Some(n)));
        }
        // Two misses that store nothing, by a predicate and by an error.
        assert_eq!(call(0).0, Ok(None));
        assert_eq!(call(9).0, Err("nine".to_owned()));
        // 4 takes the place of 1, 3 is computed once more, without a call.
        $name::cache_insert(4, Ok(Some(4)));
        assert_eq!($name::cache_refresh(3), Ok(Some(3)));
        assert_eq!(call(3), (Ok(Some(3)), CacheStatus::Hit));
        // A miss, for which another call waits; 8 takes the place of 4.
        thread::scope(|scope| {
            let one = scope.spawn(|| $name(8));
            GATE.holds(1);
            let hits = $name::cache_info().hits;
            let other = scope.spawn(|| $name::with_status(8));
            until(|| $name::cache_info().hits == hits + 1);
            GATE.open();
            assert_eq!(one.join().expect("no panic"), Ok(Some(8)));
            assert_eq!(other.join().expect("no panic"), (Ok(Some(8)), CacheStatus::Joined));
        });
        let last: fn(Last<'_>) = $last;
        last(Last { call: &mut call, contains: |n| $name::cache_contains(n), is_away: &IS_AWAY });
        let stats = $name::cache_stats();
        assert_eq!(stats.hits + stats.misses, calls, "hits + misses = calls: {stats:?}");
        let counted = counters(&stats);
        let is_it = |cache: &functools::CacheRef| cache.name().ends_with(stringify!($name));
        let cache = functools::caches().find(is_it).expect("it was used");
        assert_eq!(published(cache.name()), counted, "as published");
        $name::cache_clear();
        assert_eq!(counters(&$name::cache_stats()), Counters::new(), "cache_clear zeroes all");
        counted
    }};
}

/// What each function of the table has counted in any case, and more.
fn and(more: &[(&'static str, u64)]) -> Counters {
    let in_any_case = [
        ("hits", 3),
        ("misses", 6),
        ("evictions", 3),
        ("joined", 1),
        ("refused", 1),
        ("failures", 1),
        ("computations", 7),
    ];
    let mut counters = Counters::from(in_any_case);
    for &(name, more) in more {
        *counters.entry(name).or_default() += more;
    }
    counters
}

#[test]
fn in_memory() {
    assert_eq!(counted!([] counted_in_memory |_| ()), and(&[]));
}

#[test]
fn with_a_ttl() {
    let counted = counted!([ttl = "1s"] counted_with_ttl |last: Last<'_>| {
        eventually("3 and 8 have expired", || !(last.contains)(3) && !(last.contains)(8));
        assert_eq!((last.call)(3).1, CacheStatus::Miss);
    });
    assert_eq!(counted, and(&[("misses", 1), ("computations", 1), ("expirations", 2)]));
}

#[test]
fn with_stale_on_error() {
    let counted = counted!([ttl = "1s", stale_on_error = "60s"] counted_with_reserve |last: Last<'_>| {
        assert_eq!((last.call)(7).1, CacheStatus::Miss);
        eventually("7 has expired", || !(last.contains)(7));
        last.is_away.store(true, Ordering::SeqCst);
        assert_eq!((last.call)(7), (Ok(Some(7)), CacheStatus::Stale));
        // It takes the place of an entry that has expired.
        assert_eq!((last.call)(5).1, CacheStatus::Miss);
    });
    let more = [
        ("misses", 3),
        ("computations", 3),
        ("evictions", 1),
        ("failures", 1),
        ("stale", 1),
        ("expirations", 1),
    ];
    assert_eq!(counted, and(&more));
}

static UP: Tier = Tier::new();

#[test]
fn with_redis() {
    let server = Server::start();
    let tier = install(&UP, &server);
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| server.url());
    let counted = counted!([ttl = "60s", redis(key = "up:{n}", tier = UP)] counted_with_redis |last: Last<'_>| {
        let url = URL.get().expect("it is known").as_str();
        let mut client = redis::Client::open(url).and_then(|client| client.get_connection()).expect("the server");
        eventually("the insertion is stored, too", || UP.stats().stores == 6);
        // One that memory has no room for any more.
        assert_eq!((last.call)(2), (Ok(Some(2)), CacheStatus::Shared));
        // One that is refused.
        set(&mut client, "up:0", "null");
        assert_eq!((last.call)(0), (Ok(None), CacheStatus::Shared));
        // Two that are no values of the function.
        set(&mut client, "up:10", "junk");
        let () = client.lpush("up:11", 1).expect("LPUSH");
        assert_eq!((last.call)(10).1, CacheStatus::Miss);
        assert_eq!((last.call)(11).1, CacheStatus::Miss);
    });
    let more = [
        ("hits", 2),
        ("misses", 2),
        ("computations", 2),
        ("evictions", 3),
        ("refused", 1),
        ("redis_shared_hits", 2),
        // 1, 2, 3, 0, 9, 8; 10 and 11.
        ("redis_shared_misses", 8),
        // 1, 2, 3, the insertion of 4, the refresh of 3, 8. The value of 10 is young, that of 11 is
        // another program's.
        ("redis_stores", 6),
        ("redis_undecodable", 2),
    ];
    assert_eq!(counted, and(&more));
    let stats = tier.stats();
    let of_tier = (stats.shared_hits, stats.shared_misses, stats.stores, stats.undecodable);
    assert_eq!(of_tier, (2, 8, 6, 2), "the tier counts the same: {stats:?}");
    assert_eq!((stats.errors, stats.timeouts, stats.bypassed), (0, 0, 0), "{stats:?}");
}

static EXPIRING: Tier = Tier::new();

#[test]
fn with_redis_and_entries_that_expire() {
    let server = Server::start();
    let _tier = install(&EXPIRING, &server);
    let counted = counted!(
        [ttl = "1s", stale_on_error = "60s", redis(key = "expiring:{n}", tier = EXPIRING)]
        counted_while_expiring
        |last: Last<'_>| {
            assert_eq!((last.call)(7).1, CacheStatus::Miss);
            eventually("7 has expired", || !(last.contains)(7));
            last.is_away.store(true, Ordering::SeqCst);
            // Redis may hold it a little longer.
            eventually("it is served", || (last.call)(7) == (Ok(Some(7)), CacheStatus::Stale));
            eventually("the insertion was stored, too", || EXPIRING.stats().stores == 7);
            assert_eq!((last.call)(5).1, CacheStatus::Miss);
        }
    );
    let mut expected = and(&[
        ("misses", 3),
        ("computations", 3),
        ("evictions", 1),
        ("failures", 1),
        ("stale", 1),
        ("expirations", 1),
        ("redis_shared_misses", 9),
        ("redis_stores", 8),
    ]);
    // So often Redis had it a little longer.
    let longer = counted.get("redis_shared_hits").copied().unwrap_or_default();
    if longer > 0 {
        expected.insert("redis_shared_hits", longer);
        *expected.entry("hits").or_default() += longer;
        *expected.entry("expirations").or_default() += longer;
    }
    assert_eq!(counted, expected);
}

static DOWN: Tier = Tier::new();

#[test]
fn while_redis_is_down() {
    let redis = at(&format!("redis://127.0.0.1:{}", free_port()));
    DOWN.install(redis);
    let counted =
        counted!([ttl = "60s", redis(key = "down:{n}", tier = DOWN)] counted_while_down |_| ());
    // Each call that found nothing in memory. What is inserted or refreshed is no call.
    assert_eq!(counted, and(&[("redis_bypassed", 6)]));
    assert_eq!(DOWN.stats().bypassed, 6);
    DOWN.uninstall();
}

static REFUSING: Tier = Tier::new();

/// A user who may do all but this.
fn user(server: &Server, rules: &[&str]) -> Redis {
    let mut command = redis::cmd("ACL");
    command.arg("SETUSER").arg(&["app", "on", ">hunter2", "+@all"]).arg(rules);
    let () = command.query(&mut server.client()).expect("ACL SETUSER");
    at(&format!("redis://app:hunter2@127.0.0.1:{}", server.port()))
}

#[test]
fn while_redis_refuses_what_calls_need() {
    let server = Server::start();
    REFUSING.install(user(&server, &["~*", "-getrange"]));
    eventually("it has refused", || REFUSING.stats().errors > 0);
    let counted = counted!(
        [ttl = "60s", redis(key = "refused:{n}", tier = REFUSING)]
        counted_while_refused
        |_| ()
    );
    // What is inserted and what is refreshed is stored.
    assert_eq!(counted, and(&[("redis_bypassed", 6), ("redis_stores", 2)]));
    REFUSING.uninstall();
}

static UNSTORED: Tier = Tier::new();

/// Then calls read what is there.
#[test]
fn while_redis_refuses_to_store() {
    let server = Server::start();
    UNSTORED.install(user(&server, &["~*", "-eval", "-evalsha"]));
    eventually("the tier is connected", || UNSTORED.stats().connected);
    let counted = counted!(
        [ttl = "60s", redis(key = "unstored:{n}", tier = UNSTORED)]
        counted_while_unstored
        |_| ()
    );
    assert_eq!(counted, and(&[("redis_shared_misses", 6)]));
    UNSTORED.uninstall();
}

static FORBIDDEN: Tier = Tier::new();

#[lru_cache(ttl = "60s", redis(key = "allowed:{n}", tier = FORBIDDEN))]
fn allowed(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = 2, ttl = "60s", redis(key = "forbidden:{n}", tier = FORBIDDEN))]
fn forbidden(n: u64) -> u64 {
    n
}

#[test]
fn while_redis_refuses_the_keys_of_one_function() {
    let server = Server::start();
    FORBIDDEN.install(user(&server, &["~functools:*", "~allowed:*"]));
    allowed(1);
    eventually("the tier is connected", || FORBIDDEN.stats().connected);
    let tier = Installed(&FORBIDDEN);
    for n in [1, 2, 1, 3] {
        assert_eq!(forbidden(n), n);
    }
    let mut counted = counters(&forbidden::cache_stats());
    // A call that asks is refused. Then calls go past Redis for a second.
    let refused = counted.remove("redis_errors").unwrap_or_default();
    let bypassed = counted.remove("redis_bypassed").unwrap_or_default();
    assert!(refused >= 1 && refused + bypassed == 3, "{refused} refused, {bypassed} went past");
    let expected = [("hits", 1), ("misses", 3), ("evictions", 1), ("computations", 3)];
    assert_eq!(counted, Counters::from(expected));
    // The other one before the tier was connected.
    let at_start = counters(&allowed::cache_stats()).get("redis_bypassed").copied();
    let of_tier = (tier.stats().errors, tier.stats().bypassed);
    assert_eq!(of_tier, (refused, bypassed + at_start.unwrap_or_default()));
}

static DROPPED: Tier = Tier::new();

/// A call that its task gives up, or that a panic ends, is a call: a miss, as without Redis.
#[test]
fn calls_that_come_to_no_end() {
    #[derive(Clone, Serialize)]
    struct Fragile(u64);
    impl<'de> Deserialize<'de> for Fragile {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let n = u64::deserialize(deserializer)?;
            assert!(n != 7, "it does not like 7");
            Ok(Fragile(n))
        }
    }
    #[lru_cache(ttl = "60s", redis(key = "dropped:{n}", tier = DROPPED))]
    async fn fragile(n: u64) -> Fragile {
        Fragile(n)
    }
    let server = Server::start();
    let _tier = install(&DROPPED, &server);
    for n in 0..10 {
        let mut call = Box::pin(fragile(n + 100));
        let is_pending = poll(call.as_mut()).is_pending();
        assert!(
            is_pending,
            "it asks Redis: {n}, {:?}, {:?}",
            DROPPED.stats(),
            DROPPED.last_error()
        );
    }
    set(&mut server.client(), "dropped:1", "7");
    let panics = catch_unwind(|| block_on(fragile(1)).0);
    assert!(panics.is_err());
    let info = fragile::cache_info();
    assert_eq!((info.hits, info.misses), (0, 11));
}
