//! What of a result is stored: decided by its type and the options, not by how the type is spelt.

mod common;

use std::error::Error;
use std::hash::Hash;
use std::io;

use common::{Runs, info};
use functools::{CacheStatus, cache, lru_cache};

mod result {
    use super::*;

    #[test]
    fn ok_is_stored_and_err_is_not() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn even(n: u32) -> Result<u32, String> {
            let run = RUNS.next();
            if n.is_multiple_of(2) { Ok(run) } else { Err(format!("run {run}")) }
        }
        assert_eq!((even(2), even(2)), (Ok(1), Ok(1)));
        assert_eq!(even(3), Err("run 2".to_owned()));
        assert_eq!(even(3), Err("run 3".to_owned()));
        assert_eq!(even::cache_info(), info(1, 3, 8, 1));
        assert_eq!(even::cache_peek(2), Some(Ok(1)));
        assert_eq!(even::cache_peek(3), None);
    }

    #[test]
    fn err_evicts_nothing() {
        #[lru_cache(maxsize = 1)]
        fn even(n: u32) -> Result<u32, u32> {
            if n.is_multiple_of(2) { Ok(n) } else { Err(n) }
        }
        assert_eq!((even(2), even(3)), (Ok(2), Err(3)));
        assert_eq!(even::with_status(2), (Ok(2), CacheStatus::Hit));
        assert_eq!(even::cache_info(), info(1, 2, 1, 1));
    }

    #[test]
    fn what_failed_once_is_stored_when_it_succeeds() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn second_time(_: u32) -> Result<u32, u32> {
            match RUNS.next() {
                1 => Err(1),
                run => Ok(run),
            }
        }
        assert_eq!([(); 3].map(|()| second_time(1)), [Err(1), Ok(2), Ok(2)]);
    }

    #[test]
    fn behind_an_alias() {
        type Fallible<T> = Result<T, String>;
        type Parsed = Fallible<u32>;
        #[lru_cache(maxsize = 8)]
        fn one_parameter(text: &str) -> Fallible<u32> {
            text.parse().map_err(|_| text.to_owned())
        }
        #[lru_cache(maxsize = 8)]
        fn no_parameter(text: &str) -> Parsed {
            text.parse().map_err(|_| text.to_owned())
        }
        for _ in 0..2 {
            assert_eq!((one_parameter("1"), one_parameter("x")), (Ok(1), Err("x".to_owned())));
            assert_eq!((no_parameter("1"), no_parameter("x")), (Ok(1), Err("x".to_owned())));
        }
        assert_eq!(one_parameter::cache_info(), info(1, 3, 8, 1));
        assert_eq!(no_parameter::cache_info(), info(1, 3, 8, 1));
    }

    #[test]
    fn io_result() {
        #[lru_cache(maxsize = 8)]
        fn read(path: &str) -> io::Result<Vec<u8>> {
            if path.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(path.into()) }
        }
        for _ in 0..2 {
            assert_eq!(read("a").expect("it is there"), b"a");
            assert_eq!(read("").map_err(|error| error.kind()), Err(io::ErrorKind::NotFound));
        }
        assert_eq!(read::cache_info(), info(1, 3, 8, 1));
    }

    #[test]
    fn an_error_needs_neither_clone_nor_send() {
        #[lru_cache(maxsize = 8)]
        fn parse(text: &str) -> Result<u32, Box<dyn Error>> {
            Ok(text.parse::<u32>()?)
        }
        for _ in 0..2 {
            assert_eq!(parse("1").expect("a number"), 1);
            assert!(parse("x").is_err_and(|error| error.is::<std::num::ParseIntError>()));
        }
        assert_eq!(parse::cache_info(), info(1, 3, 8, 1));
    }

    #[test]
    fn a_generic_ok_or_error() {
        #[lru_cache(maxsize = 8, skip(err))]
        fn choose<T: Clone + Hash + Eq + Send + Sync + 'static, E>(
            ok: Option<T>,
            err: E,
        ) -> Result<T, E> {
            ok.ok_or(err)
        }
        for _ in 0..2 {
            assert_eq!(choose(Some(1), "none"), Ok(1));
            assert_eq!(choose(None::<i32>, "none"), Err("none"));
        }
        assert_eq!(choose::<i32, &str>::cache_info(), info(1, 3, 8, 1));
    }

    /// In a generic function nothing says that `R` is a `Result`, so it is stored whole.
    #[test]
    fn a_generic_type_that_happens_to_be_a_result_is_stored_whole() {
        #[lru_cache(maxsize = 8)]
        fn run<R: Clone + Send + Sync + 'static>(body: fn() -> R) -> R {
            body()
        }
        let err: fn() -> Result<u32, String> = || Err("down".to_owned());
        assert_eq!(run(err), Err("down".to_owned()));
        assert_eq!(run::with_status(err), (Err("down".to_owned()), CacheStatus::Hit));
        assert_eq!(run::<Result<u32, String>>::cache_info(), info(1, 1, 8, 1));
    }

    #[test]
    fn cache_err_stores_both() {
        static RUNS: Runs = Runs::new();
        type Fallible = Result<u32, String>;
        #[lru_cache(maxsize = 8, cache_err = true)]
        fn even(n: u32) -> Result<u32, String> {
            let run = RUNS.next();
            if n.is_multiple_of(2) { Ok(run) } else { Err(format!("run {run}")) }
        }
        #[lru_cache(maxsize = 8, cache_err = true)]
        fn parse(text: &str) -> Fallible {
            text.parse().map_err(|_| text.to_owned())
        }
        for _ in 0..2 {
            assert_eq!((even(2), even(3)), (Ok(1), Err("run 2".to_owned())));
            assert_eq!((parse("1"), parse("x")), (Ok(1), Err("x".to_owned())));
        }
        assert_eq!(even::cache_info(), info(2, 2, 8, 2));
        assert_eq!(parse::cache_info(), info(2, 2, 8, 2));
        assert_eq!(even::cache_peek(3), Some(Err("run 2".to_owned())));
        even::cache_insert(2, Err("by hand".to_owned()));
        assert_eq!(even(2), Err("by hand".to_owned()));
    }

    #[test]
    fn cache_err_false_is_the_default() {
        #[lru_cache(maxsize = 8, cache_err = false)]
        fn fails(n: u32) -> Result<(), u32> {
            Err(n)
        }
        assert_eq!((fails(1), fails(1)), (Err(1), Err(1)));
        assert_eq!(fails::cache_info(), info(0, 2, 8, 0));
    }
}

mod option {
    use super::*;

    type Maybe<T> = Option<T>;

    #[test]
    fn none_is_stored() {
        #[lru_cache(maxsize = 8)]
        fn half(n: u32) -> Option<u32> {
            n.is_multiple_of(2).then_some(n / 2)
        }
        for _ in 0..2 {
            assert_eq!((half(2), half(3)), (Some(1), None));
        }
        assert_eq!(half::cache_info(), info(2, 2, 8, 2));
        assert_eq!(half::cache_peek(3), Some(None));
    }

    #[test]
    fn cache_none_false_leaves_none_out() {
        #[lru_cache(maxsize = 8, cache_none = false)]
        fn half(n: u32) -> Option<u32> {
            n.is_multiple_of(2).then_some(n / 2)
        }
        #[lru_cache(maxsize = 8, cache_none = false)]
        fn aliased(n: u32) -> Maybe<u32> {
            n.is_multiple_of(2).then_some(n / 2)
        }
        for _ in 0..2 {
            assert_eq!((half(2), half(3)), (Some(1), None));
            assert_eq!((aliased(2), aliased(3)), (Some(1), None));
        }
        assert_eq!(half::cache_info(), info(1, 3, 8, 1));
        assert_eq!(aliased::cache_info(), info(1, 3, 8, 1));
        assert_eq!(half::cache_peek(3), None);
    }

    #[test]
    fn cache_none_false_leaves_ok_none_out() {
        #[lru_cache(maxsize = 8, cache_none = false)]
        fn find(n: u32) -> io::Result<Maybe<u32>> {
            if n == 0 {
                Err(io::ErrorKind::Other.into())
            } else {
                Ok(n.is_multiple_of(2).then_some(n))
            }
        }
        for _ in 0..2 {
            assert_eq!(find(2).expect("no error"), Some(2));
            assert_eq!(find(3).expect("no error"), None);
            assert!(find(0).is_err());
        }
        assert_eq!(find::cache_info(), info(1, 5, 8, 1));
    }

    #[test]
    fn cache_none_false_goes_with_cache_err() {
        #[lru_cache(maxsize = 8, cache_none = false, cache_err = true)]
        fn find(n: u32) -> Result<Option<u32>, String> {
            if n == 0 { Err("zero".to_owned()) } else { Ok(n.is_multiple_of(2).then_some(n)) }
        }
        for _ in 0..2 {
            assert_eq!((find(2), find(3)), (Ok(Some(2)), Ok(None)));
            assert_eq!(find(0), Err("zero".to_owned()));
        }
        assert!(find::cache_contains(2));
        assert!(!find::cache_contains(3));
        assert!(find::cache_contains(0));
    }

    #[test]
    fn cache_none_false_looks_at_the_outer_option_alone() {
        #[lru_cache(maxsize = 8, cache_none = false)]
        #[expect(clippy::option_option, reason = "it is what this is about")]
        fn nested(n: u32) -> Option<Option<u32>> {
            (n > 0).then_some((n > 1).then_some(n))
        }
        assert_eq!([0, 1, 2].map(nested), [None, Some(None), Some(Some(2))]);
        assert!(!nested::cache_contains(0));
        assert!(nested::cache_contains(1));
        assert!(nested::cache_contains(2));
    }
}

mod cache_if {
    use super::*;

    #[test]
    fn closure() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8, cache_if = |run| run.is_multiple_of(2))]
        fn run(_: u32) -> u32 {
            RUNS.next()
        }
        assert_eq!([(); 3].map(|()| run(1)), [1, 2, 2]);
        assert_eq!(run::cache_info(), info(1, 2, 8, 1));
    }

    #[test]
    fn path() {
        mod rules {
            #[derive(Clone, Debug, PartialEq)]
            pub(crate) struct Page(pub(crate) String);

            pub(crate) fn is_complete(page: &Page) -> bool {
                page.0.ends_with('.')
            }
        }
        #[lru_cache(maxsize = 8, cache_if = rules::is_complete)]
        fn page(text: &str) -> rules::Page {
            rules::Page(text.to_owned())
        }
        #[lru_cache(maxsize = 8, cache_if = Option::is_some)]
        fn first(text: &str) -> Option<char> {
            text.chars().next()
        }
        for _ in 0..2 {
            assert_eq!((page("a").0, page("a.").0), ("a".to_owned(), "a.".to_owned()));
            assert_eq!((first(""), first("ab")), (None, Some('a')));
        }
        assert_eq!(page::cache_info(), info(1, 3, 8, 1));
        assert_eq!(first::cache_info(), info(1, 3, 8, 1));
    }

    #[test]
    fn is_asked_once_about_the_whole_result_before_it_is_stored() {
        static ASKED: Runs = Runs::new();
        #[lru_cache(maxsize = 8, cache_if = |result: &Result<u32, String>| {
            ASKED.next();
            assert!(!even::cache_contains(2), "not yet");
            *result == Ok(2)
        })]
        fn even(n: u32) -> Result<u32, String> {
            if n.is_multiple_of(2) { Ok(n) } else { Err(n.to_string()) }
        }
        assert_eq!(even(2), Ok(2));
        assert_eq!(ASKED.count(), 1);
        assert_eq!(even(2), Ok(2));
        assert_eq!(ASKED.count(), 1, "not about a hit");
    }

    #[test]
    fn is_not_asked_about_what_is_not_stored_anyway() {
        static ASKED: Runs = Runs::new();
        fn ask<R>(_: &R) -> bool {
            ASKED.next() > 0
        }
        #[lru_cache(maxsize = 8, cache_if = ask)]
        fn fails(n: u32) -> Result<(), u32> {
            Err(n)
        }
        #[lru_cache(maxsize = 8, cache_if = ask, cache_none = false)]
        fn finds_nothing(n: u32) -> Option<u32> {
            n.checked_sub(n + 1)
        }
        #[lru_cache(maxsize = 8, cache_if = ask, cache_none = false)]
        fn finds_nothing_at_all(n: u32) -> Result<Option<u32>, u32> {
            if n == 0 { Err(n) } else { Ok(None) }
        }
        #[lru_cache(maxsize = 0, cache_if = ask)]
        fn no_room(n: u32) -> u32 {
            n
        }
        assert_eq!((fails(1), finds_nothing(1)), (Err(1), None));
        assert_eq!((finds_nothing_at_all(1), finds_nothing_at_all(0)), (Ok(None), Err(0)));
        assert_eq!(no_room(1), 1);
        assert_eq!(no_room::uncached(1), 1);
        assert_eq!(ASKED.count(), 0);
    }

    #[test]
    fn is_asked_about_err_and_none_where_they_are_stored() {
        #[lru_cache(maxsize = 8, cache_err = true, cache_if = |result| result != &Err(1))]
        fn fails(n: u32) -> Result<(), u32> {
            Err(n)
        }
        #[lru_cache(maxsize = 8, cache_if = Option::is_none)]
        fn half(n: u32) -> Option<u32> {
            n.is_multiple_of(2).then_some(n / 2)
        }
        for _ in 0..2 {
            assert_eq!((fails(1), fails(2)), (Err(1), Err(2)));
            assert_eq!((half(2), half(3)), (Some(1), None));
        }
        assert_eq!(fails::cache_info(), info(1, 3, 8, 1));
        assert_eq!(half::cache_info(), info(1, 3, 8, 1));
    }
}

mod other_results {
    use super::*;

    #[test]
    fn unit() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn once(_: u32) {
            RUNS.next();
        }
        #[lru_cache(maxsize = 8)]
        fn checked(n: u32) -> Result<(), u32> {
            if n.is_multiple_of(2) { Ok(()) } else { Err(n) }
        }
        once(1);
        once(1);
        assert_eq!(RUNS.count(), 1);
        assert_eq!(once::with_status(1), ((), CacheStatus::Hit));
        assert_eq!(once::cache_peek(1), Some(()));
        once::cache_insert(2, ());
        once(2);
        assert_eq!(once::cache_info(), info(3, 1, 8, 2));
        assert_eq!((checked(2), checked(2), checked(3)), (Ok(()), Ok(()), Err(3)));
        assert_eq!(checked::cache_info(), info(1, 2, 8, 1));
    }

    #[test]
    fn function_pointers_and_static_references() {
        #[cache]
        fn operation(sign: char) -> Option<fn(i32, i32) -> i32> {
            match sign {
                '+' => Some(|a, b| a + b),
                _ => None,
            }
        }
        #[cache]
        fn name(n: u32) -> &'static str {
            if n == 1 { "one" } else { "many" }
        }
        for _ in 0..2 {
            assert_eq!(operation('+').map(|add| add(1, 2)), Some(3));
            assert!(operation('?').is_none());
            assert_eq!((name(1), name(2)), ("one", "many"));
        }
        assert_eq!(operation::cache_info(), info(2, 2, None, 2));
        assert_eq!(name::cache_info(), info(2, 2, None, 2));
    }
}

mod skip {
    use super::*;

    /// Neither `Clone` nor `Hash`, `Eq`, `Send` or `Sync`.
    struct Database {
        queries: std::cell::Cell<u32>,
        _connection: std::rc::Rc<()>,
    }

    fn row_of(id: u32) -> String {
        format!("row {id}")
    }

    impl Database {
        fn new() -> Self {
            Database { queries: 0.into(), _connection: ().into() }
        }

        fn query(&self, id: u32) -> String {
            self.queries.set(self.queries.get() + 1);
            row_of(id)
        }

        #[lru_cache(maxsize = 8, skip(self))]
        fn row(&self, id: u32) -> Result<String, Box<dyn Error>> {
            if id == 0 { Err("no row 0".into()) } else { Ok(self.query(id)) }
        }
    }

    #[test]
    fn a_database_handle_by_reference() {
        #[lru_cache(maxsize = 8, skip(db))]
        fn row(db: &Database, id: u32) -> String {
            db.query(id)
        }
        let (one, other) = (Database::new(), Database::new());
        assert_eq!((row(&one, 1), row(&one, 1), row(&other, 1)), (row_of(1), row_of(1), row_of(1)));
        assert_eq!((one.queries.get(), other.queries.get()), (1, 0));
    }

    #[test]
    fn a_database_handle_by_value_or_mutable_reference() {
        #[lru_cache(maxsize = 8, skip(db))]
        fn owned(db: Database, id: u32) -> String {
            db.query(id)
        }
        #[lru_cache(maxsize = 8, skip(db))]
        fn mutable(db: &mut Database, id: u32) -> String {
            *db.queries.get_mut() += 1;
            db.query(id)
        }
        assert_eq!((owned(Database::new(), 1), owned(Database::new(), 1)), (row_of(1), row_of(1)));
        assert_eq!(owned::cache_info(), info(1, 1, 8, 1));
        let mut db = Database::new();
        assert_eq!((mutable(&mut db, 1), mutable(&mut db, 1)), (row_of(1), row_of(1)));
        assert_eq!(db.queries.get(), 2, "the body ran once");
    }

    #[test]
    fn a_method_of_the_handle_itself() {
        let db = Database::new();
        for _ in 0..2 {
            assert_eq!(db.row(1).expect("a row"), row_of(1));
            assert!(db.row(0).is_err());
        }
        assert_eq!((db.queries.get(), Database::row_cache_info()), (1, info(1, 3, 8, 1)));
    }
}

mod thread_scope {
    use std::rc::Rc;
    use std::sync::{Arc, Weak};
    use std::thread;

    use super::*;

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
    fn fallible_values_need_not_be_send() {
        #[lru_cache(maxsize = 8, scope = "thread")]
        fn even(n: u32) -> Result<Rc<u32>, Box<dyn Error>> {
            if n.is_multiple_of(2) { Ok(n.into()) } else { Err("odd".into()) }
        }
        for _ in 0..2 {
            assert_eq!(even(2).expect("even"), 2.into());
            assert!(even(3).is_err());
        }
        assert_eq!(even::cache_info(), info(1, 3, 8, 1));
    }

    #[test]
    fn each_thread_has_a_cache_of_its_own() {
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
    fn a_cache_ends_with_its_thread() {
        #[lru_cache(maxsize = 8, scope = "thread")]
        fn shared(_: u32) -> Arc<u32> {
            Arc::new(1)
        }
        let weak: Weak<u32> =
            thread::spawn(|| Arc::downgrade(&shared(1))).join().expect("no panic");
        assert!(weak.upgrade().is_none());
    }
}
