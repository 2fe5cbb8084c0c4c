//! The answers of `source`: the item that encloses a function.

/// The item that encloses a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enclosing {
    /// A module or a function body.
    Module,
    /// An `impl` of a type.
    Impl,
    /// A trait, or an `impl` of one.
    Trait,
    /// An `extern` block.
    ExternBlock,
    /// An `impl` of either kind: an editor does not tell.
    UnknownImpl,
}

/// The code around a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Surroundings {
    pub(crate) enclosing: Enclosing,
    /// Whether it is in the arguments or the definition of a macro, which may move it.
    pub(crate) is_in_macro: bool,
    /// Whether it is in an `impl` without lifetimes and type parameters.
    pub(crate) is_in_plain_impl: bool,
    /// An item before it in the same block that has its name, if both are there under all
    /// conditions.
    pub(crate) namesake: Option<Namesake>,
}

/// An item with the name of a function, which is also the handle's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Namesake {
    /// Another cached function.
    Cached,
    /// A module.
    Module,
    /// A type or a trait.
    Type,
}
