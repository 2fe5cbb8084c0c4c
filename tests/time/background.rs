//! `refresh = "background"`: a stale result is returned at once, and refreshed beside its callers
//! (CONTRACT 2).

use std::panic;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use functools::{CacheStatus, lru_cache};
use functools_test_support::{
    Body, NANOSECOND, Runs, SECOND, Switch, advance, clock, eventually, info,
};

/// A body that tests end, as an argument that can be sent to the background.
type SharedBody = Arc<Body<Option<u32>>>;

fn body() -> (SharedBody, Switch<Option<u32>>) {
    let (body, switch) = Body::new();
    (Arc::new(body), switch)
}

/// Defines a function whose results are stale after 10 s, for 20 s. A body that ends with `None`
/// fails.
macro_rules! refreshed {
    ($f:ident $(, $option:ident = $value:expr)*) => {
        #[lru_cache(
            ttl = "10s", stale = "20s", refresh = "background", skip(body) $(, $option = $value)*
        )]
        fn $f(_: u32, body: &SharedBody) -> Result<u32, ()> {
            body.run().ok_or(())
        }
    };
}

// Behind the macro, which they use.
mod races;
mod tasks;

/// Calls a function with a body that ends with this result.
fn first(
    f: impl Fn(u32, &SharedBody) -> Result<u32, ()>,
    (body, switch): &(SharedBody, Switch<Option<u32>>),
    result: u32,
) {
    switch.end_with(Some(result));
    assert_eq!(f(1, body), Ok(result));
    switch.wait_for_start();
}

/// Stores a first result, lets it become stale, and calls again. Returns when the refresh runs.
fn start_refresh(
    f: impl Fn(u32, &SharedBody) -> Result<u32, ()>,
    of: &(SharedBody, Switch<Option<u32>>),
) {
    first(&f, of, 1);
    advance(10 * SECOND);
    assert_eq!(f(1, &of.0), Ok(1));
    of.1.wait_for_start();
}

const STALE: CacheStatus = CacheStatus::Stale;

#[test]
fn every_caller_gets_the_old_result_and_one_computation_runs() {
    refreshed!(f);
    let _clock = clock();
    let of = body();
    let call = || f::with_status(1, &of.0);
    first(f, &of, 1);
    advance(10 * SECOND - NANOSECOND);
    assert_eq!(call(), (Ok(1), CacheStatus::Hit));
    advance(NANOSECOND);
    for _ in 0..3 {
        assert_eq!(call(), (Ok(1), STALE));
    }
    of.1.wait_for_start();
    assert_eq!(call(), (Ok(1), STALE));
    of.1.end_with(Some(2));
    eventually(|| f::cache_contains(1));
    assert_eq!(call(), (Ok(2), CacheStatus::Hit));
    assert_eq!(f::cache_info(), info(6, 1, 128, 1), "a caller that does not compute is a hit");
    let stats = f::cache_stats();
    assert_eq!((stats.stale, stats.computations), (4, 2));
    assert_eq!((stats.refreshes, stats.refresh_failures, stats.refreshes_by_caller), (1, 0, 0));
    // The new result has its own ttl.
    advance(10 * SECOND - NANOSECOND);
    assert_eq!(call(), (Ok(2), CacheStatus::Hit));
}

#[test]
fn past_stale_callers_compute_or_wait() {
    refreshed!(f);
    let _clock = clock();
    let of = body();
    first(f, &of, 1);
    advance(30 * SECOND);
    first(f, &of, 2);
    assert_eq!(f::cache_stats().refreshes, 0);
    advance(10 * SECOND);
    assert_eq!(f::with_status(1, &of.0), (Ok(2), STALE));
    of.1.wait_for_start();
    advance(20 * SECOND);
    // The refresh is not done: a caller waits for it.
    let waits = thread::spawn(move || {
        let (unused, _switch) = body();
        f::with_status(1, &unused)
    });
    eventually(|| f::cache_stats().joined == 1);
    of.1.end_with(Some(3));
    assert_eq!(waits.join().expect("no panic"), (Ok(3), CacheStatus::Joined));
}

#[test]
fn arguments_are_sent_to_another_thread() {
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Server {
        name: String,
    }
    impl Server {
        #[lru_cache(ttl = "10s", stale = "20s", refresh = "background", skip(seen, ids))]
        fn describe(&self, user: &str, ids: &[u32], owned: Vec<u8>, seen: Seen) -> String {
            let text = format!("{} {user} {ids:?} {owned:?}", self.name);
            seen.send((thread::current().id(), text.clone())).expect("the test waits");
            text
        }

        #[lru_cache(
            ttl = "10s", stale = "20s", refresh = "background", skip(self, seen), key = user.len()
        )]
        fn shared(self: Arc<Self>, user: &str, seen: Seen) -> String {
            self.describe(user, &[], Vec::new(), seen)
        }
    }
    #[lru_cache(ttl = "10s", stale = "20s", refresh = "background", skip(make, pair))]
    fn generic<T, F>(value: T, make: F, pair @ (_, _): (u32, &'static str)) -> T
    where
        T: Clone + std::hash::Hash + Eq + Send + Sync + 'static,
        F: FnOnce(T) -> T + Send + 'static,
    {
        assert_eq!(pair, (1, "one"));
        make(value)
    }
    type Seen = mpsc::Sender<(thread::ThreadId, String)>;
    let _clock = clock();
    let (seen, sees) = mpsc::channel();
    let server = Server { name: "otter".to_owned() };
    let describe = || server.describe("ann", &[1, 2], vec![3], seen.clone());
    let text = describe();
    assert_eq!(sees.recv().expect("a call").0, thread::current().id());
    advance(10 * SECOND);
    assert_eq!(describe(), text);
    let (thread, refreshed) = sees.recv().expect("a refresh");
    assert_ne!(thread, thread::current().id());
    assert_eq!(refreshed, "otter ann [1, 2] [3]");
    eventually(|| Server::describe_cache_stats().computations == 2);

    let server = Arc::new(server);
    server.clone().shared("bob", seen.clone());
    let _ = sees.recv();
    advance(20 * SECOND);
    server.shared("bob", seen);
    assert_eq!(sees.recv().expect("a refresh").1, "otter bob [] []");

    let (made, makes) = mpsc::channel();
    let call = |made: mpsc::Sender<u8>| {
        let make = move |n: u8| {
            made.send(n).expect("the test waits");
            n
        };
        generic(7_u8, make, (1, "one"))
    };
    call(made.clone());
    advance(10 * SECOND);
    call(made);
    assert_eq!((makes.recv(), makes.recv()), (Ok(7), Ok(7)));
    eventually(|| generic::<u8>::cache_stats().computations == 2);
}

#[test]
fn failed_refresh_keeps_the_old_result_and_is_tried_again_after_a_while() {
    refreshed!(f);
    let _clock = clock();
    let of = body();
    let call = || f::with_status(1, &of.0);
    first(f, &of, 1);
    advance(10 * SECOND);
    for (failures, backoff) in [(1, SECOND), (2, 2 * SECOND), (3, 4 * SECOND)] {
        assert_eq!(call(), (Ok(1), STALE));
        of.1.wait_for_start();
        of.1.end_with(None);
        eventually(|| f::cache_stats().failures == failures);
        assert_eq!(f::cache_stats().refresh_failures, failures);
        advance(backoff - NANOSECOND);
        assert_eq!(call(), (Ok(1), STALE), "no attempt");
        assert_eq!(f::cache_stats().refreshes, failures);
        advance(NANOSECOND);
    }
    // The next attempt succeeds, and the one after it fails again.
    assert_eq!(call(), (Ok(1), STALE));
    of.1.wait_for_start();
    of.1.end_with(Some(2));
    eventually(|| f::cache_contains(1));
    advance(10 * SECOND);
    assert_eq!(call(), (Ok(2), STALE));
    of.1.wait_for_start();
    of.1.end_with(None);
    eventually(|| f::cache_stats().refresh_failures == 4);
    advance(SECOND);
    assert_eq!(call(), (Ok(2), STALE));
    of.1.wait_for_start();
    of.1.end_with(None);
    eventually(|| f::cache_stats().refresh_failures == 5);
    // Until `stale` ends: then a caller computes, at once.
    advance(19 * SECOND);
    of.1.end_with(None);
    assert_eq!(call(), (Err(()), CacheStatus::Miss));
    assert_eq!(f::cache_stats().refreshes, 6);
}

#[test]
fn failure_does_not_delay_the_refresh_of_a_later_result() {
    refreshed!(f);
    let _clock = clock();
    let of = body();
    start_refresh(f, &of);
    of.1.end_with(None);
    eventually(|| f::cache_stats().refresh_failures == 1);
    f::cache_insert(1, Ok(2));
    advance(10 * SECOND);
    assert_eq!(f::with_status(1, &of.0), (Ok(2), STALE));
    of.1.wait_for_start();
    of.1.end_with(Some(3));
    eventually(|| f::cache_contains(1));
}

#[test]
fn panic_in_the_background_is_a_failure() {
    #[lru_cache(ttl = "10s", stale = "20s", refresh = "background", skip(panics))]
    fn f(_: u32, panics: bool) -> u32 {
        assert!(!panics, "on purpose");
        RUNS.next()
    }
    static RUNS: Runs = Runs::new();
    let _clock = clock();
    assert_eq!(f(1, false), 1);
    advance(10 * SECOND);
    assert_eq!(f::with_status(1, true), (1, STALE));
    eventually(|| f::cache_stats().refresh_failures == 1);
    assert_eq!(f::with_status(1, true), (1, STALE), "no attempt");
    advance(SECOND);
    assert_eq!(f::with_status(1, false), (1, STALE));
    eventually(|| f::cache_peek(1) == Some(2));
    assert!(panic::catch_unwind(|| f(2, true)).is_err(), "a caller that computes");
    assert_eq!(f::cache_stats().refreshes, 2);
}

#[test]
fn waiters_take_over_from_a_refresh_that_panics() {
    #[lru_cache(ttl = "10s", stale = "20s", refresh = "background", skip(body))]
    fn f(_: u32, body: &SharedBody) -> u32 {
        body.run().expect("a result")
    }
    let _clock = clock();
    let of = body();
    of.1.end_with(Some(1));
    f(1, &of.0);
    of.1.wait_for_start();
    advance(10 * SECOND);
    f(1, &of.0);
    of.1.wait_for_start();
    advance(20 * SECOND);
    let waits = thread::spawn(|| {
        let (own, switch) = body();
        switch.end_with(Some(7));
        f::with_status(1, &own)
    });
    eventually(|| f::cache_stats().joined == 1);
    of.1.end_with(None);
    assert_eq!(waits.join().expect("no panic"), (7, CacheStatus::Miss));
    assert_eq!(f::cache_stats().refresh_failures, 1);
}

#[test]
fn newer_result_that_is_not_stored_replaces_the_old_one() {
    #[lru_cache(
        ttl = |n| (*n != 2).then_some(10 * SECOND), stale = "20s", refresh = "background"
    )]
    fn f(_: u32) -> u32 {
        RUNS.next()
    }
    static RUNS: Runs = Runs::new();
    let _clock = clock();
    f(1);
    advance(10 * SECOND);
    assert_eq!(f::with_status(1), (1, STALE));
    eventually(|| f::cache_stats().refused == 1);
    assert_eq!(f::with_status(1), (3, CacheStatus::Miss));
    assert_eq!(f::cache_stats().refresh_failures, 0);
}

#[test]
fn full_queue_and_no_threads_make_callers_compute() {
    refreshed!(f);
    #[lru_cache(ttl = "10s", stale = "20s", refresh = "background")]
    fn g(n: u32) -> u32 {
        n
    }
    let _clock = clock();
    let of = body();
    for n in 0..70 {
        of.1.end_with(Some(n));
        assert_eq!(f(n, &of.0), Ok(n));
        of.1.wait_for_start();
    }
    advance(10 * SECOND);
    // Four threads run bodies, and 64 wait.
    for n in 0..4 {
        assert_eq!(f::with_status(n, &of.0), (Ok(n), STALE));
        of.1.wait_for_start();
    }
    for n in 4..68 {
        assert_eq!(f::with_status(n, &of.0), (Ok(n), STALE));
    }
    let (own, switch) = body();
    switch.end_with(Some(100));
    assert_eq!(f::with_status(68, &own), (Ok(100), CacheStatus::Miss));
    assert_eq!(f::cache_stats().refreshes_by_caller, 1);
    (0..68).for_each(|n| of.1.end_with(Some(n)));
    eventually(|| f::cache_stats().computations == 70 + 69);
    assert_eq!(f::cache_stats().refreshes, 68);

    functools::set_refresh_threads(0);
    g(1);
    advance(10 * SECOND);
    assert_eq!(g::with_status(1).1, CacheStatus::Miss);
    functools::set_refresh_threads(4);
    assert_eq!(g::cache_stats().refreshes_by_caller, 1);
}

#[test]
fn refreshes_that_call_each_other_do_not_wait_for_each_other() {
    #[lru_cache(ttl = "10s", stale = "20s", refresh = "background", skip(order))]
    fn outer(n: u32, order: Order) -> u32 {
        order.note();
        inner(n, order)
    }
    #[lru_cache(ttl = "10s", stale = "20s", refresh = "background", skip(order))]
    fn inner(n: u32, order: Order) -> u32 {
        order.note();
        if n < 8 { outer(n + 1, order) } else { n }
    }
    #[derive(Clone)]
    struct Order(Arc<Mutex<u32>>);
    impl Order {
        fn note(&self) {
            *self.0.lock().expect("no panic") += 1;
        }
    }
    let _clock = clock();
    let order = Order(Arc::new(Mutex::new(0)));
    for _ in 0..3 {
        for n in 0..9 {
            assert_eq!((outer(n, order.clone()), inner(n, order.clone())), (8, 8));
        }
        eventually(|| (0..9).all(|n| outer::cache_contains(n) && inner::cache_contains(n)));
        advance(10 * SECOND);
    }
}
