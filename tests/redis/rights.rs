//! Reading, removing and storing are three rights: what a server still does is used. Section 8 of
//! the contract, "Reading, removing and storing".

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};

use crate::common::SECOND;
use crate::proxy::{Fate, Proxy};
use crate::server::{Server, eventually, eventually_within};
use crate::{Installed, at, install, set, stored, text};

/// How long it may take until Redis is used again.
const RECOVERY: Duration = Duration::from_secs(2);

/// What a database says now, for all arguments.
fn read(database: &AtomicU64, _: u64) -> u64 {
    database.load(SeqCst)
}

mod full_server {
    use super::*;

    fn fill(server: &Server) {
        let mut command = redis::cmd("CONFIG");
        let () = command.arg(&["SET", "maxmemory", "1"]).query(&mut server.client()).expect("SET");
    }

    #[test]
    fn what_is_there_is_read_and_removed() {
        static HERE: Tier = Tier::new();
        static THERE: Tier = Tier::new();
        static DATABASE: AtomicU64 = AtomicU64::new(1);
        #[lru_cache(ttl = "600s", redis(key = "stock:{n}", tier = HERE))]
        fn here(n: u64) -> u64 {
            read(&DATABASE, n)
        }
        #[lru_cache(ttl = "600s", redis(key = "stock:{n}", tier = THERE))]
        fn there(n: u64) -> u64 {
            read(&DATABASE, n)
        }
        let server = Server::with(&["--maxmemory-policy", "noeviction"]);
        let (tier, _there) = (install(&HERE, &server), install(&THERE, &server));
        (0..20).for_each(|n| assert_eq!(there(n), 1));
        here(0);
        fill(&server);
        // Nothing of these is there.
        (100..120).for_each(|n| assert_eq!(here(n), 1));
        for n in 10..20 {
            assert_eq!(here::with_status(n), (1, CacheStatus::Shared));
        }
        let stats = tier.stats();
        assert!(stats.connected && stats.errors < 20, "it is not asked each time: {stats:?}");
        let status = tier.status();
        assert!(status.reads && status.removes && !status.stores, "{status:?}");
        assert!(
            status.missing.as_ref().is_some_and(|why| why.contains("store: OOM")),
            "{status:?}"
        );
        DATABASE.store(2, SeqCst);
        assert_eq!(here::cache_invalidate(0), Invalidation::Confirmed);
        eventually("the other process is told", || there(0) == 2);
    }

    /// A server that is full pushes notices of keys that it does not have.
    #[test]
    fn a_result_that_is_in_another_memory_alone_is_dropped() {
        static HERE: Tier = Tier::new();
        static THERE: Tier = Tier::new();
        #[lru_cache(ttl = "600s", redis(key = "alone:{n}", tier = HERE, l1_ttl = "600s"))]
        fn here(n: u64) -> u64 {
            n
        }
        #[lru_cache(ttl = "600s", redis(key = "alone:{n}", tier = THERE))]
        fn there(n: u64) -> u64 {
            n
        }
        let server = Server::with(&["--maxmemory-policy", "noeviction"]);
        let (_here, _there) = (install(&HERE, &server), install(&THERE, &server));
        there(0);
        here(0);
        fill(&server);
        for (n, act) in
            [(1, there::cache_invalidate as fn(u64) -> Invalidation), (2, |_| there::cache_clear())]
        {
            here(n);
            assert!(here::cache_contains(n));
            assert_eq!(act(n), Invalidation::Confirmed);
            eventually("the other process is told", || !here::cache_contains(n));
        }
    }
}

mod master_becomes_a_replica {
    use super::*;

    fn follow(server: &Server, master: &Server) {
        let port = master.port().to_string();
        let mut command = redis::cmd("REPLICAOF");
        let () = command.arg(&["127.0.0.1", &port]).query(&mut server.client()).expect("REPLICAOF");
    }

    #[test]
    fn the_address_is_asked_again() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "600s", redis(key = "item:{n}", tier = TIER))]
        fn item(n: u64) -> u64 {
            n
        }
        let (old, new) = (Server::start(), Server::start());
        let proxy = Proxy::to(old.port());
        let tier = Installed::new(&TIER, at(&proxy.url()));
        item(1);
        follow(&old, &new);
        proxy.lead_to(new.port());
        let mut n = 1000;
        eventually_within(5 * SECOND, "results are stored in the new master", || {
            n += 1;
            assert_eq!(item(n), n);
            text(&mut new.client(), &format!("item:{n}")).is_some()
        });
        eventually("it is connected", || tier.stats().connected);
        assert_eq!(item::cache_invalidate(1), Invalidation::Confirmed);
    }

    /// Until there is another, it is read. What is to be removed waits.
    #[test]
    fn it_is_read_until_the_address_has_another() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "600s", redis(key = "read:{n}", tier = TIER))]
        fn item(n: u64) -> u64 {
            n
        }
        let (old, new) = (Server::start(), Server::start());
        let proxy = Proxy::to(old.port());
        (0..50).for_each(|n| set(&mut new.client(), &format!("read:{n}"), "7"));
        let tier = Installed::new(&TIER, at(&proxy.url()).timeout(5 * SECOND));
        follow(&old, &new);
        eventually("it has the data", || text(&mut old.client(), "read:49").is_some());
        eventually("it is noticed", || item::cache_invalidate(99) == Invalidation::Queued);
        let mut n = 0;
        eventually("it is read", || {
            n += 1;
            item::with_status(n % 50) == (7, CacheStatus::Shared)
        });
        let connections = tier.stats().connections;
        let begun = Instant::now();
        eventually("the address has been asked for a while", || begun.elapsed() > 2 * SECOND);
        assert_eq!(tier.stats().connections, connections, "and the connection stays");
        assert_eq!(tier.stats().queued, 1);
        proxy.lead_to(new.port());
        let is_done = || tier.stats().queued == 0 && tier.stats().connected;
        eventually_within(5 * SECOND, "the removal is done by the new master", is_done);
    }
}

/// They are confirmed again, though they never pause.
#[test]
fn invalidations_during_a_cut_keep_nobody_out() {
    static TIER: Tier = Tier::new();
    static ENDS: AtomicBool = AtomicBool::new(false);
    #[lru_cache(ttl = "60s", redis(key = "cut:{n}", tier = TIER))]
    fn item(n: u64) -> u64 {
        n
    }
    let server = Server::start();
    let proxy = Proxy::to(server.port());
    let tier = Installed::new(&TIER, at(&proxy.url()));
    item(1);
    thread::scope(|scope| {
        let invalidate = |half: u64| {
            let mut last = Vec::new();
            for n in (0..).take_while(|_| !ENDS.load(SeqCst)) {
                last.push(item::cache_invalidate(n % 1000 * 2 + half));
                thread::sleep(Duration::from_millis(1));
            }
            last.split_off(last.len() - 20)
        };
        let threads = [0, 1].map(|half| scope.spawn(move || invalidate(half)));
        for _ in 0..3 {
            eventually("it is connected", || tier.stats().connected);
            let connections = tier.stats().connections;
            proxy.cut();
            eventually_within(RECOVERY, "it is connected again, and nothing waits", || {
                let stats = tier.stats();
                stats.connected && stats.connections > connections && stats.queued == 0
            });
        }
        let begun = Instant::now();
        eventually("a while later", || begun.elapsed() > SECOND / 2);
        ENDS.store(true, SeqCst);
        for thread in threads {
            let last = thread.join().expect("no panic");
            assert_eq!(last, [Invalidation::Confirmed; 20]);
        }
    });
}

/// The others read on.
#[test]
fn a_removal_that_is_refused_excludes_its_function_alone() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "open:{n}", tier = TIER))]
    fn open(n: u64) -> u64 {
        n
    }
    #[lru_cache(ttl = "60s", redis(key = "fixed:{n}", tier = TIER))]
    fn fixed(n: u64) -> u64 {
        n
    }
    let server = Server::start();
    let mut client = server.client();
    let rule = |client: &mut redis::Connection, rules: &[&str]| {
        let mut command = redis::cmd("ACL");
        let () = command.arg(&["SETUSER", "app"]).arg(rules).query(client).expect("ACL");
    };
    rule(&mut client, &["on", ">hunter2", "~open:*", "~functools:*", "%R~fixed:*", "+@all"]);
    let url = format!("redis://app:hunter2@127.0.0.1:{}", server.port());
    let tier = Installed::new(&TIER, at(&url).timeout(5 * SECOND));
    for n in 0..200 {
        set(&mut client, &format!("open:{n}"), "7");
        set(&mut client, &format!("fixed:{n}"), "7");
    }
    assert_eq!(fixed::with_status(1), (7, CacheStatus::Shared));
    assert_eq!(fixed::cache_invalidate(1), Invalidation::Queued);
    let said = || tier.last_error().is_some_and(|error| error.contains("NOPERM"));
    eventually("it is said", said);
    eventually("the function is excluded", || fixed(2) == 2);
    for n in 0..100 {
        assert_eq!(fixed(100 + n), 100 + n, "nothing of it is read");
        assert_eq!(open::with_status(n), (7, CacheStatus::Shared));
        assert_eq!(open::cache_invalidate(n), Invalidation::Confirmed);
    }
    assert_eq!(tier.stats().queued, 1);
    rule(&mut client, &["~fixed:*"]);
    eventually("it is removed", || tier.stats().queued == 0);
    assert_eq!(text(&mut client, "fixed:1"), None);
    eventually("it is read again", || {
        fixed::cache_invalidate(3);
        set(&mut client, "fixed:3", "8");
        fixed(3) == 8
    });
}

/// One command for each key, as a server that is a part of a cluster wants it.
#[test]
fn a_clear_of_a_server_with_cluster_enabled_is_confirmed() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "slot:{n}", tier = TIER))]
    fn slot(n: u64) -> u64 {
        n
    }
    let server = Server::with(&["--cluster-enabled", "yes"]);
    let mut client = server.client();
    let () = redis::cmd("CLUSTER")
        .arg(&["ADDSLOTSRANGE", "0", "16383"])
        .query(&mut client)
        .expect("CLUSTER ADDSLOTSRANGE");
    let is_up = |client: &mut redis::Connection| {
        let info: String = redis::cmd("CLUSTER").arg("INFO").query(client).expect("CLUSTER INFO");
        info.contains("cluster_state:ok")
    };
    eventually("the cluster is up", || is_up(&mut client));
    let tier = install(&TIER, &server);
    (0..50).for_each(|n| assert_eq!(slot(n), n));
    stored(&mut client, "slot:49");
    assert_eq!(slot::cache_invalidate(1), Invalidation::Confirmed);
    assert_eq!(slot::cache_clear(), Invalidation::Confirmed);
    assert_eq!(server.keys(), [""; 0]);
    assert_eq!(slot::with_status(2).1, CacheStatus::Miss);
    let stats = tier.stats();
    assert!(stats.connected && stats.errors == 0, "{stats:?}");
}

mod connections_that_do_not_live {
    use super::*;

    /// The delay is not reset by connecting.
    #[test]
    fn are_made_less_and_less_often() {
        static TIER: Tier = Tier::new();
        let server = Server::start();
        let proxy = Proxy::to(server.port());
        proxy.rule(|words| if words[0] == "HELLO" { Fate::Pass } else { Fate::Close });
        let begun = Instant::now();
        TIER.install(at(&proxy.url()));
        eventually("it has connected some times", || proxy.connections() >= 7);
        // 50, 100, 200, 400, 500 and 500 ms.
        assert!(begun.elapsed() >= Duration::from_millis(1700), "{:?}", begun.elapsed());
        assert!(TIER.last_error().is_some());
        assert!(!TIER.stats().connected);
        TIER.uninstall();
    }

    #[test]
    fn say_why() {
        static TIER: Tier = Tier::new();
        let server = Server::start();
        let proxy = Proxy::to(server.port());
        proxy.rule(|_| Fate::Answer(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()));
        TIER.install(at(&proxy.url()));
        eventually("it is said", || TIER.last_error().is_some());
        TIER.uninstall();
    }
}

/// It is a failure, as a refusal is.
#[test]
fn an_answer_of_another_kind_opens_the_breaker() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "kind:{n}", tier = TIER))]
    fn kind(n: u64) -> u64 {
        n
    }
    let server = Server::start();
    let proxy = Proxy::to(server.port());
    let tier = Installed::new(&TIER, at(&proxy.url()).timeout(5 * SECOND));
    kind(0);
    proxy.rule(|words| match &*words[0] {
        "GETRANGE" => Fate::Answer(b"+OK\r\n".to_vec()),
        _ => Fate::Pass,
    });
    for n in 1..1000 {
        assert_eq!(kind(n), n);
    }
    let stats = tier.stats();
    assert!(!stats.connected && stats.errors < 100, "{stats:?}");
    assert!(tier.last_error().is_some_and(|error| error.contains("not of the kind")));
    proxy.rule(|_| Fate::Pass);
    eventually_within(RECOVERY, "it is used again", || tier.stats().connected);
}
