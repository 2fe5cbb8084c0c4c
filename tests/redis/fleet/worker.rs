//! What the processes do: they call functions as the test says.

use std::env;
use std::panic;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use functools::redis::{Redis, Tier};
use functools::{CacheStatus, lru_cache};
use redis::{Client, Commands, Connection};
use serde::{Deserialize, Serialize};

use super::BODY;
use crate::common::{PATIENCE, Runs, SECOND, eventually_async};
use crate::server::eventually;

static TIER: Tier = Tier::new();

/// Takes its time.
#[lru_cache(ttl = "60s", redis(key = "cold:{id}", tier = TIER))]
async fn cold(id: u32) -> u32 {
    let value = job().value("cold", id);
    tokio::time::sleep(BODY).await;
    value
}

#[lru_cache(ttl = "60s", redis(key = "cold_in_threads:{id}", tier = TIER))]
fn cold_in_threads(id: u32) -> u32 {
    let value = job().value("cold_in_threads", id);
    thread::sleep(BODY);
    value
}

/// Takes no time.
#[lru_cache(maxsize = 2000, ttl = "60s", redis(key = "quick:{id}", tier = TIER))]
async fn quick(id: u32) -> u32 {
    RUNS.next();
    tokio::task::yield_now().await;
    id
}

/// How often that has been computed in this process.
static RUNS: Runs = Runs::new();

/// Waits for the test's word.
#[lru_cache(ttl = "60s", redis(key = "held:{id}", tier = TIER))]
async fn held(id: u32) -> Result<u32, String> {
    let held = tokio::task::spawn_blocking(move || job().hold(id)).await;
    held.unwrap_or_else(|error| panic::resume_unwind(error.into_panic()))
}

/// What a process is told when it starts.
#[derive(Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) url: String,
    pub(super) number: u32,
    pub(super) lease: Duration,
}

pub(super) const JOB: &str = "FUNCTOOLS_TESTS_JOB";

fn job() -> &'static Job {
    static JOB_OF_THIS: OnceLock<Job> = OnceLock::new();
    JOB_OF_THIS.get_or_init(|| {
        let job = env::var(JOB).expect("it has been asked");
        serde_json::from_str(&job).expect("a job")
    })
}

impl Job {
    fn client(&self) -> Connection {
        let client = Client::open(&*self.url).expect("a valid URL");
        client.get_connection_with_timeout(PATIENCE).expect("the server answers")
    }

    /// Counts a run of a body. Each has another value.
    fn value(&self, function: &str, id: u32) -> u32 {
        let run: u32 = self.client().incr(format!("runs:{function}:{id}"), 1).expect("INCR");
        100 * run + self.number
    }

    fn hold(&self, id: u32) -> Result<u32, String> {
        let mut client = self.client();
        let value = self.value("held", id);
        let () = client.rpush(format!("in:{id}"), self.number).expect("RPUSH");
        let word = format!("word:{id}:{}", self.number);
        let [_, word]: [String; 2] = client.blpop(word, PATIENCE.as_secs_f64()).expect("a word");
        match &*word {
            "return" => Ok(value),
            "compute" => {
                thread::sleep(BODY);
                Ok(value)
            }
            "fail" => Err("on purpose".to_owned()),
            _ => panic!("on purpose"),
        }
    }
}

/// What a process is to do: so many callers, each with one of these arguments.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Calls {
    pub(super) function: Function,
    pub(super) first: u32,
    pub(super) ids: u32,
    pub(super) callers: u32,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum Function {
    Cold,
    ColdInThreads,
    Quick,
    Held,
}

/// What came of it, in the order of the callers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answers {
    pub(super) results: Vec<Answer>,
    pub(super) longest: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Answer {
    /// Whether the body was run for it.
    Value(u32, bool),
    Error,
    Panic,
}

impl Answer {
    fn of(result: Result<u32, String>, status: CacheStatus) -> Self {
        result.map_or(Answer::Error, |value| Answer::Value(value, status == CacheStatus::Miss))
    }
}

impl Answers {
    pub(super) fn values(&self) -> impl Iterator<Item = u32> {
        self.results.iter().map(|result| match result {
            Answer::Value(value, _) => *value,
            other => panic!("{other:?}"),
        })
    }
}

#[test]
#[ignore = "what the processes do that the other tests start"]
fn makes_calls() {
    if env::var(JOB).is_err() {
        return;
    }
    let job = job();
    let redis = Redis::new(&job.url).expect("a valid URL");
    TIER.install(redis.timeout(5 * SECOND).lease(job.lease));
    eventually("the tier is connected", || TIER.stats().connected);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let runtime = runtime.expect("a runtime");
    let mut client = job.client();
    let parent = rustix::process::getppid();
    let (todo, done) = (format!("todo:{}", job.number), format!("done:{}", job.number));
    let () = client.rpush(&done, "ready").expect("RPUSH");
    while rustix::process::getppid() == parent {
        let some: Option<[String; 2]> = client.blpop(&todo, 1.0).expect("BLPOP");
        let Some([_, calls]) = some else { continue };
        let calls = serde_json::from_str(&calls).expect("calls");
        let answers = runtime.block_on(all(calls, &mut client));
        let answers = serde_json::to_string(&answers).expect("JSON");
        let () = client.rpush(&done, answers).expect("RPUSH");
    }
}

async fn all(calls: Calls, client: &mut Connection) -> Answers {
    let read = || TIER.stats().shared_misses + TIER.stats().shared_hits;
    let before = read();
    let begun = Instant::now();
    let call = |number| {
        let id = calls.first + number % calls.ids;
        match calls.function {
            Function::Cold => tokio::spawn(async move {
                let (value, status) = cold::with_status(id).await;
                (Answer::of(Ok(value), status), begun.elapsed())
            }),
            Function::ColdInThreads => tokio::task::spawn_blocking(move || {
                let (value, status) = cold_in_threads::with_status(id);
                (Answer::of(Ok(value), status), begun.elapsed())
            }),
            Function::Quick => tokio::spawn(async move {
                let (value, status) = quick::with_status(id).await;
                (Answer::of(Ok(value), status), begun.elapsed())
            }),
            Function::Held => tokio::spawn(async move {
                let (result, status) = held::with_status(id).await;
                (Answer::of(result, status), begun.elapsed())
            }),
        }
    };
    let tasks: Vec<_> = (0..calls.callers).map(call).collect();
    let asked = || read() > before || tasks.iter().all(tokio::task::JoinHandle::is_finished);
    eventually_async(asked).await;
    let () = client.rpush(format!("waits:{}", job().number), 1).expect("RPUSH");
    let mut answers = Answers { results: Vec::new(), longest: Duration::ZERO };
    for task in tasks {
        let (answer, took) = task.await.unwrap_or((Answer::Panic, Duration::ZERO));
        answers.results.push(answer);
        answers.longest = answers.longest.max(took);
    }
    answers
}
