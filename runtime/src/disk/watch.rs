//! The thread that keeps the time: it never touches the file, so it goes on while the file hangs.
//!
//! It ends waits of calls, asks for the renewal of leases, and notices that the thread that reads
//! does not come back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::commit::guarded;
use super::job::Job;
use super::store::Store;
use crate::inflight::parker::Parker;

/// How often the thread looks around, at least.
const TICK: Duration = Duration::from_millis(500);

/// How long the thread that reads may be away, besides the time between two of its looks.
const AWAY: Duration = Duration::from_secs(1);

/// Keeps the time of the store's calls until it is closed and they are gone.
pub(super) fn run(store: &Arc<Store>) {
    let parker = Parker::new();
    let renewal = store.config.lease / 3;
    let started_at = Instant::now();
    let (mut rounds, mut back_at) = (store.reading.rounds(), started_at);
    // The threads that read and write have it, and calls while they wait.
    while store.is_usable() || Arc::strong_count(store) > 1 {
        let now = Instant::now();
        if store.reading.rounds() != rounds {
            (rounds, back_at) = (store.reading.rounds(), now);
        }
        if now.duration_since(back_at) > store.config.poll.saturating_add(AWAY) {
            guarded(|| store.end_epoch());
        }
        if now.duration_since(started_at) > store.config.timeout {
            store.has_started();
        }
        let due = store.leases.take_due(renewal);
        if !due.is_empty() && !store.writing.is_stuck() {
            store.jobs.push(Job::Renew(due));
        }
        let next_fire = store.timer.fire(parker.waker());
        let tick = now + TICK.min(renewal / 2);
        parker.park_until(Some(next_fire.map_or(tick, |next_fire| next_fire.min(tick))));
    }
}
