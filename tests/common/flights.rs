//! For calls that wait for each other: by what happens, never by the clock.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use functools::{CacheInfo, CacheStatus};
use smol::future;

use super::{PATIENCE, Runs};

/// Lets others run until something has happened; fails rather than hangs if it does not.
pub(crate) fn until(happened: impl Fn() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "it did not happen in {PATIENCE:?}");
        thread::yield_now();
    }
}

/// The same, for a task.
pub(crate) async fn until_in_task(happened: impl Fn() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "it did not happen in {PATIENCE:?}");
        future::yield_now().await;
    }
}

/// Runs `work` in so many threads at once, each with its number.
pub(crate) fn at_once<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (work, start) = (&work, &Barrier::new(threads));
    thread::scope(|scope| {
        let begin = |number| {
            scope.spawn(move || {
                start.wait();
                work(number)
            })
        };
        let threads: Vec<_> = (0..threads).map(begin).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}

/// How many of these were a miss, how many joined another call, and how many found an entry.
pub(crate) fn tally(statuses: impl IntoIterator<Item = CacheStatus>) -> (u32, u32, u32) {
    let mut tally = (0, 0, 0);
    for status in statuses {
        match status {
            CacheStatus::Miss => tally.0 += 1,
            CacheStatus::Joined => tally.1 += 1,
            CacheStatus::Hit => tally.2 += 1,
            other => panic!("{other:?}"),
        }
    }
    tally
}

/// How many calls have been counted.
pub(crate) fn calls(info: CacheInfo) -> u64 {
    info.hits + info.misses
}

/// Holds up bodies until it is opened.
pub(crate) struct Gate {
    arrived: Runs,
    is_open: AtomicBool,
}

impl Gate {
    pub(crate) const fn new() -> Self {
        Gate { arrived: Runs::new(), is_open: AtomicBool::new(false) }
    }

    /// In a body.
    pub(crate) fn pass(&self) {
        self.arrived.next();
        until(|| self.is_open());
    }

    /// In the body of a task.
    pub(crate) async fn pass_in_task(&self) {
        self.arrived.next();
        until_in_task(|| self.is_open()).await;
    }

    /// Comes back when so many bodies have come to it.
    pub(crate) fn holds(&self, bodies: u32) {
        until(|| self.arrived.count() == bodies);
    }

    pub(crate) fn open(&self) {
        self.is_open.store(true, Ordering::SeqCst);
    }

    fn is_open(&self) -> bool {
        self.is_open.load(Ordering::SeqCst)
    }
}

/// If a test fails, nobody is held up any more.
impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
    }
}
