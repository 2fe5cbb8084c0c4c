//! The wrapper: the function as users call it, with its signature, attributes and docs, around a
//! call.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{FnArg, TypeParam};

use super::Expansion;
use super::call::Returned;
use super::parts::CallParts;
use super::requirements::KeyTokens;
use crate::attributes::emit_wrapper_attr;
use crate::function::Function;
use crate::handle::docs::Docs;
use crate::handle::{Handle, Operation};
use crate::source::Enclosing;
use crate::tokens::mentions_ident;
use crate::types::{has_impl_trait, is_static};

impl Expansion<'_> {
    pub(super) fn emit_wrapper(&self, parts: &CallParts<'_>) -> TokenStream {
        let site = Span::mixed_site();
        let Function { vis, sig, .. } = self.function;
        let syn::Signature { asyncness, safety, abi, fn_token, ident, generics, output, .. } = sig;
        let bounds = &generics.where_clause;
        let attrs = self.function.attrs.iter().map(|attr| match parts.handle {
            Some(_) => emit_wrapper_attr(attr),
            None => attr.to_token_stream(),
        });
        let docs = Docs { options: self.options, function: self.function }.emit_function_doc();
        let lints = parts.handle.map(|handle| self.emit_wrapper_lints(handle));
        // In the user's own parentheses: with others, no lint reports an unused function.
        let mut parameters = TokenStream::new();
        let list = self.emit_wrapper_parameters(parts);
        sig.paren_token.surround(&mut parameters, |tokens| list.to_tokens(tokens));
        let body = match parts.handle {
            Some(handle) if handle.adds_static_bounds() => self.emit_call_by_handle(handle),
            _ => self.emit_call(parts, Returned::Result),
        };
        let alias = self.emit_alias_in_body(parts.handle);
        let mut block = Group::new(Delimiter::Brace, quote_spanned!(site=> #alias #body));
        block.set_span(self.function.body.as_ref().map_or(site, Group::span));
        quote_spanned! {site=>
            #(#attrs)*
            #docs
            // The key may be made of arguments that the body ignores.
            #[allow(#lints clippy::used_underscore_binding)]
            #vis #asyncness #safety #abi #fn_token #ident #generics #parameters #output #bounds
            #block
        }
    }

    fn emit_wrapper_parameters(&self, parts: &CallParts<'_>) -> TokenStream {
        let parameters = self.function.arguments.iter().map(|argument| {
            match (&argument.original, parts.handle) {
                // The user's body is in the wrapper, and may change `self`.
                (FnArg::Receiver(receiver), None) => receiver.to_token_stream(),
                _ => argument.normalized.clone(),
            }
        });
        quote_spanned!(Span::mixed_site()=> #(#parameters),*)
    }

    /// The lints that would report for the wrapper what they report for `uncached`, or that the
    /// function is unused though its handle is used.
    fn emit_wrapper_lints(&self, handle: &Handle<'_>) -> TokenStream {
        let site = Span::mixed_site();
        let unused = self.emit_use(handle).is_none().then(|| quote_spanned!(site=> dead_code,));
        quote_spanned!(site=> clippy::too_many_arguments, clippy::single_call_fn, #unused)
    }

    /// A use of the function by its handle: otherwise it would be dead code in a program that uses
    /// only the handle. `None` if the handle cannot name it, since its type parameters have bounds
    /// with lifetimes or are closures.
    pub(super) fn emit_use(&self, handle: &Handle<'_>) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let generics = handle.emit_function_generics()?;
        if self.function.arguments.iter().any(|argument| has_impl_trait(&argument.ty)) {
            return None;
        }
        let name = &self.function.sig.ident;
        let this =
            (self.function.enclosing != Enclosing::Module).then(|| quote_spanned!(site=> Self::));
        Some(quote_spanned!(site=> let _ = #this #name #generics;))
    }

    /// A call of `with_status`, which requires `'static` of the types in scope: so an error about a
    /// type that borrows is reported once, here.
    fn emit_call_by_handle(&self, handle: &Handle<'_>) -> TokenStream {
        let at = self.parameter_span();
        let path = handle.emit_path(Operation::WithStatus, at);
        let names = self.function.arguments.iter().map(|argument| &argument.name);
        let call = self.maybe_unsafe(quote_spanned!(at=> #path(#(#names),*)));
        let (maybe_await, checks) = (self.maybe_await(at), self.emit_type_checks());
        quote_spanned!(at=> #checks #call #maybe_await.0)
    }

    /// Returns the span of a type parameter in the key or in the result.
    fn parameter_span(&self) -> Span {
        let names: Vec<_> =
            self.function.sig.generics.type_params().map(|parameter| &parameter.ident).collect();
        let is_in = |tokens: &dyn ToTokens| {
            names.iter().any(|name| mentions_ident(name, tokens.to_token_stream()))
        };
        let keyed = || self.key_arguments().filter(|_| self.options.key.is_none());
        match keyed().find(|argument| is_in(&argument.ty)) {
            Some(argument) => argument.ty.span(),
            None if is_in(&self.output) => self.output_span(),
            None => {
                keyed().next().map_or_else(|| self.output_span(), |argument| argument.ty.span())
            }
        }
    }

    /// Statements that never run and repeat the checks of `__entry`, if a type parameter may
    /// borrow. rustc reports equal errors once, and no lifetime error in a function that has
    /// another error: so the error of the call by the handle is not one more.
    fn emit_type_checks(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let generics = &self.function.sig.generics;
        let may_borrow = |parameter: &TypeParam| {
            let name = &parameter.ident;
            let mut types = self.key_arguments().map(|argument| argument.ty.to_token_stream());
            let is_stored = mentions_ident(name, self.output.clone())
                || types.any(|ty| mentions_ident(name, ty));
            is_stored && !is_static(generics, parameter)
        };
        (self.options.key.is_none() && generics.type_params().any(may_borrow)).then(|| {
            let KeyTokens { statements, args } = self.emit_args(true);
            let outcome = self.emit_outcome(true);
            let name = Ident::new("outcome", site);
            quote_spanned!(site=> if false { #statements #outcome _ = (#args, #name); })
        })
    }
}
