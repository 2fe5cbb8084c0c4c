//! Functions that take closures, which are skipped: all closures share one cache (CONTRACT 3).

use std::cell::Cell;
use std::fmt::{Debug, Display};
use std::future::ready;
use std::hash::Hash;

use functools::{CacheStatus, cache, lru_cache};
use functools_test_support::info;
use smol::future::block_on;

#[test]
fn closures_of_different_types_share_entries() {
    #[lru_cache(skip(compute))]
    fn get<F: FnOnce() -> u64>(id: u64, compute: F) -> u64 {
        id + compute()
    }
    fn one() -> u64 {
        1
    }
    let offset = 1;
    assert_eq!((get(1, || 1), get(1, || 2), get(1, one)), (2, 2, 2));
    assert_eq!((get(2, || 1 + offset), get(2, one as fn() -> u64)), (4, 4));
    assert_eq!(get::cache_info(), info(3, 2, 128, 2));
    assert_eq!(get::with_status(1, || 5), (2, CacheStatus::Hit));
    assert_eq!((get::uncached(1, || 5), get::cache_refresh(1, || 5)), (6, 6));
    assert_eq!((get::cache_peek(1), get::cache_contains(3)), (Some(6), false));
    get::cache_insert(3, 30);
    assert_eq!(get(3, || unreachable!()), 30);
    assert!(get::cache_invalidate(3) && get::cache_ttl(1).is_some());
    get::cache_clear();
    assert_eq!((get::cache_stats().currsize, get::cache_parameters().maxsize), (0, Some(128)));
}

#[test]
fn other_type_parameters_have_a_cache_each() {
    #[lru_cache(skip(show))]
    fn shown<T, const N: usize, F>(value: T, show: F) -> String
    where
        T: Copy + Display + Hash + Eq + Send + Sync + 'static,
        F: Fn(T) -> String,
    {
        show(value).repeat(N)
    }
    #[lru_cache(skip(make))]
    fn made<F: Fn() -> T, T: Clone + Default + Send + Sync + 'static>(id: u64, make: F) -> T {
        let _ = id;
        make()
    }
    /// `T` is in no argument.
    #[lru_cache(skip(more))]
    fn sized<T: 'static, F: Fn(usize) -> usize>(more: F) -> usize {
        more(size_of::<T>())
    }
    /// `T` is in an argument that is skipped, too.
    #[lru_cache(skip(with, f))]
    fn with_other<T: Display, F: Fn(&T) -> String>(id: u64, with: &T, f: F) -> String {
        format!("{id}{}", f(with))
    }
    assert_eq!(shown::<u8, 1, _>(1, |n| n.to_string()), "1");
    assert_eq!(shown::<u8, 1, _>(1, |_| "other".to_owned()), "1");
    assert_eq!(shown::<u8, 2, _>(1, |n| n.to_string()), "11");
    assert_eq!(shown::<u16, 1, _>(1, |_| "another".to_owned()), "another");
    assert_eq!(shown::<u8, 1>::cache_info(), info(1, 1, 128, 1));
    assert_eq!(shown::<u16, 1>::with_status(1, |_| String::new()).1, CacheStatus::Hit);
    assert!(shown::<u8, 2>::cache_invalidate(1) && !shown::<u8, 2>::cache_contains(1));

    assert_eq!((made(1, || 1_u8), made(1, || 2_u8), made(1, || 'c')), (1, 1, 'c'));
    assert_eq!(made::<u8>::cache_info(), info(1, 1, 128, 1));

    assert_eq!((sized::<u8, _>(|n| n), sized::<u8, _>(|n| n + 1)), (1, 1));
    assert_eq!(sized::<u16, _>(|n| n), 2);
    assert_eq!(sized::<u8>::cache_info(), info(1, 1, 128, 1));

    assert_eq!(with_other(1, &'a', ToString::to_string), "1a");
    assert_eq!(with_other(1, &'b', |_| String::new()), "1a");
    assert_eq!(with_other(1, &2, |_| String::new()), "1");
    assert_eq!(with_other::<char>::cache_info(), info(1, 1, 128, 1));
}

/// The result may depend on them, and a caller can name them.
#[test]
fn type_parameters_in_a_bound_have_a_cache_each() {
    trait Kind {
        const ID: u64;
    }
    struct Users;
    struct Items;
    impl Kind for Users {
        const ID: u64 = 100;
    }
    impl Kind for Items {
        const ID: u64 = 200;
    }
    #[lru_cache(skip(f, g))]
    fn bound<K, F, G, U, const N: usize>(id: u64, f: F, g: G) -> u64
    where
        K: Kind + 'static,
        U: 'static,
        F: Fn(&K, [u8; N]) -> U,
        G: FnOnce(U) -> u64,
    {
        let _ = (f, g);
        id + K::ID + N as u64
    }
    assert_eq!(bound(1, |_: &Users, [_]| 1_u8, u64::from), 102);
    assert_eq!(bound(1, |_: &Items, [_]| 1_u8, u64::from), 202);
    assert_eq!(bound(1, |_: &Items, [_, _]| 1_u8, u64::from), 203);
    // Another closure of the same types.
    assert_eq!(bound(1, |_: &Users, [n]| n, |n| n.into()), 102);
    assert_eq!(bound::<Users, u8, 1>::cache_info(), info(1, 1, 128, 1));
    assert_eq!(bound::<Items, u8, 2>::cache_info(), info(0, 1, 128, 1));
}

#[derive(Clone, Debug, PartialEq)]
struct Item(u64);

#[test]
fn async_functions_take_closures() {
    #[lru_cache(skip(fetch))]
    async fn fetched<F, Fut>(id: u64, fetch: F) -> Item
    where
        F: FnOnce(u64) -> Fut,
        Fut: Future<Output = Item>,
    {
        fetch(id).await
    }
    #[lru_cache(skip(fetch))]
    async fn fallible<T, E, F, Fut>(id: u64, fetch: F) -> Result<T, E>
    where
        T: Clone + Send + Sync + 'static,
        E: Clone + Send + Sync + 'static,
        F: FnOnce(u64) -> Fut + Send,
        Fut: Future<Output = Result<T, E>> + Send,
    {
        fetch(id).await
    }
    #[lru_cache(skip(fetch), handle = _)]
    async fn nameless<F: AsyncFn(u64) -> Item>(id: u64, fetch: F) -> Item {
        fetch(id).await
    }
    #[lru_cache(skip(fetch))]
    async fn implied<Fut: Future<Output = Item>>(id: u64, fetch: impl FnOnce(u64) -> Fut) -> Item {
        fetch(id).await
    }
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    block_on(async {
        assert_eq!(implied(1, |id| async move { Item(id) }).await, Item(1));
        assert_eq!(implied(1, |_| ready(Item(9))).await, Item(1));
        assert_eq!(implied::with_status(1, |_| ready(Item(9))).await.1, CacheStatus::Hit);
        assert_eq!(implied::cache_info(), info(2, 1, 128, 1));

        assert_eq!(fetched(1, |id| async move { Item(id) }).await, Item(1));
        assert_eq!(fetched(1, |_| ready(Item(9))).await, Item(1));
        assert_eq!(fetched::with_status(1, |_| ready(Item(9))).await.1, CacheStatus::Hit);
        assert_eq!(fetched::uncached(1, |_| ready(Item(9))).await, Item(9));
        assert_eq!(fetched::cache_refresh(1, |_| ready(Item(9))).await, Item(9));
        assert_eq!(fetched::cache_info(), info(2, 1, 128, 1));

        assert_eq!(is_send(fallible(1, |_| ready(Err::<u8, u8>(2)))).await, Err(2));
        assert_eq!(fallible(1, |id| async move { Ok::<u64, u8>(id) }).await, Ok(1));
        assert_eq!(fallible(1, |_| ready(Err::<u64, u8>(2))).await, Ok(1));
        assert_eq!(fallible::<u64, u8>::cache_info(), info(1, 1, 128, 1));
        assert_eq!(fallible::<u8, u8>::cache_info(), info(0, 1, 128, 0));

        assert_eq!(nameless(1, async |id| Item(id)).await, Item(1));
        assert_eq!(nameless(1, async |_| Item(9)).await, Item(1));
    });
}

struct Shop<T>(T);

impl<T: Clone + Send + Sync + 'static> Shop<T> {
    #[lru_cache(skip(self, compute))]
    fn price<F: Fn(&T) -> u64>(&self, id: u64, compute: F) -> u64 {
        id * compute(&self.0)
    }

    #[lru_cache(skip(compute))]
    fn made<F, U>(id: u64, compute: F, also: U) -> (U, u64)
    where
        F: FnOnce() -> u64,
        U: Clone + Hash + Eq + Send + Sync + 'static + PartialEq<U>,
    {
        (also, id + compute())
    }

    #[lru_cache(skip(self, fetch))]
    async fn fetched<'a, F, Fut>(&'a self, id: u64, fetch: F) -> u64
    where
        F: FnOnce(&'a T, u64) -> Fut,
        Fut: Future<Output = u64> + 'a,
    {
        fetch(&self.0, id).await
    }
}

#[test]
fn methods_take_closures() {
    let (byte, word) = (Shop(2_u8), Shop(3_u16));
    assert_eq!((byte.price(2, |&n| n.into()), byte.price(2, |_| 9)), (4, 4));
    assert_eq!(word.price(2, |&n| n.into()), 6);
    assert_eq!(Shop::<u8>::price_cache_info(), info(1, 1, 128, 1));
    assert_eq!(byte.price_with_status(2, |_| 9), (4, CacheStatus::Hit));
    assert_eq!((byte.price_uncached(2, |_| 9), byte.price_cache_refresh(2, |_| 9)), (18, 18));
    assert_eq!(Shop::<u8>::price_cache_peek(2), Some(18));
    assert!(Shop::<u8>::price_cache_invalidate(2));

    assert_eq!(Shop::<u8>::made(1, || 1, 'a'), ('a', 2));
    assert_eq!(Shop::<u8>::made(1, || 2, 'a'), ('a', 2));
    assert_eq!(Shop::<u8>::made(1, || 2, 0), (0, 3));
    assert_eq!(Shop::<u8>::made_cache_info::<char>(), info(1, 1, 128, 1));
    assert_eq!(Shop::<u8>::made_uncached::<_, u8>(1, || 2, 0), (0, 3));
    assert!(Shop::<u8>::made_cache_contains(1, 'a'));

    block_on(async {
        assert_eq!(byte.fetched(1, |&n, id| async move { u64::from(n) + id }).await, 3);
        assert_eq!(byte.fetched(1, |_, _| ready(9)).await, 3);
    });
    assert_eq!(Shop::<u8>::fetched_cache_info(), info(1, 1, 128, 1));
}

struct Named {
    f: u64,
}

#[test]
fn all_kinds_of_arguments_may_be_closures() {
    #[lru_cache(skip(f))]
    fn mutable<F: FnMut() -> u64>(id: u64, mut f: F) -> u64 {
        id + f() + f()
    }
    #[lru_cache(skip(f))]
    fn shared<F: Fn() -> u64 + ?Sized>(id: u64, f: &F) -> u64 {
        id + f()
    }
    #[lru_cache(skip(f))]
    fn exclusive<'a, F>(id: u64, f: &'a mut F) -> u64
    where
        F: FnMut() -> u64 + 'a,
    {
        id + f()
    }
    #[lru_cache(skip(f))]
    fn optional<F: FnOnce() -> u64>(id: u64, f: Option<F>) -> u64 {
        id + f.map_or(0, |f| f())
    }
    #[lru_cache(skip(f))]
    fn implied(id: u64, f: &impl Fn() -> u64) -> u64 {
        id + f()
    }
    #[lru_cache(skip(f), key = id % 10)]
    fn keyed<F: Fn() -> u64>(id: u64, f: F) -> u64 {
        id + f()
    }
    /// A field has the closure's name.
    #[lru_cache(skip(f), key = item.f)]
    fn keyed_by_field<F: Fn() -> u64>(item: &Named, f: F) -> u64 {
        item.f + f()
    }
    #[lru_cache]
    fn pointer(id: u64, f: fn() -> u64) -> u64 {
        id + f()
    }
    let mut calls = 0;
    let mut count = || {
        calls += 1;
        calls
    };
    assert_eq!((mutable(1, &mut count), mutable(1, || 9)), (4, 4));
    assert_eq!((exclusive(1, &mut count), exclusive(1, &mut || 9)), (4, 4));
    assert_eq!((shared(1, &|| 1), shared(1, &|| 9)), (2, 2));
    let object: &dyn Fn() -> u64 = &|| 9;
    assert_eq!((shared(1, object), implied(1, &|| 2), implied(1, &object)), (2, 3, 3));
    assert_eq!((optional(1, Some(|| 2)), optional(1, None::<fn() -> u64>)), (3, 3));
    assert_eq!((keyed(1, || 1), keyed(11, || 9)), (2, 2));
    assert_eq!((keyed_by_field(&Named { f: 1 }, || 1), Named { f: 1 }.f), (2, 1));
    for info_of in [
        mutable::cache_info(),
        exclusive::cache_info(),
        optional::cache_info(),
        implied::cache_info(),
        keyed::cache_info(),
    ] {
        assert_eq!(info_of, info(1, 1, 128, 1));
    }
    assert_eq!(shared::cache_info(), info(2, 1, 128, 1));
    assert_eq!((pointer(1, || 1), pointer(1, || 2)), (2, 3));
}

#[test]
#[allow(unsafe_code)]
fn unsafe_and_nameless_functions_take_closures() {
    /// # Safety
    ///
    /// None is needed.
    #[lru_cache(skip(f))]
    unsafe fn risky<F: Fn() -> u64>(id: u64, f: F) -> u64 {
        id + f()
    }
    #[cache(skip(f), handle = _)]
    fn nameless<T, F>(id: T, f: F) -> u64
    where
        T: Into<u64> + Copy + Hash + Eq + Send + Sync + 'static,
        F: Fn() -> u64,
    {
        id.into() + f()
    }
    #[cache(skip(f), handle = _)]
    fn nameless_implied(id: u64, f: impl Fn() -> u64) -> u64 {
        id + f()
    }
    #[lru_cache(skip(f), handle = other)]
    fn renamed<F: Fn() -> u64>(id: u64, f: F) -> u64 {
        id + f()
    }
    // SAFETY: it is safe.
    assert_eq!(unsafe { (risky(1, || 1), risky(1, || 9), risky::uncached(1, || 9)) }, (2, 2, 10));
    assert_eq!((nameless(1_u8, || 1), nameless(1_u8, || 9), nameless(1_u16, || 9)), (2, 2, 10));
    assert_eq!((nameless_implied(1, || 1), nameless_implied(1, || 9)), (2, 2));
    assert_eq!((renamed(1, || 1), renamed(1, || 9)), (2, 2));
    assert_eq!(other::cache_info(), info(1, 1, 128, 1));
    let test = concat!(module_path!(), "::unsafe_and_nameless_functions_take_closures");
    let named = |name: &str| {
        let name = format!("{test}::{name}");
        functools::caches().filter(|cache| cache.name() == name).count()
    };
    assert_eq!((named("nameless"), named("nameless_implied"), named("renamed")), (2, 1, 1));
}

#[test]
fn function_of_a_thread_takes_closures() {
    #[lru_cache(skip(f), scope = "thread")]
    fn local<F: Fn() -> u64>(id: u64, f: F) -> Cell<u64> {
        Cell::new(id + f())
    }
    assert_eq!((local(1, || 1).get(), local(1, || 9).get()), (2, 2));
    assert_eq!(local::cache_info(), info(1, 1, 128, 1));
}

#[test]
fn redis_functions_take_closures() {
    #[lru_cache(skip(fetch), ttl = "60s", redis = "closures:{id}")]
    async fn fetched<F, Fut>(id: u64, fetch: F) -> u64
    where
        F: FnOnce(u64) -> Fut,
        Fut: Future<Output = u64>,
    {
        fetch(id).await
    }
    #[lru_cache(skip(f), redis = "closures:{id}")]
    fn computed<F: Fn() -> u64>(id: u64, f: F) -> u64 {
        id + f()
    }
    block_on(async {
        assert_eq!(fetched(1, |id| async move { id }).await, 1);
        assert_eq!(fetched(1, |_| ready(9)).await, 1);
        let _ = fetched::cache_invalidate(1).await;
    });
    assert_eq!((computed(1, || 1), computed(1, || 9)), (2, 2));
    assert_eq!(computed::cache_info(), info(1, 1, 128, 1));
}
