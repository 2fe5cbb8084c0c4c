//! The expansion of a checked function: the function as it is called, and its handle.
//!
//! Relies on `check`: what could be wrong has been reported, and nothing here fails. `snapshots/`
//! has the expansions of typical functions; the page `expansion` of the guide explains each part.
//!
//! Paths begin with `::` and local names are hygienic, but for `__arg0` and its kind in
//! `requirements`. Tokens about a type carry its span, so that rustc reports an error about it
//! there.

mod background;
mod call;
mod entry;
mod inline;
mod key;
mod operation;
mod parts;
mod redis;
mod requirements;
mod spec;
mod ttl;
mod weights;
mod wrapper;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::function::Function;
use crate::handle::{Handle, Operation};
use crate::options::{Options, Scope};
use crate::paths::{emit_alias, emit_root, emit_signature_root};
use crate::source::Enclosing;

/// Expands one use of the attribute.
pub(crate) fn expand(options: &Options, function: &Function) -> TokenStream {
    let output = function.emit_output();
    let expansion = Expansion { options, function, output };
    let handle = Handle::new(options, function);
    let parts = match &handle {
        Some(handle) => expansion.parts_in_handle(handle),
        None => expansion.parts_in_function(),
    };
    let wrapper = expansion.emit_wrapper(&parts);
    let functions = handle.as_ref().map(|handle| {
        let accessors = expansion.emit_accessors(handle, &parts);
        handle.expand(&accessors, |operation| {
            // Its keys in Redis would have to go, too.
            let is_left_out = operation == Operation::Retain && options.redis.is_some();
            (!is_left_out).then(|| expansion.emit_operation(operation, handle, &parts))
        })
    });
    quote!(#wrapper #functions)
}

/// A function and its options, from which each piece of the expansion is made.
struct Expansion<'a> {
    options: &'a Options,
    function: &'a Function,
    /// The return type.
    output: TokenStream,
}

impl Expansion<'_> {
    /// The path of the runtime's hidden items, in an expression at `at`.
    fn emit_private(&self, at: Span) -> TokenStream {
        let root = emit_root(self.options, at);
        quote_spanned!(at=> #root::__private)
    }

    /// Same as [`Expansion::emit_private`] in the signature of an accessor.
    fn emit_signature_private(&self) -> TokenStream {
        let root = emit_signature_root(self.options, self.function);
        quote_spanned!(Span::mixed_site()=> #root::__private)
    }

    /// The import of the crate's alias at the beginning of a body, if it is not beside the handle.
    fn emit_alias_in_body(&self, handle: Option<&Handle<'_>>) -> Option<TokenStream> {
        let is_beside_handle = handle.is_some() && self.function.enclosing == Enclosing::Module;
        if is_beside_handle { None } else { emit_alias(self.options) }
    }

    /// The type that stands for the scope of the cache.
    fn emit_scope(&self, at: Span) -> TokenStream {
        let private = self.emit_private(at);
        match self.options.scope {
            Scope::Process => quote_spanned!(at=> #private::Process),
            Scope::Thread => quote_spanned!(at=> #private::Thread),
        }
    }

    fn is_async(&self) -> bool {
        self.function.sig.asyncness.is_some()
    }

    /// Whether the function is async and has a second tier, so that its cache has more to await.
    fn is_shared_async(&self) -> bool {
        self.options.redis.is_some() && self.is_async()
    }

    /// Whether entries have deadlines, so that a hit reads the clock.
    fn has_deadlines(&self) -> bool {
        self.options.expiry.ttl.is_some() || self.options.redis.is_some()
    }

    fn maybe_await(&self, at: Span) -> Option<TokenStream> {
        self.is_async().then(|| quote_spanned!(at=> .await))
    }

    /// A call of a function that is unsafe if the user's is.
    fn maybe_unsafe(&self, call: TokenStream) -> TokenStream {
        match self.function.sig.safety {
            syn::Safety::Unsafe(_) => quote_spanned!(Span::mixed_site()=> unsafe { #call }),
            _ => call,
        }
    }
}
