//! The stored part of a result: its type and the options decide, not the spelling of the type
//! (CONTRACT 2, 4).

use std::error::Error;
use std::hash::Hash;
use std::io;
use std::rc::Rc;

use functools::{CacheInfo, CacheStatus, lru_cache};
use functools_test_support::{Runs, info};
use smol::future::{block_on, yield_now};

/// A cached function of a row, by the text of its results.
struct Row {
    name: &'static str,
    stored: &'static [u32],
    discarded: &'static [u32],
    runs: &'static Runs,
    call: fn(u32) -> (String, CacheStatus),
    uncached: fn(u32) -> String,
    peek: fn(u32) -> Option<String>,
    contains: fn(u32) -> bool,
    insert: fn(u32),
    invalidate: fn(u32) -> bool,
    info: fn() -> CacheInfo,
}

impl Row {
    fn check(&self) {
        let name = self.name;
        let stored = self.stored.iter().map(|&n| (n, true));
        for (n, is_stored) in stored.chain(self.discarded.iter().map(|&n| (n, false))) {
            let before = self.runs.count();
            let (first, second) = ((self.call)(n), (self.call)(n));
            let bypasses = (self.info)().maxsize == Some(0);
            let missed = if bypasses { CacheStatus::Bypass } else { CacheStatus::Miss };
            assert_eq!(first.1, missed, "{name}: first call of {n}");
            let again = if is_stored { CacheStatus::Hit } else { missed };
            assert_eq!(second.1, again, "{name}: second call of {n}");
            let runs = if is_stored { 1 } else { 2 };
            assert_eq!(self.runs.count() - before, runs, "{name}: runs for {n}");
            let expected = (self.uncached)(n);
            assert_eq!((&first.0, &second.0), (&expected, &expected), "{name}: result of {n}");
            assert_eq!((self.contains)(n), is_stored, "{name}: entry of {n}");
            assert_eq!((self.peek)(n), is_stored.then_some(expected), "{name}: value of {n}");
        }
        let (hits, discarded) = (self.stored.len(), 2 * self.discarded.len());
        let info = (self.info)();
        let counted = (info.hits, info.misses, info.currsize);
        assert_eq!(counted, (hits as u64, (hits + discarded) as u64, hits), "{name}: counts");
        for &n in self.stored {
            assert!((self.invalidate)(n), "{name}: {n}");
            (self.insert)(n);
            assert_eq!((self.call)(n).1, CacheStatus::Hit, "{name}: insertion of {n}");
        }
        for &n in self.discarded {
            (self.insert)(n);
            assert!(!(self.contains)(n), "{name}: insertion of {n}");
        }
    }
}

/// A row for a function, and one for an `async fn` with the same body.
macro_rules! rows {
    ($($name:literal: [$($options:tt)*] |$n:ident| -> $Return:ty $body:block
        stores $stored:expr, discards $discarded:expr;)+) => {
        [$(
            row!("fn", $name, |result| result, {
                #[lru_cache($($options)*)]
                fn f($n: u32) -> $Return {
                    RUNS.next();
                    $body
                }
            }, $stored, $discarded),
            row!("async fn", $name, |future| block_on(future), {
                #[lru_cache($($options)*)]
                async fn f($n: u32) -> $Return {
                    RUNS.next();
                    yield_now().await;
                    $body
                }
            }, $stored, $discarded),
        )+]
    };
}

macro_rules! row {
    ($kind:literal, $name:literal, |$f:ident| $get:expr, { $($function:tt)+ }, $stored:expr,
        $discarded:expr) => {{
        static RUNS: Runs = Runs::new();
        $($function)+
        Row {
            name: concat!($kind, ", ", $name),
            stored: &$stored,
            discarded: &$discarded,
            runs: &RUNS,
            call: |n| {
                let $f = f::with_status(n);
                let (result, status) = $get;
                (format!("{result:?}"), status)
            },
            uncached: |n| {
                let $f = f::uncached(n);
                format!("{:?}", $get)
            },
            peek: |n| f::cache_peek(n).map(|result| format!("{result:?}")),
            contains: f::cache_contains,
            insert: |n| {
                let $f = f::uncached(n);
                f::cache_insert(n, $get);
            },
            invalidate: f::cache_invalidate,
            info: f::cache_info,
        }
    }};
}

type Fallible<T> = Result<T, String>;
type Parsed = Fallible<u32>;
type Maybe<T> = Option<T>;

fn even(n: u32) -> Result<u32, String> {
    if n.is_multiple_of(2) { Ok(n) } else { Err(format!("{n} is odd")) }
}

fn half(n: u32) -> Option<u32> {
    n.is_multiple_of(2).then_some(n / 2)
}

/// Returns `Err` for 0, and `Ok(None)` for odd numbers.
fn find<E>(n: u32, error: E) -> Result<Option<u32>, E> {
    if n == 0 { Err(error) } else { Ok(half(n)) }
}

mod rules {
    pub(super) fn is_even(n: &u32) -> bool {
        n.is_multiple_of(2)
    }
}

#[test]
fn type_and_options_decide_what_is_stored() {
    let rows = rows! {
        "Result": [] |n| -> Result<u32, String> { even(n) } stores [2], discards [3];
        "alias with a parameter": [] |n| -> Fallible<u32> { even(n) } stores [2], discards [3];
        "alias without one": [] |n| -> Parsed { even(n) } stores [2], discards [3];
        "io::Result": [] |n| -> io::Result<u32> {
            even(n).map_err(|_| io::ErrorKind::NotFound.into())
        } stores [2], discards [3];
        "error neither Clone nor Send": [] |n| -> Result<u32, Box<dyn Error>> {
            if n == 2 {
                return Ok(1);
            }
            Ok(u32::from(u8::try_from(n)?))
        } stores [1, 2], discards [300];
        "cache_err": [cache_err = true] |n| -> Result<u32, String> { even(n) }
            stores [2, 3], discards [];
        "cache_err, alias": [cache_err = true] |n| -> Parsed { even(n) }
            stores [2, 3], discards [];
        "cache_err = false": [cache_err = false] |n| -> Result<(), u32> { Err(n) }
            stores [], discards [1];
        "Option": [] |n| -> Option<u32> { half(n) } stores [2, 3], discards [];
        "Option with ?": [cache_none = false] |n| -> Option<u32> {
            let half = half(n)?;
            half.checked_sub(1)
        } stores [2], discards [0, 3];
        "cache_none = false": [cache_none = false] |n| -> Option<u32> { half(n) }
            stores [2], discards [3];
        "cache_none = false, alias": [cache_none = false] |n| -> Maybe<u32> { half(n) }
            stores [2], discards [3];
        "cache_none = false, Ok(None)": [cache_none = false] |n| -> io::Result<Maybe<u32>> {
            find(n, io::ErrorKind::Other.into())
        } stores [2], discards [0, 3];
        "cache_none = false, cache_err": [cache_none = false, cache_err = true]
            |n| -> Result<Option<u32>, String> { find(n, "zero".to_owned()) }
            stores [0, 2], discards [3];
        "cache_none = false, the outer Option": [cache_none = false]
            |n| -> Option<Option<u32>> { (n > 0).then_some((n > 1).then_some(n)) }
            stores [1, 2], discards [0];
        "cache_if, closure": [cache_if = |n| *n > 1] |n| -> u32 { n } stores [2], discards [1];
        "cache_if, path": [cache_if = rules::is_even] |n| -> u32 { n } stores [2], discards [1];
        "cache_if, path of std": [cache_if = Option::is_some] |n| -> Option<u32> { half(n) }
            stores [2], discards [3];
        "cache_if, None alone": [cache_if = Option::is_none] |n| -> Option<u32> { half(n) }
            stores [3], discards [2];
        "cache_if, some Ok": [cache_if = |result| *result == Ok(2)]
            |n| -> Result<u32, String> { even(n) } stores [2], discards [3, 4];
        "cache_if, some Err": [cache_err = true, cache_if = |result| result != &Err(1)]
            |n| -> Result<(), u32> { Err(n) } stores [2], discards [1];
        "unit": [] |_n| -> () { } stores [1], discards [];
        "Result of unit": [] |n| -> Result<(), u32> {
            if n.is_multiple_of(2) { Ok(()) } else { Err(n) }
        } stores [2], discards [3];
        "function pointer": [] |n| -> Option<fn(u32) -> u32> {
            fn double(n: u32) -> u32 {
                2 * n
            }
            (n > 0).then_some(double as fn(u32) -> u32)
        } stores [0, 1], discards [];
        "static reference": [] |n| -> &'static str { if n == 1 { "one" } else { "many" } }
            stores [1, 2], discards [];
        "maxsize = 0": [maxsize = 0] |n| -> u32 { n } stores [], discards [1];
        "value not Send": [scope = "thread"] |n| -> Rc<u32> { n.into() } stores [1], discards [];
        "value and error not Send": [scope = "thread"] |n| -> Result<Rc<u32>, Box<dyn Error>> {
            if n.is_multiple_of(2) { Ok(n.into()) } else { Err("odd".into()) }
        } stores [2], discards [3];
    };
    for row in rows {
        row.check();
    }
}

#[test]
fn err_evicts_nothing() {
    #[lru_cache(maxsize = 1)]
    fn even(n: u32) -> Result<u32, u32> {
        if n.is_multiple_of(2) { Ok(n) } else { Err(n) }
    }
    assert_eq!((even(2), even(3)), (Ok(2), Err(3)));
    assert_eq!(even::with_status(2), (Ok(2), CacheStatus::Hit));
    assert_eq!(even::cache_info(), info(1, 2, 1, 1));
}

#[test]
fn success_after_an_error_is_stored() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 8)]
    fn second_time(_: u32) -> Result<u32, u32> {
        match RUNS.next() {
            1 => Err(1),
            run => Ok(run),
        }
    }
    assert_eq!([(); 3].map(|()| second_time(1)), [Err(1), Ok(2), Ok(2)]);
}

#[test]
fn result_after_one_that_cache_if_rejects_is_stored() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 8, cache_if = |run| run.is_multiple_of(2))]
    fn run(_: u32) -> u32 {
        RUNS.next()
    }
    assert_eq!([(); 3].map(|()| run(1)), [1, 2, 2]);
    assert_eq!(run::cache_info(), info(1, 2, 8, 1));
}

#[test]
fn generic_ok_is_stored_and_generic_err_is_not() {
    #[lru_cache(maxsize = 8, skip(err))]
    fn choose<T: Clone + Hash + Eq + Send + Sync + 'static, E>(
        ok: Option<T>,
        err: E,
    ) -> Result<T, E> {
        ok.ok_or(err)
    }
    for _ in 0..2 {
        assert_eq!(choose(Some(1), "none"), Ok(1));
        assert_eq!(choose(None::<i32>, "none"), Err("none"));
    }
    assert_eq!(choose::<i32, &str>::cache_info(), info(1, 3, 8, 1));
}

/// In a generic function `R` is not known to be a `Result`, so it is stored whole.
#[test]
fn generic_result_type_is_stored_whole() {
    #[lru_cache(maxsize = 8)]
    fn run<R: Clone + Send + Sync + 'static>(body: fn() -> R) -> R {
        body()
    }
    let err: fn() -> Result<u32, String> = || Err("down".to_owned());
    assert_eq!(run(err), Err("down".to_owned()));
    assert_eq!(run::with_status(err), (Err("down".to_owned()), CacheStatus::Hit));
    assert_eq!(run::<Result<u32, String>>::cache_info(), info(1, 1, 8, 1));
}

#[test]
fn cache_if_gets_the_whole_result_once_before_it_is_stored() {
    static ASKED: Runs = Runs::new();
    #[lru_cache(maxsize = 8, cache_if = |result: &Result<u32, String>| {
        ASKED.next();
        assert!(!even::cache_contains(2), "not yet");
        *result == Ok(2)
    })]
    fn even(n: u32) -> Result<u32, String> {
        if n.is_multiple_of(2) { Ok(n) } else { Err(n.to_string()) }
    }
    assert_eq!(even(2), Ok(2));
    assert_eq!(ASKED.count(), 1);
    assert_eq!(even(2), Ok(2));
    assert_eq!(ASKED.count(), 1, "not about a hit");
}

#[test]
fn cache_if_does_not_run_for_other_discarded_results() {
    static ASKED: Runs = Runs::new();
    fn ask<R>(_: &R) -> bool {
        ASKED.next() > 0
    }
    #[lru_cache(maxsize = 8, cache_if = ask)]
    fn fails(n: u32) -> Result<(), u32> {
        Err(n)
    }
    #[lru_cache(maxsize = 8, cache_if = ask, cache_none = false)]
    fn finds_nothing(n: u32) -> Option<u32> {
        n.checked_sub(n + 1)
    }
    #[lru_cache(maxsize = 8, cache_if = ask, cache_none = false)]
    fn finds_nothing_at_all(n: u32) -> Result<Option<u32>, u32> {
        if n == 0 { Err(n) } else { Ok(None) }
    }
    #[lru_cache(maxsize = 0, cache_if = ask)]
    fn no_room(n: u32) -> u32 {
        n
    }
    assert_eq!((fails(1), finds_nothing(1)), (Err(1), None));
    assert_eq!((finds_nothing_at_all(1), finds_nothing_at_all(0)), (Ok(None), Err(0)));
    assert_eq!(no_room(1), 1);
    assert_eq!(no_room::uncached(1), 1);
    assert_eq!(ASKED.count(), 0);
}

#[test]
fn question_mark_and_return_end_an_async_body() {
    type Fallible = Result<u32, Box<dyn Error>>;
    #[lru_cache(handle = _)]
    async fn parsed(text: &str) -> Fallible {
        yield_now().await;
        if text == "one" {
            return Ok(1);
        }
        let n: u32 = text.parse()?;
        yield_now().await;
        Ok(n)
    }
    #[lru_cache]
    async fn generic<T>(text: &str) -> Result<T, T::Err>
    where
        T: std::str::FromStr + Clone + Send + Sync + 'static,
    {
        yield_now().await;
        let parsed = text.parse()?;
        yield_now().await;
        Ok(parsed)
    }
    for _ in 0..2 {
        block_on(async {
            assert_eq!(parsed("one").await.expect("a number"), 1);
            assert_eq!(parsed("12").await.expect("a number"), 12);
            parsed("twelve").await.expect_err("no number");
            assert_eq!(generic::<i8>("-5").await, Ok(-5));
            generic::<u8>("-5").await.expect_err("negative");
        });
    }
    assert_eq!(generic::<i8>::cache_info(), info(1, 1, 128, 1));
    assert_eq!(generic::<u8>::cache_info(), info(0, 2, 128, 0));
}
