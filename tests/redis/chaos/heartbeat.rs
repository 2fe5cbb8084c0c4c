//! How long a process was not scheduled, as a thread of it measures: by its own sleeps, and by what
//! Linux says of how long each thread was ready to run and did not.

use std::collections::HashMap;
use std::fs;
use std::thread;
use std::time::Duration;

use super::event::{Moment, Process, Span, Stall, now, span};

const SLEEP: Duration = Duration::from_millis(10);

/// Shorter delays are within the bounds.
const SHORTEST: Duration = Duration::from_millis(4);

/// The beginning of the names of the threads whose delays count in the checker, which runs other
/// tests, too.
pub(super) const CHAOS: &str = "chaos";

/// Starts the thread, which reports stalls for as long as it should go on.
pub(super) fn start(
    process: Process,
    threads: &'static str,
    should_go_on: impl Fn() -> bool + Send + 'static,
    report: impl Fn(Stall) + Send + 'static,
) {
    thread::spawn(move || {
        let mut delays = Delays { threads, of_threads: HashMap::new() };
        while should_go_on() {
            let from = now();
            thread::sleep(SLEEP);
            let slept = stall(process, from + span(SLEEP));
            let delayed = delays.since_last();
            let to = now();
            let delayed =
                (delayed > span(SHORTEST)).then(|| Stall { process, from: to - delayed, to });
            // The longer one contains the other.
            if let Some(stall) = [slept, delayed].into_iter().flatten().max_by_key(length) {
                report(stall);
            }
        }
    });
}

fn length(stall: &Stall) -> Span {
    stall.to - stall.from
}

/// The stall of a process that should have gone on at `from`, if it is one.
pub(super) fn stall(process: Process, from: Moment) -> Option<Stall> {
    let to = now();
    (to > from + span(SHORTEST)).then_some(Stall { process, from, to })
}

/// For how long threads of this process were ready to run and did not, in nanoseconds.
struct Delays {
    /// The beginning of their names.
    threads: &'static str,
    of_threads: HashMap<u64, u64>,
}

impl Delays {
    /// The sum over all threads since the last call: what one waits for another may do.
    fn since_last(&mut self) -> Span {
        let mut sum = 0;
        for thread in fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
            let text = |name| fs::read_to_string(thread.path().join(name)).unwrap_or_default();
            let is_meant = self.threads.is_empty() || text("comm").starts_with(self.threads);
            let id = thread.file_name().to_str().and_then(|id| id.parse().ok());
            let total = text("schedstat").split(' ').nth(1).and_then(|delay| delay.parse().ok());
            if let (true, Some(id), Some(total)) = (is_meant, id, total) {
                let last = self.of_threads.insert(id, total).unwrap_or(total);
                sum += total.saturating_sub(last);
            }
        }
        sum / 1000
    }
}
