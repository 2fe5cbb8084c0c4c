//! A case: a function memoized by each peer, and its inputs.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cases::THREADS;
use crate::peer::Peer;

/// Calls a function with each of these inputs.
pub(crate) type Calls<I> = Box<dyn Fn(&[I]) + Send + Sync>;

/// A function as memoized by each peer that supports it.
pub(crate) type Peers<I> = Vec<(Peer, Calls<I>)>;

/// Creates functions with their caches.
pub(crate) type MakePeers<I> = fn() -> Peers<I>;

/// Returns a loop around a function. It is compiled for that function alone, so that the function
/// may be inlined as in a user's program.
pub(crate) fn calls<I: Copy, O>(function: impl Fn(I) -> O + Send + Sync + 'static) -> Calls<I> {
    Box::new(move |inputs| {
        for &input in inputs {
            black_box(function(black_box(input)));
        }
    })
}

/// The status of a case's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Hits, after the first call with each key.
    Hits,
    /// Misses.
    Misses,
    /// Hits and misses, in a ratio that depends on the policy.
    Mixed,
    /// The caches are switched off.
    Off,
}

/// A case; `name` is for filters, `title` for readers.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) kind: Kind,
    /// The numbers of threads, which are measured one after another.
    pub(crate) threads: &'static [u32],
    pub(crate) runners: Vec<Arc<Runner>>,
}

/// A peer's function with its inputs.
pub(crate) struct Runner {
    pub(crate) peer: Peer,
    /// The number of inputs.
    pub(crate) lap: usize,
    position: AtomicUsize,
    run: Box<dyn Fn(u32, usize, usize) + Send + Sync>,
}

impl Case {
    /// Returns the peers of the case.
    pub(crate) fn peers(&self) -> impl Iterator<Item = Peer> {
        self.runners.iter().map(|runner| runner.peer)
    }

    /// Creates a case. `inputs` has a list for each thread, all of one length.
    pub(crate) fn new<I: Copy + Send + Sync + 'static>(
        name: &'static str,
        title: &'static str,
        kind: Kind,
        inputs: Vec<Vec<I>>,
        peers: Peers<I>,
    ) -> Self {
        let inputs: Arc<[Vec<I>]> = inputs.into();
        let runner = |(peer, calls): (Peer, Calls<I>)| {
            let inputs = Arc::clone(&inputs);
            let lap = inputs[0].len();
            let run = move |thread: u32, from: usize, count: usize| {
                around(&inputs[thread as usize], from, count, &calls);
            };
            Arc::new(Runner { peer, lap, position: AtomicUsize::new(0), run: Box::new(run) })
        };
        let runners = peers.into_iter().map(runner).collect();
        Case { name, title, kind, threads: &THREADS, runners }
    }

    /// Returns the case with other numbers of threads.
    pub(crate) fn with_threads(self, threads: &'static [u32]) -> Self {
        Case { threads, ..self }
    }
}

impl Runner {
    /// Reserves the inputs of the next `count` calls, and returns the position of the first.
    pub(crate) fn advance(&self, count: usize) -> usize {
        self.position.fetch_add(count, Ordering::Relaxed)
    }

    /// Makes `count` calls with the inputs of thread number `thread`, from the position `from` on.
    /// After the last input it continues with the first.
    pub(crate) fn run(&self, thread: u32, from: usize, count: usize) {
        (self.run)(thread, from, count);
    }
}

/// Calls with `count` inputs, in one slice for each pass over the list.
fn around<I>(inputs: &[I], from: usize, count: usize, calls: &Calls<I>) {
    let mut start = from % inputs.len();
    let mut left = count;
    while left > 0 {
        let end = inputs.len().min(start + left);
        calls(&inputs[start..end]);
        left -= end - start;
        start = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn after_the_last_input_the_first_follows() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        let calls = calls(move |n: u32| record.lock().unwrap().push(n));
        around(&[0, 1, 2], 5, 6, &calls);
        assert_eq!(*seen.lock().unwrap(), [2, 0, 1, 2, 0, 1]);
    }
}
