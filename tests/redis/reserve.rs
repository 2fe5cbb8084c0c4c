//! What is kept past its `ttl` for `stale` and `stale_on_error` while Redis is connected: an entry
//! that expired by itself, and none that was changed or removed, by whomever.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use redis::{Commands, Connection};

use crate::common::block_on;
use crate::common::flights::Gate;
use crate::server::{Server, eventually, with_debug};
use crate::wire::Wire;
use crate::{Installed, at, install, set};

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
fn an_entry_that_expired_by_itself_is_kept() {
    let answer = after_expiry!("by-itself:{n}", |expired, there| assert_eq!(
        there::cache_stats().expirations,
        0,
        "what is in reserve has not been taken out"
    ));
    assert_eq!(answer, old());
}

#[test]
fn an_entry_read_from_redis_is_kept_like_one_that_was_computed_here() {
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
fn it_is_kept_when_redis_goes_away_afterwards() {
    let answer = after_expiry!("down:{n}", |expired, _there| {
        expired.server.kill();
        eventually("the link is lost", || !expired.here.stats().connected);
    });
    assert_eq!(answer, old());
}

#[test]
fn an_entry_that_another_process_invalidates_after_its_expiry_is_gone() {
    let answer = after_expiry!("invalidated:{n}", |expired, there| {
        let announced = expired.here.stats().invalidations;
        assert_eq!(there::cache_invalidate(1), Invalidation::Confirmed);
        eventually("it is announced", || expired.here.stats().invalidations > announced);
    });
    assert_eq!(answer, gone());
}

#[test]
fn an_entry_whose_function_another_process_clears_after_its_expiry_is_gone() {
    let answer = after_expiry!("cleared:{n}", |expired, there| {
        let announced = expired.here.stats().invalidations;
        assert_eq!(there::cache_clear(), Invalidation::Confirmed);
        eventually("it is announced", || expired.here.stats().invalidations > announced);
    });
    assert_eq!(answer, gone());
}

#[test]
fn an_entry_that_was_written_and_removed_after_its_expiry_is_gone() {
    let answer = after_expiry!("written:{n}", |expired, _there| {
        let announced = expired.here.stats().invalidations;
        set(&mut expired.client, "written:1", "7");
        let () = expired.client.del("written:1").expect("DEL");
        eventually("both are announced", || expired.here.stats().invalidations >= announced + 2);
    });
    assert_eq!(answer, gone());
}

#[test]
fn an_entry_that_was_written_after_its_expiry_gives_way_to_the_new_value() {
    let answer = after_expiry!("renewed:{n}", |expired, _there| {
        set(&mut expired.client, "renewed:1", "7");
    });
    assert_eq!(answer, (Ok(7), CacheStatus::Shared));
}

#[test]
fn nothing_is_kept_after_a_flush() {
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
fn a_write_that_is_announced_together_with_the_expiry_is_a_write() {
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
fn an_entry_that_was_removed_before_its_expiry_is_gone() {
    static TIER: Tier = Tier::new();
    static DATABASE: Database = Database::new();
    #[lru_cache(ttl = "60s", stale = "60s", stale_on_error = "60s", redis(key = "live:{n}", tier = TIER))]
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
fn while_one_computes_the_others_have_the_old_value() {
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
        GATE.holds(1);
        for _ in 0..3 {
            assert_eq!(headline::with_status(10, 3), (11, CacheStatus::Stale));
        }
        GATE.open();
        assert_eq!(leader.join().expect("no panic"), (12, CacheStatus::Miss));
    });
    assert_eq!(headline::with_status(10, 4), (12, CacheStatus::Hit));
    assert_eq!(headline::cache_stats().expirations, 1);
}

/// What expires while its successor is computed is no change: the successor is stored.
mod expiry_while_a_newer_one_is_computed {
    use super::*;
    use crate::common::Runs;
    use crate::stored;

    #[test]
    fn by_a_refresh() {
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
            GATE.holds(1);
            expires(&TIER, &mut client, "refreshed:0", || number::cache_contains(0));
            GATE.open();
            assert_eq!(refresh.join().expect("no panic"), 2);
        });
        assert_eq!(number::cache_peek(0), Some(2));
        stored(&mut client, "refreshed:0");
    }

    /// What is there is no value of the function, and expires.
    #[test]
    fn after_a_value_of_an_older_program() {
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
            GATE.holds(1);
            expires(&tier, &mut client, "older:1", || false);
            GATE.open();
            assert_eq!(call.join().expect("no panic"), 1);
        });
        assert!(number::cache_contains(1));
        stored(&mut client, "older:1");
    }

    /// A link that is too slow for calls tells of expiry all the same.
    #[test]
    fn by_a_call_that_goes_past_redis() {
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
            GATE.holds(1);
            eventually("its expiry is announced", || tier.stats().invalidations >= announced);
            GATE.open();
            assert_eq!(call.join().expect("no panic"), old());
        });
    }
}

/// The process that writes need not have called the function, nor have the options of the one that
/// reads.
mod a_writer_that_only_invalidates {
    use super::*;

    macro_rules! invalidated_by {
        ($key:literal, [$($option:tt)*], $remove:expr) => {{
            static HERE: Tier = Tier::new();
            static THERE: Tier = Tier::new();
            static DATABASE: Database = Database::new();
            #[lru_cache(ttl = "300ms", stale_on_error = "60s", redis(key = $key, tier = HERE))]
            fn here(n: u64) -> Result<u64, String> {
                DATABASE.query(n)
            }
            #[lru_cache(ttl = "300ms", $($option)* redis(key = $key, tier = THERE))]
            #[allow(dead_code)]
            fn there(n: u64) -> Result<u64, String> {
                Ok(n)
            }
            let server = Server::start();
            let mut client = server.client();
            let (_here, _there) = (install(&HERE, &server), install(&THERE, &server));
            assert_eq!(here(1), Ok(1));
            expires(&HERE, &mut client, &$key.replace("{n}", "1"), || here::cache_contains(1));
            let announced = HERE.stats().invalidations;
            let remove: fn(fn() -> Invalidation, fn() -> Invalidation) -> Invalidation = $remove;
            let done = remove(|| there::cache_invalidate(1), || there::cache_clear());
            assert_eq!(done, Invalidation::Confirmed);
            eventually("it is announced", || HERE.stats().invalidations > announced);
            DATABASE.goes_away();
            assert_eq!(here::with_status(1), gone());
        }};
    }

    #[test]
    fn one_entry() {
        invalidated_by!("writer:{n}", [stale_on_error = "60s",], |invalidate, _| invalidate());
    }

    #[test]
    fn one_entry_without_the_option() {
        invalidated_by!("writer2:{n}", [], |invalidate, _| invalidate());
    }

    #[test]
    fn all_entries() {
        invalidated_by!("writer3:{n}", [], |_, clear| clear());
    }
}

/// Memory has it for `l1_ttl` alone: that it ends is no expiry, and who deletes the key is heard.
#[test]
fn an_entry_in_memory_for_a_shorter_time_is_gone_when_its_key_is_removed() {
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
