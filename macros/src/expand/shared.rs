//! What a function needs that shares its results through Redis: its static, and its keys.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::spanned::Spanned as _;

use super::{Call, root};
use crate::function::Argument;
use crate::generics::stored;
use crate::options::Redis;
use crate::template::{Manner, Part};

impl Call<'_> {
    /// The static by which a tier knows the function.
    pub(super) fn member(&self) -> Option<TokenStream> {
        let Redis { template, tier, l1_ttl, name } = self.options.redis.as_ref()?;
        let template = template.as_ref()?;
        let site = Span::mixed_site();
        let private = self.private(site);
        let parts = template.parts.iter().map(|part| match part {
            Part::Literal(literal) => {
                quote_spanned!(site=> #private::redis::Part::Literal(#literal))
            }
            Part::Argument { manner: Manner::Hash, .. } => {
                quote_spanned!(site=> #private::redis::Part::Hash)
            }
            Part::Argument { .. } => {
                let escaped = &template.escaped;
                quote_spanned!(site=> #private::redis::Part::Argument { escaped: #escaped })
            }
        });
        let tier = match tier {
            // A variable of its type, so that a message is about the path, and no call.
            Some(tier) => {
                let (at, root) = (tier.span(), root(self.options, tier.span()));
                let tier = quote_spanned!(at=> &#tier);
                quote_spanned! {at=> {
                    let tier: &'static #root::redis::Tier = #tier;
                    tier
                }}
            }
            None => quote_spanned!(site=> #private::redis::default_tier()),
        };
        let l1_ttl = match l1_ttl {
            None => quote_spanned!(site=> ::core::option::Option::None),
            Some(l1_ttl) => {
                let l1_ttl = self.duration(l1_ttl);
                quote_spanned!(site=> ::core::option::Option::Some(#l1_ttl))
            }
        };
        let at = name.span();
        let private = self.private(at);
        Some(quote_spanned! {site=>
            static __FUNCTOOLS_SHARED: #private::redis::Member =
                #private::redis::Member::new(&[#(#parts),*], #tier, || #l1_ttl);
        })
    }

    /// A closure that writes the key of these arguments in Redis; `None` for a function that shares
    /// nothing. If it is `checked`, it compiles only if they can be part of a key.
    pub(super) fn key_writer(&self, checked: bool) -> Option<TokenStream> {
        let template = self.options.redis.as_ref()?.template.as_ref()?;
        let site = Span::mixed_site();
        let private = self.private(site);
        let key = Ident::new("key", site);
        let mut seen = Vec::new();
        let parts = template.parts.iter().map(|part| match part {
            Part::Literal(literal) => quote_spanned!(site=> #key.literal(#literal);),
            Part::Argument { name, manner } => match self.argument(name) {
                Some(argument) => {
                    let is_first = !seen.contains(&name);
                    seen.push(name);
                    let segment = self.segment(argument, *manner, checked && is_first);
                    let write = if *manner == Manner::Hash { "hash" } else { "write" };
                    let write = Ident::new(write, site);
                    quote_spanned!(site=> #segment.#write(#key);)
                }
                None => TokenStream::new(),
            },
        });
        let parts: Vec<_> = parts.collect();
        let move_token = self.takes_references.then(|| quote_spanned!(site=> move));
        let escaped = &template.escaped;
        let escape = (!escaped.is_empty()).then(|| quote_spanned!(site=> #key.escape(#escaped);));
        Some(quote_spanned! {site=>
            #move_token |#key: &mut #private::redis::KeyWriter| { #escape #(#parts)* }
        })
    }

    /// How results are written, given the variable `outcome`. If it is `checked`, it compiles only
    /// if they can be.
    pub(super) fn codec(&self, checked: bool) -> TokenStream {
        let at = self.at_output();
        let private = self.private(at);
        let outcome = Ident::new("outcome", Span::mixed_site());
        let output = &self.output;
        let codec = quote_spanned!(at=> #private::redis::codec::<#output, _>(&#outcome).codec());
        if !checked {
            return codec;
        }
        let ty = match self.options.cache_err {
            true => output.clone(),
            false => stored(&self.function.sig.output),
        };
        self.emit_check(&codec, "Serializable", &ty, at)
    }

    fn argument(&self, name: &str) -> Option<&Argument> {
        self.function
            .arguments
            .iter()
            .find(|argument| argument.named && argument.bare_name() == name)
    }

    /// How an argument is written in a key.
    fn segment(&self, argument: &Argument, manner: Manner, checked: bool) -> TokenStream {
        let at = self.at_argument(argument);
        let (private, borrowed) = (self.private(at), argument.borrowed_part(at));
        let (segment, check) = match manner {
            Manner::Debug => ("debug_segment", "DebugSegment"),
            // The type of a part is not written.
            _ if argument.is_part() => ("segment", "ValueSegment"),
            _ => ("segment", "KeySegment"),
        };
        let segment = Ident::new(segment, at);
        let segment = quote_spanned!(at=> #private::redis::#segment(#borrowed).segment());
        if !checked {
            return segment;
        }
        if argument.is_part() {
            return self.emit_check(&segment, check, &argument.ty.to_token_stream(), at);
        }
        // What is no key in memory either is said once.
        let (scope, borrowed) = (self.scope(at), argument.borrowed(at));
        let in_memory = quote_spanned!(at=> #scope::probe(#borrowed).argument());
        let segment =
            quote_spanned!(at=> #private::redis::InMemory::segment(&#in_memory, #segment));
        self.emit_check(&segment, check, &argument.ty.to_token_stream(), at)
    }

    /// Whether hits look at the clock.
    pub(super) fn is_timed(&self) -> bool {
        self.options.expiry.ttl.is_some() || self.options.redis.is_some()
    }

    /// Whether results are shared by an `async fn`, whose cache has more to await.
    pub(super) fn shares_async(&self) -> bool {
        self.options.redis.is_some() && self.is_async()
    }
}
