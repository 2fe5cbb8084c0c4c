//! Python's `functools.lru_cache`, for Rust.

mod args;
mod cache;
mod check;
mod flight;
mod info;
mod instance;
mod ladder;
mod maxsize;
mod outcome;
mod per_type;
mod registry;
mod scope;
mod store;
mod total;

pub use functools_macros::{cache, lru_cache};
pub use info::{CacheInfo, CacheParameters, CacheStatus};
pub use registry::{CacheRef, Caches, caches, clear_all};

/// What the attributes expand to. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::args::{probe, probe_key};
    pub use crate::check::Verdict;
    pub use crate::info::CacheStatus;
    pub use crate::instance::{Cached, Miss, Spec, method_name, process_cache, thread_cache};
    pub use crate::maxsize::maxsize;
    pub use crate::outcome::{nothing, predicate, returns, returns_whole};
    pub use crate::per_type::PerType;
    pub use crate::scope::{Process, Thread};
}
