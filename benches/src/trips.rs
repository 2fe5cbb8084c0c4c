//! What it costs to ask Redis for what is not in memory: interleaved rounds over all peers, of keys
//! in turn, by one task or by many.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use redis::Client;
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Runtime};

use crate::functions::shared::{self, Function, Item};
use crate::peer::Peer;
use crate::plan::Plan;
use crate::results::Trip;
use crate::summary::median;

/// So many that a key is forgotten when its turn comes again.
const KEYS: usize = 4_096;

/// Untimed calls of each task before the timed ones.
const WARM_UP: usize = 8;

/// How many ask at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Load {
    One,
    Many,
}

impl Load {
    pub(crate) const ALL: [Load; 2] = [Load::One, Load::Many];

    /// What filters call it.
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

    /// How many calls each task makes, if one alone makes so many.
    fn calls(self, trips: usize) -> usize {
        match self {
            Load::One => trips,
            Load::Many => trips / 8,
        }
    }
}

/// Where the tasks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Place {
    TwoWorkers,
    OneThread,
}

impl Place {
    pub(crate) const ALL: [Place; 2] = [Place::TwoWorkers, Place::OneThread];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Place::TwoWorkers => "2 workers",
            Place::OneThread => "1 thread",
        }
    }

    fn runtime(self) -> anyhow::Result<Runtime> {
        let mut builder = match self {
            Place::TwoWorkers => Builder::new_multi_thread(),
            Place::OneThread => Builder::new_current_thread(),
        };
        Ok(builder.worker_threads(2).enable_all().build()?)
    }
}

/// All that was planned, in the process with that number.
pub(crate) fn measure(plan: &Plan, url: &str, process: u32) -> anyhow::Result<Vec<Trip>> {
    let loads: Vec<_> = Load::ALL.into_iter().filter(|load| plan.includes(load.name())).collect();
    let mut trips = Vec::new();
    if loads.is_empty() {
        return Ok(trips);
    }
    store(url)?;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(process.into());
    for place in Place::ALL {
        let runtime = place.runtime()?;
        let functions = functions(place, &runtime, url)?;
        for &load in &loads {
            trips.extend(side_by_side(load, place, &runtime, &functions, plan, &mut rng));
        }
    }
    let stats = functools::redis::stats();
    if stats.connections > 1 || stats.timeouts > 0 || stats.bypassed > 0 {
        eprintln!("Redis was slow or away meanwhile: {stats:?}");
    }
    Ok(trips)
}

/// Stores all items, for those who have the same keys.
fn store(url: &str) -> anyhow::Result<()> {
    let mut pipeline = redis::pipe();
    for id in (0..).take(KEYS) {
        pipeline.set_ex(shared::key(id), serde_json::to_vec(&Item::new(id))?, 3_600).ignore();
    }
    Ok(pipeline.exec(&mut Client::open(url)?.get_connection()?)?)
}

fn functions(place: Place, runtime: &Runtime, url: &str) -> anyhow::Result<Vec<Arc<Function>>> {
    let client = Client::open(url)?;
    let connection = runtime.block_on(client.get_multiplexed_async_connection())?;
    let cached = match place {
        Place::TwoWorkers => {
            Function::new(Peer::Cached, |id| answered(move || shared::by_cached_on_two(id)))
        }
        Place::OneThread => {
            Function::new(Peer::Cached, |id| answered(move || shared::by_cached_on_one(id)))
        }
    };
    // It writes in a way of its own.
    runtime.block_on(async {
        for id in (0..).take(KEYS) {
            black_box((cached.call)(id).await);
        }
    });
    let get = move |id| {
        let connection = connection.clone();
        answered(move || shared::by_get(connection.clone(), id))
    };
    let ours = Function::new(Peer::Functools, shared::by_functools);
    runtime.block_on(async {
        shared::install_nearby(url).await?;
        for id in (0..).take(KEYS) {
            black_box(shared::by_functools_nearby(id).await);
        }
        anyhow::Ok(())
    })?;
    let nearby = Function::new(Peer::FunctoolsNearby, shared::by_functools_nearby);
    Ok([ours, nearby, Function::new(Peer::Get, get), cached].map(Arc::new).into())
}

/// Asks until there is an answer: these give up after half a second, which some machines take off.
async fn answered<F: Future<Output = Result<Item, ()>>>(ask: impl Fn() -> F) -> Item {
    loop {
        if let Ok(item) = ask().await {
            return item;
        }
    }
}

/// What one peer did.
struct Lane {
    function: Arc<Function>,
    /// The call that is next.
    turn: usize,
    samples: Vec<Sample>,
}

/// What one round gave.
struct Sample {
    us: f64,
    us_of_slow: f64,
    rate: f64,
    others: f64,
}

fn side_by_side(
    load: Load,
    place: Place,
    runtime: &Runtime,
    functions: &[Arc<Function>],
    plan: &Plan,
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<Trip> {
    let lane = |function: &Arc<Function>| Lane {
        function: Arc::clone(function),
        turn: 0,
        samples: Vec::new(),
    };
    let mut lanes: Vec<_> = functions.iter().map(lane).collect();
    for round in 0..=plan.rounds {
        // Nobody always comes after the same other.
        lanes.shuffle(rng);
        for lane in &mut lanes {
            let sample = lane.sample(load, runtime, load.calls(plan.trips));
            // The first time all is new.
            if round > 0 {
                lane.samples.push(sample);
            }
        }
    }
    lanes.iter().map(|lane| lane.trip(load, place)).collect()
}

impl Lane {
    fn sample(&mut self, load: Load, runtime: &Runtime, calls: usize) -> Sample {
        self.round(load, runtime, WARM_UP);
        self.round(load, runtime, calls)
    }

    /// So many calls by each task, of keys that no other task asks for.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn round(&mut self, load: Load, runtime: &Runtime, calls: usize) -> Sample {
        let tasks = load.tasks();
        let before = Answered::now();
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
        let others = all - before.of(self.function.peer, all);
        Sample {
            us: median(us.iter().copied()),
            us_of_slow: us[all * 99 / 100],
            rate: all as f64 / seconds,
            others: others as f64 / all as f64,
        }
    }

    fn trip(&self, load: Load, place: Place) -> Trip {
        let of = |figure: fn(&Sample) -> f64| median(self.samples.iter().map(figure));
        let most = |figure: fn(&Sample) -> f64| self.samples.iter().map(figure).fold(0.0, f64::max);
        Trip {
            load,
            place,
            peer: self.function.peer,
            us: of(|sample| sample.us),
            us_of_slow: of(|sample| sample.us_of_slow),
            rate: of(|sample| sample.rate),
            others: most(|sample| sample.others),
        }
    }
}

/// What tells whether Redis has answered.
struct Answered {
    shared_hits: u64,
    computed: usize,
}

impl Answered {
    fn now() -> Self {
        Answered {
            shared_hits: functools::redis::stats().shared_hits,
            computed: shared::computed(),
        }
    }

    /// How many of so many calls since then Redis has answered.
    fn of(&self, peer: Peer, calls: usize) -> usize {
        let now = Answered::now();
        let answered = match peer {
            Peer::Functools => usize::try_from(now.shared_hits - self.shared_hits).ok(),
            _ => calls.checked_sub(now.computed - self.computed),
        };
        answered.unwrap_or(0).min(calls)
    }
}
