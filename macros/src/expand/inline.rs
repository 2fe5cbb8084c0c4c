//! The parts of a call in a function without a handle: its own body has the cache and, in a
//! closure, the user's body.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::{FnArg, Pat};

use super::Expansion;
use super::parts::CallParts;
use super::spec::{CacheTokens, SpecValue, SpecValues};
use crate::argument::Argument;
use crate::closures::find_closure_type;
use crate::generics::{SplitGenerics, in_angles, where_clause};
use crate::source::Enclosing;

impl Expansion<'_> {
    pub(super) fn parts_in_function(&self) -> CallParts<'static> {
        let site = Span::mixed_site();
        let output = &self.output;
        let CacheTokens { statics, cache } = self.emit_cache_in_function();
        let predicate = self
            .emit_condition()
            .map(|condition| quote_spanned!(site=> let cache_if = |result: &#output| #condition;));
        CallParts {
            handle: None,
            cache_if: predicate.as_ref().map(|_| quote_spanned!(site=> cache_if)),
            setup: quote_spanned!(site=> #statics #predicate),
            cache,
            body: self.emit_body_in_function(),
        }
    }

    /// A closure or a future of the user's body, called or about to be awaited.
    fn emit_body_in_function(&self) -> TokenStream {
        let site = Span::mixed_site();
        let (private, output) = (self.emit_private(site), &self.output);
        let rebindings = self.function.arguments.iter().filter_map(emit_rebinding);
        let body = self.function.body.as_ref().map(|body| {
            // In the user's own braces: rustc warns about unnecessary ones.
            let stream = rebindings.chain([body.stream()]).collect();
            let mut block = Group::new(Delimiter::Brace, stream);
            block.set_span(body.span());
            block
        });
        if self.is_async() {
            quote_spanned!(site=> #private::body::<#output, _>(async move #body))
        } else {
            quote_spanned!(site=> (move || -> #output #body)())
        }
    }

    /// The cache, with the options outside of the closure that specifies it: there they would see
    /// the arguments of the call.
    fn emit_cache_in_function(&self) -> CacheTokens {
        let site = Span::mixed_site();
        let generics = SplitGenerics::new(&self.function.sig);
        let has_closure = || {
            self.function.arguments.iter().any(|argument| find_closure_type(&argument.ty).is_some())
        };
        if self.function.enclosing == Enclosing::Module
            && (!generics.excluded.is_empty() || has_closure())
        {
            return self.emit_cache_in_accessor(&generics);
        }
        let SpecValues { maxsize, others } = self.emit_spec_values();
        let mut items = TokenStream::new();
        let mut hoist = |value: SpecValue| {
            let SpecValue { name, ty, value } = value;
            let function = format_ident!("__functools_{name}", span = site);
            items.extend(quote_spanned!(site=> fn #function() -> #ty { #value }));
            SpecValue { name, ty, value: quote_spanned!(site=> #function()) }
        };
        let maxsize = hoist(maxsize);
        let values = SpecValues { maxsize, others: others.into_iter().map(hoist).collect() };
        let names = [self.function.bare_name()];
        let CacheTokens { statics, cache } =
            self.emit_cache(&names, &values, Some(&self.emit_turbofish()));
        CacheTokens { statics: quote_spanned!(site=> #items #statics), cache }
    }

    /// The cache in a function of its own, without the parameters of closures: in a closure all
    /// parameters would be in scope.
    fn emit_cache_in_accessor(&self, generics: &SplitGenerics) -> CacheTokens {
        let site = Span::mixed_site();
        let SplitGenerics { of_impl, where_of_impl, arguments, .. } = generics;
        let accessor = Ident::new("__functools_cache", site);
        let names = [self.function.bare_name(), accessor.to_string()];
        let CacheTokens { statics, cache } =
            self.emit_cache(&names, &self.emit_spec_values(), None);
        let ty = self.emit_cache_type();
        let (of_impl, where_of_impl) = (in_angles(of_impl), where_clause(where_of_impl));
        CacheTokens {
            statics: quote_spanned! {site=>
                #[inline]
                fn #accessor #of_impl() -> #ty #where_of_impl {
                    #statics
                    #cache
                }
            },
            cache: quote_spanned!(site=> #accessor::<#(#arguments),*>()),
        }
    }
}

/// Binds the pattern of an argument in the body; `None` if the argument is a plain name.
fn emit_rebinding(argument: &Argument) -> Option<TokenStream> {
    let FnArg::Typed(typed) = &argument.original else { return None };
    let name = &argument.name;
    match &*typed.pat {
        Pat::Ident(pat)
            if pat.subpat.is_none() && pat.by_ref.is_none() && pat.mutability.is_none() =>
        {
            None
        }
        pat => Some(quote_spanned! {Span::mixed_site()=>
            #[allow(clippy::shadow_reuse)]
            let #pat = #name;
        }),
    }
}
