//! [`SingleFlight`], the option that says whether a call waits for another call that computes its
//! key, and for how long.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// The option `single_flight`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SingleFlight {
    /// Each call that finds no entry computes.
    Off,
    /// One call computes, the others wait.
    On,
    /// One call computes, the others wait for at most this long and then compute, too.
    Within(Duration),
}

impl SingleFlight {
    /// Whether calls wait at all.
    #[inline]
    pub(crate) fn is_on(self) -> bool {
        self != SingleFlight::Off
    }

    /// Whether a call by this thread may wait.
    pub(crate) fn may_wait(self) -> bool {
        self.is_on() && !is_worker()
    }

    /// Returns until when a call waits that starts to wait now; `None` without a limit.
    pub(crate) fn deadline(self) -> Option<Instant> {
        match self {
            SingleFlight::Within(limit) => Instant::now().checked_add(limit),
            SingleFlight::Off | SingleFlight::On => None,
        }
    }
}

thread_local! {
    static IS_REFRESHER: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread as one that refreshes in the background.
pub(crate) fn mark_worker() {
    IS_REFRESHER.set(true);
}

/// Whether this thread is a worker, whose jobs must not wait for other computations.
///
/// A thread that refreshes must not wait for a refresh that is queued behind its own. While a
/// worker of a rayon pool waits inside of a body, in `join` or a parallel iterator, it runs other
/// jobs of the pool. Such a job must not wait for a computation that may need this very worker.
pub(crate) fn is_worker() -> bool {
    IS_REFRESHER.try_with(Cell::get).unwrap_or(false) || is_rayon_worker()
}

#[cfg(feature = "rayon")]
fn is_rayon_worker() -> bool {
    rayon_core::current_thread_index().is_some()
}

#[cfg(not(feature = "rayon"))]
fn is_rayon_worker() -> bool {
    false
}
