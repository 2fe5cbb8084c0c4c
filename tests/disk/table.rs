//! What other programs put into the file. Section 9 of the contract.

use functools::disk::Tier;
use functools::{CacheStatus, lru_cache};

use crate::{Folder, Installed, value, written};

#[test]
fn what_another_program_has_stored() {
    use CacheStatus::{Miss, Shared};
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 0x100, ttl = "60s", disk(key = "shared:{n}", tier = TIER))]
    fn shared(n: u32) -> u32 {
        n + 1
    }
    let folder = Folder::new();
    let tier = Installed::new(&TIER, folder.disk());
    let sql = folder.sql();
    // The key, the value in SQL, its expiry, what a call returns, and what is counted as
    // undecodable.
    for (n, given, expires_at, expected, undecodable) in [
        (1, "'7'", "NULL", (7, Shared), 0),
        (2, "X'37'", "NULL", (7, Shared), 0),
        (3, "'7'", "1", (4, Miss), 0),
        (4, "'7'", "'soon'", (5, Miss), 1),
        (5, "7", "NULL", (6, Miss), 1),
        (6, "'seven'", "NULL", (7, Miss), 1),
        (7, "'7 '", "9000000000000000", (7, Shared), 0),
        (8, "X''", "NULL", (9, Miss), 1),
        (9, "'7'", "-9223372036854775808", (10, Miss), 0),
        (10, "'7'", "9223372036854775807", (7, Shared), 0),
    ] {
        let before = tier.stats().undecodable;
        let insert = "INSERT INTO entries (key, value, expires_at) VALUES";
        sql.execute_batch(&format!("{insert} ('shared:{n}', {given}, {expires_at})"))
            .expect("a row");
        assert_eq!(shared::with_status(n), expected, "{given}, expires at {expires_at}");
        let counted = tier.stats().undecodable - before;
        assert_eq!(counted, undecodable, "{given}, expires at {expires_at}");
    }
}

#[test]
fn a_value_that_has_changed_on_the_device_is_never_returned() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 1, disk(key = "number:{n}", tier = TIER))]
    fn number(n: u32) -> u32 {
        n + 1
    }
    let folder = Folder::new();
    let tier = Installed::new(&TIER, folder.disk());
    number(41);
    number(0);
    let sql = folder.sql();
    let update = "UPDATE entries SET value = '52' WHERE key = 'number:41'";
    assert_eq!(sql.execute(update, []), Ok(1));
    assert_eq!(number::with_status(41), (42, CacheStatus::Miss));
    assert!(tier.stats().errors >= 1, "a call may read it twice");
    let error = tier.last_error().expect("an error");
    assert!(error.contains("damaged value"), "{error}");
    written(&tier);
    assert_eq!(value(&sql, "number:41").as_deref(), Some("42"), "it is replaced");
}

#[test]
fn clears_remove_the_keys_of_one_function() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 4000, disk(key = "a:{n}", tier = TIER))]
    fn one(n: u32) -> u32 {
        n
    }
    #[lru_cache(disk(key = "a:{n}:{m}", tier = TIER))]
    fn two(n: u32, m: u32) -> u32 {
        n + m
    }
    let folder = Folder::new();
    let tier = Installed::new(&TIER, folder.disk());
    // More than one transaction removes.
    (0..1300).for_each(|n| one::cache_insert(n, n));
    two(1, 2);
    written(&tier);
    let sql = folder.sql();
    sql.execute_batch("INSERT INTO entries (key, value) VALUES (X'613A31', '1'), ('a', '2')")
        .expect("keys of others");
    assert_eq!(crate::count(&sql, "entries"), 1303);
    assert_eq!(one::cache_clear(), functools::disk::Invalidation::Confirmed);
    assert_eq!(crate::count(&sql, "entries"), 3);
    assert_eq!(value(&sql, "a:1:2").as_deref(), Some("3"));
}
