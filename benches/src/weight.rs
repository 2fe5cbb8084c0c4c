//! The bytes of the caches of `scale`. Runs in the program with a counting allocator.

use std::sync::Barrier;
use std::thread;

use serde::{Deserialize, Serialize};

use crate::counting::Counter;
use crate::peer::Peer;
use crate::scale::{self, fill};

/// Threads that look up all entries.
const USERS: usize = 2;

/// Bytes of a cache, divided by the number of its entries.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Weight {
    pub(crate) entries: u64,
    pub(crate) peer: Peer,
    /// After a fill by one thread.
    pub(crate) filled: f64,
    /// After two more threads have looked up all entries, while they still run.
    pub(crate) used: f64,
}

/// Fills a cache and returns its bytes.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn weigh(entries: u64, peer: Peer, counter: &impl Counter) -> Weight {
    let before = counter.bytes_in_use();
    let calls = scale::function(entries, peer);
    fill(&calls, entries);
    let filled = counter.bytes_in_use() - before;

    let (looked_up, weighed) = (&Barrier::new(USERS + 1), &Barrier::new(USERS + 1));
    let used = thread::scope(|scope| {
        for _ in 0..USERS {
            let calls = &calls;
            scope.spawn(move || {
                fill(calls, entries);
                looked_up.wait();
                weighed.wait();
            });
        }
        looked_up.wait();
        let used = counter.bytes_in_use() - before;
        weighed.wait();
        used
    });
    let per_entry = |bytes: usize| bytes as f64 / entries as f64;
    Weight { entries, peer, filled: per_entry(filled), used: per_entry(used) }
}
