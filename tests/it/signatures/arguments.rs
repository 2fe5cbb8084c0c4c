//! Which arguments are taken, and how they make a key (CONTRACT 3).

use std::collections::BTreeMap;
use std::hash::Hash;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use functools::lru_cache;
use functools_test_support::info;

#[test]
fn no_arguments_have_one_entry() {
    #[lru_cache]
    fn answer() -> u32 {
        42
    }
    #[lru_cache]
    fn nothing() {}

    assert_eq!((answer(), answer()), (42, 42));
    assert_eq!(answer::cache_info(), info(1, 1, 128, 1));
    nothing();
    nothing();
    assert_eq!(nothing::cache_info(), info(1, 1, 128, 1));
}

#[test]
#[allow(clippy::many_single_char_names)]
fn sixteen_arguments_make_a_key() {
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
    assert_eq!(sum::cache_info(), info(1, 3, 128, 3));
}

#[test]
fn borrowed_arguments_compare_by_value() {
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
    assert_eq!(length::cache_info(), info(1, 1, 128, 1));
    assert_eq!(total::cache_info(), info(1, 1, 128, 1));
    assert_eq!(parent::cache_info(), info(1, 1, 128, 1));
    assert_eq!(x::cache_info(), info(1, 1, 128, 1));
    assert_eq!(pair::cache_info(), info(1, 1, 128, 1));
    assert_eq!(fixed::cache_info(), info(1, 1, 128, 1));
    // A temporary is compared by its value, not by its address.
    assert!(length::cache_contains(&String::from("four")));
}

#[test]
fn owned_arguments_make_a_key() {
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
    assert_eq!(all::cache_info(), info(1, 2, 128, 2));
}

#[test]
fn floats_compare_by_value_and_nans_are_one_key() {
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
    assert_eq!(half::cache_info(), info(3, 3, 128, 3));
    assert_eq!(fahrenheit(100.0).to_bits(), fahrenheit(100.0).to_bits());
    assert_eq!(fahrenheit::cache_info(), info(1, 1, 128, 1));
    distance((0.0, 0.0), &[3.0, 4.0], &[1.0], None);
    distance((-0.0, 0.0), &[3.0, 4.0], &[1.0], None);
    distance((0.0, 0.0), &[3.0, 4.0], &[1.0], Some(0.0));
    distance((0.0, 0.0), &[3.0, 4.0], &[1.0, 0.0], None);
    assert_eq!(distance::cache_info(), info(1, 3, 128, 3));
}

#[test]
fn patterns_bind_and_ignored_arguments_are_in_the_key() {
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
    // As in Python, an argument that the body ignores is part of the key.
    assert_eq!(call(1), 50);
    assert_eq!(all::cache_info(), info(1, 2, 128, 2));
}
