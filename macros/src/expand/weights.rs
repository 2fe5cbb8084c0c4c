//! The expansion of `maxweight`, `weight` and `policy`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Expr, ExprClosure, Pat, ReturnType};

use super::Expansion;
use crate::handle::{Accessor, Handle};
use crate::options::Maxweight;
use crate::paths::emit_root;

impl Expansion<'_> {
    /// The `maxweight` option as a `u64`.
    pub(super) fn emit_maxweight(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        Some(match self.options.weights.maxweight.as_ref()? {
            Maxweight::Literal(bound) => quote_spanned!(site=> #bound),
            Maxweight::Expr(expr) => {
                let at = expr.span();
                let root = emit_root(self.options, at);
                // Two statements: then rustc reports an error about the expression, not a call.
                quote_spanned!(at=> { let value = #expr; #root::options::Maxweight::bound(value) })
            }
        })
    }

    /// The method call for `policy`, if it is not the default.
    pub(super) fn emit_policy(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let private = self.emit_private(site);
        self.options.adaptive().map(|_| quote_spanned!(site=> .policy(#private::Policy::Adaptive)))
    }

    /// The method call that weighs an entry. With a handle it calls the accessor `__weight`, unless
    /// the weight depends on the key.
    pub(super) fn emit_weigher(&self, handle: Option<&Handle<'_>>) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let weight = self.options.weights.weight.as_ref()?;
        let value = Ident::new("value", site);
        if let Some(closure) = as_closure_of_key(weight) {
            let key = Ident::new("key", site);
            let body = emit_inlined(closure, [&key, &value]);
            return Some(quote_spanned!(site=> .weighed(|#key, #value| #body)));
        }
        let weight = match handle {
            Some(handle) => {
                let path = handle.emit_accessor_path(Accessor::Weight, site);
                quote_spanned!(site=> #path(#value))
            }
            None => self.emit_weight_call(weight, &value),
        };
        Some(quote_spanned!(site=> .weighed_by_value(|#value| #weight)))
    }

    /// The accessor `__weight`, if the weight depends on the result alone.
    pub(super) fn emit_weight_accessor(&self, handle: &Handle<'_>) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let weight = self.options.weights.weight.as_ref()?;
        if as_closure_of_key(weight).is_some() {
            return None;
        }
        let (value, output) = (Ident::new("value", site), &self.output);
        let signature = handle.emit_accessor(
            Accessor::Weight,
            &quote_spanned!(site=> #value: &#output),
            &quote_spanned!(site=> ::core::primitive::u64),
        );
        let body = self.emit_weight_call(weight, &value);
        Some(quote_spanned!(site=> #signature #body))
    }

    /// The weight of the variable `value`, a reference to a result.
    fn emit_weight_call(&self, weight: &Expr, value: &Ident) -> TokenStream {
        let (at, output) = (weight.span(), &self.output);
        // Through a `dyn`, like `cache_if`.
        quote_spanned! {at=>
            {
                let weight: &dyn ::core::ops::Fn(&#output) -> ::core::primitive::u64 = &#weight;
                weight(#value)
            }
        }
    }

    /// Whether the weight is computed in `__entry`, where it must not see the arguments.
    pub(super) fn is_weighed_in_entry(&self) -> bool {
        self.options.weights.weight.as_ref().and_then(as_closure_of_key).is_some()
    }
}

/// The weight, if it is a closure of the key and the result.
fn as_closure_of_key(weight: &Expr) -> Option<&ExprClosure> {
    match weight {
        Expr::Closure(closure) if closure.inputs.len() == 2 => Some(closure),
        _ => None,
    }
}

/// The body of a closure with its parameters bound to variables. Their types are inferred in the
/// runtime: a closure with other types would be an error about the runtime.
fn emit_inlined(closure: &ExprClosure, arguments: [&Ident; 2]) -> TokenStream {
    let site = Span::mixed_site();
    let bound = closure.inputs.iter().zip(arguments).map(|(parameter, argument)| {
        let at = match parameter {
            Pat::Type(typed) => typed.ty.span(),
            pat => pat.span(),
        };
        let argument = Ident::new(&argument.to_string(), argument.span().located_at(at));
        quote_spanned!(site=> let #parameter = #argument;)
    });
    let body = &closure.body;
    match &closure.output {
        ReturnType::Default => quote_spanned!(site=> { #(#bound)* #body }),
        ReturnType::Type(_, ty) => {
            let weight = Ident::new("weight", site.located_at(ty.span()));
            let ty = ty.to_token_stream();
            quote_spanned!(site=> { #(#bound)* let #weight: #ty = #body; #weight })
        }
    }
}
