//! `scope = "thread"`: one cache per thread (CONTRACT 2).

use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::thread;

use functools::lru_cache;
use functools_test_support::{Runs, info};

#[test]
fn values_and_arguments_need_not_be_send() {
    #[lru_cache(maxsize = 8, scope = "thread")]
    fn parts(text: Rc<str>, at: &Rc<u8>) -> Rc<[String]> {
        text.split(char::from(**at)).map(str::to_owned).collect()
    }
    let comma = Rc::new(b',');
    let first = parts("a,b".into(), &comma);
    assert_eq!(*first, ["a", "b"]);
    assert!(Rc::ptr_eq(&first, &parts("a,b".into(), &comma)));
    assert_eq!(parts::cache_info(), info(1, 1, 8, 1));
}

#[test]
fn each_thread_has_its_own_cache() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 8, scope = "thread")]
    fn run(_: u32) -> Rc<u32> {
        RUNS.next().into()
    }
    assert_eq!((*run(1), *run(1)), (1, 1));
    let other = thread::spawn(|| {
        let before = run::cache_info();
        let runs = (*run(1), *run(1));
        run::cache_insert(2, 100.into());
        (before, runs, run::cache_info())
    });
    let other = other.join().expect("no panic");
    assert_eq!(other, (info(0, 0, 8, 0), (2, 2), info(1, 1, 8, 2)));
    assert_eq!(run::cache_info(), info(1, 1, 8, 1), "nothing of it is seen here");
    thread::spawn(run::cache_clear).join().expect("no panic");
    assert_eq!(*run(1), 1, "nor is it cleared");
}

#[test]
fn thread_drops_its_cache_when_it_ends() {
    #[lru_cache(maxsize = 8, scope = "thread")]
    fn shared(_: u32) -> Arc<u32> {
        Arc::new(1)
    }
    let weak: Weak<u32> = thread::spawn(|| Arc::downgrade(&shared(1))).join().expect("no panic");
    assert!(weak.upgrade().is_none());
}
