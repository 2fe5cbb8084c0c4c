//! Threads that start together, and bodies that must come to an end.

use std::env;
use std::panic;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, ScopedJoinHandle};

use crate::PATIENCE;

/// Returns how many times as long as usual stress tests run: `FUNCTOOLS_STRESS`, or 1.
///
/// # Panics
///
/// If the variable is no number.
pub fn stress_factor() -> u64 {
    env::var("FUNCTOOLS_STRESS").map_or(1, |times| times.parse().expect("a number"))
}

/// Runs `work` in this many threads at once, each with its number, and returns their results.
pub fn in_threads<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (work, start) = (&work, &Barrier::new(threads));
    thread::scope(|scope| {
        let spawn = |number| {
            scope.spawn(move || {
                start.wait();
                work(number)
            })
        };
        let threads: Vec<_> = (0..threads).map(spawn).collect();
        threads.into_iter().map(join).collect()
    })
}

/// Runs `watch` again and again in a thread of its own while `body` runs.
pub fn watched<T>(watch: impl FnMut() + Send, body: impl FnOnce() -> T) -> T {
    struct SetOnDrop<'a>(&'a AtomicBool);

    impl Drop for SetOnDrop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    let has_ended = &AtomicBool::new(false);
    let mut watch = watch;
    thread::scope(|scope| {
        let watcher = scope.spawn(move || {
            while !has_ended.load(Ordering::Relaxed) {
                watch();
                thread::yield_now();
            }
        });
        let ends = SetOnDrop(has_ended);
        let result = body();
        drop(ends);
        join(watcher);
        result
    })
}

/// Runs `body` in a thread, and fails rather than hangs if it does not end.
///
/// # Panics
///
/// If `body` panics, or runs longer than [`PATIENCE`].
pub fn finishes<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    progresses(|_| body())
}

/// Runs `body` in a thread, and fails if it reports no progress for [`PATIENCE`].
///
/// # Panics
///
/// If `body` panics, or reports no progress.
pub fn progresses<T: Send + 'static>(body: impl FnOnce(&Sender<()>) -> T + Send + 'static) -> T {
    let (progress, made) = mpsc::channel();
    let thread = thread::spawn(move || body(&progress));
    while let made = made.recv_timeout(PATIENCE)
        && made != Err(RecvTimeoutError::Disconnected)
    {
        assert_eq!(made, Ok(()), "deadlock: no progress for {PATIENCE:?}");
    }
    thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload))
}

/// Joins by hand: the thread sanitizer does not see the end of a scope.
fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload))
}
