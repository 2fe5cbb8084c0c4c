//! `&str -> u64`: a borrowed key, which not every peer can look up.

use cached::macros::{cached, concurrent_cached};
use functools::lru_cache;
use memoize::memoize;

use super::by_hand::by_hand;
use super::compute;
use crate::case::{Peers, calls};
use crate::peer::Peer;

#[lru_cache(maxsize = 1536)]
fn by_functools(text: &str) -> u64 {
    length(text)
}

#[lru_cache(maxsize = 1536, scope = "thread")]
fn by_functools_thread(text: &str) -> u64 {
    length(text)
}

// It makes the owned key of a borrowed argument at every call, by the `String::from` of its
// documentation.
#[cached(max_size = 1536, key = "String", convert = { String::from(text) })]
fn by_cached(text: &str) -> u64 {
    length(text)
}

#[concurrent_cached(max_size = 1536, key = "String", convert = { String::from(text) })]
fn by_cached_concurrent(text: &str) -> u64 {
    length(text)
}

// It stores its arguments as they are, so a text that is not `'static` must be owned.
#[expect(clippy::needless_pass_by_value, reason = "as it documents")]
#[memoize(SharedCache, Capacity: 1536)]
fn by_memoize(text: String) -> u64 {
    length(&text)
}

#[expect(clippy::needless_pass_by_value, reason = "as above")]
#[memoize(Capacity: 1536)]
fn by_memoize_thread(text: String) -> u64 {
    length(&text)
}

by_hand! {
    maxsize = 1536;
    fn(text: &str) -> u64 { length(text) }
    key: String = text
}

fn length(text: &str) -> u64 {
    compute(text.len() as u64)
}

pub(crate) fn peers() -> Peers<&'static str> {
    vec![
        (Peer::Functools, calls(by_functools)),
        (Peer::FunctoolsThread, calls(by_functools_thread)),
        (Peer::Cached, calls(by_cached)),
        (Peer::CachedConcurrent, calls(by_cached_concurrent)),
        (Peer::Memoize, calls(|text: &str| by_memoize(text.to_owned()))),
        (Peer::MemoizeThread, calls(|text: &str| by_memoize_thread(text.to_owned()))),
        (Peer::QuickCache, calls(by_quick_cache)),
        (Peer::Moka, calls(by_moka)),
        (Peer::MutexLru, calls(by_mutex_lru)),
    ]
}
