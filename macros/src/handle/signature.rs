//! The signatures, attributes and docs of the handle's functions and accessors.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Attribute, Token, punctuated::Punctuated};

use super::Handle;
use super::docs::{Docs, is_doc_hidden, is_doc_text};
use super::operation::{Accessor, Operation};
use crate::attributes::{filter_attrs, is_about_body, is_about_callers};
use crate::function::Function;
use crate::generics::{Parameters, in_angles, where_clause};
use crate::source::Enclosing;
use crate::tokens::mentions_any;

impl<'a> Handle<'a> {
    /// An accessor without its body.
    pub(crate) fn emit_accessor(
        &self,
        accessor: Accessor,
        parameters: &TokenStream,
        output: &TokenStream,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let name = self.fn_name(accessor.name());
        let (generics, bounds) = self.emit_generics(accessor.twin());
        let lints = (self.function.enclosing != Enclosing::Module).then(|| self.emit_lints());
        quote_spanned! {site=>
            #[doc(hidden)]
            #[inline]
            #lints
            fn #name #generics(#parameters) -> #output #bounds
        }
    }

    /// A function of the handle with this body.
    pub(super) fn emit_operation(
        &self,
        operation: Operation,
        cfg: &[&Attribute],
        body: &TokenStream,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let Function { attrs, vis, sig, .. } = self.function;
        let name = self.fn_name(operation.name());
        let (generics, bounds) = self.emit_generics(Some(operation));
        let (parameters, output) = (self.emit_parameters(operation), self.emit_output(operation));
        let docs = self.docs().operation_docs(operation);
        let hidden_from_docs = filter_attrs(attrs, is_doc_hidden)
            .filter(|_| self.function.enclosing != Enclosing::Module);
        let is_uncached = operation == Operation::Uncached;
        let user_docs = is_uncached.then(|| self.emit_docs_for_lints());
        let about_body = filter_attrs(attrs, is_about_body).filter(|_| is_uncached);
        let is_caller = operation.may_run_body() && !is_uncached;
        let of_callers = filter_attrs(attrs, is_about_callers).filter(|_| is_caller);
        let lints = self.emit_operation_lints(operation);
        // Then it is compiled only where it is used, as a generic function is.
        let is_inline = !is_uncached && operation != Operation::Retain;
        let inline = is_inline.then(|| quote_spanned!(site=> #[inline]));
        let maybe_async = self.maybe_async(operation);
        let maybe_unsafe = match &sig.safety {
            syn::Safety::Unsafe(token) if operation.may_run_body() => Some(token),
            _ => None,
        };
        quote_spanned! {site=>
            #(#cfg)*
            #(#[doc = #docs])*
            #(#hidden_from_docs)*
            #user_docs
            #lints
            #(#about_body)*
            #(#of_callers)*
            #inline
            #vis #maybe_async #maybe_unsafe fn #name #generics (#parameters) #output #bounds #body
        }
    }

    /// The return type of a function of the handle.
    fn emit_output(&self, operation: Operation) -> TokenStream {
        let site = Span::mixed_site();
        let (root, output) = (&self.root, self.function.emit_output());
        match operation {
            Operation::Info => quote_spanned!(site=> -> #root::CacheInfo),
            Operation::Stats => quote_spanned!(site=> -> #root::CacheStats),
            Operation::Parameters => quote_spanned!(site=> -> #root::CacheParameters),
            Operation::Ttl => {
                quote_spanned!(site=> -> ::core::option::Option<::core::time::Duration>)
            }
            Operation::Clear | Operation::Invalidate if self.options.redis.is_some() => {
                quote_spanned!(site=> -> #root::redis::Invalidation)
            }
            Operation::Clear | Operation::Insert => TokenStream::new(),
            Operation::Invalidate | Operation::Contains => {
                quote_spanned!(site=> -> ::core::primitive::bool)
            }
            Operation::Peek => quote_spanned!(site=> -> ::core::option::Option<#output>),
            Operation::Entries => {
                let key = self.key.emit_owned(root);
                quote_spanned!(site=> -> ::std::vec::Vec<#root::CacheEntry<#key, #output>>)
            }
            Operation::Retain => quote_spanned!(site=> -> ::core::primitive::usize),
            Operation::Uncached => self.function.sig.output.to_token_stream(),
            Operation::Refresh => quote_spanned!(site=> -> #output),
            Operation::WithStatus => quote_spanned!(site=> -> (#output, #root::CacheStatus)),
        }
    }

    fn maybe_async(&self, operation: Operation) -> Option<TokenStream> {
        let is_sent_to_redis = self.options.redis.is_some() && operation.is_sent_to_redis();
        let token = self.function.sig.asyncness?;
        let is_async = operation.may_run_body() || is_sent_to_redis;
        is_async.then(|| match operation {
            Operation::Uncached => token.to_token_stream(),
            // Lints take a function that begins with the user's `async` for the user's.
            _ => quote_spanned!(Span::mixed_site()=> async),
        })
    }

    /// Silences lints about a function, unless those of its block are silent.
    fn emit_operation_lints(&self, operation: Operation) -> Option<TokenStream> {
        match (self.function.enclosing, operation) {
            (Enclosing::Module, Operation::Uncached) => None,
            (Enclosing::Module, operation) if !operation.may_run_body() => None,
            (_, Operation::Uncached) => Some(quote_spanned! {Span::mixed_site()=>
                #[allow(clippy::missing_const_for_fn, clippy::must_use_candidate)]
            }),
            _ => Some(self.emit_lints()),
        }
    }

    /// The generics and the where-clause of a function of the handle, or of `__cache`.
    pub(super) fn emit_generics(&self, operation: Option<Operation>) -> (TokenStream, TokenStream) {
        let has_arguments = operation.is_some_and(Operation::has_arguments);
        let is_about_keys = operation.is_some_and(Operation::is_about_keys);
        let required = if operation == Some(Operation::Retain) { "KeyView" } else { "KeyClone" };
        let of_key = is_about_keys.then(|| self.key.emit_bound(required, &self.root)).flatten();
        let is_free = self.function.enclosing == Enclosing::Module;
        if is_free && !has_arguments && !is_about_keys {
            return (TokenStream::new(), TokenStream::new());
        }
        let none = Parameters::default();
        let Parameters { generics, predicates } = match operation {
            Some(_) if is_free && is_about_keys => &none,
            Some(operation) if self.has_closure_params(operation) => &self.generics.of_callers,
            _ => &self.generics.of_functions,
        };
        let stores = is_about_keys || has_arguments && operation != Some(Operation::Uncached);
        let static_bounds = self.static_bounds.iter().filter(|_| stores);
        let predicates: Vec<_> =
            predicates.iter().chain(static_bounds).cloned().chain(of_key).collect();
        let bounds = where_clause(&predicates);
        let is_retain = operation == Some(Operation::Retain);
        let predicate = is_retain.then(|| self.emit_predicate_param());
        let generics: Vec<_> = generics.iter().cloned().chain(predicate).collect();
        (in_angles(&generics).unwrap_or_default(), bounds.unwrap_or_default())
    }

    /// The type parameter for the function that `cache_retain` takes.
    fn emit_predicate_param(&self) -> TokenStream {
        let (output, key) = (self.function.emit_output(), self.key.emit_view(&self.root));
        quote_spanned! {Span::mixed_site()=>
            __Keep: ::core::ops::FnMut(#key, &#output) -> ::core::primitive::bool
        }
    }

    /// Whether the types of closures occur in the signature: it has skipped arguments, or an
    /// argument or the result has a closure by mistake.
    pub(super) fn has_closure_params(&self, operation: Operation) -> bool {
        let excluded = &self.generics.excluded;
        operation.may_run_body()
            || mentions_any(excluded, &self.emit_parameters(operation))
            || operation.has_output() && mentions_any(excluded, &self.function.emit_output())
    }

    fn emit_parameters(&self, operation: Operation) -> Punctuated<TokenStream, Token![,]> {
        let site = Span::mixed_site();
        let mut parameters = Punctuated::new();
        if operation == Operation::Retain {
            parameters.push(quote_spanned!(site=> keep: __Keep));
        }
        if !operation.has_arguments() {
            return parameters;
        }
        for argument in &self.function.arguments {
            if operation == Operation::Uncached {
                parameters.push(argument.original.to_token_stream());
            } else if operation.may_run_body() || !argument.is_skipped(self.options) {
                parameters.push(argument.normalized.clone());
            }
        }
        if operation == Operation::Insert {
            let (value, output) = (self.value_param(), self.function.emit_output());
            parameters.push(quote_spanned!(site=> #value: #output));
        }
        parameters
    }

    /// The name of the value that `cache_insert` takes. It differs from the arguments' names, as
    /// the docs show it.
    pub(crate) fn value_param(&self) -> Ident {
        let is_taken = self.function.arguments.iter().any(|argument| argument.name == "value");
        Ident::new(if is_taken { "inserted" } else { "value" }, Span::mixed_site())
    }

    /// Silences the lints about generated code.
    pub(super) fn emit_lints(&self) -> TokenStream {
        let site = Span::mixed_site();
        // A `key` may leave out an argument.
        let unused = self.options.key.is_some().then(|| quote_spanned!(site=> unused_variables,));
        // A lifetime may occur in skipped arguments and in bounds of closures only.
        let has_lifetimes = self.function.sig.generics.lifetimes().next().is_some();
        let lifetimes =
            has_lifetimes.then(|| quote_spanned!(site=> single_use_lifetimes, unused_lifetimes,));
        quote_spanned! {site=>
            #[allow(
                clippy::all,
                clippy::nursery,
                clippy::pedantic,
                deprecated,
                #unused
                #lifetimes
            )]
        }
    }

    pub(super) fn docs(&self) -> Docs<'a> {
        Docs { options: self.options, function: self.function }
    }

    /// The user's docs, for lints that compare them with the body, such as
    /// `clippy::missing_panics_doc`. rustdoc does not see them: it would run their examples again.
    fn emit_docs_for_lints(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let mut docs =
            filter_attrs(&self.function.attrs, is_doc_text).map(|attr| &attr.meta).peekable();
        docs.peek()?;
        Some(quote_spanned!(site=> #[cfg_attr(not(doc), doc = "", #(#docs),*)]))
    }
}
