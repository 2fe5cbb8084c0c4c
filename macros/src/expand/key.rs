//! The key that a `key` expression computes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Expr, Index};

use super::Expansion;
use crate::argument::Argument;
use crate::handle::KeyType;
use crate::paths::emit_root;
use crate::patterns::emit_allow_lints;
use crate::tokens::mentions_in_text;

impl Expansion<'_> {
    /// The value of the `key` expression as the arguments of a lookup. With `should_check`, it
    /// compiles only if it can be a key.
    pub(super) fn emit_key_args(&self, expr: &Expr, should_check: bool) -> TokenStream {
        let site = Span::mixed_site();
        let key = Ident::new("key", site);
        let bound =
            self.key_arguments().filter_map(|argument| self.emit_key_bindings(argument, expr));
        let args = self.emit_key_parts(expr, &key.to_token_stream(), should_check);
        let ty = self.options.key_type.as_ref().map(|ty| quote_spanned!(site=> : #ty));
        let args = match &ty {
            None => args,
            Some(_) => {
                let named = KeyType::new(self.options, self.function).name;
                let root = emit_root(self.options, site);
                quote_spanned!(site=> #root::requirements::named::<#named, _>(#args))
            }
        };
        quote_spanned! {site=> {
            #(#bound)*
            let #key #ty = #expr;
            #args
        }}
    }

    /// The parts of a key. Those of a tuple are separate, as if each were an argument: so a float,
    /// which has no `Eq`, may be beside other values, and a borrowed value beside an owned one.
    /// `value` is the place of the expression's value.
    fn emit_key_parts(&self, expr: &Expr, value: &TokenStream, should_check: bool) -> TokenStream {
        let site = Span::mixed_site();
        match expr {
            Expr::Paren(paren) => return self.emit_key_parts(&paren.expr, value, should_check),
            Expr::Group(group) => return self.emit_key_parts(&group.expr, value, should_check),
            Expr::Tuple(tuple) if !tuple.elems.is_empty() => {
                let parts = tuple.elems.iter().enumerate().map(|(index, part)| {
                    let index = Index::from(index);
                    let value = quote_spanned!(part.span()=> #value.#index);
                    self.emit_key_parts(part, &value, should_check)
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
        let scope = self.emit_scope(at);
        let probe = quote_spanned!(at=> #scope::probe_key(&#value));
        let argument = quote_spanned!(at=> #probe.argument(#value));
        let ty = quote_spanned!(at=> ());
        if should_check { self.emit_checks(&argument, "KeyValue", &ty, at) } else { argument }
    }

    /// Statements that bind the names of an argument's pattern that the `key` mentions, as in the
    /// body. A value that is not `Copy` is bound by reference: the body needs the argument.
    fn emit_key_bindings(&self, argument: &Argument, expr: &Expr) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let pattern = argument.pattern.as_ref()?;
        let mentioned = pattern
            .bindings()
            .iter()
            .filter(|binding| mentions_in_text(expr.to_token_stream(), &binding.name));
        let mentioned: Vec<_> = mentioned.collect();
        if mentioned.is_empty() {
            return None;
        }
        if argument.reference.is_some() {
            return Some(pattern.emit_bindings_behind_reference(&argument.name));
        }
        let bound = pattern.emit_reference_bindings(&argument.name);
        let (private, allow) = (self.emit_private(site), emit_allow_lints());
        let values = mentioned.iter().filter(|binding| !binding.is_ref).map(|binding| {
            let name = &binding.name;
            quote_spanned!(site=> #allow let #name = #private::bound(#name).value();)
        });
        Some(quote_spanned!(site=> #bound #(#values)*))
    }
}
