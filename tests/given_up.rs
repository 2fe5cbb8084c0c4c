//! Callers that wait for a computation and give up leave nothing in memory: it is bounded by those
//! who wait now.

mod common;

use std::pin::Pin;

use allocation_counter::measure;
use common::flights::Gate;
use common::poll;
use functools::lru_cache;

/// A future that waits.
type Waiting = Pin<Box<dyn Future<Output = u64>>>;

fn waiting(future: impl Future<Output = u64> + 'static) -> Waiting {
    let mut future: Waiting = Box::pin(future);
    assert!(poll(future.as_mut()).is_pending());
    future
}

/// How many bytes are left of what was allocated. A tree that is empty again may keep a node of
/// some hundred.
fn left_by(run: impl FnOnce()) -> i64 {
    measure(run).bytes_current
}

#[lru_cache]
async fn hanging(n: u64) -> u64 {
    std::future::pending::<()>().await;
    n
}

#[test]
fn one_after_the_other() {
    let leader = waiting(hanging(1));
    // What is allocated once.
    drop(waiting(hanging(1)));
    let left = left_by(|| (0..100_000).for_each(|_| drop(waiting(hanging(1)))));
    assert!(left.abs() < 4_000, "{left} bytes are left");
    drop(leader);
}

/// At their peak they were many; what counts is who waits now.
#[test]
fn all_at_once_but_one() {
    let leader = waiting(hanging(2));
    let mut last = None;
    let left = left_by(|| {
        let mut callers: Vec<_> = (0..10_000).map(|_| waiting(hanging(2))).collect();
        last = callers.pop();
    });
    assert!(left < 4_000, "{left} bytes are left of 10,000 callers, one of whom waits");
    drop((leader, last));
}

/// What waits within a computation is known to the deadlock check, too.
#[test]
fn within_another_computation() {
    #[lru_cache]
    async fn outer(n: u64) -> u64 {
        let mut callers = Vec::new();
        let left = left_by(|| {
            callers = (0..10_000).map(|_| waiting(hanging(n))).collect();
            callers.truncate(1);
            callers.shrink_to_fit();
        });
        assert!(left < 4_000, "{left} bytes are left");
        0
    }
    let leader = waiting(hanging(3));
    assert_eq!(common::at_once(outer(3)), 0);
    drop(leader);
}

#[test]
fn threads_whose_time_is_up() {
    static GATE: Gate = Gate::new();
    #[lru_cache(single_flight = "1ms", cache_if = |_| false, skip(leads))]
    fn slow(n: u64, leads: bool) -> u64 {
        if leads {
            GATE.pass();
        }
        n
    }
    let leader = std::thread::spawn(|| slow(1, true));
    GATE.holds(1);
    assert_eq!(slow(1, false), 1);
    let left = left_by(|| {
        for _ in 0..200 {
            assert_eq!(slow(1, false), 1);
        }
    });
    assert!(left.abs() < 4_000, "{left} bytes are left of 200 waits");
    GATE.open();
    leader.join().expect("no panic");
}

/// Each has a limit of its own, of which nothing is left, either.
#[test]
fn tasks_with_a_time_limit() {
    #[lru_cache(single_flight = "1h")]
    async fn limited(n: u64) -> u64 {
        std::future::pending::<()>().await;
        n
    }
    let leader = waiting(limited(1));
    drop(waiting(limited(1)));
    let left = left_by(|| (0..10_000).for_each(|_| drop(waiting(limited(1)))));
    assert!(left.abs() < 4_000, "{left} bytes are left");
    drop(leader);
}
