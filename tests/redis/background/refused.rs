//! Refreshes whose result is not stored: the old one stays, and the lease is given up.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use functools::lru_cache;
use functools::redis::Tier;
use functools_test_support::{advance, clock};
use redis::Commands;

use super::{STALE, expire, refreshes};
use crate::common::SECOND;
use crate::server::eventually;
use crate::{in_own_process, install_own, text};

#[test]
fn failed_refresh_gives_up_the_lease_and_is_tried_again_later() {
    in_own_process("background::refused::failed");
}

#[test]
#[ignore = "what the process does that another test starts"]
fn failed() {
    static TIER: Tier = Tier::new();
    static DATABASE: AtomicU32 = AtomicU32::new(1);
    #[lru_cache(
        ttl = "60s",
        stale = "60s",
        refresh = "background",
        cache_if = |n| *n != Ok(9),
        redis(key = "failed:{n}", tier = TIER)
    )]
    fn failed(n: u64) -> Result<u32, String> {
        match DATABASE.load(SeqCst) {
            0 => Err(format!("no {n}")),
            7 => panic!("on purpose"),
            value => Ok(value),
        }
    }
    let _clock = clock();
    let (_tier, mut client) = install_own(&TIER);
    assert_eq!(failed(1), Ok(1));
    expire(&[&TIER], &mut client, "failed:1");
    // An error, a panic, and a result that is refused, which is no failure.
    for (failures, value, pause) in [(1, 0, 1), (2, 7, 2), (2, 9, 0)] {
        DATABASE.store(value, SeqCst);
        let before = failed::cache_stats();
        eventually("a refresh has started", || {
            assert_eq!(failed::with_status(1), (Ok(1), STALE));
            failed::cache_stats().refreshes > before.refreshes
        });
        let refused = before.refused + u64::from(value == 9);
        eventually("the refresh has ended", || {
            let stats = failed::cache_stats();
            (stats.refresh_failures, stats.refused) == (failures, refused)
        });
        eventually("the lease is given up", || {
            client.exists("functools:lease:{failed:1}") == Ok(false)
        });
        assert_eq!(text(&mut client, "failed:1"), None);
        if pause > 0 {
            let started = failed::cache_stats().refreshes;
            assert_eq!(failed::with_status(1), (Ok(1), STALE));
            assert_eq!(failed::cache_stats().refreshes, started, "not at each call");
            advance(pause * SECOND);
        }
    }
    assert_eq!(refreshes(failed::cache_stats()).0, 3);
}
