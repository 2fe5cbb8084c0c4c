//! A rendezvous of the calls of one key, by tasks or by threads. The body does not end before all
//! other calls wait. The times of its end and of each result are recorded.

use std::fs;
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::Notify;

/// The calls of one key.
pub(crate) struct Rendezvous {
    calls: usize,
    /// The number of times that the body was started.
    runs: AtomicUsize,
    /// When the body ended.
    ended: OnceLock<Instant>,
    /// Tasks that were polled and have no result.
    pending: AtomicUsize,
    all_pending: Notify,
    /// For each calling thread, the file with its state.
    threads: Mutex<Vec<PathBuf>>,
}

/// The current one. A static, since the measured functions take only a number.
static CURRENT: Mutex<Option<Arc<Rendezvous>>> = Mutex::new(None);

/// A link to the files of the calling thread.
const THIS_THREAD: &str = "/proc/thread-self";

impl Rendezvous {
    /// Starts a rendezvous of `calls` calls, which becomes the current one.
    pub(crate) fn start(calls: usize) -> Arc<Self> {
        let rendezvous = Arc::new(Rendezvous {
            calls,
            runs: AtomicUsize::new(0),
            ended: OnceLock::new(),
            pending: AtomicUsize::new(0),
            all_pending: Notify::new(),
            threads: Mutex::new(Vec::new()),
        });
        *CURRENT.lock() = Some(Arc::clone(&rendezvous));
        rendezvous
    }

    /// Returns the rendezvous that was started last.
    pub(crate) fn current() -> Arc<Self> {
        CURRENT.lock().clone().expect("a rendezvous was started")
    }

    /// Returns how often the body has run.
    pub(crate) fn runs(&self) -> usize {
        self.runs.load(Ordering::Relaxed)
    }

    /// Returns the time from the end of the body to `then`.
    pub(crate) fn since_end(&self, then: Instant) -> Duration {
        then.saturating_duration_since(*self.ended.get().expect("the body has run"))
    }

    /// Makes the call of a task, and returns the time of its result.
    pub(crate) async fn join_task(self: Arc<Self>, call: impl Future) -> Instant {
        let mut call = pin!(call);
        let mut polled = false;
        poll_fn(|context| {
            let poll = call.as_mut().poll(context);
            if !polled {
                polled = true;
                if self.pending.fetch_add(1, Ordering::AcqRel) + 1 == self.calls {
                    self.all_pending.notify_one();
                }
            }
            poll
        })
        .await;
        Instant::now()
    }

    /// The body of a task. The leader's own call is pending, too, and the last call to become so
    /// wakes it.
    pub(crate) async fn lead_task(&self) {
        self.runs.fetch_add(1, Ordering::Relaxed);
        self.all_pending.notified().await;
        // If other tasks run the body, too, this wakes the next of them.
        self.all_pending.notify_one();
        self.ended.get_or_init(Instant::now);
    }

    /// Whether the system shows that a thread waits.
    pub(crate) fn can_see_threads() -> bool {
        Path::new(THIS_THREAD).exists()
    }

    /// Makes the call of a thread, and returns the time of its result.
    pub(crate) fn join_thread(&self, call: impl FnOnce() -> u64) -> Instant {
        let this = fs::read_link(THIS_THREAD).expect("the system names its threads");
        self.threads.lock().push(Path::new("/proc").join(this).join("stat"));
        std::hint::black_box(call());
        Instant::now()
    }

    /// The body of a thread. It checks twice: a thread may sleep for another reason for a moment.
    pub(crate) fn lead_thread(&self) {
        self.runs.fetch_add(1, Ordering::Relaxed);
        while !(self.all_sleep() && self.all_sleep()) {
            thread::yield_now();
        }
        self.ended.get_or_init(Instant::now);
    }

    /// Whether all threads sleep, except those that run the body.
    fn all_sleep(&self) -> bool {
        let state = |stat: &PathBuf| fs::read_to_string(stat).unwrap_or_default();
        let asleep = self.threads.lock().iter().filter(|stat| sleeps(&state(stat))).count();
        asleep + self.runs() >= self.calls
    }
}

/// Whether a thread sleeps. Its state follows the name, which is in parentheses and may contain
/// parentheses.
fn sleeps(stat: &str) -> bool {
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_not_read_as_the_state() {
        assert!(sleeps("7 (tokio) S 1 7"));
        assert!(!sleeps("7 (an odd) S name) R 1 7"));
        assert!(!sleeps(""));
    }
}
