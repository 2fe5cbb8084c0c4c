//! A cache in front of a slow source: concurrent requests, answers past their `ttl`, a source that
//! fails.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use functools::{CacheStatus, lru_cache};

/// Simulates a database across the network.
#[derive(Default)]
struct Database {
    queries: AtomicU32,
    is_down: AtomicBool,
}

impl Database {
    async fn airport(&self, code: &str) -> Result<String, String> {
        self.queries.fetch_add(1, Relaxed);
        tokio::time::sleep(Duration::from_millis(100)).await;
        if self.is_down.load(Relaxed) {
            return Err("the database is down".to_owned());
        }
        Ok(format!("the airport {code}"))
    }
}

#[lru_cache(maxsize = 1024, ttl = "1s", stale = "10s", stale_on_error = "1m", skip(database))]
async fn airport(database: &Database, code: &str) -> Result<String, String> {
    database.airport(code).await
}

/// Makes `count` requests at once, and prints where their answers came from.
async fn requests(title: &str, database: &'static Database, count: usize) {
    let (start, queries) = (Instant::now(), database.queries.load(Relaxed));
    let requests: Vec<_> = (0..count)
        .map(|_| tokio::spawn(async { airport::with_status(database, "SFO").await }))
        .collect();
    let mut statuses = Vec::new();
    for request in requests {
        match request.await {
            Ok((Ok(_), status)) => statuses.push(status),
            Ok((Err(error), _)) => println!("{error}"),
            Err(error) => println!("{error}"),
        }
    }
    let (elapsed, queries) = (start.elapsed(), database.queries.load(Relaxed) - queries);
    println!("{title}: {count} requests in {elapsed:.0?}, {queries} to the database");
    for status in [CacheStatus::Miss, CacheStatus::Joined, CacheStatus::Hit, CacheStatus::Stale] {
        match statuses.iter().filter(|&&other| other == status).count() {
            0 => (),
            times => println!("  {times:4} {status:?}"),
        }
    }
}

#[tokio::main]
async fn main() {
    let database: &'static Database = Box::leak(Box::default());
    requests("A cold cache", database, 1000).await;
    requests("A warm cache", database, 1000).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    requests("Past its ttl", database, 1000).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    database.is_down.store(true, Relaxed);
    requests("The database is down", database, 1000).await;
    println!("{}", airport::cache_info());
}
