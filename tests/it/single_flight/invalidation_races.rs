//! A key that is invalidated, cleared, inserted or refreshed while a call computes it (CONTRACT 5).
//! Earlier calls get the old result, later calls do not wait for it, and it replaces no newer one.

use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread::{Scope, ScopedJoinHandle};
use std::{panic, thread};

use functools::{CacheInfo, CacheStatus, lru_cache};
use functools_test_support::{
    Body, Gate, Running, Runs, calls, eventually, finishes, finishes_async, info, start, started,
    take_permit, tally,
};
use futures_util::future::BoxFuture;
use smol::future;
use tokio::sync::Semaphore;
use tokio_test::task::{Spawn, spawn};

mod threads {
    use super::*;

    type Compute<'a> = &'a (dyn Fn() -> u32 + Sync);

    const NEVER: Compute<'_> = &|| panic!("it should not run");

    /// Starts calls, and returns when all of them wait.
    fn waiting<'scope, const N: usize>(
        scope: &'scope Scope<'scope, '_>,
        info: fn() -> CacheInfo,
        call: fn() -> (u32, CacheStatus),
    ) -> [ScopedJoinHandle<'scope, (u32, CacheStatus)>; N] {
        let before = info().hits;
        let waiting = [(); N].map(|()| scope.spawn(call));
        eventually(|| info().hits == before + N as u64);
        waiting
    }

    fn joined<const N: usize>(waiting: [ScopedJoinHandle<'_, (u32, CacheStatus)>; N], result: u32) {
        for waiting in waiting {
            let got = waiting.join().expect("no panic");
            assert_eq!(got, (result, CacheStatus::Joined));
        }
    }

    #[test]
    fn next_call_after_invalidation_or_clear_computes_at_once() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: Compute<'_>) -> u32 {
            body()
        }
        fn forgotten(forget: fn(), counted: CacheInfo, old_ends_first: bool) {
            f::cache_clear();
            thread::scope(|scope| {
                let call = || f::with_status(1, NEVER);
                let old = Running::start(scope, |body| f::with_status(1, &|| body.run()));
                let with_old = waiting::<3>(scope, f::cache_info, call);
                forget();
                assert_eq!(f::cache_info(), counted);
                let new = Running::start(scope, |body| f::with_status(1, &|| body.run()));
                let with_new = waiting::<3>(scope, f::cache_info, call);
                let (new, old) = if old_ends_first {
                    let old = old.end_with(1);
                    joined(with_old, 1);
                    assert_eq!(f::cache_peek(1), None);
                    let with_new_too = waiting::<1>(scope, f::cache_info, call);
                    let new = new.end_with(2);
                    joined(with_new_too, 2);
                    (new, old)
                } else {
                    let new = new.end_with(2);
                    assert_eq!(call(), (2, CacheStatus::Hit));
                    let old = old.end_with(1);
                    joined(with_old, 1);
                    (new, old)
                };
                joined(with_new, 2);
                assert_eq!((old, new), ((1, CacheStatus::Miss), (2, CacheStatus::Miss)));
                assert_eq!(call(), (2, CacheStatus::Hit));
            });
            let CacheInfo { hits, misses, .. } = counted;
            assert_eq!(f::cache_info(), info(hits + 5, misses + 1, 8, 1));
        }
        finishes(|| {
            for old_ends_first in [true, false] {
                let invalidate = || assert!(!f::cache_invalidate(1));
                forgotten(invalidate, info(3, 1, 8, 0), old_ends_first);
                forgotten(f::cache_clear, info(0, 0, 8, 0), old_ends_first);
            }
        });
    }

    #[test]
    fn waiters_join_the_new_leader_after_a_discarded_one_panics() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: Compute<'_>) -> u32 {
            body()
        }
        fn abandoned(forget: fn()) {
            f::cache_clear();
            thread::scope(|scope| {
                let old = Running::start(scope, |body: Body<()>| {
                    panic::catch_unwind(panic::AssertUnwindSafe(|| {
                        f(1, &|| {
                            body.run();
                            panic::resume_unwind(Box::new(()))
                        })
                    }))
                });
                let with_old = waiting::<3>(scope, f::cache_info, || f::with_status(1, NEVER));
                forget();
                let new = Running::start(scope, |body| f::with_status(1, &|| body.run()));
                let misses = f::cache_info().misses;
                assert!(old.end_with(()).is_err());
                // These waiters do not compute: the new leader does.
                eventually(|| f::cache_info().hits == 3);
                assert_eq!(new.end_with(2), (2, CacheStatus::Miss));
                for waiting in with_old {
                    let (result, status) = waiting.join().expect("no panic");
                    assert!(result == 2 && status.is_hit(), "{result} {status:?}");
                }
                assert_eq!(f::cache_info(), info(3, misses, 8, 1));
            });
        }
        finishes(|| {
            abandoned(f::cache_clear);
            abandoned(|| _ = f::cache_invalidate(1));
        });
    }

    #[test]
    fn waiter_that_computes_after_a_clear_is_one_miss() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: Compute<'_>) -> u32 {
            body()
        }
        finishes(|| {
            thread::scope(|scope| {
                let leader = Running::start(scope, |body: Body<()>| {
                    panic::catch_unwind(panic::AssertUnwindSafe(|| {
                        f(1, &|| {
                            body.run();
                            panic::resume_unwind(Box::new(()))
                        })
                    }))
                });
                let waiting = waiting::<4>(scope, f::cache_info, || f::with_status(1, &|| 2));
                assert_eq!(f::cache_info(), info(4, 1, 8, 0));
                f::cache_clear();
                assert_eq!(f::cache_info(), info(0, 0, 8, 0));
                assert!(leader.end_with(()).is_err());
                let statuses = waiting.map(|waiting| {
                    let (result, status) = waiting.join().expect("no panic");
                    assert_eq!(result, 2);
                    status
                });
                let (misses, joined, hits) = tally(statuses);
                assert_eq!((misses, joined + hits), (1, 3));
            });
            assert_eq!(f::cache_info(), info(3, 1, 8, 1));
        });
    }

    #[test]
    fn insertion_is_found_at_once_and_stays() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: Compute<'_>) -> u32 {
            body()
        }
        finishes(|| {
            thread::scope(|scope| {
                let call = || f::with_status(1, NEVER);
                let leader = Running::start(scope, |body| f::with_status(1, &|| body.run()));
                let waiting = waiting::<3>(scope, f::cache_info, call);
                f::cache_insert(1, 100);
                assert_eq!(call(), (100, CacheStatus::Hit));
                assert_eq!(leader.end_with(10), (10, CacheStatus::Miss));
                joined(waiting, 10);
                assert_eq!(call(), (100, CacheStatus::Hit));
            });
            assert_eq!(f::cache_info(), info(5, 1, 8, 1));
        });
    }

    /// A waiter does not get an inserted value that is discarded.
    #[test]
    fn discarded_insertion_reaches_no_waiter() {
        static ASKED: Gate = Gate::new();
        #[lru_cache(maxsize = 8, skip(body), cache_if = |n| {
            if *n == 100 {
                ASKED.pass();
            }
            *n < 100
        })]
        fn f(_: u32, body: Compute<'_>) -> u32 {
            body()
        }
        finishes(|| {
            thread::scope(|scope| {
                let insertion = scope.spawn(|| f::cache_insert(1, 100));
                ASKED.wait_for(1);
                let call = scope.spawn(|| f(1, &|| 10));
                // The call computes or waits.
                eventually(|| calls(f::cache_info()) == 1);
                ASKED.open();
                insertion.join().expect("no panic");
                assert_eq!(call.join().expect("no panic"), 10);
            });
            assert_eq!(f::cache_peek(1), Some(10));
        });
    }

    #[test]
    fn calls_wait_for_the_newer_refresh() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: Compute<'_>) -> u32 {
            body()
        }
        finishes(|| {
            for refresh_ends_first in [true, false] {
                f::cache_clear();
                thread::scope(|scope| {
                    let call = || f::with_status(1, NEVER);
                    let leader = Running::start(scope, |body| f::with_status(1, &|| body.run()));
                    let with_leader = waiting::<2>(scope, f::cache_info, call);
                    let refresh = Running::start(scope, |body| f::cache_refresh(1, &|| body.run()));
                    let with_refresh = waiting::<2>(scope, f::cache_info, call);
                    if refresh_ends_first {
                        assert_eq!(refresh.end_with(20), 20);
                        joined(with_refresh, 20);
                        assert_eq!(call(), (20, CacheStatus::Hit));
                        assert_eq!(leader.end_with(10), (10, CacheStatus::Miss));
                        joined(with_leader, 10);
                    } else {
                        assert_eq!(leader.end_with(10), (10, CacheStatus::Miss));
                        joined(with_leader, 10);
                        assert_eq!(call(), (10, CacheStatus::Hit));
                        assert_eq!(refresh.end_with(20), 20);
                        joined(with_refresh, 20);
                    }
                    assert_eq!(call(), (20, CacheStatus::Hit), "the newer one is kept");
                });
                assert_eq!(f::cache_info(), info(6, 1, 8, 1));
            }
        });
    }
}

mod tasks {
    use super::*;

    #[test]
    fn next_call_after_invalidation_or_clear_computes_at_once() {
        #[lru_cache(maxsize = 8, skip(gate, result))]
        async fn f(_: u32, gate: Arc<Gate>, result: u32) -> u32 {
            gate.pass_async().await;
            result
        }
        async fn forgotten(forget: fn(), misses: u64, old_ends_first: bool) {
            let [of_old, of_new] = [(); 2].map(|()| Arc::new(Gate::new()));
            let old = started(f::with_status(1, of_old.clone(), 1)).await;
            let with_old = started(f::with_status(1, of_old.clone(), 0)).await;
            forget();
            let new = started(f::with_status(1, of_new.clone(), 2)).await;
            let with_new = started(f::with_status(1, of_new.clone(), 0)).await;
            let ends_old = async {
                of_old.open();
                let (old, with_old) = (old.await, with_old.await);
                assert_eq!((old, with_old), ((1, CacheStatus::Miss), (1, CacheStatus::Joined)));
            };
            let ends_new = async {
                of_new.open();
                let (new, with_new) = (new.await, with_new.await);
                assert_eq!((new, with_new), ((2, CacheStatus::Miss), (2, CacheStatus::Joined)));
            };
            if old_ends_first {
                ends_old.await;
                assert_eq!(f::cache_peek(1), None);
                ends_new.await;
            } else {
                ends_new.await;
                assert_eq!(f::cache_peek(1), Some(2));
                ends_old.await;
            }
            assert_eq!(f::cache_peek(1), Some(2));
            assert_eq!(f::cache_info(), info(misses, misses, 8, 1));
            f::cache_clear();
        }
        finishes_async(async {
            for old_ends_first in [true, false] {
                forgotten(|| assert!(!f::cache_invalidate(1)), 2, old_ends_first).await;
                forgotten(f::cache_clear, 1, old_ends_first).await;
            }
        });
    }

    #[test]
    fn waiter_joins_the_new_leader_after_a_discarded_one_is_dropped() {
        number_of_the_run!(f, RUNS);
        finishes_async(async {
            let old = started(f::with_status(1)).await;
            let mut with_old = started(f::with_status(1)).await;
            f::cache_clear();
            let new = started(f::with_status(1)).await;
            drop(old);
            start(&mut with_old).await;
            assert_eq!(f::cache_info(), info(1, 1, 8, 0), "it has joined the new one");
            assert_eq!(new.await, (2, CacheStatus::Miss));
            assert_eq!(with_old.await, (2, CacheStatus::Joined));
        });
        assert_eq!(f::cache_info(), info(1, 1, 8, 1));
    }

    #[test]
    fn insertion_and_refresh_replace_the_older_result() {
        #[lru_cache(maxsize = 8, skip(gate, result))]
        async fn f(_: u32, gate: &Gate, result: u32) -> u32 {
            gate.pass_async().await;
            result
        }
        finishes_async(async {
            let (gate, of_refresh) = (Gate::new(), Gate::new());
            let leader = started(f(1, &gate, 1)).await;
            let waits = started(f(1, &gate, 0)).await;
            f::cache_insert(1, 10);
            let refresh = started(f::cache_refresh(1, &of_refresh, 100)).await;
            assert_eq!(future::poll_once(f(1, &gate, 0)).await, Some(10));
            gate.open();
            assert_eq!((leader.await, waits.await), (1, 1));
            assert_eq!(f::cache_peek(1), Some(10));
            of_refresh.open();
            assert_eq!(refresh.await, 100);
            assert_eq!(f::cache_peek(1), Some(100));
        });
        assert_eq!(f::cache_info(), info(2, 1, 8, 1));
    }

    /// It is neither stored nor the result of a call: the body did not run.
    #[test]
    fn discarded_insertion_reaches_no_waiter() {
        #[lru_cache(skip(gate), cache_if = |n| { meanwhile(*n); *n > 0 })]
        async fn f(_: u32, gate: &Semaphore) -> u32 {
            take_permit(gate).await;
            RUNS.next()
        }
        fn meanwhile(n: u32) {
            if n == 0 {
                // On another thread, since this one would not wait for itself.
                let call = thread::spawn(|| {
                    let mut call =
                        spawn(Box::pin(f::with_status(1, &GATE)) as BoxFuture<'static, Answer>);
                    let answer = call.poll();
                    (call, answer)
                });
                CALLS.lock().expect("no panic").push(call.join().expect("no panic"));
            }
        }
        type Call = (Spawn<BoxFuture<'static, Answer>>, Poll<Answer>);
        type Answer = (u32, CacheStatus);
        static RUNS: Runs = Runs::new();
        static GATE: Semaphore = Semaphore::const_new(1);
        static CALLS: Mutex<Vec<Call>> = Mutex::new(Vec::new());
        f::cache_insert(1, 0);
        let (mut call, mut answer) = CALLS.lock().expect("no panic").pop().expect("one");
        if answer.is_pending() {
            answer = call.poll();
        }
        assert_eq!(answer, Poll::Ready((1, CacheStatus::Miss)));
    }
}
