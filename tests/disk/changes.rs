//! Changes by other programs, and what this process has in memory. Section 9 of the contract.

use std::time::Duration;

use functools::disk::Tier;
use functools::{CacheStatus, lru_cache};
use functools_test_support::{Gate, Runs, in_threads};

use crate::{Folder, Installed, eventually};

/// How often the stores here look for changes.
const OFTEN: Duration = Duration::from_millis(1);

#[test]
fn a_change_by_another_program_reaches_memory() {
    static TIER: Tier = Tier::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(ttl = "1h", disk(key = "watched:{n}", tier = TIER))]
    fn watched(n: u32) -> u32 {
        100 * n + RUNS.next()
    }
    let folder = Folder::new();
    let tier = Installed::new(&TIER, folder.disk().poll(OFTEN));
    assert_eq!((watched(1), watched(2)), (101, 202));
    let sql = folder.sql();
    sql.execute_batch("INSERT INTO changes (key) VALUES ('watched:1')").expect("a change");
    eventually("it is out of memory", || !watched::cache_contains(1));
    assert!(watched::cache_contains(2), "and nothing else is");
    assert_eq!(watched::with_status(1), (103, CacheStatus::Miss), "nor is it in the file");
    assert_eq!(tier.stats().invalidations, 1);
    // A new value: the change first, then the value, in one transaction.
    sql.execute_batch(
        "BEGIN IMMEDIATE; INSERT INTO changes (key) VALUES ('watched:2');
         INSERT INTO entries (key, value) VALUES ('watched:2', '7'); COMMIT",
    )
    .expect("a new value");
    eventually("the old value is out of memory", || !watched::cache_contains(2));
    assert_eq!(watched::with_status(2), (7, CacheStatus::Shared));
}

#[test]
fn a_process_that_has_missed_changes_empties_its_memory() {
    static TIER: Tier = Tier::new();
    #[lru_cache(disk(key = "behind:{n}", tier = TIER))]
    fn behind(n: u32) -> u32 {
        n
    }
    let folder = Folder::new();
    let _tier = Installed::new(&TIER, folder.disk().poll(OFTEN));
    behind(1);
    let sql = folder.sql();
    // As if more had changed meanwhile than is kept.
    sql.execute_batch(
        "BEGIN IMMEDIATE; UPDATE sqlite_sequence SET seq = seq + 20000 WHERE name = 'changes';
         INSERT OR IGNORE INTO sqlite_sequence (name, seq) SELECT 'changes', 20000
             WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'changes');
         INSERT INTO changes (key) VALUES ('another'); COMMIT",
    )
    .expect("a later change");
    eventually("its memory is empty", || behind::cache_info().currsize == 0);
    assert_eq!(behind::with_status(1), (1, CacheStatus::Shared), "the file has it");
}

#[test]
fn a_computation_whose_key_is_changed_is_not_stored() {
    static TIER: Tier = Tier::new();
    static GATE: Gate = Gate::new();
    #[lru_cache(disk(key = "changing:{n}", tier = TIER))]
    fn changing(n: u32) -> u32 {
        GATE.pass();
        n
    }
    let folder = Folder::new();
    let tier = Installed::new(&TIER, folder.disk().poll(OFTEN));
    let sql = folder.sql();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| changing::with_status(1));
        GATE.wait_for(1);
        sql.execute_batch("INSERT INTO changes (key) VALUES ('changing:1')").expect("a change");
        eventually("the change is read", || tier.stats().invalidations == 1);
        GATE.open();
        assert_eq!(call.join().expect("a result"), (1, CacheStatus::Miss));
    });
    assert!(!changing::cache_contains(1));
    assert_eq!((crate::count(&sql, "entries"), crate::count(&sql, "leases")), (0, 0));
}

#[test]
fn threads_of_one_process_read_and_compute_once() {
    static TIER: Tier = Tier::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 1000, disk(key = "threads:{n}", tier = TIER))]
    fn threads(n: u32) -> u32 {
        RUNS.next();
        n
    }
    let folder = Folder::new();
    let first = Installed::new(&TIER, folder.disk());
    let all = || in_threads(8, |_| (0..100).for_each(|n| assert_eq!(threads(n), n)));
    all();
    assert_eq!((RUNS.count(), first.stats().stores), (100, 100));
    drop(first);
    let second = Installed::new(&TIER, folder.disk());
    all();
    assert_eq!((RUNS.count(), second.stats().shared_hits, second.stats().errors), (100, 100, 0));
}
