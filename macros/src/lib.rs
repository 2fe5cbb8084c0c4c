//! The attributes of the crate `functools`, which re-exports them: depend on that one.
//!
//! Tokens in, tokens out: `options` reads the attribute, `function` what it annotates, `source`
//! where that stands, `check` has every rule, `expand` writes the result and `recover` what stands
//! in for it beside an error. How a cache works is no concern of this crate.

mod attributes;
mod check;
mod closures;
mod docs;
mod duration;
mod errors;
mod expand;
mod function;
mod generics;
mod handle;
mod options;
mod patterns;
mod recover;
mod signature;
#[cfg(test)]
mod snapshots;
mod source;
mod template;

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Errors;
use crate::function::Function;
use crate::options::{Flavor, Handle, Options};
use crate::source::{Surroundings, Unknown};

/// Memoizes a function: its last results are kept, 128 unless said otherwise, and the least recently
/// used makes room for a new one.
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
/// - `maxsize = 128`: how many results are kept; a `usize`, or `None` for no bound. 0 stores nothing, and nobody waits. Any
///   expression; it is evaluated once, at first use.
/// - `ttl = "90s"`: how long a result is good, from the end of its computation on. As text, such as `"250ms"` or
///   `"1h 30m"` (`ns`, `us`, `ms`, `s`, `m`, `h`, `d`), or a `Duration` expression, evaluated once.
/// - `ttl_jitter = "5s"`: adds a random part of this to each result's `ttl`, so that what was stored at one time does
///   not expire at one time.
/// - `sliding = true`: a hit lets the `ttl` begin anew.
/// - `stale = "30s"`: past its `ttl`, for this long, one caller computes anew while the others get the old result at
///   once.
/// - `stale_on_error = "10m"`: where computing anew yields an `Err`, the old result is returned in its place, until this
///   long past its `ttl`.
/// - `single_flight = false`: each caller that finds nothing computes for itself, as in Python. By
///   default, callers of one key that find nothing run the body once, and wait for it: a thread
///   blocks meanwhile, a task does not. `single_flight = "2s"`, or a `Duration` expression: a call
///   waits at most this long, then computes, too. With the feature `rayon`, a call on a worker
///   thread of rayon does not wait.
/// - `skip(a, b)`: arguments that are not part of the key. A closure must be skipped; all closures
///   share one cache for each set of the function's other types. An argument that is a pattern is
///   skipped by the only name in it, or by that in front of an `@`.
/// - `key = EXPR`: the key, computed from the arguments, in place of all of them. They go by their
///   names, and what patterns bind goes by those: with `Path(id): Path<u64>`, `key = id` is the
///   number; there, what is not `Copy` is a reference. An argument that the body needs is not moved:
///   `key = &name`. A tuple is a key of several values, each owned or borrowed, floats among them.
/// - `cache_err = true`: store `Err`, too. `cache_none = false`: do not store `None`.
/// - `cache_if = |result| ..`: asked, with a reference to the result, before storing. It sees nothing else of the call.
/// - `redis = "item:{id}"`, or `redis(key = "item:{id}", tier = ITEMS, l1_ttl = "1s")`: results are shared through Redis, under this key, as
///   JSON; with the feature `redis`. See `functools::guide::processes`.
/// - `trace(a, b)`: arguments whose values are in the span of a computation, as their `Debug` has them; with the feature `tracing`.
/// - `scope = "thread"`: a cache for each thread, for what is not `Send` and `Sync`.
/// - `typed = true`: accepted, as in Python; arguments are always told apart by type.
/// - `handle = name`: the name of the handle, where that of the function is taken; `_` for none.
///   Attributes of frameworks take it, such as Rocket's and actix-web's `#[get(..)]`.
///   `handle = Self::name` says that the function stands in the `impl` of a type, where that cannot
///   be seen: see below.
/// - `crate = path`: where the crate `functools` is found.
///
/// # The handle
///
/// Beside the function stands a type of the same name and visibility, with these functions. Beside a
/// method `area` they are associated functions of its type, `area_cache_info` and so on; a method in the
/// `impl` of a trait has none. The handle is as public as the function; a library that does not want
/// it in its API writes `handle = _`. The documentation of the function says that it is cached, and
/// links the handle.
///
/// The attribute finds out from the source file where a function stands. In a documentation test,
/// in a macro, and in an editor that shows no files to attributes, it goes by `self` and `Self`. A
/// function in an `impl` that mentions neither says so by `handle = Self::name`:
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
/// - `cache_info()`, `cache_clear()`, `cache_parameters()`, as in Python; `cache_stats()` for all that is counted.
/// - `uncached(..)` runs the body.
/// - `cache_invalidate(..)` drops the entry of these arguments, and says whether there was one; `cache_contains(..)` and `cache_peek(..)` look
///   at it, and `cache_ttl(..)` says for how long it is still good; `cache_insert(.., value)` stores one; `cache_refresh(..)` computes it anew.
/// - `with_status(..)` calls the function and says where the answer came from.
///
/// Of an `async fn`, `uncached`, `cache_refresh` and `with_status` are async; the others are not, but with `redis`
/// `cache_invalidate` and `cache_clear`, which then return a `functools::redis::Invalidation`.
///
/// # Panics
///
/// A panic in the body, or in `Hash`, `Eq`, `Clone` or `Drop` of an argument or result, reaches the caller. It
/// stores nothing, and the cache goes on working.
///
/// # Errors
///
/// What cannot be cached is a compile error: `&mut` arguments and closures that are not skipped,
/// results that borrow from the arguments, `impl Trait`, `const fn`, and types that lack `Hash`,
/// `Eq` or `Clone`.
#[proc_macro_attribute]
pub fn lru_cache(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    memoize(Flavor::LruCache, arguments.into(), &item.into(), enclosing).into()
}

/// Memoizes a function without a bound: every result is kept.
///
/// As [`macro@lru_cache`] with `maxsize = None`, and with all its other options.
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
    memoize(Flavor::Cache, arguments.into(), &item.into(), enclosing).into()
}

/// Expands an attribute. `enclosing` finds out where the function stands.
fn memoize(
    flavor: Flavor,
    arguments: TokenStream,
    item: &TokenStream,
    enclosing: fn(&Function) -> Result<Surroundings, Unknown>,
) -> TokenStream {
    let mut errors = Errors::default();
    let mut options = Options::parse(flavor, arguments, &mut errors);
    let mut function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let item = match function::not_a_function(item.clone()) {
                Some(error) => {
                    errors.push(error);
                    item.clone()
                }
                None => recover::unreadable(item.clone(), &error),
            };
            let errors = errors.into_error().map(syn::Error::into_compile_error);
            return quote!(#errors #item);
        }
    };
    let found = enclosing(&function);
    function.place_by(&options, found);
    let is_refused = signature::is_refused(&function) && !function.is_in_editor;
    check::guess(&mut options, &function);
    if !is_refused {
        check::check(&options, &function, &mut errors);
    }
    if matches!(options.handle, Handle::OfFunction) && check::is_handle_taken(&function) {
        // One error has been found, or is the compiler's. A handle beside another item of its name
        // would be more.
        options.handle = Handle::None;
    }
    let errors = errors.into_error().map(syn::Error::into_compile_error);
    if is_refused {
        let recovered = recover::refused(&options, &function);
        return quote!(#errors #recovered);
    }
    if errors.is_some() || function.is_in_editor {
        let recovered = recover::recover(options, &function);
        return quote!(#errors #recovered);
    }
    expand::expand(&options, &function)
}

fn enclosing(function: &Function) -> Result<Surroundings, Unknown> {
    source::enclosing(function.sig.fn_token.span, &function.sig.ident)
}
