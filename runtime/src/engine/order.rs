//! [`Order`], the order in which entries are evicted, by the policy of the engine.

use super::adaptive::Adaptive;
use super::lru::LruOrder;
use super::slot::MAX_SLOTS;
use super::types::{Config, Eviction};

/// The effect of a hit on the order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnHit {
    /// It logs the time of the hit, for the LRU order.
    Log = 0,
    /// It raises a count, for the adaptive policy.
    Count = 1,
    /// It has none, since no entry is ever evicted.
    Nothing = 2,
}

impl OnHit {
    /// With these bounds.
    pub(super) fn of(config: &Config) -> Self {
        match (config.capacity, config.max_weight, config.eviction) {
            (None, None, _) => OnHit::Nothing,
            (.., Eviction::Lru) => OnHit::Log,
            (.., Eviction::Adaptive) => OnHit::Count,
        }
    }
}

/// The order in which entries are evicted.
pub(super) enum Order {
    /// Nothing is ever evicted.
    Unbounded,
    Lru(LruOrder),
    // Boxed, as it is large and seldom used.
    Adaptive(Box<Adaptive>),
}

impl Order {
    pub(super) fn new(config: &Config) -> Self {
        match (config.capacity, config.max_weight) {
            (None, None) => Order::Unbounded,
            (capacity, _) => Order::of(config.eviction, capacity),
        }
    }

    /// The order of a policy.
    pub(super) fn of(eviction: Eviction, capacity: Option<usize>) -> Self {
        match eviction {
            Eviction::Lru => Order::Lru(LruOrder::new()),
            Eviction::Adaptive => Order::Adaptive(Box::new(Adaptive::new(in_slots(capacity)))),
        }
    }

    /// Adapts to another bound.
    pub(super) fn resize(&mut self, capacity: Option<usize>) {
        if let Order::Adaptive(adaptive) = self {
            adaptive.resize(in_slots(capacity));
        }
    }
}

/// A bound as a number of slots.
fn in_slots(capacity: Option<usize>) -> Option<u32> {
    capacity.map(|capacity| u32::try_from(capacity).unwrap_or(u32::MAX).min(MAX_SLOTS))
}
