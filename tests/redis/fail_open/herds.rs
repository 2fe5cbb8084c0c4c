//! Many calls at the same time during an outage: they wait together, or not at all.

use std::time::{Duration, Instant};

use functools::lru_cache;
use functools::redis::Tier;

use super::load::{LATE, Service, Watch, report, right, runtime, service, turn};
use crate::common::{Runs, in_threads, yield_now};
use crate::server::{Server, eventually};
use crate::{Installed, at};

const TIMEOUT: Duration = Duration::from_millis(500);

/// How long ten thousand calls take, all at once; each has the right result.
fn ten_thousand(service: Service, first: u32) -> Duration {
    let runtime = runtime();
    let begun = Instant::now();
    let call = |id| runtime.spawn(async move { (id, (service.task)(id).await) });
    let tasks: Vec<_> = (first..first + 10_000).map(call).collect();
    for task in tasks {
        let (id, answer) = runtime.block_on(task).expect("no panic");
        assert_eq!(answer, right(id));
    }
    begun.elapsed()
}

#[test]
fn tasks_wait_together() {
    let _turn = turn();
    let service = service!();
    let server = Server::start();
    ten_thousand(service, 0);
    let alone = ten_thousand(service, 10_000);
    for (breaker, name) in [(3, "breaker 3"), (u32::MAX, "no breaker")] {
        let redis = at(&server.url()).timeout(TIMEOUT).breaker(breaker);
        let tier = Installed::new(service.tier, redis);
        server.suspend();
        let watch = Watch::start();
        let took = ten_thousand(service, 20_000);
        let late = watch.stop();
        report(format_args!(
            "stopped, timeout {TIMEOUT:?}, {name}: 10,000 calls at once took {took:.1?}, \
             without Redis {alone:.1?} (late by {late:.1?})"
        ));
        assert!(took <= TIMEOUT + 6 * alone + 2 * LATE + 2 * late, "{took:?}");
        let stats = tier.stats();
        // If they begin late, the link has been given up before a call has.
        assert!(stats.timeouts > 0 || !stats.connected, "{stats:?}");
        drop(tier);
        server.resume();
    }
}

#[test]
fn no_task_waits_for_a_known_outage() {
    let _turn = turn();
    let service = service!();
    let mut server = Server::start();
    ten_thousand(service, 0);
    let alone = ten_thousand(service, 10_000);
    let tier = Installed::new(service.tier, at(&server.url()).timeout(TIMEOUT));
    server.kill();
    eventually("it is known", || !tier.stats().connected);
    let watch = Watch::start();
    let took = ten_thousand(service, 20_000);
    let late = watch.stop();
    report(format_args!(
        "killed, known: 10,000 calls at once took {took:.1?}, without Redis {alone:.1?}"
    ));
    assert!(took <= 6 * alone + LATE + 2 * late, "{took:?}");
    assert_eq!(tier.stats().bypassed, 10_000);
}

#[test]
fn threads_wait_together() {
    let _turn = turn();
    let service = service!();
    let server = Server::start();
    let redis = at(&server.url()).timeout(TIMEOUT).breaker(u32::MAX);
    let _tier = Installed::new(service.tier, redis);
    server.suspend();
    let watch = Watch::start();
    let begun = Instant::now();
    in_threads(300, |number| {
        let id = u32::try_from(number).expect("small");
        assert_eq!((service.thread)(id), right(id));
    });
    let took = begun.elapsed();
    let late = watch.stop();
    report(format_args!("stopped, timeout {TIMEOUT:?}: 300 threads at once took {took:.1?}"));
    assert!(took <= TIMEOUT + 2 * LATE + 2 * late, "{took:?}");
}

/// One of them asks and computes, for all.
#[test]
fn one_computes_a_key_for_all() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "one:{id}", tier = TIER))]
    async fn one(id: u32) -> u64 {
        RUNS.next();
        yield_now().await;
        right(id)
    }
    static RUNS: Runs = Runs::new();
    let _turn = turn();
    let server = Server::start();
    let _tier = Installed::new(&TIER, at(&server.url()).timeout(TIMEOUT));
    server.suspend();
    let runtime = runtime();
    let watch = Watch::start();
    let begun = Instant::now();
    let tasks: Vec<_> = (0..10_000).map(|_| runtime.spawn(one(5))).collect();
    for task in tasks {
        assert_eq!(runtime.block_on(task).expect("no panic"), right(5));
    }
    let took = begun.elapsed();
    let late = watch.stop();
    report(format_args!("stopped, timeout {TIMEOUT:?}: 10,000 calls for one key took {took:.1?}"));
    assert!(took <= TIMEOUT + 4 * LATE + 2 * late, "{took:?}");
    assert_eq!(RUNS.count(), 1);
}
