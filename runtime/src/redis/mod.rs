//! One cache for processes, machines and languages: its results are in memory and in Redis.
//!
//! ```
//! use functools::lru_cache;
//! use functools::redis::Redis;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Serialize, Deserialize)]
//! struct Item { name: String }
//!
//! #[lru_cache(maxsize = 1024, ttl = "60s", redis = "item:{item_id}")]
//! async fn get_item(item_id: u64) -> Item {
//!     // queries a database
//!     # Item { name: format!("item {item_id}") }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), functools::redis::RedisError> {
//! // At start-up. Connects in the background.
//! functools::redis::install(Redis::new("redis://localhost")?);
//! get_item(42).await;
//! get_item::cache_invalidate(42).await;
//! # Ok(())
//! # }
//! ```

mod clear;
mod cluster;
mod command;
mod config;
mod connection;
mod error_text;
mod hash_slot;
mod link;
mod names;
mod node_task;
mod probe;
mod probe_query;
mod replay;
mod reply;
mod script;
mod second_tier;
mod server;
mod stats;
mod status;
mod supervisor;
mod tag_command;
mod tags;
mod tier;
mod topology;
mod tracking;

pub use config::{Redis, RedisError};
pub use stats::{FunctionStats, Stats};
pub use status::{Level, NodeStatus, Status};
pub use tier::Tier;

pub use crate::base::invalidation::Invalidation;

use std::time::Duration;

static DEFAULT: Tier = Tier::new();

/// Installs the Redis used by all functions without `tier = ..`, replacing a previous one.
///
/// A thread connects, and reconnects whenever the connection is lost. Until it is connected,
/// functions are cached in memory only.
///
/// # Cost
/// Starts one thread, and returns without waiting for the connection.
///
/// ```
/// use functools::redis::Redis;
///
/// # fn main() -> Result<(), functools::redis::RedisError> {
/// functools::redis::install(Redis::new("redis://localhost")?);
/// # Ok(())
/// # }
/// ```
pub fn install(redis: Redis) {
    DEFAULT.install(redis);
}

/// Returns the statistics since [`install`].
///
/// # Cost
/// Reads counters of this process; no round trip.
#[must_use]
pub fn stats() -> Stats {
    DEFAULT.stats()
}

/// Returns the rights that the Redis of [`install`] currently grants this process: see [`Level`].
///
/// # Cost
/// Reads the state of the connection; no round trip.
#[must_use]
pub fn status() -> Status {
    DEFAULT.status()
}

/// Waits until the Redis of [`install`] is connected and its queue is empty, for at most `within`:
/// see [`Tier::connected`].
///
/// ```
/// use std::time::Duration;
/// use functools::redis::Redis;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), functools::redis::RedisError> {
/// functools::redis::install(Redis::new("redis://localhost")?);
/// if !functools::redis::connected(Duration::from_millis(100)).await {
///     eprintln!("no Redis yet: {:?}", functools::redis::last_error());
/// }
/// # Ok(())
/// # }
/// ```
pub async fn connected(within: Duration) -> bool {
    DEFAULT.connected(within).await
}

/// Same as [`connected`], but blocks the thread.
#[must_use]
pub fn wait_connected(within: Duration) -> bool {
    DEFAULT.wait_connected(within)
}

/// Returns the last error, for a log: see [`Tier::last_error`].
#[must_use]
pub fn last_error() -> Option<String> {
    DEFAULT.last_error()
}

/// The items that expansions name.
#[doc(hidden)]
pub mod private {
    /// The tier of functions that name none.
    #[must_use]
    pub const fn default_tier() -> &'static super::Tier {
        &super::DEFAULT
    }
}
