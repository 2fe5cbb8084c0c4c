//! Random operations on functions whose results expire, by the cache and by a model
//! (CONTRACT 2, 5).

use std::panic;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use fastrand::Rng;
use functools::{CacheInfo, CacheStatus, lru_cache};
use functools_test_support::{Model, Runs, advance, clock, info, now};
use futures_util::future::LocalBoxFuture;
use tokio::sync::oneshot;
use tokio_test::task::{Spawn, spawn};
use tokio_test::{assert_pending, assert_ready_eq};

/// The end of a body: a result, or `None` for a panic.
type Told = Option<Result<u32, u32>>;

type Answer = (Result<u32, u32>, CacheStatus);

/// A pending call, and the sender that ends its body.
struct Call {
    future: Spawn<LocalBoxFuture<'static, Answer>>,
    tell: oneshot::Sender<Told>,
    /// The number of clears before it was counted.
    clears: u32,
}

/// An in-flight computation, and the calls that wait for it.
struct Computation {
    key: u8,
    /// Whether its result would be stored.
    is_wanted: bool,
    leader: Call,
    waiters: Vec<Call>,
}

/// The function that is tested.
struct Cached {
    call: fn(u8, oneshot::Receiver<Told>) -> LocalBoxFuture<'static, Answer>,
    refresh: fn(u8, oneshot::Receiver<Told>) -> LocalBoxFuture<'static, Result<u32, u32>>,
    insert: fn(u8, Result<u32, u32>),
    invalidate: fn(u8) -> bool,
    peek: fn(u8) -> Option<Result<u32, u32>>,
    contains: fn(u8) -> bool,
    info: fn() -> CacheInfo,
    clear: fn(),
}

/// The first step of a call.
enum Start {
    Find(u32, CacheStatus),
    Wait,
    Compute,
}

const MAXSIZE: usize = 4;
const TTL: u64 = 5;

/// A function, and the model of it.
struct Compared {
    cached: Cached,
    stale: u64,
    stale_on_error: u64,
    model: Model<u8, u32>,
    running: Vec<Computation>,
    clears: u32,
}

impl Compared {
    fn new(cached: Cached, stale: u64, stale_on_error: u64) -> Self {
        let (model, running) = (Model::new(MAXSIZE), Vec::new());
        Compared { cached, stale, stale_on_error, model, running, clears: 0 }
    }

    fn wanted(&self, key: u8) -> Option<usize> {
        self.running.iter().position(|running| running.key == key && running.is_wanted)
    }

    /// Purges the entries past both windows; to read the counts makes the cache do so, too.
    fn purge(&mut self) {
        self.model.purge(self.stale.max(self.stale_on_error));
        (self.cached.info)();
    }

    fn store(&mut self, key: u8, value: u32) {
        self.model.store(key, value, self.model.now + TTL);
    }

    fn start(&mut self, key: u8) -> Start {
        let is_running = self.wanted(key).is_some();
        let now = self.model.now;
        let deadline = self.model.position(&key).map(|place| self.model.entries[place].deadline);
        let status = match deadline {
            Some(deadline) if now < deadline => Some(CacheStatus::Hit),
            Some(deadline) if now < deadline + self.stale && is_running => Some(CacheStatus::Stale),
            _ => None,
        };
        if let Some(status) = status {
            self.model.hits += 1;
            return Start::Find(self.model.promote(&key), status);
        }
        if is_running {
            self.model.hits += 1;
            return Start::Wait;
        }
        self.model.misses += 1;
        Start::Compute
    }

    /// Polls a call that starts, or starts again, and checks that it does as the model does.
    fn proceed(&mut self, key: u8, mut call: Call) {
        let start = self.start(key);
        let answer = call.future.poll();
        call.clears = self.clears;
        match start {
            Start::Find(value, status) => {
                assert_ready_eq!(answer, (Ok(value), status));
            }
            Start::Wait => {
                assert_pending!(answer);
                let running = self.wanted(key).expect("a computation");
                self.running[running].waiters.push(call);
            }
            Start::Compute => {
                assert_pending!(answer);
                let waiters = Vec::new();
                self.running.push(Computation { key, is_wanted: true, leader: call, waiters });
            }
        }
    }

    fn call(&mut self, key: u8) {
        let (tell, told) = oneshot::channel();
        let future = spawn((self.cached.call)(key, told));
        self.proceed(key, Call { future, tell, clears: self.clears });
    }

    /// Ends a computation with a result.
    fn end(&mut self, running: usize, result: Result<u32, u32>) {
        self.purge();
        let Computation { key, is_wanted, leader, waiters } = self.running.swap_remove(running);
        let old = self.model.position(&key).map(|place| self.model.entries[place].clone());
        let old =
            old.filter(|old| is_wanted && self.model.now < old.deadline + self.stale_on_error);
        let (returned, of_leader, of_waiters) = match (result, old) {
            (Err(_), Some(old)) => (Ok(old.value), CacheStatus::Stale, CacheStatus::Stale),
            _ => (result, CacheStatus::Miss, CacheStatus::Joined),
        };
        if let (Ok(value), true) = (result, is_wanted) {
            self.store(key, value);
        }
        let Call { mut future, tell, .. } = leader;
        tell.send(Some(result)).expect("the body waits");
        assert_ready_eq!(future.poll(), (returned, of_leader));
        for mut waiter in waiters {
            assert_ready_eq!(waiter.future.poll(), (returned, of_waiters));
        }
    }

    /// Ends a computation without one.
    fn cancel(&mut self, running: usize, panics: bool) {
        let Computation { key, leader, waiters, .. } = self.running.swap_remove(running);
        let Call { mut future, tell, .. } = leader;
        if panics {
            tell.send(None).expect("the body waits");
            panic::catch_unwind(AssertUnwindSafe(|| future.poll())).expect_err("it panics");
        } else {
            drop(future);
        }
        for waiter in waiters {
            // It starts once more, and is counted again.
            if waiter.clears == self.clears {
                self.model.hits -= 1;
            }
            self.proceed(key, waiter);
        }
    }

    /// Discards the results of all running computations of this key, or of all keys.
    fn discard(&mut self, key: Option<u8>) {
        let of_key = |running: &&mut Computation| key.is_none_or(|key| running.key == key);
        self.running.iter_mut().filter(of_key).for_each(|running| running.is_wanted = false);
    }

    fn perform_one(&mut self, random: &mut Rng) {
        let (key, value) = (random.u8(..6), random.u32(..));
        let running = (!self.running.is_empty()).then(|| random.usize(..self.running.len()));
        match (random.u8(..100), running) {
            (0..40, _) => {
                let calls = self.running.iter().map(|running| running.waiters.len() + 1);
                if calls.sum::<usize>() < 20 {
                    self.call(key);
                }
            }
            (40..52, Some(running)) => self.end(running, Ok(value)),
            (52..64, Some(running)) => self.end(running, Err(value)),
            (64..68, Some(running)) => self.cancel(running, false),
            (68..70, Some(running)) => self.cancel(running, true),
            (70..72, Some(running)) => _ = self.running[running].waiters.pop(),
            (72..75, _) => {
                self.purge();
                self.store(key, value);
                self.discard(Some(key));
                (self.cached.insert)(key, Ok(value));
            }
            (75..76, _) => (self.cached.insert)(key, Err(value)),
            (76..79, _) => self.refresh(key, if random.bool() { Ok(value) } else { Err(value) }),
            (79..82, _) => {
                self.discard(Some(key));
                assert_eq!((self.cached.invalidate)(key), self.model.remove(&key));
            }
            (82..86, _) => {
                assert_eq!((self.cached.peek)(key), self.model.peek(&key).map(Ok));
                assert_eq!((self.cached.contains)(key), self.model.peek(&key).is_some());
            }
            (86..90, _) => {
                let Model { hits, misses, .. } = self.model;
                let expected = info(hits, misses, MAXSIZE, self.model.currsize());
                assert_eq!((self.cached.info)(), expected);
            }
            (90, _) => {
                (self.cached.clear)();
                self.model.clear();
                self.discard(None);
                self.clears += 1;
            }
            _ => {
                let seconds = random.u64(..4);
                self.model.now += seconds;
                advance(Duration::from_secs(seconds));
            }
        }
    }

    fn refresh(&mut self, key: u8, result: Result<u32, u32>) {
        let (tell, told) = oneshot::channel();
        tell.send(Some(result)).expect("the channel is open");
        self.purge();
        if let Ok(value) = result {
            self.store(key, value);
            self.discard(Some(key));
        }
        assert_eq!(now((self.cached.refresh)(key, told)), result);
    }
}

async fn body(told: oneshot::Receiver<Told>) -> Result<u32, u32> {
    match told.await.expect("the test sends it") {
        Some(result) => result,
        None => panic::resume_unwind(Box::new("on purpose")),
    }
}

/// Performs random operations on a function with these options, and on the model.
macro_rules! agrees {
    ($test:ident, $stale:expr, $stale_on_error:expr, $($options:tt)*) => {
        #[test]
        fn $test() {
            #[lru_cache(maxsize = MAXSIZE, ttl = "5s", skip(told), $($options)*)]
            #[allow(dead_code, reason = "its handle calls it")]
            async fn f(_key: u8, told: oneshot::Receiver<Told>) -> Result<u32, u32> {
                body(told).await
            }
            let _clock = clock();
            for seed in 0..20 {
                f::cache_clear();
                let cached = Cached {
                    call: |key, told| Box::pin(f::with_status(key, told)),
                    refresh: |key, told| Box::pin(f::cache_refresh(key, told)),
                    insert: f::cache_insert,
                    invalidate: f::cache_invalidate,
                    peek: f::cache_peek,
                    contains: f::cache_contains,
                    info: f::cache_info,
                    clear: f::cache_clear,
                };
                let mut compared = Compared::new(cached, $stale, $stale_on_error);
                let mut random = Rng::with_seed(seed);
                for _ in 0..3_000 {
                    compared.perform_one(&mut random);
                }
            }
        }
    };
}

agrees!(stale_agrees, 4, 0, stale = "4s");
agrees!(stale_on_error_agrees, 0, 7, stale_on_error = "7s");
agrees!(both_with_a_shorter_stale_agree, 3, 6, stale = "3s", stale_on_error = "6s");
agrees!(both_with_a_shorter_stale_on_error_agree, 6, 3, stale = "6s", stale_on_error = "3s");
agrees!(neither_agrees, 0, 0, typed = true);

/// A function that is not `async`, without computations that overlap.
#[test]
fn blocking_function_agrees() {
    const SIZE: usize = 8;
    const SECONDS: u64 = 10;
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = SIZE, ttl = "10s")]
    fn call(key: u8) -> u32 {
        RUNS.next();
        u32::from(key)
    }
    let _clock = clock();
    let mut random = Rng::with_seed(0x5eed);
    let mut model = Model::new(SIZE);
    for _ in 0..20_000 {
        let key = random.u8(..12);
        let deadline = model.now + SECONDS;
        match random.u8(..16) {
            0..9 => {
                let expected = match model.call(&key) {
                    Some(value) => (value, CacheStatus::Hit),
                    None => {
                        // Now both have the same entries to evict from.
                        model.purge(0);
                        call::cache_info();
                        model.store(key, u32::from(key), deadline);
                        (u32::from(key), CacheStatus::Miss)
                    }
                };
                assert_eq!(call::with_status(key), expected);
            }
            9 => {
                model.purge(0);
                call::cache_info();
                let value = random.u32(..);
                model.store(key, value, deadline);
                call::cache_insert(key, value);
            }
            10 => assert_eq!(call::cache_invalidate(key), model.remove(&key)),
            11 => assert_eq!(call::cache_peek(key), model.peek(&key)),
            12 => {
                let expected = info(model.hits, model.misses, SIZE, model.currsize());
                assert_eq!(call::cache_info(), expected);
            }
            _ => {
                let seconds = random.u64(..4);
                model.now += seconds;
                advance(Duration::from_secs(seconds));
            }
        }
    }
    assert_eq!(u64::from(RUNS.count()), model.misses);
}
