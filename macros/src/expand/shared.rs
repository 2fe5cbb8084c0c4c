//! What a function needs that shares its results through Redis: its static, and its keys.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::{Call, relocate};
use crate::function::Argument;
use crate::options::Redis;
use crate::template::{Manner, Part};

impl Call<'_> {
    /// The static by which a tier knows the function.
    pub(super) fn member(&self) -> Option<TokenStream> {
        let Redis { template, tier, l1_ttl, name } = self.options.redis.as_ref()?;
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
            Some(tier) => {
                let tier = relocate(quote::quote!(&#tier), tier.span());
                quote_spanned!(site=> #tier)
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

    /// How these arguments make a key, and how results are written; nothing for a function that shares nothing.
    pub(super) fn keying(&self) -> Option<TokenStream> {
        let Redis { template, .. } = self.options.redis.as_ref()?;
        let site = Span::mixed_site();
        let private = self.private(site);
        let key = Ident::new("key", site);
        let parts = template.parts.iter().map(|part| match part {
            Part::Literal(literal) => quote_spanned!(site=> #key.literal(#literal);),
            Part::Argument { name, manner } => match self.argument(name) {
                Some(argument) => {
                    let at = site.located_at(self.at_argument(argument));
                    let probe = self.segment(argument, *manner, at);
                    let write = if *manner == Manner::Hash { "hash" } else { "write" };
                    let write = Ident::new(write, site);
                    quote_spanned!(site=> #probe.segment().#write(#key);)
                }
                None => TokenStream::new(),
            },
        });
        let outcome = self.outcome();
        let escaped = &template.escaped;
        let escape = (!escaped.is_empty()).then(|| quote_spanned!(site=> #key.escape(#escaped);));
        Some(quote_spanned! {site=>
            #private::redis::codec(&#outcome).codec(),
            |#key: &mut #private::redis::KeyWriter| { #escape #(#parts)* }
        })
    }

    /// As [`Call::keying`], and which results may be kept.
    pub(super) fn resolving(&self) -> Option<TokenStream> {
        let keying = self.keying()?;
        let site = Span::mixed_site();
        let output = &self.output;
        let cache_if = self.cache_if().unwrap_or_else(|| quote_spanned!(site=> |_: &#output| true));
        Some(quote_spanned!(site=> #keying, #cache_if))
    }

    /// How results are written; nothing for a function that shares nothing.
    pub(super) fn shared_checks(&self) -> Option<TokenStream> {
        let Redis { template, .. } = self.options.redis.as_ref()?;
        let site = Span::mixed_site();
        let segments = template.arguments().filter_map(|(name, manner)| {
            let argument = self.argument(name)?;
            let at = self.at_argument(argument);
            let probe = self.segment(argument, manner, at);
            Some(match manner {
                Manner::Debug => quote_spanned!(at=> #probe.verdict().debug_segment();),
                _ => quote_spanned!(at=> #probe.verdict().key_segment();),
            })
        });
        let at = self.at_output();
        let (private, returns) = (self.private(at), self.returns(at));
        let output = quote_spanned!(at=> #private::redis::codec(&#returns.outcome()).verdict().serializable(););
        Some(quote_spanned!(site=> #(#segments)* #output))
    }

    fn argument(&self, name: &str) -> Option<&Argument> {
        self.function
            .arguments
            .iter()
            .find(|argument| argument.named && argument.bare_name() == name)
    }

    /// Asks how an argument is written in a key.
    fn segment(&self, argument: &Argument, manner: Manner, at: Span) -> TokenStream {
        let (private, borrowed) = (self.private(at), argument.borrowed_part(at));
        match manner {
            Manner::Debug => quote_spanned!(at=> #private::redis::debug_segment(#borrowed)),
            _ => quote_spanned!(at=> #private::redis::segment(#borrowed)),
        }
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
