//! Python's `functools.lru_cache` for Rust: one attribute above a function, and it is memoized.
//!
//! ```
//! use functools::lru_cache;
//!
//! #[lru_cache(maxsize = 128)]
//! fn get_expensive_data(param: &str) -> String {
//!     external_service_query(param)
//! }
//! # fn external_service_query(param: &str) -> String { format!("all about {param}") }
//!
//! get_expensive_data("otters"); // asks the service
//! get_expensive_data("otters"); // answers from the cache
//! assert_eq!(get_expensive_data::cache_info().hits, 1);
//! ```
//!
//! [`lru_cache`] has all the options, [`macro@cache`] is the same without a bound. This page says what holds
//! for both.
//!
//! # Keys
//!
//! The key of a call is its arguments, a method's receiver among them. They are hashed and compared as they
//! are, borrowed; only a miss makes an owned key: by [`ToOwned`] for what a reference refers to, by `Clone` for
//! the others. So a hit neither allocates nor clones an argument.
//!
//! Floats are keys too, by themselves and in arrays, slices, `Vec`, `Option`, and tuples of these and of types of the standard library, though they have no
//! `Eq`: `-0.0` is `0.0`, and every NaN is one key. So are those that a `key = (p.x, p.y)` names.
//!
//! A generic function has a cache for each set of types it is used with, and so has a method in a generic
//! `impl`. Lifetimes make no difference. Closures must be skipped, and share one cache:
//!
//! ```
//! use functools::lru_cache;
//!
//! #[lru_cache(skip(compute))]
//! fn get<F: FnOnce() -> u64>(id: u64, compute: F) -> u64 {
//!     compute()
//! }
//!
//! assert_eq!(get(1, || 10), 10);
//! assert_eq!(get(1, || unreachable!()), 10);
//! ```
//!
//! # Results
//!
//! A hit returns a clone of what is stored. Of a `Result` only the `Ok` is stored; an `Err` goes to the caller
//! alone, or to those who wait for it, and needs neither `Clone` nor `Send`. What counts is the type, not how it is written:
//!
//! ```
//! use std::io;
//! use functools::lru_cache;
//!
//! #[lru_cache]
//! fn contents(path: &str) -> io::Result<String> {
//!     std::fs::read_to_string(path)
//! }
//!
//! assert!(contents("/no/such/file").is_err());
//! assert_eq!(contents::cache_info().currsize, 0);
//! ```
//!
//! What is no `Result` is stored whole, an `Option<Result<T, E>>` with its `Some(Err(..))` among
//! them. Return a `Result<Option<T>, E>`, by `transpose`, or leave errors out with `cache_if =
//! |result| !matches!(result, Some(Err(_)))`.
//!
//! Where the return type is a type parameter, though, it is stored whole, even where it happens to be a `Result`
//! for the caller: within the function nothing says so. Then `Err` is stored, too, and all of it must be `Clone`.
//!
//! # Order and counters
//!
//! The order is exactly that of Python's `lru_cache`: a hit makes an entry the most recent one, and storing into a
//! full cache drops the least recent one. Where several threads hit between the same two misses, hits of one
//! thread keep their order, and those of different threads count in either. `maxsize` is never exceeded. A miss is counted before the body runs; a
//! body that fails stays a miss and drops nothing. Hits and misses add up to the number of calls.
//!
//! # Expiry
//!
//! With a `ttl` a result is returned for that long after its computation has ended, and no longer:
//!
//! ```
//! use functools::lru_cache;
//!
//! #[lru_cache(maxsize = 1024, ttl = "60s", ttl_jitter = "5s")]
//! fn exchange_rate(currency: &str) -> f64 {
//!     // asks the bank
//!     # let _ = currency; 1.25
//! }
//!
//! exchange_rate("CHF");
//! assert!(exchange_rate::cache_contains("CHF"));
//! ```
//!
//! An expired result is not found, and not counted in `currsize`. It leaves memory when its key is computed again, when
//! somebody asks for `cache_info`, and otherwise bit by bit: each result that is stored looks at four places for what has
//! expired. An insertion or a refresh begins a new `ttl`; with `sliding = true`, a hit does, too. A `ttl` so long that no
//! clock can tell its end has none. A hit reads the clock, which takes about 10 ns; without a `ttl` nobody does.
//!
//! With `stale` or `stale_on_error` an expired result is kept in reserve for that much longer, see
//! [`guide::staleness`].
//!
//! # Threads, tasks, recursion, panics
//!
//! Hits by up to 32 threads do not slow each other down: each notes what it used in a place of its own, and
//! whoever stores a result reads all the notes. No lock is held while the body, `Hash` or `Drop` runs. `Eq` and
//! `Clone` of an entry run while the thread reads the cache; if they call the cached function, that call computes,
//! and what they clear or invalidate is gone when the call they are part of returns. A thread's first call of a
//! function sets up its place, and allocates; so does its first after a pause in which the cache grew. No other
//! hit does.
//!
//! Calls of one key that find nothing run the body once: the first computes, the others wait and get what it returns. So may
//! tasks, if the function is an `async fn`:
//!
//! ```
//! use functools::lru_cache;
//!
//! #[lru_cache(ttl = "60s")]
//! async fn item_name(id: u64) -> Result<String, String> {
//!     // asks a database
//!     Ok(format!("item {id}"))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let (one, other) = tokio::join!(item_name(7), item_name(7));
//! assert_eq!(one, other);
//! assert_eq!(item_name::cache_info().misses, 1);
//! # }
//! ```
//!
//! That needs no runtime of ours and works with any. The future is `Send` when the body's is, unless the cache is a thread's (`scope = "thread"`): then
//! it stays on that thread. A hit is ready at its first poll and does not
//! allocate, and nothing is locked while a task waits. A future that is dropped, or a task that is aborted, loses nobody else's
//! result: the next in line computes. An `Err` that is `Clone` goes to all who wait for it; otherwise they all compute at once.
//!
//! A cached function may call itself, on the same arguments too: whoever would wait for itself,
//! computes. A panic anywhere leaves the cache as it was. What a call began to compute before its
//! key was invalidated, or the cache cleared, reaches those who wait for it, and is not stored.
//! [`guide::staleness`] has more on this, and what waiting does to a small pool of threads;
//! [`guide::concurrency`] has limits for waits, rayon, and fork.
//!
//! # Many processes
//!
//! With the feature `redis`, the option `redis = "item:{id}"` shares a function's results with other processes, machines and
//! languages. `guide::processes` is how, and what happens when Redis is away.

//! # Seeing what it does
//!
//! `f::cache_stats()` gives [`CacheStats`]: besides hits and misses what was evicted, what expired, who waited, what was not stored and why, and how
//! long the body takes. [`caches`] lists those of all functions. With the feature `metrics`, `functools::metrics::publish` tells a
//! recorder of the `metrics` facade. With the feature `tracing` each computation has a span, `compute` at level `DEBUG` with the field `function`, and
//! what happens to Redis is an event, both of the target `functools`; the arguments are in neither, unless `trace(id)` names one, whose value is then in
//! the field `arguments`. Neither feature adds anything to a
//! hit.

// The way of a hit is inlined as a whole into the annotated function. Left to itself the compiler makes
// calls of its pieces, which take half as long again.
#![allow(clippy::inline_always)]

#[cfg(any(doc, doctest))]
pub mod guide;

mod args;
mod bound;
mod cache;
mod check;
mod clock;
mod computation;
mod entry;
mod expiry;
mod flight;
mod info;
mod instance;
mod ladder;
mod maxsize;
#[cfg(feature = "metrics")]
pub mod metrics;
mod miss;
mod name;
mod outcome;
mod parker;
mod per_type;
#[cfg(feature = "redis")]
pub mod redis;
mod registry;
mod scope;
mod single_flight;
mod stats;
mod store;
mod timer;
mod total;
mod trace;

pub use functools_macros::{cache, lru_cache};
pub use info::{CacheInfo, CacheParameters, CacheStatus};
pub use registry::{CacheRef, Caches, caches, clear_all};
pub use stats::CacheStats;

/// What the values of options are. Not for use by hand, but named in messages of the compiler.
#[doc(hidden)]
pub mod options {
    pub use crate::expiry::LengthOfTime;
    pub use crate::maxsize::Maxsize;
}

/// What types need to be cached. Not for use by hand, but named in messages of the compiler.
#[doc(hidden)]
pub mod requirements {
    pub use crate::args::{NotAKey, UnsharedKey};
    #[cfg(feature = "tracing")]
    pub use crate::check::Traceable;
    #[cfg(feature = "redis")]
    pub use crate::check::{DebugSegment, KeySegment, Serializable, ValueSegment};
    pub use crate::check::{
        Fails, KeyArgument, KeyParameter, KeyValue, NotFallible, SharedByThreads, SharedValue,
        Storable, StorableParameter, StorableWithError,
    };
    pub use crate::outcome::{NotCloned, UnsharedResult};
    #[cfg(feature = "redis")]
    pub use crate::redis::private::{NoCodec, Unwritable};
    #[cfg(feature = "tracing")]
    pub use crate::trace::Untraced;
}

/// What the attributes expand to. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::bound::bound;
    pub use crate::clock::set_clock;
    pub use crate::entry::{AsyncEntry, Compute, Entry, Fill, Waiting};
    pub use crate::expiry::{Expiry, length_of_time};
    pub use crate::info::CacheStatus;
    pub use crate::instance::{Cached, Spec, body};
    pub use crate::name::Function;
    pub use crate::outcome::{fallible, nothing};
    pub use crate::per_type::PerType;
    #[cfg(feature = "redis")]
    pub use crate::redis::private as redis;
    pub use crate::scope::{Process, Thread};
    pub use crate::single_flight::SingleFlight;
    #[cfg(feature = "tracing")]
    pub use crate::trace::traced;
}
