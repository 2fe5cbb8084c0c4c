//! A `ttl` that depends on the result (CONTRACT 2).

use std::rc::Rc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;
use std::{panic, thread};

use functools::{CacheStatus, cache, lru_cache};
use functools_test_support::{Body, NANOSECOND, Running, SECOND, advance, clock, info, now};
use smol::future::yield_now;

/// The answer of an authorization server.
#[derive(Clone, Debug, PartialEq)]
struct Token {
    expires_in: u64,
}

impl Token {
    fn ttl(&self) -> Duration {
        Duration::from_secs(self.expires_in)
    }

    fn ttl_if_any(&self) -> Option<Duration> {
        (self.expires_in != 0).then(|| self.ttl())
    }
}

fn seconds<T: Copy + Into<u64>>(result: &T) -> Duration {
    Duration::from_secs((*result).into())
}

const TEN: Duration = Duration::from_secs(10);

/// Defines functions whose argument is the `ttl` of their results, and returns for each whether
/// it is a hit after almost that, and after that.
macro_rules! seconds_are_kept {
    ($($f:ident: $ttl:expr;)+) => {$({
        #[lru_cache(ttl = $ttl)]
        fn $f(n: u64) -> Token {
            Token { expires_in: n }
        }
        for n in [3, 100] {
            let name = stringify!($f);
            $f(n);
            advance(n as u32 * SECOND - NANOSECOND);
            assert_eq!($f::with_status(n).1, CacheStatus::Hit, "{name}({n})");
            advance(NANOSECOND);
            assert_eq!($f::cache_ttl(n), None, "{name}({n})");
            assert_eq!($f::with_status(n).1, CacheStatus::Miss, "{name}({n})");
        }
        assert_eq!($f::cache_parameters().ttl, None);
    })+};
}

#[test]
fn each_form_is_asked() {
    let _clock = clock();
    seconds_are_kept! {
        closure: |token| token.ttl();
        optional_closure: |token| Some(token.ttl());
        typed_closure: |token: &Token| -> Duration { token.ttl() };
        pattern: |Token { expires_in }| Duration::from_secs(*expires_in);
        path: Token::ttl;
        optional_path: Token::ttl_if_any;
        question_mark: |token| { let ttl = token.ttl_if_any()?; Some(ttl) };
        inferred: |token| std::convert::identity(token.ttl()).into();
    }
}

#[test]
fn path_of_a_duration_is_one_for_all() {
    #[lru_cache(ttl = TEN)]
    fn constant(n: u64) -> u64 {
        n
    }
    #[lru_cache(ttl = TEN, sliding = true)]
    fn sliding(n: u64) -> u64 {
        n
    }
    struct Limits;
    impl Limits {
        const TTL: Duration = TEN;

        #[lru_cache(ttl = Self::TTL)]
        fn associated(n: u64) -> u64 {
            n
        }

        fn of(n: &u64) -> Duration {
            Duration::from_secs(*n)
        }

        #[lru_cache(ttl = Self::of)]
        fn function(n: u64) -> u64 {
            n
        }
    }
    let _clock = clock();
    for f in [constant, sliding, Limits::associated] {
        assert_eq!(f(1), 1);
    }
    assert_eq!(constant::cache_parameters().ttl, Some(TEN));
    assert_eq!(sliding::cache_parameters().ttl, Some(TEN));
    assert_eq!(Limits::associated_cache_parameters().ttl, Some(TEN));
    assert_eq!(constant::cache_ttl(1), Some(TEN));
    assert_eq!(Limits::associated_cache_ttl(1), Some(TEN));
    advance(9 * SECOND);
    assert_eq!((constant::cache_ttl(1), sliding(1)), (Some(SECOND), 1));
    assert_eq!(sliding::cache_ttl(1), Some(TEN));
    Limits::function(7);
    assert_eq!(Limits::function_cache_parameters().ttl, None);
    assert_eq!(Limits::function_cache_ttl(7), Some(7 * SECOND));
}

#[test]
fn methods_and_generic_functions_have_one() {
    struct Server(u64);
    impl Server {
        #[lru_cache(skip(self), ttl = |token: &Token| token.ttl())]
        fn token(&self, _user: &str) -> Token {
            Token { expires_in: self.0 }
        }
    }
    #[lru_cache(ttl = |result| Duration::from_secs((*result).into()))]
    fn of<T: Copy + Into<u64> + std::hash::Hash + Eq + Send + Sync + 'static>(n: T) -> T {
        n
    }
    #[lru_cache(ttl = seconds::<u32>, handle = _)]
    fn without_a_handle(n: u32) -> u32 {
        COUNT.fetch_add(1, SeqCst);
        n
    }
    static COUNT: AtomicU32 = AtomicU32::new(0);
    #[lru_cache(scope = "thread", ttl = |n| Duration::from_secs(**n))]
    fn in_a_thread(n: u64) -> Rc<u64> {
        Rc::new(n)
    }
    let _clock = clock();
    Server(7).token("ann");
    assert_eq!(Server(9).token("ann"), Token { expires_in: 7 });
    assert_eq!(Server::token_cache_ttl("ann"), Some(7 * SECOND));
    of(3_u8);
    of(4_u32);
    assert_eq!(of::cache_ttl(3_u8), Some(3 * SECOND));
    assert_eq!(of::cache_ttl(4_u32), Some(4 * SECOND));
    in_a_thread(5);
    assert_eq!(in_a_thread::cache_ttl(5), Some(5 * SECOND));
    for (after, runs) in [(0, 1), (4, 1), (1, 2)] {
        advance(after * SECOND);
        without_a_handle(5);
        assert_eq!(COUNT.load(SeqCst), runs);
    }
}

#[test]
fn none_and_zero_are_not_stored() {
    #[lru_cache(ttl = |ttl| *ttl, ttl_jitter = "5s")]
    fn f(seconds: Option<u64>) -> Option<Duration> {
        seconds.map(Duration::from_secs)
    }
    let _clock = clock();
    for ttl in [None, Some(0)] {
        assert_eq!(f::with_status(ttl).1, CacheStatus::Miss);
        assert_eq!(f::with_status(ttl).1, CacheStatus::Miss);
        assert!(!f::cache_contains(ttl));
        f::cache_insert(ttl, ttl.map(Duration::from_secs));
        assert!(!f::cache_contains(ttl));
    }
    f(Some(1));
    assert!(f::cache_contains(Some(1)));
    let stats = f::cache_stats();
    assert_eq!((stats.refused, stats.failures), (4, 0));
    assert_eq!(f::cache_info(), info(0, 5, 128, 1));
}

#[test]
fn it_is_asked_once_when_the_computation_ends() {
    #[lru_cache(ttl = |_| { ASKED.fetch_add(1, SeqCst); TEN }, skip(fails))]
    fn f(_: u64, fails: bool) -> Result<u64, ()> {
        assert_eq!(ASKED.load(SeqCst), 0);
        advance(60 * SECOND);
        if fails { Err(()) } else { Ok(1) }
    }
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let asked = || ASKED.swap(0, SeqCst);
    let _clock = clock();
    assert_eq!((f(1, true), asked()), (Err(()), 0), "an error that is not stored");
    assert_eq!((f(1, false), asked()), (Ok(1), 1));
    assert_eq!(f::cache_ttl(1), Some(TEN), "it starts when the computation ends");
    assert_eq!((f(1, false), asked()), (Ok(1), 0), "a hit");
    f::cache_insert(1, Ok(3));
    assert_eq!(asked(), 1);
    f::cache_insert(1, Err(()));
    assert_eq!(asked(), 0);
    assert_eq!((f::cache_refresh(1, false), asked()), (Ok(1), 1));
    assert_eq!((f::cache_peek(1), asked()), (Some(Ok(1)), 0));
    let statuses = thread::scope(|scope| {
        f::cache_clear();
        let call = || f::with_status(1, false).1;
        let threads = [(); 4].map(|()| scope.spawn(call));
        threads.map(|thread| thread.join().expect("no panic"))
    });
    assert_eq!(asked(), 1, "{statuses:?}");
}

#[test]
fn result_and_other_predicates_decide_first() {
    #[lru_cache(
        cache_err = true,
        ttl = |user| match user {
            Ok(Some(_)) => 60 * SECOND,
            Ok(None) => 5 * SECOND,
            Err(_) => SECOND,
        }
    )]
    fn user(id: u64) -> Result<Option<u64>, &'static str> {
        match id {
            0 => Err("down"),
            1 => Ok(None),
            _ => Ok(Some(id)),
        }
    }
    #[lru_cache(
        cache_none = false,
        cache_if = |n: &Option<u64>| *n != Some(1),
        ttl = |n| { ASKED.fetch_add(1, SeqCst); Duration::from_secs(n.unwrap_or(0)) }
    )]
    fn some(n: u64) -> Option<u64> {
        (n != 0).then_some(n)
    }
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let _clock = clock();
    let ttls = [0, 1, 2].map(|id| {
        let _ = user(id);
        user::cache_ttl(id)
    });
    assert_eq!(ttls, [1, 5, 60].map(|seconds| Some(seconds * SECOND)));
    let ttls = [0, 1, 2].map(|n| {
        some(n);
        some::cache_ttl(n)
    });
    assert_eq!(ttls, [None, None, Some(2 * SECOND)]);
    assert_eq!(ASKED.load(SeqCst), 1);
}

#[test]
fn jitter_and_stale_windows_are_on_top() {
    #[cache(ttl = |n| Duration::from_secs(*n), ttl_jitter = "5s")]
    fn jittered(n: u64) -> u64 {
        n
    }
    #[lru_cache(ttl = |_| TEN, stale = "20s", stale_on_error = "30s", skip(result))]
    fn f(_: u64, result: Result<u64, ()>) -> Result<u64, ()> {
        result
    }
    #[lru_cache(ttl = |n| Duration::from_secs(*n), stale = "20s", skip(body))]
    fn stale(_: u64, body: &Body<u64>) -> u64 {
        body.run()
    }
    let _clock = clock();
    let ttls: Vec<_> = (10..100)
        .map(|n| {
            jittered(n);
            let jitter = jittered::cache_ttl(n).expect("an entry") - Duration::from_secs(n);
            assert!(jitter < 5 * SECOND, "{jitter:?}");
            jitter
        })
        .collect();
    assert!(ttls.iter().any(|jitter| *jitter != ttls[0]), "{ttls:?}");

    assert_eq!(f(1, Ok(1)), Ok(1));
    advance(TEN + 30 * SECOND - NANOSECOND);
    assert_eq!(f::with_status(1, Err(())), (Ok(1), CacheStatus::Stale));
    advance(NANOSECOND);
    assert_eq!(f::with_status(1, Err(())), (Err(()), CacheStatus::Miss));

    thread::scope(|scope| {
        let call = |body: Body<u64>| stale(1, &body);
        assert_eq!(Running::start(scope, call).end_with(7), 7);
        advance(7 * SECOND);
        let recomputes = Running::start(scope, call);
        let (body, _switch) = Body::new();
        assert_eq!(stale::with_status(1, &body), (7, CacheStatus::Stale));
        assert_eq!(recomputes.end_with(0), 0);
        assert!(!stale::cache_contains(1), "the old result is gone, and zero is not stored");
    });
}

#[test]
fn a_longer_ttl_later_does_not_revive_an_entry() {
    #[lru_cache(maxsize = 2, ttl = |n| Duration::from_secs(u64::from(*n)))]
    fn f(n: u32) -> u32 {
        n
    }
    let _clock = clock();
    f(1000);
    f(1);
    advance(SECOND);
    assert_eq!(f::cache_info().currsize, 1);
    f(1000);
    f(2);
    assert!(f::cache_contains(1000), "the expired entry made room");
}

#[test]
fn a_panic_stores_nothing() {
    #[lru_cache(ttl = |n| if *n == 0 { panic!("no ttl") } else { TEN })]
    fn f(n: u64) -> u64 {
        n
    }
    let _clock = clock();
    assert!(panic::catch_unwind(|| f(0)).is_err());
    assert!(!f::cache_contains(0));
    assert_eq!(f(1), 1);
    assert_eq!(f::cache_info(), info(0, 2, 128, 1));
}

#[test]
fn tasks_have_one_and_waiters_get_what_is_not_stored() {
    #[lru_cache(ttl = Token::ttl_if_any)]
    async fn token(expires_in: u64) -> Token {
        yield_now().await;
        Token { expires_in }
    }
    let _clock = clock();
    let tokens = smol::block_on(async {
        let both = futures_util::future::join(token::with_status(0), token::with_status(0));
        token(5).await;
        both.await
    });
    let unstored = Token { expires_in: 0 };
    assert_eq!(tokens.0, (unstored.clone(), CacheStatus::Miss));
    assert_eq!(tokens.1, (unstored, CacheStatus::Joined));
    assert_eq!(token::cache_ttl(5), Some(5 * SECOND));
    assert_eq!(now(token(5)), Token { expires_in: 5 });
}

#[test]
fn a_clear_and_an_invalidation_meanwhile_discard_the_result() {
    #[lru_cache(ttl = |n| Duration::from_secs(*n), skip(body))]
    fn f(_: u64, body: &Body<u64>) -> u64 {
        body.run()
    }
    let _clock = clock();
    let removals: [fn(); 2] = [f::cache_clear, || {
        f::cache_invalidate(1);
    }];
    for remove in removals {
        thread::scope(|scope| {
            let computes = Running::start(scope, |body| f(1, &body));
            remove();
            assert_eq!(computes.end_with(7), 7);
        });
        assert!(!f::cache_contains(1));
    }
}
