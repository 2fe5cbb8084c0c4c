//! A damaged file is set aside and begun anew, another program's file is left as it is. Section 9
//! of the contract.

use std::fs;
use std::path::Path;

use fastrand::Rng;
use functools::disk::Tier;
use functools::{CacheStatus, lru_cache};
use functools_test_support::{Runs, stress_factor};
use rusqlite::Connection;

use crate::{Folder, Installed, PATIENT, count, eventually, value, written};

#[test]
fn a_damaged_file_is_set_aside_and_begun_anew() {
    static TIER: Tier = Tier::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 1, disk(key = "damaged:{n}", tier = TIER))]
    fn damaged(n: u32) -> String {
        RUNS.next();
        "x".repeat(500) + &n.to_string()
    }
    let folder = Folder::new();
    let tier = Installed::new(&TIER, folder.disk());
    (0..200).for_each(|n| drop(damaged(n)));
    drop(tier);
    // All pages but the first, which says whose file it is.
    let mut bytes = fs::read(folder.file()).expect("a file");
    bytes[4096..].fill(0x5a);
    fs::write(folder.file(), bytes).expect("a file");
    let tier = Installed::new(&TIER, folder.disk());
    eventually("the file is begun anew", || {
        let n = 1000 + RUNS.count();
        assert!(damaged(n).ends_with(&n.to_string()));
        tier.stats().set_aside == 1 && tier.stats().connected && tier.stats().stores_now
    });
    assert!(folder.beside(".damaged").exists());
    assert!(damaged(5000).ends_with("5000"));
    written(&tier);
    assert!(value(&folder.sql(), "damaged:5000").is_some());
    let error = tier.last_error().expect("an error");
    assert!(error.contains("damaged") || error.contains("malformed"), "{error}");
}

#[test]
fn a_file_without_its_content_is_begun_anew() {
    for size in [0, 10, 100, 4096, 20_000] {
        static TIER: Tier = Tier::new();
        #[lru_cache(disk(key = "zeros:{n}", tier = TIER))]
        fn zeros(n: u32) -> u32 {
            n + 1
        }
        let folder = Folder::new();
        fs::write(folder.file(), vec![0; size]).expect("a file");
        TIER.install(folder.disk());
        assert_eq!(zeros(1), 2, "{size} zeros");
        assert!(TIER.wait_ready(PATIENT), "{size} zeros: {:?}", TIER.last_error());
        assert_eq!(zeros(2), 3);
        assert_eq!(value(&folder.sql(), "zeros:2").as_deref(), Some("3"), "{size} zeros");
        TIER.uninstall();
    }
}

/// Makes a file.
type Make<'a> = &'a dyn Fn(&Path);

#[test]
fn the_file_of_another_program_is_left_as_it_is() {
    static TIER: Tier = Tier::new();
    #[lru_cache(disk(key = "foreign:{n}", tier = TIER))]
    fn foreign(n: u32) -> u32 {
        n + 1
    }
    let database = |path: &Path| {
        let sql = Connection::open(path).expect("a file");
        sql.execute_batch("CREATE TABLE users (name TEXT); INSERT INTO users VALUES ('me')")
            .expect("a table");
    };
    let later = |path: &Path| {
        let sql = Connection::open(path).expect("a file");
        sql.pragma_update(None, "application_id", i32::from_be_bytes(*b"fnct")).expect("ours");
        sql.pragma_update(None, "user_version", 99).expect("a later version");
    };
    let text = |path: &Path| fs::write(path, "dear diary, ".repeat(100)).expect("a file");
    let empty_of_another = |path: &Path| {
        let sql = Connection::open(path).expect("a file");
        sql.pragma_update(None, "application_id", 7).expect("another's");
    };
    let kinds: [(&str, Make<'_>); 4] = [
        ("another program", &database),
        ("another version", &later),
        ("not a database", &text),
        ("another program", &empty_of_another),
    ];
    for (kind, make) in kinds {
        let folder = Folder::new();
        make(&folder.file());
        let before = fs::read(folder.file()).expect("a file");
        TIER.install(folder.disk());
        assert_eq!((foreign(1), foreign(2)), (2, 3), "{kind}");
        eventually("it is said", || TIER.last_error().is_some_and(|error| error.contains(kind)));
        assert_eq!((foreign(3), foreign::with_status(3).1), (4, CacheStatus::Hit));
        assert!(TIER.stats().errors > 0 && !TIER.stats().connected);
        TIER.uninstall();
        assert_eq!(fs::read(folder.file()).expect("a file"), before, "{kind}");
        assert!(!folder.beside(".damaged").exists(), "{kind}");
    }
}

#[test]
fn whatever_bytes_change_no_call_fails_and_no_result_is_wrong() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 1, disk(key = "mutated:{n}", tier = TIER))]
    fn mutated(n: u32) -> String {
        format!("{n}").repeat(40)
    }
    let folder = Folder::new();
    let tier = Installed::new(&TIER, folder.disk());
    (0..100).for_each(|n| drop(mutated(n)));
    drop(tier);
    let good = fs::read(folder.file()).expect("a file");
    let mut random = Rng::with_seed(7);
    for round in 0..20 * stress_factor() {
        let folder = Folder::new();
        let mut bytes = good.clone();
        for _ in 0..1 + random.usize(..40) {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        if round % 4 == 0 {
            bytes.truncate(random.usize(..bytes.len()));
        }
        fs::write(folder.file(), bytes).expect("a file");
        TIER.install(folder.disk());
        for n in 0..120 {
            assert_eq!(mutated(n), format!("{n}").repeat(40), "round {round}");
        }
        mutated::cache_invalidate(7);
        mutated::cache_clear();
        TIER.uninstall();
    }
}

#[test]
fn a_file_that_is_removed_is_made_again() {
    static TIER: Tier = Tier::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(disk(key = "removed:{n}", tier = TIER))]
    fn removed(n: u32) -> u32 {
        RUNS.next();
        n
    }
    let folder = Folder::new();
    let tier = Installed::new(&TIER, folder.disk());
    removed(1);
    for end in ["", "-wal", "-shm"] {
        fs::remove_file(folder.beside(end)).expect("a file");
    }
    eventually("there is a new one, which is used", || {
        folder.file().exists() && tier.stats().connections == 2 && tier.stats().stores_now
    });
    assert!(!removed::cache_contains(1), "memory begins anew with it");
    removed(2);
    written(&tier);
    assert_eq!(count(&folder.sql(), "entries"), 1);
}
