//! [`Maxsize`], the types of the option `maxsize`.

/// A bound on the number of entries: a `usize`, or `None` for no bound.
#[diagnostic::on_unimplemented(
    message = "`maxsize` must be a `usize` or `None`, not `{Self}`",
    label = "not a `usize` or `None`",
    note = "write `maxsize = 128`, `maxsize = None` for no bound, or any expression of type \
            `usize` or `Option<usize>`"
)]
pub trait Maxsize {
    /// Returns the bound.
    fn bound(self) -> Option<usize>;
}

#[diagnostic::do_not_recommend]
impl Maxsize for usize {
    fn bound(self) -> Option<usize> {
        Some(self)
    }
}

#[diagnostic::do_not_recommend]
impl Maxsize for Option<usize> {
    fn bound(self) -> Option<usize> {
        self
    }
}
