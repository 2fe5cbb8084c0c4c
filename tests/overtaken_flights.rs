//! What is invalidated, cleared, inserted or refreshed while a call computes it and others wait for that: whoever
//! called before gets the old result, whoever calls after does not wait for it, and it takes no newer one's place.

mod common;

use std::panic;
use std::sync::Arc;
use std::thread::{self, Scope, ScopedJoinHandle};

use common::flights::{Gate, calls, tally, until};
use common::tasks::begin;
use common::{Runs, finishes, info};
use functools::{CacheInfo, CacheStatus, lru_cache};
use smol::future;

mod of_threads {
    use super::*;

    /// A call, or whatever runs a body, that is held up in it.
    struct Held<'scope, T> {
        gate: Arc<Gate>,
        thread: ScopedJoinHandle<'scope, T>,
    }

    impl<'scope, T: Send + 'scope> Held<'scope, T> {
        /// Comes back when it has come to the gate.
        fn begin(
            scope: &'scope Scope<'scope, '_>,
            call: impl FnOnce(&Gate) -> T + Send + 'scope,
        ) -> Self {
            let gate = Arc::new(Gate::new());
            let inner = gate.clone();
            let thread = scope.spawn(move || call(&inner));
            gate.holds(1);
            Held { gate, thread }
        }

        fn end(self) -> T {
            self.gate.open();
            self.thread.join().expect("no panic")
        }
    }

    type Body<'a> = &'a (dyn Fn() -> u32 + Sync);

    /// The result, behind the gate.
    fn held(gate: &Gate, result: u32) -> impl Fn() -> u32 + Sync {
        move || {
            gate.pass();
            result
        }
    }

    const NEVER: Body<'_> = &|| panic!("it should not run");

    /// Starts calls that wait, and comes back when all do.
    fn waiting<'scope, const N: usize>(
        scope: &'scope Scope<'scope, '_>,
        info: fn() -> CacheInfo,
        call: fn() -> (u32, CacheStatus),
    ) -> [ScopedJoinHandle<'scope, (u32, CacheStatus)>; N] {
        let before = info().hits;
        let waiting = [(); N].map(|()| scope.spawn(call));
        until(|| info().hits == before + N as u64);
        waiting
    }

    fn joined<const N: usize>(waiting: [ScopedJoinHandle<'_, (u32, CacheStatus)>; N], result: u32) {
        for waiting in waiting {
            let got = waiting.join().expect("no panic");
            assert_eq!(got, (result, CacheStatus::Joined));
        }
    }

    #[test]
    fn invalidation_and_clear_let_the_next_call_compute_at_once() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: Body<'_>) -> u32 {
            body()
        }
        fn forgotten(forget: fn(), counted: CacheInfo, old_ends_first: bool) {
            f::cache_clear();
            thread::scope(|scope| {
                let call = || f::with_status(1, NEVER);
                let old = Held::begin(scope, |gate| f::with_status(1, &held(gate, 1)));
                let with_old = waiting::<3>(scope, f::cache_info, call);
                forget();
                assert_eq!(f::cache_info(), counted);
                let new = Held::begin(scope, |gate| f::with_status(1, &held(gate, 2)));
                let with_new = waiting::<3>(scope, f::cache_info, call);
                let (new, old) = if old_ends_first {
                    let old = old.end();
                    joined(with_old, 1);
                    assert_eq!(f::cache_peek(1), None);
                    let with_new_too = waiting::<1>(scope, f::cache_info, call);
                    let new = new.end();
                    joined(with_new_too, 2);
                    (new, old)
                } else {
                    let new = new.end();
                    assert_eq!(call(), (2, CacheStatus::Hit));
                    let old = old.end();
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
    fn an_old_flight_that_fails_does_not_disturb_the_new_one() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: Body<'_>) -> u32 {
            body()
        }
        fn abandoned(forget: fn()) {
            f::cache_clear();
            thread::scope(|scope| {
                let old = Held::begin(scope, |gate| {
                    panic::catch_unwind(panic::AssertUnwindSafe(|| {
                        f(1, &|| {
                            gate.pass();
                            panic::resume_unwind(Box::new(()))
                        })
                    }))
                });
                let with_old = waiting::<3>(scope, f::cache_info, || f::with_status(1, NEVER));
                forget();
                let new = Held::begin(scope, |gate| f::with_status(1, &held(gate, 2)));
                let misses = f::cache_info().misses;
                assert!(old.end().is_err());
                // They have nothing to take over: another computes already.
                until(|| f::cache_info().hits == 3);
                assert_eq!(new.end(), (2, CacheStatus::Miss));
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
    fn one_who_takes_over_after_a_clear_is_one_miss() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: Body<'_>) -> u32 {
            body()
        }
        finishes(|| {
            thread::scope(|scope| {
                let leader = Held::begin(scope, |gate| {
                    panic::catch_unwind(panic::AssertUnwindSafe(|| {
                        f(1, &|| {
                            gate.pass();
                            panic::resume_unwind(Box::new(()))
                        })
                    }))
                });
                let waiting = waiting::<4>(scope, f::cache_info, || f::with_status(1, &|| 2));
                assert_eq!(f::cache_info(), info(4, 1, 8, 0));
                f::cache_clear();
                assert_eq!(f::cache_info(), info(0, 0, 8, 0));
                assert!(leader.end().is_err());
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
    fn an_insertion_is_there_at_once_and_stays() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: Body<'_>) -> u32 {
            body()
        }
        finishes(|| {
            thread::scope(|scope| {
                let call = || f::with_status(1, NEVER);
                let leader = Held::begin(scope, |gate| f::with_status(1, &held(gate, 10)));
                let waiting = waiting::<3>(scope, f::cache_info, call);
                f::cache_insert(1, 100);
                assert_eq!(call(), (100, CacheStatus::Hit));
                assert_eq!(leader.end(), (10, CacheStatus::Miss));
                joined(waiting, 10);
                assert_eq!(call(), (100, CacheStatus::Hit));
            });
            assert_eq!(f::cache_info(), info(5, 1, 8, 1));
        });
    }

    /// What was inserted is nobody's result if it is not stored.
    #[test]
    fn an_insertion_that_stores_nothing_reaches_nobody() {
        static ASKED: Gate = Gate::new();
        #[lru_cache(maxsize = 8, skip(body), cache_if = |n| {
            if *n == 100 {
                ASKED.pass();
            }
            *n < 100
        })]
        fn f(_: u32, body: Body<'_>) -> u32 {
            body()
        }
        finishes(|| {
            thread::scope(|scope| {
                let insertion = scope.spawn(|| f::cache_insert(1, 100));
                ASKED.holds(1);
                let call = scope.spawn(|| f(1, &|| 10));
                // It computes, or it waits.
                until(|| calls(f::cache_info()) == 1);
                ASKED.open();
                insertion.join().expect("no panic");
                assert_eq!(call.join().expect("no panic"), 10);
            });
            assert_eq!(f::cache_peek(1), Some(10));
        });
    }

    #[test]
    fn a_refresh_is_the_one_to_wait_for() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: Body<'_>) -> u32 {
            body()
        }
        finishes(|| {
            for refresh_ends_first in [true, false] {
                f::cache_clear();
                thread::scope(|scope| {
                    let call = || f::with_status(1, NEVER);
                    let leader = Held::begin(scope, |gate| f::with_status(1, &held(gate, 10)));
                    let with_leader = waiting::<2>(scope, f::cache_info, call);
                    let refresh = Held::begin(scope, |gate| f::cache_refresh(1, &held(gate, 20)));
                    let with_refresh = waiting::<2>(scope, f::cache_info, call);
                    if refresh_ends_first {
                        assert_eq!(refresh.end(), 20);
                        joined(with_refresh, 20);
                        assert_eq!(call(), (20, CacheStatus::Hit));
                        assert_eq!(leader.end(), (10, CacheStatus::Miss));
                        joined(with_leader, 10);
                    } else {
                        assert_eq!(leader.end(), (10, CacheStatus::Miss));
                        joined(with_leader, 10);
                        assert_eq!(call(), (10, CacheStatus::Hit));
                        assert_eq!(refresh.end(), 20);
                        joined(with_refresh, 20);
                    }
                    assert_eq!(call(), (20, CacheStatus::Hit), "the newer one is kept");
                });
                assert_eq!(f::cache_info(), info(6, 1, 8, 1));
            }
        });
    }
}

mod of_tasks {
    use super::*;

    #[test]
    fn invalidation_and_clear_let_the_next_call_compute_at_once() {
        #[lru_cache(maxsize = 8, skip(gate, result))]
        async fn f(_: u32, gate: Arc<Gate>, result: u32) -> u32 {
            gate.pass_in_task().await;
            result
        }
        async fn forgotten(forget: fn(), misses: u64, old_ends_first: bool) {
            let [of_old, of_new] = [(); 2].map(|()| Arc::new(Gate::new()));
            let mut old = Box::pin(f::with_status(1, of_old.clone(), 1));
            begin(&mut old).await;
            let mut with_old = Box::pin(f::with_status(1, of_old.clone(), 0));
            begin(&mut with_old).await;
            forget();
            let mut new = Box::pin(f::with_status(1, of_new.clone(), 2));
            begin(&mut new).await;
            let mut with_new = Box::pin(f::with_status(1, of_new.clone(), 0));
            begin(&mut with_new).await;
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
        finishes(|| {
            smol::block_on(async {
                for old_ends_first in [true, false] {
                    forgotten(|| assert!(!f::cache_invalidate(1)), 2, old_ends_first).await;
                    forgotten(f::cache_clear, 1, old_ends_first).await;
                }
            });
        });
    }

    #[test]
    fn a_leader_that_was_forgotten_and_is_dropped_leaves_the_new_one_alone() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn f(_: u32) -> u32 {
            let run = RUNS.next();
            future::yield_now().await;
            run
        }
        finishes(|| {
            smol::block_on(async {
                let mut old = Box::pin(f::with_status(1));
                begin(&mut old).await;
                let mut with_old = Box::pin(f::with_status(1));
                begin(&mut with_old).await;
                f::cache_clear();
                let mut new = Box::pin(f::with_status(1));
                begin(&mut new).await;
                drop(old);
                begin(&mut with_old).await;
                assert_eq!(f::cache_info(), info(1, 1, 8, 0), "it has joined the new one");
                assert_eq!(new.await, (2, CacheStatus::Miss));
                assert_eq!(with_old.await, (2, CacheStatus::Joined));
            });
        });
        assert_eq!(f::cache_info(), info(1, 1, 8, 1));
    }

    #[test]
    fn an_insertion_and_a_refresh_are_newer() {
        #[lru_cache(maxsize = 8, skip(gate, result))]
        async fn f(_: u32, gate: &Gate, result: u32) -> u32 {
            gate.pass_in_task().await;
            result
        }
        finishes(|| {
            smol::block_on(async {
                let (gate, of_refresh) = (Gate::new(), Gate::new());
                let mut leader = Box::pin(f(1, &gate, 1));
                begin(&mut leader).await;
                let mut waits = Box::pin(f(1, &gate, 0));
                begin(&mut waits).await;
                f::cache_insert(1, 10);
                let mut refresh = Box::pin(f::cache_refresh(1, &of_refresh, 100));
                begin(&mut refresh).await;
                assert_eq!(future::poll_once(f(1, &gate, 0)).await, Some(10));
                gate.open();
                assert_eq!((leader.await, waits.await), (1, 1));
                assert_eq!(f::cache_peek(1), Some(10));
                of_refresh.open();
                assert_eq!(refresh.await, 100);
                assert_eq!(f::cache_peek(1), Some(100));
            });
        });
        assert_eq!(f::cache_info(), info(2, 1, 8, 1));
    }
}
