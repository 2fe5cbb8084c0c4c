//! A cache that is switched off, beside the function without a cache.

use functools::lru_cache;

use super::scramble;
use crate::case::{Peers, calls};
use crate::peer::Peer;

#[lru_cache(maxsize = 0)]
fn by_functools(n: u64) -> u64 {
    scramble(n)
}

pub(crate) fn peers() -> Peers<u64> {
    vec![(Peer::Bare, calls(scramble)), (Peer::Functools, calls(by_functools))]
}
