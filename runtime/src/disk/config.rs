//! The settings of a store on disk: its file, its bounds and time limits.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The path and the settings of a store, for [`install`](crate::disk::install). The file is not
/// open yet.
///
/// ```
/// use functools::disk::Disk;
///
/// # fn main() -> Result<(), functools::disk::DiskError> {
/// # let folder = std::env::temp_dir();
/// let disk = Disk::open(folder.join("cache.sqlite"))?.max_bytes(256 << 20);
/// functools::disk::install(disk);
/// # functools::disk::uninstall();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Disk {
    pub(super) path: PathBuf,
    pub(super) timeout: Duration,
    pub(super) value_cap: usize,
    pub(super) max_bytes: u64,
    pub(super) l1_ttl: Duration,
    pub(super) lease: Duration,
    pub(super) poll: Duration,
    pub(super) secret: [u8; 32],
}

/// The longest duration: longer ones would overflow a clock.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The smallest bound of a file: the tables alone take some pages.
const SMALLEST: u64 = 256 << 10;

/// The context from which the keys of hashes are derived: that of `redis`, so that keys are the
/// same.
const CONTEXT: &str = "functools 2026-11-23 keyed hashes of arguments";

impl Disk {
    /// Returns the store in the file at `path`, which is made if there is none. A thread opens it
    /// once it is installed.
    ///
    /// # Errors
    ///
    /// [`DiskError`] if `path` is a directory, or is in none. A file that cannot be opened, or that
    /// is damaged, is not an error: functions are cached in memory alone, and
    /// [`last_error`](crate::disk::last_error) says why.
    pub fn open(path: impl AsRef<Path>) -> Result<Disk, DiskError> {
        let path = path.as_ref();
        let error = |why: &str| Err(DiskError(format!("`{}` {why}", path.display())));
        if path.as_os_str().is_empty() || path.is_dir() {
            return error("is no file: give the path of a file, such as `cache.sqlite`");
        }
        // Not relative: the program may change its directory.
        let Ok(path) = std::path::absolute(path) else {
            return error("has no absolute path: the current directory does not exist");
        };
        if !path.parent().is_some_and(Path::is_dir) {
            return error("is in no directory: create its directory first");
        }
        Ok(Disk {
            path,
            timeout: Duration::from_millis(250),
            value_cap: 1 << 20,
            max_bytes: 1 << 30,
            l1_ttl: Duration::from_secs(5),
            lease: Duration::from_secs(2),
            poll: Duration::from_millis(100),
            secret: blake3::derive_key(CONTEXT, b""),
        })
    }

    /// Sets the time limit of each query. Default: 250 ms. While the file does not answer in time,
    /// calls do without it.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(LONGEST);
        self
    }

    /// Sets the bound of the file, in bytes. Default: 1 GiB; minimum: 256 KiB. Beyond it, the
    /// values that were used least recently are removed. The journal beside the file, some MiB,
    /// does not count.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes.max(SMALLEST);
        self
    }

    /// Sets the largest value, in bytes, that is read or stored. Default: 1 MiB; at most a quarter
    /// of [`max_bytes`](Disk::max_bytes).
    #[must_use]
    pub fn value_cap(mut self, bytes: usize) -> Self {
        self.value_cap = bytes;
        self
    }

    /// Sets how long entries in memory stay valid while this process does not learn of changes by
    /// others, as when the file does not answer. Default: 5 s. The `l1_ttl` of a function takes
    /// precedence, and so does a shorter `ttl`.
    #[must_use]
    pub fn l1_ttl(mut self, l1_ttl: Duration) -> Self {
        self.l1_ttl = l1_ttl;
        self
    }

    /// Sets the length of a lease, and how long other processes wait for its holder before they
    /// compute without one. Default: 2 s; minimum: 10 ms. A holder renews its lease while it
    /// computes, for an hour at most; if its process ends, the lease ends within this time, and one
    /// of the others computes.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.clamp(Duration::from_millis(10), LONGEST);
        self
    }

    /// Sets how often this process looks for invalidations by others. Default: 100 ms; minimum:
    /// 1 ms. A look takes about a microsecond if there are none.
    #[must_use]
    pub fn poll(mut self, every: Duration) -> Self {
        self.poll = every.clamp(Duration::from_millis(1), LONGEST);
        self
    }

    /// Sets the secret that keys the hashes of `{argument:hash}`. All processes that share keys
    /// must use the same one. Without it, anyone who can read the file can test guesses at an
    /// argument.
    #[must_use]
    pub fn key_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.secret = blake3::derive_key(CONTEXT, secret.as_ref());
        self
    }

    /// Returns the largest value that calls read or store.
    pub(super) fn effective_cap(&self) -> usize {
        self.value_cap.min(usize::try_from(self.max_bytes / 4).unwrap_or(usize::MAX))
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk")
            .field("path", &self.path)
            .field("timeout", &self.timeout)
            .field("max_bytes", &self.max_bytes)
            .field("value_cap", &self.value_cap)
            .field("l1_ttl", &self.l1_ttl)
            .field("lease", &self.lease)
            .field("poll", &self.poll)
            .finish_non_exhaustive()
    }
}

/// A path that can be no file. A file that cannot be opened or read is not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskError(String);

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DiskError {}
