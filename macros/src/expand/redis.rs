//! The second tier of a function: the static that registers it, and its keys and values in Redis.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::spanned::Spanned as _;

use super::Expansion;
use crate::argument::Argument;
use crate::options::Redis;
use crate::paths::emit_root;
use crate::template::{Format, TemplatePart};
use crate::types::stored_type;

impl Expansion<'_> {
    /// The static by which a tier knows the function.
    pub(super) fn emit_shared_function(&self) -> Option<TokenStream> {
        let Redis { template, tier, l1_ttl, name, .. } = self.options.redis.as_ref()?;
        let template = template.as_ref()?;
        let site = Span::mixed_site();
        let private = self.emit_private(site);
        let parts = template.parts.iter().map(|part| match part {
            TemplatePart::Literal(literal) => {
                quote_spanned!(site=> #private::tier::TemplatePart::Literal(#literal))
            }
            TemplatePart::Argument { format: Format::Hash, .. } => {
                quote_spanned!(site=> #private::tier::TemplatePart::Hash)
            }
            TemplatePart::Argument { .. } => {
                let escaped = &template.escaped;
                quote_spanned!(site=> #private::tier::TemplatePart::Argument { escaped: #escaped })
            }
        });
        let tier = match tier {
            // A variable with a type: then rustc reports an error about the path, not a call.
            Some(tier) => {
                let (at, root) = (tier.span(), emit_root(self.options, tier.span()));
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
                let l1_ttl = self.emit_duration(l1_ttl);
                quote_spanned!(site=> ::core::option::Option::Some(#l1_ttl))
            }
        };
        let at = name.span();
        let private = self.emit_private(at);
        Some(quote_spanned! {site=>
            static __FUNCTOOLS_SHARED: #private::tier::SharedFunction =
                #private::tier::SharedFunction::new(&[#(#parts),*], #tier, || #l1_ttl);
        })
    }

    /// A closure that writes the Redis key of the arguments; `None` without a second tier. With
    /// `should_check`, it compiles only if the arguments can be part of a key.
    pub(super) fn emit_redis_key(&self, should_check: bool) -> Option<TokenStream> {
        let template = self.options.redis.as_ref()?.template.as_ref()?;
        let site = Span::mixed_site();
        let private = self.emit_private(site);
        let key = Ident::new("key", site);
        let mut seen = Vec::new();
        let parts = template.parts.iter().map(|part| match part {
            TemplatePart::Literal(literal) => quote_spanned!(site=> #key.literal(#literal);),
            TemplatePart::Argument { name, format } => match self.find_argument(name) {
                Some(argument) => {
                    let is_first = !seen.contains(&name);
                    seen.push(name);
                    let segment = self.emit_segment(argument, *format, should_check && is_first);
                    let write = if *format == Format::Hash { "hash" } else { "write" };
                    let write = Ident::new(write, site);
                    quote_spanned!(site=> #segment.#write(#key);)
                }
                None => TokenStream::new(),
            },
        });
        let parts: Vec<_> = parts.collect();
        let escaped = &template.escaped;
        let escape = (!escaped.is_empty()).then(|| quote_spanned!(site=> #key.escape(#escaped);));
        Some(quote_spanned! {site=>
            |#key: &mut #private::tier::KeyWriter| { #escape #(#parts)* }
        })
    }

    /// The codec of results, given the variable `outcome`. With `should_check`, it compiles only if
    /// results can be encoded.
    pub(super) fn emit_codec(&self, should_check: bool) -> TokenStream {
        let own = self.options.redis.as_ref().and_then(|redis| redis.codec.as_ref());
        let at = own.map_or_else(|| self.output_span(), syn::spanned::Spanned::span);
        let private = self.emit_private(at);
        let outcome = Ident::new("outcome", Span::mixed_site());
        let output = &self.output;
        let choose = match own {
            None => quote_spanned!(at=> codec::<#output, _>),
            Some(own) => quote_spanned!(at=> own_codec::<#own, #output, _>),
        };
        let codec = quote_spanned!(at=> #private::tier::#choose(&#outcome).codec());
        if !should_check {
            return codec;
        }
        let ty = match self.options.cache_err {
            true => output.clone(),
            false => stored_type(&self.function.sig.output),
        };
        let check = if own.is_some() { "Encodable" } else { "Serializable" };
        self.emit_check(&codec, check, &ty, at)
    }

    /// The argument that a template means by this name.
    pub(super) fn find_argument(&self, name: &str) -> Option<&Argument> {
        self.function
            .arguments
            .iter()
            .find(|argument| argument.has_user_name && argument.bare_name() == name)
    }

    /// How an argument is written in a key.
    fn emit_segment(&self, argument: &Argument, format: Format, should_check: bool) -> TokenStream {
        let at = self.argument_span(argument);
        let (private, borrowed) = (self.emit_private(at), argument.emit_borrowed_part(at));
        let (segment, check) = match format {
            Format::Debug => ("debug_segment", "DebugSegment"),
            // The type of a part of an argument is not written.
            _ if argument.is_part() => ("segment", "ValueSegment"),
            _ => ("segment", "KeySegment"),
        };
        let segment = Ident::new(segment, at);
        let segment = quote_spanned!(at=> #private::tier::#segment(#borrowed).segment());
        if !should_check {
            return segment;
        }
        if argument.is_part() {
            return self.emit_check(&segment, check, &argument.ty.to_token_stream(), at);
        }
        // A type that cannot be a key in memory either is reported once.
        let (scope, borrowed) = (self.emit_scope(at), argument.emit_borrowed(at));
        let in_memory = quote_spanned!(at=> #scope::probe(#borrowed).argument());
        let segment = quote_spanned!(at=> #private::tier::InMemory::segment(&#in_memory, #segment));
        self.emit_check(&segment, check, &argument.ty.to_token_stream(), at)
    }
}
