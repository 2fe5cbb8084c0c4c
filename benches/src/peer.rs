//! The peers: the ways to memoize a function that are compared.

use serde::{Deserialize, Serialize};

/// One way to memoize a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Peer {
    Functools,
    /// functools with `policy = "adaptive"`.
    FunctoolsAdaptive,
    FunctoolsThread,
    Cached,
    CachedConcurrent,
    Memoize,
    MemoizeThread,
    QuickCache,
    Moka,
    MutexLru,
    /// functools, above a function that is neither a method nor generic.
    FunctoolsFree,
    /// The function without a cache.
    Bare,
    /// functools, above a function that does not use Redis.
    FunctoolsAlone,
    /// functools, whose tasks read by a connection of their runtime.
    FunctoolsOnTokio,
    /// `GET` by the client library, with its reply decoded.
    Get,
}

impl Peer {
    /// The peers that memoize, in the order of all tables.
    pub(crate) const ALL: [Peer; 10] = [
        Peer::Functools,
        Peer::FunctoolsAdaptive,
        Peer::FunctoolsThread,
        Peer::Cached,
        Peer::CachedConcurrent,
        Peer::Memoize,
        Peer::MemoizeThread,
        Peer::QuickCache,
        Peer::Moka,
        Peer::MutexLru,
    ];

    /// Whether it has one cache for all threads.
    pub(crate) fn is_shared(self) -> bool {
        !matches!(self, Peer::FunctoolsThread | Peer::MemoizeThread)
    }

    /// The crates that they come from.
    pub(crate) const CRATES: [&str; 7] =
        ["functools", "cached", "memoize", "quick_cache", "moka", "lru", "parking_lot"];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Peer::Functools => "functools",
            Peer::FunctoolsAdaptive => "functools, adaptive",
            Peer::FunctoolsThread => "functools, per thread",
            Peer::FunctoolsOnTokio => "functools, `on_tokio`",
            Peer::Cached => "cached",
            Peer::CachedConcurrent => "cached, concurrent",
            Peer::Memoize => "memoize, shared",
            Peer::MemoizeThread => "memoize, per thread",
            Peer::QuickCache => "quick_cache",
            Peer::Moka => "moka",
            Peer::MutexLru => "Mutex<LruCache>",
            Peer::FunctoolsFree => "functools, free function",
            Peer::Bare => "no cache",
            Peer::FunctoolsAlone => "functools, without `redis`",
            Peer::Get => "bare `GET`",
        }
    }
}
