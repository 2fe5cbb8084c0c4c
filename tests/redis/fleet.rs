//! Several processes on one Redis: one computes, the others wait for what it comes to.

use std::env;
use std::io::{self, Write};
use std::panic;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use functools::redis::{Redis, Tier};
use functools::{CacheStatus, lru_cache};
use redis::{Client, Commands, Connection};
use serde::{Deserialize, Serialize};

use crate::common::flights::until_in_task;
use crate::common::{PATIENCE, Runs, SECOND};
use crate::server::{Server, eventually, eventually_within};
use crate::text;

/// How many callers a process has.
const CALLERS: u32 = 50;

/// How long a body takes that computes.
const BODY: Duration = Duration::from_millis(200);

/// How much longer something may take where others are busy.
const LATE: Duration = Duration::from_millis(1500);

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
struct Job {
    url: String,
    number: u32,
    lease: Duration,
}

const JOB: &str = "FUNCTOOLS_TESTS_JOB";

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
struct Calls {
    function: Function,
    first: u32,
    ids: u32,
    callers: u32,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Function {
    Cold,
    ColdInThreads,
    Quick,
    Held,
}

/// What came of it, in the order of the callers.
#[derive(Debug, Serialize, Deserialize)]
struct Answers {
    results: Vec<Answer>,
    longest: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Answer {
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
    fn values(&self) -> impl Iterator<Item = u32> {
        self.results.iter().map(|result| match result {
            Answer::Value(value, _) => *value,
            other => panic!("{other:?}"),
        })
    }
}

#[test]
#[ignore = "what the processes do that the other tests start"]
fn worker() {
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
    until_in_task(asked).await;
    let () = client.rpush(format!("waits:{}", job().number), 1).expect("RPUSH");
    let mut answers = Answers { results: Vec::new(), longest: Duration::ZERO };
    for task in tasks {
        let (answer, took) = task.await.unwrap_or((Answer::Panic, Duration::ZERO));
        answers.results.push(answer);
        answers.longest = answers.longest.max(took);
    }
    answers
}

/// Processes, and what the test says to them.
struct Fleet {
    control: Connection,
    processes: Vec<Child>,
    // Ends after them.
    server: Server,
}

impl Fleet {
    fn start(processes: u32, lease: Duration) -> Self {
        let server = Server::start();
        let mut fleet = Fleet { control: server.client(), processes: Vec::new(), server };
        for number in 0..processes {
            let job = Job { url: fleet.server.url(), number, lease };
            let mut command = Command::new(env::current_exe().expect("this program"));
            command.args(["--exact", "fleet::worker", "--ignored", "--nocapture"]);
            command.env(JOB, serde_json::to_string(&job).expect("JSON"));
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            fleet.processes.push(command.spawn().expect("it starts"));
        }
        for number in 0..processes {
            assert_eq!(fleet.next(&format!("done:{number}")), "ready");
        }
        fleet
    }

    /// What is said there next.
    fn next(&mut self, place: &str) -> String {
        let mut said = None;
        eventually(place, || {
            said = self.control.lpop(place, None).expect("LPOP");
            said.is_some()
        });
        said.expect("just said")
    }

    fn call(&mut self, number: u32, calls: Calls) {
        let calls = serde_json::to_string(&calls).expect("JSON");
        let () = self.control.rpush(format!("todo:{number}"), calls).expect("RPUSH");
    }

    /// Lets a process call the function that waits for a word.
    fn hold(&mut self, number: u32, id: u32) {
        let calls = Calls { function: Function::Held, first: id, ids: 1, callers: CALLERS };
        self.call(number, calls);
    }

    /// Comes back when it has asked Redis.
    fn waits(&mut self, number: u32) {
        self.next(&format!("waits:{number}"));
    }

    /// The process in which the body runs next.
    fn computing(&mut self, id: u32) -> u32 {
        self.next(&format!("in:{id}")).parse().expect("a number")
    }

    fn say(&mut self, number: u32, id: u32, word: &str) {
        let () = self.control.rpush(format!("word:{id}:{number}"), word).expect("RPUSH");
    }

    fn answers(&mut self, number: u32) -> Answers {
        let answers = self.next(&format!("done:{number}"));
        serde_json::from_str(&answers).expect("answers")
    }

    fn runs(&mut self, function: &str, id: u32) -> u32 {
        self.control.get(format!("runs:{function}:{id}")).expect("GET")
    }

    /// For how many milliseconds the lease is good.
    fn lease(&mut self, id: u32) -> i64 {
        self.control.pttl(format!("functools:lease:{{held:{id}}}")).expect("PTTL")
    }

    fn kill(&mut self, number: u32) {
        let process = &mut self.processes[number as usize];
        process.kill().expect("it is our child");
        process.wait().expect("it is our child");
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Shown also where the test passes.
fn report(what: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "measured: {what}");
}

fn same(all: &[Answers]) -> u32 {
    let mut values: Vec<_> = all.iter().flat_map(Answers::values).collect();
    let callers = values.len();
    values.dedup();
    assert_eq!(values.len(), 1, "{all:?}");
    assert_eq!(callers, all.len() * CALLERS as usize);
    values[0]
}

#[test]
fn one_process_computes_for_all() {
    let mut fleet = Fleet::start(4, 10 * SECOND);
    for round in 0..8 {
        let (function, name) = match round % 2 {
            0 => (Function::Cold, "cold"),
            _ => (Function::ColdInThreads, "cold_in_threads"),
        };
        for number in 0..4 {
            fleet.call(number, Calls { function, first: round, ids: 1, callers: CALLERS });
        }
        let all: Vec<_> = (0..4).map(|number| fleet.answers(number)).collect();
        assert_eq!(fleet.runs(name, round), 1, "round {round}: {all:?}");
        let value = same(&all);
        let stored = text(&mut fleet.control, &format!("{name}:{round}"));
        assert_eq!(stored, Some(value.to_string()));
        let results = all.iter().flat_map(|answers| &answers.results);
        assert_eq!(results.filter(|result| matches!(result, Answer::Value(_, true))).count(), 1);
        let longest = all.iter().map(|answers| answers.longest).max().expect("four");
        report(format_args!("4 processes of 50 callers, 200 ms: the longest took {longest:.1?}"));
        assert!(longest >= BODY);
    }
}

#[test]
fn each_key_is_computed_once() {
    let mut fleet = Fleet::start(4, 10 * SECOND);
    for number in 0..4 {
        let calls = Calls { function: Function::Cold, first: 0, ids: 10, callers: CALLERS };
        fleet.call(number, calls);
    }
    let all: Vec<_> = (0..4).map(|number| fleet.answers(number)).collect();
    for id in 0..10 {
        assert_eq!(fleet.runs("cold", id), 1, "key {id}: {all:?}");
    }
    for id in 0..10 {
        let of = |answers: &Answers| answers.values().skip(id).step_by(10).collect::<Vec<_>>();
        let mut values: Vec<_> = all.iter().flat_map(of).collect();
        assert_eq!(values.len(), 20);
        values.dedup();
        assert_eq!(values.len(), 1, "key {id}: {all:?}");
    }
}

/// Whatever 8,000 calls ask at once, the breaker stays closed, and no key is computed twice.
#[test]
fn a_cold_start_computes_each_key_once() {
    const PROCESSES: u32 = 8;
    const KEYS: u32 = 1000;
    let mut fleet = Fleet::start(PROCESSES, 10 * SECOND);
    for number in 0..PROCESSES {
        let calls = Calls { function: Function::Quick, first: 0, ids: KEYS, callers: KEYS };
        fleet.call(number, calls);
    }
    let all: Vec<_> = (0..PROCESSES).map(|number| fleet.answers(number)).collect();
    let results = all.iter().flat_map(|answers| &answers.results);
    let computed = results.filter(|result| matches!(result, Answer::Value(_, true))).count();
    let longest = all.iter().map(|answers| answers.longest).max().expect("eight");
    report(format_args!(
        "8 processes of 1,000 callers with a key each: {computed} bodies, the longest took {longest:.1?}"
    ));
    assert!(computed <= 1010, "{computed}");
}

mod whoever_computes_may_be_killed {
    use super::*;

    #[test]
    fn while_others_wait() {
        const LEASE: Duration = SECOND;
        let mut fleet = Fleet::start(4, LEASE);
        fleet.hold(0, 1);
        assert_eq!(fleet.computing(1), 0);
        for number in 1..4 {
            fleet.say(number, 1, "compute");
            fleet.hold(number, 1);
        }
        (1..4).for_each(|number| fleet.waits(number));
        fleet.kill(0);
        let killed = Instant::now();
        let all: Vec<_> = (1..4).map(|number| fleet.answers(number)).collect();
        let took = killed.elapsed();
        let runs = fleet.runs("held", 1);
        report(format_args!(
            "killed while three wait, lease {LEASE:?}, body {BODY:?}: all answered after \
             {took:.1?}, {} of them computed",
            runs - 1
        ));
        assert!(took <= LEASE + BODY + LATE, "{took:?}");
        // A lease that is gone lets one in.
        assert_eq!(runs, 2, "{all:?}");
        let value = same(&all);
        assert_eq!(text(&mut fleet.control, "held:1"), Some(value.to_string()));
    }

    /// Where others can wait for long enough, one of them computes.
    #[test]
    fn and_one_takes_over() {
        const LEASE: Duration = Duration::from_secs(4);
        let mut fleet = Fleet::start(4, LEASE);
        fleet.hold(0, 1);
        assert_eq!(fleet.computing(1), 0);
        fleet.kill(0);
        let killed = Instant::now();
        // Nobody lets the lease live on.
        let took = eventually_within(LEASE + LATE, "the lease ends", || fleet.lease(1) < 500);
        report(format_args!(
            "killed: its lease of {LEASE:?} is almost at its end after {took:.1?}"
        ));
        for number in 1..4 {
            fleet.say(number, 1, "compute");
            fleet.hold(number, 1);
        }
        let all: Vec<_> = (1..4).map(|number| fleet.answers(number)).collect();
        let took = killed.elapsed();
        report(format_args!("killed before three came: all answered after {took:.1?}"));
        assert!(took <= LEASE + BODY + LATE, "{took:?}");
        assert_eq!(fleet.runs("held", 1), 2, "{all:?}");
        let value = same(&all);
        assert_eq!(text(&mut fleet.control, "held:1"), Some(value.to_string()));
    }
}

mod whoever_computes_may_take_long {
    use super::*;

    #[test]
    fn and_those_who_wait_get_the_result() {
        const LEASE: Duration = Duration::from_secs(4);
        let mut fleet = Fleet::start(4, LEASE);
        fleet.hold(0, 1);
        assert_eq!(fleet.computing(1), 0);
        let begun = Instant::now();
        let mut least = i64::MAX;
        eventually("it has taken longer than a lease", || {
            least = least.min(fleet.lease(1));
            assert!(least > 0, "the lease is lost after {:?}", begun.elapsed());
            begun.elapsed() > LEASE * 5 / 2
        });
        report(format_args!("a lease of {LEASE:?} had never less than {least} ms to live"));
        (1..4).for_each(|number| fleet.hold(number, 1));
        (1..4).for_each(|number| fleet.waits(number));
        fleet.say(0, 1, "return");
        let all: Vec<_> = (0..4).map(|number| fleet.answers(number)).collect();
        assert_eq!(same(&all), 100);
        assert_eq!(fleet.runs("held", 1), 1);
        assert_eq!(text(&mut fleet.control, "held:1"), Some("100".to_owned()));
        eventually("the lease is given up", || fleet.lease(1) < 0);
    }

    /// For longer than a lease nobody waits.
    #[test]
    fn and_those_who_have_waited_compute() {
        const LEASE: Duration = Duration::from_millis(500);
        let mut fleet = Fleet::start(3, LEASE);
        fleet.hold(0, 1);
        assert_eq!(fleet.computing(1), 0);
        let begun = Instant::now();
        for number in 1..3 {
            fleet.say(number, 1, "return");
            fleet.hold(number, 1);
        }
        for number in 1..3 {
            let answers = fleet.answers(number);
            assert_eq!(answers.results.len(), CALLERS as usize);
            assert!(answers.values().all(|value| value > 200), "{answers:?}");
        }
        let took = begun.elapsed();
        report(format_args!("a lease of {LEASE:?}, a body without end: others after {took:.1?}"));
        assert!((LEASE..LEASE + LATE).contains(&took), "{took:?}");
        assert!(fleet.runs("held", 1) <= 3);
        assert_eq!(text(&mut fleet.control, "held:1"), None, "they have no lease");
        // The first has kept its lease.
        fleet.say(0, 1, "return");
        assert_eq!(same(&[fleet.answers(0)]), 100);
        assert_eq!(text(&mut fleet.control, "held:1"), Some("100".to_owned()));
    }
}

/// Others need not wait until the lease has ended.
fn hands_over(word: &str, of_the_first: impl Fn(&Answers)) {
    const LEASE: Duration = Duration::from_secs(15);
    let mut fleet = Fleet::start(4, LEASE);
    fleet.hold(0, 1);
    assert_eq!(fleet.computing(1), 0);
    (1..4).for_each(|number| fleet.hold(number, 1));
    (1..4).for_each(|number| fleet.waits(number));
    fleet.say(0, 1, word);
    let said = Instant::now();
    let next = fleet.computing(1);
    let took = said.elapsed();
    report(format_args!("a holder whose result is \"{word}\": the next after {took:.1?}"));
    assert!(took <= LATE, "{took:?}");
    fleet.say(next, 1, "return");
    let first = fleet.answers(0);
    of_the_first(&first);
    let others: Vec<_> = (1..4).map(|number| fleet.answers(number)).collect();
    assert_eq!(same(&others), 200 + next);
    assert_eq!(fleet.runs("held", 1), 2);
    assert_eq!(text(&mut fleet.control, "held:1"), Some((200 + next).to_string()));
}

#[test]
fn whoever_fails_lets_another_compute() {
    hands_over("fail", |answers| {
        assert_eq!(answers.results, vec![Answer::Error; CALLERS as usize]);
    });
}

#[test]
fn whoever_panics_lets_another_compute() {
    hands_over("panic", |answers| {
        let panics = answers.results.iter().filter(|result| **result == Answer::Panic);
        assert_eq!(panics.count(), 1, "{answers:?}");
    });
}
