//! Refreshes of `async` functions, by tasks.

use std::sync::Arc;

use functools::redis::Tier;
use functools::{CacheStatus, lru_cache};
use functools_test_support::{clock, take_permit};
use redis::Commands;
use tokio::sync::Semaphore;

use super::{STALE, expire, refreshes};
use crate::common::{Runs, poll, two_workers};
use crate::server::eventually;
use crate::{in_own_process, install_own, set, text};

/// Defines a function that takes a permit in each run and returns the number of the run.
// Its attribute would be indented further each time.
#[rustfmt::skip]
macro_rules! number_of_the_run {
    ($f:ident, $tier:ident, $runs:ident, $key:literal) => {
        static $tier: Tier = Tier::new();
        static $runs: Runs = Runs::new();
        #[lru_cache(ttl = "60s", stale = "60s", refresh = "background", skip(gate),
            redis(key = $key, tier = $tier))]
        async fn $f(name: &str, gate: &Arc<Semaphore>) -> Result<u32, std::fmt::Error> {
            assert_eq!(name, "a");
            take_permit(gate).await;
            Ok($runs.next())
        }
    };
}

#[test]
fn task_refreshes_and_stores_in_redis() {
    in_own_process("background::tasks::stored");
}

#[test]
#[ignore = "what the process does that another test starts"]
fn stored() {
    number_of_the_run!(f, TIER, RUNS, "task:{name}");
    let _clock = clock();
    let (_tier, mut client) = install_own(&TIER);
    let gate = Arc::new(Semaphore::new(1));
    let runtime = two_workers();
    runtime.block_on(async {
        assert_eq!(f::with_status("a", &gate).await, (Ok(1), CacheStatus::Miss));
        expire(&[&TIER], &mut client, "task:a");
        for _ in 0..3 {
            let mut call = Box::pin(f::with_status("a", &gate));
            let answer = poll(call.as_mut());
            assert!(answer == std::task::Poll::Ready((Ok(1), STALE)), "it does not wait");
        }
        gate.add_permits(1);
        eventually("it is in memory", || f::cache_peek("a") == Some(Ok(2)));
        assert_eq!(f::with_status("a", &gate).await, (Ok(2), CacheStatus::Hit));
    });
    assert_eq!(text(&mut client, "task:a").as_deref(), Some("2"));
    assert_eq!(refreshes(f::cache_stats()), (1, 0, 2));
    assert_eq!(RUNS.count(), 2);
    // One that another client has stored is read by the next call.
    set(&mut client, "task:a", "7");
    eventually("the change is pushed", || !f::cache_contains("a"));
    let shared = runtime.block_on(f::with_status("a", &gate));
    assert_eq!(shared, (Ok(7), CacheStatus::Shared));
}

#[test]
fn task_that_is_dropped_gives_up_the_lease() {
    in_own_process("background::tasks::dropped");
}

#[test]
#[ignore = "what the process does that another test starts"]
fn dropped() {
    number_of_the_run!(f, TIER, RUNS, "dropped:{name}");
    let _clock = clock();
    let (_tier, mut client) = install_own(&TIER);
    let gate = Arc::new(Semaphore::new(1));
    let runtime = two_workers();
    assert_eq!(runtime.block_on(f("a", &gate)), Ok(1));
    expire(&[&TIER], &mut client, "dropped:a");
    assert_eq!(runtime.block_on(f::with_status("a", &gate)), (Ok(1), STALE));
    let lease = "functools:lease:{dropped:a}";
    eventually("the refresh holds the lease", || client.exists(lease) == Ok(true));
    drop(runtime);
    eventually("the lease is given up", || client.exists(lease) == Ok(false));
    assert_eq!(refreshes(f::cache_stats()), (1, 1, 1), "it has failed");
    assert_eq!(RUNS.count(), 1);
}
