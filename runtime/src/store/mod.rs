//! The engine: who is kept, in which order, and who may read and write it when.
//!
//! Readers read the [`table`] and note in data of their own what they used, see [`notes`]. Writers take
//! all of these notes into the [`order`] first, and then decide. [`stripes`] lets many threads read and one
//! write, [`local`] is the same for one thread alone.
//!
//! The one module with unsafe code, in [`stripes`] and [`shortcut`].

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub(crate) mod compared;
pub(crate) mod counts;
mod expired;
pub(crate) mod index;
pub(crate) mod local;
pub(crate) mod notes;
pub(crate) mod order;
mod shim;
pub(crate) mod shortcut;
pub(crate) mod slot;
pub(crate) mod stripes;
pub(crate) mod table;
pub(crate) mod thread;

/// This thread is reading already: it runs `Eq` or `Clone` of an entry, here or of another cache, and must
/// wait neither for itself nor for others.
#[derive(Debug)]
pub struct Inside;

/// Many readers, each with data of its own, or one writer.
pub trait Lock<S, P: 'static> {
    /// A thread that reads.
    type Reader<'a>: Reader<S, P>
    where
        Self: 'a;

    /// The private data of all stripes in use.
    type Privates<'a>: Privates<P>;

    /// A lock that nobody holds.
    fn new(shared: S) -> Self;

    /// Begins to read, if that is simple.
    fn enter(&self) -> Option<Self::Reader<'_>>;

    /// Likewise, if it may be that no other thread's stripe is in use.
    fn enter_alone(&self) -> Option<Self::Reader<'_>>;

    /// Begins to read, simple or not.
    fn enter_slowly(&self) -> Result<Self::Reader<'_>, Inside>;

    /// Reads.
    fn read<R>(&self, read: impl FnOnce(&S) -> R) -> Result<R, Inside> {
        Ok(read(self.enter_slowly()?.parts().0))
    }

    /// Writes everything. No user code may run in `write`. Private data of stripes that are not in use is
    /// as the last write left it.
    fn write<R>(
        &self,
        write: impl FnOnce(&mut S, &mut Self::Privates<'_>) -> R,
    ) -> Result<R, Inside>;

    /// All tallies, by whoever may read or write, or wants a rough idea.
    fn tallies(&self, visit: impl FnMut(&Tally));
}

/// While it lives, the thread reads. User code may run.
pub trait Reader<S, P> {
    /// What is shared, to be read, and the private data and the tally of one stripe, to be written.
    fn parts(&mut self) -> (&S, &mut P, &Tally);

    /// Everything, to be written, if no other thread's stripe is in use. No user code may run then.
    fn alone(&mut self) -> Option<(&mut S, &mut P)>;

    /// Same as dropping it, which the compiler does by a call.
    fn leave(self);
}

/// The private data of all stripes in use, for a writer.
pub trait Privates<P> {
    /// Visits each.
    fn each(&mut self, act: impl FnMut(&mut P));
}

/// How many calls a stripe has answered. Only its holder counts.
#[derive(Default)]
pub struct Tally {
    hits: AtomicU64,
    misses: AtomicU64,
}

impl Tally {
    #[inline]
    pub(crate) fn hit(&self) {
        self.hits.store(self.hits.load(Relaxed) + 1, Relaxed);
    }

    #[inline]
    pub(crate) fn miss(&self) {
        self.misses.store(self.misses.load(Relaxed) + 1, Relaxed);
    }

    /// Hits and misses.
    pub(crate) fn both(&self) -> (u64, u64) {
        (self.hits.load(Relaxed), self.misses.load(Relaxed))
    }

    /// By a writer.
    pub(crate) fn reset(&self) {
        self.hits.store(0, Relaxed);
        self.misses.store(0, Relaxed);
    }
}
