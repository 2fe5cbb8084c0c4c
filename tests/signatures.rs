//! Every signature that the attribute takes.
use functools::{CacheInfo, cache, lru_cache};

fn info(hits: u64, misses: u64, maxsize: impl Into<Option<usize>>, currsize: usize) -> CacheInfo {
    CacheInfo { hits, misses, maxsize: maxsize.into(), currsize }
}

#[test]
fn fib() {
    #[cache]
    fn fibonacci(n: u64) -> u64 {
        if n < 2 { n } else { fibonacci(n - 1) + fibonacci(n - 2) }
    }
    let all: Vec<u64> = (0..16).map(fibonacci).collect();
    assert_eq!(all[15], 610);
    assert_eq!(fibonacci::cache_info(), info(28, 16, None, 16));
}

#[test]
fn generic() {
    #[lru_cache(maxsize = N)]
    fn size<T: Clone + std::hash::Hash + Eq + Send + Sync + 'static, const N: usize>(
        x: T,
        y: &T,
    ) -> usize {
        let _ = (x, y);
        std::mem::size_of::<T>() + N
    }
    assert_eq!(size::<u8, 3>(1, &2), 4);
    assert_eq!(size::<u16, 3>(1, &2), 5);
    assert_eq!(size::<u16, 3>(1, &2), 5);
    assert_eq!(size::<u16, 3>::cache_info(), info(1, 1, 3, 1));
    assert_eq!(size::<u8, 3>::cache_info(), info(0, 1, 3, 1));
    assert_eq!(size::<u32, 3>::cache_info(), info(0, 0, 3, 0));
}

#[derive(Clone, Hash, PartialEq, Eq)]
struct Foo(u32);
trait Shape {
    fn area(&self, k: u32) -> u32;
}
impl Foo {
    #[lru_cache]
    fn make(n: u32) -> u32 {
        n
    }
    #[lru_cache]
    fn double(&self, (a, mut b): (u32, u32)) -> Result<u32, String> {
        b += 1;
        Ok(self.0 * a * b)
    }
}
impl Shape for Foo {
    #[lru_cache]
    fn area(&self, mut k: u32) -> u32 {
        k += 1;
        self.0 * k
    }
}
#[test]
fn methods() {
    assert_eq!(Foo::make(3), 3);
    assert_eq!(Foo::make_cache_info(), info(0, 1, 128, 1));
    let foo = Foo(2);
    assert_eq!(foo.double((1, 2)), Ok(6));
    assert_eq!(foo.double((1, 2)), Ok(6));
    assert!(Foo::double_cache_contains(&foo, (1, 2)));
    assert!(foo.double_cache_invalidate((1, 2)));
    assert_eq!(Foo::double_cache_info(), info(1, 1, 128, 0));
    assert_eq!(foo.area(2), 6);
    assert_eq!(foo.area(2), 6);
    for c in functools::caches() {
        println!("{c:?}")
    }
}

#[test]
fn floats() {
    #[lru_cache(scope = "thread", cache_none = false, cache_if = |r| r.is_some())]
    fn f(x: f64, y: (f64, u32), _: &[f32]) -> Option<f64> {
        (x > 0.0).then_some(x + y.0)
    }
    f(1.0, (0.0, 1), &[1.0]);
    f(1.0, (-0.0, 1), &[1.0]);
    f(f64::NAN, (-0.0, 1), &[1.0]);
    f(f64::NAN, (-0.0, 1), &[1.0]);
    assert_eq!(f::cache_info(), info(1, 3, 128, 1));
}
