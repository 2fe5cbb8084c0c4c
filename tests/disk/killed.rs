//! A process that is killed at any moment leaves a good file. Section 9 of the contract.

use std::time::Duration;

use crate::worker::{Worker, runs};
use crate::{Folder, count, eventually};

/// How often a process is killed.
const KILLS: usize = 10;

#[test]
fn a_process_that_is_killed_while_it_writes_leaves_a_good_file() {
    let folder = Folder::new();
    let file = folder.file();
    let lease = Duration::from_millis(50);
    for kill in 0..KILLS {
        let mut worker = Worker::start(&file, lease);
        assert_eq!(worker.ask("forever"), "in");
        // Each time after more work: in an opening, a transaction, a checkpoint.
        let before = runs(&file);
        eventually("it has computed some", || runs(&file) > before + 40 * kill);
        worker.kill();
        let check: String = folder
            .sql()
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .expect("it can be read");
        assert_eq!(check, "ok", "after {kill} kills");
    }
    let mut last = Worker::start(&file, lease);
    assert!(last.ask("call 5000").ends_with("Miss"));
    assert!(count(&folder.sql(), "entries") > 0);
    assert_eq!(last.ask("stats"), "0 errors, None");
    assert!(!folder.beside(".damaged").exists());
}

#[test]
fn what_was_stored_before_a_kill_is_there_after_it() {
    let folder = Folder::new();
    let mut first = Worker::start(&folder.file(), Duration::from_secs(60));
    assert!(first.ask("call 1").ends_with("Miss"));
    first.kill();
    let mut second = Worker::start(&folder.file(), Duration::from_secs(60));
    assert!(second.ask("call 1").ends_with("Shared"));
    assert_eq!(runs(&folder.file()), 1);
}
