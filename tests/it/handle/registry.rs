//! `functools::caches()`: which caches are listed, and since when (CONTRACT 1).

use functools::{CacheRef, cache, lru_cache};
use functools_test_support::info;

fn of_this_module(name: &str) -> Vec<CacheRef> {
    let name = format!("::{name}");
    let is_it = |cache: &CacheRef| {
        cache.name().starts_with(module_path!()) && cache.name().ends_with(&name)
    };
    functools::caches().filter(is_it).collect()
}

#[test]
fn first_call_lists_the_cache() {
    #[lru_cache(maxsize = 8)]
    fn listed(n: u32) -> u32 {
        n
    }
    assert!(of_this_module("listed").is_empty());
    listed(1);
    listed(1);
    let listed_now = of_this_module("listed");
    assert_eq!(listed_now.len(), 1);
    let name = "it::handle::registry::first_call_lists_the_cache::listed";
    assert_eq!(listed_now[0].name(), name);
    assert_eq!(listed_now[0].info(), info(1, 1, 8, 1));
    assert_eq!(listed_now[0].info(), listed::cache_info());

    listed_now[0].clear();
    assert_eq!(listed::cache_info(), info(0, 0, 8, 0));
    assert_eq!(of_this_module("listed").len(), 1, "empty, but used");
}

#[test]
fn insertion_lists_the_cache() {
    #[cache]
    fn primed(n: u32) -> u32 {
        n
    }
    primed::cache_insert(1, 1);
    assert_eq!(of_this_module("primed").len(), 1);
    assert_eq!(primed(1), 1);
}

#[test]
fn generic_function_is_listed_once_per_type() {
    #[lru_cache(maxsize = 8)]
    fn sized<T>(times: usize) -> usize {
        size_of::<T>() * times
    }
    sized::<u8>(1);
    sized::<u16>(1);
    sized::<u16>(2);
    let mut sizes: Vec<_> =
        of_this_module("sized").iter().map(|cache| cache.info().currsize).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 2]);
}

enum Unit {}

impl Unit {
    #[lru_cache(maxsize = 8)]
    fn scaled(n: u32) -> u32 {
        n
    }
}

#[test]
fn method_is_listed_under_its_type() {
    Unit::scaled(1);
    assert_eq!(of_this_module("Unit::scaled").len(), 1);
}

#[test]
fn cache_of_a_thread_is_listed_in_it_alone() {
    #[lru_cache(scope = "thread", maxsize = 8)]
    fn local(n: u32) -> u32 {
        n
    }
    local(1);
    assert_eq!(of_this_module("local").len(), 1);
    let elsewhere = std::thread::spawn(|| {
        let before = of_this_module("local").len();
        local(1);
        local(2);
        (before, of_this_module("local")[0].info())
    });
    assert_eq!(elsewhere.join().expect("no panic"), (0, info(0, 2, 8, 2)));
    assert_eq!(of_this_module("local")[0].info(), info(0, 1, 8, 1));
}
