//! Tags of all kinds of functions.

use std::fmt::{self, Display};
use std::hash::Hash;
use std::panic;

use functools::{CacheStatus, cache, invalidate_tag, invalidate_tag_async, lru_cache};
use functools_test_support::now;

fn removed(tag: &str) -> usize {
    invalidate_tag(tag).entries
}

#[test]
fn methods() {
    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    struct Shop {
        id: u32,
    }
    impl Display for Shop {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.id.fmt(f)
        }
    }
    impl Shop {
        #[lru_cache(tags("shop:{self}", "shelf:{shelf}"))]
        fn items(&self, shelf: &str) -> usize {
            shelf.len() + self.id as usize
        }
        #[lru_cache(tags("shops"))]
        fn count() -> u32 {
            2
        }
    }
    let _ = (Shop { id: 1 }.items("a"), Shop { id: 1 }.items("b"), Shop { id: 2 }.items("a"));
    Shop::count();
    assert_eq!(removed("shop:1"), 2);
    assert_eq!(removed("shelf:a"), 1);
    assert_eq!(removed("shops"), 1);
}

#[test]
fn methods_of_traits_and_functions_without_a_handle() {
    trait Named {
        fn name(&self) -> String;
    }
    impl Named for u32 {
        #[lru_cache(tags("trait:{self}"))]
        fn name(&self) -> String {
            format!("number {self}")
        }
    }
    #[lru_cache(handle = _, tags("without_a_handle:{n}"))]
    fn without_a_handle(n: u32) -> u32 {
        n
    }
    let _ = (7.name(), without_a_handle(7));
    assert_eq!(removed("trait:7"), 1);
    assert_eq!(removed("without_a_handle:7"), 1);
}

#[test]
fn generic_functions() {
    #[cache(tags("generic:{key}"))]
    fn generic<T>(key: T) -> String
    where
        T: Hash + Eq + Clone + Send + Sync + Display + 'static,
    {
        key.to_string()
    }
    let _ = (generic(7_u8), generic(7_u64), generic("7".to_owned()), generic(8_u8));
    assert_eq!(removed("generic:7"), 3, "one of each type");
    assert_eq!(removed("generic:8"), 1);
}

#[test]
fn functions_with_a_key_a_weight_and_patterns() {
    struct Order {
        id: u32,
        user: u32,
    }
    #[lru_cache(key = order.id, tags("keyed:{user}"))]
    fn keyed(order: &Order, user: u32) -> u32 {
        order.id + user
    }
    #[lru_cache(
        maxweight = 100,
        weight = |key, value| u64::from(*key.0) + u64::from(*value),
        tags("weighed:{first}"),
    )]
    fn weighed(first: u32, second: u32) -> u32 {
        first + second
    }
    #[lru_cache(tags("part:{id}"))]
    fn part((id,): (u32,)) -> u32 {
        id
    }
    #[lru_cache(skip(log), tags("skipping:{id}"))]
    fn skipping(id: u32, log: &mut Vec<u32>) -> u32 {
        log.push(id);
        id
    }
    let order = Order { id: 1, user: 2 };
    let _ = (keyed(&order, order.user), weighed(3, 4), part((5,)));
    let mut log = Vec::new();
    let _ = (skipping(6, &mut log), skipping(6, &mut log));
    assert_eq!(log, [6]);
    assert_eq!(removed("keyed:2") + removed("weighed:3") + removed("part:5"), 3);
    assert_eq!(removed("skipping:6"), 1);
}

#[test]
fn async_functions() {
    #[lru_cache(tags("task:{id}"))]
    async fn task(id: u32) -> u32 {
        id
    }
    #[lru_cache(ttl = "60s", tags("task:{id}"))]
    async fn expiring(id: u32) -> Result<u32, String> {
        Ok(id)
    }
    let _ = (now(task(1)), now(task(2)), now(expiring(1)));
    assert_eq!(now(invalidate_tag_async("task:1")).entries, 2);
    assert_eq!(now(task::with_status(1)).1, CacheStatus::Miss);
    assert_eq!(now(task::with_status(2)).1, CacheStatus::Hit);
    now(task::cache_refresh(2));
    task::cache_insert(3, 3);
    assert_eq!(now(invalidate_tag_async("task:2")).entries, 1);
    assert_eq!(removed("task:3"), 1);
}

/// The next call computes: no computation is left behind that others would wait for.
#[test]
fn a_display_that_panics_stores_nothing() {
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Loud(bool);
    impl Display for Loud {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            assert!(!self.0, "loud");
            f.write_str("quiet")
        }
    }
    #[lru_cache(tags("loud:{name}"))]
    fn thread(name: &Loud) -> bool {
        name.0
    }
    #[lru_cache(tags("loud:{name}"))]
    async fn task(name: &Loud) -> bool {
        name.0
    }
    for _ in 0..2 {
        assert!(panic::catch_unwind(|| thread(&Loud(true))).is_err());
        assert!(panic::catch_unwind(|| now(task(&Loud(true)))).is_err());
    }
    assert_eq!((thread::cache_info().currsize, task::cache_info().currsize), (0, 0));
    assert!(!thread(&Loud(false)) && !now(task(&Loud(false))));
    assert_eq!(removed("loud:quiet"), 2);
}
