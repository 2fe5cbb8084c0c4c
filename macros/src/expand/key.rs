//! The key as `key = ..` computes it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned as _;

use super::Call;
use crate::function::Argument;
use crate::patterns::{allow_lints, mentions};

impl Call<'_> {
    /// The value of the `key` expression, as arguments are looked up by it. `checked` has it compile
    /// only if it can be a key.
    pub(super) fn args_by_key(&self, expr: &Expr, checked: bool) -> TokenStream {
        let site = Span::mixed_site();
        let key = Ident::new("key", site);
        let at = expr.span();
        let (private, scope) = (self.private(at), self.scope(at));
        let probe = quote_spanned!(at=> #private::probe_key::<#scope, _>(&#key));
        let check = checked.then(|| quote_spanned!(at=> #probe.verdict().key_value().shared();));
        let bound = self.keyed().filter_map(|argument| self.bind_for_key(argument, expr));
        quote_spanned! {site=> {
            #(#bound)*
            let #key = #expr;
            #check
            #probe.argument(#key)
        }}
    }

    /// Statements that bind the names of an argument's pattern that the `key` mentions, as the body
    /// sees them. What is not `Copy` is seen by reference, since the body still needs the argument.
    fn bind_for_key(&self, argument: &Argument, expr: &Expr) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let pattern = argument.pattern.as_ref()?;
        let mentioned = pattern
            .bindings()
            .iter()
            .filter(|binding| mentions(expr.to_token_stream(), &binding.name));
        let mentioned: Vec<_> = mentioned.collect();
        if mentioned.is_empty() {
            return None;
        }
        if argument.reference.is_some() {
            return Some(pattern.bind_behind_reference(&argument.name));
        }
        let bound = pattern.bind_by_reference(&argument.name);
        let (private, allow) = (self.private(site), allow_lints());
        let values = mentioned.iter().filter(|binding| !binding.is_ref).map(|binding| {
            let name = &binding.name;
            quote_spanned!(site=> #allow let #name = #private::bound(#name).value();)
        });
        Some(quote_spanned!(site=> #bound #(#values)*))
    }
}
