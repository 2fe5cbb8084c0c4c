//! The options `maxweight` and `weight`: the weight of an entry and its bound.
//!
//! A function without these options has [`Unweighed`], which does nothing at run time.

/// A bound on the weight of all entries.
#[diagnostic::on_unimplemented(
    message = "`maxweight` must be a `u64`, not `{Self}`",
    label = "not a `u64`",
    note = "write bytes as text, such as `maxweight = \"64MiB\"`, or any expression of type `u64`"
)]
pub trait Maxweight {
    /// Returns the bound.
    fn bound(self) -> u64;
}

#[diagnostic::do_not_recommend]
impl Maxweight for u64 {
    fn bound(self) -> u64 {
        self
    }
}

/// Weighs results `R` before they are stored under keys `K`.
pub trait Weigh<K, R>: Copy + 'static {
    /// Returns the weight of an entry with this result. `with_key` calls a function with the
    /// entry's key, or returns `None` if the result will not be stored.
    fn weigh(self, result: &R, with_key: impl FnOnce(&dyn Fn(&K) -> u64) -> Option<u64>) -> u64;
}

/// Without the option `weight`.
#[derive(Clone, Copy)]
pub struct Unweighed;

impl<K, R> Weigh<K, R> for Unweighed {
    #[inline(always)]
    fn weigh(self, _: &R, _: impl FnOnce(&dyn Fn(&K) -> u64) -> Option<u64>) -> u64 {
        0
    }
}

/// With `weight = |value| ..`.
#[derive(Clone, Copy)]
pub struct ByValue<F>(pub(crate) F);

impl<K, R, F: Fn(&R) -> u64 + Copy + 'static> Weigh<K, R> for ByValue<F> {
    fn weigh(self, result: &R, _: impl FnOnce(&dyn Fn(&K) -> u64) -> Option<u64>) -> u64 {
        (self.0)(result)
    }
}

/// A function that weighs an entry.
pub trait EntryWeight<K, R>: Fn(&K, &R) -> u64 + Copy + Send + 'static {}

impl<K, R, F: Fn(&K, &R) -> u64 + Copy + Send + 'static> EntryWeight<K, R> for F {}

/// With `weight = |key, value| ..`.
#[derive(Clone, Copy)]
pub struct ByEntry<F>(pub(crate) F);

impl<K, R, F: Fn(&K, &R) -> u64 + Copy + 'static> Weigh<K, R> for ByEntry<F> {
    fn weigh(self, result: &R, with_key: impl FnOnce(&dyn Fn(&K) -> u64) -> Option<u64>) -> u64 {
        with_key(&|key| (self.0)(key, result)).unwrap_or(0)
    }
}
