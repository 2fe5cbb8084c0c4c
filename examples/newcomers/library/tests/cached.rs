//! The library as its users call it.

use newcomer_library::{Prices, distance};

#[test]
fn a_recursion_computes_each_pair_of_rests_once() {
    assert_eq!(distance("intention", "execution"), 5);
    let info = distance::cache_info();
    assert!(info.misses <= 100, "{info}");
    assert_eq!(distance("intention", "execution"), 5);
    assert_eq!(distance::cache_info().misses, info.misses);
}

#[test]
fn errors_are_not_stored_and_lists_have_their_own_prices() {
    let cheap = Prices::new([("tea".to_owned(), 2)]);
    let dear = Prices::new([("tea".to_owned(), 5)]);
    assert_eq!((cheap.price("tea"), dear.price("tea")), (Ok(2), Ok(5)));
    assert_eq!(cheap.price("coffee"), Err("coffee".to_owned()));
    assert_eq!(Prices::price_cache_info().currsize, 2);
    assert!(Prices::price_cache_contains(&dear, "tea"));
}
