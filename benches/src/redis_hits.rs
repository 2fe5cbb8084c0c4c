//! Hits in Redis that are not in memory: interleaved rounds over all peers, with keys in turn, by
//! one task or by many.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use redis::Client;
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Runtime};

use crate::functions::shared::{self, Function, Item};
use crate::peer::Peer;
use crate::plan::Plan;
use crate::results::RedisHits;
use crate::rounds::interleave;
use crate::summary::median;

/// More keys than the caches in memory have room for, so that a key in turn is never there.
const KEYS: usize = 4_096;

/// Untimed calls of each task before the timed ones.
const WARM_UP: usize = 8;

/// The number of concurrent calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Load {
    One,
    Many,
}

impl Load {
    pub(crate) const ALL: [Load; 2] = [Load::One, Load::Many];

    /// Returns the name for filters.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Load::One => "redis-shared-hit",
            Load::Many => "redis-throughput-64",
        }
    }

    pub(crate) fn tasks(self) -> usize {
        match self {
            Load::One => 1,
            Load::Many => 64,
        }
    }

    /// Returns the number of calls of each task. A single task makes `calls`.
    fn calls_per_task(self, calls: usize) -> usize {
        match self {
            Load::One => calls,
            Load::Many => calls / 8,
        }
    }
}

/// The threads on which tokio runs the tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Scheduler {
    TwoWorkers,
    OneThread,
}

impl Scheduler {
    pub(crate) const ALL: [Scheduler; 2] = [Scheduler::TwoWorkers, Scheduler::OneThread];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Scheduler::TwoWorkers => "2 workers",
            Scheduler::OneThread => "1 thread",
        }
    }

    fn runtime(self) -> anyhow::Result<Runtime> {
        let mut builder = match self {
            Scheduler::TwoWorkers => Builder::new_multi_thread(),
            Scheduler::OneThread => Builder::new_current_thread(),
        };
        Ok(builder.worker_threads(2).enable_all().build()?)
    }
}

/// Measures what is planned in this process. `process` is its number.
pub(crate) fn measure(plan: &Plan, url: &str, process: u32) -> anyhow::Result<Vec<RedisHits>> {
    let loads: Vec<_> = Load::ALL.into_iter().filter(|load| plan.includes(load.name())).collect();
    let mut all = Vec::new();
    if loads.is_empty() {
        return Ok(all);
    }
    store(url)?;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(process.into());
    for scheduler in Scheduler::ALL {
        let runtime = scheduler.runtime()?;
        let functions = functions(scheduler, &runtime, url)?;
        for &load in &loads {
            all.extend(side_by_side(load, scheduler, &runtime, &functions, plan, &mut rng));
        }
    }
    let stats = functools::redis::stats();
    if stats.connections > 1 || stats.timeouts > 0 || stats.bypassed > 0 {
        eprintln!("Redis was slow or away meanwhile: {stats:?}");
    }
    Ok(all)
}

/// Stores all items under the keys of functools, which the bare `GET` reads, too.
fn store(url: &str) -> anyhow::Result<()> {
    let mut pipeline = redis::pipe();
    for id in (0..).take(KEYS) {
        pipeline.set_ex(shared::key(id), serde_json::to_vec(&Item::new(id))?, 3_600).ignore();
    }
    Ok(pipeline.exec(&mut Client::open(url)?.get_connection()?)?)
}

fn functions(
    scheduler: Scheduler,
    runtime: &Runtime,
    url: &str,
) -> anyhow::Result<Vec<Arc<Function>>> {
    let client = Client::open(url)?;
    let connection = runtime.block_on(client.get_multiplexed_async_connection())?;
    let cached = match scheduler {
        Scheduler::TwoWorkers => {
            Function::new(Peer::Cached, |id| retry(move || shared::by_cached_on_two(id)))
        }
        Scheduler::OneThread => {
            Function::new(Peer::Cached, |id| retry(move || shared::by_cached_on_one(id)))
        }
    };
    // `cached` has keys and values of its own format, so it stores all items itself.
    runtime.block_on(async {
        for id in (0..).take(KEYS) {
            black_box((cached.call)(id).await);
        }
    });
    let get = move |id| {
        let connection = connection.clone();
        retry(move || shared::by_get(connection.clone(), id))
    };
    let ours = Function::new(Peer::Functools, shared::by_functools);
    runtime.block_on(async {
        shared::install_on_tokio(url).await?;
        for id in (0..).take(KEYS) {
            black_box(shared::by_functools_on_tokio(id).await);
        }
        anyhow::Ok(())
    })?;
    let on_tokio = Function::new(Peer::FunctoolsOnTokio, shared::by_functools_on_tokio);
    Ok([ours, on_tokio, Function::new(Peer::Get, get), cached].map(Arc::new).into())
}

/// Repeats a query until it is answered. The client times out after half a second, and some
/// machines pause for longer.
async fn retry<F: Future<Output = Result<Item, ()>>>(query: impl Fn() -> F) -> Item {
    loop {
        if let Ok(item) = query().await {
            return item;
        }
    }
}

/// A function that is measured.
struct Subject {
    function: Arc<Function>,
    /// The number of the next call.
    turn: usize,
    samples: Vec<Sample>,
}

/// The figures of one round.
struct Sample {
    us: f64,
    p99_us: f64,
    rate: f64,
    unanswered: f64,
}

fn side_by_side(
    load: Load,
    scheduler: Scheduler,
    runtime: &Runtime,
    functions: &[Arc<Function>],
    plan: &Plan,
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<RedisHits> {
    let subject = |function: &Arc<Function>| Subject {
        function: Arc::clone(function),
        turn: 0,
        samples: Vec::new(),
    };
    let mut subjects: Vec<_> = functions.iter().map(subject).collect();
    interleave(&mut subjects, 1 + plan.rounds, rng, |subject| {
        let sample = subject.sample(load, runtime, load.calls_per_task(plan.redis_calls));
        subject.samples.push(sample);
    });
    subjects.iter().map(|subject| subject.hits(load, scheduler)).collect()
}

impl Subject {
    fn sample(&mut self, load: Load, runtime: &Runtime, calls: usize) -> Sample {
        self.round(load, runtime, WARM_UP);
        self.round(load, runtime, calls)
    }

    /// Makes `calls` calls in each task. No two tasks use the same keys.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn round(&mut self, load: Load, runtime: &Runtime, calls: usize) -> Sample {
        let tasks = load.tasks();
        let before = Counters::now();
        let turn = self.turn;
        self.turn += calls;
        let task = |task: usize| {
            let function = Arc::clone(&self.function);
            async move {
                let mut durations = Vec::with_capacity(calls);
                for turn in turn..turn + calls {
                    let id = (turn * tasks + task) % KEYS;
                    let start = Instant::now();
                    black_box((function.call)(id as u64).await);
                    durations.push(start.elapsed());
                }
                durations
            }
        };
        let start = Instant::now();
        let tasks: Vec<_> = (0..tasks).map(|number| runtime.spawn(task(number))).collect();
        let durations = runtime.block_on(async {
            let mut durations = Vec::new();
            for task in tasks {
                durations.extend(task.await.expect("no panic"));
            }
            durations
        });
        let seconds = start.elapsed().as_secs_f64();
        let mut us: Vec<_> =
            durations.iter().map(|duration| duration.as_secs_f64() * 1e6).collect();
        us.sort_by(f64::total_cmp);
        let all = us.len();
        let unanswered = all - before.answered_since(self.function.peer, all);
        Sample {
            us: median(us.iter().copied()),
            p99_us: us[all * 99 / 100],
            rate: all as f64 / seconds,
            unanswered: unanswered as f64 / all as f64,
        }
    }

    /// Returns the medians over the rounds, without the first: its connections are new.
    fn hits(&self, load: Load, scheduler: Scheduler) -> RedisHits {
        let samples = &self.samples[1..];
        let of = |figure: fn(&Sample) -> f64| median(samples.iter().map(figure));
        let most = |figure: fn(&Sample) -> f64| samples.iter().map(figure).fold(0.0, f64::max);
        RedisHits {
            load,
            scheduler,
            peer: self.function.peer,
            us: of(|sample| sample.us),
            p99_us: of(|sample| sample.p99_us),
            rate: of(|sample| sample.rate),
            unanswered: most(|sample| sample.unanswered),
        }
    }
}

/// Counters that show whether Redis answered.
struct Counters {
    shared_hits: u64,
    computed: usize,
}

impl Counters {
    fn now() -> Self {
        Counters {
            shared_hits: functools::redis::stats().shared_hits,
            computed: shared::computed(),
        }
    }

    /// Returns how many of the `calls` made since these counters were read Redis has answered.
    fn answered_since(&self, peer: Peer, calls: usize) -> usize {
        let now = Counters::now();
        let answered = match peer {
            Peer::Functools => usize::try_from(now.shared_hits - self.shared_hits).ok(),
            _ => calls.checked_sub(now.computed - self.computed),
        };
        answered.unwrap_or(0).min(calls)
    }
}
