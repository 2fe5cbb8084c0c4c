//! What expires while its successor is computed is no change: the successor is stored.

use std::thread;
use std::time::Duration;

use functools::lru_cache;
use functools::redis::Tier;
use redis::Commands;

use super::{Database, expires, old};
use crate::common::{Gate, Runs};
use crate::server::{Server, eventually};
use crate::wire::Wire;
use crate::{Installed, at, install, stored};

#[test]
fn refreshed_value_is_stored_after_the_expiry_of_the_old_one() {
    static TIER: Tier = Tier::new();
    static GATE: Gate = Gate::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(ttl = "500ms", redis(key = "refreshed:{n}", tier = TIER))]
    fn number(n: u64) -> u32 {
        let run = RUNS.next();
        if run == 2 {
            GATE.pass();
        }
        run + u32::try_from(n).expect("small")
    }
    let server = Server::start();
    let mut client = server.client();
    let _tier = install(&TIER, &server);
    assert_eq!(number(0), 1);
    thread::scope(|scope| {
        let refresh = scope.spawn(|| number::cache_refresh(0));
        GATE.wait_for(1);
        expires(&TIER, &mut client, "refreshed:0", || number::cache_contains(0));
        GATE.open();
        assert_eq!(refresh.join().expect("no panic"), 2);
    });
    assert_eq!(number::cache_peek(0), Some(2));
    stored(&mut client, "refreshed:0");
}

/// What is there is no value of the function, and expires.
#[test]
fn value_is_stored_after_the_expiry_of_an_undecodable_one() {
    static TIER: Tier = Tier::new();
    static GATE: Gate = Gate::new();
    #[lru_cache(ttl = "60s", redis(key = "older:{n}", tier = TIER))]
    fn number(n: u64) -> u64 {
        if n == 1 {
            GATE.pass();
        }
        n
    }
    let server = Server::start();
    let mut client = server.client();
    let tier = install(&TIER, &server);
    number(0);
    let () = client.pset_ex("older:1", "junk", 300).expect("SET");
    thread::scope(|scope| {
        let call = scope.spawn(|| number(1));
        GATE.wait_for(1);
        expires(&tier, &mut client, "older:1", || false);
        GATE.open();
        assert_eq!(call.join().expect("no panic"), 1);
    });
    assert!(number::cache_contains(1));
    stored(&mut client, "older:1");
}

/// A link that is too slow for calls tells of expiry all the same.
#[test]
fn old_value_is_kept_by_a_call_that_bypasses_redis() {
    static TIER: Tier = Tier::new();
    static DATABASE: Database = Database::new();
    static GATE: Gate = Gate::new();
    #[lru_cache(ttl = "1s", stale_on_error = "60s", redis(key = "past:{n}", tier = TIER))]
    fn price(n: u64) -> Result<u64, String> {
        let answer = DATABASE.query(n);
        if answer.is_err() {
            GATE.pass();
        }
        answer
    }
    let server = Server::start();
    let wire = Wire::to(server.port());
    let tier = Installed::new(&TIER, at(&wire.url()).breaker(1));
    assert_eq!(price(0), Ok(0));
    assert_eq!(price(1), Ok(1));
    wire.delay(Duration::from_millis(60));
    // It finds out that calls cannot wait for Redis.
    assert_eq!(price(2), Ok(2));
    eventually("calls go past Redis", || !tier.stats().connected);
    // Those of 0 and of 1.
    let announced = tier.stats().invalidations + 2;
    assert!(price::cache_contains(1));
    eventually("it has expired in memory", || !price::cache_contains(1));
    DATABASE.goes_away();
    thread::scope(|scope| {
        let call = scope.spawn(|| price::with_status(1));
        GATE.wait_for(1);
        eventually("its expiry is announced", || tier.stats().invalidations >= announced);
        GATE.open();
        assert_eq!(call.join().expect("no panic"), old());
    });
}
