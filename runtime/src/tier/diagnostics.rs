//! The compiler's messages about types that cannot be part of a key in Redis, or stored in it.

use super::checked::{Checked, Unneeded};
use crate::types::diagnostics::{checks, passes};
use crate::types::segment::{DebugText, FloatText, Said, Text};

checks! {
    /// Holds for arguments that can be part of a key in Redis.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be part of a key in Redis",
        label = "needs `Display`",
        note = "`Option` and `Vec` have none: write `{{name:?}}` in the key for what its `Debug` \
                says. If the result does not depend on the argument, leave it out with `skip(..)`"
    )]
    KeySegment

    /// Holds for arguments that can be part of a key in Redis by their `Debug`.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be part of a key in Redis",
        label = "needs `Debug`",
        note = "derive or require it: `#[derive(Debug)]`. If the result does not depend on the \
                argument, leave it out with `skip(..)`"
    )]
    DebugSegment

    /// Holds for parts of arguments that can be part of a key in Redis.
    #[diagnostic::on_unimplemented(
        message = "this value cannot be part of a key in Redis",
        label = "needs `Display`",
        note = "`Option` and `Vec` have none: write `{{name:?}}` in the key for what its `Debug` \
                says. If the result does not depend on the argument, leave it out with `skip(..)`"
    )]
    ValueSegment

    /// Holds for results that can be stored in Redis.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be stored in Redis",
        label = "needs `serde::Serialize` and `serde::Deserialize`, owned",
        note = "derive or require both: `#[derive(serde::Serialize, serde::Deserialize)]`. `Arc` \
                has them with serde's feature `rc`; what borrows, as `&'static str` does, cannot \
                be read back: return a `String`"
    )]
    Serializable

    /// Holds for results that a codec of the user's can write.
    #[diagnostic::on_unimplemented(
        message = "this codec cannot store `{T}`",
        label = "needs `functools::codec::Codec<{T}>`",
        note = "`Json` and `MessagePack` need `serde::Serialize` and `serde::Deserialize`: derive \
                or require both. A codec of yours implements `Codec<{T}>`, or `Codec<T>` for all \
                `T: Serialize + DeserializeOwned`"
    )]
    Encodable
}

passes! {
    [F] FloatText<F>: KeySegment DebugSegment ValueSegment;
    [A: ?Sized] DebugText<'_, A>: DebugSegment;
    [A: ?Sized] Text<'_, A>: KeySegment ValueSegment;
    [] Said: KeySegment DebugSegment ValueSegment;
    [C, S] Checked<C, S>: Serializable Encodable;
    [] Unneeded: Serializable Encodable;
}
