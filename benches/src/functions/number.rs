//! `u64 -> u64`, with a module for each case that needs a cache of its own.

/// Defines the function with this `maxsize`, in a module of that name.
macro_rules! by_number {
    ($(#[$doc:meta])* $module:ident, maxsize = $maxsize:tt) => {
        $(#[$doc])*
        pub(crate) mod $module {
            use cached::macros::concurrent_cached;
            use functools::lru_cache;
            use memoize::memoize;

            use crate::case::{Peers, calls};
            use crate::functions::compute;
            use crate::functions::main_peers::main_peers;
            use crate::peer::Peer;

            main_peers!(maxsize = $maxsize, body = compute);

            #[lru_cache(maxsize = $maxsize, scope = "thread")]
            fn by_functools_thread(n: u64) -> u64 {
                compute(n)
            }

            #[concurrent_cached(max_size = $maxsize)]
            fn by_cached_concurrent(n: u64) -> u64 {
                compute(n)
            }

            #[memoize(SharedCache, Capacity: $maxsize)]
            fn by_memoize(n: u64) -> u64 {
                compute(n)
            }

            #[memoize(Capacity: $maxsize)]
            fn by_memoize_thread(n: u64) -> u64 {
                compute(n)
            }

            pub(crate) fn peers() -> Peers<u64> {
                let mut peers = main_peers();
                peers.extend([
                    (Peer::FunctoolsThread, calls(by_functools_thread)),
                    (Peer::CachedConcurrent, calls(by_cached_concurrent)),
                    (Peer::Memoize, calls(by_memoize)),
                    (Peer::MemoizeThread, calls(by_memoize_thread)),
                ]);
                peers
            }
        }
    };
}

// If all calls must be hits, the cache has more room than keys: sharded caches evict before they
// are full.
by_number!(few, maxsize = 256);
by_number!(many, maxsize = 1536);
by_number!(hot, maxsize = 128);
by_number!(miss, maxsize = 1024);
by_number!(zipf, maxsize = 1024);
by_number!(
    /// For its bytes.
    million,
    maxsize = 1_000_000
);
