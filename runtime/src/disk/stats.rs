//! The statistics of a store; those of its functions are in `base`.

pub use crate::base::stats::FunctionStats;

/// Statistics of this process and a store on disk, since it was installed.
///
/// ```
/// let stats = functools::disk::stats();
/// if !stats.connected {
///     println!("no store: {} calls did without it", stats.bypassed);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Whether calls read from the file now.
    pub connected: bool,
    /// Whether results are stored in the file now: it is open, and is neither full, read-only nor
    /// locked.
    pub stores_now: bool,
    /// How often the file was opened: 1 after the start, and one more each time that it was
    /// replaced, or damaged and begun anew.
    pub connections: u64,
    /// Reads that found a value.
    pub shared_hits: u64,
    /// Reads that found no value.
    pub shared_misses: u64,
    /// Results that were stored.
    pub stores: u64,
    /// Keys that other processes have changed.
    pub invalidations: u64,
    /// Values that were removed to make room.
    pub evictions: u64,
    /// Files that were set aside because they were damaged.
    pub set_aside: u64,
    /// Errors of the file, and values in it that were damaged.
    pub errors: u64,
    /// Queries that timed out.
    pub timeouts: u64,
    /// Found values that the codec cannot read as the function's type, or that are neither text nor
    /// bytes.
    pub undecodable: u64,
    /// Values larger than [`value_cap`](crate::disk::Disk::value_cap), found or to be stored.
    pub too_large: u64,
    /// Results that were not shared, because the codec cannot write them.
    pub unencodable: u64,
    /// Results that were not shared, because the codec cannot read them back.
    pub unreadable: u64,
    /// Results that were not shared, because the codec reads them back as others.
    pub altered: u64,
    /// Calls that did without the file: it was not open, it did not answer, or the removal of their
    /// key was not done.
    pub bypassed: u64,
    /// Removals that are not done yet.
    pub queued: u64,
}
