//! Waiting for in-flight computations: completions, blocked threads, deadlines, and the deadlock
//! check.
//!
//! It relies on the engine's thread numbers, and never looks into a cache.

pub(crate) mod completion;
pub(crate) mod deadlock;
#[cfg(all(test, functools_loom))]
mod models;
pub(crate) mod parker;
pub(crate) mod timer;
