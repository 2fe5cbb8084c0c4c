//! The threads that refresh results of synchronous functions: few, started when needed, and ended
//! when idle.
//!
//! A job is the rest of a call, with all that it owns. It runs user code, so no lock is held then.

use std::collections::VecDeque;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::base::single_flight::mark_worker;

/// A refresh.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// The most refreshes that wait for a thread.
const QUEUE_CAPACITY: usize = 64;

/// How long a thread stays without a job.
const IDLE: Duration = Duration::from_secs(10);

static POOL: Pool = Pool::new(4, QUEUE_CAPACITY, IDLE);

/// Sets how many threads may refresh results of synchronous functions with
/// `refresh = "background"`, all functions together. Default: 4.
///
/// The threads start when they are needed, and end when they have had nothing to do for 10 s. At
/// most 64 refreshes wait for a thread; beyond that, and with 0 threads, callers compute. Threads
/// that are too many end after their refresh.
///
/// ```
/// functools::set_refresh_threads(2);
/// ```
pub fn set_refresh_threads(threads: usize) {
    POOL.set_max_threads(threads);
}

/// Reserves room for a refresh; `None` if the queue is full.
pub(crate) fn reserve() -> Option<Slot> {
    POOL.reserve()
}

/// Threads and the queue of their jobs.
struct Pool {
    state: Mutex<PoolState>,
    /// A job, or another limit.
    changed: Condvar,
    capacity: usize,
    idle: Duration,
    /// The process that has the threads: a forked one does not. 0 before the first job.
    process: AtomicU32,
}

struct PoolState {
    queue: VecDeque<Job>,
    /// The slots that have no job yet.
    reserved: usize,
    threads: usize,
    /// The threads that wait for a job.
    idle_threads: usize,
    max_threads: usize,
}

impl Pool {
    const fn new(max_threads: usize, capacity: usize, idle: Duration) -> Self {
        let queue = VecDeque::new();
        let state = PoolState { queue, reserved: 0, threads: 0, idle_threads: 0, max_threads };
        Pool {
            state: Mutex::new(state),
            changed: Condvar::new(),
            capacity,
            idle,
            process: AtomicU32::new(0),
        }
    }

    fn set_max_threads(&self, max_threads: usize) {
        self.state.lock().max_threads = max_threads;
        self.changed.notify_all();
    }

    fn reserve(&'static self) -> Option<Slot> {
        if !self.adopt() {
            return None;
        }
        let mut state = self.state.lock();
        if state.max_threads == 0 || state.queue.len() + state.reserved >= self.capacity {
            return None;
        }
        state.reserved += 1;
        Some(Slot(self))
    }

    /// Makes the pool that of this process. Returns false if it cannot be used: the process was
    /// forked while the lock was held.
    fn adopt(&self) -> bool {
        // Under WebAssembly there are no processes, and asking for the id panics.
        let process = if cfg!(target_family = "wasm") { 1 } else { process::id() };
        match self.process.load(Relaxed) {
            before if before == process => return true,
            0 => (),
            _ => {
                let Some(mut state) = self.state.try_lock() else { return false };
                // The threads are not here. Dropping their jobs would run user code.
                mem::forget(mem::take(&mut state.queue));
                (state.reserved, state.threads, state.idle_threads) = (0, 0, 0);
            }
        }
        self.process.store(process, Relaxed);
        true
    }

    /// Runs a job that has a slot: in a thread, or if there is none and none can be started, here.
    fn submit(&'static self, job: Job) {
        let mut state = self.state.lock();
        state.reserved = state.reserved.saturating_sub(1);
        state.queue.push_back(job);
        let needs_thread =
            state.idle_threads < state.queue.len() && state.threads < state.max_threads;
        if !needs_thread {
            drop(state);
            self.changed.notify_one();
            return;
        }
        state.threads += 1;
        drop(state);
        let thread = thread::Builder::new().name("functools-refresh".to_owned());
        if thread.spawn(|| self.work()).is_ok() {
            return;
        }
        let mut state = self.state.lock();
        state.threads -= 1;
        let job = if state.threads == 0 { state.queue.pop_back() } else { None };
        drop(state);
        job.into_iter().for_each(run);
    }

    /// Runs jobs until there has been none for a while.
    fn work(&self) {
        mark_worker();
        let mut state = self.state.lock();
        loop {
            if state.threads > state.max_threads && state.max_threads > 0 {
                break;
            }
            if let Some(job) = state.queue.pop_front() {
                drop(state);
                run(job);
                state = self.state.lock();
                continue;
            }
            if state.threads > state.max_threads {
                break;
            }
            state.idle_threads += 1;
            let timeout = self.changed.wait_for(&mut state, self.idle);
            state.idle_threads -= 1;
            if timeout.timed_out() && state.queue.is_empty() {
                break;
            }
        }
        state.threads -= 1;
    }
}

/// Runs a job. A panic ends the job alone; its hook has reported it.
fn run(job: Job) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(job)) {
        // The drop of a payload may panic, too.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
    }
}

/// Room for one job.
pub struct Slot(&'static Pool);

impl Slot {
    /// Runs the job in the background.
    pub fn run(self, job: Job) {
        let pool = self.0;
        mem::forget(self);
        pool.submit(job);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.reserved = state.reserved.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::{Pool, QUEUE_CAPACITY};

    fn pool(max_threads: usize, capacity: usize, idle: Duration) -> &'static Pool {
        Box::leak(Box::new(Pool::new(max_threads, capacity, idle)))
    }

    const LONG: Duration = Duration::from_secs(600);

    #[test]
    fn threads_start_when_needed_and_the_queue_is_bounded() {
        let pool = pool(2, 3, LONG);
        let (end, ended) = mpsc::channel::<()>();
        let ended = std::sync::Arc::new(std::sync::Mutex::new(ended));
        let (started, starts) = mpsc::channel();
        let submit = || {
            let (started, ended) = (started.clone(), ended.clone());
            pool.reserve().expect("room").run(Box::new(move || {
                started.send(thread::current().id()).expect("the test waits");
                ended.lock().expect("no panic").recv().expect("the test ends it");
            }));
        };
        assert_eq!(pool.state.lock().threads, 0, "none before the first job");
        submit();
        let first = starts.recv().expect("it runs");
        submit();
        assert_ne!(starts.recv().expect("it runs"), first, "in a thread of its own");
        submit();
        submit();
        let slot = pool.reserve().expect("room");
        assert!(pool.reserve().is_none(), "two jobs wait, and one slot has none yet");
        drop(slot);
        submit();
        assert!(pool.reserve().is_none());
        assert_eq!(pool.state.lock().threads, 2);
        for _ in 0..5 {
            end.send(()).expect("a job waits");
        }
        for _ in 0..3 {
            starts.recv().expect("it runs");
        }
    }

    #[test]
    fn panics_end_the_job_alone() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                assert!(thread::panicking(), "a payload that panics when it is dropped");
            }
        }
        let pool = pool(1, QUEUE_CAPACITY, LONG);
        let (ran, runs) = mpsc::channel();
        pool.reserve().expect("room").run(Box::new(|| std::panic::panic_any(Bomb)));
        pool.reserve().expect("room").run(Box::new(move || ran.send(()).expect("it waits")));
        runs.recv().expect("the second job runs");
        assert_eq!(pool.state.lock().threads, 1);
    }

    #[test]
    fn idle_threads_end() {
        let pool = pool(4, QUEUE_CAPACITY, Duration::ZERO);
        let (ran, runs) = mpsc::channel();
        for _ in 0..3 {
            let ran = ran.clone();
            pool.reserve().expect("room").run(Box::new(move || ran.send(()).expect("it waits")));
            runs.recv().expect("it runs");
        }
        while pool.state.lock().threads > 0 {
            thread::yield_now();
        }
    }

    #[test]
    fn fewer_threads_are_allowed_later() {
        let pool = pool(1, QUEUE_CAPACITY, LONG);
        let (ran, runs) = mpsc::channel();
        let job = || {
            let ran = ran.clone();
            pool.reserve().map(|slot| slot.run(Box::new(move || ran.send(()).expect("it waits"))))
        };
        job().expect("room");
        runs.recv().expect("it runs");
        pool.set_max_threads(0);
        assert!(job().is_none(), "no thread may run it");
        while pool.state.lock().threads > 0 {
            thread::yield_now();
        }
        pool.set_max_threads(1);
        job().expect("room");
        runs.recv().expect("it runs");
    }

    #[test]
    fn a_forked_process_has_no_threads() {
        let pool = pool(1, 1, LONG);
        let _unused = std::mem::ManuallyDrop::new(pool.reserve().expect("room"));
        assert!(pool.reserve().is_none());
        pool.process.store(1, std::sync::atomic::Ordering::Relaxed);
        assert!(pool.reserve().is_some(), "the slot was another process's");
    }
}
