//! Every signature that the attribute takes, and that no two functions or types share an entry.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::hash::Hash;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use functools::{CacheInfo, cache, lru_cache};

fn info(hits: u64, misses: u64, currsize: usize) -> CacheInfo {
    CacheInfo { hits, misses, maxsize: Some(128), currsize }
}

#[test]
fn no_arguments() {
    #[lru_cache]
    fn answer() -> u32 {
        42
    }
    #[lru_cache]
    fn nothing() {}

    assert_eq!((answer(), answer()), (42, 42));
    assert_eq!(answer::cache_info(), info(1, 1, 1));
    nothing();
    nothing();
    assert_eq!(nothing::cache_info(), info(1, 1, 1));
}

#[test]
#[allow(clippy::many_single_char_names)]
fn sixteen_arguments() {
    #[lru_cache]
    #[expect(clippy::too_many_arguments)]
    fn sum(
        a: u8,
        b: u16,
        c: u32,
        d: u64,
        e: i8,
        f: i16,
        g: i32,
        h: i64,
        i: usize,
        j: isize,
        k: bool,
        l: char,
        m: &str,
        n: String,
        o: &[u8],
        p: f64,
    ) -> String {
        format!("{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}{k}{l}{m}{n}{o:?}{p}")
    }
    let call = |o: &[u8], p| sum(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, true, 'c', "m", "n".into(), o, p);
    assert_eq!(call(&[1], 1.5), "12345678910truecmn[1]1.5");
    assert_eq!(call(&[1], 1.5), "12345678910truecmn[1]1.5");
    call(&[2], 1.5);
    call(&[2], 2.5);
    assert_eq!(sum::cache_info(), info(1, 3, 3));
}

#[test]
fn borrowed_arguments() {
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Point {
        x: i32,
    }
    #[lru_cache]
    fn length(text: &str) -> usize {
        text.len()
    }
    #[lru_cache]
    fn total(bytes: &[u8]) -> u32 {
        bytes.iter().map(|&byte| u32::from(byte)).sum()
    }
    #[lru_cache]
    fn parent(path: &Path) -> Option<PathBuf> {
        path.parent().map(Path::to_owned)
    }
    #[lru_cache]
    fn x(point: &Point) -> i32 {
        point.x
    }
    #[lru_cache]
    fn pair(both: &(String, [u8; 2])) -> usize {
        both.0.len() + both.1.len()
    }
    #[lru_cache]
    fn fixed(text: &'static str) -> &'static str {
        &text[1..]
    }

    for _ in 0..2 {
        assert_eq!(length("four"), 4);
        assert_eq!(total(&[1, 2]), 3);
        assert_eq!(parent(Path::new("/a/b")), Some(PathBuf::from("/a")));
        assert_eq!(x(&Point { x: 7 }), 7);
        assert_eq!(pair(&("a".into(), [0, 1])), 3);
        assert_eq!(fixed("ab"), "b");
    }
    assert_eq!(length::cache_info(), info(1, 1, 1));
    assert_eq!(total::cache_info(), info(1, 1, 1));
    assert_eq!(parent::cache_info(), info(1, 1, 1));
    assert_eq!(x::cache_info(), info(1, 1, 1));
    assert_eq!(pair::cache_info(), info(1, 1, 1));
    assert_eq!(fixed::cache_info(), info(1, 1, 1));
    // A temporary is looked up by what it says, not by where it is.
    assert!(length::cache_contains(&String::from("four")));
}

#[test]
fn owned_arguments() {
    #[lru_cache]
    fn all(
        name: Option<String>,
        pair: (u8, String),
        array: [u16; 3],
        shared: Arc<str>,
        map: BTreeMap<u8, u8>,
        function: fn(u8) -> u8,
    ) -> String {
        format!("{name:?}{pair:?}{array:?}{shared}{map:?}{}", function(1))
    }
    fn next(n: u8) -> u8 {
        n + 1
    }
    let call = |name: Option<&str>| {
        let map = BTreeMap::from([(1, 2)]);
        all(name.map(Into::into), (1, "b".into()), [1, 2, 3], "c".into(), map, next)
    };
    assert_eq!(call(Some("a")), "Some(\"a\")(1, \"b\")[1, 2, 3]c{1: 2}2");
    call(Some("a"));
    call(None);
    assert_eq!(all::cache_info(), info(1, 2, 2));
}

#[test]
fn floats() {
    #[lru_cache]
    fn half(x: f64) -> f64 {
        x / 2.0
    }
    type Celsius = f32;
    #[lru_cache]
    fn fahrenheit(degrees: Celsius) -> f32 {
        degrees * 1.8 + 32.0
    }
    #[lru_cache]
    fn distance(from: (f64, f64), to: &[f64; 2], weights: &[f32], unit: Option<f64>) -> f64 {
        let scale = unit.unwrap_or(1.0) * f64::from(weights.iter().sum::<f32>());
        scale * (to[0] - from.0).hypot(to[1] - from.1)
    }

    assert!((half(3.0) - 1.5).abs() < f64::EPSILON);
    half(0.0);
    half(-0.0);
    half(f64::NAN);
    half(-f64::NAN);
    half(f64::from_bits(f64::NAN.to_bits() ^ 1));
    assert_eq!(half::cache_info(), info(3, 3, 3));
    assert_eq!(fahrenheit(100.0).to_bits(), fahrenheit(100.0).to_bits());
    assert_eq!(fahrenheit::cache_info(), info(1, 1, 1));
    distance((0.0, 0.0), &[3.0, 4.0], &[1.0], None);
    distance((-0.0, 0.0), &[3.0, 4.0], &[1.0], None);
    distance((0.0, 0.0), &[3.0, 4.0], &[1.0], Some(0.0));
    distance((0.0, 0.0), &[3.0, 4.0], &[1.0, 0.0], None);
    assert_eq!(distance::cache_info(), info(1, 3, 3));
}

#[test]
fn patterns() {
    struct Wrapped(u32);
    impl Clone for Wrapped {
        fn clone(&self) -> Self {
            Wrapped(self.0)
        }
    }
    impl PartialEq for Wrapped {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Wrapped {}
    impl Hash for Wrapped {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    #[lru_cache]
    #[allow(clippy::too_many_arguments, clippy::toplevel_ref_arg)]
    fn all(
        mut a: u32,
        (b, mut c): (u32, u32),
        Wrapped(d): Wrapped,
        [e, ..]: [u32; 2],
        &f: &u32,
        _: u32,
        _g: u32,
        ref h: u32,
        i @ (j, _): (u32, u32),
    ) -> u32 {
        a += 1;
        c += 1;
        a + b + c + d + e + f + *h + i.0 + j
    }
    let call = |ignored| all(1, (2, 3), Wrapped(4), [5, 6], &7, ignored, 0, 8, (9, 10));
    assert_eq!((call(0), call(0)), (50, 50));
    // As in Python, an argument that the body does not look at is part of the key all the same.
    assert_eq!(call(1), 50);
    assert_eq!(all::cache_info(), info(1, 2, 2));
}

#[test]
fn lifetimes_and_where_clauses() {
    #[lru_cache]
    fn longer<'a, 'b: 'a, T>(one: &'a str, other: &'b str, extra: T) -> String
    where
        T: Display + Clone + Hash + Eq + Send + Sync + 'static,
        for<'c> &'c T: Sized,
        &'b str: Into<String>,
    {
        let longer = if one.len() > other.len() { one } else { other };
        format!("{longer}{extra}")
    }
    assert_eq!(longer("ab", "c", 1), "ab1");
    assert_eq!(longer("ab", "c", 1), "ab1");
    assert_eq!(longer("ab", "c", '1'), "ab1");
    assert_eq!(longer::<i32>::cache_info(), info(1, 1, 1));
    assert_eq!(longer::<char>::cache_info(), info(0, 1, 1));
    assert!(longer::<i32>::cache_invalidate("ab", "c", 1));
}

#[test]
#[allow(unsafe_code)]
fn qualifiers() {
    /// # Safety
    ///
    /// None is needed.
    #[lru_cache]
    unsafe fn double(n: u32) -> u32 {
        n * 2
    }
    #[lru_cache]
    extern "C" fn triple(n: u32) -> u32 {
        n * 3
    }
    #[lru_cache]
    fn r#match(r#type: u32) -> u32 {
        r#type + 1
    }

    // SAFETY: it is safe.
    assert_eq!(unsafe { (double(2), double(2), double::uncached(3)) }, (4, 4, 6));
    assert_eq!(double::cache_peek(2), Some(4));
    assert_eq!(double::cache_info(), info(1, 1, 1));
    let pointer: extern "C" fn(u32) -> u32 = triple;
    assert_eq!((pointer(2), triple(2)), (6, 6));
    assert_eq!(triple::cache_info(), info(1, 1, 1));
    assert_eq!((r#match(1), r#match(1)), (2, 2));
    assert_eq!(r#match::cache_info(), info(1, 1, 1));
}

mod shop {
    use functools::lru_cache;

    #[lru_cache(maxsize = 2)]
    pub(crate) fn price(id: u32) -> u32 {
        rebate(id) * 2
    }

    #[lru_cache]
    fn rebate(id: u32) -> u32 {
        id + 1
    }

    pub(crate) fn rebates() -> usize {
        rebate::cache_info().currsize
    }

    pub(crate) mod inner {
        #[functools::lru_cache]
        pub(in crate::shop) fn hidden(id: u32) -> u32 {
            id
        }

        #[functools::cache]
        pub(crate) fn price(id: u32) -> u32 {
            super::price(id) + hidden(id)
        }
    }
}

#[test]
fn modules_and_imports() {
    use shop::price;

    assert_eq!(price(1), 4);
    assert_eq!(shop::inner::price(1), 5);
    assert_eq!(price::cache_info(), CacheInfo { maxsize: Some(2), ..info(1, 1, 1) });
    assert_eq!(shop::inner::price::cache_info(), CacheInfo { maxsize: None, ..info(0, 1, 1) });
    assert_eq!(shop::rebates(), 1);
}

fn two_in_one(n: u32) -> (u32, u32) {
    let one = {
        #[lru_cache]
        fn inner(n: u32) -> u32 {
            n + 1
        }
        inner(n)
    };
    let two = {
        #[lru_cache]
        fn inner(n: u32) -> u32 {
            n + 2
        }
        inner(n)
    };
    (one, two)
}

fn outer<T: Default + Display>() -> String {
    #[lru_cache]
    fn inner(text: &str) -> String {
        #[cache]
        fn innermost(n: usize) -> usize {
            n * 2
        }
        format!("{text}{}", innermost(text.len()))
    }
    inner(&T::default().to_string())
}

#[test]
fn functions_in_functions() {
    assert_eq!(two_in_one(1), (2, 3));
    assert_eq!(two_in_one(1), (2, 3));
    assert_eq!(outer::<u8>(), "02");
    assert_eq!(outer::<String>(), "0");
}

#[test]
fn generics() {
    #[lru_cache]
    fn name<T, U>(value: T) -> String
    where
        T: Display + Clone + Hash + Eq + Send + Sync + 'static,
        U: Default + Display + 'static,
    {
        format!("{value} {} {}", U::default(), size_of::<U>())
    }
    #[lru_cache(maxsize = N)]
    fn repeat<const N: usize, const B: bool>(text: &str) -> [String; N] {
        std::array::from_fn(|_| if B { text.to_uppercase() } else { text.to_owned() })
    }
    #[lru_cache]
    fn unsized_argument<T: Display + Hash + Eq + ToOwned<Owned = String> + ?Sized + 'static>(
        value: &T,
    ) -> String {
        value.to_string()
    }

    // The same key, and the same type of result, for other types.
    assert_eq!(name::<u8, u8>(1), "1 0 1");
    assert_eq!(name::<u8, u16>(1), "1 0 2");
    assert_eq!(name::<u8, u64>(1), "1 0 8");
    assert_eq!(name::<u8, u16>(1), "1 0 2");
    assert_eq!(name::<u8, u8>::cache_info(), info(0, 1, 1));
    assert_eq!(name::<u8, u16>::cache_info(), info(1, 1, 1));
    assert_eq!(name::<u16, u8>::cache_info(), info(0, 0, 0));
    name::<u8, u16>::cache_clear();
    assert_eq!(name::<u8, u8>::cache_info().currsize, 1);

    assert_eq!(repeat::<2, false>("a"), ["a", "a"]);
    assert_eq!(repeat::<2, true>("a"), ["A", "A"]);
    assert_eq!(repeat::<3, true>("a"), ["A", "A", "A"]);
    assert_eq!(repeat::<3, true>::cache_info(), CacheInfo { maxsize: Some(3), ..info(0, 1, 1) });

    assert_eq!(unsized_argument("text"), "text");
    assert_eq!(unsized_argument::<str>::cache_info(), info(0, 1, 1));
}

/// As many instances as make the tree of instances branch at several levels.
#[test]
fn many_instances() {
    #[cache]
    fn number<const N: usize>(n: usize) -> usize {
        n * N
    }
    macro_rules! with_each {
        ($check:ident: $($tens:literal)+) => {
            $(with_each!(@ $check $tens 0 1 2 3 4 5 6 7 8 9);)+
        };
        (@ $check:ident $tens:literal $($ones:literal)+) => {
            $($check::<{ $tens * 10 + $ones }>();)+
        };
    }
    fn call<const N: usize>() {
        assert_eq!(number::<N>(2), 2 * N);
    }
    fn check<const N: usize>() {
        assert_eq!(number::<N>::cache_info().misses, 1);
        assert_eq!(number::<N>(2), 2 * N);
        assert_eq!(number::<N>::cache_info().hits, 1);
    }
    with_each!(call: 0 1 2 3 4 5 6 7 8 9);
    with_each!(check: 0 1 2 3 4 5 6 7 8 9);
}

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

    /// Neither `self` nor `Self` is mentioned.
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
fn methods() {
    let wide = Rectangle::new(3, 2);
    let high = Rectangle { width: 2, height: 3 };
    assert_eq!((wide.area(1), wide.area(2), wide.clone().area(2)), (6, 12, 12));
    assert_eq!(high.area(1), 6);
    assert_eq!(Rectangle::area_cache_info(), info(1, 3, 3));
    assert_eq!(Rectangle::area_uncached(&wide, 5), 30);
    assert!(Rectangle::area_cache_invalidate(&wide, 1));
    assert!(!wide.area_cache_contains(1));
    assert_eq!(high.area_cache_peek(1), Some(6));

    assert_eq!(wide.clone().into_sides(), [3, 2]);
    assert_eq!(wide.clone().into_sides(), [3, 2]);
    assert_eq!(Rectangle::into_sides_cache_info(), info(1, 1, 1));
    assert_eq!(wide.clone().turned(), high);
    assert_eq!(wide.clone().turned(), high);
    assert_eq!(Rectangle::turned_cache_info(), info(1, 1, 1));
    let shared = Arc::new(wide.clone());
    assert!(Arc::clone(&shared).shared(&wide));
    assert!(Arc::new(wide.clone()).shared(&wide));
    assert_eq!(Rectangle::shared_cache_info(), info(1, 1, 1));
    assert_eq!((shared.by_reference(), shared.by_reference()), (3, 3));
    assert_eq!(Rectangle::by_reference_cache_info(), info(1, 1, 1));

    assert_eq!((Rectangle::square(3), Rectangle::square(3)), (9, 9));
    assert_eq!(Rectangle::square_cache_parameters().maxsize, Some(3));
    assert_eq!(Rectangle::square_cache_info().hits, 1);
    assert_eq!(Rectangle::new(3, 2), wide);
    assert_eq!(Rectangle::new_cache_info(), info(1, 1, 1));

    assert_eq!((wide.constant(1), high.constant(1)), (4, 4));
    assert!(Rectangle::constant_cache_invalidate(1));
    assert_eq!(wide.around(), 10);
    assert_eq!(Rectangle::circumference_cache_info(), info(0, 1, 1));

    assert_eq!((wide.scaled::<u8, 2>(2), wide.scaled::<u8, 3>(2)), (12, 18));
    assert_eq!(Rectangle::scaled_cache_info::<u8, 2>(), info(0, 1, 1));
    assert_eq!(Rectangle::scaled_cache_info::<u16, 2>(), info(0, 0, 0));
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
fn generic_impls() {
    assert_eq!(Stack(vec![1_u8, 2]).top(), Some(2));
    assert_eq!(Stack(vec![1_u8, 2]).top(), Some(2));
    assert_eq!(Stack(vec![1_u16, 2]).top(), Some(2));
    assert_eq!(Stack::<u8>::top_cache_info(), info(1, 1, 1));
    assert_eq!(Stack::<u16>::top_cache_info(), info(0, 1, 1));
    assert_eq!((Stack::<u8>::size(), Stack::<u16>::size(), Stack::<u64>::size()), (1, 2, 8));
    assert_eq!(Stack::<u8>::size_cache_info(), info(0, 1, 1));
    assert_eq!(Stack(vec![0_u8]).paired(&Stack(vec!['a'])), (1, 'a'));
    assert_eq!(Stack(vec![0_u8]).paired(&Stack(vec![7_i8])), (1, 7));
    assert_eq!(Stack::<u8>::paired_cache_info::<char>(), info(0, 1, 1));

    // What borrows can be skipped; lifetimes make no other cache, types and constants do.
    let (small, large) = ([1_u8], [2_u16]);
    assert_eq!(Grid { cells: &small }.cell(0), 1);
    assert_eq!(Grid { cells: &large }.cell(0), 2);
    assert_eq!(Grid { cells: &[3_u8] }.cell(0), 1);
    assert_eq!(Grid { cells: &[4_u8, 5] }.cell(0), 4);
    assert_eq!(Grid::<u8, 1>::cell_cache_info(), info(1, 1, 1));
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
fn trait_impls() {
    let rectangle = Rectangle { width: 3, height: 2 };
    assert_eq!(Shape::area(&rectangle, 1), 12);
    assert_eq!(Shape::area(&rectangle, 1), 12);
    assert_eq!(Shape::area(&rectangle, 0), 0);
    assert_eq!(<Rectangle as Shape>::sides(), 4);
    assert_eq!((<Stack<u8> as Shape>::sides(), <Stack<u16> as Shape>::sides()), (1, 2));
    assert_eq!(Shape::area(&Stack(vec![1_u8]), 3), 3);
    assert_eq!(rectangle.by_default(1), 4);
    let name = "<signatures::Rectangle as signatures::Shape>::area";
    assert!(functools::caches().any(|cache| cache.name() == name));

    let database = Database { queries: Cell::new(0) };
    assert_eq!(database.greeting("you"), "hello you");
    assert_eq!(database.greeting("you"), "hello you");
    assert_eq!(database.queries.get(), 1);
}

#[test]
fn skipped_arguments() {
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
fn keys() {
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
    assert_eq!(length::cache_info(), info(1, 1, 1));
    assert_ne!(exact(0.0), exact(-0.0));
    assert_eq!((hygienic((1, 2), 3), hygienic((1, 4), 3)), (4, 4));
    assert_eq!(hygienic::cache_info(), info(1, 1, 1));
}

#[test]
fn keys_of_floats() {
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
    assert_eq!(double::cache_info(), info(2, 2, 2));
    let point = |x, name: &str| Point { x, y: 1.0, name: name.to_owned() };
    length(&point(0.0, "a"), Unit::Metre);
    length(&point(-0.0, "a"), Unit::Metre);
    length(&point(-0.0, "b"), Unit::Metre);
    length(&point(-0.0, "b"), Unit::Foot);
    assert_eq!(length::cache_info(), info(1, 3, 3));
    assert!(length::cache_contains(&point(0.0, "b"), Unit::Foot));
    assert!(length::cache_invalidate(&point(0.0, "b"), Unit::Foot));
    assert!(!length::cache_contains(&point(0.0, "b"), Unit::Foot));
    assert_eq!(
        (behind(&1.5).to_bits(), behind(&1.5).to_bits()),
        (1.5_f32.to_bits(), 1.5_f32.to_bits())
    );
    assert_eq!(behind::cache_info(), info(1, 1, 1));
    first(&[1.0, 2.0]);
    first(&[1.0, 3.0]);
    assert_eq!(first::cache_info(), info(1, 1, 1));
    assert!(smol::block_on(local(Path1(f64::NAN), &1)).is_nan());
    assert!(local::<i32>::cache_contains(Path1(f64::NAN), &1));
    assert!(!local::<char>::cache_contains(Path1(f64::NAN), &'a'));
}

/// As of axum: neither `Clone` nor `Hash`.
struct Path1<T>(T);

struct State<T>(T);

struct App {
    base: u64,
}

#[test]
fn a_pattern_with_one_name_has_that_name() {
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
    // Skipped as a whole, and asked for by the same key.
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
fn a_key_sees_what_patterns_bind() {
    struct Query {
        text: String,
        limit: usize,
    }
    // What is `Copy`, by value.
    #[lru_cache(key = (id as u32, limit + 1, text.to_lowercase()))]
    #[expect(clippy::cast_possible_truncation)]
    fn all(Path1((mut id, _)): Path1<(u64, u8)>, Query { text, limit }: Query) -> usize {
        id += 1;
        text.len() + limit + id as usize
    }
    // Anything else by reference: the body has it still.
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
    // Two of one name in the key: the closure's own is another.
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
    assert_eq!(all::cache_info(), info(1, 1, 1));
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

#[test]
fn maxsize_is_any_expression() {
    const SIZE: usize = 2;
    static BOUND: Option<usize> = None;
    #[lru_cache(maxsize = SIZE * 2 + usize::from(true))]
    fn five(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = BOUND)]
    fn unbounded(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = None, typed = true)]
    fn none(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = Some(7), single_flight = false)]
    fn seven(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = 0)]
    fn zero(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = "12".parse::<usize>().unwrap_or(1))]
    fn parsed(n: u64) -> u64 {
        n
    }

    assert_eq!(five::cache_parameters().maxsize, Some(5));
    assert_eq!(unbounded::cache_parameters().maxsize, None);
    assert_eq!((none::cache_parameters().maxsize, none::cache_parameters().typed), (None, true));
    assert_eq!(seven::cache_info().maxsize, Some(7));
    assert_eq!(parsed::cache_info().maxsize, Some(12));
    for n in 0..10 {
        assert_eq!((five(n), unbounded(n), zero(n), zero(n)), (n, n, n, n));
    }
    assert_eq!((five::cache_info().currsize, unbounded::cache_info().currsize), (5, 10));
    assert_eq!(zero::cache_info(), CacheInfo { maxsize: Some(0), ..info(0, 20, 0) });
}

/// A type of the function's name is no obstacle if the handle has another.
#[test]
fn names() {
    #[allow(non_camel_case_types)]
    struct item {
        id: u64,
    }

    #[lru_cache(handle = item_cache)]
    fn item(id: u64) -> u64 {
        id + 1
    }
    #[lru_cache(handle = _)]
    fn nameless(mut id: u64) -> u64 {
        id += 1;
        id
    }

    assert_eq!(item { id: 1 }.id + item(1), 3);
    assert_eq!(item_cache::cache_info(), info(0, 1, 1));
    assert_eq!((nameless(1), nameless(1)), (2, 2));
    let name = concat!(module_path!(), "::names::nameless");
    let nameless = functools::caches().find(|cache| cache.name() == name);
    assert_eq!(nameless.map(|cache| cache.info()), Some(info(1, 1, 1)));
}

/// A function that a macro writes, in an `impl` that a macro writes.
#[test]
fn in_macros() {
    struct Meter;

    macro_rules! convert {
        ($name:ident, $argument:ty, $factor:expr) => {
            #[lru_cache]
            fn $name(value: $argument) -> u64 {
                let value: &u64 = value;
                value * $factor
            }
        };
    }
    macro_rules! methods {
        ($ty:ty { $($name:ident)+ }) => {
            impl $ty {
                $(
                    #[lru_cache]
                    fn $name(value: u64) -> u64 {
                        value
                    }
                )+
            }
        };
    }
    convert!(feet, &u64, 3);
    methods!(Meter { one two });

    assert_eq!((feet(&2), feet(&2)), (6, 6));
    assert_eq!(feet::cache_info(), info(1, 1, 1));
    assert_eq!(Meter::one(1) + Meter::two(1), 2);
    assert_eq!(Meter::one_cache_info(), info(0, 1, 1));
}

mod reexported {
    pub(crate) mod deep {
        pub(crate) use functools as memo;
    }
}

#[test]
fn crate_path() {
    // Would be found by a path that is not absolute.
    #[allow(dead_code)]
    mod functools {}

    #[reexported::deep::memo::lru_cache(crate = reexported::deep::memo, maxsize = 3)]
    fn square(n: u64) -> u64 {
        n * n
    }

    assert_eq!((square(3), square(3)), (9, 9));
    assert_eq!(square::cache_info().hits, 1);
}

/// Names of the prelude that mean something else here, and arguments named as generated code might
/// name its own.
#[test]
fn hygiene() {
    mod hostile {
        #![allow(non_camel_case_types, dead_code, non_snake_case)]
        pub(super) struct Option;
        pub(super) struct Result;
        pub(super) struct String;
        pub(super) struct bool;
        pub(super) struct usize;
        pub(super) mod core {}
        pub(super) mod std {}

        #[allow(clippy::too_many_arguments)]
        #[functools::lru_cache(cache_if = |result| *result > 0)]
        pub(super) fn sum(
            miss: u64,
            hit: u64,
            key: u64,
            value: u64,
            result: u64,
            args: u64,
            arg0: u64,
            status: u64,
            sum: u64,
        ) -> u64 {
            miss + hit + key + value + result + args + arg0 + status + sum
        }

        #[functools::lru_cache]
        pub(super) fn Ok(n: u64) -> u64 {
            n
        }
    }
    assert_eq!(hostile::sum(1, 2, 3, 4, 5, 6, 7, 8, 9), 45);
    assert_eq!(hostile::sum(1, 2, 3, 4, 5, 6, 7, 8, 9), 45);
    assert_eq!(hostile::sum::cache_info(), info(1, 1, 1));
    assert_eq!(hostile::Ok(3), 3);
}

/// All that calls the body is compiled as the body is.
#[cfg(target_arch = "x86_64")]
mod target_feature {
    use super::*;

    #[lru_cache]
    #[target_feature(enable = "popcnt")]
    fn ones(n: u64) -> u32 {
        n.count_ones()
    }

    #[lru_cache]
    #[target_feature(enable = "popcnt")]
    async fn ones_async(n: u64) -> u32 {
        n.count_ones()
    }

    #[lru_cache(handle = _)]
    #[target_feature(enable = "popcnt")]
    fn ones_alone(n: u64) -> u32 {
        n.count_ones()
    }

    #[test]
    #[allow(unsafe_code, reason = "the processor has it")]
    fn is_that_of_the_function() {
        if !std::is_x86_feature_detected!("popcnt") {
            return;
        }
        // SAFETY: the processor has it.
        unsafe {
            assert_eq!((ones(7), ones(7), ones_alone(7), ones_alone(7)), (3, 3, 3, 3));
            assert_eq!((ones::uncached(1), ones::cache_refresh(7)), (1, 3));
            assert_eq!(ones::with_status(7).0, 3);
            drop(ones_async(7));
        }
        let CacheInfo { hits, misses, .. } = ones::cache_info();
        assert_eq!((hits, misses), (2, 1));
    }
}
