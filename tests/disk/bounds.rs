//! The size of the file, what is evicted, and what has expired. Section 9 of the contract.

use std::fs;

use functools::disk::Tier;
use functools::{CacheStatus, lru_cache};
use functools_test_support::Runs;

use crate::{Folder, Installed, count, eventually, value, written};

/// The smallest bound of a file.
const BOUND: u64 = 256 << 10;

#[test]
fn a_file_beyond_its_bound_loses_the_values_that_were_used_least_recently() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 1, disk(key = "large:{n}", tier = TIER))]
    fn large(n: u32) -> String {
        "x".repeat(4000) + &n.to_string()
    }
    let folder = Folder::new();
    let tier = Installed::new(&TIER, folder.disk().max_bytes(BOUND));
    for n in 0..200 {
        assert!(large(n).ends_with(&n.to_string()));
        // Used all the time, from the file.
        assert!(large(0).ends_with("x0"));
    }
    written(&tier);
    let sql = folder.sql();
    let kept = |n: &u32| value(&sql, &format!("large:{n}")).is_some();
    let kept: Vec<u32> = (0..200).filter(kept).collect();
    let last = 200 - u32::try_from(kept.len() - 1).expect("few");
    assert!((100..190).contains(&last), "{kept:?}");
    let used_last: Vec<u32> = std::iter::once(0).chain(last..200).collect();
    assert_eq!(kept, used_last, "the one that is used all the time, and the last ones");
    let stats = tier.stats();
    assert_eq!(stats.evictions, 200 - u64::try_from(count(&sql, "entries")).expect("a count"));
    eventually("the journal is in the file, which is within its bound", || {
        let _ = sql.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        let size = fs::metadata(folder.file()).expect("a file").len();
        (BOUND / 2..=BOUND + (64 << 10)).contains(&size)
    });
}

#[test]
fn expired_values_make_room_for_others() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 1, ttl = "1ms", disk(key = "short:{n}", tier = TIER))]
    fn short(n: u32) -> String {
        "x".repeat(1000) + &n.to_string()
    }
    let folder = Folder::new();
    let tier = Installed::new(&TIER, folder.disk());
    for n in 0..500 {
        short(n);
    }
    written(&tier);
    let sql = folder.sql();
    eventually("they are removed in passing", || {
        short(0);
        count(&sql, "entries") < 50
    });
    let pages: i64 = sql.query_row("PRAGMA page_count", [], |row| row.get(0)).expect("a count");
    assert!(pages * 4096 < 300 << 10, "{pages} pages, for 500 values of 1000 bytes");
    assert_eq!(tier.stats().evictions, 0);
}

#[test]
fn an_expired_value_is_computed_again() {
    static TIER: Tier = Tier::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(ttl = "60s", disk(key = "expiring:{n}", tier = TIER))]
    fn expiring(n: u32) -> u32 {
        n + RUNS.next()
    }
    let folder = Folder::new();
    let tier = Installed::new(&TIER, folder.disk());
    assert_eq!(expiring(10), 11);
    drop(tier);
    let sql = folder.sql();
    let left: i64 = sql
        .query_row(
            "SELECT expires_at - 1000 * CAST(strftime('%s', 'now') AS INTEGER) FROM entries",
            [],
            |row| row.get(0),
        )
        .expect("a row");
    assert!((55_000..=61_000).contains(&left), "{left} ms of a ttl of 60 s");
    // As if a minute had passed.
    sql.execute_batch("UPDATE entries SET expires_at = 1, checksum = NULL").expect("an update");
    let _again = Installed::new(&TIER, folder.disk());
    assert_eq!(expiring::with_status(10), (12, CacheStatus::Miss));
}

#[test]
fn a_value_beyond_the_cap_is_neither_stored_nor_read() {
    static TIER: Tier = Tier::new();
    #[lru_cache(disk(key = "capped:{n}", tier = TIER))]
    fn capped(n: usize) -> String {
        "x".repeat(n)
    }
    let folder = Folder::new();
    let tier = Installed::new(&TIER, folder.disk().value_cap(100));
    assert_eq!((capped(98).len(), capped(99).len()), (98, 99));
    let sql = folder.sql();
    assert!(value(&sql, "capped:98").is_some() && value(&sql, "capped:99").is_none());
    let insert = "INSERT INTO entries (key, value) VALUES ('capped:5', ?1)";
    sql.execute(insert, [format!("{:?}", "y".repeat(1000))]).expect("another program's value");
    assert_eq!(capped(5), "xxxxx");
    assert_eq!(tier.stats().too_large, 2);
}
