//! `cache_entries` and `cache_retain` (CONTRACT 1), without a clock.

use std::rc::Rc;
use std::thread;

use functools::{CacheEntry, cache, lru_cache};
use functools_test_support::{Runs, info};

/// Entries that do not expire.
pub(super) fn lasting<K, R>(entries: impl IntoIterator<Item = (K, R)>) -> Vec<CacheEntry<K, R>> {
    let entries = entries.into_iter();
    entries.map(|(key, result)| CacheEntry { key, result, ttl: None }).collect()
}

/// Their keys.
pub(super) fn keys<K, R>(entries: Vec<CacheEntry<K, R>>) -> Vec<K> {
    entries.into_iter().map(|entry| entry.key).collect()
}

#[lru_cache(maxsize = 3)]
fn triple(n: u32) -> u32 {
    3 * n
}

#[test]
fn entries_come_in_the_order_of_eviction_and_are_not_used() {
    assert_eq!(triple::cache_entries(), [], "before the first call");
    for n in [1, 2, 3, 1] {
        triple(n);
    }
    let before = triple::cache_info();
    assert_eq!(triple::cache_entries(), lasting([(2, 6), (3, 9), (1, 3)]));
    assert_eq!(triple::cache_entries(), lasting([(2, 6), (3, 9), (1, 3)]));
    assert_eq!(triple::cache_info(), before, "nothing is counted");
    triple(4);
    assert_eq!(keys(triple::cache_entries()), [3, 1, 4], "2 was still the least recent");
}

#[test]
fn hits_of_other_threads_are_in_the_order() {
    #[lru_cache(maxsize = 100)]
    fn same(n: u32) -> u32 {
        n
    }
    for n in 0..100 {
        same(n);
    }
    // One after the other: each has a part of the cache that no writer has read.
    for n in [7, 3, 5] {
        thread::spawn(move || same(n)).join().expect("no panic");
        same(200 + n);
    }
    let last = keys(same::cache_entries()).split_off(94);
    assert_eq!(last, [7, 207, 3, 203, 5, 205]);
}

#[test]
fn without_an_order_of_use_keys_come_in_their_own() {
    #[cache]
    fn unbounded(n: u32) -> u32 {
        n
    }
    #[lru_cache(maxsize = 3, policy = "adaptive")]
    fn adaptive(n: u32) -> u32 {
        n
    }
    for n in [3, 1, 2, 3, 1] {
        unbounded(n);
        adaptive(n);
    }
    assert_eq!(keys(unbounded::cache_entries()), [3, 1, 2]);
    assert_eq!(keys(adaptive::cache_entries()), [3, 1, 2]);
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Square {
    side: u32,
}

impl Square {
    #[lru_cache]
    fn area(&self, scale: u32) -> u32 {
        self.side * self.side * scale
    }

    #[lru_cache(skip(self))]
    fn sum(&self, other: &Square) -> u32 {
        self.side + other.side
    }
}

#[test]
fn a_key_is_its_arguments() {
    #[lru_cache]
    fn nothing() -> u8 {
        1
    }
    #[lru_cache(skip(base))]
    fn text<'a>(words: &'a [&'static str], base: &str, at: f64) -> Result<String, Rc<u8>> {
        if at < 0.0 { Err(Rc::new(1)) } else { Ok(format!("{base}{}", words.len())) }
    }
    #[lru_cache(cache_err = true)]
    fn parsed(text: String) -> Result<u8, String> {
        text.parse().map_err(|_| text)
    }
    #[lru_cache]
    fn generic<T, const N: usize>(value: &[T; N]) -> usize
    where
        T: Clone + Eq + std::hash::Hash + Send + Sync + 'static,
    {
        value.len()
    }
    nothing();
    assert_eq!(nothing::cache_entries(), lasting([((), 1)]));
    assert!(text(&["a"], "x", -1.0).is_err());
    text(&["a"], "x", 0.5).expect("not negative");
    let entries = text::cache_entries();
    let CacheEntry { key: (words, at), result, ttl: None } = &entries[0] else { panic!() };
    assert_eq!((words, *at, result), (&vec!["a"], 0.5, &Ok("x1".to_owned())));
    assert_eq!(parsed("x".to_owned()), Err("x".to_owned()));
    assert_eq!(parsed::cache_entries(), lasting([("x".to_owned(), Err("x".to_owned()))]));
    generic(&["a", "b"]);
    assert_eq!(generic::<&str, 2>::cache_entries(), lasting([(["a", "b"], 2)]));
    assert_eq!(generic::<u8, 2>::cache_entries(), []);
    let square = Square { side: 2 };
    square.area(5);
    square.sum(&square);
    assert_eq!(Square::area_cache_entries(), lasting([((square.clone(), 5), 20)]));
    assert_eq!(Square::sum_cache_entries(), lasting([(square.clone(), 4)]));
    assert_eq!(Square::area_cache_retain(|(square, scale), area| area / scale > square.side), 0);
    assert_eq!(Square::sum_cache_retain(|square, _| square.side > 2), 1);
}

#[test]
fn a_key_expression_has_the_type_that_is_written() {
    #[lru_cache(key: u32 = n % 10)]
    fn digit(n: u32) -> u32 {
        n % 10
    }
    #[lru_cache(key: &str = name.trim())]
    fn trimmed(name: &str) -> usize {
        name.trim().len()
    }
    #[lru_cache(key: (&str, (f32, u8)) = (name, (at, 1)))]
    fn parts(name: &str, at: f32) -> u8 {
        u8::from(at > 0.0) + u8::from(name.is_empty())
    }
    #[derive(PartialEq, Eq, Hash)]
    struct NotCloned(u32);
    #[lru_cache(key: NotCloned = NotCloned(n))]
    fn not_cloned(n: u32) -> u32 {
        n
    }
    digit(17);
    assert_eq!(digit::cache_entries(), lasting([(7, 7)]));
    trimmed(" a ");
    assert_eq!(trimmed::cache_entries(), lasting([("a".to_owned(), 1)]));
    assert_eq!(trimmed::cache_retain(|name: &String, _| name != "a"), 1);
    parts("a", 0.5);
    assert_eq!(parts::cache_entries(), lasting([(("a".to_owned(), (0.5, 1)), 1)]));
    assert_eq!(parts::cache_retain(|(_, (at, _)), _| *at > 1.0), 1);
    not_cloned(1);
    assert_eq!(not_cloned::cache_retain(|key, _| key.0 != 1), 1);
}

#[test]
fn retain_removes_what_is_refused_and_counts_nothing() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 4)]
    fn run(n: u32, name: &str) -> u32 {
        let _ = (n, name);
        RUNS.next()
    }
    assert_eq!(run::cache_retain(|_, _| false), 0, "before the first call");
    for n in 1..=4 {
        run(n, "a");
    }
    run(1, "a");
    assert_eq!(run::cache_retain(|(n, name), run| n == run && name == "a"), 0);
    assert_eq!(run::cache_retain(|(n, _), _| n % 2 == 1), 2);
    assert_eq!(run::cache_info(), info(1, 4, 4, 2), "counters stay");
    assert_eq!(keys(run::cache_entries()), [(3, "a".to_owned()), (1, "a".to_owned())]);
    for n in 5..=7 {
        run(n, "b");
    }
    assert!(!run::cache_contains(3, "a"), "it was still the least recent");
    assert!(run::cache_contains(1, "a"));
    let mut seen = Vec::new();
    let removed = run::cache_retain(|(n, _), run| {
        seen.push((*n, *run));
        false
    });
    seen.sort_unstable();
    assert_eq!((removed, seen), (4, vec![(1, 1), (5, 5), (6, 6), (7, 7)]));
    assert_eq!(run::cache_info().currsize, 0);
}

#[test]
fn retain_shows_results_as_calls_return_them() {
    #[lru_cache]
    async fn length(text: &str) -> Result<Option<usize>, Rc<str>> {
        let _: () = std::future::ready(()).await;
        Ok(Some(text.len()).filter(|&length| length > 0))
    }
    smol::block_on(async {
        for text in ["", "a", "bc"] {
            length(text).await.expect("never");
        }
    });
    assert_eq!(length::cache_retain(|_, length| matches!(length, Ok(Some(1..)))), 1);
    let mut entries = length::cache_entries();
    entries.sort_by(|one, other| one.key.cmp(&other.key));
    assert_eq!(entries, lasting([("a".to_owned(), Ok(Some(1))), ("bc".to_owned(), Ok(Some(2)))]));
}

#[test]
fn thread_has_its_own_entries() {
    #[lru_cache(maxsize = 2, scope = "thread")]
    fn shared(n: u32) -> Rc<u32> {
        Rc::new(n)
    }
    for n in [1, 2, 1] {
        shared(n);
    }
    assert_eq!(shared::cache_entries(), lasting([(2, Rc::new(2)), (1, Rc::new(1))]));
    thread::spawn(|| assert_eq!(shared::cache_retain(|_, _| false), 0)).join().expect("no panic");
    assert_eq!(shared::cache_retain(|n, _| *n == 1), 1);
    assert_eq!(shared::cache_info(), info(1, 2, 2, 1));
}
