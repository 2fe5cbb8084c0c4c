//! [`Invalidation`], the outcome of an invalidation or a clear in the tier, and both operations.

use std::sync::Arc;

use super::key::TierKey;
use super::second_tier::{Failure, SecondTier};
use super::shared_function::SharedFunction;
use super::template::outline;

/// Result of an invalidation or clear in Redis. Memory is always updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Invalidation {
    /// Redis has confirmed it: no process returns an older value after the bound that
    /// [the guide](crate::guide::processes#staleness) states.
    Confirmed,
    /// Not confirmed in time, or refused. Queued, and sent until Redis confirms it. Before that,
    /// this process reads none of these keys from Redis.
    Queued,
    /// There is no Redis.
    Local,
}

impl Invalidation {
    fn of(result: Result<(), Failure>, function: &SharedFunction) -> Self {
        match result {
            Ok(()) => Invalidation::Confirmed,
            Err(failure) => {
                function.record_failure(failure);
                Invalidation::Queued
            }
        }
    }
}

/// Removes a key from the tier, and revokes its lease.
pub(super) async fn remove(
    tier: Arc<dyn SecondTier>,
    function: &'static SharedFunction,
    key: TierKey,
) -> Invalidation {
    let result = tier.remove(&[&key], function.parts).await;
    // Only now: a call of this process may have read the value meanwhile, and the tier does not
    // report a removal to the process that requested it.
    function.place.functions().invalidate(key.name().as_bytes(), None);
    Invalidation::of(result, function)
}

/// Removes all keys of a function from the tier.
pub(super) async fn clear(function: &'static SharedFunction) -> Invalidation {
    let Some(tier) = function.tier() else { return Invalidation::Local };
    let result = tier.clear(function.parts).await;
    // A call of this function, or of another one with the same keys, may have read a value
    // meanwhile.
    function.place.functions().report_clear(&outline(function.parts));
    Invalidation::of(result, function)
}
