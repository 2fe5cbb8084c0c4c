//! The option `redis`: a template, or options of its own in parentheses.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{LitStr, Path, Token, parenthesized};

use super::values::{length_of_time, typed_value};
use super::{Duration, Options, skip_to_comma};
use crate::errors::Errors;
use crate::template::Template;

/// The cache that processes share.
pub(crate) struct Redis {
    /// The option's name, for errors about all of it.
    pub(crate) name: Ident,
    /// The key; `None` if there is an error about it.
    pub(crate) template: Option<Template>,
    pub(crate) tier: Option<Path>,
    pub(crate) l1_ttl: Option<Duration>,
}

const REDIS: &str = "write `redis = \"item:{id}\"`, with the names of arguments in braces, or `redis(key = \"item:{id}\", tier = ITEMS, l1_ttl = \"1s\")`";

impl Options {
    /// `redis = "item:{id}"`, or `redis(key = "item:{id}", tier = ITEMS, l1_ttl = "1s")`.
    pub(super) fn redis(
        &mut self,
        name: Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let mut options = RedisOptions::default();
        let read = options.read(&name, input, errors);
        if !cfg!(feature = "redis") {
            let mut error = syn::Error::new(
                name.span(),
                "`redis` needs a feature of functools: write `functools = { version = \"..\", features = [\"redis\"] }` in Cargo.toml",
            );
            if let Err(other) = read {
                error = other;
            }
            return Err(error);
        }
        let key = read.and_then(|()| options.template(&name));
        let RedisOptions { tier, l1_ttl, .. } = options;
        let (template, error) = match key {
            Ok(template) => (template, Ok(())),
            Err(error) => (None, Err(error)),
        };
        // Even if the key is wrong, the handle is that of a function that shares its results.
        self.redis = Some(Redis { name, template, tier, l1_ttl });
        error
    }
}

/// What stands in the parentheses of `redis(..)`.
#[derive(Default)]
struct RedisOptions {
    seen: Vec<Ident>,
    key: Option<LitStr>,
    tier: Option<Path>,
    l1_ttl: Option<Duration>,
}

impl RedisOptions {
    const NAMES: [&str; 3] = ["key", "tier", "l1_ttl"];

    fn read(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        if !input.peek(syn::token::Paren) {
            self.key = Some(typed_value(name, REDIS, input)?);
            return Ok(());
        }
        let content;
        parenthesized!(content in input);
        if let Ok(text) = content.fork().parse::<LitStr>() {
            // `redis("item:{id}")`
            content.parse::<TokenStream>()?;
            address(&text)?;
            let message =
                format!("`redis(..)` takes options by name: write `redis = \"{}\"`", text.value());
            return Err(syn::Error::new(text.span(), message));
        }
        while !content.is_empty() {
            if let Err(error) = self.option(&content) {
                errors.push(error);
                skip_to_comma(&content);
            }
            if !content.is_empty() && content.parse::<Token![,]>().is_err() {
                errors.push(content.error("expected `,` and the next option"));
                skip_to_comma(&content);
                let _ = content.parse::<Token![,]>();
            }
        }
        Ok(())
    }

    fn option(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(format!("expected an option of `redis`: {REDIS}")));
        }
        let name = Ident::parse_any(input)?;
        if self.seen.contains(&name) {
            let twice = format!("`{name}` is given twice; keep one of them");
            return Err(syn::Error::new(name.span(), twice));
        }
        self.seen.push(name.clone());
        match name.to_string().as_str() {
            "key" => {
                let what = "the `key` in Redis is a text such as `key = \"item:{id}\"`, with the names of arguments in braces";
                self.key = Some(typed_value(&name, what, input)?);
            }
            "tier" => {
                let what = "`tier` is the path of a `static` of type `functools::redis::Tier`: write `tier = ITEMS`";
                self.tier = Some(typed_value(&name, what, input)?);
                if !input.is_empty() && !input.peek(Token![,]) {
                    return Err(syn::Error::new(input.span(), what));
                }
            }
            "l1_ttl" => self.l1_ttl = Some(length_of_time(&name, "5s", input)?),
            _ => {
                let unknown =
                    format!("`redis` has no option `{name}`; there are `key`, `tier` and `l1_ttl`");
                return Err(syn::Error::new(name.span(), unknown));
            }
        }
        Ok(())
    }

    /// The template; `None` if what is wrong with it has been said.
    fn template(&self, name: &Ident) -> syn::Result<Option<Template>> {
        let Some(key) = &self.key else {
            // So has what is wrong with an option that is none.
            let is_said = self.seen.iter().any(|option| {
                option == "key" || !Self::NAMES.contains(&option.to_string().as_str())
            });
            return if is_said {
                Ok(None)
            } else {
                Err(syn::Error::new(name.span(), format!("the key is missing: {REDIS}")))
            };
        };
        address(key)?;
        Template::parse(key).map(Some)
    }
}

/// The error about a server's address in place of a key.
fn address(key: &LitStr) -> syn::Result<()> {
    let schemes = ["redis://", "rediss://", "redis+unix://"];
    if !schemes.iter().any(|scheme| key.value().starts_with(scheme)) {
        return Ok(());
    }
    Err(syn::Error::new(
        key.span(),
        "that is an address, and `redis` is the key of a result: write `redis = \"item:{id}\"`, and give the address to `functools::redis::install`",
    ))
}
