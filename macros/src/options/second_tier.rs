//! The options `redis` and `disk`: a key template, or options of its own in parentheses.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Lit, LitStr, Path, Token, parenthesized};

use super::unknown::{distance, is_near};
use super::values::{parse_duration, parse_list, parse_value_or};
use super::{DurationValue, Options, SecondTier, TierKind};
use crate::errors::Errors;
use crate::template::Template;

/// What to write.
fn advice(kind: TierKind) -> String {
    let option = kind.option();
    format!(
        "write `{option} = \"item:{{id}}\"`, with the names of arguments in braces, or \
         `{option}(key = \"item:{{id}}\", tier = ITEMS, l1_ttl = \"1s\")`"
    )
}

impl Options {
    /// `redis = "item:{id}"`, or `redis(key = "item:{id}", tier = ITEMS, l1_ttl = "1s", ..)`, and
    /// the same for `disk`
    pub(super) fn parse_second_tier(
        &mut self,
        kind: TierKind,
        name: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let mut options = TierOptions::new(kind);
        let parsed = options.parse(name, input, errors);
        let (has_feature, option) = match kind {
            TierKind::Redis => (cfg!(feature = "redis"), "redis"),
            TierKind::Disk => (cfg!(feature = "disk"), "disk"),
        };
        if !has_feature {
            parsed?;
            return Err(syn::Error::new(
                name.span(),
                format!(
                    "`{option}` requires the feature `{option}` of functools: write `functools = \
                     {{ version = \"..\", features = [\"{option}\"] }}` in Cargo.toml"
                ),
            ));
        }
        if let Some(other) = &self.second_tier {
            let message = format!(
                "`{option}` cannot be combined with `{}`: results are shared in one place. Remove \
                 one of them",
                other.kind.option()
            );
            return Err(syn::Error::new(name.span(), message));
        }
        let parsed = parsed.and_then(|()| options.parse_template(name));
        let (template, result) = match parsed {
            Ok(template) => (template, Ok(())),
            Err(error) => (None, Err(error)),
        };
        let TierOptions { tier, l1_ttl, codec, .. } = options;
        // Also after an error: the handle is that of a function with a second tier.
        let name = name.clone();
        self.second_tier = Some(SecondTier { kind, name, template, tier, l1_ttl, codec });
        result
    }
}

/// The options in the parentheses of `redis(..)`, or `disk(..)`.
struct TierOptions {
    kind: TierKind,
    seen: Vec<Ident>,
    key: Option<LitStr>,
    tier: Option<Path>,
    l1_ttl: Option<DurationValue>,
    version: Option<u32>,
    codec: Option<Path>,
}

impl TierOptions {
    const NAMES: [&str; 5] = ["key", "tier", "l1_ttl", "version", "codec"];

    fn new(kind: TierKind) -> Self {
        let (seen, key, tier, l1_ttl, version, codec) = (Vec::new(), None, None, None, None, None);
        TierOptions { kind, seen, key, tier, l1_ttl, version, codec }
    }

    /// The error about a missing key.
    fn no_key(&self) -> String {
        format!("`{}` needs a key: {}", self.kind.option(), advice(self.kind))
    }

    fn parse(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        if !input.peek(syn::token::Paren) {
            self.key = Some(parse_value_or(name, &self.no_key(), input)?);
            return Ok(());
        }
        let content;
        parenthesized!(content in input);
        if let Ok(text) = content.fork().parse::<LitStr>() {
            // `redis("item:{id}")`
            content.parse::<TokenStream>()?;
            self.check_address(&text)?;
            let key = text.value();
            let option = self.kind.option();
            let message =
                format!("`{option}(..)` needs options with names: write `{option} = \"{key}\"`");
            return Err(syn::Error::new(text.span(), message));
        }
        parse_list(&content, errors, |input, _| self.parse_option(input));
        Ok(())
    }

    fn parse_option(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if !input.peek(Ident::peek_any) {
            let (option, advice) = (self.kind.option(), advice(self.kind));
            return Err(input.error(format!("expected an option of `{option}`: {advice}")));
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
                let message = format!(
                    "`tier` must be the path of a `static` of type `functools::{}::Tier`: write \
                     `tier = ITEMS`",
                    self.kind.option()
                );
                self.tier = Some(parse_path(&name, &message, input)?);
            }
            "l1_ttl" => self.l1_ttl = Some(parse_duration(&name, "5s", input)?),
            "version" => self.version = Some(parse_version(&name, input)?),
            "codec" => {
                let message = "`codec` must be the path of a type that implements \
                    `functools::codec::Codec`: write `codec = MessagePack`";
                self.codec = Some(parse_path(&name, message, input)?);
            }
            other => return Err(syn::Error::new(name.span(), self.describe_unknown(other))),
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
                Err(syn::Error::new(name.span(), self.no_key()))
            };
        };
        self.check_address(key)?;
        let mut template = Template::parse(key)?;
        if let Some(version) = self.version {
            template.add_version(version);
        }
        Ok(Some(template))
    }

    fn describe_unknown(&self, name: &str) -> String {
        let option = self.kind.option();
        let nearest = Self::NAMES.iter().map(|known| (distance(name, known), known)).min();
        match nearest {
            Some((distance, known)) if is_near(distance, name) => {
                format!("unknown option `{name}` of `{option}`: did you mean `{known}`?")
            }
            _ => {
                let names = Self::NAMES.join("`, `");
                format!("unknown option `{name}` of `{option}`, expected one of `{names}`")
            }
        }
    }

    /// Reports the address of a server, or the path of a file, that stands in place of a key.
    fn check_address(&self, key: &LitStr) -> syn::Result<()> {
        let text = key.value();
        let begins_with = |beginnings: &[&str]| beginnings.iter().any(|it| text.starts_with(it));
        let ends_with = |ends: &[&str]| ends.iter().any(|it| text.ends_with(it));
        let (is_address, message) = match self.kind {
            TierKind::Redis => (
                begins_with(&["redis://", "rediss://", "redis+unix://"]),
                "expected the key of a result, found an address: write `redis = \"item:{id}\"`, \
                 and give the address to `functools::redis::install`",
            ),
            TierKind::Disk => (
                ends_with(&[".sqlite", ".sqlite3", ".db", ".db3"]) && !text.contains('{'),
                "expected the key of a result, found the path of a file: write `disk = \
                 \"item:{id}\"`, and give the path to `functools::disk::install`",
            ),
        };
        if is_address { Err(syn::Error::new(key.span(), message)) } else { Ok(()) }
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
