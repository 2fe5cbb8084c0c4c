//! A file that is locked, full, read-only or hangs never fails a call. Section 9 of the contract.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use functools::disk::{Disk, Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use functools_test_support::{Gate, Runs, SECOND};
use serde::{Deserialize, Serialize};

use crate::worker::Worker;
use crate::{Folder, Installed, eventually, value, written};

#[test]
fn a_path_that_can_be_no_file_is_an_error() {
    let folder = Folder::new();
    for (path, expected) in [
        (folder.file().parent().expect("a folder").to_owned(), "is no file"),
        ("".into(), "is no file"),
        (folder.file().join("below"), "is in no directory"),
        ("/no/such/folder/cache.sqlite".into(), "is in no directory"),
    ] {
        let error = Disk::open(&path).expect_err("no file").to_string();
        assert!(error.contains(expected), "{path:?}: {error}");
    }
}

#[test]
fn a_file_that_another_program_has_locked_is_read_and_not_written() {
    static TIER: Tier = Tier::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(ttl = "1h", disk(key = "locked:{n}", l1_ttl = "1h", tier = TIER))]
    fn locked(n: u32) -> u32 {
        n + RUNS.next()
    }
    let folder = Folder::new();
    let timeout = Duration::from_millis(100);
    let tier = Installed::new(&TIER, folder.disk());
    assert_eq!((locked(10), locked(20)), (11, 22));
    drop(tier);
    let tier = Installed::new(&TIER, Disk::open(folder.file()).expect("a path").timeout(timeout));
    let sql = folder.sql();
    sql.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    assert_eq!(locked(30), 33);
    eventually("stores are given up", || {
        locked(1000 + RUNS.count());
        !tier.stats().stores_now
    });
    assert_eq!(locked::with_status(10), (11, CacheStatus::Shared));
    let begun = Instant::now();
    for n in 2000..2100 {
        locked(n);
    }
    assert!(begun.elapsed() < 20 * timeout, "a call does not wait for the lock");
    assert_eq!(locked::with_status(30), (33, CacheStatus::Hit), "in memory it is stored");
    assert_eq!(locked::cache_invalidate(20), Invalidation::Queued);
    let again = locked(20);
    assert_ne!(again, 22, "what is to be removed is not read");
    assert_eq!(tier.stats().queued, 1);
    sql.execute_batch("COMMIT").expect("the lock is given back");
    written(&tier);
    assert_eq!(value(&sql, "locked:20"), None, "the removal is made up for");
    eventually("results are stored again", || {
        let n = 3000 + RUNS.count();
        locked(n);
        value(&sql, &format!("locked:{n}")).is_some()
    });
    let error = tier.last_error().expect("an error");
    assert!(error.contains("locked"), "{error}");
}

#[test]
fn a_clear_that_is_not_done_is_made_up_for() {
    static TIER: Tier = Tier::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(ttl = "1h", disk(key = "cleared:{n}", tier = TIER))]
    fn cleared(n: u32) -> u32 {
        n + RUNS.next()
    }
    let folder = Folder::new();
    let timeout = Duration::from_millis(100);
    let tier = Installed::new(&TIER, Disk::open(folder.file()).expect("a path").timeout(timeout));
    assert_eq!(cleared(10), 11);
    let sql = folder.sql();
    sql.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    assert_eq!(cleared::cache_clear(), Invalidation::Queued);
    assert_ne!(cleared(10), 11, "what is to be removed is not read");
    sql.execute_batch("COMMIT").expect("the lock is given back");
    written(&tier);
    assert_eq!(value(&sql, "cleared:10"), None);
}

/// One of them blocks the thread that drops it, when that is wanted.
#[derive(Clone, Serialize, Deserialize)]
struct Heavy(u32);

static HANGS: Gate = Gate::new();

impl Drop for Heavy {
    fn drop(&mut self) {
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        if name.starts_with("functools-disk-read") {
            HANGS.pass();
        }
    }
}

#[test]
fn a_file_that_hangs_costs_one_limit_and_then_nothing() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "1h", disk(key = "heavy:{n}", tier = TIER))]
    fn heavy(n: u32) -> Heavy {
        Heavy(n)
    }
    #[lru_cache(maxsize = 10_000, ttl = "1h", disk(key = "light:{n}", tier = TIER))]
    fn light(n: u32) -> u32 {
        n
    }
    let folder = Folder::new();
    let limit = Duration::from_millis(200);
    let disk = Disk::open(folder.file()).expect("a path").timeout(limit);
    let tier = Installed::new(&TIER, disk.poll(Duration::from_millis(1)));
    assert_eq!((heavy(1).0, light(1)), (1, 1));
    // The thread that reads stays in this drop, as it would in a read of a device that hangs.
    folder.sql().execute_batch("INSERT INTO changes (key) VALUES ('heavy:1')").expect("a change");
    HANGS.wait_for(1);
    let begun = Instant::now();
    (100..1000).for_each(|n| assert_eq!(light(n), n));
    assert!(begun.elapsed() < 10 * limit, "{:?}", begun.elapsed());
    let stats = tier.stats();
    assert!(!stats.connected && stats.timeouts >= 1 && stats.bypassed > 800, "{stats:?}");
    eventually("memory is valid for `l1_ttl`", || {
        light::cache_ttl(1).is_none_or(|left| left <= 5 * SECOND)
    });
    HANGS.open();
    eventually("the file is used again", || tier.stats().connected);
    assert_eq!(light::with_status(1).0, 1);
    let sql = folder.sql();
    eventually("results are stored again", || {
        let n = 2000 + u32::try_from(tier.stats().shared_misses).expect("few");
        light(n);
        value(&sql, &format!("light:{n}")).is_some()
    });
}

/// A user without rights, where the tests run as root.
const NOBODY: u32 = 65534;

#[test]
fn a_read_only_file_is_read() {
    let folder = Folder::new();
    let file = folder.file();
    let mut writer = Worker::start(&file, SECOND);
    assert!(writer.ask("call 1").ends_with("Miss"));
    // The journal stays with the file, since the process is killed.
    writer.kill();
    for end in ["", "-wal", "-shm"] {
        fs::set_permissions(folder.beside(end), Permissions::from_mode(0o444)).expect("a file");
    }
    let parent = file.parent().expect("a folder");
    fs::set_permissions(parent, Permissions::from_mode(0o555)).expect("a folder");
    if !as_nobody(&file).arg("--list").status().is_ok_and(|status| status.success()) {
        println!("SKIPPED: another user cannot run this program, so none has read the file");
        return;
    }
    let mut reader = Worker::start_by(&mut as_nobody(&file));
    assert_eq!(reader.hear(), "not ready");
    let found = reader.ask("call 1");
    assert!(found.ends_with("Shared") || found.ends_with("Miss"), "{found}");
    assert!(reader.ask("call 2").ends_with("Miss"));
    assert_eq!(reader.ask("invalidate 1"), "Queued");
    drop(reader);
    fs::set_permissions(parent, Permissions::from_mode(0o755)).expect("a folder");
}

/// A worker that may not write to what others own, and to the list of runs all the same.
fn as_nobody(file: &std::path::Path) -> Command {
    let runs = file.with_file_name("cache.sqlite.runs");
    fs::set_permissions(runs, Permissions::from_mode(0o666)).expect("a file");
    let mut command = Worker::command(file, SECOND);
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY);
    }
    command
}

#[test]
fn a_full_device_fails_no_call() {
    // A file system of its own, small, which only this process sees.
    let script = "mount -t tmpfs -o size=600k tmpfs \"$1\" && shift && exec \"$@\"";
    let unshare = |folder: &std::path::Path| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]);
        command.arg(folder);
        command
    };
    let folder = Folder::new();
    let root = folder.file().parent().expect("a folder").to_owned();
    if !unshare(&root).arg("true").status().is_ok_and(|status| status.success()) {
        println!("SKIPPED: no file system can be mounted, so none was full");
        return;
    }
    let mut command = unshare(&root);
    command.arg(std::env::current_exe().expect("this program"));
    Worker::set(&mut command, &folder.file(), SECOND);
    let mut worker = Worker::start_by(&mut command);
    assert_eq!(worker.hear(), "ready");
    assert!(worker.ask("call 1").ends_with("Miss"));
    assert_eq!(worker.ask("fill 0 200"), "done");
    let stats = worker.ask("stats");
    assert!(!stats.starts_with("0 errors") && stats.contains("full"), "{stats}");
    assert!(worker.ask("call 100000").ends_with("Miss"), "it is computed");
    assert!(worker.ask("call 100000").ends_with("Hit"), "and in memory");
}
