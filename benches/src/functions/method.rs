//! A method whose receiver is part of the key. `memoize` does not support methods.

use cached::macros::{cached, concurrent_cached};
use functools::lru_cache;

use super::by_hand::by_hand;
use super::compute;
use crate::case::{Peers, calls};
use crate::peer::Peer;

/// The receiver of the method.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Shelf {
    pub(crate) id: u64,
}

impl Shelf {
    #[lru_cache(maxsize = 1536)]
    fn by_functools(&self, n: u64) -> u64 {
        compute(self.id ^ n)
    }

    #[lru_cache(maxsize = 1536, scope = "thread")]
    fn by_functools_thread(&self, n: u64) -> u64 {
        compute(self.id ^ n)
    }

    #[cached(max_size = 1536, in_impl = true, key = "(u64, u64)", convert = { (self.id, n) })]
    fn by_cached(&self, n: u64) -> u64 {
        compute(self.id ^ n)
    }

    #[concurrent_cached(
        max_size = 1536,
        in_impl = true,
        key = "(u64, u64)",
        convert = { (self.id, n) }
    )]
    fn by_cached_concurrent(&self, n: u64) -> u64 {
        compute(self.id ^ n)
    }
}

/// The same body as a function.
#[lru_cache(maxsize = 1536)]
fn by_functools_free(shelf: &Shelf, n: u64) -> u64 {
    compute(shelf.id ^ n)
}

by_hand! {
    maxsize = 1536;
    fn(shelf: &Shelf, n: u64) -> u64 { compute(shelf.id ^ n) }
    key: (u64, u64) = &(shelf.id, n)
}

pub(crate) fn peers() -> Peers<(&'static Shelf, u64)> {
    vec![
        (Peer::Functools, calls(|(shelf, n): (&Shelf, u64)| shelf.by_functools(n))),
        (Peer::FunctoolsFree, calls(|(shelf, n)| by_functools_free(shelf, n))),
        (Peer::FunctoolsThread, calls(|(shelf, n): (&Shelf, u64)| shelf.by_functools_thread(n))),
        (Peer::Cached, calls(|(shelf, n): (&Shelf, u64)| shelf.by_cached(n))),
        (Peer::CachedConcurrent, calls(|(shelf, n): (&Shelf, u64)| shelf.by_cached_concurrent(n))),
        (Peer::QuickCache, calls(|(shelf, n)| by_quick_cache(shelf, n))),
        (Peer::Moka, calls(|(shelf, n)| by_moka(shelf, n))),
        (Peer::MutexLru, calls(|(shelf, n)| by_mutex_lru(shelf, n))),
    ]
}
