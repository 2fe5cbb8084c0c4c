//! A call waits for its own key alone, and a waiter that is dropped or moved takes nothing along
//! (CONTRACT 6, 7).

use std::thread;

use functools::{CacheStatus, lru_cache};
use functools_test_support::{
    Colliding, Gate, eventually, finishes, finishes_async, info, start, started,
};
use smol::future;

mod threads {
    use super::*;

    #[test]
    fn calls_of_another_key_do_not_wait() {
        #[lru_cache(maxsize = 4, skip(body))]
        fn f(key: &Colliding, body: &(dyn Fn() + Sync)) -> u32 {
            body();
            key.0
        }
        finishes(|| {
            let (one, two) = (Gate::new(), Gate::new());
            assert_eq!(f(&Colliding(9), &|| ()), 9);
            thread::scope(|scope| {
                let first = scope.spawn(|| f::with_status(&Colliding(1), &|| one.pass()));
                one.wait_for(1);
                let second = scope.spawn(|| f::with_status(&Colliding(2), &|| two.pass()));
                two.wait_for(1);
                // Misses evict, and hits hit, while both computations run and others wait.
                let waiting = [1, 2, 1].map(|n| {
                    scope.spawn(move || f::with_status(&Colliding(n), &|| panic!("it waits")))
                });
                eventually(|| f::cache_info().hits == 3);
                assert_eq!(f::with_status(&Colliding(9), &|| ()), (9, CacheStatus::Hit));
                for n in 3..9 {
                    assert_eq!(f::with_status(&Colliding(n), &|| ()), (n, CacheStatus::Miss));
                    assert_eq!(f::with_status(&Colliding(n), &|| ()), (n, CacheStatus::Hit));
                }
                assert_eq!(f::cache_info(), info(10, 9, 4, 4));
                two.open();
                assert_eq!(second.join().expect("no panic"), (2, CacheStatus::Miss));
                one.open();
                assert_eq!(first.join().expect("no panic"), (1, CacheStatus::Miss));
                let waiting = waiting.map(|waiting| waiting.join().expect("no panic"));
                assert_eq!(waiting, [1, 2, 1].map(|n| (n, CacheStatus::Joined)));
            });
        });
    }

    #[test]
    fn calls_find_the_entry_while_it_is_refreshed() {
        #[lru_cache(maxsize = 4, skip(body))]
        fn f(_: u32, body: &(dyn Fn() -> u32 + Sync)) -> u32 {
            body()
        }
        finishes(|| {
            let gate = Gate::new();
            f::cache_insert(1, 10);
            thread::scope(|scope| {
                let refresh = scope.spawn(|| {
                    f::cache_refresh(1, &|| {
                        gate.pass();
                        11
                    })
                });
                gate.wait_for(1);
                assert_eq!(f::with_status(1, &|| 0), (10, CacheStatus::Hit));
                gate.open();
                assert_eq!(refresh.join().expect("no panic"), 11);
            });
            assert_eq!(f::with_status(1, &|| 0), (11, CacheStatus::Hit));
        });
    }

    #[test]
    fn calls_of_another_function_or_type_do_not_wait() {
        #[lru_cache(maxsize = 4, skip(body))]
        fn f<T>(_: u32, body: &(dyn Fn() + Sync)) -> usize {
            body();
            size_of::<T>()
        }
        #[lru_cache(maxsize = 4)]
        fn g(n: u32) -> u32 {
            n
        }
        finishes(|| {
            let gate = Gate::new();
            thread::scope(|scope| {
                let held_up = scope.spawn(|| f::<u8>(1, &|| gate.pass()));
                gate.wait_for(1);
                assert_eq!((f::<u16>(1, &|| ()), g(1)), (2, 1));
                gate.open();
                assert_eq!(held_up.join().expect("no panic"), 1);
            });
        });
    }
}

mod tasks {
    use super::*;

    #[test]
    fn calls_of_another_key_do_not_wait() {
        static GATE: Gate = Gate::new();
        #[lru_cache(maxsize = 8)]
        async fn f(n: u32) -> u32 {
            if n == 0 {
                GATE.pass_async().await;
            }
            n
        }
        finishes_async(async {
            let held_up = started(f(0)).await;
            let waits = started(f(0)).await;
            for n in 1..4 {
                assert_eq!(future::poll_once(f(n)).await, Some(n));
                assert_eq!(future::poll_once(f(n)).await, Some(n));
            }
            GATE.open();
            assert_eq!((held_up.await, waits.await), (0, 0));
        });
        assert_eq!(f::cache_info(), info(4, 4, 8, 4));
    }

    #[test]
    fn dropped_waiter_leaves_the_others() {
        static GATE: Gate = Gate::new();
        #[lru_cache(maxsize = 8)]
        async fn f(n: u32) -> u32 {
            GATE.pass_async().await;
            n
        }
        finishes_async(async {
            let leader = started(f::with_status(1)).await;
            let [mut one, mut two, mut three] = [(); 3].map(|()| Box::pin(f::with_status(1)));
            start(&mut one).await;
            start(&mut two).await;
            start(&mut three).await;
            drop(two);
            GATE.open();
            assert_eq!(leader.await, (1, CacheStatus::Miss));
            // This waiter is dropped after the completion.
            drop(one);
            assert_eq!(three.await, (1, CacheStatus::Joined));
            assert_eq!(f::cache_info(), info(3, 1, 8, 1));
        });
    }

    #[test]
    fn waiter_may_move_to_another_thread() {
        static GATE: Gate = Gate::new();
        #[lru_cache(maxsize = 8)]
        async fn f(n: u32) -> u32 {
            GATE.pass_async().await;
            n + inner(n).await
        }
        #[lru_cache(maxsize = 8)]
        async fn inner(n: u32) -> u32 {
            n
        }
        finishes(|| {
            let [mut leader, mut waits] = [(); 2].map(|()| Box::pin(f::with_status(1)));
            smol::block_on(start(&mut leader));
            smol::block_on(start(&mut waits));
            let waits = thread::spawn(|| smol::block_on(waits));
            GATE.open();
            let leader = thread::spawn(|| smol::block_on(leader));
            assert_eq!(leader.join().expect("no panic"), (2, CacheStatus::Miss));
            assert_eq!(waits.join().expect("no panic"), (2, CacheStatus::Joined));
        });
    }
}
