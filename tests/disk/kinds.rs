//! Tasks, methods, versions and codecs. Section 9 of the contract.

use std::sync::Arc;

use functools::codec::MessagePack;
use functools::disk::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use functools_test_support::{Runs, one_thread};

use crate::{Folder, Installed, count, value};

#[test]
fn tasks_share_results_on_any_runtime() {
    static TIER: Tier = Tier::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(ttl = "60s", disk(key = "task:{n}", tier = TIER))]
    async fn task(n: u32) -> u32 {
        tokio::task::yield_now().await;
        n + RUNS.next()
    }
    let folder = Folder::new();
    let first = Installed::new(&TIER, folder.disk());
    assert_eq!(one_thread().block_on(task(10)), 11);
    drop(first);
    let _second = Installed::new(&TIER, folder.disk());
    assert_eq!(smol::block_on(task::with_status(10)), (11, CacheStatus::Shared));
    let invalidated = smol::block_on(async {
        let confirmed = task::cache_invalidate(10).await;
        (confirmed, task::cache_clear().await)
    });
    assert_eq!(invalidated, (Invalidation::Confirmed, Invalidation::Confirmed));
    assert_eq!(one_thread().block_on(task::with_status(10)), (12, CacheStatus::Miss));
}

#[test]
fn tasks_do_not_block_their_thread_while_another_program_holds_the_lock() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", disk(key = "held:{n}", tier = TIER))]
    async fn held(n: u32) -> u32 {
        n + 1
    }
    let folder = Folder::new();
    let _tier = Installed::new(&TIER, folder.disk());
    let sql = folder.sql();
    sql.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let result = one_thread().block_on(async {
        // Both on one thread: the second is polled while the first waits for the lock.
        let release = async {
            tokio::task::yield_now().await;
            sql.execute_batch("COMMIT").expect("the lock is given back");
        };
        tokio::join!(held(1), release).0
    });
    assert_eq!(result, 2);
}

struct Shop {
    name: &'static str,
}

static SHOPS: Tier = Tier::new();
static SHOP_RUNS: Runs = Runs::new();

impl std::fmt::Display for Shop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Shop {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Shop {}

impl std::hash::Hash for Shop {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Clone for Shop {
    fn clone(&self) -> Self {
        Shop { name: self.name }
    }
}

impl Shop {
    #[lru_cache(ttl = "60s", disk(key = "price:{self}:{id}", tier = SHOPS))]
    fn price(&self, id: u32) -> u32 {
        id + SHOP_RUNS.next()
    }

    #[lru_cache(ttl = "60s", skip(self), disk(key = "stock:{id}", tier = SHOPS))]
    async fn stock(self: Arc<Self>, id: u32) -> u32 {
        id + SHOP_RUNS.next()
    }
}

#[test]
fn methods_share_results() {
    let folder = Folder::new();
    let shop = Shop { name: "corner shop" };
    let first = Installed::new(&SHOPS, folder.disk());
    let (price, stock) = (shop.price(10), smol::block_on(Arc::new(shop.clone()).stock(10)));
    drop(first);
    let _second = Installed::new(&SHOPS, folder.disk());
    assert_eq!(Shop::price_with_status(&shop, 10), (price, CacheStatus::Shared));
    let again = smol::block_on(Shop::stock_with_status(Arc::new(shop.clone()), 10));
    assert_eq!(again, (stock, CacheStatus::Shared));
    assert_eq!(Shop::price_cache_invalidate(&shop, 10), Invalidation::Confirmed);
    assert_eq!(value(&folder.sql(), "price:corner%20shop:10"), None);
}

static VERSIONS: Tier = Tier::new();

#[test]
fn versions_do_not_see_each_other() {
    mod one {
        use super::VERSIONS;
        #[functools::lru_cache(disk(key = "versioned:{n}", tier = VERSIONS))]
        pub(super) fn versioned(n: u32) -> u32 {
            n
        }
    }
    mod two {
        use super::VERSIONS;
        #[functools::lru_cache(disk(key = "versioned:{n}", version = 2, tier = VERSIONS))]
        pub(super) fn versioned(n: u32) -> String {
            n.to_string()
        }
    }
    let folder = Folder::new();
    let _tier = Installed::new(&VERSIONS, folder.disk());
    assert_eq!((one::versioned(1), two::versioned(1)), (1, "1".to_owned()));
    let sql = folder.sql();
    assert_eq!(value(&sql, "versioned:1").as_deref(), Some("1"));
    assert_eq!(value(&sql, "versioned:1:v2").as_deref(), Some("\"1\""));
    assert_eq!(one::versioned::cache_clear(), Invalidation::Confirmed);
    assert_eq!(count(&sql, "entries"), 1, "a clear is about one version");
}

#[test]
fn a_codec_writes_bytes() {
    static TIER: Tier = Tier::new();
    #[lru_cache(disk(key = "packed:{n}", codec = MessagePack, tier = TIER))]
    fn packed(n: u32) -> (f64, Vec<u32>) {
        (f64::NAN, vec![n; 3])
    }
    let folder = Folder::new();
    let first = Installed::new(&TIER, folder.disk());
    packed(300);
    drop(first);
    let kind: String = folder
        .sql()
        .query_row("SELECT typeof(value) FROM entries", [], |row| row.get(0))
        .expect("a row");
    assert_eq!(kind, "blob");
    let _second = Installed::new(&TIER, folder.disk());
    let ((ratio, numbers), status) = packed::with_status(300);
    assert!(ratio.is_nan() && numbers == [300; 3] && status == CacheStatus::Shared);
}
