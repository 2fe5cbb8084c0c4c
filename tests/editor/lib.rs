//! A cached function in every place that there is, and uses of its handle.
//! `scripts/editor-diagnostics` asks rust-analyzer about it, which must find no error: an editor
//! expands the attribute without knowing where it stands.
#![allow(dead_code, missing_docs, clippy::pedantic)]

use std::hash::{Hash, Hasher};

use functools::{CacheInfo, CacheStats, cache, lru_cache};

#[lru_cache(maxsize = 3)]
pub fn free(n: u64) -> u64 {
    n
}

#[cache]
fn private(n: &str) -> String {
    n.to_owned()
}

#[lru_cache(ttl = "60s", single_flight = "2s")]
pub async fn asynchronous(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache]
pub fn generic<T, const N: usize>(x: T) -> [T; N]
where
    T: Clone + Eq + Hash + Send + Sync + 'static,
{
    std::array::from_fn(|_| x.clone())
}

#[lru_cache(skip(f))]
pub fn with_closure<F: FnMut() -> u64>(n: u64, mut f: F) -> u64 {
    f() + n
}

#[lru_cache(ttl = "60s", redis = "shared:{n}")]
pub async fn shared(n: u64) -> u64 {
    n
}

#[lru_cache(handle = _)]
pub fn without_handle(n: u64) -> u64 {
    n
}

#[lru_cache(scope = "thread", handle = of_thread)]
pub fn renamed(n: u64) -> u64 {
    n
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Square {
    side: u64,
}

impl Square {
    #[lru_cache]
    pub fn area(&self, scale: u64) -> u64 {
        self.side * self.side * scale
    }

    #[lru_cache]
    fn private(&self) -> u64 {
        self.side
    }

    #[lru_cache]
    pub fn new(side: u64) -> Self {
        Square { side }
    }

    #[lru_cache]
    pub fn make(side: u64) -> u64 {
        side
    }

    #[lru_cache(handle = Self::build)]
    fn build(side: u64) -> u64 {
        side
    }

    #[lru_cache]
    pub async fn waits(&self) -> u64 {
        self.side
    }

    pub fn nested(&self) -> u64 {
        #[lru_cache]
        fn nested(n: u64) -> u64 {
            n
        }
        let _: CacheInfo = nested::cache_info();
        nested(self.side)
    }
}

pub trait Shape {
    fn sides(&self) -> u64;

    fn kind(n: u64) -> u64;

    #[lru_cache]
    fn corners(&self) -> u64
    where
        Self: Clone + Eq + Hash + Send + Sync + 'static,
    {
        self.sides()
    }
}

impl Shape for Square {
    #[lru_cache]
    fn sides(&self) -> u64 {
        4 + self.side - self.side
    }

    #[lru_cache]
    fn kind(n: u64) -> u64 {
        n
    }
}

pub struct Wrapped<T>(T);

impl<T: Clone + Eq + Hash + Send + Sync + 'static> Wrapped<T> {
    #[lru_cache(key = self.0.clone())]
    pub fn get(&self) -> T {
        self.0.clone()
    }
}

impl<T: Hash> Hash for Wrapped<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

macro_rules! cached {
    ($name:ident) => {
        #[lru_cache]
        pub fn $name(n: u64) -> u64 {
            n
        }
    };
}

cached!(by_a_macro);

/// What a user writes about them, with the types that he expects.
pub async fn uses() -> u64 {
    let square = Square::new(3);
    let _: CacheInfo = free::cache_info();
    let _: (u64, functools::CacheStatus) = free::with_status(1);
    let _: Option<String> = private::cache_peek("a");
    let _: Result<u64, String> = asynchronous::uncached(1).await;
    let _: Option<[u8; 3]> = generic::<u8, 3>::cache_peek(1);
    let _: u64 = with_closure::uncached(1, || 2);
    let _: CacheStats = with_closure::cache_stats();
    let _: functools::redis::Invalidation = shared::cache_invalidate(1).await;
    let _: CacheInfo = of_thread::cache_info();
    let _: u64 = square.area_with_status(2).0 + Square::area_uncached(&square, 1);
    let _: CacheInfo = Square::new_cache_info();
    let _: CacheInfo = Square::build_cache_info();
    let _: Option<u8> = Wrapped(7_u8).get_cache_peek();
    by_a_macro::cache_clear();
    square.waits().await + square.sides() + square.corners() + Square::kind(1)
}
