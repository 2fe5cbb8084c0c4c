//! The entry for some arguments, and the accessors beside the handle: `__cache`, the cache;
//! `__entry`, the entry; `__cache_if`, whether a result may be stored; `__weight`, its weight.
//!
//! Only `__entry` has the types of key and value. It classifies each type once, which is most of
//! what a cached function costs the compiler.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::Expansion;
use super::parts::CallParts;
use super::requirements::KeyTokens;
use super::spec::CacheTokens;
use crate::function::Function;
use crate::handle::{Accessor, Handle};
use crate::options::Scope;
use crate::paths::emit_signature_root;

impl Expansion<'_> {
    /// The entry of the arguments, for a function that stores nothing.
    pub(super) fn emit_entry(&self, parts: &CallParts<'_>) -> TokenStream {
        self.emit_accessor_entry(parts).unwrap_or_else(|| self.emit_entry_expression(parts, false))
    }

    /// Same as [`Expansion::emit_entry`] when a result may be stored, which is weighed. With
    /// `should_check`, it compiles only if the types meet the requirements, unless `__entry` checks
    /// that.
    pub(super) fn emit_weighed_entry(
        &self,
        parts: &CallParts<'_>,
        should_check: bool,
    ) -> TokenStream {
        let entry = self.emit_accessor_entry(parts);
        entry.unwrap_or_else(|| self.emit_inline_entry(parts, should_check))
    }

    /// Same as [`Expansion::emit_weighed_entry`] when a method of the entry's own type is called,
    /// which the `impl Entry` of `__entry` hides.
    pub(super) fn emit_inline_entry(
        &self,
        parts: &CallParts<'_>,
        should_check: bool,
    ) -> TokenStream {
        let entry = self.emit_entry_expression(parts, should_check);
        let (weigher, tagger) = (self.emit_weigher(parts.handle), self.emit_tagger(should_check));
        quote_spanned!(Span::mixed_site()=> #entry #weigher #tagger)
    }

    /// Whether there is no `__entry`: its parameters make the key, and the type of a `key`
    /// expression has no name.
    pub(super) fn is_entry_inline(&self, parts: &CallParts<'_>) -> bool {
        parts.handle.is_none() || self.options.key.is_some()
    }

    /// A call of `__entry`, if there is one.
    fn emit_accessor_entry(&self, parts: &CallParts<'_>) -> Option<TokenStream> {
        let handle = parts.handle.filter(|_| !self.is_entry_inline(parts))?;
        let site = Span::mixed_site();
        let path = handle.emit_accessor_path(Accessor::Entry, site);
        let arguments = self.key_arguments().map(|argument| argument.emit_borrowed(site));
        Some(quote_spanned!(site=> #path(#(#arguments),*)))
    }

    /// The entry as a block.
    pub(super) fn emit_entry_expression(
        &self,
        parts: &CallParts<'_>,
        should_check: bool,
    ) -> TokenStream {
        let statements = self.emit_entry_statements(parts, should_check);
        quote_spanned!(Span::mixed_site()=> { #statements })
    }

    /// The entry as statements with an expression at the end.
    fn emit_entry_statements(&self, parts: &CallParts<'_>, should_check: bool) -> TokenStream {
        let site = Span::mixed_site();
        let KeyTokens { statements, args } = self.emit_args(should_check);
        let (outcome, output, cache) =
            (self.emit_outcome(should_check), &self.output, &parts.cache);
        let Some(redis_key) = self.emit_redis_key(should_check) else {
            return quote_spanned! {site=>
                #statements
                #outcome
                #cache.entry::<_, #output, _>(#args, outcome)
            };
        };
        let any = quote_spanned!(site=> |_: &#output| true);
        let (codec, cache_if) =
            (self.emit_codec(should_check), parts.cache_if.as_ref().unwrap_or(&any));
        quote_spanned! {site=>
            #statements
            #outcome
            let codec = #codec;
            #cache.entry::<_, #output, _, _, _, _>(
                #args, outcome, codec, #redis_key, #cache_if
            )
        }
    }

    /// The accessors that a call may use.
    pub(super) fn emit_accessors(
        &self,
        handle: &Handle<'_>,
        parts: &CallParts<'_>,
    ) -> Vec<TokenStream> {
        let has_entry = !self.is_entry_inline(parts);
        let entry = has_entry.then(|| self.emit_entry_accessor(handle, parts));
        let cache = self.emit_cache_accessor(handle);
        let cache_if = self.emit_cache_if_accessor(handle);
        let weight = self.emit_weight_accessor(handle);
        let refresh = self.emit_refresh_accessor(handle, parts);
        [Some(cache), entry, cache_if, weight, refresh].into_iter().flatten().collect()
    }

    fn emit_cache_accessor(&self, handle: &Handle<'_>) -> TokenStream {
        let site = Span::mixed_site();
        let CacheTokens { statics, cache } =
            self.emit_cache(&handle.names_around_spec(), &self.emit_spec_values(), None);
        let (ty, function_use) = (self.emit_cache_type(), self.emit_use(handle));
        let signature = handle.emit_accessor(Accessor::Cache, &TokenStream::new(), &ty);
        let alias = self.emit_alias_in_body(Some(handle));
        quote_spanned!(site=> #signature { #alias #function_use #statics #cache })
    }

    fn emit_entry_accessor(&self, handle: &Handle<'_>, parts: &CallParts<'_>) -> TokenStream {
        let site = Span::mixed_site();
        let mut function = self.function.clone();
        if self.is_weighed_in_entry() {
            function.hide_names();
        }
        function.take_by_reference();
        let borrowed = Expansion { function: &function, output: self.output.clone(), ..*self };
        let parameters = borrowed.key_arguments().map(|argument| &argument.normalized);
        let parameters = quote_spanned!(site=> #(#parameters),*);
        let signature = handle.emit_accessor(Accessor::Entry, &parameters, &self.emit_entry_type());
        let checks = self.emit_option_checks();
        let statements = borrowed.emit_entry_statements(parts, true);
        let (weigher, tagger) = (self.emit_weigher(Some(handle)), borrowed.emit_tagger(true));
        let alias = self.emit_alias_in_body(Some(handle));
        quote_spanned!(site=> #signature { #alias #checks #statements #weigher #tagger })
    }

    /// The return type of `__entry`.
    fn emit_entry_type(&self) -> TokenStream {
        let site = Span::mixed_site();
        let (private, output) = (self.emit_signature_private(), &self.output);
        let invalidation = self.options.redis.as_ref().map(|_| {
            let root = emit_signature_root(self.options, self.function);
            quote_spanned!(site=> #root::redis::Invalidation,)
        });
        let is_awaited = self.is_async() && !self.is_shared_async();
        let is_refreshed = self.options.background().is_some();
        let name = match (is_awaited, is_refreshed) {
            (true, true) => "RefreshedAsyncEntry",
            (true, false) => "AsyncEntry",
            (false, true) => "RefreshedEntry",
            (false, false) => "Entry",
        };
        let name = Ident::new(name, site);
        // The types are opaque, and a future that holds them must be `Send`.
        let are_send = if is_awaited && matches!(self.options.scope, Scope::Process) {
            quote_spanned!(site=> , Miss: ::core::marker::Send, Missed: ::core::marker::Send)
        } else if is_refreshed {
            // The right to compute goes to another thread.
            quote_spanned!(site=> , Miss: ::core::marker::Send)
        } else {
            TokenStream::new()
        };
        quote_spanned!(site=> impl #private::#name<#invalidation Return = #output #are_send>)
    }

    fn emit_cache_if_accessor(&self, handle: &Handle<'_>) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let (condition, output) = (self.emit_condition()?, &self.output);
        let private = self.emit_signature_private();
        let returned = match self.emit_result_ttl() {
            None => quote_spanned!(site=> ::core::primitive::bool),
            Some(_) => quote_spanned!(site=> #private::Keep),
        };
        let result = quote_spanned!(site=> result: &#output);
        let signature = handle.emit_accessor(Accessor::CacheIf, &result, &returned);
        let alias = self.emit_alias_in_body(Some(handle));
        Some(quote_spanned!(site=> #signature { #alias #condition }))
    }

    /// The type of the cache of the types in scope.
    pub(super) fn emit_cache_type(&self) -> TokenStream {
        let site = Span::mixed_site();
        let private = self.emit_signature_private();
        let (has_parameters, has_deadlines) = (self.has_type_parameters(), self.has_deadlines());
        let discriminant = match has_parameters {
            true => quote_spanned!(site=> impl ::core::marker::Sized),
            false => quote_spanned!(site=> ()),
        };
        let is_process = matches!(self.options.scope, Scope::Process);
        match self.options.redis {
            Some(_) => quote_spanned!(site=> #private::tier::SharedFunctionCache<#discriminant>),
            None if is_process && !has_parameters && !has_deadlines => {
                quote_spanned!(site=> #private::FunctionCache)
            }
            None => {
                let scope = Ident::new(if is_process { "Process" } else { "Thread" }, site);
                quote_spanned! {site=>
                    #private::FunctionCache<#private::#scope, #discriminant, #has_deadlines>
                }
            }
        }
    }
}

impl Function {
    /// Converts its arguments to those of `__entry`.
    fn take_by_reference(&mut self) {
        for argument in &mut self.arguments {
            if argument.reference.is_none() {
                argument.take_by_reference();
            }
        }
    }

    /// Makes the names of its arguments hygienic, so that no code of the user's sees them.
    fn hide_names(&mut self) {
        for argument in &mut self.arguments {
            argument.hide_name();
        }
    }
}
