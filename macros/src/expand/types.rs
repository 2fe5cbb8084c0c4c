//! What the expansion asks of argument and return types: how they take part in a key, how they are cached, and
//! whether they can be.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::Call;
use crate::function::Argument;

impl<'a> Call<'a> {
    /// Asks how the return type is cached.
    pub(super) fn returns(&self, at: Span) -> TokenStream {
        let (private, scope, output) = (self.private(at), self.scope(at), &self.output);
        if self.options.cache_err {
            quote_spanned!(at=> #private::returns_whole::<#scope, #output>())
        } else {
            quote_spanned!(at=> #private::returns::<#scope, #output>())
        }
    }

    /// Where errors about the return type belong.
    pub(super) fn at_output(&self) -> Span {
        match &self.function.sig.output {
            syn::ReturnType::Default => Span::mixed_site(),
            syn::ReturnType::Type(_, ty) => ty.span(),
        }
    }

    /// How the result is cached.
    pub(super) fn outcome(&self) -> TokenStream {
        let site = Span::mixed_site();
        let returns = self.returns(site.located_at(self.at_output()));
        quote_spanned!(site=> #returns.outcome())
    }

    /// The arguments that make the key.
    pub(super) fn keyed(&self) -> impl DoubleEndedIterator<Item = &'a Argument> {
        let options = self.options;
        self.function.arguments.iter().filter(move |argument| !options.skips(argument))
    }

    /// The borrowed arguments: `(first, (second, ()))`, or the value of the `key` expression.
    pub(super) fn args(&self, checked: bool) -> TokenStream {
        let site = Span::mixed_site();
        if let Some(expr) = &self.options.key {
            return self.args_by_key(expr, checked);
        }
        self.keyed().rev().fold(quote_spanned!(site=> ()), |rest, argument| {
            let probe = self.probe(argument, site.located_at(self.at_argument(argument)));
            quote_spanned!(site=> (#probe.argument(), #rest))
        })
    }

    /// Where errors about an argument as part of the key belong.
    pub(super) fn at_argument(&self, argument: &Argument) -> Span {
        let is_part = self.options.redis.is_some() && argument.is_part();
        if is_part { argument.name.span() } else { argument.ty.span() }
    }

    /// Asks how an argument takes part in the key.
    fn probe(&self, argument: &Argument, at: Span) -> TokenStream {
        let (private, scope) = (self.private(at), self.scope(at));
        // What Redis keeps a result by, memory does, too: what the template names.
        let borrowed = match self.options.redis {
            Some(_) => argument.borrowed_part(at),
            None => argument.borrowed(at),
        };
        quote_spanned!(at=> #private::probe::<#scope, _>(#borrowed))
    }

    /// Statements that compile only if the argument and return types can be cached.
    pub(super) fn checks(&self) -> TokenStream {
        let site = Span::mixed_site();
        let arguments = self.keyed().filter(|_| self.options.key.is_none()).map(|argument| {
            let at = self.at_argument(argument);
            let probe = self.probe(argument, at);
            quote_spanned!(at=> #probe.verdict().key_argument().shared();)
        });
        let at = self.at_output();
        let returns = self.returns(at);
        let output = quote_spanned!(at=> #returns.verdict().cached().shared(););
        let fallible = self.options.expiry.stale_on_error.as_ref().map(|(name, _)| {
            let (private, output) = (self.private(name.span()), &self.output);
            quote_spanned!(name.span()=> #private::fallible::<#output>().verdict().fails();)
        });
        let shared = self.shared_checks();
        quote_spanned!(site=> if false { #(#arguments)* #output #fallible #shared })
    }
}
