//! `skip` and `key`: entries that not all arguments identify (CONTRACT 2, 3).

use std::cell::Cell;
use std::hash::Hash;
use std::sync::Arc;

use functools::lru_cache;
use functools_test_support::info;

#[test]
fn skipped_arguments_are_not_in_the_key() {
    struct Database {
        queries: Cell<u64>,
    }
    #[lru_cache(skip(database, log))]
    fn item(database: &Database, id: u64, log: &mut Vec<u64>) -> u64 {
        database.queries.set(database.queries.get() + 1);
        log.push(id);
        id * 10
    }
    #[lru_cache(skip(show))]
    fn shown(show: impl Fn(u64) -> String, n: u64) -> String {
        show(n)
    }
    #[lru_cache(skip(log), key = (name.map(str::to_owned), n))]
    fn keyed(name: Option<&str>, n: u64, log: &dyn Fn()) -> usize {
        log();
        name.map_or(0, str::len) + usize::try_from(n).unwrap_or(0)
    }

    let database = Database { queries: Cell::new(0) };
    let mut log = Vec::new();
    assert_eq!(item(&database, 1, &mut log), 10);
    assert_eq!(item(&database, 1, &mut log), 10);
    assert_eq!((database.queries.get(), log.len()), (1, 1));
    assert_eq!(item::cache_peek(1), Some(10));

    assert_eq!(shown(|n| n.to_string(), 1), "1");
    assert_eq!(shown(|_| "other".to_owned(), 1), "1");
    assert!(shown::cache_invalidate(1));

    let runs = Cell::new(0);
    let count = || runs.set(runs.get() + 1);
    assert_eq!(keyed(Some("ab"), 1, &count), 3);
    assert_eq!(keyed(Some("ab"), 1, &count), 3);
    assert_eq!(keyed(None, 1, &count), 1);
    assert_eq!(runs.get(), 2);
    assert!(keyed::cache_contains(Some("ab"), 1));
}

#[test]
fn key_expression_replaces_the_arguments() {
    #[lru_cache(key = name.trim())]
    fn length(name: &str) -> usize {
        name.trim().len()
    }
    #[lru_cache(key = x.to_bits())]
    fn exact(x: f64) -> u64 {
        x.to_bits()
    }
    #[lru_cache(key = (key.0, value))]
    fn hygienic(key: (u64, u64), value: u64) -> u64 {
        key.0 + value
    }

    assert_eq!((length(" a "), length("a")), (1, 1));
    assert!(length::cache_contains("a  "));
    assert_eq!(length::cache_info(), info(1, 1, 128, 1));
    assert_ne!(exact(0.0), exact(-0.0));
    assert_eq!((hygienic((1, 2), 3), hygienic((1, 4), 3)), (4, 4));
    assert_eq!(hygienic::cache_info(), info(1, 1, 128, 1));
}

#[test]
fn floats_in_a_key_expression_compare_by_value() {
    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    enum Unit {
        Metre,
        Foot,
    }
    struct Point {
        x: f64,
        y: f64,
        name: String,
    }
    #[lru_cache(key = x * 2.0)]
    fn double(x: f64) -> f64 {
        x * 2.0
    }
    #[lru_cache(key = ((p.x, p.y), unit, p.name.as_str(), 1))]
    fn length(p: &Point, unit: Unit) -> f64 {
        let length = p.x.hypot(p.y) * if p.name.is_empty() { 0.0 } else { 1.0 };
        if unit == Unit::Metre { length } else { length / 0.3048 }
    }
    #[lru_cache(key = [Some(*x), None])]
    fn behind(x: &f32) -> f32 {
        *x
    }
    #[lru_cache(key = &xs[..1])]
    fn first(xs: &[f64]) -> f64 {
        xs[0]
    }
    #[lru_cache(key = (x, (x, *y),), scope = "thread")]
    async fn local<T: Copy + Hash + Eq + 'static>(Path1(x): Path1<f64>, y: &T) -> f64 {
        let _ = y;
        x
    }

    double(0.0);
    double(-0.0);
    double(f64::NAN);
    double(-f64::NAN);
    assert_eq!(double::cache_info(), info(2, 2, 128, 2));
    let point = |x, name: &str| Point { x, y: 1.0, name: name.to_owned() };
    length(&point(0.0, "a"), Unit::Metre);
    length(&point(-0.0, "a"), Unit::Metre);
    length(&point(-0.0, "b"), Unit::Metre);
    length(&point(-0.0, "b"), Unit::Foot);
    assert_eq!(length::cache_info(), info(1, 3, 128, 3));
    assert!(length::cache_contains(&point(0.0, "b"), Unit::Foot));
    assert!(length::cache_invalidate(&point(0.0, "b"), Unit::Foot));
    assert!(!length::cache_contains(&point(0.0, "b"), Unit::Foot));
    assert_eq!(
        (behind(&1.5).to_bits(), behind(&1.5).to_bits()),
        (1.5_f32.to_bits(), 1.5_f32.to_bits())
    );
    assert_eq!(behind::cache_info(), info(1, 1, 128, 1));
    first(&[1.0, 2.0]);
    first(&[1.0, 3.0]);
    assert_eq!(first::cache_info(), info(1, 1, 128, 1));
    assert!(smol::block_on(local(Path1(f64::NAN), &1)).is_nan());
    assert!(local::<i32>::cache_contains(Path1(f64::NAN), &1));
    assert!(!local::<char>::cache_contains(Path1(f64::NAN), &'a'));
}

/// An extractor as of axum: neither `Clone` nor `Hash`.
struct Path1<T>(T);

struct State<T>(T);

struct App {
    base: u64,
}

#[test]
fn pattern_with_one_name_takes_that_name() {
    #[lru_cache(skip(state), key = id)]
    fn sum(State(state): State<Arc<App>>, Path1(id): Path1<u64>) -> u64 {
        state.base + id
    }
    #[lru_cache(skip(base))]
    async fn later(App { base }: &App, &n: &u64) -> u64 {
        base + n
    }
    #[lru_cache(skip(whole))]
    fn pair(whole @ (one, _): (u64, u64), n: u64) -> u64 {
        one + whole.1 + n
    }
    #[lru_cache(skip(r#type), key = n, handle = _)]
    fn raw(Path1(r#type): Path1<&str>, Path1(n): Path1<usize>) -> usize {
        r#type.len() + n
    }
    #[lru_cache(skip(value))]
    fn either((Ok(value) | Err(value)): Result<u64, u64>) -> u64 {
        value
    }

    let app = Arc::new(App { base: 10 });
    assert_eq!(sum(State(Arc::clone(&app)), Path1(1)), 11);
    assert_eq!(sum(State(Arc::new(App { base: 20 })), Path1(1)), 11);
    // The argument is skipped as a whole, also by the handle.
    assert!(sum::cache_contains(Path1(1)) && !sum::cache_contains(Path1(2)));
    assert_eq!((sum::cache_peek(Path1(1)), sum::cache_ttl(Path1(2))), (Some(11), None));
    sum::cache_insert(Path1(2), 0);
    assert_eq!(sum(State(Arc::clone(&app)), Path1(2)), 0);
    assert_eq!(sum::with_status(State(Arc::clone(&app)), Path1(2)).0, 0);
    assert_eq!(sum::cache_refresh(State(Arc::clone(&app)), Path1(2)), 12);
    assert!(sum::cache_invalidate(Path1(1)) && !sum::cache_invalidate(Path1(1)));
    assert_eq!(sum::uncached(State(app), Path1(1)), 11);

    assert_eq!(smol::block_on(later(&App { base: 1 }, &2)), 3);
    assert_eq!(smol::block_on(later(&App { base: 2 }, &2)), 3);
    assert!(later::cache_contains(&2));
    assert_eq!((pair((1, 2), 3), pair((4, 5), 3)), (6, 6));
    assert!(pair::cache_contains(3));
    assert_eq!((raw(Path1("a"), Path1(1)), raw(Path1("ab"), Path1(1))), (2, 2));
    assert_eq!((either(Ok(1)), either(Err(2))), (1, 1));
}

#[test]
fn key_expression_sees_the_bound_names() {
    struct Query {
        text: String,
        limit: usize,
    }
    // A `Copy` value is bound by value.
    #[lru_cache(key = (id as u32, limit + 1, text.to_lowercase()))]
    #[expect(clippy::cast_possible_truncation)]
    fn all(Path1((mut id, _)): Path1<(u64, u8)>, Query { text, limit }: Query) -> usize {
        id += 1;
        text.len() + limit + id as usize
    }
    // Another value is bound by reference, so the body still owns it.
    #[lru_cache(key = name)]
    fn moved(Path1(name): Path1<String>) -> String {
        name
    }
    #[lru_cache(key = format!("{name}:{}", *limit))]
    fn referenced(Path1(name): &Path1<String>, Query { limit, .. }: &Query) -> String {
        name.repeat(*limit)
    }
    #[lru_cache(key = (*first, second))]
    fn by_reference(Path1(ref first): Path1<u64>, &Path1(second): &Path1<u64>) -> u64 {
        first + second
    }
    #[lru_cache(key = length + text.len())]
    fn mixed((length, &text): (usize, &&str)) -> usize {
        length + text.len()
    }
    #[lru_cache(key = whole.0 + one)]
    fn named(whole @ (one, _): (u64, u64)) -> u64 {
        one + whole.1
    }
    #[lru_cache(key = value)]
    fn generic<T: Copy + Hash + Eq + Send + Sync + 'static>(Path1(value): Path1<T>) -> T {
        value
    }
    // The parameter of the closure shadows the argument.
    #[lru_cache(key = id.checked_add(1).map(|id| id * 2))]
    fn shadowed(Path1(id): Path1<u64>) -> u64 {
        id
    }
    impl Query {
        #[lru_cache(skip(self), key = extra)]
        fn method(&self, Path1(extra): Path1<usize>) -> usize {
            self.limit + extra
        }
    }

    let query = |text: &str| Query { text: text.to_owned(), limit: 1 };
    assert_eq!((all(Path1((1, 2)), query("Ab")), all(Path1((1, 3)), query("aB"))), (5, 5));
    assert_eq!(all::cache_info(), info(1, 1, 128, 1));
    let path = |name: &str| Path1(name.to_owned());
    assert_eq!((moved(path("a")), moved(path("a"))), ("a".to_owned(), "a".to_owned()));
    assert!(moved::cache_contains(path("a")) && !moved::cache_contains(path("b")));
    assert_eq!(referenced(&path("a"), &query("")), "a");
    assert!(referenced::cache_contains(&path("a"), &query("other")));
    assert_eq!(by_reference(Path1(1), &Path1(2)), 3);
    assert!(by_reference::cache_contains(Path1(1), &Path1(2)));
    assert_eq!((mixed((1, &"a")), mixed((0, &"ab"))), (2, 2));
    assert_eq!((named((1, 2)), named((1, 3))), (3, 3));
    assert_eq!((generic(Path1(1)), generic(Path1('a'))), (1, 'a'));
    assert_eq!(shadowed(Path1(3)), 3);
    assert_eq!((query("").method(Path1(1)), query("a").method(Path1(1))), (2, 2));
}
