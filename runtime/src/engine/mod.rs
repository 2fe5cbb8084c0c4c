//! The engine: a table of entries and in-flight computations, bounded by number and by weight.
//!
//! It knows nothing of functions, options or Redis, and imports nothing of the rest of the crate.
//! [`Shared`] serves all threads of a process, [`Local`] one thread. All unsafe code of the crate
//! is here. It runs no user code (`Eq`, `Clone`, `Drop`) with a lock held: keys are compared and
//! values cloned by a reader that has pinned the engine, and [`Garbage`] is dropped by the caller.
// The protocol of `Shared`, which the SAFETY comments refer to, is in `shared.rs`.

mod adaptive;
mod arena;
mod buckets;
mod counters;
mod deadlines;
mod eviction;
mod expired_slots;
mod ghosts;
mod groups;
#[cfg(test)]
mod harness;
mod ids;
mod in_flight;
mod index;
mod inline_cache;
mod limbo;
mod local;
mod lru;
#[cfg(all(test, functools_loom))]
mod models;
mod order;
mod pin;
mod publish;
mod recency;
mod reclaim;
mod segments;
mod shared;
pub(crate) mod shim;
mod slot;
mod stripes;
mod table;
#[cfg(all(test, not(functools_loom)))]
mod tests;
pub(crate) mod thread;
mod types;
mod wait_lists;
mod walk;

pub(crate) use counters::{Discarded, Elapsed};
pub(crate) use inline_cache::InlineCache;
pub(crate) use local::Local;
pub(crate) use shared::Shared;
pub(crate) use thread::{ComputeScope, Leader, ReadScope};
pub(crate) use types::*;
