//! Leases: one process computes, for as long as that takes. Section 8 of the contract, "nobody
//! takes a lease from a holder that renews".

use std::thread;
use std::time::{Duration, Instant};

use functools::redis::Tier;
use functools::{CacheStatus, lru_cache};

use crate::common::{Gate, Runs, SECOND, in_threads};
use crate::server::{Server, eventually};
use crate::{Installed, at, install, stored, text};

/// Long enough to be renewed in time on a busy machine.
const LEASE: Duration = Duration::from_secs(2);

mod body_longer_than_the_lease {
    use super::*;

    #[test]
    fn is_stored_and_others_compute_once_without_a_lease() {
        static HERE: Tier = Tier::new();
        static THERE: Tier = Tier::new();
        static LATER: Tier = Tier::new();
        static GATE: Gate = Gate::new();
        static RUNS: Runs = Runs::new();
        #[lru_cache(ttl = "60s", redis(key = "report:{n}", tier = HERE))]
        fn here(n: u64) -> u64 {
            RUNS.next();
            GATE.pass();
            n + 1
        }
        #[lru_cache(ttl = "60s", redis(key = "report:{n}", tier = THERE, l1_ttl = "60s"))]
        fn there(n: u64) -> u64 {
            RUNS.next();
            n + 2
        }
        #[lru_cache(ttl = "60s", redis(key = "report:{n}", tier = LATER))]
        fn later(n: u64) -> u64 {
            RUNS.next();
            n + 3
        }
        let server = Server::start();
        let with = |tier: &'static Tier| {
            Installed::new(tier, at(&server.url()).timeout(5 * SECOND).lease(LEASE))
        };
        let _tiers = [with(&HERE), with(&THERE), with(&LATER)];
        thread::scope(|scope| {
            let first = scope.spawn(|| here::with_status(1));
            GATE.wait_for(1);
            // It waits for the length of a lease, and computes.
            assert_eq!(there::with_status(1), (3, CacheStatus::Miss));
            assert_eq!(text(&mut server.client(), "report:1"), None, "it has no lease");
            assert_eq!(there::with_status(1), (3, CacheStatus::Hit), "it stays in its memory");
            GATE.open();
            assert_eq!(first.join().expect("no panic"), (2, CacheStatus::Miss));
        });
        assert_eq!(text(&mut server.client(), "report:1").as_deref(), Some("2"));
        assert_eq!(later::with_status(1), (2, CacheStatus::Shared));
        eventually("what was computed without a lease gives way", || there(1) == 2);
        assert_eq!(RUNS.count(), 2);
    }

    /// Nor does a herd of calls take the lease away.
    #[test]
    fn keeps_its_lease() {
        static HERE: Tier = Tier::new();
        static THERE: Tier = Tier::new();
        static GATE: Gate = Gate::new();
        #[lru_cache(ttl = "60s", redis(key = "herd:{n}", tier = HERE))]
        fn here(n: u64) -> u64 {
            GATE.pass();
            n
        }
        #[lru_cache(ttl = "60s", maxsize = 0, redis(key = "herd:{n}", tier = THERE))]
        fn nothing(n: u64) -> u64 {
            n
        }
        #[lru_cache(ttl = "60s", redis(key = "herd:{n}", tier = THERE, l1_ttl = "1ms"))]
        fn there(n: u64) -> u64 {
            n + 10
        }
        let server = Server::start();
        let with = |tier: &'static Tier| {
            Installed::new(tier, at(&server.url()).timeout(5 * SECOND).lease(LEASE))
        };
        let _tiers = [with(&HERE), with(&THERE)];
        nothing(1);
        let holder = || text(&mut server.client(), "functools:lease:{herd:1}");
        thread::scope(|scope| {
            let first = scope.spawn(|| here::with_status(1));
            GATE.wait_for(1);
            let first_holder = holder();
            assert!(first_holder.is_some());
            // The first of these wait for the length of a lease.
            in_threads(4, |_| (0..100).for_each(|_| assert_eq!(there(1), 11)));
            assert_eq!(holder(), first_holder);
            GATE.open();
            assert_eq!(first.join().expect("no panic"), (1, CacheStatus::Miss));
        });
        assert_eq!(text(&mut server.client(), "herd:1").as_deref(), Some("1"));
    }
}

/// It has waited for the length of a lease, and does not again for this holder.
#[test]
fn a_holder_that_was_waited_for_in_vain_holds_up_no_other_call() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    static GATE: Gate = Gate::new();
    #[lru_cache(ttl = "60s", redis(key = "hangs:{n}", tier = HERE))]
    fn here(n: u64) -> u64 {
        GATE.pass();
        n
    }
    #[lru_cache(ttl = "60s", redis(key = "hangs:{n}", tier = THERE, l1_ttl = "1ms"))]
    fn there(n: u64) -> u64 {
        n + 10
    }
    let server = Server::start();
    let lease = SECOND;
    let redis = || at(&server.url()).timeout(5 * SECOND).lease(lease);
    let _tiers = [Installed::new(&HERE, redis()), Installed::new(&THERE, redis())];
    thread::scope(|scope| {
        let first = scope.spawn(|| here(1));
        GATE.wait_for(1);
        let begun = Instant::now();
        assert_eq!(there::with_status(1), (11, CacheStatus::Miss));
        let first_call = begun.elapsed();
        assert!(first_call >= lease, "{first_call:?}");
        let asked = server.told("total_commands_processed");
        for _ in 0..10 {
            eventually("memory forgets", || !there::cache_contains(1));
            assert_eq!(there(1), 11);
        }
        let asked = server.told("total_commands_processed") - asked;
        // Ten reads and tries, and what the supervisors send: one that waits tries 15 times.
        assert!(asked < 300, "{asked}");
        GATE.open();
        assert_eq!(first.join().expect("no panic"), 1);
    });
    stored(&mut server.client(), "hangs:1");
}

/// Where calls mostly find nothing, value and lease are asked for at once.
#[test]
fn a_miss_asks_twice() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "asks:{n}", tier = TIER))]
    fn asks(n: u64) -> u64 {
        n
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    (0..10).for_each(|n| assert_eq!(asks(n), n));
    let scripts = || -> u64 {
        let info: redis::InfoDict =
            redis::cmd("INFO").arg("commandstats").query(&mut server.client()).expect("INFO");
        let calls = |name: &str| -> u64 {
            let stats: String = info.get(&format!("cmdstat_{name}")).unwrap_or_default();
            let calls = stats.split(',').next().and_then(|calls| calls.strip_prefix("calls="));
            calls.and_then(|calls| calls.parse().ok()).unwrap_or(0)
        };
        calls("getrange") + 1000 * calls("evalsha") + 1_000_000 * calls("eval")
    };
    let before = scripts();
    (100..200).for_each(|n| assert_eq!(asks(n), n));
    // One read and two scripts each, by their hashes.
    assert_eq!(scripts() - before, 100 + 1000 * 200);
    (0..5).for_each(|n| stored(&mut server.client(), &format!("asks:{}", 100 + n)));
}

/// As after a restart, or `SCRIPT FLUSH`.
#[test]
fn a_server_that_has_forgotten_the_scripts_is_sent_their_texts() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "flush:{n}", tier = TIER))]
    fn flush(n: u64) -> u64 {
        n
    }
    let server = Server::start();
    let mut client = server.client();
    let tier = install(&TIER, &server);
    for n in 0..20 {
        let () = redis::cmd("SCRIPT").arg("FLUSH").query(&mut client).expect("SCRIPT FLUSH");
        assert_eq!(flush::with_status(n), (n, CacheStatus::Miss));
        assert_eq!(text(&mut client, &format!("flush:{n}")), Some(n.to_string()));
        let () = redis::cmd("SCRIPT").arg("FLUSH").query(&mut client).expect("SCRIPT FLUSH");
        let done = flush::cache_invalidate(n);
        assert_eq!(done, functools::redis::Invalidation::Confirmed);
        assert_eq!(text(&mut client, &format!("flush:{n}")), None);
    }
    crate::assert_smooth(tier.stats());
}
