//! [`Invalidation`], the outcome of an invalidation or a clear in the tier, and both operations.

use std::sync::Arc;

use super::key::TierKey;
use super::second_tier::{Failure, SecondTier};
use super::shared_function::SharedFunction;
use super::template::outline;

/// Result of an invalidation or clear in Redis, or in a store on disk. Memory is always updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Invalidation {
    /// It is done: no process returns an older value after the bound that the guide states
    /// ([Redis](crate::guide::processes#staleness), [disk](crate::guide::disk#staleness)).
    Confirmed,
    /// Not done in time, or refused. Queued, and repeated until it is done. Before that, this
    /// process reads none of these keys from Redis or from the disk.
    Queued,
    /// There is neither.
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
