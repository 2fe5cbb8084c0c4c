//! The path of the crate `functools` in generated code.
//!
//! Without the option `crate` it is `::functools`. A path of the user is imported once, under an
//! alias: rustc then reports a wrong path once, at the user's token, and not the uses of the alias.
//! An `impl` has no place for an import: there each body has it, and signatures have the path.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote_spanned};
use syn::spanned::Spanned as _;

use crate::function::Function;
use crate::options::Options;
use crate::source::Enclosing;

/// Chooses the alias of the crate, if its path is the user's.
pub(crate) fn set_alias(options: &mut Options, function: &Function) {
    let site = Span::mixed_site();
    let alias = |_| format_ident!("__functools_{}", function.bare_name(), span = site);
    options.crate_alias = options.crate_path.as_ref().map(alias);
}

/// The import of the alias, if there is one.
pub(crate) fn emit_alias(options: &Options) -> Option<TokenStream> {
    let (path, alias) = (options.crate_path.as_ref()?, options.crate_alias.as_ref()?);
    let at = path.span();
    // By way of `__private`: a path to another crate fails here as well.
    Some(quote_spanned! {at=>
        #[allow(unused_imports)]
        use #path::__private::functools as #alias;
    })
}

/// The path of the crate for an expression at `at`.
pub(crate) fn emit_root(options: &Options, at: Span) -> TokenStream {
    match &options.crate_alias {
        Some(alias) => {
            let mut alias = alias.clone();
            alias.set_span(at);
            alias.into_token_stream()
        }
        None => quote_spanned!(at=> ::functools),
    }
}

/// Same as [`emit_root`] in the signature of a function of the handle.
pub(crate) fn emit_signature_root(options: &Options, function: &Function) -> TokenStream {
    match &options.crate_path {
        Some(path) if function.enclosing == Enclosing::Impl => path.to_token_stream(),
        _ => emit_root(options, Span::mixed_site()),
    }
}
