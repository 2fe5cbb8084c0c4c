//! One cache shared by processes, machines and languages: results are kept in memory and in Redis.
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
//!     // asks a database
//!     # Item { name: format!("item {item_id}") }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), functools::redis::RedisError> {
//! functools::redis::install(Redis::new("redis://localhost")?); // at start-up; connects by itself, later
//! get_item(42).await;
//! get_item::cache_invalidate(42).await;
//! # Ok(())
//! # }
//! ```

mod call;
mod command;
mod config;
mod digest;
mod function;
mod index;
mod link;
mod member;
mod queue;
mod reader;
mod sharing;
mod stats;
mod storing;
mod supervisor;
mod template;
mod tier;
mod value;

pub use config::{Redis, RedisError};
pub use function::Invalidation;
pub use stats::{FunctionStats, Stats};
pub use tier::Tier;

use std::time::Duration;

static DEFAULT: Tier = Tier::new();

/// Shares the results of all functions that name no tier through this Redis from now on, in place of another that was installed.
/// Returns at once: a thread connects, and again whenever that is lost. Until it has, functions are cached in memory alone.
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

/// What has happened since [`install`].
#[must_use]
pub fn stats() -> Stats {
    DEFAULT.stats()
}

/// Waits until functions share through the Redis of [`install`], for at most so long: see [`Tier::connected`].
///
/// ```
/// use std::time::Duration;
/// use functools::redis::Redis;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), functools::redis::RedisError> {
/// functools::redis::install(Redis::new("redis://localhost")?);
/// if !functools::redis::connected(Duration::from_millis(100)).await {
///     eprintln!("for now without Redis: {:?}", functools::redis::last_error());
/// }
/// # Ok(())
/// # }
/// ```
pub async fn connected(within: Duration) -> bool {
    DEFAULT.connected(within).await
}

/// As [`connected`], of a thread, which blocks.
#[must_use]
pub fn wait_connected(within: Duration) -> bool {
    DEFAULT.wait_connected(within)
}

/// What went wrong last, in words for a log: see [`Tier::last_error`].
#[must_use]
pub fn last_error() -> Option<String> {
    DEFAULT.last_error()
}

/// What the attributes expand to.
#[doc(hidden)]
pub mod private {
    pub use super::function::Shared;
    pub use super::member::Member;
    pub use super::template::{
        DebugText, FloatText, InMemory, KeyWriter, Part, Said, Text, Unwritable, debug_segment,
        segment,
    };
    pub use super::value::{Json, NoCodec, Unneeded, Unshared, codec, encode_unchanged};

    /// The tier of functions that name none.
    #[must_use]
    pub const fn default_tier() -> &'static super::Tier {
        &super::DEFAULT
    }
}
