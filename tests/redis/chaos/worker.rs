//! A process of the run: it reads, writes, invalidates and clears, and reports what it sees.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use fork::{Fork, fork};
use functools::redis::{Invalidation, Redis, Tier};
use functools::{CacheStatus, lru_cache};
use serde::{Deserialize, Serialize};
use tokio::sync::RwLock;

use super::event::{Event, Life, Process, Read, Removal, Stage, State, Value, Write, now};
use super::register::Register;
use super::{CALLERS, ITEMS, L1_TTL, LEASE, PAGES, PROCESSES, TTL, heartbeat};
use crate::common::SECOND;

/// What a process is told when it starts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) urls: Vec<String>,
    pub(super) register: PathBuf,
    pub(super) process: Process,
    /// Which of the processes it is: it writes the keys with this remainder.
    pub(super) place: u32,
    pub(super) seed: u64,
}

pub(super) const JOB: &str = "FUNCTOOLS_TESTS_CHAOS";

/// How many callers are threads. The others are tasks.
const THREADS: u32 = 2;

static TIER: Tier = Tier::new();

/// Held while a process forks, so that no call of its own is halfway.
static CALLS: RwLock<()> = RwLock::const_new(());

static WRITES: Mutex<()> = Mutex::new(());

struct Context {
    job: Job,
    register: Register,
    reports: File,
}

static CONTEXT: OnceLock<Context> = OnceLock::new();

fn context() -> &'static Context {
    CONTEXT.get().expect("it is set first")
}

/// Reports by one call of the system, so that no line is torn and no lock is taken.
fn report(event: &Event) {
    let line = serde_json::to_string(event).expect("JSON") + "\n";
    // The checker may have ended: then this process ends, too.
    let _ = (&context().reports).write_all(line.as_bytes());
}

/// How long a body takes.
fn body_time() -> Duration {
    Duration::from_millis(fastrand::u64(..15))
}

#[lru_cache(ttl = TTL, redis(key = "page:{key}", tier = TIER))]
fn page(key: u32) -> Value {
    let began = now();
    let version = context().register.read(key);
    thread::sleep(body_time());
    Value { version, began, ended: now() }
}

#[lru_cache(ttl = TTL, redis(key = "item:{key}", tier = TIER))]
async fn item(key: u32) -> Value {
    let began = now();
    let version = context().register.read(key);
    tokio::time::sleep(body_time()).await;
    Value { version, began, ended: now() }
}

#[derive(Clone, Copy)]
enum Operation {
    Read,
    Write,
    Invalidate,
    Clear,
}

impl Operation {
    /// Chooses one: a reader, a writer, a process that invalidates, and one that clears.
    fn choose(place: u32, rng: &mut Rng) -> Self {
        let [writes, invalidates, clears] = match place {
            0 => [1, 0, 0],
            1 => [12, 0, 0],
            2 => [2, 12, 0],
            _ => [2, 1, 1],
        };
        match rng.u32(..100) {
            n if n < writes => Operation::Write,
            n if n < writes + invalidates => Operation::Invalidate,
            n if n < writes + invalidates + clears => Operation::Clear,
            _ => Operation::Read,
        }
    }
}

/// One of those that call.
struct Caller {
    process: Process,
    number: u32,
    rng: Rng,
}

impl Caller {
    fn new(process: Process, number: u32) -> Self {
        let seed = context().job.seed ^ (u64::from(process) << 32) ^ u64::from(number);
        Caller { process, number, rng: Rng::with_seed(seed) }
    }

    /// A key of a function: some are read more often than others.
    fn key(&mut self, keys: std::ops::Range<u32>) -> u32 {
        let count = keys.end - keys.start;
        keys.start + self.rng.u32(..count).min(self.rng.u32(..count))
    }

    /// A key that this process alone writes.
    fn own_key(&mut self, keys: std::ops::Range<u32>) -> u32 {
        let key = self.key(keys);
        key - key % PROCESSES + context().job.place
    }

    fn pause(&mut self) -> Duration {
        Duration::from_millis(self.rng.u64(4..20))
    }

    fn has_read(&self, key: u32, from: u64, (value, status): (Value, CacheStatus)) {
        let is_computed = matches!(status, CacheStatus::Miss | CacheStatus::Bypass);
        let (process, caller, to) = (self.process, self.number, now());
        report(&Event::Read(Read { process, caller, key, from, to, value, is_computed }));
    }

    fn has_removed(&self, key: Option<u32>, from: u64, outcome: Invalidation) {
        let is_confirmed = outcome == Invalidation::Confirmed;
        let (process, to) = (self.process, now());
        report(&Event::Removal(Removal { process, key, from, to, is_confirmed }));
    }

    /// Calls the synchronous function, which is never cleared.
    fn call(&mut self) {
        match Operation::choose(context().job.place, &mut self.rng) {
            Operation::Read => {
                let (key, from) = (self.key(PAGES), now());
                self.has_read(key, from, page::with_status(key));
            }
            Operation::Write => {
                let key = self.own_key(PAGES);
                write(key);
                let from = now();
                self.has_removed(Some(key), from, page::cache_invalidate(key));
            }
            Operation::Invalidate | Operation::Clear => {
                let (key, from) = (self.key(PAGES), now());
                self.has_removed(Some(key), from, page::cache_invalidate(key));
            }
        }
    }

    async fn call_async(&mut self) {
        match Operation::choose(context().job.place, &mut self.rng) {
            Operation::Read => {
                let (key, from) = (self.key(ITEMS), now());
                self.has_read(key, from, item::with_status(key).await);
            }
            Operation::Write => {
                let key = self.own_key(ITEMS);
                write(key);
                let from = now();
                self.has_removed(Some(key), from, item::cache_invalidate(key).await);
            }
            Operation::Invalidate => {
                let (key, from) = (self.key(ITEMS), now());
                self.has_removed(Some(key), from, item::cache_invalidate(key).await);
            }
            Operation::Clear => {
                let from = now();
                self.has_removed(None, from, item::cache_clear().await);
            }
        }
    }
}

/// Writes a new version, as a service writes to its database before it invalidates.
fn write(key: u32) {
    let _alone = WRITES.lock().expect("no panic");
    let version = context().register.read(key) + 1;
    context().register.write(key, version);
    report(&Event::Write(Write { key, version, at: now() }));
}

/// Reports the state of the tier when it changes, and every 50 ms.
fn watch(process: Process) {
    let mut last: Option<State> = None;
    loop {
        let (at, stats) = (now(), TIER.stats());
        let state = State { process, at, is_connected: stats.connected, queued: stats.queued };
        let is_news = last.is_none_or(|last| {
            let was = (last.is_connected, last.queued == 0);
            was != (state.is_connected, state.queued == 0) || at > last.at + 50_000
        });
        if is_news {
            report(&Event::State(state));
            last = Some(state);
        }
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
#[ignore = "what the processes do that the other tests start"]
fn worker() {
    let Ok(job) = env::var(JOB) else { return };
    let job: Job = serde_json::from_str(&job).expect("a job");
    let reports = OpenOptions::new().write(true).open("/proc/self/fd/1").expect("a pipe");
    let (register, process, place) = (Register::open(&job.register), job.process, job.place);
    let mut redis = Redis::new(&job.urls[0]).expect("an address").lease(LEASE).l1_ttl(L1_TTL);
    for url in &job.urls[1..] {
        redis = redis.node(url).expect("an address");
    }
    assert!(CONTEXT.set(Context { job, register, reports }).is_ok(), "it is the only job");
    // The line that the harness has begun ends here.
    let _ = (&context().reports).write_all(b"\n");
    report(&Event::Life(Life { process, at: now(), stage: Stage::Started }));

    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let entered = runtime.enter();
    // Half of the processes read by the connection of their runtime.
    TIER.install(if place % 2 == 1 { redis.on_tokio() } else { redis });
    drop(entered);
    heartbeat::start(process, "", || true, |stall| report(&Event::Stall(stall)));
    thread::spawn(move || watch(process));
    for number in 0..CALLERS {
        let mut caller = Caller::new(process, number);
        if number < THREADS {
            thread::spawn(move || {
                loop {
                    thread::sleep(caller.pause());
                    let _calls = CALLS.blocking_read();
                    caller.call();
                }
            });
        } else {
            runtime.spawn(async move {
                loop {
                    tokio::time::sleep(caller.pause()).await;
                    let _calls = CALLS.read().await;
                    caller.call_async().await;
                }
            });
        }
    }
    for line in io::stdin().lock().lines() {
        let child = line.expect("a line").parse().expect("the number of a process");
        let calls = CALLS.blocking_write();
        if let Fork::Child = fork().expect("a child") {
            run_child(child);
            end();
        }
        drop(calls);
    }
    end();
}

/// Ends this process without what is registered for its end.
fn end() {
    let this = rustix::process::getpid();
    rustix::process::kill_process(this, rustix::process::Signal::KILL).expect("it is this one");
}

/// What a process does that has been forked. It has one thread, so it calls no task's function.
fn run_child(process: Process) {
    report(&Event::Life(Life { process, at: now(), stage: Stage::Forked }));
    let _ = TIER.wait_connected(SECOND / 2);
    let is_stuck = TIER.last_error().is_some_and(|error| error.contains("was forked"));
    let mut caller = Caller::new(process, 0);
    for turn in 0..20 {
        // Without a link it never learns of what others remove.
        if is_stuck {
            break;
        }
        let (key, from) = (caller.key(PAGES), now());
        if turn % 5 == 4 {
            caller.has_removed(Some(key), from, page::cache_invalidate(key));
        } else {
            caller.has_read(key, from, page::with_status(key));
        }
    }
    report(&Event::Life(Life { process, at: now(), stage: Stage::Ended }));
}
