//! The start of a program: it never waits for Redis, and leaves nothing behind at the end.

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::Instant;

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};

use super::load::{
    LATE, TIMEOUT, Watch, installed, panics_of_supervisors, report, right, service, turn,
};
use crate::common::block_on;
use crate::server::{Server, eventually};
use crate::{assert_smooth, at, install};

#[test]
fn install_and_first_calls_do_not_wait() {
    let _turn = turn();
    let service = service!();
    // It takes connections, and says nothing.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    // It says something else.
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let other_port = other.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for connection in other.incoming() {
            let _ =
                connection.expect("a connection").write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let mut gone = Server::start();
    gone.kill();
    let silent_port = silent.local_addr().expect("it is bound").port();
    let places = [
        ("nothing", gone.url()),
        ("silence", format!("redis://127.0.0.1:{silent_port}")),
        ("a web server", format!("redis://127.0.0.1:{other_port}")),
        ("no socket", "redis+unix:///no/such/socket".to_owned()),
        ("no host", "redis://no-such-host.invalid".to_owned()),
        ("a host that is not reached", "redis://192.0.2.1".to_owned()),
    ];
    for (id, (what, url)) in (0..).zip(places) {
        let watch = Watch::start();
        let timed = |work: &dyn Fn()| {
            let begun = Instant::now();
            work();
            begun.elapsed()
        };
        let install = timed(&|| service.tier.install(at(&url)));
        let first = timed(&|| assert_eq!((service.thread)(id), right(id)));
        let second = timed(&|| assert_eq!(block_on((service.task)(id)), right(id)));
        let late = watch.stop();
        report(format_args!(
            "where there is {what}: install {install:.1?}, first calls {first:.1?} and \
                 {second:.1?}"
        ));
        assert!(install <= TIMEOUT + late, "{what}: {install:?}");
        assert!(first.max(second) <= TIMEOUT + LATE + late, "{what}: {first:?}, {second:?}");
        eventually("it has been tried", || {
            service.tier.stats().errors > 0 || what.contains("host")
        });
        assert!(!service.tier.stats().connected);
        assert_eq!((service.thread)(id + 100), right(id + 100));
    }
    service.tier.uninstall();
    assert_eq!((service.thread)(1000), right(1000));
    assert_eq!(*panics_of_supervisors(), [""; 0]);
}

/// The first call may come before the connection does, at once or after a while.
#[test]
fn first_calls_do_not_wait_for_the_connection() {
    let _turn = turn();
    let service = service!();
    let server = Server::start();
    for round in 0..20 {
        service.tier.install(at(&server.url()));
        let begun = Instant::now();
        assert_eq!((service.thread)(round), right(round));
        let took = begun.elapsed();
        assert!(took <= TIMEOUT + LATE, "{took:?}");
        eventually("it is connected", || service.tier.stats().connected);
    }
    service.tier.uninstall();
}

/// Threads come to an end, and connections too.
#[test]
fn uninstalled_tiers_close_their_connections() {
    let service = service!();
    let server = Server::start();
    for id in 0..10 {
        let tier = install(service.tier, &server);
        assert_eq!((service.thread)(id), right(id));
        assert_smooth(tier.stats());
    }
    // But the one that asks.
    eventually("all are closed", || server.told("connected_clients") == 1);
    assert_eq!(service.tier.stats(), functools::redis::Stats::default());
}

#[test]
fn without_a_redis_memory_alone_caches() {
    static TIER: Tier = Tier::new();
    #[lru_cache(redis(key = "local:{id}", tier = TIER))]
    fn local(id: u32) -> u64 {
        right(id)
    }
    assert_eq!(local::with_status(1), (right(1), CacheStatus::Miss));
    assert_eq!(local::with_status(1), (right(1), CacheStatus::Hit));
    assert_eq!(local::cache_invalidate(1), Invalidation::Local);
    assert_eq!(local::with_status(1).1, CacheStatus::Miss);
    assert_eq!(local::cache_clear(), Invalidation::Local);
    assert_eq!(TIER.stats(), functools::redis::Stats::default());
}

/// Each tier has a thread, which ends with it.
#[test]
#[cfg(target_os = "linux")]
fn uninstalled_tiers_end_their_threads() {
    static TIER: Tier = Tier::new();
    let ours = || -> HashSet<String> {
        let tasks = fs::read_dir("/proc/self/task").expect("procfs");
        let name =
            |path: &std::path::Path| fs::read_to_string(path.join("comm")).unwrap_or_default();
        let path = tasks.map(|task| task.expect("procfs").path());
        path.filter(|path| name(path).starts_with("functools"))
            .map(|path| path.display().to_string())
            .collect()
    };
    let _turn = turn();
    let server = Server::start();
    let before = ours();
    for _ in 0..5 {
        drop(installed(&TIER, &server));
    }
    TIER.install(at("redis://127.0.0.1:1"));
    TIER.uninstall();
    // Other tests have some, which come and go.
    let of_this_test: HashSet<_> = ours().difference(&before).cloned().collect();
    eventually("they end", || of_this_test.is_disjoint(&ours()));
}
