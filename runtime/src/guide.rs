//! How to use the cache where it matters, at more length than a table of options.
//!
//! - [`staleness`]: how old an answer can be, and what happens when many ask for one at a time.
//! - [`concurrency`]: which calls wait for each other, limits, rayon and other schedulers, fork.
//! - `processes`, with the feature `redis`: results that processes, machines and languages share.
//! - [`services`]: where the attribute goes in a web service, with axum, actix-web or tonic.
//! - [`expansion`]: what the macro writes.

pub mod concurrency;
pub mod expansion;
#[cfg(feature = "redis")]
pub mod processes;
pub mod services;
pub mod staleness;
