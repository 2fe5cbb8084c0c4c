//! Invalidation and clear in the tier.

use std::sync::Arc;

use super::key::TierKey;
use super::second_tier::{Failure, SecondTier, TierPlace};
use super::shared_function::SharedFunction;
use super::template::outline;
use crate::base::invalidation::Invalidation;
use crate::cache::{PendingRemoval, TagRemoval};
use crate::types::tag::Tag;

/// Returns the outcome of an operation of a function in its tier.
fn outcome(result: Result<(), Failure>, function: &SharedFunction) -> Invalidation {
    match result {
        Ok(()) => Invalidation::Confirmed,
        Err(failure) => {
            function.record_failure(failure);
            Invalidation::Queued
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
    outcome(result, function)
}

/// Removes all keys of a function from the tier.
pub(super) async fn clear(function: &'static SharedFunction) -> Invalidation {
    let Some(tier) = function.tier() else { return Invalidation::Local };
    let result = tier.clear(function.parts).await;
    // A call of this function, or of another one with the same keys, may have read a value
    // meanwhile.
    function.place.functions().report_clear(&outline(function.parts));
    outcome(result, function)
}

/// Discards what calls of this process compute with a tag, and returns the removal of its values
/// from the tier that is installed in a place; `None` without one.
pub(crate) fn invalidate_tag(place: &'static dyn TierPlace, tag: &Tag) -> Option<PendingRemoval> {
    let tier = place.installed()?;
    // First: a result that was computed from outdated data is not sent.
    place.functions().invalidate_tag(tag);
    let tag = tag.clone();
    Some(Box::pin(async move {
        let result = tier.remove_tag(&tag).await;
        // And now: a call of this process may have read a value meanwhile.
        place.functions().invalidate_tag(&tag);
        match result {
            Ok(values) => TagRemoval { values, outcome: Invalidation::Confirmed },
            Err(_) => TagRemoval { values: 0, outcome: Invalidation::Queued },
        }
    }))
}
