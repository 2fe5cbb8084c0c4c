//! [`Job`], what calls give the thread that writes to do, and [`Read`], to the one that reads.

use super::answer::Promise;
use super::removals::ClearOf;
use crate::tier::{Acquired, Found, OnValue, Stored, Then};

/// Values to read.
pub(super) struct Read {
    pub(super) keys: Vec<Box<str>>,
    pub(super) promise: Promise<Vec<Found>>,
}

/// A value to store or to insert, and for how many milliseconds.
pub(super) struct NewRow {
    pub(super) bytes: Option<Box<[u8]>>,
    pub(super) ttl: Option<u64>,
}

/// A key with the token of its lease.
pub(super) struct LeaseOf {
    pub(super) key: Box<str>,
    pub(super) token: Box<str>,
}

/// What the thread that writes does, in this order.
pub(super) enum Job {
    /// Reads after what was inserted before.
    Read(Read),
    Acquire(LeaseOf, OnValue, Promise<Acquired>),
    TakeOver(LeaseOf, Promise<()>),
    Renew(Vec<(String, String)>),
    Release(LeaseOf),
    Store(LeaseOf, NewRow, Promise<Stored>),
    /// With the hash of the key.
    Insert(Box<str>, u64, NewRow, Then<bool>),
    /// With the numbers of the removals.
    Remove(Vec<(Box<str>, u64)>, Option<Promise<()>>),
    Clear(Clear),
    /// Answers when all before it is in the file.
    Flush(Promise<()>),
}

impl Job {
    /// Whether it may succeed although there is no room for a value.
    pub(super) fn only_removes(&self) -> bool {
        matches!(self, Job::Release(_) | Job::Remove(..) | Job::Clear(_) | Job::Flush(_))
    }

    /// Whether there is nothing left to do: its caller has gone.
    pub(super) fn is_moot(&self) -> bool {
        match self {
            Job::Read(read) => !read.promise.is_awaited(),
            Job::Acquire(_, _, promise) => !promise.is_awaited(),
            _ => false,
        }
    }
}

/// The removal of all keys of a function, some in each transaction.
pub(super) struct Clear {
    pub(super) of: ClearOf,
    pub(super) stage: ClearStage,
    pub(super) promise: Option<Promise<()>>,
}

/// How far a clear has come.
#[derive(Clone)]
pub(super) enum ClearStage {
    /// It revokes leases, from this key on.
    Leases(String),
    /// It removes values, from this key on.
    Values(String),
    Done,
}
