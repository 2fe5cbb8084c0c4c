//! Who is kept: the entries, their order, and who may read and write them when.
//!
//! Readers read the [`table`] and note in data of their own what they used, see [`reader`]. Writers take
//! all of these notes into the [`order`] first, and then decide. [`stripes`] lets many threads read and one
//! write, [`local`] is the same for one thread alone.

pub(crate) mod local;
pub(crate) mod order;
pub(crate) mod reader;
mod shim;
pub(crate) mod stripes;
pub(crate) mod table;
pub(crate) mod thread;

/// This thread is reading already: it runs `Eq` or `Clone` of an entry, here or of another cache, and must
/// wait neither for itself nor for others.
#[derive(Debug)]
pub struct Inside;

/// Many readers, each with data of its own, or one writer.
pub trait Lock<S, P: 'static, W> {
    /// The private data of all stripes.
    type Privates<'a>: Privates<P>;

    /// A lock that nobody holds.
    fn new(shared: S, writer: W) -> Self;

    /// Reads what is shared, and writes the private data of one stripe, whose number is given. User code
    /// may run in `read`.
    fn read<R>(&self, read: impl FnOnce(&S, &mut P, usize) -> R) -> Result<R, Inside>;

    /// Writes everything. No user code may run in `write`.
    fn write<R>(
        &self,
        write: impl FnOnce(&mut S, &mut W, &mut Self::Privates<'_>) -> R,
    ) -> Result<R, Inside>;
}

/// The private data of all stripes, for a writer.
pub trait Privates<P> {
    /// Visits each.
    fn each(&mut self, visit: impl FnMut(&mut P));

    /// Those of the stripe of this number.
    fn get(&mut self, stripe: usize) -> Option<&mut P>;
}
