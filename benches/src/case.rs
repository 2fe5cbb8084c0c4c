//! One case: a function memoized by each peer, and what it is called with.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cases::THREADS;
use crate::peer::Peer;

/// Calls a function with each of these inputs.
pub(crate) type Calls<I> = Box<dyn Fn(&[I]) + Send + Sync>;

/// A function as memoized by each peer that can.
pub(crate) type Peers<I> = Vec<(Peer, Calls<I>)>;

/// Returns functions with their caches.
pub(crate) type MakePeers<I> = fn() -> Peers<I>;

/// The loop around a function, which is compiled for that function alone, so that it may be inlined
/// as it would be in a user's program.
pub(crate) fn calls<I: Copy, O>(function: impl Fn(I) -> O + Send + Sync + 'static) -> Calls<I> {
    Box::new(move |inputs| {
        for &input in inputs {
            black_box(function(black_box(input)));
        }
    })
}

/// What the calls of a case find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Every call is a hit, once every key was seen.
    Hits,
    /// Every call is a miss.
    Misses,
    /// It depends on whom the cache keeps.
    Mixed,
    /// There is nothing to find: the caches are switched off.
    Off,
}

/// One case; `name` is for filters, `title` for readers.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) kind: Kind,
    /// The numbers of threads that call together, one after the other.
    pub(crate) threads: &'static [u32],
    pub(crate) runners: Vec<Arc<Runner>>,
}

/// One peer's function with its inputs.
pub(crate) struct Runner {
    pub(crate) peer: Peer,
    /// How many calls it takes to see every input.
    pub(crate) lap: usize,
    position: AtomicUsize,
    run: Box<dyn Fn(u32, usize, usize) + Send + Sync>,
}

impl Case {
    /// Who takes part.
    pub(crate) fn peers(&self) -> impl Iterator<Item = Peer> {
        self.runners.iter().map(|runner| runner.peer)
    }

    /// `inputs` has a list for each thread, all of one length.
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

    /// The same case with other numbers of threads.
    pub(crate) fn with_threads(self, threads: &'static [u32]) -> Self {
        Case { threads, ..self }
    }
}

impl Runner {
    /// Where the next so many calls begin, so that they go on where the last have ended.
    pub(crate) fn advance(&self, count: usize) -> usize {
        self.position.fetch_add(count, Ordering::Relaxed)
    }

    /// Makes `count` calls on this thread, which is the one with that number, with its inputs from
    /// that position on, round and round.
    pub(crate) fn run(&self, thread: u32, from: usize, count: usize) {
        (self.run)(thread, from, count);
    }
}

/// Hands `count` inputs over, in as few slices as there are laps.
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
    fn inputs_come_round_and_round() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        let calls = calls(move |n: u32| record.lock().unwrap().push(n));
        around(&[0, 1, 2], 5, 6, &calls);
        assert_eq!(*seen.lock().unwrap(), [2, 0, 1, 2, 0, 1]);
    }
}
