//! The option `redis`: a key template, or options of its own in parentheses.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Lit, LitStr, Path, Token, parenthesized};

use super::unknown::{distance, is_near};
use super::values::{parse_duration, parse_list, parse_value_or};
use super::{DurationValue, Options, Redis};
use crate::errors::Errors;
use crate::template::{Subject, Template};

const ADVICE: &str = "write `redis = \"item:{id}\"`, with the names of arguments in braces, or \
    `redis(key = \"item:{id}\", tier = ITEMS, l1_ttl = \"1s\")`";

impl Options {
    /// `redis = "item:{id}"`, or `redis(key = "item:{id}", tier = ITEMS, l1_ttl = "1s", ..)`
    pub(super) fn parse_redis(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let mut options = RedisOptions::default();
        let parsed = options.parse(name, input, errors);
        if !cfg!(feature = "redis") {
            parsed?;
            return Err(syn::Error::new(
                name.span(),
                "`redis` requires the feature `redis` of functools: write `functools = { version = \
                 \"..\", features = [\"redis\"] }` in Cargo.toml",
            ));
        }
        let parsed = parsed.and_then(|()| options.parse_template(name));
        let (template, result) = match parsed {
            Ok(template) => (template, Ok(())),
            Err(error) => (None, Err(error)),
        };
        let RedisOptions { tier, l1_ttl, codec, .. } = options;
        // Also after an error: the handle is that of a function with a second tier.
        self.redis = Some(Redis { name: name.clone(), template, tier, l1_ttl, codec });
        result
    }
}

/// The options in the parentheses of `redis(..)`.
#[derive(Default)]
struct RedisOptions {
    seen: Vec<Ident>,
    key: Option<LitStr>,
    tier: Option<Path>,
    l1_ttl: Option<DurationValue>,
    version: Option<u32>,
    codec: Option<Path>,
}

impl RedisOptions {
    const NAMES: [&str; 5] = ["key", "tier", "l1_ttl", "version", "codec"];

    fn parse(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        if !input.peek(syn::token::Paren) {
            let message = format!("`redis` needs a key: {ADVICE}");
            self.key = Some(parse_value_or(name, &message, input)?);
            return Ok(());
        }
        let content;
        parenthesized!(content in input);
        if let Ok(text) = content.fork().parse::<LitStr>() {
            // `redis("item:{id}")`
            content.parse::<TokenStream>()?;
            check_address(&text)?;
            let key = text.value();
            let message =
                format!("`redis(..)` needs options with names: write `redis = \"{key}\"`");
            return Err(syn::Error::new(text.span(), message));
        }
        parse_list(&content, errors, |input, _| self.parse_option(input));
        Ok(())
    }

    fn parse_option(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(format!("expected an option of `redis`: {ADVICE}")));
        }
        let name = Ident::parse_any(input)?;
        if self.seen.contains(&name) {
            let message = format!("`{name}` is given twice: keep one of them");
            return Err(syn::Error::new(name.span(), message));
        }
        self.seen.push(name.clone());
        match name.to_string().as_str() {
            "key" => {
                let message = "expected a text with the names of arguments in braces, such as `key \
                    = \"item:{id}\"`";
                self.key = Some(parse_value_or(&name, message, input)?);
            }
            "tier" => {
                let message = "`tier` must be the path of a `static` of type \
                    `functools::redis::Tier`: write `tier = ITEMS`";
                self.tier = Some(parse_path(&name, message, input)?);
            }
            "l1_ttl" => self.l1_ttl = Some(parse_duration(&name, "5s", input)?),
            "version" => self.version = Some(parse_version(&name, input)?),
            "codec" => {
                let message = "`codec` must be the path of a type that implements \
                    `functools::codec::Codec`: write `codec = MessagePack`";
                self.codec = Some(parse_path(&name, message, input)?);
            }
            other => return Err(syn::Error::new(name.span(), describe_unknown(other))),
        }
        Ok(())
    }

    /// Reads the key; `None` if there is an error about it already.
    fn parse_template(&self, name: &Ident) -> syn::Result<Option<Template>> {
        let Some(key) = &self.key else {
            // An unknown option may be a misspelt key.
            let is_reported = self.seen.iter().any(|option| {
                option == "key" || !Self::NAMES.contains(&option.to_string().as_str())
            });
            return if is_reported {
                Ok(None)
            } else {
                Err(syn::Error::new(name.span(), format!("`redis` needs a key: {ADVICE}")))
            };
        };
        check_address(key)?;
        let mut template = Template::parse(key, Subject::Key)?;
        if let Some(version) = self.version {
            template.add_version(version);
        }
        Ok(Some(template))
    }
}

/// Reads the path after `name =`, and nothing else.
fn parse_path(name: &Ident, message: &str, input: ParseStream<'_>) -> syn::Result<Path> {
    let path = parse_value_or(name, message, input)?;
    if !input.is_empty() && !input.peek(Token![,]) {
        return Err(syn::Error::new(input.span(), message));
    }
    Ok(path)
}

/// Reads the number after `version =`.
fn parse_version(name: &Ident, input: ParseStream<'_>) -> syn::Result<u32> {
    const EXPECTED: &str = "expected the number of a version, which begins with 1: write `version \
        = 2`, or remove `version`";
    let value: Lit = parse_value_or(name, EXPECTED, input)?;
    let version = match &value {
        Lit::Int(number) if number.suffix().is_empty() => number.base10_parse().ok(),
        _ => None,
    };
    match version {
        Some(version) if version > 0 && (input.is_empty() || input.peek(Token![,])) => Ok(version),
        _ => Err(syn::Error::new(value.span(), EXPECTED)),
    }
}

fn describe_unknown(name: &str) -> String {
    let nearest = RedisOptions::NAMES.iter().map(|known| (distance(name, known), known)).min();
    match nearest {
        Some((distance, known)) if is_near(distance, name) => {
            format!("unknown option `{name}` of `redis`: did you mean `{known}`?")
        }
        _ => {
            let names = RedisOptions::NAMES.join("`, `");
            format!("unknown option `{name}` of `redis`, expected one of `{names}`")
        }
    }
}

/// Reports the address of a server that stands in place of a key.
fn check_address(key: &LitStr) -> syn::Result<()> {
    let schemes = ["redis://", "rediss://", "redis+unix://"];
    if !schemes.iter().any(|scheme| key.value().starts_with(scheme)) {
        return Ok(());
    }
    Err(syn::Error::new(
        key.span(),
        "expected the key of a result, found an address: write `redis = \"item:{id}\"`, and give \
         the address to `functools::redis::install`",
    ))
}
