//! Methods, associated functions and trait methods, of plain and generic types (CONTRACT 3).

use std::cell::Cell;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use functools::lru_cache;
use functools_test_support::info;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Rectangle {
    width: u64,
    height: u64,
}

/// Neither `Clone` nor `Hash` nor `Sync`.
struct Database {
    queries: Cell<u64>,
}

impl Rectangle {
    #[lru_cache]
    fn area(&self, scale: u64) -> u64 {
        self.width * self.height * scale
    }

    #[lru_cache]
    fn into_sides(self) -> [u64; 2] {
        [self.width, self.height]
    }

    #[lru_cache]
    fn turned(mut self) -> Self {
        std::mem::swap(&mut self.width, &mut self.height);
        self
    }

    #[lru_cache]
    fn shared(self: Arc<Self>, other: &Self) -> bool {
        *self == *other
    }

    #[lru_cache]
    fn by_reference(self: &Arc<Self>) -> u64 {
        self.width
    }

    /// Mentions neither `self` nor `Self`.
    #[lru_cache(maxsize = 3)]
    fn square(side: u64) -> u64 {
        side * side
    }

    #[lru_cache]
    pub(crate) fn new(width: u64, height: u64) -> Self {
        Rectangle { width, height }
    }

    #[lru_cache(skip(self))]
    fn constant(&self, n: u64) -> u64 {
        self.width + n
    }

    #[lru_cache(handle = circumference)]
    fn around(&self) -> u64 {
        2 * (self.width + self.height)
    }

    #[lru_cache]
    fn scaled<T: Into<u64> + Copy + Hash + Eq + Send + Sync + 'static, const N: u64>(
        &self,
        by: T,
    ) -> u64 {
        self.width * by.into() * N
    }
}

#[test]
fn methods_are_cached() {
    let wide = Rectangle::new(3, 2);
    let high = Rectangle { width: 2, height: 3 };
    assert_eq!((wide.area(1), wide.area(2), wide.clone().area(2)), (6, 12, 12));
    assert_eq!(high.area(1), 6);
    assert_eq!(Rectangle::area_cache_info(), info(1, 3, 128, 3));
    assert_eq!(Rectangle::area_uncached(&wide, 5), 30);
    assert!(Rectangle::area_cache_invalidate(&wide, 1));
    assert!(!wide.area_cache_contains(1));
    assert_eq!(high.area_cache_peek(1), Some(6));

    assert_eq!(wide.clone().into_sides(), [3, 2]);
    assert_eq!(wide.clone().into_sides(), [3, 2]);
    assert_eq!(Rectangle::into_sides_cache_info(), info(1, 1, 128, 1));
    assert_eq!(wide.clone().turned(), high);
    assert_eq!(wide.clone().turned(), high);
    assert_eq!(Rectangle::turned_cache_info(), info(1, 1, 128, 1));
    let shared = Arc::new(wide.clone());
    assert!(Arc::clone(&shared).shared(&wide));
    assert!(Arc::new(wide.clone()).shared(&wide));
    assert_eq!(Rectangle::shared_cache_info(), info(1, 1, 128, 1));
    assert_eq!((shared.by_reference(), shared.by_reference()), (3, 3));
    assert_eq!(Rectangle::by_reference_cache_info(), info(1, 1, 128, 1));

    assert_eq!((Rectangle::square(3), Rectangle::square(3)), (9, 9));
    assert_eq!(Rectangle::square_cache_parameters().maxsize, Some(3));
    assert_eq!(Rectangle::square_cache_info().hits, 1);
    assert_eq!(Rectangle::new(3, 2), wide);
    assert_eq!(Rectangle::new_cache_info(), info(1, 1, 128, 1));

    assert_eq!((wide.constant(1), high.constant(1)), (4, 4));
    assert!(Rectangle::constant_cache_invalidate(1));
    assert_eq!(wide.around(), 10);
    assert_eq!(Rectangle::circumference_cache_info(), info(0, 1, 128, 1));

    assert_eq!((wide.scaled::<u8, 2>(2), wide.scaled::<u8, 3>(2)), (12, 18));
    assert_eq!(Rectangle::scaled_cache_info::<u8, 2>(), info(0, 1, 128, 1));
    assert_eq!(Rectangle::scaled_cache_info::<u16, 2>(), info(0, 0, 128, 0));
}

struct Grid<'a, T, const N: usize> {
    cells: &'a [T; N],
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Stack<T>(Vec<T>);

impl<T: Clone + Hash + Eq + Send + Sync + 'static> Stack<T> {
    #[lru_cache]
    fn top(&self) -> Option<T> {
        self.0.last().cloned()
    }

    #[lru_cache]
    fn size() -> usize {
        size_of::<T>()
    }

    #[lru_cache]
    fn paired<U: Clone + Hash + Eq + Send + Sync + 'static>(&self, other: &Stack<U>) -> (usize, U) {
        (self.0.len(), other.0[0].clone())
    }
}

impl<T: Copy + Into<u64>, const N: usize> Grid<'_, T, N> {
    #[lru_cache(skip(self))]
    fn cell(&self, index: usize) -> u64 {
        self.cells[index].into()
    }
}

#[test]
fn generic_impls_have_a_cache_per_type() {
    assert_eq!(Stack(vec![1_u8, 2]).top(), Some(2));
    assert_eq!(Stack(vec![1_u8, 2]).top(), Some(2));
    assert_eq!(Stack(vec![1_u16, 2]).top(), Some(2));
    assert_eq!(Stack::<u8>::top_cache_info(), info(1, 1, 128, 1));
    assert_eq!(Stack::<u16>::top_cache_info(), info(0, 1, 128, 1));
    assert_eq!((Stack::<u8>::size(), Stack::<u16>::size(), Stack::<u64>::size()), (1, 2, 8));
    assert_eq!(Stack::<u8>::size_cache_info(), info(0, 1, 128, 1));
    assert_eq!(Stack(vec![0_u8]).paired(&Stack(vec!['a'])), (1, 'a'));
    assert_eq!(Stack(vec![0_u8]).paired(&Stack(vec![7_i8])), (1, 7));
    assert_eq!(Stack::<u8>::paired_cache_info::<char>(), info(0, 1, 128, 1));

    // A receiver that borrows can be skipped. Types and constants have caches of their own,
    // lifetimes have not.
    let (small, large) = ([1_u8], [2_u16]);
    assert_eq!(Grid { cells: &small }.cell(0), 1);
    assert_eq!(Grid { cells: &large }.cell(0), 2);
    assert_eq!(Grid { cells: &[3_u8] }.cell(0), 1);
    assert_eq!(Grid { cells: &[4_u8, 5] }.cell(0), 4);
    assert_eq!(Grid::<u8, 1>::cell_cache_info(), info(1, 1, 128, 1));
}

trait Shape {
    const SIDES: u64;

    fn area(&self, scale: u64) -> u64;

    fn sides() -> u64;

    fn by_default(&self, n: u64) -> u64;
}

trait Named {
    fn runs(&self) -> &Cell<u64>;

    #[lru_cache(skip(self))]
    fn greeting(&self, name: &str) -> String {
        self.runs().set(self.runs().get() + 1);
        format!("hello {name}")
    }
}

impl Shape for Rectangle {
    const SIDES: u64 = 4;

    #[lru_cache]
    fn area(&self, mut scale: u64) -> u64 {
        if scale == 0 {
            return 0;
        }
        scale += 1;
        self.width * self.height * scale
    }

    #[lru_cache]
    fn sides() -> u64 {
        Self::SIDES
    }

    #[lru_cache(maxsize = 2)]
    fn by_default(&self, n: u64) -> u64 {
        self.width + n
    }
}

impl<T: Clone + Hash + Eq + Send + Sync + 'static> Shape for Stack<T> {
    const SIDES: u64 = 1;

    #[lru_cache]
    fn area(&self, scale: u64) -> u64 {
        self.0.len() as u64 * scale
    }

    #[lru_cache]
    fn sides() -> u64 {
        size_of::<T>() as u64
    }

    fn by_default(&self, n: u64) -> u64 {
        n
    }
}

impl Named for Database {
    fn runs(&self) -> &Cell<u64> {
        &self.queries
    }
}

#[test]
fn trait_methods_are_cached() {
    let rectangle = Rectangle { width: 3, height: 2 };
    assert_eq!(Shape::area(&rectangle, 1), 12);
    assert_eq!(Shape::area(&rectangle, 1), 12);
    assert_eq!(Shape::area(&rectangle, 0), 0);
    assert_eq!(<Rectangle as Shape>::sides(), 4);
    assert_eq!((<Stack<u8> as Shape>::sides(), <Stack<u16> as Shape>::sides()), (1, 2));
    assert_eq!(Shape::area(&Stack(vec![1_u8]), 3), 3);
    assert_eq!(rectangle.by_default(1), 4);
    let name = "<it::signatures::methods::Rectangle as it::signatures::methods::Shape>::area";
    assert!(functools::caches().any(|cache| cache.name() == name));

    let database = Database { queries: Cell::new(0) };
    assert_eq!(database.greeting("you"), "hello you");
    assert_eq!(database.greeting("you"), "hello you");
    assert_eq!(database.queries.get(), 1);
}
