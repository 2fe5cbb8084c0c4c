//! How old an answer can be after a link has died without a word.

use std::time::{Duration, Instant};

use functools::redis::Tier;
use functools::{CacheStatus, lru_cache};

use super::{LATE, report};
use crate::common::{Runs, SECOND, block_on};
use crate::server::{Server, eventually};
use crate::wire::Wire;
use crate::{Installed, at, install, set, stored};

/// How long a link may be dead before memory is trusted less.
const UNNOTICED: Duration = Duration::from_secs(2);

/// Calls until there is another answer than the old one, which must be in time.
fn until_not(old: u32, bound: Duration, what: &str, mut call: impl FnMut() -> u32) -> u32 {
    let begun = Instant::now();
    let mut last = None;
    eventually("the old answer is given up", || {
        last = Some(call());
        last != Some(old)
    });
    let stale = begun.elapsed();
    report(what, stale);
    assert!(stale <= bound + LATE, "{what}: {stale:?}, at most {bound:?}");
    last.expect("it has been called")
}

#[test]
fn silent_server_leaves_memory_valid_for_l1_ttl() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "silent:{id}", tier = TIER, l1_ttl = "1s"))]
    fn silent(id: u32) -> u32 {
        id + 1000 * RUNS.next()
    }
    static RUNS: Runs = Runs::new();
    let server = Server::start();
    // As patient with a call as a service is.
    let tier = Installed::new(&TIER, at(&server.url()));
    let old = silent(1);
    stored(&mut server.client(), "silent:1");
    server.suspend();
    until_not(old, UNNOTICED + SECOND, "stale after SIGSTOP, l1_ttl 1 s", || silent(1));
    assert!(!tier.stats().connected, "{:?}", tier.stats());

    server.resume();
    set(&mut server.client(), "silent:1", "7");
    eventually("it is served from Redis again", || silent(1) == 7);
    assert!(tier.stats().connected);
    assert!(tier.stats().connections >= 2, "{:?}", tier.stats());
}

/// The worst case: others go on writing, and nothing of it arrives.
#[test]
fn silent_network_leaves_memory_valid_for_l1_ttl() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "cut:{id}", tier = TIER))]
    async fn cut(id: u32) -> u32 {
        id + 1000 * RUNS.next()
    }
    static RUNS: Runs = Runs::new();
    let server = Server::start();
    let wire = Wire::to(server.port());
    let redis = at(&wire.url()).l1_ttl(Duration::from_millis(500));
    let tier = Installed::new(&TIER, redis);
    let mut client = server.client();
    for round in 1..=2 {
        eventually("it is connected", || tier.stats().connected);
        let old = block_on(cut(round));
        stored(&mut client, &format!("cut:{round}"));
        wire.hold();
        set(&mut client, &format!("cut:{round}"), "7");
        let bound = UNNOTICED + Duration::from_millis(500);
        let what = "stale after the network went silent, l1_ttl 0.5 s";
        until_not(old, bound, what, || block_on(cut(round)));

        // What was computed meanwhile gives way to what others stored.
        wire.release();
        eventually("the new value is served", || block_on(cut(round)) == 7);
    }
}

#[test]
fn killed_server_leaves_memory_valid_for_l1_ttl() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "killed:{id}", tier = TIER, l1_ttl = "1s"))]
    fn killed(id: u32) -> u32 {
        id + 1000 * RUNS.next()
    }
    static RUNS: Runs = Runs::new();
    let mut server = Server::start();
    let tier = Installed::new(&TIER, at(&server.url()));
    let old = killed(1);
    stored(&mut server.client(), "killed:1");

    // While it is away memory serves, but not for longer than `l1_ttl`.
    server.kill();
    let bound = UNNOTICED + SECOND;
    let what = "stale after SIGKILL, l1_ttl 1 s";
    let meanwhile = until_not(old, bound, what, || killed(1));
    assert_eq!(meanwhile, 1 + 1000 * RUNS.count());

    // When it is back memory starts afresh.
    server.restart();
    set(&mut server.client(), "killed:1", "7");
    eventually("it is connected again", || tier.stats().connections == 2);
    let bound = UNNOTICED + SECOND;
    let what = "stale after the restart, l1_ttl 1 s";
    until_not(meanwhile, bound, what, || killed(1));
    eventually("the new value is served", || killed::with_status(1) == (7, CacheStatus::Hit));
    assert!(tier.stats().connected);

    // Tracking works as before.
    set(&mut server.client(), "killed:1", "8");
    eventually("the change is seen", || killed(1) == 8);
}

/// In the time in which nobody could be told.
#[test]
fn replaced_server_empties_memory() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "replaced:{id}", tier = TIER, l1_ttl = "60s"))]
    fn replaced(id: u32) -> u32 {
        id + 1000 * RUNS.next()
    }
    static RUNS: Runs = Runs::new();
    let mut server = Server::start();
    let tier = install(&TIER, &server);
    let old = replaced(1);
    server.restart();
    set(&mut server.client(), "replaced:1", "7");
    eventually("it is connected again", || tier.stats().connections == 2);
    eventually("the old answer is given up", || replaced(1) != old);
    eventually("the new value is served", || replaced(1) == 7);
}
