//! The expansion of `refresh = "background"`: the accessor `__refresh`, which makes the arguments
//! owned and runs the rest of the call beside it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{FnArg, Type};

use super::Expansion;
use super::parts::CallParts;
use crate::argument::Argument;
use crate::function::Function;
use crate::handle::{Accessor, Handle, Operation};
use crate::types::has_impl_trait;

impl Expansion<'_> {
    /// The arm of a lookup that returns a stale result and refreshes it in the background.
    pub(super) fn emit_refresh_arm(
        &self,
        parts: &CallParts<'_>,
        field: Option<&TokenStream>,
    ) -> Option<TokenStream> {
        self.options.background()?;
        let site = Span::mixed_site();
        let private = self.emit_private(site);
        let path = parts.handle?.emit_accessor_path(Accessor::Refresh, site);
        let (this, names) = self.split_receiver();
        Some(quote_spanned! {site=>
            ::core::result::Result::Err(#private::Missed::Refresh(refresh)) => {
                return #path(#this refresh, #(#names),*) #field;
            }
        })
    }

    /// The receiver with a comma, and the names of the other arguments.
    fn split_receiver(&self) -> (Option<TokenStream>, Vec<&Ident>) {
        let names = self.function.arguments.iter().map(|argument| &argument.name);
        let (this, names): (Vec<_>, Vec<_>) = names.partition(|name| *name == "self");
        (this.first().map(|this| quote_spanned!(Span::mixed_site()=> #this,)), names)
    }

    /// The accessor `__refresh`.
    pub(super) fn emit_refresh_accessor(
        &self,
        handle: &Handle<'_>,
        parts: &CallParts<'_>,
    ) -> Option<TokenStream> {
        let at = self.options.background()?;
        let site = Span::mixed_site();
        let (private, output) = (self.emit_signature_private(), &self.output);
        let refresh = Ident::new("refresh", site);
        let place = Ident::new(if self.is_async() { "Spawner" } else { "Slot" }, site);
        let right = match (self.options.second_tier.is_some(), self.is_async()) {
            (false, _) => quote_spanned!(site=> Finish),
            (true, false) => quote_spanned!(site=> tier::SharedRefresh),
            (true, true) => quote_spanned!(site=> tier::SharedAsyncRefresh),
        };
        let is_receiver = |argument: &&Argument| argument.name == "self";
        let arguments = &self.function.arguments;
        let this = arguments.iter().find(is_receiver).map(|this| {
            let this = &this.normalized;
            quote_spanned!(site=> #this,)
        });
        let others = arguments.iter().filter(|argument| argument.name != "self");
        let others = others.map(|argument| &argument.normalized);
        let parameters = quote_spanned! {site=>
            #this #refresh: #private::Refresh<
                #output,
                impl #private::#right<#output> + ::core::marker::Send + 'static,
                #private::#place,
            >,
            #(#others),*
        };
        let root = crate::paths::emit_signature_root(self.options, self.function);
        let returned = quote_spanned!(site=> (#output, #root::CacheStatus));
        let signature = handle.emit_accessor(Accessor::Refresh, &parameters, &returned);
        let alias = self.emit_alias_in_body(Some(handle));
        let body = self.emit_refresh_in_background(handle, parts, at);
        Some(quote_spanned!(site=> #signature { #alias #body }))
    }

    fn emit_refresh_in_background(
        &self,
        handle: &Handle<'_>,
        parts: &CallParts<'_>,
        at: Span,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let private = self.emit_private(site);
        let mut function = self.function.clone();
        function.rename_receiver();
        let renamed = Expansion { function: &function, output: self.output.clone(), ..*self };
        let (owned, given) = self.emit_owned_arguments(&function);
        let uncached = handle.emit_path(Operation::Uncached, site);
        let names = function.arguments.iter().map(|argument| &argument.name);
        let body = self.maybe_unsafe(quote_spanned!(site=> #uncached(#(#names),*)));
        let trace = renamed.emit_trace();
        let run = self.emit_refresh_run(&body, parts);
        let work = quote_spanned!(site=> #given #trace #run);
        let begin = self.emit_refresh_begin(&work, parts);
        // Through a `dyn`: an error about a future that is not `Send` names no function of the
        // runtime.
        let job = if self.is_async() {
            quote_spanned!(at=> ::std::boxed::Box::pin(async move { #begin }))
        } else {
            quote_spanned!(at=> ::std::boxed::Box::new(move || { #begin }))
        };
        let ty = if self.is_async() {
            quote_spanned!(at=> ::core::pin::Pin<::std::boxed::Box<
                dyn ::core::future::Future<Output = ()> + ::core::marker::Send
            >>)
        } else {
            quote_spanned! {at=>
                ::std::boxed::Box<dyn ::core::ops::FnOnce() + ::core::marker::Send>
            }
        };
        quote_spanned! {site=>
            let #private::Refresh { hit, miss, place } = refresh;
            #owned
            let job: #ty = #job;
            place.run(job);
            hit
        }
    }

    /// Runs `work`, which computes, if the result is still wanted and no other process computes it.
    fn emit_refresh_begin(&self, work: &TokenStream, parts: &CallParts<'_>) -> TokenStream {
        let site = Span::mixed_site();
        let (private, output) = (self.emit_private(site), &self.output);
        if self.options.second_tier.is_none() {
            return quote_spanned! {site=>
                let mut miss = miss;
                if #private::Compute::begin_refresh(&mut miss) {
                    #work
                }
            };
        }
        let cache_if = self.emit_cache_if_or_any(parts);
        let begun = match self.is_async() {
            true => quote_spanned! {site=>
                #private::tier::SharedAsyncRefresh::<#output>::begin_async(miss, #cache_if).await
            },
            false => quote_spanned! {site=>
                #private::tier::SharedRefresh::<#output>::begin(miss, #cache_if)
            },
        };
        quote_spanned! {site=>
            let begun = #begun;
            if let ::core::option::Option::Some(miss) = begun {
                #work
            }
        }
    }

    /// Runs the body and finishes `miss` with its result, which nobody gets.
    fn emit_refresh_run(&self, body: &TokenStream, parts: &CallParts<'_>) -> TokenStream {
        let site = Span::mixed_site();
        let (private, output) = (self.emit_private(site), &self.output);
        let result = quote_spanned!(site=> result);
        if !self.is_async() {
            let finish = self.emit_finish(&result, parts);
            return quote_spanned! {site=>
                let result = #private::Compute::run_refresh(&miss, || #body);
                ::core::mem::drop(#finish);
            };
        }
        let finish = if self.is_shared_async() {
            let cache_if = self.emit_cache_if_or_any(parts);
            quote_spanned! {site=>
                let storing =
                    #private::tier::SharedAsyncRefresh::<#output>::store(miss, result, #cache_if);
                if let ::core::option::Option::Some(storing) = storing {
                    storing.await;
                }
            }
        } else {
            let finish = self.emit_finish(&result, parts);
            quote_spanned!(site=> ::core::mem::drop(#finish);)
        };
        quote_spanned! {site=>
            let body = ::core::pin::pin!(#body);
            // Dropped before the body, whose own drops may call the function.
            let miss = miss;
            let result = #private::Compute::run(&miss, body).await;
            #finish
        }
    }

    /// The predicate that decides whether a result is stored.
    fn emit_cache_if_or_any(&self, parts: &CallParts<'_>) -> TokenStream {
        let output = &self.output;
        let any = || quote_spanned!(Span::mixed_site()=> |_: &#output| true);
        parts.cache_if.clone().unwrap_or_else(any)
    }

    /// Statements that make the arguments owned, and statements in the background that give them to
    /// the body.
    fn emit_owned_arguments(&self, renamed: &Function) -> (TokenStream, TokenStream) {
        let (mut owned, mut given) = (TokenStream::new(), TokenStream::new());
        let pairs = self.function.arguments.iter().zip(&renamed.arguments).enumerate();
        for (index, (argument, renamed)) in pairs {
            let (at, name, new) = (argument.ty.span(), &argument.name, &renamed.name);
            let private = self.emit_private(at);
            let (check, ty) = match has_impl_trait(&argument.ty) {
                true => ("ClosureSentToBackground", quote_spanned!(at=> ())),
                false => ("SentToBackground", argument.ty.to_token_stream()),
            };
            if argument.reference.is_none() || is_static(argument) {
                let verdict = quote_spanned!(at=> #private::movable(&#name).verdict());
                let checked = self.emit_check(&verdict, check, &ty, at);
                let bound = (name != new).then(|| quote_spanned!(at=> let #new = #name;));
                owned.extend(quote_spanned!(at=> _ = #checked; #bound));
                continue;
            }
            let variable = format_ident!("owned{index}", span = Span::mixed_site());
            let made = quote_spanned!(at=> #private::owned(#name).argument());
            let made = self.emit_check(&made, check, &ty, at);
            owned.extend(quote_spanned!(at=> let #variable = #made;));
            given.extend(quote_spanned!(at=> let #new = #variable.get();));
        }
        (owned, given)
    }

    /// The lookup of a call, which returns stale results.
    pub(super) fn emit_lookup_or_refresh(&self, entry: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let private = self.emit_private(site);
        if self.is_shared_async() {
            return quote_spanned!(site=> #entry.lookup_or_refresh_async());
        }
        match self.is_async() {
            true => quote_spanned! {site=>
                #private::RefreshedAsyncEntry::lookup_or_refresh_async(#entry)
            },
            false => quote_spanned!(site=> #private::RefreshedEntry::lookup_or_refresh(#entry)),
        }
    }
}

/// Whether the argument is a `&'static` reference, which can be moved as it is.
fn is_static(argument: &Argument) -> bool {
    let FnArg::Typed(typed) = &argument.original else { return false };
    let mut ty = &*typed.ty;
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            Type::Reference(reference) => {
                let lifetime = reference.lifetime.as_ref();
                return lifetime.is_some_and(|lifetime| lifetime.ident == "static");
            }
            _ => return false,
        }
    }
}

impl Function {
    /// Gives the receiver a name that a closure can bind.
    fn rename_receiver(&mut self) {
        for argument in &mut self.arguments {
            if argument.name == "self" {
                argument.name = Ident::new("this", Span::mixed_site());
            }
        }
    }
}
