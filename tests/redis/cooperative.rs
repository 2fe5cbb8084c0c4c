//! Many calls in one task of tokio. Tokio lets a task poll its primitives only so often before it
//! has to yield; a call that blocks its thread never yields.

use functools::lru_cache;
use functools::redis::{Invalidation, Tier};

use crate::common::{Executor, SECOND, block_on};
use crate::server::Server;
use crate::{Installed, assert_smooth, patient};

/// More than a task of tokio polls before it has to yield, by far.
const CALLS: u64 = 3_000;

/// Runs the task with each executor, one after the other; nothing goes wrong with the tier.
fn on_each_executor<F>(tier: &'static Tier, task: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let server = Server::start();
    let tier = Installed::new(tier, patient(&server));
    for executor in Executor::ALL {
        executor.all_of([task()]);
        assert_smooth(tier.stats());
    }
}

#[test]
fn a_synchronous_function_in_one_task() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 1, ttl = "60s", redis(key = "sync:{n}", tier = TIER))]
    fn item(n: u64) -> u64 {
        n * 7
    }
    on_each_executor(&TIER, || async {
        for n in 0..200 {
            assert_eq!(item(n), n * 7);
            assert_eq!(item::cache_refresh(n), n * 7);
            item::cache_insert(n, n * 7);
            assert_eq!(item::cache_invalidate(n), Invalidation::Confirmed);
        }
        assert_eq!(item::cache_clear(), Invalidation::Confirmed);
    });
}

#[test]
fn an_async_function_in_one_task() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 1, ttl = "60s", redis(key = "async:{n}", tier = TIER))]
    async fn item(n: u64) -> u64 {
        n * 7
    }
    on_each_executor(&TIER, || async {
        for n in 0..CALLS {
            assert_eq!(item(n).await, n * 7);
        }
    });
    assert_eq!(item::cache_stats().computations, CALLS, "the second and third read from Redis");
}

/// As where a library that blocks is called from a task, and calls back.
#[test]
fn an_async_function_that_something_else_blocks_on_in_one_task() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 1, ttl = "60s", redis(key = "nested:{n}", tier = TIER))]
    async fn item(n: u64) -> u64 {
        n * 7
    }
    on_each_executor(&TIER, || async {
        for n in 0..300 {
            assert_eq!(block_on(item(n)), n * 7);
            assert_eq!(block_on(item::cache_refresh(n)), n * 7);
            assert_eq!(block_on(item::cache_invalidate(n)), Invalidation::Confirmed);
        }
    });
}

#[test]
fn tasks_that_read_by_a_connection_of_their_own() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 1, ttl = "60s", redis(key = "own:{n}", tier = TIER))]
    async fn item(n: u64) -> u64 {
        n * 7
    }
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let _entered = runtime.enter();
    let tier = Installed::new(&TIER, patient(&server).on_tokio());
    for _ in 0..2 {
        let task = async {
            for n in 0..CALLS {
                assert_eq!(item(n).await, n * 7);
            }
        };
        runtime.block_on(runtime.spawn(task)).expect("no panic");
    }
    assert_smooth(tier.stats());
    assert_eq!(item::cache_stats().computations, CALLS);
}

#[test]
fn waiting_for_the_connection_in_one_task() {
    static TIER: Tier = Tier::new();
    let server = Server::start();
    let tier = Installed::new(&TIER, patient(&server));
    let task = async {
        for _ in 0..CALLS {
            assert!(TIER.wait_connected(SECOND));
            assert!(TIER.connected(SECOND).await);
        }
    };
    Executor::TokioWithTwoWorkers.all_of([task]);
    assert_smooth(tier.stats());
}
