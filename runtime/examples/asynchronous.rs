//! A cached `async fn` in front of a slow source: concurrent calls compute once, and a failing
//! source is bridged by old results.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use functools::{CacheStatus, lru_cache};

/// Simulates a database across the network.
#[derive(Default)]
struct Database {
    queries: AtomicU32,
    is_down: AtomicBool,
}

impl Database {
    async fn name_of(&self, id: u32) -> Result<String, String> {
        self.queries.fetch_add(1, Relaxed);
        tokio::time::sleep(Duration::from_millis(10)).await;
        match self.is_down.load(Relaxed) {
            true => Err("the database is down".to_owned()),
            false => Ok(format!("item {id}")),
        }
    }
}

#[lru_cache(maxsize = 1024, ttl = "5ms", stale_on_error = "10m", skip(database))]
async fn name_of(database: &Database, id: u32) -> Result<String, String> {
    database.name_of(id).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let database = Database::default();
    // Two calls, one query: the second call waits and gets a clone.
    let (one, other) = tokio::join!(name_of(&database, 7), name_of(&database, 7));
    assert_eq!((one, other), (Ok("item 7".to_owned()), Ok("item 7".to_owned())));
    assert_eq!(database.queries.load(Relaxed), 1);

    // Past the `ttl`, an error is replaced by the old result.
    database.is_down.store(true, Relaxed);
    tokio::time::sleep(Duration::from_millis(10)).await;
    let old = name_of::with_status(&database, 7).await;
    assert_eq!(old, (Ok("item 7".to_owned()), CacheStatus::Stale));
    println!("{}", name_of::cache_info());
}

#[test]
fn the_example_runs() {
    main();
}
