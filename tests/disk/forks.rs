//! A process that was forked after `install` caches in memory alone. Section 9 of the contract.

use std::env;
use std::fs;
use std::process::{Command, Stdio};

use fork::{Fork, fork};
use functools::disk::{Disk, Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use functools_test_support::SECOND;

use crate::{Folder, PATIENT, eventually, patient};

const FILE: &str = "FUNCTOOLS_TESTS_DISK_FORK";

static TIER: Tier = Tier::new();

#[lru_cache(ttl = "60s", disk(key = "fork:{n}", tier = TIER))]
fn item(n: u32) -> u32 {
    n + 1
}

/// What the test starts as a program of its own. It says by files how far it has come.
#[test]
#[ignore = "what the process does that the other test starts"]
fn worker() {
    let Ok(file) = env::var(FILE) else { return };
    let say = |what: &str| fs::write(format!("{file}.{what}"), "").expect("a file");
    TIER.install(patient(file.as_ref()));
    assert!(TIER.wait_ready(PATIENT), "{:?}", TIER.last_error());
    assert_eq!(item(1), 2);
    if let Fork::Child = fork().expect("a child") {
        assert_eq!((item(1), item(2), item::with_status(2).1), (2, 3, CacheStatus::Hit));
        assert_eq!(item::cache_invalidate(1), Invalidation::Local);
        assert!(!TIER.wait_ready(SECOND));
        assert!(TIER.last_error().is_some_and(|error| error.contains("forked")));
        say("child");
        // The same file again: SQLite must not open it here.
        TIER.install(Disk::open(&file).expect("a path"));
        assert_eq!((item(1), item(3)), (2, 4));
        eventually("that is said", || {
            TIER.last_error().is_some_and(|error| error.contains("forked"))
        });
        // Another one.
        TIER.install(patient(format!("{file}.child.sqlite").as_ref()));
        assert!(TIER.wait_ready(PATIENT), "{:?}", TIER.last_error());
        assert_eq!(item(4), 5);
        say("grown");
    } else {
        assert_eq!(item(5), 6);
        say("parent");
    }
    let this = rustix::process::getpid();
    rustix::process::kill_process(this, rustix::process::Signal::KILL).expect("it is this one");
}

#[test]
fn a_forked_process_uses_memory_alone() {
    let folder = Folder::new();
    let mut command = Command::new(env::current_exe().expect("this program"));
    command.args(["--exact", "forks::worker", "--ignored", "--nocapture"]);
    command.env(FILE, folder.file()).stdin(Stdio::null()).stdout(Stdio::null());
    let mut parent = command.spawn().expect("it starts");
    for said in ["child", "grown", "parent"] {
        eventually(said, || folder.beside(&format!(".{said}")).exists());
    }
    parent.wait().expect("it is our child");
    let sql = folder.sql();
    let keys = |n: u32| crate::value(&sql, &format!("fork:{n}"));
    assert_eq!((keys(1).as_deref(), keys(5).as_deref()), (Some("2"), Some("6")));
    assert_eq!((keys(2), keys(3), keys(4)), (None, None, None));
}
