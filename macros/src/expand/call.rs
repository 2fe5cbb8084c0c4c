//! A call: a hit returns, and a miss runs the body and stores its result.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use super::Expansion;
use super::parts::CallParts;
use crate::argument::Argument;
use crate::handle::Handle;

/// The return value of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Returned {
    Result,
    /// The result with its `CacheStatus`.
    WithStatus,
}

impl Returned {
    /// The field of the runtime's answer, `(result, status)`.
    fn emit_field(self) -> Option<TokenStream> {
        (self == Returned::Result).then(|| quote_spanned!(Span::mixed_site()=> .0))
    }
}

impl Expansion<'_> {
    /// The statements of a call.
    pub(super) fn emit_call(&self, parts: &CallParts<'_>, returned: Returned) -> TokenStream {
        // `__entry` checks the types. Where it is not called, the first call checks them: the
        // wrapper, or `with_status` if the wrapper calls that.
        let is_first =
            returned == Returned::Result || parts.handle.is_some_and(Handle::adds_static_bounds);
        let should_check = is_first && self.is_entry_inline(parts);
        let entry = match self.is_shared_async() {
            true => self.emit_inline_entry(parts, should_check),
            false => self.emit_weighed_entry(parts, should_check),
        };
        let checks = self.emit_option_checks().filter(|_| should_check);
        let lookup = self.emit_lookup(&entry, parts, returned);
        let compute = self.emit_compute(parts, returned);
        let setup = &parts.setup;
        quote_spanned!(Span::mixed_site()=> #setup #checks #lookup #compute)
    }

    /// Returns a hit; binds `miss` otherwise.
    fn emit_lookup(
        &self,
        entry: &TokenStream,
        parts: &CallParts<'_>,
        returned: Returned,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let field = returned.emit_field();
        let return_hit_or = |found: &TokenStream, otherwise: &str, arms: &TokenStream| {
            let otherwise = Ident::new(otherwise, site);
            // Outside of the match: a future would also keep the result of a hit.
            quote_spanned! {site=>
                let #otherwise = match #found {
                    ::core::result::Result::Ok(hit) => return hit #field,
                    #arms
                };
            }
        };
        let return_hit = |found: &TokenStream, otherwise: &str| {
            let name = Ident::new(otherwise, site);
            let arm = quote_spanned!(site=> ::core::result::Result::Err(#name) => #name,);
            return_hit_or(found, otherwise, &arm)
        };
        if let Some(refresh) = self.emit_refresh_arm(parts, field.as_ref()) {
            let private = self.emit_private(site);
            let missed = if self.is_async() { "missed" } else { "miss" };
            let name = Ident::new(missed, site);
            let arms = quote_spanned! {site=>
                #refresh
                ::core::result::Result::Err(#private::Missed::Compute(#name)) => #name,
            };
            let lookup = return_hit_or(&self.emit_lookup_or_refresh(entry), missed, &arms);
            let resolve = self.is_async().then(|| return_hit(&self.emit_resolve(), "miss"));
            return quote_spanned!(site=> #lookup #resolve);
        }
        let lookup = if self.is_shared_async() {
            quote_spanned!(site=> #entry.lookup_async())
        } else {
            let lookup = self.emit_entry_method("lookup");
            quote_spanned!(site=> #lookup(#entry))
        };
        if !self.is_async() {
            return return_hit(&lookup, "miss");
        }
        let lookup = return_hit(&lookup, "missed");
        let resolve = return_hit(&self.emit_resolve(), "miss");
        quote_spanned!(site=> #lookup #resolve)
    }

    /// Waits until it is known whether the call `missed` computes.
    fn emit_resolve(&self) -> TokenStream {
        let site = Span::mixed_site();
        if self.is_shared_async() {
            return quote_spanned!(site=> missed.resolve().await);
        }
        let (private, output) = (self.emit_private(site), &self.output);
        quote_spanned!(site=> #private::Waiting::<#output, _, _>::new(missed).await)
    }

    /// Runs the body and finishes `miss` with its result, which is returned.
    pub(super) fn emit_compute(&self, parts: &CallParts<'_>, returned: Returned) -> TokenStream {
        let site = Span::mixed_site();
        let (private, field) = (self.emit_private(site), returned.emit_field());
        let (trace, body) = (self.emit_trace(), &parts.body);
        if !self.is_async() {
            let finish = self.emit_finish(body, parts);
            return quote_spanned!(site=> #trace #finish #field);
        }
        let finish = self.emit_finish(&quote_spanned!(site=> result), parts);
        let finish = if self.is_shared_async() {
            quote_spanned! {site=>
                // No result is kept while it waits for Redis: an error need not be `Send`.
                let storing = match #finish {
                    ::core::result::Result::Ok(filled) => return filled #field,
                    ::core::result::Result::Err(storing) => storing,
                };
                storing.await #field
            }
        } else {
            quote_spanned!(site=> #finish #field)
        };
        quote_spanned! {site=> {
            #trace
            let body = ::core::pin::pin!(#body);
            // Dropped before the body, whose own drops may call the function.
            let miss = miss;
            let result = #private::Compute::run(&miss, body).await;
            #finish
        }}
    }

    /// Records the arguments that `trace` names in the computation's span.
    pub(super) fn emit_trace(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let arguments = self.options.trace.iter().filter_map(|wanted| {
            let is_wanted = |argument: &&Argument| argument.has_name(wanted);
            let argument = self.function.arguments.iter().find(is_wanted)?;
            let (text, at) = (wanted.unraw().to_string(), wanted.span());
            let (private, value) = (self.emit_private(at), argument.emit_named_value(&text));
            let traced = quote_spanned!(at=> #private::traced(&#value).argument());
            let traced = self.emit_check(&traced, "Traceable", &quote_spanned!(at=> ()), at);
            Some(quote_spanned!(at=> (#text, #traced.recorded())))
        });
        (!self.options.trace.is_empty()).then(|| {
            let private = self.emit_private(site);
            quote_spanned!(site=> #private::Compute::trace(&miss, &[#(#arguments),*]);)
        })
    }

    /// The path of a method of the runtime's entries, or of its async twin.
    pub(super) fn emit_entry_method(&self, name: &str) -> TokenStream {
        let site = Span::mixed_site();
        let private = self.emit_private(site);
        if self.is_async() {
            let name = format_ident!("{name}_async", span = site);
            quote_spanned!(site=> #private::AsyncEntry::#name)
        } else {
            let name = Ident::new(name, site);
            quote_spanned!(site=> #private::Entry::#name)
        }
    }

    /// Finishes `miss` with a result, which is stored if the predicate allows it.
    pub(super) fn emit_finish(&self, result: &TokenStream, parts: &CallParts<'_>) -> TokenStream {
        let site = Span::mixed_site();
        let private = self.emit_private(site);
        let is_shared_async = self.is_shared_async();
        let method = match (is_shared_async, &parts.cache_if) {
            (false, None) => "finish",
            (false, Some(_)) => "finish_if",
            (true, None) => "finish_async",
            (true, Some(_)) => "finish_async_if",
        };
        let (method, cache_if) = (Ident::new(method, site), parts.cache_if.iter());
        if is_shared_async {
            quote_spanned!(site=> miss.#method(#result #(, #cache_if)*))
        } else {
            quote_spanned!(site=> #private::Finish::#method(miss, #result #(, #cache_if)*))
        }
    }

    /// Whether the variable `result` may be stored, by `cache_if` and `cache_none`, and for how
    /// long, if the `ttl` may depend on it; `None` if any result may be stored.
    pub(super) fn emit_condition(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        let (private, output) = (self.emit_private(site), &self.output);
        let is_something = (!self.options.cache_none)
            .then(|| quote_spanned!(site=> !#private::nothing(result).is_nothing()));
        let is_wanted = self.options.cache_if.as_ref().map(|predicate| {
            let (result, at) = (Ident::new("result", site), predicate.span());
            // Through a `dyn`: the compiler infers the types of a closure from it, and an error
            // about the predicate names no function of the runtime.
            quote_spanned! {at=>
                {
                    let predicate: &dyn ::core::ops::Fn(&#output) -> ::core::primitive::bool =
                        &#predicate;
                    predicate(#result)
                }
            }
        });
        let conditions: Vec<_> = is_something.into_iter().chain(is_wanted).collect();
        let condition = (!conditions.is_empty()).then(|| quote_spanned!(site=> #(#conditions)&&*));
        let Some(keep) = self.emit_result_ttl() else { return condition };
        Some(match condition {
            None => keep,
            Some(condition) => quote_spanned! {site=>
                if #condition { #keep } else { #private::Keep::No }
            },
        })
    }
}
