//! The attributes of the crate `functools`, which re-exports them: depend on that crate.
//!
//! `options` reads the attribute, `function` the item below it, and `source` what encloses it.
//! `check` has every rule and its message. `expand` writes the function and its handle, or
//! `recover` their stand-ins beside an error. This crate never depends on how a cache works.

mod argument;
mod attributes;
mod bytes;
mod check;
mod closures;
mod duration;
mod errors;
mod expand;
mod expressions;
mod function;
mod generics;
mod handle;
mod item;
mod memoize;
mod options;
mod paths;
mod patterns;
mod recover;
mod signature;
#[cfg(test)]
mod snapshots;
mod source;
mod template;
mod tokens;
mod types;

use crate::function::Function;
use crate::memoize::memoize;
use crate::options::{Flavor, HandleName, Options};
use crate::source::{Surroundings, Unknown};

/// Memoizes a function with an LRU cache of 128 entries by default.
///
/// A call with the arguments of an entry returns a clone of its result. Any other call runs the
/// body and stores the result; a full cache then evicts the least recently used entry. Concurrent
/// calls with the same arguments run the body once.
///
/// ```
/// use functools::lru_cache;
///
/// #[lru_cache(maxsize = 32)]
/// fn square(n: u64) -> u64 {
///     println!("computing");
///     n * n
/// }
///
/// assert_eq!(square(3), 9); // computes
/// assert_eq!(square(3), 9); // does not
/// assert_eq!(square::cache_info().hits, 1);
/// ```
///
/// # Options
///
/// - `maxsize = 128`: maximum number of entries, a `usize`, or `None` for no bound; 0 stores
///   nothing and disables single flight. Any expression; evaluated once per cache, at first use.
/// - `maxweight = "64MiB"`: maximum total weight of all entries, beside `maxsize`, or in its place
///   if no `maxsize` is given. Bytes as text (`B`, `kB`, `MB`, `GB`, `TB`, `PB`, `KiB`, `MiB`,
///   `GiB`, `TiB`, `PiB`), or a `u64` expression, evaluated once. A heavier result is returned and
///   not stored. Needs a `weight`.
/// - `weight = |key, value| ..`: the weight of an entry, a `u64`; or a closure or a function of the
///   result alone, such as `weight = |value| value.len() as u64`. Called before storing, with
///   references to the stored key and to the result; the key of several arguments is a tuple of
///   references. It cannot use anything else of the call.
/// - `policy = "adaptive"`: a full cache evicts for fewer misses instead of in Python's order; for
///   costly bodies. It is S3-FIFO (Yang et al., SOSP 2023), which adapts as ARC does (Megiddo and
///   Modha, FAST 2003). `policy = "lru"`, exactly Python's order, is the default, and the only
///   policy with `scope = "thread"`. See `functools::guide::eviction`.
/// - `ttl = "90s"`: how long a result is valid, from the end of its computation. A text such as
///   `"250ms"` or `"1h 30m"` (`ns`, `us`, `ms`, `s`, `m`, `h`, `d`), or a `Duration` expression,
///   evaluated once. It uses the machine's clock, which the paused clock of an async runtime does
///   not stop. Or `ttl = |result| ..`, a closure or the path of a function `Fn(&R) -> Duration`
///   or `Fn(&R) -> Option<Duration>`, for a result that says how long it is valid. It is called
///   once, before a result is stored, with a reference to the whole result, also of a `Result`;
///   not for an `Err` that is not stored. A result with `None` or `Duration::ZERO` is not stored.
///   It cannot use anything else of the call.
/// - `ttl_jitter = "5s"`: adds a random part of this to each result's `ttl`, so that results that
///   were stored together do not expire together.
/// - `sliding = true`: a hit restarts the `ttl`, which must be a duration for all results.
/// - `stale = "30s"`: for this long past the `ttl`, one caller recomputes and the others get the
///   old result immediately.
/// - `refresh = "background"`: within `stale`, every caller gets the old result immediately, and
///   one computation runs beside them. The arguments are made owned, as for the key; a skipped one
///   must be `Send + 'static`, and `Clone` if it is a reference. An `async fn` is refreshed on
///   tokio's current runtime (feature `tokio`) or by `functools::set_spawner`, any other function
///   by up to four threads. Needs a `stale` and the handle. `refresh = "caller"` is the default.
///   See `functools::guide::staleness`.
/// - `stale_on_error = "10m"`: for this long past the `ttl`, an `Err` is replaced by the old
///   result; a panic still unwinds.
/// - `single_flight = false`: each call without an entry runs the body, as in Python. By default,
///   concurrent calls with the same key run the body once and wait for it: a thread blocks, a task
///   does not. With `single_flight = "2s"`, or a `Duration` expression, a call waits at most this
///   long, and then computes. With the feature `rayon`, a call on a worker thread of rayon does not
///   wait.
/// - `skip(a, b)`: arguments that are not part of the key, `skip(self)` too. A closure must be
///   skipped, also with a `key`; all closures share one cache for each set of the function's other
///   types. An argument that is a pattern is skipped by its only name, such as `state` in
///   `State(state): State<App>`, or by the name before an `@`.
/// - `key = EXPR`: the key, computed from the arguments, in place of all arguments. The expression
///   uses their names and those that patterns bind: with `Path(id): Path<u64>`, `key = id` is the
///   number; a value from a pattern that is not `Copy` is a reference. Borrow an argument that the
///   body needs: `key = &name`. A miss makes a borrowed key owned. A tuple, such as
///   `(name.trim(), x)`, is a key of several values, each owned or borrowed; they may be floats.
///   `key: T = EXPR` gives the key a type, as `let` does; `cache_entries` and `cache_retain` need
///   it. The type of a tuple has one type for each part: `key: (&str, u64) = (name.trim(), x)`.
/// - `cache_err = true`: stores `Err` as well. `cache_none = false`: does not store `None` and
///   `Ok(None)`; a `null` that is found in Redis is returned, and not kept in memory.
/// - `cache_if = |result| ..`: whether to store a result, a closure or function `Fn(&R) -> bool`.
///   Called before storing. It cannot use anything else of the call.
/// - `redis = "item:{id}"`, or `redis(key = "item:{id}", tier = ITEMS, l1_ttl = "1s")`: shares the
///   results through Redis, under this key, as JSON. `tier` names a Redis of its own, and `l1_ttl`
///   is how long entries in memory stay valid while Redis is unreachable. Requires the feature
///   `redis`. See `functools::guide::processes`.
///   - `redis(key = "item:{id}", version = 2)`: appends `:v2` to the keys. Raise it with each
///     change of the result's type that older programs cannot read.
///   - `redis(key = "item:{id}", codec = MessagePack)`: the type that writes and reads results, a
///     `functools::codec::Codec`, in place of JSON.
/// - `trace(a, b)`: arguments whose `Debug` values are recorded in the span of a computation.
///   Requires the feature `tracing`.
/// - `scope = "thread"`: one cache for each thread; keys and results need not be `Send` and `Sync`,
///   and the future of an `async fn` stays on its thread. It costs more than a shared cache.
/// - `typed = true`: accepted and reported, as in Python; arguments are always distinguished by
///   type.
/// - `handle = name`: the name of the handle, if the function's name is taken; `_` for no handle.
///   Attributes of frameworks take the name, such as `#[get(..)]` of Rocket and actix-web, and
///   `PyO3`'s `#[pyfunction]`.
///   `handle = Self::name` declares that the function is in the `impl` of a type: see below.
/// - `crate = path`: the path of the crate `functools`, if it is renamed or re-exported.
///
/// # The handle
///
/// The attribute also generates a handle: a type with the function's name and visibility, with the
/// functions below. For a method `area` they are associated functions of its type, such as
/// `area_cache_info`; a method in the `impl` of a trait has none. A library that does not want the
/// handle in its API writes `handle = _`. The docs of the function say that it is cached, and link
/// the handle.
///
/// - `cache_info()`, `cache_clear()`, `cache_parameters()`: as in Python.
/// - `cache_stats()`: returns all counters.
/// - `uncached(..)`: runs the body without the cache.
/// - `cache_invalidate(..)`: removes the entry for these arguments and discards results that are
///   still being computed for them; returns whether there was an entry.
/// - `cache_contains(..)`, `cache_peek(..)`: whether there is an entry, and its result. Neither
///   changes the order or the counters.
/// - `cache_ttl(..)`: returns how long the entry is still fresh.
/// - `cache_insert(.., value)`: stores a result without running the body.
/// - `cache_entries()`: returns clones of the keys and results, the one that is evicted first
///   first, with what is left of each `ttl`.
/// - `cache_retain(|key, result| ..)`: removes the entries for which it returns `false`; returns
///   how many. The key is a reference to the argument, or of several, a tuple of references.
/// - `cache_refresh(..)`: runs the body and replaces the entry.
/// - `with_status(..)`: calls the function and returns its result with a `CacheStatus`.
///
/// For an `async fn`, `uncached`, `cache_refresh` and `with_status` are async. With `redis`,
/// `cache_invalidate` and `cache_clear` return a `functools::redis::Invalidation`; for an
/// `async fn`, they are then async as well.
///
/// The attribute reads the source file to learn what encloses the function. In a documentation
/// test, in a macro, and in some editors it cannot, and looks for `self` and `Self` instead. A
/// function in an `impl` that mentions neither needs `handle = Self::name`:
///
/// ```
/// use functools::lru_cache;
///
/// struct Square;
///
/// impl Square {
///     #[lru_cache(handle = Self::area)]
///     fn area(side: u64) -> u64 {
///         side * side
///     }
/// }
///
/// assert_eq!(Square::area(3), 9);
/// assert_eq!(Square::area_cache_info().misses, 1);
/// ```
///
/// # Errors
///
/// A function that cannot be cached is a compile error, with the fix: one with a `&mut` argument or
/// a closure that is not skipped, a result that borrows from the arguments, `impl Trait`, or a type
/// without `Hash`, `Eq` or `Clone`; and a `const fn`.
///
/// # Panics
///
/// A panic in the body, or in `Hash`, `Eq`, `Clone` or `Drop` of an argument or a result, reaches
/// the caller. It stores nothing, and the cache remains usable.
///
/// # Cost
///
/// A hit hashes and compares the arguments borrowed, and clones the result; it allocates nothing
/// and clones no argument. A miss also makes the owned key.
#[proc_macro_attribute]
pub fn lru_cache(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    memoize(Flavor::LruCache, arguments.into(), &item.into(), find_enclosing).into()
}

/// Memoizes a function with an unbounded cache: every result is stored.
///
/// Same as [`macro@lru_cache`] with `maxsize = None`, with all its other options.
///
/// ```
/// use functools::cache;
///
/// #[cache]
/// fn factorial(n: u64) -> u64 {
///     if n == 0 { 1 } else { n * factorial(n - 1) }
/// }
///
/// assert_eq!(factorial(10), 3_628_800); // computes eleven results
/// assert_eq!(factorial(5), 120); // looks up the sixth
/// assert_eq!(factorial(12), 479_001_600); // computes two
/// assert_eq!(factorial::cache_info().misses, 13);
/// ```
#[proc_macro_attribute]
pub fn cache(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    memoize(Flavor::Cache, arguments.into(), &item.into(), find_enclosing).into()
}

fn find_enclosing(options: &Options, function: &Function) -> Result<Surroundings, Unknown> {
    let name = &function.sig.ident;
    let handle = match &options.handle {
        HandleName::Named(handle) => handle,
        _ => name,
    };
    source::find_enclosing(function.sig.fn_token.span, name, handle)
}
