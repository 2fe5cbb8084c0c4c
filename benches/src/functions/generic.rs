//! A generic function. A static has no type parameters, so all peers but functools have one cache
//! for all types, and the type in the key. `memoize` cannot: its key has only the arguments.

use std::any::TypeId;
use std::hash::Hash;

use cached::macros::{cached, concurrent_cached};
use functools::lru_cache;

use super::by_hand::by_hand;
use super::compute;
use crate::case::{Peers, calls};
use crate::peer::Peer;

/// The arguments of the function.
trait Number: Copy + Hash + Eq + Into<u64> + Send + Sync + 'static {}

impl Number for u32 {}
impl Number for u64 {}

#[lru_cache(maxsize = 1536)]
fn by_functools<T: Number>(n: T) -> u64 {
    scaled(n)
}

/// The same function for one type.
#[lru_cache(maxsize = 1536)]
fn by_functools_free(n: u64) -> u64 {
    scaled(n)
}

#[lru_cache(maxsize = 1536, scope = "thread")]
fn by_functools_thread<T: Number>(n: T) -> u64 {
    scaled(n)
}

#[cached(max_size = 1536, key = "(TypeId, u64)", convert = { (TypeId::of::<T>(), n.into()) })]
fn by_cached<T: Number>(n: T) -> u64 {
    scaled(n)
}

#[concurrent_cached(
    max_size = 1536,
    key = "(TypeId, u64)",
    convert = { (TypeId::of::<T>(), n.into()) }
)]
fn by_cached_concurrent<T: Number>(n: T) -> u64 {
    scaled(n)
}

by_hand! {
    maxsize = 1536;
    fn[T: Number](n: T) -> u64 { scaled(n) }
    key: (TypeId, u64) = &(TypeId::of::<T>(), n.into())
}

/// The result depends on the type.
fn scaled<T: Number>(n: T) -> u64 {
    compute(n.into() * size_of::<T>() as u64)
}

/// Returns the function for one type, after a call with another type.
macro_rules! instance {
    ($function:ident) => {{
        $function(0_u32);
        calls($function::<u64>)
    }};
}

pub(crate) fn peers() -> Peers<u64> {
    vec![
        (Peer::Functools, instance!(by_functools)),
        (Peer::FunctoolsFree, calls(by_functools_free)),
        (Peer::FunctoolsThread, instance!(by_functools_thread)),
        (Peer::Cached, instance!(by_cached)),
        (Peer::CachedConcurrent, instance!(by_cached_concurrent)),
        (Peer::QuickCache, instance!(by_quick_cache)),
        (Peer::Moka, instance!(by_moka)),
        (Peer::MutexLru, instance!(by_mutex_lru)),
    ]
}
