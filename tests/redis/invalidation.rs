//! What is invalidated stays so: in Redis, in this process and in others, also if Redis is away.

mod clear;
mod insertions;
mod other_process;
mod redis_away;
mod refreshes;

use std::io::{self, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use redis::Connection;

use crate::common::{Runs, block_on, yield_now};
use crate::server::{Server, eventually};
use crate::{assert_smooth, install, set, text};

/// How long it may take until Redis is used again.
const RECOVERY: Duration = Duration::from_secs(2);

/// How much longer something may take where others are busy.
const LATE: Duration = Duration::from_secs(1);

/// Shown also where the test passes.
fn report(what: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "measured: {what}");
}

/// Where answers come from that are computed: another value makes an old answer visible.
struct Source(AtomicU32);

impl Source {
    const fn new() -> Self {
        Source(AtomicU32::new(1))
    }

    fn value(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    /// The same for all arguments.
    fn value_for(&self, _: u32) -> u32 {
        self.value()
    }

    fn set(&self, value: u32) {
        self.0.store(value, Ordering::SeqCst);
    }
}

/// Lets the tier connect as a user of its own, whom the test can keep out.
const USER: &str = "app";

fn let_in(client: &mut Connection) {
    let mut command = redis::cmd("ACL");
    command.arg("SETUSER").arg(USER).arg("on").arg(">hunter2").arg("~*").arg("+@all");
    let () = command.query(client).expect("ACL SETUSER");
}

fn url_of_user(server: &Server) -> String {
    format!("redis://{USER}:hunter2@127.0.0.1:{}", server.port())
}

#[test]
fn returns_whether_redis_confirmed_it() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "says:{id}", tier = TIER))]
    async fn says(id: u32) -> u32 {
        yield_now().await;
        id + 1000 * RUNS.next()
    }
    #[lru_cache(ttl = "60s", redis(key = "says_in_threads:{id}", tier = TIER))]
    fn says_in_threads(id: u32) -> u32 {
        id + 1000 * RUNS.next()
    }
    static RUNS: Runs = Runs::new();
    let server = Server::start();
    let mut client = server.client();
    assert_eq!(block_on(says::cache_invalidate(1)), Invalidation::Local);
    assert_eq!(says_in_threads::cache_invalidate(1), Invalidation::Local);
    assert_eq!(block_on(says::cache_clear()), Invalidation::Local);
    assert_eq!(says_in_threads::cache_clear(), Invalidation::Local);

    let tier = install(&TIER, &server);
    for _ in 0..3 {
        let before = block_on(says(1));
        assert_eq!(text(&mut client, "says:1"), Some(before.to_string()));
        assert_eq!(block_on(says::cache_invalidate(1)), Invalidation::Confirmed);
        assert_eq!(text(&mut client, "says:1"), None);
        assert!(!says::cache_contains(1));
        assert_ne!(block_on(says(1)), before);

        let before = says_in_threads(1);
        assert_eq!(says_in_threads::cache_invalidate(1), Invalidation::Confirmed);
        assert_eq!(text(&mut client, "says_in_threads:1"), None);
        assert_ne!(says_in_threads(1), before);
    }
    // What is in no memory of this process, too, and what is nowhere.
    set(&mut client, "says:2", "5");
    assert_eq!(block_on(says::cache_invalidate(2)), Invalidation::Confirmed);
    assert_eq!(block_on(says::cache_invalidate(2)), Invalidation::Confirmed);
    assert_eq!(text(&mut client, "says:2"), None);
    assert_eq!(block_on(says::with_status(2)).1, CacheStatus::Miss);

    assert_eq!(block_on(says::cache_clear()), Invalidation::Confirmed);
    assert_eq!(says_in_threads::cache_clear(), Invalidation::Confirmed);
    assert!(server.keys().is_empty());
    assert_smooth(tier.stats());
    drop(tier);
    assert_eq!(block_on(says::cache_invalidate(1)), Invalidation::Local);
}

/// What frees memory is done although there is none.
#[test]
fn is_confirmed_by_a_full_server() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "full:{id}", tier = TIER))]
    fn full(id: u32) -> u32 {
        id
    }
    let server = Server::with(&["--maxmemory-policy", "noeviction"]);
    let mut client = server.client();
    let _tier = install(&TIER, &server);
    (0..20).for_each(|id| assert_eq!(full(id), id));
    let mut command = redis::cmd("CONFIG");
    let () = command.arg("SET").arg("maxmemory").arg(1).query(&mut client).expect("CONFIG SET");
    assert_eq!(full::cache_invalidate(1), Invalidation::Confirmed);
    assert_eq!(text(&mut client, "full:1"), None);
    assert_eq!(full::cache_clear(), Invalidation::Confirmed);
    assert!(server.keys().is_empty());
}

/// What is in memory alone, since JSON does not give it back, is reached, too.
#[test]
fn reaches_results_that_are_not_shared() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "nan:{n}", tier = HERE, l1_ttl = "60s"))]
    fn here(n: u32) -> (u32, f64) {
        (n, f64::NAN)
    }
    #[lru_cache(ttl = "60s", redis(key = "nan:{n}", tier = THERE))]
    fn there(n: u32) -> (u32, f64) {
        (n, f64::NAN)
    }
    let server = Server::start();
    let (_here, _there) = (install(&HERE, &server), install(&THERE, &server));
    here(1);
    here(2);
    assert!(here::cache_contains(1) && here::cache_contains(2));
    assert_eq!(there::cache_invalidate(1), Invalidation::Confirmed);
    eventually("memory lets go of it", || !here::cache_contains(1));
    assert!(here::cache_contains(2));
    assert_eq!(there::cache_clear(), Invalidation::Confirmed);
    eventually("memory lets go of all", || !here::cache_contains(2));
}
