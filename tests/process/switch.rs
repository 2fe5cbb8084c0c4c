//! `functools::set_enabled` and `FUNCTOOLS=off` (CONTRACT 1): while caches are off, each call runs
//! its body, and nothing is stored or found.

use std::cell::Cell;
use std::process::Command;
use std::sync::mpsc;
use std::sync::{Arc, Barrier, MutexGuard};
use std::{env, panic, thread};

use functools::{CacheStatus, cache, is_enabled, lru_cache, set_enabled};
use functools_test_support::{
    Body, Colliding, Running, Runs, eventually, finishes, in_threads, info, now, stress_factor,
};
use smol::future::yield_now;

use super::turn;

/// Switches caches on when the test ends, also if it fails.
struct On(#[allow(dead_code)] MutexGuard<'static, ()>);

impl Drop for On {
    fn drop(&mut self) {
        set_enabled(true);
    }
}

fn on() -> On {
    let turn = turn();
    assert!(is_enabled());
    On(turn)
}

#[test]
fn switched_off_each_call_runs_its_body() {
    #[lru_cache(maxsize = 8)]
    fn f(_: u32) -> u32 {
        RUNS.next()
    }
    static RUNS: Runs = Runs::new();
    let _on = on();
    assert_eq!((f(1), f(1)), (1, 1));
    set_enabled(false);
    assert!(!is_enabled());
    assert_eq!(f::cache_info(), info(1, 1, 8, 0), "the counters stay");
    for run in 2..5 {
        assert_eq!(f::with_status(1), (run, CacheStatus::Bypass));
    }
    assert_eq!(f(1), 5);
    assert_eq!(f::cache_refresh(1), 6);
    f::cache_insert(1, 100);
    assert_eq!((f::cache_peek(1), f::cache_ttl(1), f::cache_contains(1)), (None, None, false));
    assert!(!f::cache_invalidate(1));
    assert_eq!(f::cache_info(), info(1, 5, 8, 0));
    let stats = f::cache_stats();
    assert_eq!((stats.computations, stats.refused, stats.evictions), (1, 0, 0));
    f::cache_clear();
    assert_eq!((f(1), f::cache_info()), (7, info(0, 1, 8, 0)));
    set_enabled(false);
    set_enabled(true);
    assert_eq!(f::with_status(1), (8, CacheStatus::Miss));
    assert_eq!(f::with_status(1), (8, CacheStatus::Hit));
    set_enabled(true);
    assert_eq!(f::with_status(1), (8, CacheStatus::Hit), "it was on already");
}

#[test]
fn every_kind_of_function_is_switched() {
    struct Shape(u32);
    impl Shape {
        #[lru_cache(skip(self))]
        fn method(&self, n: u32) -> u32 {
            self.0 + n
        }
    }
    #[cache]
    fn generic<T: Clone + std::hash::Hash + Eq + Send + Sync + 'static>(value: T) -> T {
        value
    }
    #[lru_cache(ttl = "1h", stale = "1h")]
    fn timed(n: u32) -> u32 {
        n
    }
    #[lru_cache(policy = "adaptive", maxweight = 9, weight = |_| 1)]
    async fn task(n: u32) -> u32 {
        yield_now().await;
        n
    }
    #[lru_cache(scope = "thread")]
    async fn local_task(n: u32) -> u32 {
        n
    }
    #[lru_cache(single_flight = false)]
    fn fallible(n: u32) -> Result<u32, ()> {
        Ok(n)
    }
    let statuses = || {
        [
            Shape::method_with_status(&Shape(1), 1).1,
            generic::<u8>::with_status(1).1,
            generic::<u16>::with_status(1).1,
            timed::with_status(1).1,
            smol::block_on(task::with_status(1)).1,
            now(local_task::with_status(1)).1,
            fallible::with_status(1).1,
        ]
    };
    let _on = on();
    // The caches do not exist before they are off.
    set_enabled(false);
    assert_eq!(statuses(), [CacheStatus::Bypass; 7]);
    for _ in 0..2 {
        set_enabled(true);
        assert_eq!(statuses(), [CacheStatus::Miss; 7]);
        assert_eq!(statuses(), [CacheStatus::Hit; 7]);
        set_enabled(false);
        assert_eq!(statuses(), [CacheStatus::Bypass; 7]);
    }
}

#[test]
fn result_in_flight_at_the_switch_is_not_stored() {
    #[lru_cache(skip(body))]
    fn f(_: u32, body: &Body<u32>) -> u32 {
        body.run()
    }
    #[lru_cache(skip(body), ttl = "1h")]
    fn timed(_: u32, body: &Body<u32>) -> u32 {
        body.run()
    }
    let _on = on();
    let switches: [fn(); 2] = [
        || set_enabled(false),
        || {
            set_enabled(false);
            set_enabled(true);
        },
    ];
    for switch in switches {
        thread::scope(|scope| {
            let computes = Running::start(scope, |body| f(1, &body));
            let is_timed = Running::start(scope, |body| timed(1, &body));
            let joined = f::cache_info().hits;
            let (body, _unused) = Body::new();
            let waits = scope.spawn(move || f::with_status(1, &body));
            eventually(|| f::cache_info().hits == joined + 1);
            switch();
            assert_eq!((computes.end_with(7), is_timed.end_with(8)), (7, 8));
            assert_eq!(waits.join().expect("no panic"), (7, CacheStatus::Joined));
        });
        assert_eq!((f::cache_info().currsize, timed::cache_info().currsize), (0, 0));
        set_enabled(true);
        assert!(!f::cache_contains(1) && !timed::cache_contains(1));
    }
}

#[test]
fn waiter_computes_past_the_cache_if_the_leader_fails_afterwards() {
    #[lru_cache(skip(body))]
    fn f(_: u32, body: &Body<Option<u32>>) -> u32 {
        body.run().expect("a result")
    }
    let _on = on();
    thread::scope(|scope| {
        let panics = Running::start(scope, |body| panic::catch_unwind(|| f(1, &body)).is_err());
        let waits = scope.spawn(|| {
            let (body, switch) = Body::new();
            switch.end_with(Some(2));
            f::with_status(1, &body)
        });
        eventually(|| f::cache_info().hits == 1);
        set_enabled(false);
        assert!(panics.end_with(None));
        assert_eq!(waits.join().expect("no panic"), (2, CacheStatus::Bypass));
    });
    assert_eq!(f::cache_info(), info(0, 2, 128, 0));
}

#[test]
fn switched_off_no_call_waits_for_another() {
    #[lru_cache]
    fn f(n: u32) -> u32 {
        BOTH.wait();
        n
    }
    static BOTH: Barrier = Barrier::new(2);
    let _on = on();
    set_enabled(false);
    let statuses = finishes(|| in_threads(2, |_| f::with_status(1).1));
    assert_eq!(statuses, [CacheStatus::Bypass; 2]);
}

#[test]
fn caches_of_other_threads_are_switched_and_emptied() {
    #[lru_cache(scope = "thread")]
    fn local(_: u32) -> u32 {
        RUNS.next()
    }
    static RUNS: Runs = Runs::new();
    let _on = on();
    let (ask, asked) = mpsc::channel::<()>();
    let (answer, answered) = mpsc::channel();
    let thread = thread::spawn(move || {
        for () in asked {
            let peeked = (local::cache_peek(1), local::cache_info().currsize);
            let called = local::with_status(1);
            answer.send((peeked, called, local::cache_info())).expect("the test waits");
        }
    });
    let next = || {
        ask.send(()).expect("the thread waits");
        answered.recv().expect("the thread answers")
    };
    assert_eq!(next(), ((None, 0), (1, CacheStatus::Miss), info(0, 1, 128, 1)));
    assert_eq!(next(), ((Some(1), 1), (1, CacheStatus::Hit), info(1, 1, 128, 1)));
    set_enabled(false);
    assert_eq!(next(), ((None, 0), (2, CacheStatus::Bypass), info(1, 2, 128, 0)));
    set_enabled(true);
    assert_eq!(next(), ((None, 0), (3, CacheStatus::Miss), info(1, 3, 128, 1)));
    set_enabled(false);
    set_enabled(true);
    assert_eq!(next(), ((None, 0), (4, CacheStatus::Miss), info(1, 4, 128, 1)));
    drop(ask);
    thread.join().expect("no panic");
}

#[test]
fn user_code_may_switch() {
    thread_local! {
        static IS_ON: Cell<Option<bool>> = const { Cell::new(None) };
    }
    struct Switches;
    impl Drop for Switches {
        fn drop(&mut self) {
            IS_ON.take().into_iter().for_each(set_enabled);
        }
    }
    #[derive(PartialEq)]
    struct Value;
    impl Clone for Value {
        fn clone(&self) -> Self {
            IS_ON.take().into_iter().for_each(set_enabled);
            Value
        }
    }
    #[lru_cache]
    fn dropped(_: u32) -> Arc<Switches> {
        Arc::new(Switches)
    }
    #[lru_cache]
    fn cloned(_: u32) -> Value {
        Value
    }
    #[lru_cache]
    fn in_body(_: u32) -> u32 {
        set_enabled(false);
        1
    }
    let _on = on();
    dropped(1);
    IS_ON.set(Some(true));
    set_enabled(false);
    assert!(is_enabled(), "the last value that was dropped has switched them on");

    cloned(1);
    IS_ON.set(Some(false));
    assert_eq!(cloned::with_status(1).1, CacheStatus::Hit, "it was found before");
    assert_eq!(cloned::with_status(1).1, CacheStatus::Bypass);
    assert_eq!(cloned::cache_info().currsize, 0);
    set_enabled(true);
    assert_eq!(cloned::with_status(1).1, CacheStatus::Miss);

    in_body(1);
    assert_eq!(in_body::cache_info(), info(0, 1, 128, 0));
}

#[test]
fn a_dropped_task_and_a_panic_leave_nothing() {
    #[lru_cache(skip(fails))]
    async fn f(_: u32, fails: bool) -> u32 {
        yield_now().await;
        assert!(!fails, "a failure");
        1
    }
    let _on = on();
    smol::block_on(async {
        for fails in [false, true] {
            let mut call = functools_test_support::started(f::with_status(1, fails)).await;
            set_enabled(false);
            if fails {
                let ends = panic::AssertUnwindSafe(&mut call);
                assert!(smol::future::FutureExt::catch_unwind(ends).await.is_err());
            }
            drop(call);
            assert_eq!(f::with_status(1, false).await, (1, CacheStatus::Bypass));
            set_enabled(true);
            assert_eq!(f::with_status(1, false).await, (1, CacheStatus::Miss));
            f::cache_clear();
        }
    });
}

/// After a switch, nothing that began before it is there, whichever way the threads ran.
#[test]
fn nothing_is_there_after_a_switch_amid_calls() {
    #[lru_cache(maxsize = 4)]
    fn f(n: u32) -> u32 {
        n
    }
    #[lru_cache(maxsize = 4, ttl = "1h")]
    fn colliding(n: Colliding) -> u32 {
        n.0
    }
    let _on = on();
    for round in 0..200 * stress_factor() {
        set_enabled(true);
        let calls = in_threads(3, |thread| {
            if thread == 0 {
                set_enabled(false);
                return 0;
            }
            for n in 0..20 {
                assert_eq!((f(n % 5), colliding(Colliding(n % 5))), (n % 5, n % 5));
            }
            20
        });
        assert_eq!((f::cache_info().currsize, colliding::cache_info().currsize), (0, 0), "{round}");
        assert_eq!(f::with_status(1).1, CacheStatus::Bypass);
        let calls = calls.into_iter().sum::<u64>() + 1;
        let counted = f::cache_info();
        assert_eq!(counted.hits + counted.misses, calls, "{round}");
        f::cache_clear();
    }
}

#[test]
#[ignore = "what the process does that the next test starts"]
fn with_a_variable() {
    #[lru_cache]
    fn f(n: u32) -> u32 {
        n
    }
    let is_off = env::var("EXPECTED").expect("it is set") == "off";
    let expected =
        if is_off { [CacheStatus::Bypass; 2] } else { [CacheStatus::Miss, CacheStatus::Hit] };
    assert_eq!([f::with_status(1).1, f::with_status(1).1], expected);
    assert_eq!(is_enabled(), !is_off);
    set_enabled(true);
    f(1);
    assert_eq!(f::with_status(1).1, CacheStatus::Hit);
}

#[test]
fn variable_of_the_environment_switches_caches_off() {
    for (value, expected) in
        [(Some("off"), "off"), (Some("OFF"), "off"), (Some("on"), "on"), (None, "on")]
    {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args(["--exact", "switch::with_a_variable", "--ignored"]);
        command.env("EXPECTED", expected).env_remove("FUNCTOOLS");
        value.map(|value| command.env("FUNCTOOLS", value));
        let output = command.output().expect("it runs");
        assert!(output.status.success(), "{value:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
