//! [`Invalidation`], the outcome of an invalidation or a clear in a second tier.

/// Result of an invalidation or clear in Redis. Memory is always updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Invalidation {
    /// Redis has confirmed it: no process returns an older value after the bound that
    /// `functools::guide::processes` states.
    Confirmed,
    /// Not confirmed in time, or refused. Queued, and sent until Redis confirms it. Before that,
    /// this process reads none of these keys from Redis.
    Queued,
    /// There is no Redis.
    Local,
}

impl Invalidation {
    /// Returns the outcome of two invalidations together.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Invalidation::Queued, _) | (_, Invalidation::Queued) => Invalidation::Queued,
            (Invalidation::Confirmed, _) | (_, Invalidation::Confirmed) => Invalidation::Confirmed,
            (Invalidation::Local, Invalidation::Local) => Invalidation::Local,
        }
    }
}
