//! The futures of an `async fn`: what they may be sent to, their size, and what a dropped or
//! suspended one leaves (CONTRACT 7).

use std::cell::Cell;
use std::hash::Hash;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use functools::{CacheStatus, lru_cache};
use functools_test_support::{Runs, finishes, info, now, take_permit};
use futures_util::future::BoxFuture;
use smol::future::{block_on, yield_now};
use tokio::sync::Semaphore;
use tokio_test::task::spawn;
use tokio_test::{assert_pending, assert_ready_eq};

/// `is_send()` returns whether the type is `Send`: the method below exists only for such types, and
/// precedes that of the trait.
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
fn is_send_tells_types_apart() {
    assert!(is_send!(Arc::new(1)));
    assert!(!is_send!(Rc::new(1)));
}

fn assert_send<T: Send>(_: &T) {}

#[test]
fn future_is_send_if_the_body_is() {
    #[lru_cache]
    async fn plain(text: &str, floats: &[f64], owned: String) -> usize {
        yield_now().await;
        text.len() + floats.len() + owned.len()
    }
    #[lru_cache(handle = _, cache_if = |n| *n > 0)]
    async fn alone(text: &str) -> usize {
        yield_now().await;
        text.len()
    }
    #[lru_cache]
    async fn generic<T: Clone + Eq + Hash + Send + Sync + 'static>(value: &T) -> T {
        yield_now().await;
        value.clone()
    }
    #[lru_cache(key = name.trim(), ttl = "60s", stale = "60s")]
    async fn keyed(name: &str, parts: &[&str]) -> usize {
        yield_now().await;
        name.len() + parts.len()
    }
    #[lru_cache(skip(log))]
    async fn skipping(n: u32, log: &mut Vec<u32>) -> u32 {
        yield_now().await;
        log.push(n);
        n
    }
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Three;
    impl Three {
        #[lru_cache]
        async fn times(&self, n: u32) -> u32 {
            yield_now().await;
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
    // For all lifetimes.
    let sent: BoxFuture<'_, usize> = {
        let text = String::from("four");
        Box::pin(async move { plain(&text, &[], text.clone()).await + alone(&text).await })
    };
    assert_eq!(block_on(sent), 12);
}

#[test]
fn future_is_send_though_its_result_is_not() {
    #[lru_cache]
    async fn f(n: u32) -> Result<u32, Rc<str>> {
        yield_now().await;
        if n == 0 { Err("zero".into()) } else { Ok(n) }
    }
    #[lru_cache(handle = _)]
    async fn alone(n: u32) -> Result<u32, Rc<str>> {
        yield_now().await;
        if n == 0 { Err("zero".into()) } else { Ok(n) }
    }
    #[lru_cache(cache_if = Result::is_ok, cache_none = false)]
    async fn chosen(text: &str) -> Result<Option<usize>, Rc<str>> {
        yield_now().await;
        if text.is_empty() { Err("empty".into()) } else { Ok(Some(text.len())) }
    }
    #[lru_cache]
    async fn generic<T: Clone + Eq + Hash + Send + Sync + 'static>(t: T) -> Result<T, Rc<str>> {
        yield_now().await;
        if size_of::<T>() == 0 { Err("empty".into()) } else { Ok(t) }
    }
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Three;
    impl Three {
        #[lru_cache(ttl = "60s", stale_on_error = "60s")]
        async fn times(&self, n: u32) -> Result<u32, Rc<str>> {
            yield_now().await;
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
fn future_is_not_send_if_the_body_is_not() {
    #[lru_cache]
    async fn f(n: u32) -> u32 {
        let held = Rc::new(n);
        yield_now().await;
        *held
    }
    #[lru_cache(handle = _)]
    async fn alone(n: u32) -> u32 {
        let held = Rc::new(n);
        yield_now().await;
        *held
    }
    #[lru_cache(skip(log))]
    async fn skipping(n: u32, log: &Cell<u32>) -> u32 {
        yield_now().await;
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
fn future_is_little_larger_than_the_body() {
    const LITTLE: usize = 300;
    #[lru_cache]
    async fn f(n: u8) -> u8 {
        let held = [n; 4096];
        yield_now().await;
        held[usize::from(n)]
    }
    #[lru_cache(handle = _)]
    async fn alone(n: u8) -> u8 {
        let held = [n; 4096];
        yield_now().await;
        held[usize::from(n)]
    }
    #[lru_cache]
    async fn generic<T: Copy + Eq + Hash + Send + Sync + 'static>(n: T) -> T {
        let held = [n; 4096];
        yield_now().await;
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
    // The future of a generic function holds another one.
    assert!(sizes.iter().all(|size| *size < body + LITTLE), "{sizes:?}");
}

#[test]
fn future_does_nothing_before_it_is_polled() {
    #[lru_cache(ttl = "60s", key = { KEYS.next(); n })]
    async fn f(n: u32) -> u32 {
        RUNS.next();
        yield_now().await;
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
    assert_eq!(block_on(f::with_status(1)), (1, CacheStatus::Miss), "there is no leader");
}

#[test]
fn dropped_future_stores_nothing() {
    #[lru_cache(skip(gate))]
    async fn f(n: u32, gate: &Semaphore) -> u32 {
        take_permit(gate).await;
        n + RUNS.next()
    }
    static RUNS: Runs = Runs::new();
    let gate = Semaphore::new(0);
    {
        let mut call = spawn(f(10, &gate));
        assert_pending!(call.poll());
        assert_pending!(call.poll());
        assert_eq!(f::cache_info(), info(0, 1, 128, 0));
    }
    assert!(!f::cache_contains(10));
    gate.add_permits(1);
    assert_eq!(now(f::with_status(10, &gate)), (11, CacheStatus::Miss));
    assert_eq!(f::cache_info(), info(0, 2, 128, 1));
    // An entry outlives a refresh that is dropped.
    {
        let mut refresh = spawn(f::cache_refresh(10, &gate));
        assert_pending!(refresh.poll());
    }
    assert_eq!(now(f(10, &gate)), 11);
    gate.add_permits(1);
    assert_eq!(now(f::cache_refresh(10, &gate)), 12);
    assert_eq!(now(f(10, &gate)), 12);
    assert_eq!(f::cache_info(), info(2, 2, 128, 1));
}

#[test]
fn dropped_leader_lets_the_next_waiter_compute() {
    #[lru_cache(skip(gate))]
    async fn f(n: u32, gate: &Semaphore) -> u32 {
        let run = RUNS.next();
        take_permit(gate).await;
        n + run
    }
    static RUNS: Runs = Runs::new();
    let gate = Semaphore::new(0);
    let mut first = spawn(f(10, &gate));
    let mut second = spawn(f::with_status(10, &gate));
    let mut third = spawn(f::with_status(10, &gate));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    assert_pending!(third.poll());
    assert_eq!((RUNS.count(), f::cache_info()), (1, info(2, 1, 128, 0)));
    drop(first);
    assert_pending!(second.poll());
    assert_pending!(third.poll());
    assert_eq!((RUNS.count(), f::cache_info()), (2, info(1, 2, 128, 0)));
    gate.add_permits(1);
    assert_ready_eq!(second.poll(), (12, CacheStatus::Miss));
    // A waiter that is dropped leaves the others.
    let mut fourth = spawn(f::with_status(20, &gate));
    assert_pending!(fourth.poll());
    assert_ready_eq!(third.poll(), (12, CacheStatus::Joined));
    let mut fifth = spawn(f::with_status(20, &gate));
    assert_pending!(fifth.poll());
    drop(fifth);
    gate.add_permits(1);
    assert_ready_eq!(fourth.poll(), (23, CacheStatus::Miss));
    let info = f::cache_info();
    assert_eq!((info.misses, info.currsize), (3, 2));
}

/// The future drops the values that the body holds before its computation has ended.
#[test]
fn future_may_call_the_function_while_it_is_dropped() {
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
        take_permit(gate).await;
        n
    }
    finishes(|| {
        let gate = Semaphore::new(0);
        let mut call = spawn(f(10, &gate, true));
        assert_pending!(call.poll());
        drop(call);
    });
}

#[test]
fn suspended_future_holds_no_lock() {
    #[lru_cache(maxsize = 4, skip(gate))]
    async fn f(n: u32, gate: &Semaphore) -> u32 {
        take_permit(gate).await;
        n
    }
    finishes(|| {
        let gate = Semaphore::new(0);
        let mut call = spawn(f(1, &gate));
        let mut waits = spawn(f(1, &gate));
        assert_pending!(call.poll());
        assert_pending!(waits.poll());
        // On this thread and on another.
        let others = || {
            let open = Semaphore::new(10);
            (2..10).for_each(|n| assert_eq!(now(f(n, &open)), n));
            assert!(!f::cache_contains(1));
            assert_eq!(f::cache_info().currsize, 4);
        };
        others();
        thread::scope(|scope| scope.spawn(others).join()).expect("no panic");
        gate.add_permits(1);
        assert_ready_eq!(call.poll(), 1);
        assert_ready_eq!(waits.poll(), 1);
    });
}
