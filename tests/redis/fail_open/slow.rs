//! A server that takes long to answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use functools::redis::Tier;
use redis::Commands;

use super::load::{
    CALLS, LATE, RECOVERY, Service, Spread, Watch, installed, report, right, service, turn,
};
use crate::common::in_threads;
use crate::server::{Server, eventually_within};
use crate::{Installed, at, install};

/// Keeps a server busy until it is dropped.
struct Busy {
    ends: &'static AtomicBool,
    thread: Option<thread::JoinHandle<()>>,
}

impl Busy {
    fn start(server: &Server, with: Duration) -> Self {
        let ends: &'static AtomicBool = Box::leak(Box::default());
        let mut client = server.client();
        let thread = thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                let mut command = redis::cmd("DEBUG");
                let seconds = with.as_secs_f64();
                let () = command.arg("SLEEP").arg(seconds).query(&mut client).expect("DEBUG SLEEP");
            }
        });
        Busy { ends, thread: Some(thread) }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        let ended = self.thread.take().expect("not ended yet").join();
        assert!(ended.is_ok() || thread::panicking());
    }
}

fn server() -> Server {
    Server::with(&["--enable-debug-command", "yes"])
}

/// A service under load, whose server becomes busy early on.
fn busy_under_load(service: Service, what: &str, millis: u64) -> (Server, Installed, Option<Busy>) {
    let server = server();
    let tier = installed(service.tier, &server);
    let mut busy = None;
    let pause = Duration::from_millis(millis);
    service.under_load(what, || busy = Some(Busy::start(&server, pause)));
    (server, tier, busy)
}

#[test]
fn slower_than_the_timeout_is_bypassed() {
    let _turn = turn();
    let service = service!();
    let (server, tier, busy) = busy_under_load(service, "200 ms to answer", 200);
    let stats = tier.stats();
    assert!(stats.timeouts > 0 && stats.bypassed > CALLS as u64 / 2, "{stats:?}");
    drop(busy);
    service.recovers("200 ms to answer", 1, server.client());
}

#[test]
fn faster_than_the_timeout_is_shared_again() {
    let _turn = turn();
    let service = service!();
    let (server, _tier, busy) = busy_under_load(service, "30 ms to answer", 30);
    drop(busy);
    let mut client = server.client();
    let mut id = 1_000_000;
    let took = eventually_within(RECOVERY, "results are shared again", || {
        id += 1;
        (service.thread)(id);
        client.exists(format!("thread:{id}")).expect("EXISTS")
    });
    report(format_args!("30 ms to answer: shared again after {took:.1?}"));
}

/// A call asks whether there is a value, and for the lease; each of that has one timeout, and its
/// result is stored within one more.
fn each_query_has_one_timeout(service: Service, server: &Server, what: &str) {
    const PAUSE: Duration = Duration::from_millis(400);
    const TIMEOUT: Duration = Duration::from_millis(600);
    let redis = at(&server.url()).timeout(TIMEOUT).breaker(u32::MAX);
    let _tier = Installed::new(service.tier, redis);
    let busy = Busy::start(server, PAUSE);
    let watch = Watch::start();
    let mut took = Vec::new();
    for round in 0..4 {
        let call = |number: usize| {
            let id = u32::try_from(number).expect("small") + 100 * round;
            let begun = Instant::now();
            assert_eq!((service.thread)(id), right(id));
            begun.elapsed()
        };
        took.extend(in_threads(16, call));
    }
    let late = watch.stop();
    drop(busy);
    let Spread { median, most: _, longest } = Spread::of(took);
    report(format_args!(
        "400 ms to answer, timeout 600 ms, {what}: median {median:.1?}, longest {longest:.1?}"
    ));
    assert!(longest <= 3 * TIMEOUT + LATE / 2 + late, "{longest:?}");
    assert!(longest > PAUSE, "nobody was asked");
}

#[test]
fn each_query_of_a_call_has_one_timeout() {
    let _turn = turn();
    let service = service!();
    let server = server();
    // Its tier knows the function.
    let tier = install(service.tier, &server);
    (service.thread)(1000);
    drop(tier);
    each_query_has_one_timeout(service, &server, "a known function");
}

/// Also where the tier does not know the function yet.
#[test]
fn each_query_of_the_first_call_has_one_timeout() {
    let _turn = turn();
    let service = service!();
    each_query_has_one_timeout(service, &server(), "a function's first calls");
}
