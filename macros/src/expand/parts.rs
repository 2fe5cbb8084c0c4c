//! The paths of a call's cache, predicate and body. With a handle they are functions of
//! the handle; without one they are in the function itself (`inline`). A call is the same for both.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::Expansion;
use crate::handle::{Accessor, Handle, Operation};

/// The expressions that a call uses.
pub(super) struct CallParts<'a> {
    /// `None` if the function has no handle.
    pub(super) handle: Option<&'a Handle<'a>>,
    /// Items and statements before the call, which the other parts use.
    pub(super) setup: TokenStream,
    pub(super) cache: TokenStream,
    /// The predicate that decides whether a result is stored; `None` if all are.
    pub(super) cache_if: Option<TokenStream>,
    /// A call of the body.
    pub(super) body: TokenStream,
}

impl Expansion<'_> {
    pub(super) fn parts_in_handle<'h>(&self, handle: &'h Handle<'h>) -> CallParts<'h> {
        let site = Span::mixed_site();
        let body = handle.emit_path(Operation::Uncached, site);
        let names = self.function.arguments.iter().map(|argument| &argument.name);
        let cache = handle.emit_accessor_path(Accessor::Cache, site);
        let cache_if = self.emit_condition();
        CallParts {
            handle: Some(handle),
            setup: TokenStream::new(),
            cache: quote_spanned!(site=> #cache()),
            cache_if: cache_if.map(|_| handle.emit_accessor_path(Accessor::CacheIf, site)),
            body: self.maybe_unsafe(quote_spanned!(site=> #body(#(#names),*))),
        }
    }
}
