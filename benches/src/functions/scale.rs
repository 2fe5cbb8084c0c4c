//! The function at the sizes of `scale`. Each cache has room for an eighth more entries than it
//! gets, so that all calls after the fill are hits: sharded caches evict before they are full. No
//! hash table becomes larger by that, since their sizes are powers of two.

use crate::case::MakePeers;

macro_rules! by_size {
    ($module:ident, maxsize = $maxsize:tt) => {
        mod $module {
            use crate::functions::compute;
            use crate::functions::main_peers::main_peers;

            main_peers!(maxsize = $maxsize, body = compute);
        }
    };
}

by_size!(thousand, maxsize = 1_125);
by_size!(hundred_thousand, maxsize = 112_500);
by_size!(million, maxsize = 1_125_000);
by_size!(eight_million, maxsize = 9_000_000);

/// The numbers of entries, each with the caches that get that many.
pub(crate) const SIZES: [(u64, MakePeers<u64>); 4] = [
    (1_000, thousand::main_peers),
    (100_000, hundred_thousand::main_peers),
    (1_000_000, million::main_peers),
    (8_000_000, eight_million::main_peers),
];
