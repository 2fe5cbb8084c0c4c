//! Empty caches of several sizes, for the comparison of policies.

use crate::case::MakePeers;

/// Defines the function with this `maxsize`, in a module of that name.
macro_rules! by_policy {
    ($module:ident, maxsize = $maxsize:tt) => {
        mod $module {
            use functools::lru_cache;

            use crate::case::{Peers, calls};
            use crate::functions::by_hand::{Moka, Quick, moka, quick_without_waiting};
            use crate::functions::compute;
            use crate::peer::Peer;

            #[lru_cache(maxsize = $maxsize)]
            fn by_functools(n: u64) -> u64 {
                compute(n)
            }

            #[lru_cache(maxsize = $maxsize, policy = "adaptive")]
            fn by_functools_adaptive(n: u64) -> u64 {
                compute(n)
            }

            pub(super) fn empty() -> Peers<u64> {
                by_functools::cache_clear();
                by_functools_adaptive::cache_clear();
                let quick_cache = Quick::new($maxsize);
                let moka_cache = Moka::new($maxsize);
                vec![
                    (Peer::Functools, calls(by_functools)),
                    (Peer::FunctoolsAdaptive, calls(by_functools_adaptive)),
                    (
                        Peer::QuickCache,
                        calls(move |n| quick_without_waiting(&quick_cache, n, compute)),
                    ),
                    (Peer::Moka, calls(move |n| moka(&moka_cache, &n, || compute(n)))),
                ]
            }
        }
    };
}

by_policy!(few, maxsize = 128);
by_policy!(some, maxsize = 1024);
by_policy!(many, maxsize = 8192);

/// The sizes, each with a function that returns empty caches of that size.
pub(crate) const SIZES: [(usize, MakePeers<u64>); 3] =
    [(128, few::empty), (1024, some::empty), (8192, many::empty)];
