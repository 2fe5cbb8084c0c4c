//! Who is compared.

use serde::{Deserialize, Serialize};

/// One way to memoize a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Peer {
    Functools,
    /// Ours with `policy = "adaptive"`.
    FunctoolsAdaptive,
    FunctoolsThread,
    Cached,
    CachedConcurrent,
    Memoize,
    MemoizeThread,
    QuickCache,
    Moka,
    MutexLru,
    /// Ours, as a function that is neither a method nor generic.
    FunctoolsFree,
    /// The function as it is, without a cache.
    Bare,
    /// Ours, of a function that shares nothing through Redis.
    FunctoolsAlone,
    /// Ours, whose tasks read by a connection of their runtime.
    FunctoolsNearby,
    /// `GET` by the client library, and what it says decoded.
    Get,
}

impl Peer {
    /// Everyone who memoizes, in the order of every table.
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

    /// Those among them that have one cache for all threads.
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
            Peer::FunctoolsNearby => "functools, `on_tokio`",
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
