//! What is kept past its `ttl` for `stale` and `stale_on_error` while Redis is connected: an entry
//! that expired by itself, and none that was changed or removed. Sections 2 and 8 of the contract.

mod recomputed;
mod writers;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use redis::{Commands, Connection};

use crate::common::{Gate, block_on};
use crate::server::{Server, eventually, with_debug};
use crate::{Installed, install, set};

/// A database that may be away.
struct Database(AtomicBool);

impl Database {
    const fn new() -> Self {
        Database(AtomicBool::new(false))
    }

    fn query(&self, n: u64) -> Result<u64, String> {
        if self.0.load(Ordering::SeqCst) { Err("away".to_owned()) } else { Ok(n) }
    }

    fn goes_away(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Comes back when the entry of `key` has expired, in memory and in Redis, and Redis has announced
/// that.
fn expires(tier: &Tier, client: &mut Connection, key: &str, is_in_memory: impl Fn() -> bool) {
    let announced = tier.stats().invalidations;
    eventually("it has expired in memory", || !is_in_memory());
    eventually("it has expired in Redis", || !client.exists::<_, bool>(key).expect("EXISTS"));
    eventually("Redis has announced it", || tier.stats().invalidations > announced);
}

/// A function of another process under the same key, and one of this, both with a value that has
/// expired.
struct Expired {
    server: Server,
    client: Connection,
    here: Installed,
    _there: Installed,
}

/// Runs `$act` after the value of key 1 has expired in two processes, `here` and `there`, and the
/// database has gone away; then asks `here` for it.
macro_rules! after_expiry {
    ($key:literal, |$expired:ident, $there:ident| $act:expr) => {{
        static HERE: Tier = Tier::new();
        static THERE: Tier = Tier::new();
        static DATABASE: Database = Database::new();
        #[lru_cache(ttl = "300ms", stale_on_error = "60s", redis(key = $key, tier = HERE))]
        fn here(n: u64) -> Result<u64, String> {
            DATABASE.query(n)
        }
        #[lru_cache(ttl = "300ms", stale_on_error = "60s", redis(key = $key, tier = THERE))]
        fn $there(n: u64) -> Result<u64, String> {
            DATABASE.query(n)
        }
        let server = Server::start();
        let client = server.client();
        let (here_tier, there_tier) = (install(&HERE, &server), install(&THERE, &server));
        let mut $expired = Expired { server, client, here: here_tier, _there: there_tier };
        assert_eq!(here::with_status(1), (Ok(1), CacheStatus::Miss));
        assert_eq!($there::with_status(1), (Ok(1), CacheStatus::Shared));
        let key = $key.replace("{n}", "1");
        expires(&HERE, &mut $expired.client, &key, || here::cache_contains(1));
        DATABASE.goes_away();
        $act;
        here::with_status(1)
    }};
}

fn old() -> (Result<u64, String>, CacheStatus) {
    (Ok(1), CacheStatus::Stale)
}

fn gone() -> (Result<u64, String>, CacheStatus) {
    (Err("away".to_owned()), CacheStatus::Miss)
}

#[test]
fn expired_entry_is_kept() {
    let answer = after_expiry!("by-itself:{n}", |expired, there| assert_eq!(
        there::cache_stats().expirations,
        0,
        "what is in reserve has not been taken out"
    ));
    assert_eq!(answer, old());
}

#[test]
fn expired_entry_that_was_read_from_redis_is_kept() {
    static HERE: Tier = Tier::new();
    static DATABASE: Database = Database::new();
    #[lru_cache(ttl = "60s", stale_on_error = "60s", redis(key = "read:{n}", tier = HERE))]
    async fn here(n: u64) -> Result<u64, String> {
        DATABASE.query(n)
    }
    let server = Server::start();
    let mut client = server.client();
    let _tier = install(&HERE, &server);
    here::cache_contains(1);
    assert_eq!(block_on(here(0)), Ok(0));
    let () = client.pset_ex("read:1", 7, 300).expect("SET");
    assert_eq!(block_on(here::with_status(1)), (Ok(7), CacheStatus::Shared));
    expires(&HERE, &mut client, "read:1", || here::cache_contains(1));
    DATABASE.goes_away();
    for _ in 0..3 {
        assert_eq!(block_on(here::with_status(1)), (Ok(7), CacheStatus::Stale));
    }
    let stats = here::cache_stats();
    assert_eq!((stats.stale, stats.failures, stats.misses), (3, 3, 4), "{stats:?}");
}

#[test]
fn expired_entry_is_kept_when_redis_goes_away() {
    let answer = after_expiry!("down:{n}", |expired, _there| {
        expired.server.kill();
        eventually("the link is lost", || !expired.here.stats().connected);
    });
    assert_eq!(answer, old());
}

#[test]
fn entry_invalidated_by_another_process_after_its_expiry_is_gone() {
    let answer = after_expiry!("invalidated:{n}", |expired, there| {
        let announced = expired.here.stats().invalidations;
        assert_eq!(there::cache_invalidate(1), Invalidation::Confirmed);
        eventually("it is announced", || expired.here.stats().invalidations > announced);
    });
    assert_eq!(answer, gone());
}

#[test]
fn entry_cleared_by_another_process_after_its_expiry_is_gone() {
    let answer = after_expiry!("cleared:{n}", |expired, there| {
        let announced = expired.here.stats().invalidations;
        assert_eq!(there::cache_clear(), Invalidation::Confirmed);
        eventually("it is announced", || expired.here.stats().invalidations > announced);
    });
    assert_eq!(answer, gone());
}

#[test]
fn entry_written_and_removed_after_its_expiry_is_gone() {
    let answer = after_expiry!("written:{n}", |expired, _there| {
        let announced = expired.here.stats().invalidations;
        set(&mut expired.client, "written:1", "7");
        let () = expired.client.del("written:1").expect("DEL");
        eventually("both are announced", || expired.here.stats().invalidations >= announced + 2);
    });
    assert_eq!(answer, gone());
}

#[test]
fn entry_written_after_its_expiry_gives_way_to_the_new_value() {
    let answer = after_expiry!("renewed:{n}", |expired, _there| {
        set(&mut expired.client, "renewed:1", "7");
    });
    assert_eq!(answer, (Ok(7), CacheStatus::Shared));
}

#[test]
fn no_entry_is_kept_after_a_flush() {
    let answer = after_expiry!("flushed:{n}", |expired, _there| {
        let announced = expired.here.stats().invalidations;
        let () = redis::cmd("FLUSHALL").query(&mut expired.client).expect("FLUSHALL");
        eventually("it is announced", || expired.here.stats().invalidations > announced);
    });
    assert_eq!(answer, gone());
}

/// Redis removes an expired key when it is first looked at, or a little later: until then nothing
/// is announced. A client that writes the key in that moment is announced together with the expiry.
#[test]
fn write_pushed_together_with_the_expiry_is_a_write() {
    static TIER: Tier = Tier::new();
    static DATABASE: Database = Database::new();
    #[lru_cache(ttl = "100ms", stale_on_error = "60s", redis(key = "both:{n}", tier = TIER))]
    fn both(n: u64) -> Result<u64, String> {
        DATABASE.query(n)
    }
    let server = Server::with(&with_debug());
    let mut client = server.client();
    let tier = install(&TIER, &server);
    // Keys are removed when they are looked at, and not before.
    let () =
        redis::cmd("DEBUG").arg(&["SET-ACTIVE-EXPIRE", "0"]).query(&mut client).expect("DEBUG");
    assert_eq!(both(1), Ok(1));
    eventually("it has expired in memory", || !both::cache_contains(1));
    // By a value that is gone again before memory reads it.
    let announced = tier.stats().invalidations;
    set(&mut client, "both:1", "7");
    eventually("it is announced", || tier.stats().invalidations > announced);
    let asked = server.told("total_commands_processed");
    eventually("memory has looked", || server.told("total_commands_processed") > asked + 1);
    let () = client.del("both:1").expect("DEL");
    eventually("that is announced, too", || tier.stats().invalidations > announced + 1);
    DATABASE.goes_away();
    assert_eq!(both::with_status(1), gone());
}

#[test]
fn entry_removed_before_its_expiry_is_gone() {
    static TIER: Tier = Tier::new();
    static DATABASE: Database = Database::new();
    #[lru_cache(
        ttl = "60s",
        stale = "60s",
        stale_on_error = "60s",
        redis(key = "live:{n}", tier = TIER)
    )]
    fn live(n: u64) -> Result<u64, String> {
        DATABASE.query(n)
    }
    let server = Server::start();
    let mut client = server.client();
    let _tier = install(&TIER, &server);
    assert_eq!(live(1), Ok(1));
    let () = client.del("live:1").expect("DEL");
    eventually("memory lets go", || !live::cache_contains(1));
    DATABASE.goes_away();
    assert_eq!(live::with_status(1), gone());
    assert_eq!(live::cache_stats().expirations, 0, "it has not expired");
}

#[test]
fn others_get_the_old_value_while_one_computes() {
    static TIER: Tier = Tier::new();
    static GATE: Gate = Gate::new();
    #[lru_cache(ttl = "300ms", stale = "60s", skip(version), redis(key = "stale:{n}", tier = TIER))]
    fn headline(n: u64, version: u64) -> u64 {
        if version > 1 {
            GATE.pass();
        }
        n + version
    }
    let server = Server::start();
    let mut client = server.client();
    let _tier = install(&TIER, &server);
    assert_eq!(headline(10, 1), 11);
    expires(&TIER, &mut client, "stale:10", || headline::cache_contains(10));
    thread::scope(|scope| {
        let leader = scope.spawn(|| headline::with_status(10, 2));
        GATE.wait_for(1);
        for _ in 0..3 {
            assert_eq!(headline::with_status(10, 3), (11, CacheStatus::Stale));
        }
        GATE.open();
        assert_eq!(leader.join().expect("no panic"), (12, CacheStatus::Miss));
    });
    assert_eq!(headline::with_status(10, 4), (12, CacheStatus::Hit));
    assert_eq!(headline::cache_stats().expirations, 1);
}

/// Memory has it for `l1_ttl` alone: that it ends is no expiry, and who deletes the key is heard.
#[test]
fn entry_in_memory_for_l1_ttl_is_gone_when_its_key_is_removed() {
    static TIER: Tier = Tier::new();
    static DATABASE: Database = Database::new();
    #[lru_cache(ttl = "300ms", stale_on_error = "60s", redis(key = "shorter:{n}", tier = TIER))]
    fn price(n: u64) -> Result<u64, String> {
        DATABASE.query(n)
    }
    let server = Server::start();
    let mut client = server.client();
    let tier = install(&TIER, &server);
    assert_eq!(price(0), Ok(0));
    let () = client.set("shorter:1", 7).expect("SET");
    assert_eq!(price::with_status(1), (Ok(7), CacheStatus::Shared));
    eventually("its ttl is over, but not in Redis", || !price::cache_contains(1));
    let announced = tier.stats().invalidations;
    let () = client.del("shorter:1").expect("DEL");
    eventually("it is announced", || tier.stats().invalidations > announced);
    DATABASE.goes_away();
    assert_eq!(price::with_status(1), gone());
}
