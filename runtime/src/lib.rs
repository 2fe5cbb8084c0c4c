//! Memoizes functions with one attribute, as Python's `functools.lru_cache` does.
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
//! get_expensive_data("otters"); // queries the service
//! get_expensive_data("otters"); // returns the stored result
//! assert_eq!(get_expensive_data::cache_info().hits, 1);
//! ```
//!
//! [`lru_cache`] lists all options; [`macro@cache`] is the same without a bound. This page
//! describes both. The [`guide`] has a page on each larger subject.
//!
//! # Keys
//!
//! The key of a call is its arguments, including a method's receiver. Arguments need `Hash`, `Eq`
//! and `Clone`. They are hashed once a call, and compared, as they are, borrowed. Only a miss makes
//! an owned key: of a reference by [`ToOwned`] (`&str` is kept as `String`, `&[T]` as `Vec<T>`,
//! `&T` as `T`), of other arguments by `Clone`. So a hit neither allocates nor clones an argument.
//!
//! Floats are keys, too, although they have no `Eq`: alone, and in arrays, slices, `Vec`, `Option`,
//! and tuples of these and of types of the standard library. `-0.0` equals `0.0`, and every NaN is
//! one key. The entry keeps the first of them that was computed. A type of your own with floats
//! needs a `key`, such as `key = (p.x, p.y)`.
//!
//! A generic function has a cache for each set of types, and so has a method in a generic `impl`. A
//! type parameter must be `'static`; lifetimes make no difference. Closures must be skipped, and
//! share one cache:
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
//! A hit returns a clone of the stored result. Return an `Arc` if a clone is costly. Of a `Result`
//! only the `Ok` is stored. An `Err` is returned to the caller and its waiters, and needs neither
//! `Clone` nor `Send`. The type decides, not its spelling, so aliases work:
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
//! All other types are stored whole, such as an `Option<Result<T, E>>` with its `Some(Err(..))`.
//! Return a `Result<Option<T>, E>` instead, with `transpose`, or do not store errors: `cache_if =
//! |result| !matches!(result, Some(Err(_)))`.
//!
//! A return type that is a type parameter is stored whole, even if it is a `Result` for the caller:
//! inside the generic function this is unknown. Then `Err` is stored, too, and all of it must be
//! `Clone`.
//!
//! # Order and counters
//!
//! The order is exactly that of Python's `lru_cache`: a hit makes an entry the most recent, and
//! storing into a full cache evicts exactly the least recent; with `maxweight`, as many as
//! necessary. If several threads hit between the same two misses, the hits of one thread keep their
//! order, and hits of different threads may be ordered either way.
//!
//! `maxsize` is never exceeded. A miss is counted before the body runs; a body that fails stays a
//! miss and evicts nothing. Hits and misses add up to the number of calls.
//!
//! With `maxweight` and `weight` the weight of the entries is bounded, such as their bytes. With
//! `policy = "adaptive"` fewer calls miss, in an order that is not Python's. [`guide::eviction`]
//! describes both.
//!
//! # Expiry
//!
//! With a `ttl` a result is valid for that duration, from the end of its computation:
//!
//! ```
//! use functools::lru_cache;
//!
//! #[lru_cache(maxsize = 1024, ttl = "60s", ttl_jitter = "5s")]
//! fn exchange_rate(currency: &str) -> f64 {
//!     // queries the bank
//!     # let _ = currency; 1.25
//! }
//!
//! exchange_rate("CHF");
//! assert!(exchange_rate::cache_contains("CHF"));
//! ```
//!
//! - An expired entry is not found, and not counted in `currsize`. It is removed when its key is
//!   computed again, when `cache_info` is called, and by sweeps: each store looks at four slots.
//! - An insertion or a refresh starts a new `ttl`, and with `sliding = true` a hit does, too.
//! - A `ttl` that ends after the last time of the clock never ends.
//! - With `stale` or `stale_on_error` an entry is kept past its `ttl`: see [`guide::staleness`].
//!
//! # Threads and tasks
//!
//! Threads share one cache, so keys and results must be `Send` and `Sync`. With `scope = "thread"`
//! they need not be. Up to 32 threads that hit do not slow each other down, except through data
//! that `Clone` itself shares, such as the counter of an `Arc`. A write does not delay hits. The
//! first call of a thread allocates its part of the cache; no other hit allocates.
//!
//! Concurrent calls with the same key run the body once: one computes, the others wait and get its
//! result. Tasks wait without a thread, if the function is an `async fn`:
//!
//! ```
//! use functools::lru_cache;
//!
//! #[lru_cache(ttl = "60s")]
//! async fn item_name(id: u64) -> Result<String, String> {
//!     // queries a database
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
//! This works with any async runtime. The future is `Send` if that of the body is; with
//! `scope = "thread"` it stays on its thread. A hit is ready at its first poll. Dropping a call
//! never loses another call's result: the next waiter computes. [`guide::concurrency`] describes
//! what waiters get, limits for waits, and deadlocks.
//!
//! # User code
//!
//! No lock is held while the body, `Hash` or `Drop` runs. `Eq` and `Clone` of an entry, a `weight`
//! of key and result, and the predicate of `cache_retain` run while the thread reads the cache. A
//! cached call inside them computes if it would have to wait; a clear or an invalidation inside
//! them takes effect when the outer call returns.
//!
//! A panic in any of these reaches the caller, stores nothing, and leaves the cache as it was. A
//! result whose computation began before its key was invalidated, or the cache cleared, is returned
//! and not stored.
//!
//! # Redis and statistics
//!
//! With the feature `redis`, the option `redis = "item:{id}"` shares results with other processes,
//! machines and languages: see `guide::processes`. [`guide::observability`] describes
//! `f::cache_stats()`, and the features `metrics` and `tracing`.

// The path of a hit is inlined as a whole into the annotated function. Otherwise the compiler calls
// its pieces, and a hit takes half as long again.
#![allow(clippy::inline_always)]
// docs.rs shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
// Without a second tier, some items of the rooms below are unused. With all features, these lints
// are on.
#![cfg_attr(not(feature = "redis"), allow(dead_code, unreachable_pub, unused_imports))]

#[cfg(any(doc, doctest))]
pub mod guide;

mod base;
mod cache;
mod engine;
mod function;
mod inflight;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(feature = "__tier")]
mod tier;
mod types;

/// Codecs: the formats of results in Redis, for `redis(key = .., codec = PATH)`.
#[cfg(feature = "__tier")]
pub mod codec {
    #[cfg(feature = "msgpack")]
    pub use crate::tier::MessagePack;
    pub use crate::tier::{Codec, CodecError, Json};
}

pub use base::cache_entry::CacheEntry;
pub use base::info::{CacheInfo, CacheParameters, CacheStatus};
pub use base::policy::Policy;
pub use base::stats::CacheStats;
pub use function::background::pool::set_refresh_threads;
pub use function::background::spawner::{RefreshTask, set_spawner};
pub use function::registry::{CacheRef, Caches, caches, clear_all};
pub use function::switch::{is_enabled, set_enabled};
pub use functools_macros::{cache, lru_cache};

/// The traits of the options' values. Not for use by hand, but named in messages of the compiler.
#[doc(hidden)]
pub mod options {
    pub use crate::base::maxsize::Maxsize;
    pub use crate::types::duration::{FixedTtl, LengthOfTime};
    pub use crate::types::ttl::{DurationTtl, ResultTtl, Ttl};
    pub use crate::types::weight::Maxweight;
}

/// The requirements of types. Not for use by hand, but named in messages of the compiler.
#[doc(hidden)]
pub mod requirements {
    #[cfg(feature = "__tier")]
    pub use crate::tier::private::{
        DebugSegment, Encodable, KeySegment, NoCodec, Serializable, Unwritable, ValueSegment,
    };
    pub use crate::types::background::{ClosureSentToBackground, NotSent, SentToBackground};
    pub use crate::types::diagnostics::{
        IsFallible, KeyArgument, KeyParameter, KeyValue, SharedByThreads, SharedValue, Storable,
        StorableParameter, StorableWithError,
    };
    pub use crate::types::fallible::NotFallible;
    pub use crate::types::key::{NotAKey, UnsharedKey};
    pub use crate::types::owned_key::{
        KeyClone, KeyOf, KeyView, Part, Unnamed, ViewOf, Whole, named,
    };
    pub use crate::types::result::{NotCloned, UnsharedResult};
    #[cfg(feature = "tracing")]
    pub use crate::types::trace::{Traceable, Untraced};
}

/// The items that expansions name. Not for use by hand: they change without notice.
#[doc(hidden)]
pub mod __private {
    // The option `crate` imports the crate by way of this module.
    pub use crate as functools;
    pub use crate::base::clock::set_clock;
    pub use crate::base::expiry::Expiry;
    pub use crate::base::info::CacheStatus;
    pub use crate::base::policy::Policy;
    pub use crate::base::single_flight::SingleFlight;
    pub use crate::base::spec::{Function, Spec};
    pub use crate::function::background::pool::Slot;
    pub use crate::function::background::spawner::Spawner;
    pub use crate::function::background::{Missed, Refresh};
    pub use crate::function::entry::{
        AsyncEntry, Compute, Entry, Finish, RefreshedAsyncEntry, RefreshedEntry, Waiting,
    };
    pub use crate::function::function_cache::FunctionCache;
    pub use crate::function::instance_map::InstanceMap;
    #[cfg(feature = "redis")]
    pub use crate::redis::private as redis;
    #[cfg(feature = "__tier")]
    pub use crate::tier::private as tier;
    pub use crate::types::background::{movable, owned};
    pub use crate::types::bound::bound;
    pub use crate::types::duration::length_of_time;
    pub use crate::types::fallible::fallible;
    pub use crate::types::keep::Keep;
    pub use crate::types::result::nothing;
    pub use crate::types::storable::{Process, Thread};
    #[cfg(feature = "tracing")]
    pub use crate::types::trace::traced;
    pub use crate::types::ttl::{fixed_ttl, result_ttl, ttl_by_type};
    pub use crate::types::typed::body;
}
