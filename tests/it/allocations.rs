//! A hit allocates nothing (CONTRACT 3, 7). Allocations are counted per thread, so these tests run
//! beside others.

use std::hash::Hash;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

use functools::{CacheInfo, CacheStatus, cache, lru_cache};
use functools_test_support::{Colliding, info, now};
use smol::future::{block_on, yield_now};

/// Returns the number of allocations that this thread makes in `run`.
fn allocations(run: impl FnOnce()) -> u64 {
    allocation_counter::measure(run).count_total
}

#[test]
fn counter_counts_allocations() {
    assert_eq!(allocations(|| drop(black_box(Box::new(1)))), 1);
    assert_eq!(allocations(|| drop(black_box([String::from("a"), String::from("b")]))), 2);
}

/// Each row makes its arguments twice, and calls for a miss and for a hit. The call must be true,
/// and the hit must allocate nothing.
macro_rules! hits_allocate_nothing {
    ($($test:ident: { $($item:item)+ } $made:expr, |$arguments:pat_param| $call:expr,
        $info:expr => $counted:expr;)+) => {
        #[test]
        fn hit_allocates_nothing() {
            $({
                const ROW: &str = stringify!($test);
                $($item)+
                let first = $made;
                let miss = allocations(|| {
                    let $arguments = first;
                    assert!($call, "{ROW}: miss");
                });
                let again = $made;
                let hit = allocations(|| {
                    let $arguments = again;
                    assert!($call, "{ROW}: hit");
                });
                assert_ne!(miss, 0, "{ROW}: a miss makes the key");
                assert_eq!(hit, 0, "{ROW}: allocations of a hit");
                let info: CacheInfo = $info;
                assert_eq!((info.hits, info.misses), $counted, "{ROW}: counts");
            })+
        }
    };
}

hits_allocate_nothing! {
    str_argument: {
        #[lru_cache(maxsize = 8)]
        fn length(text: &str) -> usize {
            text.len()
        }
    } "four", |text| length(text) == 4, length::cache_info() => (1, 1);
    string: {
        #[lru_cache(maxsize = 8)]
        fn length(text: String) -> usize {
            text.len()
        }
    } "four".to_owned(), |text| length(text) == 4, length::cache_info() => (1, 1);
    str_and_string: {
        #[lru_cache(maxsize = 8)]
        fn length(one: &str, two: String) -> usize {
            one.len() + two.len()
        }
    } "four".to_owned(), |two| length("one", two) == 7, length::cache_info() => (1, 1);
    tuple: {
        #[lru_cache(maxsize = 8)]
        fn length(both: (&'static str, String)) -> usize {
            both.0.len() + both.1.len()
        }
    } ("one", "four".to_owned()), |both| length(both) == 7, length::cache_info() => (1, 1);
    struct_by_reference: {
        #[derive(Clone, PartialEq, Eq, Hash)]
        struct Name {
            first: String,
            last: String,
        }
        #[lru_cache(maxsize = 8)]
        fn length(name: &Name) -> usize {
            name.first.len() + name.last.len()
        }
    } Name { first: "Ada".to_owned(), last: "Lovelace".to_owned() }, |name| length(&name) == 11,
        length::cache_info() => (1, 1);
    slices_and_path: {
        #[lru_cache(maxsize = 8)]
        fn length(bytes: &[u8], path: &std::path::Path, floats: &[f64]) -> usize {
            bytes.len() + path.components().count() + floats.len()
        }
    } (), |()| length(b"abc", "/a/b".as_ref(), &[1.5]) == 7, length::cache_info() => (1, 1);
    method: {
        #[derive(Clone, PartialEq, Eq, Hash)]
        struct Word(String);
        impl Word {
            #[lru_cache(maxsize = 8)]
            fn repeated(&self, times: usize) -> usize {
                self.0.len() * times
            }
        }
    } Word("word".to_owned()), |word| word.repeated(2) == 8, Word::repeated_cache_info() => (1, 1);
    key_expression: {
        #[lru_cache(maxsize = 8, key = (id, text.map(str::len)))]
        fn length(id: u32, text: Option<&str>) -> u32 {
            text.map_or(id, |_| 0)
        }
    } Some("four"), |text| (length(1, text), length(1, Some("five"))) == (0, 0),
        length::cache_info() => (3, 1);
    generic_function: {
        #[lru_cache(maxsize = 8)]
        fn bytes<T>(times: usize) -> usize {
            size_of::<T>() * times
        }
    } (), |()| (bytes::<u8>(2), bytes::<u16>(2), bytes::<[u8; 3]>(2)) == (2, 4, 6),
        bytes::<u16>::cache_info() => (1, 1);
    result_of_arc: {
        #[cache]
        fn shared(text: &str) -> Result<Arc<str>, String> {
            if text.is_empty() { Err("no text".to_owned()) } else { Ok(text.into()) }
        }
    } (), |()| shared("four").as_deref() == Ok("four"), shared::cache_info() => (1, 1);
    option_of_rc_of_a_thread: {
        #[cache(scope = "thread")]
        fn local(text: &str) -> Option<Rc<str>> {
            (!text.is_empty()).then(|| text.into())
        }
    } (), |()| local("four").as_deref() == Some("four"), local::cache_info() => (1, 1);
    keys_of_one_hash: {
        #[lru_cache(maxsize = 8)]
        fn number(n: &Colliding) -> u32 {
            n.0
        }
    } (), |()| (0..8).all(|n| number(&Colliding(n)) == n), number::cache_info() => (8, 8);
}

#[test]
fn hit_in_a_full_cache_allocates_nothing_in_any_order() {
    #[lru_cache(maxsize = 3)]
    fn length(text: &str) -> usize {
        text.len()
    }
    assert_eq!(["a", "bb", "ccc", "dddd"].map(length), [1, 2, 3, 4]);
    let hits = || ["bb", "dddd", "ccc", "ccc", "bb", "dddd"].map(length);
    assert_eq!(allocations(|| assert_eq!(hits(), [2, 4, 3, 3, 2, 4])), 0);
    assert_eq!(length::cache_info(), info(6, 4, 3, 3));
}

#[test]
fn handle_allocates_nothing_to_find_an_entry() {
    #[lru_cache(maxsize = 8)]
    fn length(text: &str) -> usize {
        text.len()
    }
    length("four");
    let looks = || {
        assert!(length::with_status("four").1.is_hit());
        assert!(length::cache_contains("four"));
        assert_eq!(length::cache_peek("four"), Some(4));
        assert_eq!(length::cache_info(), info(1, 1, 8, 1));
    };
    assert_eq!(allocations(looks), 0);
}

#[test]
fn async_hit_is_ready_and_allocates_nothing() {
    #[lru_cache]
    async fn length(text: &str) -> usize {
        yield_now().await;
        text.len()
    }
    #[lru_cache(ttl = "1h", stale = "1h", stale_on_error = "1h")]
    async fn fallible(text: &str, floats: &[f64]) -> Result<usize, String> {
        yield_now().await;
        Ok(text.len() + floats.len())
    }
    #[lru_cache(handle = _)]
    async fn alone(text: &str) -> usize {
        yield_now().await;
        text.len()
    }
    #[lru_cache]
    async fn generic<T: Clone + Eq + Hash + Send + Sync + 'static>(value: &T) -> T {
        yield_now().await;
        value.clone()
    }
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Word(String);
    impl Word {
        #[lru_cache]
        async fn repeated(&self, times: usize) -> usize {
            yield_now().await;
            self.0.len() * times
        }
    }
    #[lru_cache(scope = "thread")]
    async fn local(text: &str) -> Rc<str> {
        yield_now().await;
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
    let made = allocations(|| {
        assert_eq!(now(length("four")), 4);
        assert_eq!(now(length::with_status("four")), (4, CacheStatus::Hit));
        assert_eq!(now(fallible("four", &[1.5])), Ok(5));
        assert_eq!(now(alone("four")), 4);
        assert_eq!(now(generic(&1)), 1);
        assert_eq!(now(word.repeated(2)), 8);
        assert_eq!(&*now(local("four")), "four");
    });
    assert_eq!(made, 0);
}
