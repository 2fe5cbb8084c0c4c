//! The bodies of the handle's functions.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};

use super::Expansion;
use super::call::Returned;
use super::parts::CallParts;
use crate::handle::{Handle, Operation};

impl Expansion<'_> {
    /// The body of a function of the handle.
    pub(super) fn emit_operation(
        &self,
        operation: Operation,
        handle: &Handle<'_>,
        parts: &CallParts<'_>,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let private = self.emit_private(site);
        let cache = &parts.cache;
        let call_entry = |method: &str| {
            let (entry, method) = (self.emit_entry(parts), Ident::new(method, site));
            quote_spanned!(site=> { #private::Entry::#method(#entry) })
        };
        let body = match operation {
            Operation::Uncached => return self.function.body.to_token_stream(),
            Operation::Info => quote_spanned!(site=> { #cache.info() }),
            Operation::Stats => quote_spanned!(site=> { #cache.stats() }),
            Operation::Clear if self.is_shared_async() => {
                quote_spanned!(site=> { #cache.clear_async().await })
            }
            Operation::Clear => quote_spanned!(site=> { #cache.clear() }),
            Operation::Parameters => quote_spanned!(site=> { #cache.parameters() }),
            Operation::Invalidate if self.is_shared_async() => {
                let entry = self.emit_entry_expression(parts, false);
                quote_spanned!(site=> { #entry.invalidate_async().await })
            }
            Operation::Invalidate => call_entry("invalidate"),
            Operation::Contains => call_entry("contains"),
            Operation::Peek => call_entry("peek"),
            Operation::Ttl => call_entry("ttl"),
            Operation::Insert => {
                let entry = self.emit_weighed_entry(parts, false);
                let value = handle.value_param();
                match &parts.cache_if {
                    None => quote_spanned!(site=> { #private::Entry::store(#entry, #value) }),
                    Some(cache_if) => quote_spanned! {site=> {
                        #private::Entry::store_if(#entry, #value, #cache_if)
                    }},
                }
            }
            Operation::Entries | Operation::Retain => {
                let outcome = self.emit_outcome(false);
                let (key, output) = (handle.key_name(), &self.output);
                let call = match operation {
                    Operation::Entries => quote_spanned! {site=>
                        #cache.entries::<#key, #output, _>(outcome)
                    },
                    _ => quote_spanned!(site=> #cache.retain::<#key, #output, _>(outcome, keep)),
                };
                quote_spanned!(site=> { #outcome #call })
            }
            Operation::Refresh => {
                let miss = self.emit_refresh(parts);
                let compute = self.emit_compute(parts, Returned::Result);
                quote_spanned! {site=> {
                    let miss = #miss;
                    #compute
                }}
            }
            Operation::WithStatus => {
                let call = self.emit_call(parts, Returned::WithStatus);
                quote_spanned!(site=> { #call })
            }
        };
        match self.emit_alias_in_body(Some(handle)) {
            Some(alias) => quote_spanned!(site=> { #alias #body }),
            None => body,
        }
    }

    /// A miss that replaces the entry, whether or not it is fresh.
    fn emit_refresh(&self, parts: &CallParts<'_>) -> TokenStream {
        let site = Span::mixed_site();
        if self.is_shared_async() {
            let entry = self.emit_inline_entry(parts, false);
            return quote_spanned!(site=> #entry.refresh_async().await);
        }
        let (entry, refresh) =
            (self.emit_weighed_entry(parts, false), self.emit_entry_method("refresh"));
        quote_spanned!(site=> #refresh(#entry))
    }
}
