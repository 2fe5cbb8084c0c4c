//! The option `tags`: templates of the tags that an entry carries.

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{LitStr, Token, parenthesized};

use super::names::find_idents;
use super::values::{parse_list, take_given};
use super::{Options, Tags};
use crate::errors::Errors;
use crate::template::{Subject, Template};

impl Options {
    /// `tags("user:{user_id}", "orders")`
    pub(super) fn parse_tags(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        // Also after an error: what cannot be combined with tags is reported.
        let tags = self.tags.insert(Tags { name: name.clone(), templates: Vec::new() });
        if !input.peek(syn::token::Paren) {
            let meant = input.parse::<Token![=]>().and_then(|_| input.parse::<LitStr>());
            let example = match meant {
                Ok(text) => text.value(),
                Err(_) => "user:{user_id}".to_owned(),
            };
            take_given(input)?;
            let message = format!("`tags` needs parentheses: write `tags(\"{example}\")`");
            return Err(syn::Error::new(name.span(), message));
        }
        let content;
        parenthesized!(content in input);
        if content.is_empty() {
            let message = "`tags()` names no tag: write `tags(\"user:{user_id}\")`, or remove it";
            return Err(syn::Error::new(name.span(), message));
        }
        parse_list(&content, errors, |input, _| {
            let template = parse_tag(input)?;
            let text = template.literal.value();
            if tags.templates.iter().any(|known| known.literal.value() == text) {
                let message = format!("`{text}` is given twice: keep one of them");
                return Err(syn::Error::new(template.literal.span(), message));
            }
            tags.templates.push(template);
            Ok(())
        });
        Ok(())
    }
}

/// Reads one tag.
fn parse_tag(input: ParseStream<'_>) -> syn::Result<Template> {
    let at = input.span();
    let Ok(literal) = input.parse::<LitStr>() else {
        let example = match &find_idents(take_given(input)?)[..] {
            [] => "user:{user_id}".to_owned(),
            [name, ..] => format!("{0}:{{{0}}}", name.unraw()),
        };
        let message = format!(
            "expected a text with the names of arguments in braces: write `tags(\"{example}\")`"
        );
        return Err(syn::Error::new(at, message));
    };
    Template::parse(&literal, Subject::Tag)
}
