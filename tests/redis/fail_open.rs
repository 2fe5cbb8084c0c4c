//! Redis away, hung, refusing, full, slow or empty: every call has its answer, and soon.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::panic;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use functools::redis::{Invalidation, Redis, Tier};
use functools::{CacheStatus, lru_cache};
use futures_util::future::BoxFuture;
use redis::{Commands, Connection};
use tokio::runtime::{Builder, Runtime};

use crate::common::flights::{at_once, until};
use crate::common::{Runs, SECOND, block_on, step_aside};
use crate::server::{Server, eventually, eventually_within};
use crate::{Installed, assert_smooth, at, install, stored, text};

/// By how much a call may be slower than its body for the sake of Redis, if nobody says otherwise.
const TIMEOUT: Duration = Duration::from_millis(50);

/// How long it may take until Redis is used again.
const RECOVERY: Duration = Duration::from_secs(2);

/// How much longer than it should a call may take on a machine that others use.
const LATE: Duration = Duration::from_millis(250);

/// By tasks, and as many by threads.
const CALLS: usize = 10_000;
const TASKS: usize = 50;
const THREADS: usize = 8;

/// What the bodies return.
fn right(id: u32) -> u64 {
    u64::from(id).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11
}

/// Functions of their own, for one test.
macro_rules! service {
    () => {{
        static TIER: Tier = Tier::new();
        #[lru_cache(maxsize = 64, ttl = "60s", redis(key = "task:{id}", tier = TIER))]
        async fn task(id: u32) -> u64 {
            right(id)
        }
        #[lru_cache(maxsize = 64, ttl = "60s", redis(key = "thread:{id}", tier = TIER))]
        fn thread(id: u32) -> u64 {
            right(id)
        }
        Service { tier: &TIER, task: |id| Box::pin(task(id)), thread }
    }};
}

#[derive(Clone, Copy)]
struct Service {
    tier: &'static Tier,
    task: fn(u32) -> BoxFuture<'static, u64>,
    thread: fn(u32) -> u64,
}

impl Service {
    /// Ten thousand calls by tasks and as many by threads, in somewhat more than a second, so that
    /// Redis is tried again in the meantime. How long each took; and by how much too late a task
    /// got its turn that calls nothing.
    fn load(self, done: &Arc<AtomicUsize>) -> (Vec<Duration>, Vec<Duration>, Duration) {
        let task = |number: usize| {
            let done = Arc::clone(done);
            async move {
                let mut took = Vec::with_capacity(CALLS / TASKS);
                for call in 0..CALLS / TASKS {
                    let id = id_of(number * CALLS / TASKS + call);
                    let begun = Instant::now();
                    let answer = (self.task)(id).await;
                    took.push(begun.elapsed());
                    assert_eq!(answer, right(id));
                    done.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(6)).await;
                }
                took
            }
        };
        let thread = |number: usize| {
            let mut took = Vec::with_capacity(CALLS / THREADS);
            for call in 0..CALLS / THREADS {
                let id = id_of(number * CALLS / THREADS + call);
                let begun = Instant::now();
                let answer = (self.thread)(id);
                took.push(begun.elapsed());
                assert_eq!(answer, right(id));
                done.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(1));
            }
            took
        };
        thread::scope(|scope| {
            let tasks = scope.spawn(|| {
                let runtime = runtime();
                let late = Arc::new(AtomicU64::new(0));
                runtime.spawn(be_idle(Arc::clone(&late)));
                let tasks: Vec<_> = (0..TASKS).map(|number| runtime.spawn(task(number))).collect();
                let tasks = tasks.into_iter();
                let ended = tasks.map(|task| runtime.block_on(task).expect("no panic"));
                let took = ended.flatten().collect::<Vec<_>>();
                (took, Duration::from_micros(late.load(Ordering::Relaxed)))
            });
            let threads = at_once(THREADS, thread).concat();
            let (tasks, late) = tasks.join().expect("no panic");
            assert_eq!((tasks.len(), threads.len()), (CALLS, CALLS));
            (tasks, threads, late)
        })
    }

    /// Puts it under load, and does something to Redis early on.
    fn under_load(self, what: &str, cause: impl FnOnce()) {
        let done = Arc::default();
        let before = self.tier.stats();
        let watch = Watch::start();
        let (tasks, threads, late) = thread::scope(|scope| {
            let load = scope.spawn(|| self.load(&done));
            until(|| {
                AtomicUsize::load(&done, Ordering::Relaxed) >= CALLS / 20 || load.is_finished()
            });
            cause();
            load.join().expect("no panic")
        });
        let late = late.max(watch.stop());
        let after = self.tier.stats();
        for (by, took) in [("tasks", tasks), ("threads", threads)] {
            // In the order of the calls of each caller.
            let slow: Vec<_> =
                took.iter().enumerate().filter(|(_, took)| **took > 2 * TIMEOUT).collect();
            let slow = format!("{slow:?}");
            let Spread { median, most, longest } = Spread::of(took);
            report(format_args!(
                "{what}: {CALLS} calls by {by}: median {median:.1?}, p99 {most:.1?}, \
                 longest {longest:.1?} (nobody's turn came later than by {late:.1?})"
            ));
            assert!(most <= 2 * TIMEOUT + late, "{what}, by {by}: p99 {most:?}");
            assert!(longest <= TIMEOUT + LATE + 2 * late, "{what}, by {by}: {longest:?}, {slow:?}");
        }
        report(format_args!(
            "{what}: {} errors, {} timeouts, {} went past Redis",
            after.errors - before.errors,
            after.timeouts - before.timeouts,
            after.bypassed - before.bypassed
        ));
    }

    /// By itself results are shared again, in time; that is counted.
    fn recovers(self, what: &str, connections_before: u64, mut client: Connection) {
        let mut id = 1_000_000;
        let took = eventually_within(RECOVERY, "results are shared again", || {
            id += 1;
            (self.thread)(id);
            client.exists(format!("thread:{id}")).expect("EXISTS")
        });
        eventually("it is connected", || self.tier.stats().connected);
        let connections = self.tier.stats().connections;
        report(format_args!(
            "{what}: shared again after {took:.1?}; {connections} connections so far"
        ));
        assert!(connections > connections_before, "{connections_before} before");
        eventually("and by tasks", || {
            id += 1;
            block_on((self.task)(id));
            client.exists(format!("task:{id}")).expect("EXISTS")
        });
        assert_eq!(*panics_of_supervisors(), [""; 0]);
    }
}

/// A task that notes by how many microseconds too late it got its turn.
async fn be_idle(late: Arc<AtomicU64>) {
    const NAP: Duration = Duration::from_millis(1);
    loop {
        let begun = Instant::now();
        tokio::time::sleep(NAP).await;
        let by = begun.elapsed().saturating_sub(NAP).as_micros();
        late.fetch_max(u64::try_from(by).expect("not that late"), Ordering::Relaxed);
    }
}

/// Each call has another argument, and they come in no order.
fn id_of(call: usize) -> u32 {
    u32::try_from(call * 7919 % 65_537).expect("small")
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime")
}

/// Shown also where the test passes.
fn report(what: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "measured: {what}");
}

struct Spread {
    median: Duration,
    most: Duration,
    longest: Duration,
}

impl Spread {
    fn of(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        let at = |percent: usize| took[(took.len() - 1) * percent / 100];
        Spread { median: at(50), most: at(99), longest: at(100) }
    }
}

/// Threads that do nothing, to see by how much too late one gets one's turn here: one for each
/// processor, since a virtual one may be stopped alone.
struct Watch {
    ends: &'static AtomicBool,
    late: Vec<thread::JoinHandle<Duration>>,
}

impl Watch {
    fn start() -> Self {
        const NAP: Duration = Duration::from_millis(1);
        let ends: &'static AtomicBool = Box::leak(Box::default());
        let watch = move |processor| {
            #[cfg(target_os = "linux")]
            {
                let mut processors = rustix::thread::CpuSet::new();
                processors.set(processor);
                let _ = rustix::thread::sched_setaffinity(None, &processors);
            }
            let mut late = Duration::ZERO;
            while !ends.load(Ordering::Relaxed) {
                let begun = Instant::now();
                thread::sleep(NAP);
                late = late.max(begun.elapsed().saturating_sub(NAP));
            }
            late
        };
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let start = |processor| thread::spawn(move || watch(processor));
        Watch { ends, late: (0..processors).map(start).collect() }
    }

    fn stop(self) -> Duration {
        self.ends.store(true, Ordering::Relaxed);
        let late = self.late.into_iter().map(|late| late.join().expect("no panic"));
        late.max().expect("at least one")
    }
}

/// What is measured here takes turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    drop(panics_of_supervisors());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What has panicked in the threads that connect, of all tests.
fn panics_of_supervisors() -> MutexGuard<'static, Vec<String>> {
    static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if thread::current().name().is_some_and(|name| name.starts_with("functools")) {
                PANICS.lock().unwrap_or_else(PoisonError::into_inner).push(panic.to_string());
            }
            before(panic);
        }));
    });
    PANICS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// With the settings that a service has if it says nothing.
fn installed(tier: &'static Tier, server: &Server) -> Installed {
    Installed::new(tier, at(&server.url()))
}

mod away {
    use super::*;

    #[test]
    fn at_the_start() {
        let _turn = turn();
        let service = service!();
        let mut server = Server::start();
        server.kill();
        service.tier.install(at(&server.url()));
        service.under_load("absent at the start", || ());
        let stats = service.tier.stats();
        assert_eq!((stats.connected, stats.connections), (false, 0), "{stats:?}");
        assert_eq!(stats.bypassed, 2 * CALLS as u64);
        server.restart();
        service.recovers("absent at the start", 0, server.client());
        assert_eq!(service.tier.stats().connections, 1);
        service.tier.uninstall();
    }

    #[test]
    fn in_the_middle() {
        let _turn = turn();
        let service = service!();
        let mut server = Server::start();
        let tier = installed(service.tier, &server);
        service.under_load("killed", || server.kill());
        let stats = tier.stats();
        assert!(!stats.connected && stats.bypassed > CALLS as u64, "{stats:?}");
        server.restart();
        service.recovers("killed", stats.connections, server.client());
    }

    #[test]
    fn for_a_moment_and_empty_when_it_is_back() {
        let _turn = turn();
        let service = service!();
        let mut server = Server::start();
        let tier = installed(service.tier, &server);
        let before = tier.stats();
        service.under_load("restarted empty", || server.restart());
        service.recovers("restarted empty", before.connections, server.client());
        // What was stored again after that is what is there.
        let mut client = server.client();
        let keys = server.keys();
        assert!(!keys.is_empty());
        for key in keys.iter().filter(|key| key.starts_with("task:") || key.starts_with("thread:"))
        {
            let id = key.split_once(':').expect("a colon").1.parse().expect("a number");
            // A result may be on its way under a name of its own.
            assert_eq!(text(&mut client, key), Some(right(id).to_string()));
        }
    }
}

#[test]
fn connections_are_killed() {
    let _turn = turn();
    let service = service!();
    let server = Server::start();
    let tier = installed(service.tier, &server);
    let before = tier.stats();
    let mut client = server.client();
    service.under_load("connections killed", || {
        for _ in 0..3 {
            let connections = tier.stats().connections;
            let mut command = redis::cmd("CLIENT");
            let killed = command.arg("KILL").arg("TYPE").arg("NORMAL").arg("SKIPME").arg("YES");
            let killed: u32 = killed.query(&mut client).expect("CLIENT KILL");
            assert!(killed > 0);
            let again = || tier.stats().connections > connections;
            eventually_within(RECOVERY, "it is connected again", again);
        }
    });
    service.recovers("connections killed", before.connections, server.client());
}

#[test]
fn paused() {
    let _turn = turn();
    let service = service!();
    let server = Server::start();
    let tier = installed(service.tier, &server);
    let before = tier.stats();
    let mut client = server.client();
    // The second kind still reads.
    for (what, kind) in [("paused", "ALL"), ("writes paused", "WRITE")] {
        service.under_load(what, || {
            let mut command = redis::cmd("CLIENT");
            let () = command.arg("PAUSE").arg(1200).arg(kind).query(&mut client).expect("PAUSE");
        });
        let () = redis::cmd("PING").exec(&mut client).expect("PING");
        service.recovers(what, before.connections, server.client());
        let () = client.flushall().expect("FLUSHALL");
    }
    assert!(tier.stats().timeouts > before.timeouts);
}

#[test]
fn hung() {
    let _turn = turn();
    let service = service!();
    let server = Server::start();
    let tier = installed(service.tier, &server);
    service.under_load("stopped", || server.suspend());
    let stats = tier.stats();
    assert!(!stats.connected && stats.timeouts > 0 && stats.bypassed > CALLS as u64, "{stats:?}");
    server.resume();
    service.recovers("stopped", stats.connections, server.client());
}

mod refusing {
    use super::*;

    #[test]
    fn for_it_is_full() {
        let _turn = turn();
        let service = service!();
        let server = Server::with(&["--maxmemory-policy", "noeviction"]);
        let tier = installed(service.tier, &server);
        let before = tier.stats();
        let mut client = server.client();
        let mut set = |memory: u32| {
            let mut command = redis::cmd("CONFIG");
            let () = command.arg("SET").arg("maxmemory").arg(memory).query(&mut client).unwrap();
        };
        service.under_load("full", || set(1));
        assert!(tier.stats().errors > before.errors, "{:?}", tier.stats());
        assert!(tier.stats().connected, "what is there is read");
        set(0);
        service.recovers("full", before.connections - 1, server.client());
    }

    #[test]
    fn for_the_password_is_another() {
        let _turn = turn();
        let service = service!();
        let server = Server::start();
        let (mut client, control) = (server.client(), server.client());
        let mut set = |password: &str| {
            let mut command = redis::cmd("CONFIG");
            let () =
                command.arg("SET").arg("requirepass").arg(password).query(&mut client).unwrap();
        };
        set("another");
        service.tier.install(at(&format!("redis://:hunter2@127.0.0.1:{}", server.port())));
        service.under_load("another password", || ());
        let stats = service.tier.stats();
        assert_eq!((stats.connected, stats.connections), (false, 0), "{stats:?}");
        assert!(stats.errors > 0, "{stats:?}");
        set("hunter2");
        service.recovers("another password", 0, control);
        assert!(!format!("{:#?}", service.tier).contains("hunter2"));
        service.tier.uninstall();
    }

    /// A user who may do all but some.
    fn user(server: &Server, client: &mut Connection, but: &[&str]) -> Redis {
        let mut command = redis::cmd("ACL");
        command.arg("SETUSER").arg("app").arg("on").arg(">hunter2").arg("~*").arg("+@all");
        for rule in but {
            command.arg(rule);
        }
        let () = command.query(client).expect("ACL SETUSER");
        at(&format!("redis://app:hunter2@127.0.0.1:{}", server.port()))
    }

    fn allow(client: &mut Connection, rule: &str) {
        let mut command = redis::cmd("ACL");
        let () = command.arg("SETUSER").arg("app").arg(rule).query(client).expect("ACL SETUSER");
    }

    #[test]
    fn to_read() {
        let _turn = turn();
        let service = service!();
        let server = Server::start();
        let mut client = server.client();
        service.tier.install(user(&server, &mut client, &["-getrange"]));
        service.under_load("without GETRANGE", || ());
        let stats = service.tier.stats();
        assert!(stats.errors > 0 || stats.bypassed > 0, "{stats:?}");
        allow(&mut client, "+getrange");
        service.recovers("without GETRANGE", 0, server.client());
        service.tier.uninstall();
    }

    #[test]
    fn to_run_scripts_all_of_a_sudden() {
        let _turn = turn();
        let service = service!();
        let server = Server::start();
        let mut client = server.client();
        let tier = Installed::new(service.tier, user(&server, &mut client, &[]));
        let before = tier.stats();
        service.under_load("without scripts", || allow(&mut client, "-@scripting"));
        assert!(tier.stats().errors > before.errors, "{:?}", tier.stats());
        assert!(tier.stats().connected, "what is there is read");
        allow(&mut client, "+@scripting");
        service.recovers("without scripts", before.connections - 1, server.client());
    }

    /// With the time between calls left out.
    #[test]
    fn any_one_command() {
        let _turn = turn();
        let service = service!();
        let server = Server::start();
        let mut client = server.client();
        let mut id = 0;
        for command in [
            "hello",
            "auth",
            "ping",
            "client",
            "client|setname",
            "client|tracking",
            "getrange",
            "pttl",
            "eval",
            "evalsha",
            "@scripting",
            "get",
            "set",
            "rename",
            "unlink",
            "pexpire",
            "multi",
            "@write",
            "@read",
            "@all",
        ] {
            let redis = user(&server, &mut client, &[&format!("-{command}")]);
            service.tier.install(redis);
            let watch = Watch::start();
            let begun = Instant::now();
            let mut took = Vec::new();
            while took.len() < 1000 || begun.elapsed() < Duration::from_millis(300) {
                id += 1;
                let call = Instant::now();
                assert_eq!(block_on((service.task)(id)), right(id), "without {command}");
                assert_eq!((service.thread)(id), right(id), "without {command}");
                took.push(call.elapsed());
            }
            let late = watch.stop();
            let Spread { median, most, longest } = Spread::of(took);
            report(format_args!(
                "without {command}: two calls: median {median:.1?}, p99 {most:.1?}, longest {longest:.1?}"
            ));
            assert!(longest <= 2 * TIMEOUT + LATE + 2 * late, "without {command}: {longest:?}");

            allow(&mut client, "+@all");
            let took = eventually_within(RECOVERY, "results are shared again", || {
                id += 1;
                (service.thread)(id);
                client.exists(format!("thread:{id}")).expect("EXISTS")
            });
            report(format_args!("without {command}: shared again after {took:.1?}"));
            service.tier.uninstall();
            assert_eq!(*panics_of_supervisors(), [""; 0]);
            let () = client.flushall().expect("FLUSHALL");
        }
    }

    /// The user that the guide has.
    #[test]
    fn all_that_is_not_needed() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "item:{id}", tier = TIER))]
        fn item(id: u32) -> u64 {
            right(id)
        }
        const RULES: &str = "resetkeys ~item:* ~functools:* resetchannels -@all +hello +ping \
            +client|setname +client|tracking +getrange +pttl +get +set +rename +unlink +pexpire \
            +eval +evalsha +scan +info";
        let server = Server::start();
        let mut client = server.client();
        let rules: Vec<_> = RULES.split_whitespace().collect();
        let user = user(&server, &mut client, &rules);
        let tier = Installed::new(&TIER, user.timeout(5 * SECOND));
        for id in 0..20 {
            assert_eq!(item(id), right(id));
        }
        assert_eq!(server.keys().len(), 20);
        assert_eq!(item::cache_invalidate(1), Invalidation::Confirmed);
        assert_eq!(text(&mut client, "item:1"), None);
        item::cache_insert(2, 5);
        eventually("it is stored", || text(&mut client, "item:2").as_deref() == Some("5"));
        assert_eq!(item::cache_refresh(2), right(2));
        crate::set(&mut client, "item:3", "7");
        eventually("it is told of changes", || item(3) == 7);
        assert_eq!(item::cache_clear(), Invalidation::Confirmed);
        assert!(server.keys().is_empty());
        assert_smooth(tier.stats());
        let log: Vec<redis::Value> =
            redis::cmd("ACL").arg("LOG").query(&mut client).expect("ACL LOG");
        assert!(log.is_empty(), "{log:?}");
    }

    /// Then results are shared, and memory believes what it has for a short time alone.
    #[test]
    fn to_tell_of_changes() {
        const L1_TTL: Duration = Duration::from_secs(1);
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "told:{id}", tier = TIER))]
        fn told(id: u32) -> u32 {
            id + 1000 * RUNS.next()
        }
        static RUNS: Runs = Runs::new();
        let service = service!();
        let _turn = turn();
        let server = Server::start();
        let mut client = server.client();
        let redis = user(&server, &mut client, &["-client|tracking"]);
        service.tier.install(redis.clone());
        service.under_load("without CLIENT TRACKING", || ());
        service.tier.uninstall();

        TIER.install(redis.timeout(5 * SECOND).l1_ttl(L1_TTL));
        let mut id = 100;
        eventually("results are shared", || {
            id += 1;
            told(id);
            client.exists(format!("told:{id}")).expect("EXISTS")
        });
        let first = told(1);
        stored(&mut client, "told:1");
        assert_eq!(told::with_status(1), (first, CacheStatus::Hit));
        crate::set(&mut client, "told:1", "7");
        let took = eventually_within(L1_TTL + SECOND, "the change is seen", || told(1) == 7);
        report(format_args!(
            "without CLIENT TRACKING: l1_ttl 1 s, a change is seen after {took:.1?}"
        ));
        TIER.uninstall();
    }

    /// By itself, once it may tell.
    #[test]
    fn to_tell_of_changes_for_a_while() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "told:{id}", tier = TIER))]
        fn told(id: u32) -> u64 {
            right(id)
        }
        let _turn = turn();
        let server = Server::start();
        let mut client = server.client();
        let redis = user(&server, &mut client, &["-client|tracking"]);
        let tier = Installed::new(&TIER, redis.timeout(5 * SECOND).l1_ttl(SECOND / 10));
        told(1);
        allow(&mut client, "+client|tracking");
        let mut value = 10;
        let took = eventually_within(RECOVERY, "changes are told of", || {
            value += 1;
            crate::set(&mut client, "told:1", &value.to_string());
            // It is read anew, at the latest when `l1_ttl` has ended.
            eventually("the change is seen", || told(1) == value);
            tier.stats().invalidations > 0
        });
        report(format_args!("with CLIENT TRACKING again: told of changes after {took:.1?}"));
    }

    /// One call after the other, each of which is refused, opens the breaker of what is refused.
    #[test]
    fn again_and_again() {
        let _turn = turn();
        for (rule, reads) in [("-@scripting", true), ("-getrange", false)] {
            let service = service!();
            let server = Server::start();
            let mut client = server.client();
            let redis = user(&server, &mut client, &[]);
            let tier = Installed::new(service.tier, redis.timeout(5 * SECOND));
            allow(&mut client, rule);
            for id in 0..1000 {
                assert_eq!((service.thread)(id), right(id), "{rule}");
            }
            let stats = tier.stats();
            assert!((1..100).contains(&stats.errors), "{rule}: {stats:?}");
            assert_eq!(stats.connected, reads, "{rule}: {stats:?}");
            let bypassed = if reads { 0..1 } else { 500..1000 };
            assert!(bypassed.contains(&stats.bypassed), "{rule}: {stats:?}");
        }
    }
}

mod slow {
    use super::*;

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
                    let () =
                        command.arg("SLEEP").arg(seconds).query(&mut client).expect("DEBUG SLEEP");
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

    #[test]
    fn beyond_the_timeout() {
        let _turn = turn();
        let service = service!();
        let server = server();
        let tier = installed(service.tier, &server);
        let before = tier.stats();
        let mut busy = None;
        let pause = Duration::from_millis(200);
        service.under_load("200 ms to answer", || busy = Some(Busy::start(&server, pause)));
        let stats = tier.stats();
        assert!(stats.timeouts > 0 && stats.bypassed > CALLS as u64 / 2, "{stats:?}");
        drop(busy);
        service.recovers("200 ms to answer", before.connections, server.client());
    }

    #[test]
    fn within_the_timeout() {
        let _turn = turn();
        let service = service!();
        let server = server();
        let tier = installed(service.tier, &server);
        let before = tier.stats();
        let mut busy = None;
        let pause = Duration::from_millis(30);
        service.under_load("30 ms to answer", || busy = Some(Busy::start(&server, pause)));
        drop(busy);
        let mut client = server.client();
        let mut id = 1_000_000;
        let took = eventually_within(RECOVERY, "results are shared again", || {
            id += 1;
            (service.thread)(id);
            client.exists(format!("thread:{id}")).expect("EXISTS")
        });
        report(format_args!("30 ms to answer: shared again after {took:.1?}"));
        assert!(tier.stats().connections >= before.connections);
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
            took.extend(at_once(16, call));
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
    fn several_times_in_one_call() {
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
    fn several_times_in_the_first_call() {
        let _turn = turn();
        let service = service!();
        each_query_has_one_timeout(service, &server(), "a function's first calls");
    }
}

mod at_once_in_an_outage {
    use super::*;

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
    fn all_wait_together() {
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
    fn nobody_waits_if_it_is_known() {
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
    fn threads_wait_together_too() {
        let _turn = turn();
        let service = service!();
        let server = Server::start();
        let redis = at(&server.url()).timeout(TIMEOUT).breaker(u32::MAX);
        let _tier = Installed::new(service.tier, redis);
        server.suspend();
        let watch = Watch::start();
        let begun = Instant::now();
        at_once(300, |number| {
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
    fn for_one_key() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "one:{id}", tier = TIER))]
        async fn one(id: u32) -> u64 {
            RUNS.next();
            step_aside().await;
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
        report(format_args!(
            "stopped, timeout {TIMEOUT:?}: 10,000 calls for one key took {took:.1?}"
        ));
        assert!(took <= TIMEOUT + 4 * LATE + 2 * late, "{took:?}");
        assert_eq!(RUNS.count(), 1);
    }
}

mod start_up {
    use super::*;

    #[test]
    fn never_waits() {
        let _turn = turn();
        let service = service!();
        // It takes connections, and says nothing.
        let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        // It says something else.
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let other_port = other.local_addr().expect("it is bound").port();
        thread::spawn(move || {
            for connection in other.incoming() {
                let _ = connection
                    .expect("a connection")
                    .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
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
                "where there is {what}: install {install:.1?}, first calls {first:.1?} and {second:.1?}"
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
    fn needs_no_patience_of_the_first_calls() {
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
}

/// Threads come to an end, and connections too.
#[test]
fn what_is_installed_no_more_is_gone() {
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
fn without_a_redis_nothing_is_different() {
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

mod settings {
    use super::*;

    /// Whatever is said, calls answer.
    fn are_taken(with: impl FnOnce(Redis) -> Redis, stores: bool) {
        let service = service!();
        let server = Server::start();
        let tier = Installed::new(service.tier, with(at(&server.url())));
        for id in 0..20 {
            assert_eq!((service.thread)(id), right(id));
            assert_eq!(block_on((service.task)(id)), right(id));
        }
        if stores {
            eventually("results are shared", || {
                (service.thread)(100 + u32::try_from(server.keys().len()).expect("few"));
                server.keys().iter().any(|key| key.starts_with("thread:"))
            });
        } else {
            eventually("nothing is stored, and no lease is left", || server.keys().is_empty());
        }
        eventually("it is connected", || tier.stats().connected);
    }

    #[test]
    fn may_be_nothing() {
        let _turn = turn();
        are_taken(|redis| redis.breaker(0), true);
        are_taken(|redis| redis.lease(Duration::ZERO), true);
        are_taken(|redis| redis.l1_ttl(Duration::ZERO), true);
        are_taken(|redis| redis.value_cap(0), false);
        are_taken(|redis| redis.key_secret(""), true);
        are_taken(|redis| redis.name(""), true);
    }

    #[test]
    fn may_be_odd() {
        let _turn = turn();
        are_taken(|redis| redis.name("a name\nof two lines"), true);
        are_taken(|redis| redis.l1_ttl(Duration::MAX), true);
        are_taken(|redis| redis.breaker(u32::MAX), true);
    }

    /// Then there is no time for Redis at all.
    #[test]
    fn may_leave_no_time() {
        let _turn = turn();
        let service = service!();
        let server = Server::start();
        service.tier.install(at(&server.url()).timeout(Duration::ZERO));
        for id in 0..1000 {
            assert_eq!((service.thread)(id), right(id));
            assert_eq!(block_on((service.task)(id)), right(id));
        }
        service.tier.uninstall();
    }

    #[test]
    fn may_have_no_limit() {
        let _turn = turn();
        are_taken(|redis| redis.timeout(Duration::MAX), true);
        are_taken(|redis| redis.lease(Duration::MAX), true);
        are_taken(|redis| redis.value_cap(usize::MAX), true);
    }
}

#[test]
fn passwords_are_shown_nowhere() {
    static TIER: Tier = Tier::new();
    const SECRETS: [&str; 3] = ["hunter2", "pepper", "user3"];
    let check = |shown: &str| {
        assert!(!SECRETS.iter().any(|secret| shown.contains(secret)), "{shown}");
    };
    for url in [
        "redis://me:hunter2@localhost",
        "redis://:hunter2@localhost:1/3",
        "redis://hunter2@localhost",
        "redis+unix:///tmp/socket?pass=hunter2&user=me",
        "unix:///tmp/socket?db=1&pass=hunter2",
        "rediss://me:hunter2@localhost",
        "redis://me:hunter2@localhost:port",
        "redis://me:hunter2@localhost/hunter2",
        "redis://me:hunter2@localhost:99999",
        "redis://me:hunter2@",
        "redis://me:hunter2",
        "redis//me:hunter2@localhost",
        "http://me:hunter2@localhost",
        "redis://me:hun%zzter2hunter2@localhost",
        "redis://me:hunter2@[::1",
        "me:hunter2@localhost",
        "hunter2",
    ] {
        match Redis::new(url) {
            Ok(redis) => {
                let redis = redis.key_secret("pepper");
                check(&format!("{redis:?} {redis:#?}"));
                TIER.install(redis);
                check(&format!("{TIER:?} {TIER:#?} {:?}", TIER.stats()));
            }
            Err(error) => {
                check(&format!("{error} {error:?} {error:#?}"));
                let boxed: Box<dyn std::error::Error> = error.into();
                check(&format!("{boxed} {boxed:?} {:?}", boxed.source()));
            }
        }
    }
    TIER.uninstall();
}

/// Each tier has a thread, which ends with it.
#[test]
#[cfg(target_os = "linux")]
fn tiers_leave_no_threads() {
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
