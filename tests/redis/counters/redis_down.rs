//! What is counted while Redis is away, or refuses.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use functools::redis::{Redis, Tier};
use functools::{CacheStatus, lru_cache};

use super::calls::{Counters, Last, and, counted, counters, published};
use crate::common::Gate;
use crate::server::{Server, eventually, free_port};
use crate::{Installed, at};

static DOWN: Tier = Tier::new();

#[test]
fn calls_while_redis_is_down_are_bypassed() {
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
fn calls_while_redis_may_not_be_read_are_bypassed() {
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
fn calls_while_redis_refuses_to_store_are_shared_misses() {
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
fn refused_keys_are_counted_for_their_function() {
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
