//! The scopes of a cache, and which types a cache of each scope can hold.

/// `scope = "process"`: one cache for all threads.
pub enum Process {}

/// `scope = "thread"`: a cache for each thread.
pub enum Thread {}

/// A type that a cache of scope `S` can hold: an owned type, and for [`Process`] one that threads
/// can share.
pub trait StorableIn<S>: Sized + 'static {}

impl<T: Send + Sync + 'static> StorableIn<Process> for T {}

impl<T: 'static> StorableIn<Thread> for T {}
