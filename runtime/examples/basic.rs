//! A cached function and its handle: hits, misses, errors, and removal.

use functools::{CacheStatus, lru_cache};

/// Counts the letters of a word. Stands for a slow computation.
#[lru_cache(maxsize = 128)]
fn letters(word: &str) -> Result<usize, String> {
    match word.chars().all(char::is_alphabetic) {
        true => Ok(word.chars().count()),
        false => Err(format!("{word:?} is not a word")),
    }
}

fn main() {
    assert_eq!(letters("otter"), Ok(5)); // computes
    assert_eq!(letters("otter"), Ok(5)); // returns the stored result
    assert_eq!(letters::with_status("otter"), (Ok(5), CacheStatus::Hit));
    println!("{}", letters::cache_info());

    // An error is returned, and not stored.
    println!("{}", letters("42").unwrap_err());
    assert!(!letters::cache_contains("42"));

    assert!(letters::cache_invalidate("otter"));
    assert_eq!(letters::with_status("otter"), (Ok(5), CacheStatus::Miss));
    letters::cache_clear();
    assert_eq!(letters::cache_info().currsize, 0);
}

#[test]
fn the_example_runs() {
    main();
}
