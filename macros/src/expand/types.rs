//! What the expansion asks of argument and return types: how they take part in a key, how they are cached, and
//! whether they can be.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::spanned::Spanned as _;

use super::{Call, root};
use crate::function::Argument;
use crate::generics::stored;
use crate::options::Scope;

impl<'a> Call<'a> {
    /// Where errors about the return type belong.
    pub(super) fn at_output(&self) -> Span {
        match &self.function.sig.output {
            syn::ReturnType::Default => Span::mixed_site(),
            syn::ReturnType::Type(_, ty) => ty.span(),
        }
    }

    /// The arguments that make the key.
    pub(super) fn keyed(&self) -> impl DoubleEndedIterator<Item = &'a Argument> {
        let options = self.options;
        self.function.arguments.iter().filter(move |argument| !options.skips(argument))
    }

    /// The borrowed arguments: `(first, (second, ()))`, or the value of the `key` expression. If it
    /// is `checked`, it compiles only if they can be a key.
    pub(super) fn args(&self, checked: bool) -> TokenStream {
        let site = Span::mixed_site();
        if let Some(expr) = &self.options.key {
            return self.args_by_key(expr, checked);
        }
        self.keyed().rev().fold(quote_spanned!(site=> ()), |rest, argument| {
            let at = self.at_argument(argument);
            let argument = self.argument_of_key(argument, checked, at);
            quote_spanned!(site=> (#argument, #rest))
        })
    }

    /// Where errors about an argument as part of the key belong.
    pub(super) fn at_argument(&self, argument: &Argument) -> Span {
        let is_part = self.options.redis.is_some() && argument.is_part();
        if is_part { argument.name.span() } else { argument.ty.span() }
    }

    /// How an argument takes part in the key.
    fn argument_of_key(&self, argument: &Argument, checked: bool, at: Span) -> TokenStream {
        let (private, scope) = (self.private(at), self.scope(at));
        let probe =
            |borrowed| quote_spanned!(at=> #private::probe::<#scope, _>(#borrowed).argument());
        if self.options.redis.is_some() && argument.is_part() {
            // What Redis keeps a result by, memory does, too: what the template names. Its type is
            // not written.
            let part = probe(argument.borrowed_part(at));
            let ty = quote_spanned!(at=> ());
            return if checked { self.emit_checked(&part, "KeyValue", &ty, at) } else { part };
        }
        let (argument, ty) = (probe(argument.borrowed(at)), argument.ty.to_token_stream());
        let check = self.check_of(&ty, "KeyArgument", "KeyParameter");
        if checked { self.emit_checked(&argument, check, &ty, at) } else { argument }
    }

    /// How the result is cached.
    pub(super) fn outcome(&self, checked: bool) -> TokenStream {
        let at = self.at_output();
        let (private, scope, output) = (self.private(at), self.scope(at), &self.output);
        let probe = if self.options.cache_err { "returns_whole" } else { "returns" };
        let probe = Ident::new(probe, at);
        let outcome = quote_spanned!(at=> #private::#probe::<#scope, #output>().outcome());
        if !checked {
            return outcome;
        }
        if self.options.cache_err {
            return self.emit_checked(&outcome, "StorableWithError", output, at);
        }
        let ty = stored(&self.function.sig.output);
        let check = self.check_of(&ty, "Storable", "StorableParameter");
        self.emit_checked(&outcome, check, &ty, at)
    }

    /// The check of a type, or the one of a type parameter, which says all that it needs.
    fn check_of<'c>(&self, ty: &TokenStream, of_type: &'c str, of_parameter: &'c str) -> &'c str {
        let is_process = matches!(self.options.scope, Scope::Process);
        let name = ty.to_string();
        let parameters = &self.function.sig.generics;
        let is_parameter = parameters.type_params().any(|parameter| parameter.ident == name);
        if is_parameter && is_process { of_parameter } else { of_type }
    }

    /// `value`, which compiles only if it passes this check, and if threads may share it where the
    /// check does not say so. `ty` is the type that errors show.
    pub(super) fn emit_checked(
        &self,
        value: &TokenStream,
        check: &str,
        ty: &TokenStream,
        at: Span,
    ) -> TokenStream {
        let checked = self.emit_check(value, check, ty, at);
        if matches!(check, "KeyParameter" | "StorableParameter") {
            return checked;
        }
        self.emit_check(&checked, "SharedByThreads", ty, at)
    }

    /// `value`, which compiles only if it passes this check.
    pub(super) fn emit_check(
        &self,
        value: &TokenStream,
        check: &str,
        ty: &TokenStream,
        at: Span,
    ) -> TokenStream {
        let (root, check) = (root(self.options, at), Ident::new(check, at));
        quote_spanned!(at=> #root::requirements::#check::<#ty>::check(#value))
    }

    /// Statements that compile only if the options fit the return type.
    pub(super) fn checks(&self) -> Option<TokenStream> {
        let (name, _) = self.options.expiry.stale_on_error.as_ref()?;
        let at = name.span();
        let (private, output) = (self.private(at), &self.output);
        let verdict = quote_spanned!(at=> #private::fallible::<#output>().verdict());
        let check = self.emit_check(&verdict, "Fails", output, at);
        Some(quote_spanned!(at=> _ = #check;))
    }
}
