//! `refresh = "background"`: a call that finds a stale entry returns it, and its key is computed
//! beside it, by a thread of the [pool] or as a task of a [spawner].
//!
//! Room for the computation is reserved before the call decides to return the old result, so that
//! a started refresh always runs.

pub(crate) mod pool;
pub(crate) mod spawner;

use crate::base::info::CacheStatus;

/// A call that found no fresh entry. `M` is its right to compute, or the call to await; `G` is the
/// right to compute in the background, and `P` where that runs.
pub enum Missed<R, M, G, P> {
    /// It computes, or waits for a call that does.
    Compute(M),
    /// It returns a stale result, and the key is refreshed in the background.
    Refresh(Refresh<R, G, P>),
}

/// A stale result, and the right to refresh it.
#[must_use = "the place runs the refresh"]
pub struct Refresh<R, G, P> {
    /// The result that the call returns.
    pub hit: (R, CacheStatus),
    /// The right to compute.
    pub miss: G,
    /// The place where the computation runs.
    pub place: P,
}
