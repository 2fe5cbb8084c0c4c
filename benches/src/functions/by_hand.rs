//! Functions memoized by hand, with crates that are caches and have no attribute.

use std::borrow::Borrow;
use std::convert::Infallible;
use std::hash::Hash;
use std::num::NonZeroUsize;

use lru::LruCache;
use parking_lot::Mutex;
use quick_cache::Equivalent;

pub(crate) use moka::future::Cache as AsyncMoka;
pub(crate) use moka::sync::Cache as Moka;
pub(crate) use quick_cache::sync::Cache as Quick;

/// The obvious way: an LRU cache in a lock. The lock is not held while the function runs, so that
/// it may recurse.
pub(crate) struct MutexLru<K, V>(Mutex<LruCache<K, V>>);

impl<K: Hash + Eq, V: Clone> MutexLru<K, V> {
    pub(crate) fn new(maxsize: usize) -> Self {
        let maxsize = NonZeroUsize::new(maxsize).expect("room for at least one");
        MutexLru(Mutex::new(LruCache::new(maxsize)))
    }

    pub(crate) fn get<Q>(&self, key: &Q, compute: impl FnOnce() -> V) -> V
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(value) = self.0.lock().get(key) {
            return value.clone();
        }
        let value = compute();
        self.0.lock().put(key.to_owned(), value.clone());
        value
    }

    pub(crate) async fn get_async(&self, key: &K, compute: impl Future<Output = V>) -> V
    where
        K: Clone,
    {
        if let Some(value) = self.0.lock().get(key) {
            return value.clone();
        }
        let value = compute.await;
        self.0.lock().put(key.clone(), value.clone());
        value
    }
}

/// `get_or_insert_with` looks up by the borrowed key and makes the owned one on a miss.
pub(crate) fn quick<K, V, Q>(cache: &Quick<K, V>, key: &Q, compute: impl FnOnce() -> V) -> V
where
    K: Hash + Eq,
    V: Clone,
    Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
{
    let Ok(value) = cache.get_or_insert_with(key, || Ok::<V, Infallible>(compute()));
    value
}

/// Same as `quick`, with `get` and `insert`: calls of one key do not wait for each other. With
/// version 0.7 this has more hits than `get_or_insert_with`, on some traces by 7 % of the calls.
pub(crate) fn quick_without_waiting<K: Hash + Eq + Copy, V: Clone>(
    cache: &Quick<K, V>,
    key: K,
    compute: impl FnOnce(K) -> V,
) -> V {
    if let Some(value) = cache.get(&key) {
        return value;
    }
    let value = compute(key);
    cache.insert(key, value.clone());
    value
}

/// Same as `quick`, for tasks.
pub(crate) async fn quick_async<K: Hash + Eq + Clone, V: Clone>(
    cache: &Quick<K, V>,
    key: &K,
    compute: impl Future<Output = V>,
) -> V {
    let compute = async { Ok::<V, Infallible>(compute.await) };
    let Ok(value) = cache.get_or_insert_async(key, compute).await;
    value
}

/// `get_with_by_ref` looks up by the borrowed key, too; `get_with` would allocate an `Arc` for the
/// key on every hit.
pub(crate) fn moka<K, V, Q>(cache: &Moka<K, V>, key: &Q, compute: impl FnOnce() -> V) -> V
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
{
    cache.get_with_by_ref(key, compute)
}

/// Same as `moka`, for tasks.
pub(crate) async fn moka_async<K, V>(
    cache: &AsyncMoka<K, V>,
    key: &K,
    compute: impl Future<Output = V>,
) -> V
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    cache.get_with_by_ref(key, compute).await
}

/// Defines a function memoized in each of these ways, in statics of its own. `$key` is borrowed.
macro_rules! by_hand {
    (
        maxsize = $maxsize:tt;
        fn $([$($generics:tt)+])? ($($argument:ident: $type:ty),+) -> $value:ty $body:block
        key: $owned:ty = $key:expr
    ) => {
        fn by_quick_cache $(<$($generics)+>)? ($($argument: $type),+) -> $value {
            use crate::functions::by_hand::{Quick, quick};
            static CACHE: std::sync::LazyLock<Quick<$owned, $value>> =
                std::sync::LazyLock::new(|| Quick::new($maxsize));
            quick(&CACHE, $key, || $body)
        }

        fn by_moka $(<$($generics)+>)? ($($argument: $type),+) -> $value {
            use crate::functions::by_hand::{Moka, moka};
            static CACHE: std::sync::LazyLock<Moka<$owned, $value>> =
                std::sync::LazyLock::new(|| Moka::new($maxsize));
            moka(&CACHE, $key, || $body)
        }

        fn by_mutex_lru $(<$($generics)+>)? ($($argument: $type),+) -> $value {
            use crate::functions::by_hand::MutexLru;
            static CACHE: std::sync::LazyLock<MutexLru<$owned, $value>> =
                std::sync::LazyLock::new(|| MutexLru::new($maxsize));
            CACHE.get($key, || $body)
        }
    };
}
pub(crate) use by_hand;
