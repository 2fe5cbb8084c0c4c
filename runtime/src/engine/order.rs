//! [`Order`], the order in which entries are evicted, by the policy of the engine.

use super::adaptive::Adaptive;
use super::lru::LruOrder;
use super::slot::MAX_SLOTS;
use super::types::{Config, Eviction};

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
        match (config.capacity, config.max_weight, config.eviction) {
            (None, None, _) => Order::Unbounded,
            (_, _, Eviction::Lru) => Order::Lru(LruOrder::new()),
            (capacity, _, Eviction::Adaptive) => {
                let capacity = capacity.map(|capacity| u32::try_from(capacity).unwrap_or(u32::MAX));
                let capacity = capacity.map(|capacity| capacity.min(MAX_SLOTS));
                Order::Adaptive(Box::new(Adaptive::new(capacity)))
            }
        }
    }
}
