//! A meeting of calls: of one key, by tasks or by threads. Whoever runs the body is kept there until
//! all others wait; then it is known when the body has ended and when each call has its result.

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
pub(crate) struct Meeting {
    calls: usize,
    /// How often the body has begun.
    runs: AtomicUsize,
    /// When it has ended.
    ended: OnceLock<Instant>,
    /// Tasks that were polled and have no result.
    pending: AtomicUsize,
    all_pend: Notify,
    /// For each thread that calls, where the system says what it does.
    threads: Mutex<Vec<PathBuf>>,
}

/// The one that there is. The functions take a number and nothing else.
static NOW: Mutex<Option<Arc<Meeting>>> = Mutex::new(None);

/// Where the system says which thread this is.
const THIS_THREAD: &str = "/proc/thread-self";

impl Meeting {
    /// Begins one of so many calls.
    pub(crate) fn of(calls: usize) -> Arc<Self> {
        let meeting = Arc::new(Meeting {
            calls,
            runs: AtomicUsize::new(0),
            ended: OnceLock::new(),
            pending: AtomicUsize::new(0),
            all_pend: Notify::new(),
            threads: Mutex::new(Vec::new()),
        });
        *NOW.lock() = Some(Arc::clone(&meeting));
        meeting
    }

    /// The one that was begun last.
    pub(crate) fn now() -> Arc<Self> {
        NOW.lock().clone().expect("somebody calls")
    }

    /// How often the body has run.
    pub(crate) fn runs(&self) -> usize {
        self.runs.load(Ordering::Relaxed)
    }

    /// From the end of the body to then.
    pub(crate) fn since_end(&self, then: Instant) -> Duration {
        then.saturating_duration_since(*self.ended.get().expect("the body has run"))
    }

    /// The call of a task: when it has its result.
    pub(crate) async fn join_task(self: Arc<Self>, call: impl Future) -> Instant {
        let mut call = pin!(call);
        let mut polled = false;
        poll_fn(|context| {
            let poll = call.as_mut().poll(context);
            if !polled {
                polled = true;
                if self.pending.fetch_add(1, Ordering::AcqRel) + 1 == self.calls {
                    self.all_pend.notify_one();
                }
            }
            poll
        })
        .await;
        Instant::now()
    }

    /// The body that a task runs. Its own call pends as well, so that the last to pend lets it go.
    pub(crate) async fn lead_task(&self) {
        self.runs.fetch_add(1, Ordering::Relaxed);
        self.all_pend.notified().await;
        // If others run it too, they are next.
        self.all_pend.notify_one();
        self.ended.get_or_init(Instant::now);
    }

    /// Whether it can be known that a thread waits.
    pub(crate) fn sees_threads() -> bool {
        Path::new(THIS_THREAD).exists()
    }

    /// The call of a thread: when it has its result.
    pub(crate) fn join_thread(&self, call: impl FnOnce() -> u64) -> Instant {
        let this = fs::read_link(THIS_THREAD).expect("a system that names its threads");
        self.threads.lock().push(Path::new("/proc").join(this).join("stat"));
        std::hint::black_box(call());
        Instant::now()
    }

    /// The body that a thread runs. One look may catch somebody who waits for something else.
    pub(crate) fn lead_thread(&self) {
        self.runs.fetch_add(1, Ordering::Relaxed);
        while !(self.all_sleep() && self.all_sleep()) {
            thread::yield_now();
        }
        self.ended.get_or_init(Instant::now);
    }

    /// Whether all do but those who run the body.
    fn all_sleep(&self) -> bool {
        let state = |stat: &PathBuf| fs::read_to_string(stat).unwrap_or_default();
        let asleep = self.threads.lock().iter().filter(|stat| sleeps(&state(stat))).count();
        asleep + self.runs() >= self.calls
    }
}

/// The state follows the name, which is in parentheses and may have some.
fn sleeps(stat: &str) -> bool {
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_states() {
        assert!(sleeps("7 (tokio) S 1 7"));
        assert!(!sleeps("7 (an odd) S name) R 1 7"));
        assert!(!sleeps(""));
    }
}
