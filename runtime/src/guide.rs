//! The guide: pages about the use of a cache, each on one subject.
//!
//! - [`staleness`]: how old an answer can be, and what happens when many callers need it at once.
//! - [`concurrency`]: which calls wait for each other, limits, rayon and other schedulers, fork.
//! - [`eviction`]: how much a cache holds, weights, and which entry is evicted.
//! - `processes`, with the feature `redis`: results shared by processes, machines and languages.
//! - `disk`, with the feature `disk`: results that outlive the process.
//! - [`services`]: a cache in a web service, with axum, actix-web or tonic.
//! - [`observability`]: statistics, metrics and tracing.
//! - [`handle`]: the functions beside a cached function.
//! - [`limits`]: what cannot be cached, and what the compiler does not detect.
//! - [`cost`]: what calls cost, beside other crates and beside a service in Python.
//! - [`expansion`]: what the macro writes.
//! - [`recipes`]: questions, and the attribute that answers each.
//! - [`migration`]: from Python, `cached`, `memoize` and `moka`.
//! - [`comparison`]: figures of other crates, and what each does better.

#[doc = include_str!("guide/comparison.md")]
pub mod comparison {}

#[doc = include_str!("guide/concurrency.md")]
pub mod concurrency {}

#[doc = include_str!("guide/cost.md")]
pub mod cost {}

#[cfg(feature = "disk")]
#[doc = include_str!("guide/disk.md")]
pub mod disk {}

#[doc = include_str!("guide/eviction.md")]
pub mod eviction {}

#[doc = include_str!("guide/expansion.md")]
pub mod expansion {}

#[doc = include_str!("guide/handle.md")]
pub mod handle {}

#[doc = include_str!("guide/limits.md")]
pub mod limits {}

// The package in `tests/migration` compiles and runs its programs: only it depends on the crates
// that users come from.
#[cfg_attr(not(doctest), doc = include_str!("guide/migration.md"))]
pub mod migration {}

#[doc = include_str!("guide/observability.md")]
pub mod observability {}

#[cfg(feature = "__tier")]
#[doc = include_str!("guide/processes.md")]
pub mod processes {}

#[doc = include_str!("guide/recipes.md")]
pub mod recipes {}

// The package in `tests/services` compiles and runs its programs: only it depends on frameworks.
#[cfg_attr(not(doctest), doc = include_str!("guide/services.md"))]
pub mod services {}

#[doc = include_str!("guide/staleness.md")]
pub mod staleness {}
