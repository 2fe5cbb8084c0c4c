//! The peers in every comparison of functions of numbers. `number` adds others.

/// Defines `u64 -> u64` memoized by functools with either policy, `cached`, `quick_cache`, `moka`
/// and a `Mutex<LruCache>`, each with its own cache, and `main_peers`, which returns all of them.
macro_rules! main_peers {
    (maxsize = $maxsize:tt, body = $body:path) => {
        #[functools::lru_cache(maxsize = $maxsize)]
        fn by_functools(n: u64) -> u64 {
            $body(n)
        }

        #[functools::lru_cache(maxsize = $maxsize, policy = "adaptive")]
        fn by_functools_adaptive(n: u64) -> u64 {
            $body(n)
        }

        #[cached::macros::cached(max_size = $maxsize)]
        fn by_cached(n: u64) -> u64 {
            $body(n)
        }

        crate::functions::by_hand::by_hand! {
            maxsize = $maxsize;
            fn(n: u64) -> u64 { $body(n) }
            key: u64 = &n
        }

        pub(crate) fn main_peers() -> crate::case::Peers<u64> {
            use crate::case::calls;
            use crate::peer::Peer;
            vec![
                (Peer::Functools, calls(by_functools)),
                (Peer::FunctoolsAdaptive, calls(by_functools_adaptive)),
                (Peer::Cached, calls(by_cached)),
                (Peer::QuickCache, calls(by_quick_cache)),
                (Peer::Moka, calls(by_moka)),
                (Peer::MutexLru, calls(by_mutex_lru)),
            ]
        }
    };
}
pub(crate) use main_peers;
