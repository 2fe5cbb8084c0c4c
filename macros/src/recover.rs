//! What is emitted beside the errors: the function as it was written, and a handle that
//! type-checks, so that no use of either is a second error.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::check::has_name;
use crate::expand::root;
use crate::function::Function;
use crate::handle::Handle;
use crate::options::Options;

/// The function without a cache.
pub(crate) fn recover(options: &Options, function: &Function) -> TokenStream {
    let item = function.written();
    let root = root(options, Span::mixed_site());
    let Some(handle) = Handle::new(options, function, &root) else { return item };
    let site = Span::mixed_site();
    let nameable = has_name(function);
    let stubs = handle.render(
        |_, _, _| TokenStream::new(),
        |operation| {
            (nameable || !operation.mentions_output())
                .then(|| quote_spanned!(site=> { #![allow(unused)] ::core::unimplemented!() }))
        },
    );
    let stubs = function.sig.variadic.is_none().then_some(stubs);
    quote!(#item #stubs)
}
