//! `weight`: which functions weigh, what the closure gets, and when it runs (CONTRACT 2).

use std::panic::catch_unwind;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::thread;

use functools::{CacheStatus, lru_cache};
use functools_test_support::kept;

#[test]
fn weight_gets_the_key_in_the_form_of_the_arguments() {
    #[lru_cache(maxweight = "1KiB", weight = |key, value| (key.len() + value.len()) as u64)]
    fn of_one(text: &str) -> String {
        text.to_uppercase()
    }
    of_one("abc");
    assert_eq!(of_one::cache_stats().weight, 6);

    #[lru_cache(maxweight = 100, skip(scale), weight = |(name, id): (&String, &u64), value| {
        name.len() as u64 + id + value
    })]
    fn of_two(name: &str, scale: f64, id: u64) -> u64 {
        let _ = scale;
        name.len() as u64 + id
    }
    of_two("ab", 0.5, 3);
    assert_eq!(of_two::cache_stats().weight, 10);

    #[lru_cache(maxweight = 100, weight = |(): (), value| *value)]
    fn of_none() -> u64 {
        7
    }
    of_none();
    assert_eq!(of_none::cache_stats().weight, 7);

    #[lru_cache(maxweight = 100, key = name.to_lowercase(), weight = |key, _| key.len() as u64)]
    fn of_a_key(name: &str) -> u64 {
        name.len() as u64
    }
    of_a_key("AbC");
    assert_eq!(of_a_key::cache_stats().weight, 3);
    of_a_key::cache_insert("d", 0);
    assert_eq!(of_a_key::cache_stats().weight, 4);

    #[lru_cache(
        maxweight = 100,
        key = (x, name.trim()),
        weight = |(x, name), _| *x as u64 + name.len() as u64
    )]
    fn of_several_keys(x: f64, name: &str) -> f64 {
        x * name.len() as f64
    }
    of_several_keys(5.0, " ab ");
    assert_eq!(of_several_keys::cache_stats().weight, 7);
}

#[test]
fn weight_gets_the_result() {
    fn of_text(text: &str) -> u64 {
        text.len() as u64
    }

    fn of_result(result: &Result<String, String>) -> u64 {
        result.as_ref().map_or(1_000, |text| of_text(text))
    }

    #[lru_cache(maxweight = 10, weight = of_result)]
    fn by_path(len: usize) -> Result<String, String> {
        if len == 0 { Err("empty".to_owned()) } else { Ok("a".repeat(len)) }
    }
    by_path(4).unwrap();
    by_path(0).unwrap_err();
    let stats = by_path::cache_stats();
    assert_eq!((stats.weight, stats.failures, stats.too_heavy), (4, 1, 0), "no `Err` is weighed");

    #[lru_cache(maxweight = 10, weight = |value: &Option<u64>| -> u64 { value.unwrap_or(3) })]
    fn option(n: u64) -> Option<u64> {
        (n != 0).then_some(n)
    }
    option(0);
    option(4);
    assert_eq!(option::cache_stats().weight, 7);

    #[lru_cache(maxweight = 10, cache_err = true, weight = |value| match value {
        Ok(text) => of_text(text),
        Err(_) => return 2,
    })]
    fn errors(len: usize) -> Result<String, u8> {
        if len == 0 { Err(0) } else { Ok("a".repeat(len)) }
    }
    let _ = (errors(0), errors(5));
    assert_eq!(errors::cache_stats().weight, 7);
}

#[test]
fn cache_if_runs_before_weight() {
    static WEIGHED: AtomicU64 = AtomicU64::new(0);
    #[lru_cache(
        maxweight = 10,
        cache_if = |n| *n != 3,
        weight = |n| { WEIGHED.fetch_add(1, Relaxed); *n },
    )]
    fn number(n: u64) -> u64 {
        n
    }
    number(3);
    assert_eq!(WEIGHED.load(Relaxed), 0);
    number(4);
    number(4);
    assert_eq!(WEIGHED.load(Relaxed), 1, "once for each entry");
    let stats = number::cache_stats();
    assert_eq!((stats.refused, stats.too_heavy, stats.weight), (1, 0, 4));
}

#[test]
fn panic_in_weight_stores_nothing() {
    static PANICS: AtomicBool = AtomicBool::new(true);
    #[lru_cache(maxweight = 10, weight = |n| {
        assert!(!PANICS.load(Relaxed), "panics in `weight`");
        *n
    })]
    fn number(n: u64) -> u64 {
        n
    }
    catch_unwind(|| number(4)).unwrap_err();
    let stats = number::cache_stats();
    assert_eq!((stats.misses, stats.currsize, stats.weight), (1, 0, 0));
    PANICS.store(false, Relaxed);
    assert_eq!(number::with_status(4), (4, CacheStatus::Miss));
    assert_eq!(number::with_status(4), (4, CacheStatus::Hit));
    assert_eq!(number::cache_stats().weight, 4);

    #[lru_cache(maxweight = 10, weight = |key, _| {
        assert!(*key != 7, "panics in `weight`");
        *key
    })]
    fn with_key(n: u64) -> u64 {
        n
    }
    catch_unwind(|| with_key(7)).unwrap_err();
    assert_eq!(with_key(3), 3);
    assert_eq!((with_key::cache_stats().weight, with_key::cache_info().currsize), (3, 1));
}

#[test]
fn panic_in_weight_lets_a_waiter_compute() {
    static HAS_BEGUN: AtomicBool = AtomicBool::new(false);
    #[lru_cache(maxweight = 10, weight = |_| {
        if !HAS_BEGUN.swap(true, Relaxed) {
            while slow::cache_stats().joined == 0 {
                thread::yield_now();
            }
            panic!("panics in `weight`");
        }
        1
    })]
    fn slow(n: u64) -> u64 {
        n
    }
    thread::scope(|scope| {
        let leader = scope.spawn(|| catch_unwind(|| slow(7)));
        while !HAS_BEGUN.load(Relaxed) {
            thread::yield_now();
        }
        assert_eq!(slow::with_status(7), (7, CacheStatus::Miss));
        leader.join().unwrap().unwrap_err();
    });
    assert_eq!(slow::cache_stats().weight, 1);
}

#[test]
fn weight_may_call_the_function() {
    #[lru_cache(
        maxweight = 100,
        weight = |key, value| if *key == 0 { 1 } else { number(key - 1) + value }
    )]
    fn number(n: u64) -> u64 {
        n
    }
    assert_eq!(number(3), 3);
    assert!(number::cache_contains(3));
}

#[test]
fn functions_of_a_thread_weigh() {
    #[lru_cache(scope = "thread", maxweight = 10, weight = |text| text.len() as u64)]
    fn text(len: usize) -> Rc<str> {
        "a".repeat(len).into()
    }
    for len in [2, 3, 4] {
        text(len);
    }
    text(2);
    text(5);
    assert_eq!(kept(text::cache_contains, 2..=5), [2, 5]);
    assert_eq!(text::cache_stats().weight, 7);
    assert_eq!(text::with_status(11).1, CacheStatus::TooHeavy);
    thread::spawn(|| assert_eq!(text::cache_stats().weight, 0)).join().unwrap();
}

#[test]
fn functions_of_a_thread_weigh_keys() {
    #[lru_cache(scope = "thread", maxweight = 10, weight = |key, _| key.get())]
    fn number(n: Rc<std::num::NonZeroU64>) -> u64 {
        n.get()
    }
    number(Rc::new(4.try_into().unwrap()));
    assert_eq!(number::cache_stats().weight, 4);
}

#[test]
fn async_functions_weigh() {
    #[lru_cache(maxweight = 10, weight = |text| text.len() as u64)]
    async fn text(len: usize) -> String {
        smol::future::yield_now().await;
        "a".repeat(len)
    }
    #[lru_cache(ttl = "60s", maxweight = 10, weight = |key, text| *key as u64 + text.len() as u64)]
    async fn with_key(len: usize) -> String {
        smol::future::yield_now().await;
        "a".repeat(len)
    }
    fn is_send(future: impl Future<Output = String> + Send) -> impl Future<Output = String> {
        future
    }
    smol::block_on(async {
        for len in [3, 4, 5] {
            is_send(text(len)).await;
        }
        assert_eq!(kept(text::cache_contains, 3..=5), [4, 5]);
        assert_eq!(text::with_status(11).await.1, CacheStatus::TooHeavy);
        is_send(with_key(3)).await;
        assert_eq!(with_key::cache_stats().weight, 6);
        with_key::cache_refresh(3).await;
        assert_eq!(with_key::cache_stats().weight, 6);
    });
}

struct Shape {
    sides: u64,
}

trait Area {
    fn area(&self, side: u64) -> u64;
}

impl Shape {
    #[lru_cache(skip(self), maxweight = 10, weight = |side, perimeter| side + perimeter)]
    fn perimeter(&self, side: u64) -> u64 {
        self.sides * side
    }

    #[lru_cache(skip(self), handle = _, maxweight = 10, weight = |(side, _), sum| side + sum)]
    fn without_a_handle(&self, side: u64, extra: u64) -> u64 {
        self.sides * (side + extra)
    }
}

impl Area for Shape {
    #[lru_cache(skip(self), maxweight = 10, weight = |area| *area)]
    fn area(&self, side: u64) -> u64 {
        side * side
    }
}

#[test]
fn methods_weigh() {
    let shape = Shape { sides: 3 };
    shape.perimeter(2);
    assert_eq!(Shape::perimeter_cache_stats().weight, 8);
    assert_eq!(shape.area(2), 4);
    assert_eq!(shape.without_a_handle(1, 2), 9);
    for (name, weight) in [("area", 4), ("without_a_handle", 10)] {
        let cache = functools::caches()
            .find(|cache| cache.name().contains(module_path!()) && cache.name().ends_with(name));
        assert_eq!(cache.map(|cache| cache.stats().weight), Some(weight), "{name}");
    }
}

#[test]
fn generic_functions_weigh() {
    #[lru_cache(
        maxweight = 10,
        weight = |key, value| (key.as_ref().len() + value.as_ref().len()) as u64
    )]
    fn same<T>(text: T) -> T
    where
        T: AsRef<str> + std::hash::Hash + Eq + Clone + Send + Sync + 'static,
    {
        text
    }
    same("abc".to_owned());
    same(Arc::<str>::from("abcd"));
    assert_eq!(same::<String>::cache_stats().weight, 6);
    assert_eq!(same::<Arc<str>>::cache_stats().weight, 8);

    #[lru_cache(skip(compute), maxweight = 10, weight = |value| u64::from(*value))]
    fn computed<F: FnOnce() -> u8>(id: u8, compute: F) -> u8 {
        compute() + id
    }
    computed(1, || 2);
    assert_eq!(computed::cache_stats().weight, 3);
}

#[test]
fn error_need_not_be_send() {
    struct NotSend(#[allow(dead_code)] Rc<u8>);

    #[lru_cache(maxweight = 10, weight = |result| result.as_ref().map_or(0, |n| *n))]
    fn parsed(text: &str) -> Result<u64, NotSend> {
        text.parse().map_err(|_| NotSend(Rc::new(1)))
    }
    assert_eq!(parsed("7").ok(), Some(7));
    assert!(parsed("a").is_err());
    assert_eq!(parsed::cache_stats().weight, 7);
}

#[test]
fn weight_gets_a_path_as_the_key() {
    #[lru_cache(
        maxweight = 100,
        weight = |path, text| (path.as_os_str().len() + text.len()) as u64
    )]
    fn name(path: &Path) -> String {
        path.display().to_string()
    }
    name(Path::new("a/b"));
    assert_eq!(name::cache_stats().weight, 6);
}
