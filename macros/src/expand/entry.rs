//! The hidden functions beside a cached function: `__cache`, its cache; `__entry`, the entry for
//! some arguments; and `__cache_if`, whether a result may be stored. What depends on the types of
//! the cache is in `__entry` alone, where each is classified once: it is most of what a cached
//! function costs the compiler.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::{Call, root};
use crate::function::Function;
use crate::handle::{Handle, Hidden};
use crate::options::Scope;

impl Call<'_> {
    /// An expression for the entry of the arguments. What `__entry` does is written out where it
    /// cannot be called: it takes what the key is made of, and the type of a `key` expression has
    /// no name. There it is `checked` if that is not done elsewhere.
    pub(super) fn entry_of(&self, handle: &Handle<'_>, checked: bool) -> TokenStream {
        if self.options.key.is_some() {
            let cache_if = self.cache_if_of(handle);
            return self.entry(&handle.cache(), cache_if.as_ref(), checked);
        }
        let site = Span::mixed_site();
        let path = handle.path_of_hidden(Hidden::Entry, site);
        let arguments = self.keyed().map(|argument| argument.borrowed(site));
        quote_spanned!(site=> #path(#(#arguments),*))
    }

    /// The entry of the arguments, written out: statements, and an expression at the end.
    fn entry_statements(
        &self,
        cache: &TokenStream,
        cache_if: Option<&TokenStream>,
        checked: bool,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let ((parts, args), outcome) = (self.args(checked), self.outcome(checked));
        let output = &self.output;
        let Some(key_writer) = self.key_writer(checked) else {
            return quote_spanned! {site=>
                #parts
                #outcome
                #cache.entry::<_, #output, _>(#args, outcome)
            };
        };
        let any = quote_spanned!(site=> |_: &#output| true);
        let (codec, cache_if) = (self.codec(checked), cache_if.unwrap_or(&any));
        quote_spanned! {site=>
            #parts
            #outcome
            let codec = #codec;
            #cache.entry::<_, #output, _, _, _, _>(
                #args, outcome, codec, #key_writer, #cache_if
            )
        }
    }

    /// The same as an expression.
    pub(super) fn entry(
        &self,
        cache: &TokenStream,
        cache_if: Option<&TokenStream>,
        checked: bool,
    ) -> TokenStream {
        let statements = self.entry_statements(cache, cache_if, checked);
        quote_spanned!(Span::mixed_site()=> { #statements })
    }

    /// The path of `__cache_if`, if there is one.
    pub(super) fn cache_if_of(&self, handle: &Handle<'_>) -> Option<TokenStream> {
        let site = Span::mixed_site();
        self.cache_if().map(|_| handle.path_of_hidden(Hidden::CacheIf, site))
    }

    /// The hidden functions.
    pub(super) fn emit_hidden(&self, handle: &Handle<'_>) -> Vec<TokenStream> {
        let cache_if = self.cache_if().map(|conditions| self.emit_cache_if(handle, &conditions));
        let entry = self.options.key.is_none().then(|| self.emit_entry(handle));
        [Some(self.emit_cache(handle)), entry, cache_if].into_iter().flatten().collect()
    }

    fn emit_cache(&self, handle: &Handle<'_>) -> TokenStream {
        let site = Span::mixed_site();
        let (per_type, cache) = self.cache(&handle.around_spec(), &self.spec_values(), None);
        let (cached, used) = (self.cached(), self.used(handle));
        let body = quote_spanned!(site=> { #used #per_type #cache });
        let signature = handle.hidden(Hidden::Cache, &TokenStream::new(), &cached);
        quote_spanned!(site=> #signature #body)
    }

    fn emit_entry(&self, handle: &Handle<'_>) -> TokenStream {
        let site = Span::mixed_site();
        let function = Function::by_reference(self.function);
        let borrowed = Call { function: &function, output: self.output.clone(), ..*self };
        let parameters = borrowed.keyed().map(|argument| &argument.plain);
        let parameters = quote_spanned!(site=> #(#parameters),*);
        let (private, output) = (self.private(site), &self.output);
        let invalidation = self.options.redis.as_ref().map(|_| {
            let root = root(self.options, site);
            quote_spanned!(site=> #root::redis::Invalidation,)
        });
        let is_awaited = self.is_async() && !self.shares_async();
        let name = Ident::new(if is_awaited { "AsyncEntry" } else { "Entry" }, site);
        // Where the types are opaque, they are what makes a future `Send`.
        let are_send = (is_awaited && matches!(self.options.scope, Scope::Process)).then(
            || quote_spanned!(site=> , Miss: ::core::marker::Send, Missed: ::core::marker::Send),
        );
        let entry = quote_spanned! {site=>
            impl #private::#name<#invalidation Return = #output #are_send>
        };
        let signature = handle.hidden(Hidden::Entry, &parameters, &entry);
        let cache_if = self.cache_if_of(handle);
        let checks = self.checks();
        let body = borrowed.entry_statements(&handle.cache(), cache_if.as_ref(), true);
        quote_spanned!(site=> #signature { #checks #body })
    }

    fn emit_cache_if(&self, handle: &Handle<'_>, conditions: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let output = &self.output;
        let signature = handle.hidden(
            Hidden::CacheIf,
            &quote_spanned!(site=> result: &#output),
            &quote_spanned!(site=> ::core::primitive::bool),
        );
        quote_spanned!(site=> #signature { #conditions })
    }

    /// The type of the cache of the types in scope.
    pub(super) fn cached(&self) -> TokenStream {
        let site = Span::mixed_site();
        let (private, scope, timed) = (self.private(site), self.scope(site), self.is_timed());
        let has_parameters = self.has_type_parameters();
        let discriminant = match has_parameters {
            true => quote_spanned!(site=> impl ::core::marker::Sized),
            false => quote_spanned!(site=> ()),
        };
        let is_process = matches!(self.options.scope, Scope::Process);
        match self.options.redis {
            Some(_) => quote_spanned!(site=> #private::redis::Shared<#discriminant>),
            None if is_process && !has_parameters && !timed => {
                quote_spanned!(site=> #private::Cached)
            }
            None => quote_spanned!(site=> #private::Cached<#scope, #discriminant, #timed>),
        }
    }
}

impl Function {
    /// The function with its arguments as `__entry` takes them.
    fn by_reference(&self) -> Self {
        let mut function = self.clone();
        for argument in &mut function.arguments {
            if argument.reference.is_none() {
                argument.take_by_reference();
            }
        }
        function
    }
}
