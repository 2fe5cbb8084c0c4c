//! Several processes with one file: one computes, the others wait for what it comes to. Section 9
//! of the contract.

use std::time::Duration;

use crate::worker::{Worker, runs};
use crate::{Folder, count, eventually};

/// A lease that does not end during a test.
const LONG: Duration = Duration::from_secs(60);

/// A lease that ends soon after its holder.
const SHORT: Duration = Duration::from_millis(300);

#[test]
fn each_key_is_computed_once_by_four_processes() {
    let folder = Folder::new();
    let file = folder.file();
    let mut workers: Vec<_> = (0..4).map(|_| Worker::start(&file, LONG)).collect();
    for worker in &mut workers {
        worker.tell("range 0 200");
    }
    for worker in &mut workers {
        assert_eq!(worker.hear(), "done");
    }
    assert_eq!(runs(&file), 200);
    let values: Vec<_> = workers.iter_mut().map(|worker| worker.ask("call 7")).collect();
    let value = |answer: &String| answer.split(',').next().map(str::to_owned);
    assert!(values.windows(2).all(|two| value(&two[0]) == value(&two[1])), "{values:?}");
    for worker in &mut workers {
        assert_eq!(worker.ask("stats"), "0 errors, None");
    }
    let sql = folder.sql();
    eventually("all leases are given up", || count(&sql, "leases") == 0);
    assert_eq!(count(&sql, "entries"), 200);
}

#[test]
fn a_process_waits_for_another_that_computes() {
    let folder = Folder::new();
    let [mut one, mut other] = [(); 2].map(|()| Worker::start(&folder.file(), LONG));
    assert_eq!(one.ask("hold 1"), "in");
    other.tell("hold 1");
    let sql = folder.sql();
    assert_eq!(count(&sql, "leases"), 1);
    one.tell("return");
    assert_eq!(one.hear(), "Ok(1), Miss");
    assert_eq!(other.hear(), "Ok(1), Shared");
}

#[test]
fn a_process_whose_call_fails_lets_another_compute() {
    let folder = Folder::new();
    let [mut one, mut other] = [(); 2].map(|()| Worker::start(&folder.file(), LONG));
    assert_eq!(one.ask("hold 1"), "in");
    other.tell("hold 1");
    one.tell("fail");
    assert_eq!(one.hear(), "Err(\"fail\"), Miss");
    assert_eq!(other.hear(), "in");
    assert_eq!(other.ask("return"), "Ok(1), Miss");
}

#[test]
fn a_process_that_is_killed_while_it_computes_does_not_hold_others_up() {
    let folder = Folder::new();
    let [mut one, mut other] = [(); 2].map(|()| Worker::start(&folder.file(), SHORT));
    assert_eq!(one.ask("hold 1"), "in");
    other.tell("hold 1");
    one.kill();
    assert_eq!(other.hear(), "in", "its lease has ended");
    assert_eq!(other.ask("return"), "Ok(1), Miss");
}

#[test]
fn a_lease_is_renewed_while_its_holder_computes() {
    let folder = Folder::new();
    let mut holder = Worker::start(&folder.file(), SHORT);
    assert_eq!(holder.ask("hold 1"), "in");
    let sql = folder.sql();
    let ends_at = || -> i64 {
        sql.query_row("SELECT expires_at FROM leases", [], |row| row.get(0)).expect("a lease")
    };
    let first = ends_at();
    eventually("it is renewed often", || ends_at() >= first + 1000);
    assert_eq!(holder.ask("return"), "Ok(1), Miss");
    eventually("it is given up", || count(&sql, "leases") == 0);
}

#[test]
fn an_invalidation_reaches_the_memory_of_other_processes() {
    let folder = Folder::new();
    let [mut one, mut other] = [(); 2].map(|()| Worker::start(&folder.file(), LONG));
    let first = one.ask("call 1");
    assert!(first.ends_with("Miss") && other.ask("call 1").ends_with("Shared"));
    assert!(other.ask("call 1").ends_with("Hit"));
    for (change, is_seen) in
        [("invalidate 1", "Miss"), ("clear", "Miss"), ("insert 1 new", "Shared")]
    {
        let done = one.ask(change);
        assert!(["Confirmed", "done"].contains(&&*done), "{done}");
        // The other process looks for changes every millisecond.
        let mut seen = String::new();
        eventually(change, || {
            seen = other.ask("call 1");
            !seen.ends_with("Hit")
        });
        assert!(seen.ends_with(is_seen), "{change}: {seen}");
        one.ask("call 1");
    }
    assert!(other.ask("call 1").starts_with("new"), "what was inserted");
}

#[test]
fn an_invalidated_result_that_another_process_computes_is_not_stored() {
    let folder = Folder::new();
    let mut holder = Worker::start(&folder.file(), LONG);
    assert_eq!(holder.ask("hold 1"), "in");
    // As another program invalidates.
    let sql = folder.sql();
    sql.execute_batch("INSERT INTO changes (key) VALUES ('held:1')").expect("a change");
    assert_eq!(holder.ask("return"), "Ok(1), Miss");
    assert_eq!((count(&sql, "entries"), count(&sql, "leases")), (0, 0));
    assert_eq!(holder.ask("hold 1"), "in", "nor in memory");
}

#[test]
fn what_several_processes_store_and_invalidate_at_once_stays_whole() {
    let folder = Folder::new();
    let mut workers: Vec<_> = (0..3).map(|_| Worker::start(&folder.file(), LONG)).collect();
    for worker in &mut workers {
        assert_eq!(worker.ask("forever"), "in");
    }
    let mut other = Worker::start(&folder.file(), LONG);
    for n in 0..200 {
        let answer = other.ask(&format!("call {n}"));
        assert!(answer.starts_with(&format!("{n} by ")), "{answer}");
    }
    drop(workers);
    let check: String =
        folder.sql().query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a check");
    assert_eq!(check, "ok");
    assert_eq!(other.ask("stats"), "0 errors, None");
}
