//! The tests of what a user may rely on, in one binary. Each file names the section of the
//! contract that it shows; README.md beside this folder lists them.
//!
//! No test here sets the clock, clears all caches, or counts the caches of the process: those are
//! in `time` and `process`.

mod allocations;
mod concurrency;
mod first_use;
mod futures;
mod handle;
mod hashing;
mod hostile;
mod linearizability;
mod order;
mod outcomes;
mod panics;
mod policy;
mod rayon;
mod reentrance;
mod runtimes;
mod signatures;
mod single_flight;
mod stress;
mod tags;
mod thread_scope;
mod weights;
