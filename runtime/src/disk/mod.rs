//! One cache that outlives the process: its results are in memory and in a file, a database of
//! `SQLite`, which the processes of one machine share.
//!
//! ```
//! use functools::disk::Disk;
//! use functools::lru_cache;
//!
//! #[lru_cache(maxsize = 1024, ttl = "7d", disk = "geocode:{address}")]
//! fn geocode(address: &str) -> Option<(f64, f64)> {
//!     // queries a service
//!     # let _ = address; Some((52.5, 13.4))
//! }
//!
//! # fn main() -> Result<(), functools::disk::DiskError> {
//! # let folder = std::env::temp_dir();
//! // At start-up. Opens the file in the background.
//! functools::disk::install(Disk::open(folder.join("geocode.sqlite"))?);
//! geocode("Berlin"); // the next run of the program finds it in the file
//! # functools::disk::uninstall();
//! # Ok(())
//! # }
//! ```

mod answer;
mod clear;
mod commit;
mod config;
mod file;
mod gate;
mod insertions;
mod job;
mod leases;
mod queue;
mod reader;
mod reading;
mod removals;
mod rows;
mod schema;
mod second_tier;
mod space;
mod stats;
mod store;
mod threads;
mod tier;
mod trouble;
mod watch;
mod writer;

pub use config::{Disk, DiskError};
pub use stats::{FunctionStats, Stats};
pub use tier::Tier;

pub use crate::tier::Invalidation;

use std::time::Duration;

static DEFAULT: Tier = Tier::new();

/// Installs the store used by all functions without `tier = ..`, replacing a previous one.
///
/// Returns immediately: a thread opens the file, and tries again if that fails. Calls that are made
/// before wait for it, for at most the time limit of a query.
///
/// ```
/// use functools::disk::Disk;
///
/// # fn main() -> Result<(), functools::disk::DiskError> {
/// # let folder = std::env::temp_dir();
/// functools::disk::install(Disk::open(folder.join("cache.sqlite"))?);
/// # functools::disk::uninstall();
/// # Ok(())
/// # }
/// ```
pub fn install(disk: Disk) {
    DEFAULT.install(disk);
}

/// Removes the store of [`install`]: see [`Tier::uninstall`].
pub fn uninstall() {
    DEFAULT.uninstall();
}

/// Returns the statistics since [`install`].
#[must_use]
pub fn stats() -> Stats {
    DEFAULT.stats()
}

/// Waits until the file of [`install`] is open and all that was to be written is in it, for at most
/// `within`: see [`Tier::ready`].
///
/// ```
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// // At the end of a program that has invalidated results.
/// if !functools::disk::ready(Duration::from_secs(1)).await {
///     eprintln!("not all is written: {:?}", functools::disk::last_error());
/// }
/// # }
/// ```
pub async fn ready(within: Duration) -> bool {
    DEFAULT.ready(within).await
}

/// Same as [`ready`], but blocks the thread.
#[must_use]
pub fn wait_ready(within: Duration) -> bool {
    DEFAULT.wait_ready(within)
}

/// Returns the last error, for a log: see [`Tier::last_error`].
#[must_use]
pub fn last_error() -> Option<String> {
    DEFAULT.last_error()
}

/// What the attributes expand to.
#[doc(hidden)]
pub mod private {
    /// The tier of functions that name none.
    #[must_use]
    pub const fn default_tier() -> &'static super::Tier {
        &super::DEFAULT
    }
}
