//! The parts of a cached function that its types decide: how arguments form a key, which part of a
//! result is stored, and the compiler's messages about types that cannot be cached.
//!
//! It never looks into a cache.

pub(crate) mod background;
pub(crate) mod bound;
pub(crate) mod diagnostics;
pub(crate) mod duration;
pub(crate) mod fallible;
pub(crate) mod keep;
pub(crate) mod key;
pub(crate) mod owned_key;
pub(crate) mod result;
pub(crate) mod specialize;
pub(crate) mod storable;
pub(crate) mod total_eq;
#[cfg(feature = "tracing")]
pub(crate) mod trace;
pub(crate) mod ttl;
pub(crate) mod typed;
pub(crate) mod view;
pub(crate) mod weight;
