//! The key as `key = ..` computes it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Expr, Index};

use super::Call;
use crate::function::Argument;
use crate::patterns::{allow_lints, mentions};

impl Call<'_> {
    /// The value of the `key` expression, as arguments are looked up by it. With `checked`, it
    /// compiles only if it can be a key.
    pub(super) fn args_by_key(&self, expr: &Expr, checked: bool) -> TokenStream {
        let site = Span::mixed_site();
        let key = Ident::new("key", site);
        let bound = self.keyed().filter_map(|argument| self.bind_for_key(argument, expr));
        let args = self.parts_of_key(expr, &key.to_token_stream(), checked);
        quote_spanned! {site=> {
            #(#bound)*
            let #key = #expr;
            #args
        }}
    }

    /// The parts of a key: those of a tuple one by one, as if each were an argument. So a float may
    /// stand beside what has `Eq`, and what is borrowed beside what is owned. `value` is where the
    /// value of the expression is.
    fn parts_of_key(&self, expr: &Expr, value: &TokenStream, checked: bool) -> TokenStream {
        let site = Span::mixed_site();
        match expr {
            Expr::Paren(paren) => return self.parts_of_key(&paren.expr, value, checked),
            Expr::Group(group) => return self.parts_of_key(&group.expr, value, checked),
            Expr::Tuple(tuple) if !tuple.elems.is_empty() => {
                let parts = tuple.elems.iter().enumerate().map(|(index, part)| {
                    let index = Index::from(index);
                    let value = quote_spanned!(part.span()=> #value.#index);
                    self.parts_of_key(part, &value, checked)
                });
                let parts: Vec<_> = parts.collect();
                return parts.into_iter().rev().fold(
                    quote_spanned!(site=> ()),
                    |rest, part| quote_spanned!(site=> (#part, #rest)),
                );
            }
            _ => (),
        }
        let at = expr.span();
        let scope = self.scope(at);
        let probe = quote_spanned!(at=> #scope::probe_key(&#value));
        let argument = quote_spanned!(at=> #probe.argument(#value));
        let ty = quote_spanned!(at=> ());
        if checked { self.emit_checked(&argument, "KeyValue", &ty, at) } else { argument }
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
