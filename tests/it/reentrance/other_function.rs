//! Two functions, each called within the entries of the other, on two threads: a call within one
//! cache does not wait for another (CONTRACT 6).

use std::cell::Cell;
use std::sync::{Arc, Barrier};
use std::thread;

use functools::lru_cache;
use functools_test_support::finishes;

thread_local! {
    static MEETING: Cell<Option<Arc<Barrier>>> = const { Cell::new(None) };
}

struct One;
struct Two;

impl Clone for One {
    fn clone(&self) -> Self {
        if let Some(meeting) = MEETING.take() {
            meeting.wait();
            two(2);
        }
        One
    }
}

impl Clone for Two {
    fn clone(&self) -> Self {
        if let Some(meeting) = MEETING.take() {
            meeting.wait();
            one(2);
        }
        Two
    }
}

#[lru_cache]
fn one(_: u32) -> One {
    One
}

#[lru_cache]
fn two(_: u32) -> Two {
    Two
}

#[test]
fn clone_on_two_threads_may_call_the_other_function() {
    one(1);
    two(1);
    finishes(|| {
        let meeting = Arc::new(Barrier::new(2));
        let calls: [fn(); 2] = [|| _ = one(1), || _ = two(1)];
        let threads = calls.map(|call| {
            let meeting = Arc::clone(&meeting);
            thread::spawn(move || {
                MEETING.set(Some(meeting));
                call();
            })
        });
        for thread in threads {
            thread.join().expect("it does not panic");
        }
    });
    assert_eq!(one::cache_info().hits + one::cache_info().misses, 3);
    assert_eq!(two::cache_info().hits + two::cache_info().misses, 3);
}
