//! In-flight computations by the model checker: the engine and the wait lists themselves, and calls
//! that use them as `cache/pending.rs` and `function/miss.rs` do.
//!
//! Bounds: one key, two or three threads, a call each, and at most one more operation. With two
//! threads three preemptions are explored, with three threads one: `LOOM_MAX_PREEMPTIONS` takes
//! their place, and two for all models takes some ten minutes.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::completion::{Completion, CompletionGuard, WaitList, Waiter};
use crate::base::info::CacheStatus;
use crate::engine::shim::{AtomicBool, Ordering, in_every_order};
use crate::engine::{
    Compared, Complete, Config, Discarded, Elapsed, Ended, Engine as _, Eviction, Fingerprint,
    Garbage, InFlightId, Leader, OnExisting, Pin as _, Shared, Start, Started, thread,
};

mod discarded;
mod leaders;

/// The one key, and a fingerprint.
const KEY: u32 = 7;
const FINGERPRINT: Fingerprint = Fingerprint::RANGE.0;

const CONFIG: Config =
    Config { capacity: None, max_weight: None, is_timed: false, eviction: Eviction::Lru };

/// How many preemptions are explored with two threads, and with three.
const TWO: usize = 3;
const THREE: usize = 1;

/// How a body ends.
#[derive(Clone, Copy, PartialEq)]
enum Body {
    /// With this result, which is stored.
    Returns(u32),
    /// With this result, which is not stored, and goes to waiters.
    ReturnsUnstored(u32),
    /// With a result that is not stored and cannot be cloned.
    ReturnsOnly,
    /// By a panic, or since its future was dropped.
    Ends,
}

/// What a call got.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Got {
    /// The value of an entry.
    Hit(u32),
    /// The result of another call's computation.
    Joined(u32),
    /// That of its own: `None` if its body ended without one.
    Computed(Option<u32>),
    /// It gave up while it waited.
    GaveUp,
}

struct Cache {
    engine: Shared<u32, u32, Arc<WaitList<u32>>>,
    /// Bodies that have started.
    runs: AtomicUsize,
    /// Set by one thread for another.
    flag: AtomicBool,
}

impl Cache {
    fn new() -> Self {
        let (engine, runs) = (Shared::new(&CONFIG), AtomicUsize::new(0));
        Cache { engine, runs, flag: AtomicBool::new(false) }
    }

    /// The value of the entry.
    fn peek(&self) -> Option<u32> {
        let mut pin = self.engine.pin_slow().expect("not within a pin");
        let position = self.engine.find_settled(&pin, FINGERPRINT, |key| *key == KEY);
        let value = position.map(|position| {
            pin.narrow(position);
            *pin.value(position)
        });
        if pin.leave() {
            self.engine.maintain(&mut Garbage::new());
        }
        value
    }

    fn compare(&self) -> Compared {
        let (pin, mut compared) = (self.engine.pin_slow().expect("no pin"), Compared::default());
        pin.compare(FINGERPRINT, &mut compared, |key| *key == KEY);
        if pin.leave() {
            self.engine.maintain(&mut Garbage::new());
        }
        compared
    }

    /// Starts a computation, or says why not.
    fn start(&self, on_existing: OnExisting) -> Started<Arc<WaitList<u32>>> {
        loop {
            let start = Start {
                fingerprint: FINGERPRINT,
                compared: &self.compare(),
                key: &mut Some(KEY),
                leader: Leader::this_thread(),
                on_existing,
                may_wait: on_existing == OnExisting::Keep,
                counts_miss: true,
                times: None,
                new_wait_list: WaitList::new,
            };
            let pin = self.engine.pin_slow().expect("not within a pin");
            let started = self.engine.start(Some(pin), start, &mut Garbage::new());
            match started.expect("not within a pin") {
                Started::NotCompared => (),
                started => return started,
            }
        }
    }

    /// A call, until it has a result.
    fn call(&self, body: Body) -> Got {
        self.call_with(body, false)
    }

    /// A call that may give up once it has begun to wait.
    fn call_with(&self, body: Body, gives_up: bool) -> Got {
        loop {
            if let Some(value) = self.peek() {
                return Got::Hit(value);
            }
            match self.start(OnExisting::Keep) {
                Started::Compute(id) => return Got::Computed(self.compute(id, body)),
                Started::Wait(waiting) => match wait(Waiter::new(&waiting.wait_list), gives_up) {
                    Some(Some(value)) => return Got::Joined(value),
                    // It is not cloneable: all waiters compute.
                    Some(None) => {
                        self.runs.fetch_add(1, Relaxed);
                        return Got::Computed(result_of(body));
                    }
                    None if gives_up => return Got::GaveUp,
                    None => (),
                },
                Started::AlreadyStored => (),
                Started::NotCompared | Started::Full => unreachable!(),
            }
        }
    }

    /// Refreshes the key.
    fn refresh(&self, body: Body) -> Option<u32> {
        let Started::Compute(id) = self.start(OnExisting::Replace) else { unreachable!() };
        self.compute(id, body)
    }

    /// Runs a body, and ends its computation as `MissGuard` does.
    fn compute(&self, id: InFlightId, body: Body) -> Option<u32> {
        self.runs.fetch_add(1, Relaxed);
        let discarded = || Discarded::from(Elapsed::NotRun);
        match body {
            Body::Returns(value) => {
                let elapsed = Elapsed::NotRun;
                let deadline = u64::MAX;
                let complete = Complete { value, elapsed, weight: 0, deadline, times: None };
                let ended = self.engine.complete(id, complete, &mut Garbage::new());
                let Ended { wait_list, others, .. } = ended.expect("not within a pin");
                let guard = wait_list.map(CompletionGuard);
                drop(others.into_iter().map(CompletionGuard).collect::<Vec<_>>());
                if let Some(guard) = guard {
                    guard.complete(Completion::Value(value, CacheStatus::Joined));
                }
            }
            Body::ReturnsUnstored(value) => {
                let completion = Completion::Value(value, CacheStatus::Joined);
                self.discard(id, discarded(), Some(completion));
            }
            Body::ReturnsOnly => self.discard(id, discarded(), Some(Completion::NotCloneable)),
            Body::Ends => self.discard(id, discarded(), None),
        }
        result_of(body)
    }

    fn discard(&self, id: InFlightId, discarded: Discarded, completion: Option<Completion<u32>>) {
        let ended = self.engine.discard(id, discarded, None, &mut Garbage::new());
        let guard = ended.expect("not within a pin").wait_list.map(CompletionGuard);
        match (guard, completion) {
            (Some(guard), Some(completion)) => guard.complete(completion),
            // Dropped without a completion: cancelled.
            (guard, _) => drop(guard),
        }
    }

    fn invalidate(&self) -> bool {
        loop {
            let (compared, mut garbage) = (self.compare(), Garbage::new());
            let removed = self.engine.remove(FINGERPRINT, &compared, None, &mut garbage);
            if let Some(had_entry) = removed.expect("not within a pin") {
                return had_entry;
            }
        }
    }

    fn clear(&self) {
        self.engine.clear(false, None, &mut |_| ()).expect("not within a pin");
    }

    fn runs(&self) -> usize {
        self.runs.load(Relaxed)
    }
}

fn result_of(body: Body) -> Option<u32> {
    match body {
        Body::Returns(value) | Body::ReturnsUnstored(value) => Some(value),
        Body::ReturnsOnly => Some(0),
        Body::Ends => None,
    }
}

/// Waits for the end of a computation: its value, or none to be cloned. `None` if it was cancelled
/// or the waiter gave up.
fn wait(mut waiter: Waiter<u32>, gives_up: bool) -> Option<Option<u32>> {
    let mut polls = 0;
    loom::future::block_on(poll_fn(|context| {
        polls += 1;
        match waiter.poll(context.waker()) {
            std::task::Poll::Pending if gives_up && polls == 1 => std::task::Poll::Ready(()),
            poll => poll,
        }
    }));
    match waiter.completion() {
        Some(Completion::Value(value, _)) => Some(Some(*value)),
        Some(Completion::NotCloneable) => Some(None),
        Some(Completion::Cancelled) | None => None,
    }
}

type Act = fn(&Cache) -> Got;

/// Has the threads go in every order; `check` gets what each got.
fn model(preemptions: usize, threads: &'static [Act], check: fn(&Cache, &[Got])) {
    in_every_order(preemptions, move || {
        let cache = Arc::new(Cache::new());
        thread::set_number(1);
        cache.peek();
        thread::set_number(0);
        cache.peek();
        loom::explore();
        let others: Vec<_> = (1..)
            .zip(&threads[1..])
            .map(|(number, act)| {
                let cache = Arc::clone(&cache);
                loom::thread::spawn(move || {
                    thread::set_number(number);
                    act(&cache)
                })
            })
            .collect();
        let mut got = vec![threads[0](&cache)];
        got.extend(others.into_iter().map(|thread| thread.join().expect("it does not panic")));
        loom::stop_exploring();
        check(&cache, &got);
    });
}
