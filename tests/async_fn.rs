//! `async fn`: every signature, what is sent to other threads, when a future does something, and any runtime.
//! No test sleeps; a body that is to wait does so at a semaphore.

mod common;

use std::cell::Cell;
use std::fmt::Display;
use std::future::Future;
use std::hash::Hash;
use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use common::{Runs, at_once, block_on, finishes, info, poll, step_aside};
use functools::{CacheInfo, CacheParameters, CacheStatus, cache, lru_cache};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};
use tokio::sync::{Semaphore, oneshot};

/// Ends when somebody has added a permit, and keeps that.
async fn pass(gate: &Semaphore) {
    gate.acquire().await.expect("never closed").forget();
}

mod signatures {
    use super::*;

    #[test]
    fn of_a_free_function_and_all_of_its_handle() {
        #[lru_cache]
        async fn length(text: &str) -> usize {
            RUNS.next();
            step_aside().await;
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
        // These are for anywhere.
        let infos: CacheInfo = length::cache_info();
        assert_eq!(infos, info(2, 2, 128, 2));
        let parameters: CacheParameters = length::cache_parameters();
        assert_eq!(parameters.maxsize, Some(128));
        assert!(length::cache_contains("four"));
        assert_eq!(length::cache_peek("fives"), Some(5));
        length::cache_insert("six", 6);
        assert_eq!(at_once(length("six")), 6);
        assert!(length::cache_invalidate("six"));
        assert!(!length::cache_invalidate("six"));
        length::cache_clear();
        assert_eq!(length::cache_info(), info(0, 0, 128, 0));
    }

    #[test]
    fn of_methods() {
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        struct Account {
            id: u32,
        }
        impl Account {
            #[lru_cache]
            async fn plus(&self, other: u32) -> u32 {
                step_aside().await;
                self.id + other
            }
            #[lru_cache]
            async fn into_id(self) -> u32 {
                step_aside().await;
                self.id
            }
            #[lru_cache]
            async fn shared(self: Arc<Self>, text: &str) -> String {
                step_aside().await;
                format!("{text}{}", self.id)
            }
            #[lru_cache]
            async fn named(name: &str) -> Self {
                step_aside().await;
                Account { id: u32::try_from(name.len()).expect("short") }
            }
            #[lru_cache(skip(self))]
            async fn constant(&self, n: u32) -> u32 {
                step_aside().await;
                self.id + n
            }
            #[lru_cache]
            async fn r#yield(&self) -> u32 {
                step_aside().await;
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
    fn of_generic_functions() {
        #[lru_cache]
        async fn shown<T, const N: usize>(values: [T; N]) -> String
        where
            T: Display + Clone + Eq + Hash + Send + Sync + 'static,
        {
            step_aside().await;
            values.iter().map(ToString::to_string).collect()
        }
        #[lru_cache]
        async fn bytes<T>(times: usize) -> usize {
            step_aside().await;
            size_of::<T>() * times
        }
        #[lru_cache]
        async fn debugged<T>(value: &T) -> String
        where
            T: std::fmt::Debug + Clone + Eq + Hash + Send + Sync + 'static,
        {
            step_aside().await;
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
    fn of_methods_of_generic_types() {
        #[derive(Clone, PartialEq, Eq, Hash)]
        struct Row<T, const N: usize>([T; N]);
        impl<T: Display + Clone + Eq + Hash + Send + Sync + 'static, const N: usize> Row<T, N> {
            #[lru_cache]
            async fn with<U>(&self, other: U) -> String
            where
                U: Display + Clone + Eq + Hash + Send + Sync + 'static,
            {
                step_aside().await;
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
            step_aside().await;
            self.0 + id
        }

        #[lru_cache]
        async fn sent(&self, text: &str) -> usize {
            GOT.next();
            step_aside().await;
            text.len()
        }
    }

    trait Doubled: Clone + Eq + Hash + Send + Sync + 'static {
        fn value(&self) -> u32;

        #[lru_cache]
        async fn doubled(&self) -> u32 {
            GOT.next();
            step_aside().await;
            2 * self.value()
        }
    }

    impl Doubled for Plus {
        fn value(&self) -> u32 {
            self.0
        }
    }

    #[test]
    fn of_traits() {
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
    fn of_functions_inside_of_functions() {
        async fn outer<T: Display>(value: T) -> (String, usize) {
            #[lru_cache]
            async fn inner(text: &str) -> usize {
                step_aside().await;
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
                step_aside().await;
                n + 1
            }
            inner(n).await + inner(n).await
        }
        assert_eq!(block_on(outer(12)), ("12".to_owned(), 2));
        assert_eq!(block_on(outer("ab")), ("ab".to_owned(), 2));
        assert_eq!(block_on(cached(1)), 4);
        let inside = async { block_on(async { cached(1).await }) };
        assert_eq!(at_once(inside), 4);
    }

    #[test]
    #[allow(unsafe_code)]
    fn of_unsafe_functions() {
        #[lru_cache]
        async unsafe fn double(n: u32) -> u32 {
            step_aside().await;
            2 * n
        }
        #[lru_cache(handle = _)]
        async unsafe fn triple(n: u32) -> u32 {
            step_aside().await;
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
    fn with_any_argument() {
        #[lru_cache(key = text.map(str::to_owned))]
        async fn optional(text: Option<&str>) -> usize {
            step_aside().await;
            text.map_or(0, str::len)
        }
        #[lru_cache]
        async fn numbers(floats: &[f64], one: f32, flag: bool) -> String {
            step_aside().await;
            format!("{floats:?} {one} {flag}")
        }
        #[lru_cache]
        async fn patterns((a, mut b): (u32, u32), mut c: u32, [d, ..]: [u32; 2], _: u8) -> u32 {
            step_aside().await;
            b += 1;
            c += b;
            a + b + c + d
        }
        #[lru_cache(handle = _)]
        async fn patterns_alone((a, mut b): (u32, u32), mut c: u32, _: u8) -> u32 {
            step_aside().await;
            b += 1;
            c += b;
            a + b + c
        }
        #[lru_cache(skip(log))]
        async fn logged(n: u32, log: &mut Vec<u32>) -> u32 {
            step_aside().await;
            log.push(n);
            2 * n
        }
        #[lru_cache(skip(tell))]
        async fn told(n: u32, tell: impl Fn(u32) -> u32) -> u32 {
            step_aside().await;
            tell(n)
        }
        #[lru_cache(handle = _, skip(tell))]
        async fn told_alone(n: u32, mut tell: impl FnMut(u32) -> u32) -> u32 {
            step_aside().await;
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
    fn with_lifetimes() {
        #[lru_cache]
        async fn longer<'a, 'b>(one: &'a str, other: &'b str) -> usize
        where
            'a: 'b,
        {
            step_aside().await;
            one.len().max(other.len())
        }
        #[lru_cache(key = parts.first().copied().unwrap_or_default())]
        async fn first<'a>(parts: &'a [&'a str]) -> String {
            step_aside().await;
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
    fn with_attributes() {
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
            step_aside().await;
            n
        }
        #[lru_cache]
        #[expect(clippy::unused_async, reason = "of the body")]
        async fn three(n: u32) -> u32 {
            n
        }
        assert_eq!((at_once(one(1)), block_on(two(1)), at_once(three(1))), (1, 1, 1));
        assert_eq!(two_cache::cache_info().misses, 1);
    }
}

mod outcomes {
    use super::*;

    #[test]
    fn what_options_leave_out() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(cache_if = |n| *n > 1)]
        async fn large(n: u32) -> u32 {
            RUNS.next();
            step_aside().await;
            n
        }
        #[lru_cache(cache_none = false)]
        async fn some(n: u32) -> Option<u32> {
            RUNS.next();
            step_aside().await;
            (n > 1).then_some(n)
        }
        #[lru_cache(cache_err = true)]
        async fn whole(n: u32) -> Result<u32, String> {
            RUNS.next();
            step_aside().await;
            if n > 1 { Ok(n) } else { Err("small".to_owned()) }
        }
        #[lru_cache(maxsize = 0)]
        async fn never(n: u32) -> u32 {
            RUNS.next();
            step_aside().await;
            n
        }
        let runs = |call: &dyn Fn()| {
            let before = RUNS.count();
            call();
            call();
            RUNS.count() - before
        };
        assert_eq!(runs(&|| assert_eq!(block_on(large(2)), 2)), 1);
        assert_eq!(runs(&|| assert_eq!(block_on(large(1)), 1)), 2);
        assert_eq!(runs(&|| assert_eq!(block_on(some(2)), Some(2))), 1);
        assert_eq!(runs(&|| assert_eq!(block_on(some(1)), None)), 2);
        assert_eq!(runs(&|| assert_eq!(block_on(whole(2)), Ok(2))), 1);
        assert_eq!(runs(&|| assert_eq!(block_on(whole(1)), Err("small".to_owned()))), 1);
        assert_eq!(runs(&|| assert_eq!(block_on(never(2)), 2)), 2);
        assert_eq!(block_on(never::with_status(2)).1, CacheStatus::Bypass);
        assert_eq!(large::cache_info(), info(1, 3, 128, 1));
    }

    type Fallible = Result<u32, Box<dyn std::error::Error>>;

    #[test]
    fn a_question_mark_and_a_return() {
        #[lru_cache]
        async fn parsed(text: &str) -> Fallible {
            step_aside().await;
            if text == "one" {
                return Ok(1);
            }
            let n: u32 = text.parse()?;
            step_aside().await;
            Ok(n)
        }
        #[lru_cache(handle = _)]
        async fn parsed_alone(text: &str) -> Fallible {
            step_aside().await;
            if text == "one" {
                return Ok(1);
            }
            let n: u32 = text.parse()?;
            step_aside().await;
            Ok(n)
        }
        #[lru_cache(cache_none = false)]
        async fn third(text: &str) -> Option<char> {
            step_aside().await;
            let rest = text.get(2..)?;
            rest.chars().next()
        }
        #[lru_cache]
        async fn generic<T>(text: &str) -> Result<T, T::Err>
        where
            T: std::str::FromStr + Clone + Send + Sync + 'static,
        {
            step_aside().await;
            let parsed = text.parse()?;
            step_aside().await;
            Ok(parsed)
        }
        for _ in 0..2 {
            block_on(async {
                assert_eq!(parsed("one").await.expect("a number"), 1);
                assert_eq!(parsed("12").await.expect("a number"), 12);
                parsed("twelve").await.expect_err("no number");
                assert_eq!(parsed_alone("one").await.expect("a number"), 1);
                assert_eq!(parsed_alone("12").await.expect("a number"), 12);
                parsed_alone("twelve").await.expect_err("no number");
                assert_eq!((third("abc").await, third("ab").await), (Some('c'), None));
                assert_eq!(generic::<i8>("-5").await, Ok(-5));
                generic::<u8>("-5").await.expect_err("negative");
            });
        }
        assert_eq!(parsed::cache_info(), info(2, 4, 128, 2));
        assert_eq!(third::cache_info(), info(1, 3, 128, 1));
    }

    #[test]
    fn recursion_in_boxes() {
        #[cache]
        async fn fibonacci(n: u64) -> u64 {
            if n < 2 {
                return n;
            }
            let one = Box::pin(fibonacci(n - 1)).await;
            one + Box::pin(fibonacci(n - 2)).await
        }
        #[cache(handle = _)]
        async fn sum(n: u64) -> u64 {
            step_aside().await;
            if n == 0 { 0 } else { n + Box::pin(sum(n - 1)).await }
        }
        assert_eq!(block_on(fibonacci(50)), 12_586_269_025);
        assert_eq!(fibonacci::cache_info(), info(48, 51, None, 51));
        assert_eq!(finishes(|| block_on(sum(20))), 210);
    }

    #[test]
    fn recursion_on_the_same_key() {
        #[lru_cache]
        async fn f(n: u32) -> u32 {
            let depth = DEPTH.get();
            DEPTH.set(depth + 1);
            step_aside().await;
            if depth < 3 { Box::pin(f(n)).await + 1 } else { n }
        }
        thread_local! {
            static DEPTH: Cell<u32> = const { Cell::new(0) };
        }
        assert_eq!(finishes(|| block_on(f(10))), 13);
        let info = f::cache_info();
        assert_eq!((info.hits, info.misses, info.currsize), (0, 4, 1));
    }

    #[test]
    fn a_panic_stores_nothing_and_the_next_call_computes() {
        #[lru_cache(skip(fails))]
        async fn f(n: u32, fails: bool) -> u32 {
            step_aside().await;
            assert!(!fails, "as told");
            n
        }
        #[lru_cache(skip(fails), handle = _)]
        async fn alone(n: u32, fails: bool) -> u32 {
            step_aside().await;
            assert!(!fails, "as told");
            n
        }
        let panics = |future: Pin<Box<dyn Future<Output = u32>>>| {
            panic::catch_unwind(AssertUnwindSafe(|| block_on(future))).expect_err("it panics");
        };
        panics(Box::pin(f(1, true)));
        panics(Box::pin(alone(1, true)));
        assert_eq!(f::cache_info(), info(0, 1, 128, 0));
        assert_eq!((block_on(f(1, false)), block_on(alone(1, false))), (1, 1));
        assert_eq!((at_once(f(1, true)), at_once(alone(1, true))), (1, 1));
        assert_eq!(f::cache_info(), info(1, 2, 128, 1));
    }
}

mod futures {
    use super::*;

    /// `is_send()` says whether the type is `Send`: the method below is there only if it is, and goes first.
    struct Sent<T>(PhantomData<T>);

    impl<T: Send> Sent<T> {
        #[allow(clippy::unused_self)]
        fn is_send(&self) -> bool {
            true
        }
    }

    trait NotSent {
        fn is_send(&self) -> bool {
            false
        }
    }

    impl<T> NotSent for Sent<T> {}

    fn type_of<T>(_: &T) -> PhantomData<T> {
        PhantomData
    }

    macro_rules! is_send {
        ($future:expr) => {
            Sent(type_of(&$future)).is_send()
        };
    }

    #[test]
    fn the_question_works() {
        assert!(is_send!(Arc::new(1)));
        assert!(!is_send!(Rc::new(1)));
    }

    fn assert_send<T: Send>(_: &T) {}

    #[test]
    fn are_send_if_the_body_is() {
        #[lru_cache]
        async fn plain(text: &str, floats: &[f64], owned: String) -> usize {
            step_aside().await;
            text.len() + floats.len() + owned.len()
        }
        #[lru_cache(handle = _, cache_if = |n| *n > 0)]
        async fn alone(text: &str) -> usize {
            step_aside().await;
            text.len()
        }
        #[lru_cache]
        async fn generic<T: Clone + Eq + Hash + Send + Sync + 'static>(value: &T) -> T {
            step_aside().await;
            value.clone()
        }
        #[lru_cache(key = name.trim(), ttl = "60s", stale = "60s")]
        async fn keyed(name: &str, parts: &[&str]) -> usize {
            step_aside().await;
            name.len() + parts.len()
        }
        #[lru_cache(skip(log))]
        async fn skipping(n: u32, log: &mut Vec<u32>) -> u32 {
            step_aside().await;
            log.push(n);
            n
        }
        #[derive(Clone, PartialEq, Eq, Hash)]
        struct Three;
        impl Three {
            #[lru_cache]
            async fn times(&self, n: u32) -> u32 {
                step_aside().await;
                3 * n
            }
        }
        assert_send(&plain("a", &[1.5], String::new()));
        assert_send(&plain::with_status("a", &[1.5], String::new()));
        assert_send(&plain::cache_refresh("a", &[1.5], String::new()));
        assert_send(&plain::uncached("a", &[1.5], String::new()));
        assert_send(&alone("a"));
        assert_send(&generic(&'a'));
        assert_send(&generic::<char>::with_status(&'a'));
        assert_send(&keyed("a", &["b"]));
        assert_send(&skipping(1, &mut Vec::new()));
        assert_send(&Three.times(2));
        // Whatever the lifetimes are.
        let sent: BoxFuture<'_, usize> = {
            let text = String::from("four");
            Box::pin(async move { plain(&text, &[], text.clone()).await + alone(&text).await })
        };
        assert_eq!(block_on(sent), 12);
    }

    #[test]
    fn are_send_though_their_result_is_not() {
        #[lru_cache]
        async fn f(n: u32) -> Result<u32, Rc<str>> {
            step_aside().await;
            if n == 0 { Err("zero".into()) } else { Ok(n) }
        }
        #[lru_cache(handle = _)]
        async fn alone(n: u32) -> Result<u32, Rc<str>> {
            step_aside().await;
            if n == 0 { Err("zero".into()) } else { Ok(n) }
        }
        #[lru_cache(cache_if = Result::is_ok, cache_none = false)]
        async fn chosen(text: &str) -> Result<Option<usize>, Rc<str>> {
            step_aside().await;
            if text.is_empty() { Err("empty".into()) } else { Ok(Some(text.len())) }
        }
        #[lru_cache]
        async fn generic<T: Clone + Eq + Hash + Send + Sync + 'static>(t: T) -> Result<T, Rc<str>> {
            step_aside().await;
            if size_of::<T>() == 0 { Err("empty".into()) } else { Ok(t) }
        }
        #[derive(Clone, PartialEq, Eq, Hash)]
        struct Three;
        impl Three {
            #[lru_cache(ttl = "60s", stale_on_error = "60s")]
            async fn times(&self, n: u32) -> Result<u32, Rc<str>> {
                step_aside().await;
                if n == 0 { Err("zero".into()) } else { Ok(3 * n) }
            }
        }
        assert!(is_send!(f::uncached(1)), "the body's is");
        assert!(is_send!(f(1)));
        assert!(is_send!(f::with_status(1)));
        assert!(is_send!(f::cache_refresh(1)));
        assert!(is_send!(alone(1)));
        assert!(is_send!(chosen("a")));
        assert!(is_send!(generic('a')));
        assert!(is_send!(Three.times(1)));
        for n in [1, 0] {
            let both = block_on(async { (f(n).await, alone(n).await, Three.times(n).await) });
            assert_eq!((both.0.is_ok(), both.1.is_ok(), both.2.is_ok()), (n > 0, n > 0, n > 0));
        }
        block_on(chosen("")).expect_err("empty");
        assert_eq!(block_on(generic('a')), Ok('a'));
    }

    #[test]
    #[allow(clippy::future_not_send)]
    fn are_not_send_if_the_body_is_not() {
        #[lru_cache]
        async fn f(n: u32) -> u32 {
            let held = Rc::new(n);
            step_aside().await;
            *held
        }
        #[lru_cache(handle = _)]
        async fn alone(n: u32) -> u32 {
            let held = Rc::new(n);
            step_aside().await;
            *held
        }
        #[lru_cache(skip(log))]
        async fn skipping(n: u32, log: &Cell<u32>) -> u32 {
            step_aside().await;
            log.set(n);
            n
        }
        assert!(!is_send!(f(1)) && !is_send!(f::uncached(1)) && !is_send!(f::with_status(1)));
        assert!(!is_send!(f::cache_refresh(1)) && !is_send!(alone(1)));
        assert!(!is_send!(skipping(1, &Cell::new(1))));
        assert_eq!((block_on(f(1)), block_on(alone(2))), (1, 2));
        assert_eq!(block_on(skipping(3, &Cell::new(1))), 3);
    }

    #[test]
    fn are_no_larger_than_the_bodys_and_a_little() {
        const LITTLE: usize = 300;
        #[lru_cache]
        async fn f(n: u8) -> u8 {
            let held = [n; 4096];
            step_aside().await;
            held[usize::from(n)]
        }
        #[lru_cache(handle = _)]
        async fn alone(n: u8) -> u8 {
            let held = [n; 4096];
            step_aside().await;
            held[usize::from(n)]
        }
        #[lru_cache]
        async fn generic<T: Copy + Eq + Hash + Send + Sync + 'static>(n: T) -> T {
            let held = [n; 4096];
            step_aside().await;
            held[0]
        }
        let body = size_of_val(&f::uncached(1));
        assert!((4096..4096 + LITTLE).contains(&body), "{body}");
        let sizes = [
            size_of_val(&f(1)),
            size_of_val(&f::with_status(1)),
            size_of_val(&f::cache_refresh(1)),
            size_of_val(&alone(1)),
            size_of_val(&generic(1_u8)),
        ];
        println!("{sizes:?} bytes, of which {body} are the body's");
        // A generic function's goes by way of another one.
        assert!(sizes.iter().all(|size| *size < body + LITTLE), "{sizes:?}");
    }

    #[test]
    fn do_nothing_before_they_are_polled() {
        #[lru_cache(ttl = "60s", key = { KEYS.next(); n })]
        async fn f(n: u32) -> u32 {
            RUNS.next();
            step_aside().await;
            n
        }
        static RUNS: Runs = Runs::new();
        static KEYS: Runs = Runs::new();
        drop(f(1));
        drop(f::with_status(1));
        drop(f::cache_refresh(1));
        drop(f::uncached(1));
        assert_eq!((RUNS.count(), KEYS.count()), (0, 0));
        assert_eq!(f::cache_info(), info(0, 0, 128, 0));
        assert_eq!(block_on(f::with_status(1)), (1, CacheStatus::Miss), "nobody computes it");
    }

    #[test]
    fn that_are_dropped_on_their_way_store_nothing() {
        #[lru_cache(skip(gate))]
        async fn f(n: u32, gate: &Semaphore) -> u32 {
            pass(gate).await;
            n + RUNS.next()
        }
        static RUNS: Runs = Runs::new();
        let gate = Semaphore::new(0);
        {
            let mut call = pin!(f(10, &gate));
            assert!(poll(call.as_mut()).is_pending());
            assert!(poll(call.as_mut()).is_pending());
            assert_eq!(f::cache_info(), info(0, 1, 128, 0));
        }
        assert!(!f::cache_contains(10));
        gate.add_permits(1);
        assert_eq!(at_once(f::with_status(10, &gate)), (11, CacheStatus::Miss));
        assert_eq!(f::cache_info(), info(0, 2, 128, 1));
        // What is stored outlives a new computation that comes to nothing.
        {
            let mut refresh = pin!(f::cache_refresh(10, &gate));
            assert!(poll(refresh.as_mut()).is_pending());
        }
        assert_eq!(at_once(f(10, &gate)), 11);
        gate.add_permits(1);
        assert_eq!(at_once(f::cache_refresh(10, &gate)), 12);
        assert_eq!(at_once(f(10, &gate)), 12);
        assert_eq!(f::cache_info(), info(2, 2, 128, 1));
    }

    #[test]
    fn that_are_dropped_hand_over_to_who_waits() {
        #[lru_cache(skip(gate))]
        async fn f(n: u32, gate: &Semaphore) -> u32 {
            let run = RUNS.next();
            pass(gate).await;
            n + run
        }
        static RUNS: Runs = Runs::new();
        let gate = Semaphore::new(0);
        let mut first = Box::pin(f(10, &gate));
        let mut second = Box::pin(f::with_status(10, &gate));
        let mut third = Box::pin(f::with_status(10, &gate));
        assert!(poll(first.as_mut()).is_pending());
        assert!(poll(second.as_mut()).is_pending() && poll(third.as_mut()).is_pending());
        assert_eq!((RUNS.count(), f::cache_info()), (1, info(2, 1, 128, 0)));
        drop(first);
        assert!(poll(second.as_mut()).is_pending() && poll(third.as_mut()).is_pending());
        assert_eq!((RUNS.count(), f::cache_info()), (2, info(1, 2, 128, 0)));
        gate.add_permits(1);
        assert_eq!(poll(second.as_mut()), Poll::Ready((12, CacheStatus::Miss)));
        // Neither does who waits take anything along.
        let mut fourth = Box::pin(f::with_status(20, &gate));
        assert!(poll(fourth.as_mut()).is_pending());
        assert_eq!(poll(third.as_mut()), Poll::Ready((12, CacheStatus::Joined)));
        let mut fifth = Box::pin(f::with_status(20, &gate));
        assert!(poll(fifth.as_mut()).is_pending());
        drop(fifth);
        gate.add_permits(1);
        assert_eq!(poll(fourth.as_mut()), Poll::Ready((23, CacheStatus::Miss)));
        let info = f::cache_info();
        assert_eq!((info.misses, info.currsize), (3, 2));
    }

    /// What the body holds is dropped when the future is, while its computation has not ended yet.
    #[test]
    fn may_call_the_function_while_they_are_dropped() {
        #[lru_cache(skip(gate, calls))]
        async fn f(n: u32, gate: &Semaphore, calls: bool) -> u32 {
            struct Calls<'a>(&'a Semaphore);
            impl Drop for Calls<'_> {
                fn drop(&mut self) {
                    self.0.add_permits(1);
                    assert_eq!(block_on(f(10, self.0, false)), 10);
                }
            }
            let _calls = calls.then(|| Calls(gate));
            pass(gate).await;
            n
        }
        finishes(|| {
            let gate = Semaphore::new(0);
            let mut call = Box::pin(f(10, &gate, true));
            assert!(poll(call.as_mut()).is_pending());
            drop(call);
        });
    }

    #[test]
    fn that_hit_are_ready_at_once_and_allocate_nothing() {
        #[lru_cache]
        async fn length(text: &str) -> usize {
            step_aside().await;
            text.len()
        }
        #[lru_cache(ttl = "1h", stale = "1h", stale_on_error = "1h")]
        async fn fallible(text: &str, floats: &[f64]) -> Result<usize, String> {
            step_aside().await;
            Ok(text.len() + floats.len())
        }
        #[lru_cache(handle = _)]
        async fn alone(text: &str) -> usize {
            step_aside().await;
            text.len()
        }
        #[lru_cache]
        async fn generic<T: Clone + Eq + Hash + Send + Sync + 'static>(value: &T) -> T {
            step_aside().await;
            value.clone()
        }
        #[derive(Clone, PartialEq, Eq, Hash)]
        struct Word(String);
        impl Word {
            #[lru_cache]
            async fn repeated(&self, times: usize) -> usize {
                step_aside().await;
                self.0.len() * times
            }
        }
        #[lru_cache(scope = "thread")]
        async fn local(text: &str) -> Rc<str> {
            step_aside().await;
            text.into()
        }
        let word = Word("word".to_owned());
        block_on(async {
            length("four").await;
            fallible("four", &[1.5]).await.expect("no error");
            alone("four").await;
            generic(&1).await;
            word.repeated(2).await;
            local("four").await;
        });
        let allocations = allocation_counter::measure(|| {
            assert_eq!(at_once(length("four")), 4);
            assert_eq!(at_once(length::with_status("four")), (4, CacheStatus::Hit));
            assert_eq!(at_once(fallible("four", &[1.5])), Ok(5));
            assert_eq!(at_once(alone("four")), 4);
            assert_eq!(at_once(generic(&1)), 1);
            assert_eq!(at_once(word.repeated(2)), 8);
            assert_eq!(&*at_once(local("four")), "four");
        });
        assert_eq!(allocations.count_total, 0);
    }

    #[test]
    fn may_be_stopped_anywhere_without_a_lock() {
        #[lru_cache(maxsize = 4, skip(gate))]
        async fn f(n: u32, gate: &Semaphore) -> u32 {
            pass(gate).await;
            n
        }
        finishes(|| {
            let gate = Semaphore::new(0);
            let mut call = Box::pin(f(1, &gate));
            let mut waits = Box::pin(f(1, &gate));
            assert!(poll(call.as_mut()).is_pending() && poll(waits.as_mut()).is_pending());
            // By this thread and another.
            let others = || {
                let open = Semaphore::new(10);
                (2..10).for_each(|n| assert_eq!(at_once(f(n, &open)), n));
                assert!(!f::cache_contains(1));
                assert_eq!(f::cache_info().currsize, 4);
            };
            others();
            thread::scope(|scope| scope.spawn(others).join()).expect("no panic");
            gate.add_permits(1);
            assert_eq!(poll(call.as_mut()), Poll::Ready(1));
            assert_eq!(poll(waits.as_mut()), Poll::Ready(1));
        });
    }
}

mod runtimes {
    use super::*;

    #[lru_cache(maxsize = None)]
    async fn double(n: usize) -> usize {
        for _ in 0..10 {
            step_aside().await;
        }
        2 * n
    }

    #[lru_cache(maxsize = None, skip(gate))]
    async fn gated(key: &str, gate: Arc<Semaphore>) -> Result<usize, String> {
        pass(&gate).await;
        let doubled = double(1_000_000 + key.len()).await;
        if key.ends_with('!') { Err(key.to_owned()) } else { Ok(doubled) }
    }

    type Answer = (Result<usize, String>, CacheStatus);

    /// The same on every runtime: `name` is part of the keys, `spawn` runs tasks beside this one.
    async fn scenario(
        name: &str,
        spawn: impl Fn(BoxFuture<'static, Answer>) -> BoxFuture<'static, Answer>,
    ) {
        let call = |key: &str, gate: &Arc<Semaphore>| {
            let (key, gate) = (format!("{name}{key}"), gate.clone());
            spawn(async move { gated::with_status(&key, gate).await }.boxed())
        };
        let count =
            |answers: &[Answer], status| answers.iter().filter(|answer| answer.1 == status).count();
        let (shut, open) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(100)));

        // One computes and the others wait.
        let calls: Vec<_> = (0..100).map(|_| call("", &shut)).collect();
        shut.add_permits(1);
        let answers = join_all(calls).await;
        let expected = Ok(2_000_000 + 2 * name.len());
        assert!(answers.iter().all(|answer| answer.0 == expected), "{name}");
        assert_eq!(count(&answers, CacheStatus::Miss), 1, "{name}");
        assert_eq!(call("", &shut).await, (expected, CacheStatus::Hit));

        // Keys do not wait for each other.
        let held = call(" held", &shut);
        let answer = call(" other", &open).await;
        assert_eq!(answer.1, CacheStatus::Miss, "{name}");
        shut.add_permits(1);
        held.await.0.expect("no error");

        // An error reaches all who wait, and is not kept.
        let calls: Vec<_> = (0..10).map(|_| call("!", &open)).collect();
        let answers = join_all(calls).await;
        assert!(answers.iter().all(|answer| answer.0 == Err(format!("{name}!"))), "{name}");
        assert!(count(&answers, CacheStatus::Miss) >= 1 && count(&answers, CacheStatus::Hit) == 0);
        assert!(!gated::cache_contains(&format!("{name}!"),));
    }

    #[test]
    fn tokio_with_several_threads() {
        finishes(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build();
            let spawn = |task| tokio::spawn(task).map(|end| end.expect("no panic")).boxed();
            runtime.expect("threads").block_on(scenario("tokio", spawn));
        });
    }

    #[test]
    fn tokio_with_this_thread() {
        finishes(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            let spawn = |task| tokio::spawn(task).map(|end| end.expect("no panic")).boxed();
            runtime.expect("no threads").block_on(scenario("current", spawn));
        });
    }

    #[test]
    fn smol() {
        finishes(|| {
            smol::block_on(scenario("smol", |task| smol::spawn(task).boxed()));
        });
    }

    #[test]
    fn none() {
        // A thread for each task, and this one.
        let spawn = |task| {
            let (sender, receiver) = oneshot::channel();
            thread::spawn(move || sender.send(block_on(task)));
            receiver.map(|end| end.expect("no panic")).boxed()
        };
        finishes(move || block_on(scenario("nothing", spawn)));
        // All in this one.
        finishes(|| block_on(scenario("alone", |task| task)));
    }

    #[test]
    fn one_of_them_waits_for_another() {
        static GATE: Semaphore = Semaphore::const_new(0);
        #[lru_cache]
        async fn f(n: u32) -> u32 {
            pass(&GATE).await;
            n
        }
        finishes(|| {
            let mut leader = Box::pin(f(1));
            assert!(poll(leader.as_mut()).is_pending());
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build();
            let runtime = runtime.expect("threads");
            let by_tokio: Vec<_> = (0..10).map(|_| runtime.spawn(f::with_status(1))).collect();
            let by_smol: Vec<_> = (0..10).map(|_| smol::spawn(f::with_status(1))).collect();
            while f::cache_info().hits < 20 {
                thread::yield_now();
            }
            // Its runtime is gone in the middle; somebody else's goes on.
            by_tokio[0].abort();
            drop(leader);
            GATE.add_permits(1);
            let mut answers = Vec::new();
            let joined = runtime.block_on(join_all(by_tokio));
            answers.extend(joined.into_iter().filter_map(Result::ok));
            answers.extend(smol::block_on(join_all(by_smol)));
            assert!(answers.len() >= 19 && answers.iter().all(|answer| answer.0 == 1));
            let computed = answers.iter().filter(|answer| answer.1 == CacheStatus::Miss).count();
            assert!(computed <= 1, "{answers:?}");
        });
    }
}
