//! The option `single_flight`: whether a call waits for another call that computes its key, and for
//! how long.

use std::time::{Duration, Instant};

/// The value of the option.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SingleFlight {
    /// Each call that finds nothing computes.
    Off,
    /// One call computes, the others wait.
    On,
    /// The others wait for at most this long, then they compute, too.
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

    /// Until when a call waits that begins to wait now; `None` without a limit.
    pub(crate) fn deadline(self) -> Option<Instant> {
        match self {
            SingleFlight::Within(limit) => Instant::now().checked_add(limit),
            SingleFlight::Off | SingleFlight::On => None,
        }
    }
}

/// Whether this thread is a worker of a rayon pool. While a worker waits inside of a body, in
/// `join` or a parallel iterator, it runs other jobs of the pool. Such a job must not wait for a
/// computation that may need this very worker.
#[cfg(feature = "rayon")]
pub(crate) fn is_worker() -> bool {
    rayon_core::current_thread_index().is_some()
}

#[cfg(not(feature = "rayon"))]
pub(crate) fn is_worker() -> bool {
    false
}
