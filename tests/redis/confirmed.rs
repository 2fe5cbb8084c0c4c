//! What a `Confirmed` removal means, whatever happens at the same time. Section 8 of the contract,
//! "`Confirmed` means".

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use functools::redis::{Invalidation, Level, Tier};
use functools::{CacheStatus, lru_cache};

use crate::common::SECOND;
use crate::proxy::Proxy;
use crate::server::{Server, eventually, eventually_within};
use crate::wire::Wire;
use crate::{Installed, at, install, set, stored, text};

/// What a database says now, for all arguments.
fn read(database: &AtomicU64, _: u64) -> u64 {
    database.load(SeqCst)
}

/// A result comes at any moment of a clear that takes long.
#[test]
fn a_clear_leaves_no_result_that_was_being_computed() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    static DATABASE: AtomicU64 = AtomicU64::new(0);
    static BEGUN: AtomicU64 = AtomicU64::new(0);
    static MILLIS: AtomicU64 = AtomicU64::new(0);
    fn compute(_: u64) -> u64 {
        let value = DATABASE.load(SeqCst);
        BEGUN.fetch_add(1, SeqCst);
        thread::sleep(Duration::from_millis(MILLIS.load(SeqCst)));
        value
    }
    #[lru_cache(ttl = "600s", redis(key = "list:{n}", tier = HERE))]
    fn here(n: u64) -> u64 {
        compute(n)
    }
    #[lru_cache(ttl = "600s", redis(key = "list:{n}", tier = THERE))]
    fn there(n: u64) -> u64 {
        compute(n)
    }
    let server = Server::start();
    let wire = Wire::to(server.port());
    let _here = Installed::new(&HERE, at(&wire.url()).timeout(SECOND));
    let _there = install(&THERE, &server);
    wire.delay(Duration::from_millis(5));
    let mut confirmed = 0;
    for millis in 0..60 {
        MILLIS.store(millis, SeqCst);
        let begun = BEGUN.load(SeqCst);
        thread::scope(|scope| {
            let computes = scope.spawn(move || there(millis));
            eventually("it computes", || BEGUN.load(SeqCst) > begun);
            let written = DATABASE.fetch_add(1, SeqCst) + 1;
            let cleared = here::cache_clear();
            computes.join().expect("no panic");
            MILLIS.store(0, SeqCst);
            if cleared == Invalidation::Confirmed {
                confirmed += 1;
                let what = format!("a result that came {millis} ms after the clear began");
                assert!(here(millis) >= written, "{what} is read where it was cleared");
                eventually(&format!("{what} is gone"), || there(millis) >= written);
            }
        });
    }
    assert!(confirmed > 40, "{confirmed}");
}

mod servers_that_lose_what_was_confirmed {
    use super::*;

    /// A function whose key and whose clear another server has not heard of.
    #[test]
    fn have_it_removed_again() {
        static TIER: Tier = Tier::new();
        static SOURCE: AtomicU64 = AtomicU64::new(1);
        #[lru_cache(ttl = "600s", redis(key = "one:{n}", tier = TIER))]
        fn one(n: u64) -> u64 {
            read(&SOURCE, n)
        }
        #[lru_cache(ttl = "600s", redis(key = "all:{n}", tier = TIER))]
        fn all(n: u64) -> u64 {
            read(&SOURCE, n)
        }
        let (master, lagging) = (Server::start(), Server::start());
        let proxy = Proxy::to(master.port());
        let tier = Installed::new(&TIER, at(&proxy.url()).timeout(5 * SECOND));
        assert_eq!((one(1), one(2), all(1)), (1, 1, 1));
        SOURCE.store(2, SeqCst);
        assert_eq!(one::cache_invalidate(1), Invalidation::Confirmed);
        assert_eq!(all::cache_clear(), Invalidation::Confirmed);
        let mut client = lagging.client();
        for key in ["one:1", "one:2", "all:1", "all:7"] {
            set(&mut client, key, "1");
        }
        let connections = tier.stats().connections;
        proxy.lead_to(lagging.port());
        proxy.cut();
        eventually("it is connected to the other", || {
            assert_eq!((one(1), all(1), all(7)), (2, 2, 2), "nothing of it is read");
            tier.stats().connections > connections
        });
        for _ in 0..100 {
            assert_eq!((one(1), all(1), all(7)), (2, 2, 2));
        }
        eventually("it is removed", || tier.stats().queued == 0);
        assert_eq!(text(&mut client, "one:2").as_deref(), Some("1"), "it was not invalidated");
        assert_ne!(text(&mut client, "one:1").as_deref(), Some("1"));
        assert_ne!(text(&mut client, "all:7").as_deref(), Some("1"));
    }

    /// It has lost nothing.
    #[test]
    fn are_told_from_one_whose_link_was_cut() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "600s", redis(key = "same:{n}", tier = TIER))]
        fn same(n: u64) -> u64 {
            n
        }
        let server = Server::start();
        let proxy = Proxy::to(server.port());
        let tier = Installed::new(&TIER, at(&proxy.url()).timeout(5 * SECOND));
        assert_eq!(same::cache_invalidate(1), Invalidation::Confirmed);
        set(&mut server.client(), "same:1", "7");
        let connections = tier.stats().connections;
        proxy.cut();
        eventually("it is connected again", || tier.stats().connections > connections);
        assert_eq!(same::with_status(1), (7, CacheStatus::Shared));
    }
}

mod tracking_is_tried {
    use super::*;

    /// A proxy says OK to it, and passes no push on.
    #[test]
    fn and_not_believed() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "600s", redis(key = "mute:{n}", tier = TIER, l1_ttl = "1s"))]
        fn mute(n: u64) -> u64 {
            n
        }
        let server = Server::start();
        let mut client = server.client();
        let proxy = Proxy::to(server.port());
        proxy.keep_pushes(true);
        let tier = Installed::new(&TIER, at(&proxy.url()).timeout(5 * SECOND));
        let status = tier.status();
        assert_eq!((status.level, tier.stats().level), (Level::Untracked, Level::Untracked));
        assert!(status.missing.is_some_and(|why| why.contains("push")));
        assert_eq!(mute(1), 1);
        stored(&mut client, "mute:1");
        set(&mut client, "mute:1", "7");
        eventually_within(3 * SECOND, "the change is seen", || mute(1) == 7);
        // With the next connection.
        proxy.keep_pushes(false);
        proxy.cut();
        eventually("it is told", || tier.stats().level == Level::Tracked);
    }

    #[test]
    fn unless_the_setting_says_not_to() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "600s", redis(key = "off:{n}", tier = TIER, l1_ttl = "1s"))]
        fn off(n: u64) -> u64 {
            n
        }
        let server = Server::start();
        let mut client = server.client();
        let redis = at(&server.url()).timeout(5 * SECOND).tracking(false);
        let tier = Installed::new(&TIER, redis);
        assert_eq!(tier.stats().level, Level::Untracked);
        assert_eq!(off(1), 1);
        stored(&mut client, "off:1");
        set(&mut client, "off:1", "7");
        let begun = Instant::now();
        eventually_within(3 * SECOND, "the change is seen", || off(1) == 7);
        assert!(begun.elapsed() > SECOND / 2, "{:?}", begun.elapsed());
        assert_eq!(tier.stats().invalidations, 0);
    }
}
