//! Waiters that are dropped leave nothing in memory: it is bounded by those that wait now
//! (CONTRACT 6). The process has one wait-for graph and one timer, which other tests would make
//! grow meanwhile.

use std::pin::Pin;

use functools::lru_cache;
use functools_test_support::{Gate, now};
use tokio_test::assert_pending;
use tokio_test::task::{Spawn, spawn};

use super::turn;

/// A future that waits.
type Waiting = Spawn<Pin<Box<dyn Future<Output = u64>>>>;

fn waiting(future: impl Future<Output = u64> + 'static) -> Waiting {
    let mut future: Waiting = spawn(Box::pin(future));
    assert_pending!(future.poll());
    future
}

/// Returns how many bytes are allocated afterwards and were not before. An empty tree may keep a
/// node of some hundred.
fn left_by(run: impl FnOnce()) -> i64 {
    allocation_counter::measure(run).bytes_current
}

#[lru_cache]
async fn hanging(n: u64) -> u64 {
    std::future::pending::<()>().await;
    n
}

#[test]
fn waiters_dropped_one_after_the_other_leave_nothing() {
    let _turn = turn();
    let leader = waiting(hanging(1));
    // The first waiter allocates what later ones use.
    drop(waiting(hanging(1)));
    let left = left_by(|| (0..100_000).for_each(|_| drop(waiting(hanging(1)))));
    assert!(left.abs() < 4_000, "{left} bytes are left");
    drop(leader);
}

/// The bound is the number of waiters now, not at their peak.
#[test]
fn waiters_dropped_at_once_leave_what_one_needs() {
    let _turn = turn();
    let leader = waiting(hanging(2));
    let mut last = None;
    let left = left_by(|| {
        let mut callers: Vec<_> = (0..10_000).map(|_| waiting(hanging(2))).collect();
        last = callers.pop();
    });
    assert!(left < 4_000, "{left} bytes are left of 10,000 callers, one of whom waits");
    drop((leader, last));
}

/// A waiter within a computation is also in the graph of the deadlock check.
#[test]
fn waiters_within_a_computation_leave_nothing() {
    let _turn = turn();
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
    assert_eq!(now(outer(3)), 0);
    drop(leader);
}

#[test]
fn threads_after_their_limit_leave_nothing() {
    let _turn = turn();
    static GATE: Gate = Gate::new();
    #[lru_cache(single_flight = "1ms", cache_if = |_| false, skip(leads))]
    fn slow(n: u64, leads: bool) -> u64 {
        if leads {
            GATE.pass();
        }
        n
    }
    let leader = std::thread::spawn(|| slow(1, true));
    GATE.wait_for(1);
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

/// Each waiter has a deadline, which is also removed.
#[test]
fn tasks_with_a_limit_leave_nothing() {
    let _turn = turn();
    #[lru_cache(single_flight = "1h")]
    async fn limited(n: u64) -> u64 {
        std::future::pending::<()>().await;
        n
    }
    let leader = waiting(limited(1));
    // While it waits, no later deadline wakes the timer's thread, which would free what was
    // allocated by this thread. Only this thread is measured.
    let first = waiting(limited(1));
    let left = left_by(|| (0..10_000).for_each(|_| drop(waiting(limited(1)))));
    assert!(left.abs() < 4_000, "{left} bytes are left");
    drop((leader, first));
}
