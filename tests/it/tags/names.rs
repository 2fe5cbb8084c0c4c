//! Which text a tag is, and which entries carry it.

use functools::{Invalidation, TagInvalidation, cache, invalidate_tag, lru_cache};
use functools_test_support::kept;

/// How many entries an invalidation has removed, without a second tier.
fn removed(tag: &str) -> usize {
    let TagInvalidation { entries, shared, outcome, .. } = invalidate_tag(tag);
    assert_eq!((shared, outcome), (0, Invalidation::Local));
    entries
}

#[test]
fn removes_what_carries_the_tag_in_every_function_and_nothing_else() {
    #[lru_cache(tags("removes:user:{user}", "removes:orders"))]
    fn orders(user: u32, page: u32) -> u32 {
        user + page
    }
    #[cache(tags("removes:user:{id}"))]
    fn profile(id: u32) -> u32 {
        id
    }
    #[lru_cache]
    fn untagged(id: u32) -> u32 {
        id
    }
    for user in 1..4 {
        let _ = (orders(user, 1), orders(user, 2), profile(user), untagged(user));
    }
    assert_eq!(removed("removes:user:2"), 3);
    assert_eq!(kept(profile::cache_contains, 1..4), [1, 3]);
    assert_eq!(kept(|user| orders::cache_contains(user, 1), 1..4), [1, 3]);
    assert_eq!(kept(untagged::cache_contains, 1..4), [1, 2, 3]);
    assert_eq!(removed("removes:user:2"), 0, "it is gone");
    assert_eq!(removed("removes:orders"), 4);
    assert_eq!(orders::cache_info().currsize, 0);
    assert_eq!(kept(profile::cache_contains, 1..4), [1, 3], "another tag");
    orders(2, 1);
    assert_eq!(removed("removes:user:2"), 1, "it is there again");
}

#[test]
fn an_unknown_tag_or_a_part_of_one_removes_nothing() {
    #[lru_cache(tags("unknown:{id}"))]
    fn f(id: &str) -> usize {
        id.len()
    }
    f("42");
    for tag in ["", "unknown:", "unknown:4", "unknown:421", "unknown:42 ", "Unknown:42"] {
        assert_eq!(removed(tag), 0, "{tag}");
    }
    assert!(f::cache_contains("42"));
}

#[test]
fn arguments_are_escaped_as_in_a_url() {
    #[lru_cache(tags("escaped:{name}", "escaped_debug:{name:?}", "escaped-{name}"))]
    fn f(name: &str) -> usize {
        name.len()
    }
    for tag in ["escaped:a%20%C3%BC%3A-", "escaped_debug:%22a%20%C3%BC%3A%2D%22"] {
        f("a ü:-");
        // In the third template `-` ends the prefix.
        let expected = usize::from(tag.starts_with("escaped:"));
        assert_eq!(removed(tag), expected, "{tag}");
        f::cache_clear();
    }
    f("a-b");
    assert_eq!(removed("escaped-a-b"), 0);
    assert_eq!(removed("escaped-a%2Db"), 1);
}

#[test]
fn floats_are_written_as_they_are_compared() {
    #[lru_cache(tags("floats:{x}"))]
    fn f(x: f64) -> bool {
        x.is_nan()
    }
    let _ = (f(-0.0), f(f64::NAN), f(1.5));
    assert_eq!(removed("floats:0.0") + removed("floats:NaN") + removed("floats:1.5"), 3);
}

#[test]
fn two_templates_with_one_text_are_one_tag() {
    #[lru_cache(tags("same:{a}", "same:{b}"))]
    fn f(a: u32, b: u32) -> u32 {
        a + b
    }
    let _ = (f(1, 1), f(1, 2));
    assert_eq!(removed("same:1"), 2);
    assert_eq!(removed("same:2"), 0);
}

/// A refreshed or inserted entry carries the tag, too.
#[test]
fn all_ways_to_store_a_result_tag_it() {
    #[lru_cache(tags("ways:{id}"))]
    fn f(id: u32) -> u32 {
        id
    }
    f::cache_insert(1, 10);
    assert_eq!(removed("ways:1"), 1);
    f::cache_refresh(1);
    assert_eq!(removed("ways:1"), 1);
    f(1);
    f::cache_refresh(1);
    f::cache_insert(1, 10);
    assert_eq!(removed("ways:1"), 1, "it is one entry");
    assert!(!f::cache_contains(1));
}

#[test]
fn what_is_not_there_any_more_is_not_counted() {
    #[lru_cache(maxsize = 2, tags("gone"))]
    fn f(id: u32) -> u32 {
        id
    }
    (0..100).for_each(|id| assert_eq!(f(id), id));
    assert_eq!(removed("gone"), 2, "98 are evicted");
    f(1);
    f::cache_invalidate(1);
    assert_eq!(removed("gone"), 0);
    f(1);
    f::cache_clear();
    assert_eq!(removed("gone"), 0);
    #[lru_cache(cache_if = |result| *result == Ok(2), tags("gone"))]
    fn g(id: u32) -> Result<u32, ()> {
        if id == 0 { Err(()) } else { Ok(id) }
    }
    let _ = (g(0), g(1), g(2));
    assert_eq!(removed("gone"), 1);
}
