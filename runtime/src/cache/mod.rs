//! The cache of one set of types: lookup, waiting, storing, removing.
//!
//! It relies on the [engine](crate::engine) and on [`inflight`](crate::inflight). Keys are compared
//! and values cloned within a pin of the engine. An operation on a key first compares the key
//! within a pin; the engine then checks that it was compared with all keys of its fingerprint.

mod clear;
mod core;
mod counters;
mod deferred;
mod entries;
mod erased;
mod finish;
mod gate;
mod lookup;
mod memory_tier;
mod pending;
mod pending_call;
mod refresh;
mod refreshes;
mod run_deferred;
mod scope;
mod stats;
mod tiers;

pub(crate) use self::core::{Cache, LookupMiss};
pub(crate) use erased::ErasedCache;
pub(crate) use gate::notify_threads;
pub(crate) use pending_call::{AfterMiss, PendingCall, Step};
pub(crate) use scope::Scope;
pub(crate) use tiers::{Group, MemoryTier, TierStats};
