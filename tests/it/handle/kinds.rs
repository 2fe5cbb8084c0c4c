//! The handle beside methods, associated and generic functions, and under `use` (CONTRACT 1).

use std::hash::Hash;

use functools::{CacheStatus, lru_cache};
use functools_test_support::{Runs, info};

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Square(u32);

static AREAS: Runs = Runs::new();

impl Square {
    #[lru_cache(maxsize = 8)]
    fn area(&self, scale: u32) -> u32 {
        AREAS.next();
        self.0 * self.0 * scale
    }

    #[lru_cache(maxsize = 8)]
    fn side_of(area: u32) -> Option<u32> {
        (0..=area).find(|side| side * side == area)
    }

    #[lru_cache(maxsize = 8, skip(self))]
    fn shared(self, scale: u32) -> u32 {
        self.0 * scale
    }
}

#[test]
fn method_has_a_handle() {
    let square = Square(3);
    assert_eq!(square.area(2), 18);
    assert_eq!(Square::area(&square, 2), 18);
    assert_eq!(Square(1).area(2), 2, "the receiver is part of the key");
    assert_eq!(Square::area_cache_info(), info(1, 2, 8, 2));
    assert_eq!(Square::area_uncached(&square, 2), 18);
    assert_eq!(square.area_uncached(2), 18);
    assert_eq!(AREAS.count(), 4);

    assert_eq!(Square::area_with_status(&square, 2), (18, CacheStatus::Hit));
    assert!(Square::area_cache_contains(&square, 2));
    Square::area_cache_insert(&square, 2, 19);
    assert_eq!(Square::area_cache_peek(&square, 2), Some(19));
    assert_eq!(Square::area_cache_refresh(&square, 2), 18);
    assert_eq!(square.area(2), 18);
    assert!(Square::area_cache_invalidate(&square, 2));
    assert!(!Square::area_cache_invalidate(&square, 2));
    assert_eq!(Square::area_cache_info(), info(3, 2, 8, 1));
    assert_eq!(Square::area_cache_parameters().maxsize, Some(8));
    Square::area_cache_clear();
    assert_eq!(Square::area_cache_info(), info(0, 0, 8, 0));
}

#[test]
fn associated_function_has_a_handle() {
    assert_eq!(Square::side_of(9), Some(3));
    assert_eq!(Square::side_of_with_status(9), (Some(3), CacheStatus::Hit));
    assert_eq!(Square::side_of_uncached(16), Some(4));
    assert!(!Square::side_of_cache_contains(16));
    Square::side_of_cache_insert(10, Some(3));
    assert_eq!(Square::side_of_cache_peek(10), Some(Some(3)));
    assert_eq!(Square::side_of_cache_refresh(10), None);
    assert_eq!(Square::side_of(10), None);
    assert!(Square::side_of_cache_invalidate(10));
    assert_eq!(Square::side_of_cache_info(), info(2, 1, 8, 1));
    assert_eq!(Square::side_of_cache_parameters().maxsize, Some(8));
    Square::side_of_cache_clear();
    assert_eq!(Square::side_of_cache_info(), info(0, 0, 8, 0));
}

#[test]
fn method_without_receiver_in_its_key_has_a_handle() {
    assert_eq!(Square(3).shared(2), 6);
    assert_eq!(Square(4).shared(2), 6);
    assert!(Square::shared_cache_contains(2));
    assert_eq!(Square::shared_cache_peek(2), Some(6));
    assert!(Square::shared_cache_invalidate(2));
    Square::shared_cache_insert(3, 100);
    assert_eq!(Square::shared_with_status(Square(4), 3), (100, CacheStatus::Hit));
    assert_eq!(Square::shared_cache_refresh(Square(4), 3), 12);
    assert_eq!(Square::shared_uncached(Square(5), 3), 15);
    assert_eq!(Square::shared_cache_info(), info(2, 1, 8, 1));
}

#[test]
fn generic_function_has_a_handle_per_type() {
    #[lru_cache(maxsize = N)]
    fn bytes<T: Copy, const N: usize>(times: usize) -> usize {
        size_of::<T>() * times
    }
    assert_eq!(bytes::<u16, 8>(2), 4);
    assert_eq!(bytes::<u16, 8>::with_status(2), (4, CacheStatus::Hit));
    assert_eq!(bytes::<u64, 8>::cache_peek(2), None, "another type, another cache");
    assert_eq!(bytes::<u16, 8>::uncached(3), 6);
    assert!(!bytes::<u16, 8>::cache_contains(3));
    bytes::<u16, 8>::cache_insert(2, 5);
    assert_eq!(bytes::<u16, 8>::cache_peek(2), Some(5));
    assert_eq!(bytes::<u16, 8>::cache_refresh(2), 4);
    assert_eq!(bytes::<u64, 8>(2), 16);
    assert!(bytes::<u16, 8>::cache_invalidate(2));
    assert_eq!(bytes::<u16, 8>::cache_info(), info(1, 1, 8, 0));
    assert_eq!(bytes::<u64, 8>::cache_info(), info(0, 1, 8, 1));
    assert_eq!(bytes::<u16, 4>::cache_parameters().maxsize, Some(4));
    bytes::<u64, 8>::cache_clear();
    assert_eq!(bytes::<u64, 8>::cache_info(), info(0, 0, 8, 0));
    assert_eq!(bytes::<u16, 8>::cache_info(), info(1, 1, 8, 0), "only one was cleared");
}

#[test]
fn method_of_a_generic_type_has_a_handle_per_type() {
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Pair<T>(T, T);
    impl<T: Clone + std::hash::Hash + Eq + Ord + Send + Sync + 'static> Pair<T> {
        #[lru_cache(maxsize = 8)]
        fn larger(&self) -> T {
            self.0.clone().max(self.1.clone())
        }
    }
    let pair = Pair("a".to_owned(), "b".to_owned());
    assert_eq!(pair.larger(), "b");
    assert_eq!(Pair(1, 2).larger(), 2);
    assert_eq!(pair.larger_with_status(), ("b".to_owned(), CacheStatus::Hit));
    Pair::<u8>::larger_cache_insert(&Pair(3, 4), 5);
    assert_eq!(Pair::<u8>::larger_cache_peek(&Pair(3, 4)), Some(5));
    assert_eq!(Pair::<u8>::larger_cache_refresh(&Pair(3, 4)), 4);
    assert_eq!(Pair::<u8>::larger_uncached(&Pair(6, 5)), 6);
    assert!(!Pair::<u8>::larger_cache_contains(&Pair(6, 5)));
    assert!(Pair::<u8>::larger_cache_invalidate(&Pair(3, 4)));
    assert_eq!(Pair::<u8>::larger_cache_info(), info(0, 0, 8, 0));
    assert_eq!(Pair::<i32>::larger_cache_info(), info(0, 1, 8, 1));
    Pair::<i32>::larger_cache_clear();
    assert_eq!(Pair::<i32>::larger_cache_info(), info(0, 0, 8, 0));
    assert_eq!(Pair::<String>::larger_cache_info(), info(1, 1, 8, 1));
    assert_eq!(Pair::<String>::larger_cache_parameters().maxsize, Some(8));
}

mod visibility {
    use functools_test_support::info;

    mod inner {
        use functools::lru_cache;

        pub(crate) mod deep {
            #[functools::lru_cache(maxsize = 8)]
            pub(in crate::handle::kinds::visibility) fn treble(n: u32) -> u32 {
                3 * n
            }
        }

        #[lru_cache(maxsize = 8)]
        pub(crate) fn double(n: u32) -> u32 {
            2 * n
        }

        #[lru_cache(maxsize = 8)]
        pub(super) fn half(n: u32) -> u32 {
            n / 2
        }
    }

    pub(crate) use inner::double as twice;
    use inner::{deep::treble, double, half};

    #[test]
    fn use_imports_the_function_and_its_handle() {
        assert_eq!((double(4), half(4), treble(4)), (8, 2, 12));
        assert_eq!(double::cache_info(), info(0, 1, 8, 1));
        assert_eq!(half::cache_info(), info(0, 1, 8, 1));
        assert_eq!(treble::cache_info(), info(0, 1, 8, 1));
        assert_eq!(twice::cache_peek(4), Some(8), "under another name, too");
        assert_eq!(inner::deep::treble::cache_peek(4), Some(12), "and by its path");
    }
}

/// Attributes of frameworks that take the name of the function for a type.
mod frameworks {
    use functools::lru_cache;
    use functools_frameworks::{get, head, pyfunction, route};

    #[lru_cache(handle = below_cache)]
    #[get("/below/<n>")]
    fn below(n: u64) -> u64 {
        n
    }

    #[get("/above/<n>")]
    #[lru_cache(handle = above_cache)]
    fn above(n: u64) -> u64 {
        n
    }

    #[lru_cache(handle = python_cache)]
    #[pyfunction]
    fn python(n: u64) -> u64 {
        n
    }

    // These attributes define no item of the name.
    #[lru_cache]
    #[route(GET "/typed/:n")]
    fn typed(n: u64) -> u64 {
        n
    }

    #[lru_cache]
    #[head]
    fn own(n: u64) -> u64 {
        n
    }

    #[test]
    fn handle_of_another_name_stands_beside_their_items() {
        assert_eq!((below(1), above(2), python(3), typed(4), own(5)), (1, 2, 3, 4, 5));
        assert!(below_cache::cache_contains(1) && above_cache::cache_contains(2));
        assert!(python_cache::cache_contains(3) && typed::cache_contains(4));
        assert!(own::cache_contains(5));
    }
}
