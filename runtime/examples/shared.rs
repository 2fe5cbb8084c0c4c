//! A function that shares its results through Redis: `cargo run --example shared --features redis`.
//! Without a Redis, they are cached in memory only.

use std::time::Duration;

use functools::lru_cache;
use functools::redis::{Redis, RedisError};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Item {
    id: u64,
    name: String,
}

/// Stored under a key such as `example-item:42`, as JSON.
#[lru_cache(maxsize = 1024, ttl = "60s", redis = "example-item:{id}")]
async fn item(id: u64) -> Item {
    // Stands for a query of a database.
    tokio::time::sleep(Duration::from_millis(10)).await;
    Item { id, name: "otter".to_owned() }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), RedisError> {
    // Connects in the background. An error is about the address.
    let url = std::env::var("REDIS_URL").unwrap_or_else(|_| "redis://localhost".to_owned());
    functools::redis::install(Redis::new(&url)?);
    if !functools::redis::connected(Duration::from_secs(1)).await {
        println!("no Redis: {:?}", functools::redis::last_error());
    }

    // A miss the first time; `Shared` in a second process within 60 s.
    let (otter, status) = item::with_status(42).await;
    println!("{otter:?}: {status}");
    assert_eq!(item(42).await, otter); // from memory
    // After a write to the database.
    println!("{:?}", item::cache_invalidate(42).await);
    Ok(())
}

#[test]
fn the_example_runs() {
    main().expect("the address is valid");
}
