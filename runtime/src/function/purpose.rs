//! [`Purpose`], the purpose of a computation, and [`Runner`], the thread or task that runs it.

use crate::engine::Leader;

/// The request that a result is computed for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A call. A stale value may take the place of an error.
    Call,
    /// `cache_refresh`, which returns the result of the body in any case.
    Refresh,
    /// A refresh in the background, whose result only waiters get.
    Background,
    /// `cache_insert`. Waiters do not get a value that is not stored.
    Insert,
}

/// The thread or task that runs a body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Runner {
    /// This thread, which does nothing else until the body returns.
    Thread,
    /// A task, on whichever thread polls it.
    Task,
}

impl Runner {
    /// Returns the leader of a computation that it runs.
    #[inline(always)]
    pub(crate) fn leader(self) -> Leader {
        match self {
            Runner::Thread => Leader::this_thread(),
            Runner::Task => Leader::TASK,
        }
    }
}
