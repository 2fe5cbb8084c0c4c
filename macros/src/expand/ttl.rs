//! The expansion of `ttl`: a duration for all results, a function of the result, or a path, whose
//! type decides which of them it is.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::Expr;
use syn::spanned::Spanned as _;

use super::Expansion;
use crate::options::{DurationValue, Ttl};
use crate::paths::emit_root;

impl Expansion<'_> {
    /// The constructor of `Expiry` for this `ttl`, called.
    pub(super) fn emit_with_ttl(&self, ttl: &Ttl, jitter: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let sliding = self.options.expiry.sliding;
        match ttl {
            Ttl::Fixed(ttl) => {
                let ttl = match ttl {
                    DurationValue::Text(..) => self.emit_duration(ttl),
                    DurationValue::Expr(expr) => self.emit_duration_of(expr, "DurationTtl"),
                };
                quote_spanned!(site=> new(#ttl, #jitter, #sliding))
            }
            Ttl::OfResult(_) => quote_spanned!(site=> of_results(#jitter)),
            Ttl::Path(path) if sliding => {
                let (at, root) = (path.span(), emit_root(self.options, path.span()));
                let ttl = quote_spanned!(at=> #root::options::FixedTtl::duration(#path));
                quote_spanned!(site=> new(#ttl, #jitter, #sliding))
            }
            Ttl::Path(path) => {
                let (at, private) = (path.span(), self.emit_private(path.span()));
                let ttl = quote_spanned!(at=> #private::fixed_ttl(&#path).ttl());
                quote_spanned!(site=> by_type(#ttl, #jitter))
            }
        }
    }

    /// Whether to keep the variable `result`, and for how long, if the `ttl` may depend on it.
    pub(super) fn emit_result_ttl(&self) -> Option<TokenStream> {
        match self.options.expiry.ttl.as_ref()? {
            Ttl::Fixed(_) => None,
            // Then it is a duration.
            Ttl::Path(_) if self.options.expiry.sliding => None,
            Ttl::Path(path) => Some(self.emit_ttl_of_path(path)),
            Ttl::OfResult(closure) => Some(self.emit_ttl_of_closure(closure)),
        }
    }

    fn emit_ttl_of_closure(&self, closure: &Expr) -> TokenStream {
        let (at, output) = (closure.span(), &self.output);
        let result = Ident::new("result", Span::mixed_site());
        // Through a `dyn`, like `cache_if`.
        let ttl = quote_spanned! {at=>
            {
                let ttl: &dyn ::core::ops::Fn(&#output) -> _ = &#closure;
                ttl(#result)
            }
        };
        self.emit_keep(&ttl, at)
    }

    fn emit_ttl_of_path(&self, path: &Expr) -> TokenStream {
        let (at, output) = (path.span(), &self.output);
        let (root, private) = (emit_root(self.options, at), self.emit_private(at));
        let result = Ident::new("result", Span::mixed_site());
        let ttl = quote_spanned!(at=> #private::ttl_by_type::<#output, _>(&#path).ttl());
        let ttl = quote_spanned!(at=> #root::options::Ttl::<#output>::of(#ttl, #result));
        self.emit_keep(&ttl, at)
    }

    /// A `Keep` of the ttl of a result.
    fn emit_keep(&self, ttl: &TokenStream, at: Span) -> TokenStream {
        let (root, private) = (emit_root(self.options, at), self.emit_private(at));
        quote_spanned! {at=> {
            let ttl = #ttl;
            #root::options::ResultTtl::keep(#private::result_ttl(ttl).value())
        }}
    }
}
