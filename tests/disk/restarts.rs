//! A program that is run again finds what the last run has stored. Section 9 of the contract.

use functools::disk::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use functools_test_support::{Runs, now};
use serde::{Deserialize, Serialize};

use crate::{Folder, Installed, value, written};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Place {
    name: String,
    at: (f64, f64),
}

#[test]
fn results_outlive_the_store() {
    static TIER: Tier = Tier::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(ttl = "7d", disk(key = "geocode:{address}", tier = TIER))]
    fn geocode(address: &str) -> Option<Place> {
        RUNS.next();
        Some(Place { name: address.to_owned(), at: (0.1, -0.0) })
    }
    let folder = Folder::new();
    let first = Installed::new(&TIER, folder.disk());
    let (place, status) = geocode::with_status("Unter den Linden 1: \"Berlin\"");
    assert_eq!(status, CacheStatus::Miss);
    drop(first);
    let second = Installed::new(&TIER, folder.disk());
    let found = geocode::with_status("Unter den Linden 1: \"Berlin\"");
    assert_eq!(found, (place, CacheStatus::Shared));
    assert_eq!(geocode::with_status("Unter den Linden 1: \"Berlin\"").1, CacheStatus::Hit);
    assert_eq!(RUNS.count(), 1);
    let stats = second.stats();
    let of_function = geocode::cache_stats().disk.expect("a store");
    for counts in [
        (stats.connected, stats.shared_hits, stats.shared_misses, stats.errors),
        (of_function.connected, of_function.shared_hits, of_function.shared_misses - 1, 0),
    ] {
        assert_eq!(counts, (true, 1, 0, 0));
    }
    assert_eq!(geocode::cache_stats().redis, None);
}

#[test]
fn a_value_is_plain_json_under_its_key() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", disk(key = "item:{id}:{lang}", tier = TIER))]
    fn item(id: u64, lang: &str) -> Place {
        Place { name: format!("{lang} {id}"), at: (1.0, 2.5) }
    }
    let folder = Folder::new();
    let _tier = Installed::new(&TIER, folder.disk());
    item(42, "a:b");
    let text = value(&folder.sql(), "item:42:a%3Ab");
    assert_eq!(text.as_deref(), Some(r#"{"name":"a:b 42","at":[1.0,2.5]}"#));
}

#[test]
fn an_invalidated_result_is_gone_from_memory_and_from_the_file() {
    static TIER: Tier = Tier::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(disk(key = "number:{n}", tier = TIER))]
    fn number(n: u32) -> u32 {
        10 * n + RUNS.next()
    }
    let folder = Folder::new();
    let _tier = Installed::new(&TIER, folder.disk());
    assert_eq!((number(1), number(2)), (11, 22));
    assert_eq!(number::cache_invalidate(1), Invalidation::Confirmed);
    assert_eq!(value(&folder.sql(), "number:1"), None);
    assert_eq!((number(1), number(2)), (13, 22));
    assert_eq!(number::cache_clear(), Invalidation::Confirmed);
    assert_eq!((value(&folder.sql(), "number:1"), value(&folder.sql(), "number:2")), (None, None));
    assert_eq!((number(1), number(2)), (14, 25));
}

#[test]
fn insertions_and_refreshes_replace_what_is_in_the_file() {
    static TIER: Tier = Tier::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(disk(key = "kept:{n}", tier = TIER))]
    fn kept(n: u32) -> u32 {
        n + RUNS.next()
    }
    let folder = Folder::new();
    let tier = Installed::new(&TIER, folder.disk());
    assert_eq!(kept(100), 101);
    kept::cache_insert(100, 7);
    written(&tier);
    assert_eq!(value(&folder.sql(), "kept:100").as_deref(), Some("7"));
    assert_eq!(kept::cache_refresh(100), 102);
    assert_eq!(value(&folder.sql(), "kept:100").as_deref(), Some("102"));
    // What is inserted is in the file before it is read there.
    kept::cache_insert(200, 1);
    functools::caches().filter(|cache| cache.name().ends_with("kept")).for_each(|it| it.clear());
    assert_eq!(kept::with_status(200), (1, CacheStatus::Shared));
}

#[test]
fn what_an_insertion_cannot_write_removes_the_value() {
    static TIER: Tier = Tier::new();
    #[lru_cache(disk(key = "ratio:{n}", tier = TIER))]
    fn ratio(n: u32) -> f64 {
        f64::from(n)
    }
    let folder = Folder::new();
    let tier = Installed::new(&TIER, folder.disk());
    ratio(1);
    ratio::cache_insert(1, f64::NAN);
    written(&tier);
    assert_eq!(value(&folder.sql(), "ratio:1"), None);
    assert_eq!(ratio::cache_stats().disk.expect("a store").unreadable, 1);
}

#[test]
fn without_a_store_a_function_is_cached_in_memory() {
    #[lru_cache(disk = "nowhere:{n}")]
    fn nowhere(n: u32) -> u32 {
        n + 1
    }
    #[lru_cache(disk = "task:{n}")]
    async fn task(n: u32) -> u32 {
        n + 1
    }
    assert_eq!((nowhere(1), nowhere::with_status(1)), (2, (2, CacheStatus::Hit)));
    assert_eq!((now(task(1)), now(task::with_status(1))), (2, (2, CacheStatus::Hit)));
    assert_eq!(nowhere::cache_invalidate(1), Invalidation::Local);
    assert_eq!(nowhere::cache_stats().disk, None);
    assert!(!functools::disk::wait_ready(crate::PATIENT));
}

#[test]
fn an_err_is_not_in_the_file() {
    static TIER: Tier = Tier::new();
    #[lru_cache(disk(key = "checked:{n}", tier = TIER))]
    fn checked(n: u32) -> Result<u32, String> {
        if n == 0 { Err("zero".to_owned()) } else { Ok(n) }
    }
    let folder = Folder::new();
    let tier = Installed::new(&TIER, folder.disk());
    assert!(checked(0).is_err() && checked(3) == Ok(3));
    written(&tier);
    let sql = folder.sql();
    assert_eq!((value(&sql, "checked:0"), value(&sql, "checked:3")), (None, Some("3".to_owned())));
    assert_eq!(crate::count(&sql, "leases"), 0, "the lease of the failed call is given up");
}
