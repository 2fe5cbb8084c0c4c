//! Which `async fn`s are taken, with their handles (CONTRACT 1, 3, 7).

use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::sync::Arc;

use functools::{CacheInfo, CacheParameters, CacheStatus, lru_cache};
use functools_test_support::{Runs, info, now};
use smol::future::{block_on, yield_now};

#[test]
fn free_function_and_its_handle_are_cached() {
    #[lru_cache]
    async fn length(text: &str) -> usize {
        RUNS.next();
        yield_now().await;
        text.len()
    }
    static RUNS: Runs = Runs::new();
    block_on(async {
        assert_eq!(length("four").await, 4);
        assert_eq!(length(&String::from("four")).await, 4);
        assert_eq!(length::with_status("four").await, (4, CacheStatus::Hit));
        assert_eq!(length::with_status("fives").await, (5, CacheStatus::Miss));
        assert_eq!(length::uncached("four").await, 4);
        assert_eq!(RUNS.count(), 3);
        assert_eq!(length::cache_refresh("four").await, 4);
        assert_eq!(RUNS.count(), 4);
    });
    // These functions are not async.
    let infos: CacheInfo = length::cache_info();
    assert_eq!(infos, info(2, 2, 128, 2));
    let parameters: CacheParameters = length::cache_parameters();
    assert_eq!(parameters.maxsize, Some(128));
    assert!(length::cache_contains("four"));
    assert_eq!(length::cache_peek("fives"), Some(5));
    length::cache_insert("six", 6);
    assert_eq!(now(length("six")), 6);
    assert!(length::cache_invalidate("six"));
    assert!(!length::cache_invalidate("six"));
    length::cache_clear();
    assert_eq!(length::cache_info(), info(0, 0, 128, 0));
}

#[test]
fn methods_are_cached() {
    #[derive(Debug, Clone, PartialEq, Eq, Hash)]
    struct Account {
        id: u32,
    }
    impl Account {
        #[lru_cache]
        async fn plus(&self, other: u32) -> u32 {
            yield_now().await;
            self.id + other
        }
        #[lru_cache]
        async fn into_id(self) -> u32 {
            yield_now().await;
            self.id
        }
        #[lru_cache]
        async fn shared(self: Arc<Self>, text: &str) -> String {
            yield_now().await;
            format!("{text}{}", self.id)
        }
        #[lru_cache]
        async fn named(name: &str) -> Self {
            yield_now().await;
            Account { id: u32::try_from(name.len()).expect("short") }
        }
        #[lru_cache(skip(self))]
        async fn constant(&self, n: u32) -> u32 {
            yield_now().await;
            self.id + n
        }
        #[lru_cache]
        async fn r#yield(&self) -> u32 {
            yield_now().await;
            self.id
        }
    }
    let account = Account { id: 7 };
    let shared = Arc::new(account.clone());
    for _ in 0..2 {
        block_on(async {
            assert_eq!(account.plus(1).await, 8);
            assert_eq!(account.clone().into_id().await, 7);
            assert_eq!(shared.clone().shared("x").await, "x7");
            assert_eq!(Account::named("abc").await, Account { id: 3 });
            assert_eq!(Account { id: 3 }.constant(0).await, 3);
            assert_eq!(account.constant(0).await, 3, "self is no part of the key");
            assert_eq!(account.r#yield().await, 7);
        });
    }
    assert_eq!(Account::plus_cache_info(), info(1, 1, 128, 1));
    assert_eq!(Account::into_id_cache_info(), info(1, 1, 128, 1));
    assert_eq!(Account::shared_cache_info(), info(1, 1, 128, 1));
    assert_eq!(Account::named_cache_info(), info(1, 1, 128, 1));
    assert_eq!(Account::constant_cache_info(), info(3, 1, 128, 1));
    assert_eq!(Account::yield_cache_info(), info(1, 1, 128, 1));
    block_on(async {
        assert_eq!(account.plus_uncached(1).await, 8);
        assert_eq!(account.plus_cache_refresh(1).await, 8);
        assert_eq!(account.plus_with_status(1).await, (8, CacheStatus::Hit));
        assert_eq!(Account::into_id_with_status(account.clone()).await.1, CacheStatus::Hit);
    });
    assert_eq!(account.plus_cache_peek(1), Some(8));
    assert!(account.plus_cache_invalidate(1));
}

#[test]
fn each_set_of_types_has_a_cache() {
    #[lru_cache]
    async fn shown<T, const N: usize>(values: [T; N]) -> String
    where
        T: Display + Clone + Eq + Hash + Send + Sync + 'static,
    {
        yield_now().await;
        values.iter().map(ToString::to_string).collect()
    }
    #[lru_cache]
    async fn bytes<T>(times: usize) -> usize {
        yield_now().await;
        size_of::<T>() * times
    }
    #[lru_cache]
    async fn debugged<T>(value: &T) -> String
    where
        T: std::fmt::Debug + Clone + Eq + Hash + Send + Sync + 'static,
    {
        yield_now().await;
        format!("{value:?}")
    }
    for _ in 0..2 {
        block_on(async {
            assert_eq!(shown([1, 2]).await, "12");
            assert_eq!(shown(["a", "b", "c"]).await, "abc");
            assert_eq!((bytes::<u8>(2).await, bytes::<u16>(2).await), (2, 4));
            assert_eq!(debugged(&"a").await, "\"a\"");
        });
    }
    assert_eq!(shown::<i32, 2>::cache_info(), info(1, 1, 128, 1));
    assert_eq!(shown::<&'static str, 3>::cache_info(), info(1, 1, 128, 1));
    assert_eq!(shown::<u8, 3>::cache_info(), info(0, 0, 128, 0));
    assert_eq!(bytes::<u16>::cache_info(), info(1, 1, 128, 1));
    let status = block_on(shown::<i32, 2>::with_status([1, 2]));
    assert_eq!(status, ("12".to_owned(), CacheStatus::Hit));
    assert_eq!(block_on(shown::<i32, 2>::cache_refresh([1, 2])), "12");
    assert_eq!(block_on(shown::<i32, 2>::uncached([1, 2])), "12");
    assert_eq!(debugged::<&str>::cache_info().misses, 1);
}

#[test]
fn methods_of_generic_types_have_a_cache_per_type() {
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Row<T, const N: usize>([T; N]);
    impl<T: Display + Clone + Eq + Hash + Send + Sync + 'static, const N: usize> Row<T, N> {
        #[lru_cache]
        async fn with<U>(&self, other: U) -> String
        where
            U: Display + Clone + Eq + Hash + Send + Sync + 'static,
        {
            yield_now().await;
            self.0.iter().map(|item| format!("{item}{other}")).collect()
        }
    }
    for _ in 0..2 {
        assert_eq!(block_on(Row([1, 2]).with('x')), "1x2x");
        assert_eq!(block_on(Row(["a"]).with(3)), "a3");
    }
    assert_eq!(Row::<i32, 2>::with_cache_info::<char>(), info(1, 1, 128, 1));
    assert_eq!(Row::<&str, 1>::with_cache_info::<i32>(), info(1, 1, 128, 1));
}

trait Source {
    async fn get(&self, id: u32) -> u32;

    fn sent(&self, text: &str) -> impl Future<Output = usize> + Send;
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Plus(u32);

static GOT: Runs = Runs::new();

impl Source for Plus {
    #[lru_cache]
    async fn get(&self, id: u32) -> u32 {
        GOT.next();
        yield_now().await;
        self.0 + id
    }

    #[lru_cache]
    async fn sent(&self, text: &str) -> usize {
        GOT.next();
        yield_now().await;
        text.len()
    }
}

trait Doubled: Clone + Eq + Hash + Send + Sync + 'static {
    fn value(&self) -> u32;

    #[lru_cache]
    async fn doubled(&self) -> u32 {
        GOT.next();
        yield_now().await;
        2 * self.value()
    }
}

impl Doubled for Plus {
    fn value(&self) -> u32 {
        self.0
    }
}

#[test]
fn trait_methods_are_cached() {
    for _ in 0..3 {
        block_on(async {
            assert_eq!((Plus(1).get(2).await, Plus(2).get(2).await), (3, 4));
            assert_eq!(Plus(1).sent("four").await, 4);
            assert_eq!(Plus(4).doubled().await, 8);
        });
    }
    assert_eq!(GOT.count(), 4);
}

#[test]
fn functions_in_functions_have_caches_of_their_own() {
    async fn outer<T: Display>(value: T) -> (String, usize) {
        #[lru_cache]
        async fn inner(text: &str) -> usize {
            yield_now().await;
            text.len()
        }
        let text = value.to_string();
        let length = inner(&text).await;
        assert!(inner::cache_contains(&text));
        (text, length)
    }
    #[lru_cache]
    async fn cached(n: u32) -> u32 {
        #[lru_cache]
        async fn inner(n: u32) -> u32 {
            yield_now().await;
            n + 1
        }
        inner(n).await + inner(n).await
    }
    assert_eq!(block_on(outer(12)), ("12".to_owned(), 2));
    assert_eq!(block_on(outer("ab")), ("ab".to_owned(), 2));
    assert_eq!(block_on(cached(1)), 4);
    let inside = async { block_on(async { cached(1).await }) };
    assert_eq!(now(inside), 4);
}

#[test]
#[allow(unsafe_code)]
fn unsafe_functions_are_cached() {
    #[lru_cache]
    async unsafe fn double(n: u32) -> u32 {
        yield_now().await;
        2 * n
    }
    #[lru_cache(handle = _)]
    async unsafe fn triple(n: u32) -> u32 {
        yield_now().await;
        3 * n
    }
    // SAFETY: they are safe.
    let both = || block_on(async { unsafe { (double(2).await, triple(2).await) } });
    assert_eq!((both(), both()), ((4, 6), (4, 6)));
    // SAFETY: likewise.
    assert_eq!(block_on(unsafe { double::uncached(2) }), 4);
    assert_eq!(double::cache_info(), info(1, 1, 128, 1));
}

#[test]
fn all_kinds_of_arguments_are_taken() {
    #[lru_cache(key = text.map(str::to_owned))]
    async fn optional(text: Option<&str>) -> usize {
        yield_now().await;
        text.map_or(0, str::len)
    }
    #[lru_cache]
    async fn numbers(floats: &[f64], one: f32, flag: bool) -> String {
        yield_now().await;
        format!("{floats:?} {one} {flag}")
    }
    #[lru_cache]
    async fn patterns((a, mut b): (u32, u32), mut c: u32, [d, ..]: [u32; 2], _: u8) -> u32 {
        yield_now().await;
        b += 1;
        c += b;
        a + b + c + d
    }
    #[lru_cache(handle = _)]
    async fn patterns_alone((a, mut b): (u32, u32), mut c: u32, _: u8) -> u32 {
        yield_now().await;
        b += 1;
        c += b;
        a + b + c
    }
    #[lru_cache(skip(log))]
    async fn logged(n: u32, log: &mut Vec<u32>) -> u32 {
        yield_now().await;
        log.push(n);
        2 * n
    }
    #[lru_cache(skip(tell))]
    async fn told(n: u32, tell: impl Fn(u32) -> u32) -> u32 {
        yield_now().await;
        tell(n)
    }
    #[lru_cache(handle = _, skip(tell))]
    async fn told_alone(n: u32, mut tell: impl FnMut(u32) -> u32) -> u32 {
        yield_now().await;
        tell(n)
    }
    #[lru_cache]
    async fn nothing() {}
    let mut log = Vec::new();
    for _ in 0..2 {
        block_on(async {
            assert_eq!((optional(Some("four")).await, optional(None).await), (4, 0));
            assert_eq!(numbers(&[0.0, f64::NAN], -0.0, true).await, "[0.0, NaN] -0 true");
            assert_eq!(patterns((1, 2), 3, [4, 5], 6).await, 14);
            assert_eq!(patterns_alone((1, 2), 3, 6).await, 10);
            assert_eq!(logged(3, &mut log).await, 6);
            assert_eq!(told(3, |n| n + 1).await, 4);
            assert_eq!(told_alone(3, |n| n + 1).await, 4);
            nothing().await;
        });
    }
    assert_eq!(log, [3]);
    assert_eq!(optional::cache_info(), info(2, 2, 128, 2));
    assert_eq!(block_on(numbers(&[-0.0, -f64::NAN], 0.0, true)), "[0.0, NaN] -0 true");
    assert_eq!(numbers::cache_info(), info(2, 1, 128, 1));
    assert_eq!(patterns::cache_info(), info(1, 1, 128, 1));
    assert_eq!(nothing::cache_info(), info(1, 1, 128, 1));
}

#[test]
fn lifetimes_are_kept() {
    #[lru_cache]
    async fn longer<'a, 'b>(one: &'a str, other: &'b str) -> usize
    where
        'a: 'b,
    {
        yield_now().await;
        one.len().max(other.len())
    }
    #[lru_cache(key = parts.first().copied().unwrap_or_default())]
    async fn first<'a>(parts: &'a [&'a str]) -> String {
        yield_now().await;
        parts.concat()
    }
    let call = || {
        let (one, other) = ("four".to_owned(), "fives".to_owned());
        block_on(async { (longer(&one, &other).await, first(&[&one, &other]).await) })
    };
    assert_eq!(call(), (5, "fourfives".to_owned()));
    assert_eq!(call(), (5, "fourfives".to_owned()));
    assert_eq!(longer::cache_info(), info(1, 1, 128, 1));
    assert_eq!(first::cache_info(), info(1, 1, 128, 1));
}

#[test]
fn attributes_are_kept() {
    /// Documented.
    #[lru_cache]
    #[must_use]
    #[inline]
    #[allow(clippy::unused_async)]
    async fn one(n: u32) -> u32 {
        n
    }
    #[must_use = "it is costly"]
    #[allow(unused_variables)]
    #[lru_cache(handle = two_cache)]
    async fn two(n: u32) -> u32 {
        let unused = n;
        yield_now().await;
        n
    }
    #[lru_cache]
    #[expect(clippy::unused_async, reason = "of the body")]
    async fn three(n: u32) -> u32 {
        n
    }
    assert_eq!((now(one(1)), block_on(two(1)), now(three(1))), (1, 1, 1));
    assert_eq!(two_cache::cache_info().misses, 1);
}
