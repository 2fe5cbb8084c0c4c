//! `cache_insert` with Redis: the value reaches it, and the order of operations stays. Section 8 of
//! the contract.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use redis::{Commands, Connection};

use crate::common::{Gate, Runs, SECOND, block_on, yield_now};
use crate::server::{Server, eventually};
use crate::{Installed, assert_smooth, at, install, patient, set, stored, text};

#[test]
fn reaches_redis_in_the_order_of_insertions() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "insert:{id}", tier = TIER))]
    async fn insert(id: u32) -> u32 {
        yield_now().await;
        id + 1000 * RUNS.next()
    }
    #[lru_cache(ttl = "60s", redis(key = "insert_in_threads:{id}", tier = TIER))]
    fn insert_in_threads(id: u32) -> Result<u32, String> {
        if id == 13 { Err("unlucky".to_owned()) } else { Ok(id) }
    }
    static RUNS: Runs = Runs::new();
    let server = Server::start();
    let mut client = server.client();
    let tier = install(&TIER, &server);
    assert_eq!(block_on(insert(1)), 1001);
    for value in 0..20 {
        insert::cache_insert(1, value);
        assert_eq!(insert::cache_peek(1), Some(value));
        assert_eq!(block_on(insert::with_status(1)), (value, CacheStatus::Hit));
    }
    eventually("the last is in Redis", || text(&mut client, "insert:1") == Some("19".to_owned()));
    let ttl: i64 = client.ttl("insert:1").expect("TTL");
    assert!((50..=60).contains(&ttl), "{ttl}");
    assert_eq!(block_on(insert::with_status(1)), (19, CacheStatus::Hit));

    assert_eq!(insert_in_threads(1), Ok(1));
    insert_in_threads::cache_insert(13, Ok(5));
    insert_in_threads::cache_insert(14, Err("not stored".to_owned()));
    stored(&mut client, "insert_in_threads:13");
    assert_eq!(insert_in_threads(13), Ok(5));
    assert_eq!(text(&mut client, "insert_in_threads:13"), Some("5".to_owned()));
    assert_eq!(text(&mut client, "insert_in_threads:14"), None);
    assert_eq!(RUNS.count(), 1);
    assert_smooth(tier.stats());
}

/// What is computed is older.
#[test]
fn is_not_replaced_by_an_earlier_computation() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "newer:{id}", tier = HERE))]
    fn here(id: u32) -> u32 {
        id
    }
    #[lru_cache(ttl = "60s", redis(key = "newer:{id}", tier = THERE))]
    fn there(id: u32) -> u32 {
        GATE.pass();
        id + 1000
    }
    static GATE: Gate = Gate::new();
    let server = Server::start();
    let mut client = server.client();
    let (_here, _there) = (install(&HERE, &server), install(&THERE, &server));
    here(2);
    thread::scope(|scope| {
        let call = scope.spawn(|| there(1));
        GATE.wait_for(1);
        here::cache_insert(1, 7);
        eventually("it is in Redis", || text(&mut client, "newer:1") == Some("7".to_owned()));
        GATE.open();
        assert_eq!(call.join().expect("no panic"), 1001);
    });
    assert_eq!(text(&mut client, "newer:1"), Some("7".to_owned()));
    eventually("the newer one is what all have", || there(1) == 7);
    assert_eq!(here::with_status(1), (7, CacheStatus::Hit));
}

/// Also where memory has nothing of it any more: Redis does in order what this process asks for.
#[test]
fn comes_before_later_operations() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 1, ttl = "60s", redis(key = "ordered:{id}", tier = TIER))]
    fn ordered(id: u32) -> u32 {
        NEXT.next() + 1_000_000 * id
    }
    static NEXT: Runs = Runs::new();
    let server = Server::start();
    let mut client = server.client();
    let tier = install(&TIER, &server);
    for value in 0..500 {
        ordered::cache_insert(0, value);
        ordered::cache_insert(9, value);
        assert_eq!(ordered(0), value);
        ordered::cache_insert(1, value);
        let refreshed = ordered::cache_refresh(1);
        assert!(refreshed > 1_000_000, "{refreshed}");
        assert_eq!(text(&mut client, "ordered:1"), Some(refreshed.to_string()));
        ordered::cache_insert(2, value);
        assert_eq!(ordered::cache_invalidate(2), Invalidation::Confirmed);
        assert_eq!(text(&mut client, "ordered:2"), None);
        ordered::cache_insert(3, value);
        assert_eq!(ordered::cache_clear(), Invalidation::Confirmed);
        assert_eq!(text(&mut client, "ordered:3"), None);
    }
    assert_smooth(tier.stats());
}

/// Even if memory is made to forget it before it is there.
#[test]
fn reaches_redis_if_memory_is_cleared_meanwhile() {
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Id(u32);

    impl fmt::Display for Id {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            // The key is written when the insertion has begun.
            if FORGETS.swap(false, Ordering::SeqCst) {
                assert_eq!(forgotten::cache_clear(), Invalidation::Confirmed);
            }
            self.0.fmt(f)
        }
    }

    static TIER: Tier = Tier::new();
    static FORGETS: AtomicBool = AtomicBool::new(false);
    static NEXT: Runs = Runs::new();
    #[lru_cache(ttl = "60s", redis(key = "forgotten:{id}", tier = TIER))]
    fn forgotten(id: Id) -> u32 {
        NEXT.next() + 1000 * id.0
    }
    let server = Server::start();
    let mut client = server.client();
    let tier = install(&TIER, &server);
    assert_eq!(forgotten(Id(2)), 2001);

    FORGETS.store(true, Ordering::SeqCst);
    forgotten::cache_insert(Id(1), 7);
    assert!(!FORGETS.load(Ordering::SeqCst), "it was made to forget");
    assert_eq!(forgotten(Id(1)), 7);
    assert_eq!(text(&mut client, "forgotten:1"), Some("7".to_owned()));

    FORGETS.store(true, Ordering::SeqCst);
    assert_eq!(forgotten::cache_refresh(Id(1)), 1002);
    assert!(!FORGETS.load(Ordering::SeqCst), "it was made to forget");
    assert_eq!(text(&mut client, "forgotten:1"), Some("1002".to_owned()));
    assert_eq!(forgotten(Id(1)), 1002);
    assert_smooth(tier.stats());
}

/// Nor by tasks, which read by a connection of their own.
#[test]
fn is_read_by_tasks_with_a_connection_of_their_own() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 1, ttl = "60s", redis(key = "near:{id}", tier = TIER))]
    async fn near(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let mut client = server.client();
    // With I/O, which the connection of its tasks needs.
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build().expect("a runtime");
    let redis = {
        let _runtime = runtime.enter();
        patient(&server).on_tokio()
    };
    let tier = Installed::new(&TIER, redis);
    set(&mut client, "near:1", "5");
    assert_eq!(runtime.block_on(near(0)), 0);
    eventually("tasks have a connection of their own", || {
        let clients: String = redis::cmd("CLIENT").arg("LIST").query(&mut client).expect("LIST");
        clients.lines().count() == 3
    });
    // For a while Redis answers who reads, and does not write.
    let pause = |client: &mut Connection| {
        let mut command = redis::cmd("CLIENT");
        let () = command.arg("PAUSE").arg(60_000).arg("WRITE").query(client).expect("PAUSE");
    };
    pause(&mut client);
    near::cache_insert(1, 7);
    near::cache_insert(2, 8);
    assert_eq!(near::cache_peek(1), None, "memory has no room for it");
    let call = runtime.spawn(near(1));
    let mut reads = 0;
    while !call.is_finished() && reads < 30 {
        reads += 1;
        let () = redis::cmd("PING").query(&mut client).expect("PING");
    }
    let () = redis::cmd("CLIENT").arg("UNPAUSE").query(&mut client).expect("UNPAUSE");
    assert_eq!(runtime.block_on(call).expect("no panic"), 7);
    assert_eq!(text(&mut client, "near:1"), Some("7".to_owned()));
    assert_smooth(tier.stats());
}

/// Priming is what it is for.
#[test]
fn may_be_the_first_use() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "primed:{id}", tier = TIER))]
    fn primed(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let mut client = server.client();
    let _tier = install(&TIER, &server);
    primed::cache_insert(1, 7);
    assert_eq!(primed(1), 7);
    stored(&mut client, "primed:1");
    assert_eq!(text(&mut client, "primed:1"), Some("7".to_owned()));
    assert_eq!(primed(1), 7);
}

/// An insertion that Redis may not have heard of leaves nothing older there.
#[test]
fn replaced_value_does_not_come_back_after_an_outage() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "outage:{id}", tier = TIER))]
    fn outage(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let mut client = server.client();
    let tier = Installed::new(&TIER, at(&server.url()).timeout(5 * SECOND).l1_ttl(SECOND / 10));
    set(&mut client, "outage:1", "7");
    assert_eq!(outage(1), 7);
    server.suspend();
    eventually("it is known", || !tier.stats().connected);
    outage::cache_insert(1, 8);
    assert_eq!(outage(1), 8);
    server.resume();
    eventually("it is connected", || tier.stats().connected);
    // Kept nowhere for good, the insertion may be lost, but what it replaced does not come back.
    let begun = Instant::now();
    while begun.elapsed() < SECOND {
        assert_ne!(outage(1), 7, "what was replaced is served again");
        thread::yield_now();
    }
}
