//! `(u64, &str) -> Arc<str>`: two arguments, one of them borrowed, and a result that is shared.

use std::sync::{Arc, LazyLock};

use cached::macros::{cached, concurrent_cached};
use functools::lru_cache;
use memoize::memoize;
use quick_cache::Equivalent;

use super::by_hand::{Moka, MutexLru, Quick, moka, quick};
use super::compute;
use crate::case::{Peers, calls};
use crate::peer::Peer;

#[lru_cache(maxsize = 1536)]
fn by_functools(id: u64, lang: &str) -> Arc<str> {
    title(id, lang)
}

#[lru_cache(maxsize = 1536, scope = "thread")]
fn by_functools_thread(id: u64, lang: &str) -> Arc<str> {
    title(id, lang)
}

#[cached(max_size = 1536, key = "(u64, String)", convert = { (id, String::from(lang)) })]
fn by_cached(id: u64, lang: &str) -> Arc<str> {
    title(id, lang)
}

#[concurrent_cached(
    max_size = 1536,
    key = "(u64, String)",
    convert = { (id, String::from(lang)) }
)]
fn by_cached_concurrent(id: u64, lang: &str) -> Arc<str> {
    title(id, lang)
}

#[expect(clippy::needless_pass_by_value, reason = "as it documents")]
#[memoize(SharedCache, Capacity: 1536)]
fn by_memoize(id: u64, lang: String) -> Arc<str> {
    title(id, &lang)
}

#[expect(clippy::needless_pass_by_value, reason = "as above")]
#[memoize(Capacity: 1536)]
fn by_memoize_thread(id: u64, lang: String) -> Arc<str> {
    title(id, &lang)
}

/// A borrowed pair, by which `quick_cache` and `moka` look up an owned one. It cannot be `ToOwned`,
/// so a miss starts again with the owned key.
#[derive(Hash)]
struct Borrowed<'a>(u64, &'a str);

impl Equivalent<(u64, String)> for Borrowed<'_> {
    fn equivalent(&self, (id, lang): &(u64, String)) -> bool {
        self.0 == *id && self.1 == lang
    }
}

fn by_quick_cache(id: u64, lang: &str) -> Arc<str> {
    static CACHE: LazyLock<Quick<(u64, String), Arc<str>>> = LazyLock::new(|| Quick::new(1536));
    CACHE
        .get(&Borrowed(id, lang))
        .unwrap_or_else(|| quick(&CACHE, &(id, lang.to_owned()), || title(id, lang)))
}

fn by_moka(id: u64, lang: &str) -> Arc<str> {
    static CACHE: LazyLock<Moka<(u64, String), Arc<str>>> = LazyLock::new(|| Moka::new(1536));
    CACHE
        .get(&Borrowed(id, lang))
        .unwrap_or_else(|| moka(&CACHE, &(id, lang.to_owned()), || title(id, lang)))
}

// `lru` looks up by a borrowed form of the key, and the only one of a pair is the pair.
fn by_mutex_lru(id: u64, lang: &str) -> Arc<str> {
    static CACHE: LazyLock<MutexLru<(u64, String), Arc<str>>> =
        LazyLock::new(|| MutexLru::new(1536));
    CACHE.get(&(id, lang.to_owned()), || title(id, lang))
}

fn title(id: u64, lang: &str) -> Arc<str> {
    format!("{lang}/{}", compute(id)).into()
}

pub(crate) fn peers() -> Peers<(u64, &'static str)> {
    vec![
        (Peer::Functools, calls(|(id, lang)| by_functools(id, lang))),
        (Peer::FunctoolsThread, calls(|(id, lang)| by_functools_thread(id, lang))),
        (Peer::Cached, calls(|(id, lang)| by_cached(id, lang))),
        (Peer::CachedConcurrent, calls(|(id, lang)| by_cached_concurrent(id, lang))),
        (Peer::Memoize, calls(|(id, lang): (u64, &str)| by_memoize(id, lang.to_owned()))),
        (
            Peer::MemoizeThread,
            calls(|(id, lang): (u64, &str)| by_memoize_thread(id, lang.to_owned())),
        ),
        (Peer::QuickCache, calls(|(id, lang)| by_quick_cache(id, lang))),
        (Peer::Moka, calls(|(id, lang)| by_moka(id, lang))),
        (Peer::MutexLru, calls(|(id, lang)| by_mutex_lru(id, lang))),
    ]
}
