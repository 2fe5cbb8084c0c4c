//! The expansion of `tags`: a closure that writes the tags of a call's arguments.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};

use super::Expansion;
use crate::argument::Argument;
use crate::template::{Format, Template, TemplatePart};

impl Expansion<'_> {
    /// The method call that tags an entry; `None` without `tags`. With `should_check`, it compiles
    /// only if the arguments can be part of a tag.
    pub(super) fn emit_tagger(&self, should_check: bool) -> Option<TokenStream> {
        let tags = self.options.tags.as_ref()?;
        let site = Span::mixed_site();
        let (private, name) = (self.emit_private(site), Ident::new("tags", site));
        // What the key of `redis` has is checked there.
        let redis = self.options.redis.as_ref().and_then(|redis| redis.template.as_ref());
        let keyed = redis.into_iter().flat_map(|template| &template.parts);
        let keyed = keyed.filter_map(|part| match part {
            TemplatePart::Argument { name, format } => Some((name.as_str(), *format)),
            TemplatePart::Literal(_) => None,
        });
        let mut checked: Vec<_> = keyed.collect();
        let all = tags.templates.iter().map(|template| {
            let write = self.emit_tag(template, should_check, &mut checked);
            quote_spanned!(site=> #name.add(#write);)
        });
        let all: Vec<_> = all.collect();
        Some(quote_spanned!(site=> .tagged(|#name: &mut #private::Tags| { #(#all)* })))
    }

    /// A closure that writes a tag. `checked` are the arguments that were checked before.
    fn emit_tag<'t>(
        &self,
        template: &'t Template,
        should_check: bool,
        checked: &mut Vec<(&'t str, Format)>,
    ) -> TokenStream {
        let site = Span::mixed_site();
        let (private, tag) = (self.emit_private(site), Ident::new("tag", site));
        let parts = template.parts.iter().map(|part| match part {
            TemplatePart::Literal(literal) => quote_spanned!(site=> #tag.literal(#literal);),
            TemplatePart::Argument { name, format } => match self.find_argument(name) {
                Some(argument) => {
                    let use_of_it = (name.as_str(), *format);
                    let is_first = !checked.contains(&use_of_it);
                    checked.push(use_of_it);
                    let segment =
                        self.emit_tag_segment(argument, *format, should_check && is_first);
                    quote_spanned!(site=> #segment.write(#tag);)
                }
                None => TokenStream::new(),
            },
        });
        let parts: Vec<_> = parts.collect();
        let escaped = &template.escaped;
        let escape = (!escaped.is_empty()).then(|| quote_spanned!(site=> #tag.escape(#escaped);));
        quote_spanned!(site=> |#tag: &mut #private::KeyWriter| { #escape #(#parts)* })
    }

    /// How an argument is written in a tag.
    fn emit_tag_segment(
        &self,
        argument: &Argument,
        format: Format,
        should_check: bool,
    ) -> TokenStream {
        let at = self.argument_span(argument);
        let (private, borrowed) = (self.emit_private(at), argument.emit_borrowed_part(at));
        let (segment, check) = match format {
            Format::Debug => ("debug_segment", "DebugTagSegment"),
            // The type of a part of an argument is not written.
            _ if argument.is_part() => ("segment", "ValueTagSegment"),
            _ => ("segment", "TagSegment"),
        };
        let segment = Ident::new(segment, at);
        let segment = quote_spanned!(at=> #private::#segment(#borrowed).segment());
        if !should_check {
            return segment;
        }
        let ty = argument.ty.to_token_stream();
        // With `key`, an argument need not be a key in memory. Otherwise one that cannot is
        // reported once.
        if argument.is_part() || self.options.has_key {
            return self.emit_check(&segment, check, &ty, at);
        }
        let (scope, borrowed) = (self.emit_scope(at), argument.emit_borrowed(at));
        let in_memory = quote_spanned!(at=> #scope::probe(#borrowed).argument());
        let segment = quote_spanned!(at=> #private::InMemory::segment(&#in_memory, #segment));
        self.emit_check(&segment, check, &ty, at)
    }
}
