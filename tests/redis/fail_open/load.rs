//! Functions under load, and how long their calls take.

use std::io::{self, Write};
use std::panic;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use functools::redis::Tier;
use futures_util::future::BoxFuture;
use redis::{Commands, Connection};
use tokio::runtime::{Builder, Runtime};

use crate::common::{block_on, in_threads};
use crate::server::{Server, eventually, eventually_within};
use crate::{Installed, at};

/// By how much a call may be slower than its body for the sake of Redis, if nobody says otherwise.
pub(super) const TIMEOUT: Duration = Duration::from_millis(50);

/// How long it may take until Redis is used again.
pub(super) const RECOVERY: Duration = Duration::from_secs(2);

/// How much longer than it should a call may take on a machine that others use.
pub(super) const LATE: Duration = Duration::from_millis(250);

/// By tasks, and as many by threads.
pub(super) const CALLS: usize = 10_000;

const TASKS: usize = 50;

const THREADS: usize = 8;

/// What the bodies return.
pub(super) fn right(id: u32) -> u64 {
    u64::from(id).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11
}

/// Functions of their own, for one test.
macro_rules! service {
    () => {{
        static TIER: Tier = Tier::new();
        #[functools::lru_cache(maxsize = 64, ttl = "60s", redis(key = "task:{id}", tier = TIER))]
        async fn task(id: u32) -> u64 {
            right(id)
        }
        #[functools::lru_cache(maxsize = 64, ttl = "60s", redis(key = "thread:{id}", tier = TIER))]
        fn thread(id: u32) -> u64 {
            right(id)
        }
        $crate::fail_open::load::Service { tier: &TIER, task: |id| Box::pin(task(id)), thread }
    }};
}

pub(super) use service;

#[derive(Clone, Copy)]
pub(super) struct Service {
    pub(super) tier: &'static Tier,
    pub(super) task: fn(u32) -> BoxFuture<'static, u64>,
    pub(super) thread: fn(u32) -> u64,
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
            let threads = in_threads(THREADS, thread).concat();
            let (tasks, late) = tasks.join().expect("no panic");
            assert_eq!((tasks.len(), threads.len()), (CALLS, CALLS));
            (tasks, threads, late)
        })
    }

    /// Puts it under load, and does something to Redis early on.
    pub(super) fn under_load(self, what: &str, cause: impl FnOnce()) {
        let done = Arc::default();
        let before = self.tier.stats();
        let watch = Watch::start();
        let (tasks, threads, late) = thread::scope(|scope| {
            let load = scope.spawn(|| self.load(&done));
            eventually("a part of the calls has ended", || {
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
    pub(super) fn recovers(self, what: &str, connections_before: u64, mut client: Connection) {
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

pub(super) fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime")
}

/// Shown also where the test passes.
pub(super) fn report(what: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "measured: {what}");
}

pub(super) struct Spread {
    pub(super) median: Duration,
    pub(super) most: Duration,
    pub(super) longest: Duration,
}

impl Spread {
    pub(super) fn of(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        let at = |percent: usize| took[(took.len() - 1) * percent / 100];
        Spread { median: at(50), most: at(99), longest: at(100) }
    }
}

/// Threads that do nothing, to see by how much too late one gets one's turn here: one for each
/// processor, since a virtual one may be stopped alone.
pub(super) struct Watch {
    ends: &'static AtomicBool,
    late: Vec<thread::JoinHandle<Duration>>,
}

impl Watch {
    pub(super) fn start() -> Self {
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

    pub(super) fn stop(self) -> Duration {
        self.ends.store(true, Ordering::Relaxed);
        let late = self.late.into_iter().map(|late| late.join().expect("no panic"));
        late.max().expect("at least one")
    }
}

/// What is measured here takes turns.
pub(super) fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    drop(panics_of_supervisors());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What has panicked in the threads that connect, of all tests.
pub(super) fn panics_of_supervisors() -> MutexGuard<'static, Vec<String>> {
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
pub(super) fn installed(tier: &'static Tier, server: &Server) -> Installed {
    Installed::new(tier, at(&server.url()))
}
