//! The grammar of the attribute: `maxsize = 128, skip(db)`. It reads each option by its name.
//!
//! A mistake in one option does not keep the others from being read: it is reported, and the option
//! keeps its default. What the user meant by it is remembered, so that nothing else is reported.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, LitInt, LitStr, Token};

use super::names::{Naming, find_idents, parse_idents};
use super::values::{
    parse_bool, parse_crate_path, parse_duration, parse_handle, parse_list, parse_single_flight,
    take_given,
};
use super::{
    Expiry, Flavor, HandleName, OPTION_NAMES, Options, Scope, SingleFlight, Weights, unknown,
};
use crate::errors::Errors;
use crate::tokens::show_tokens;

impl Options {
    /// Reads the attribute's arguments.
    pub(crate) fn parse(flavor: Flavor, arguments: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Options {
            flavor,
            maxsize: None,
            weights: Weights::default(),
            policy: None,
            typed: false,
            expiry: Expiry::default(),
            refresh: None,
            single_flight: SingleFlight::On,
            cache_err: false,
            cache_none: true,
            cache_if: None,
            skip: Vec::new(),
            meant_to_skip: Vec::new(),
            trace: Vec::new(),
            key: None,
            key_type: None,
            has_key: false,
            scope: Scope::Process,
            redis: None,
            handle: HandleName::OfFunction,
            crate_path: None,
            crate_alias: None,
        };
        let mut seen = Vec::new();
        let all = |input: ParseStream<'_>| {
            parse_list(input, errors, |input, errors| {
                options.parse_option(input, &mut seen, errors)
            });
            Ok(())
        };
        if let Err(error) = all.parse2(arguments) {
            errors.push(error);
        }
        options
    }

    /// Reads one option. `seen` are those before it.
    fn parse_option(
        &mut self,
        input: ParseStream<'_>,
        seen: &mut Vec<Ident>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        if !input.peek(Ident::peek_any) {
            let number = input.fork().parse::<LitInt>().ok();
            let text = input.fork().parse::<LitStr>().map(|text| text.value());
            let bound = match (number, text) {
                (Some(number), _) if !number.base10_digits().starts_with('-') => number.to_string(),
                (_, Ok(text)) if text == "None" || text.parse::<usize>().is_ok() => text,
                _ => "128".to_owned(),
            };
            return Err(input.error(format!("expected an option, such as `maxsize = {bound}`")));
        }
        let name = Ident::parse_any(input)?;
        if seen.contains(&name) {
            if name == "skip" {
                self.meant_to_skip.extend(find_idents(take_given(input)?));
            }
            let message = format!("`{name}` is given twice: keep one of them");
            return Err(syn::Error::new(name.span(), message));
        }
        match self.parse_known(&name.to_string(), &name, input, errors) {
            Some(result) => {
                seen.push(name);
                result
            }
            None => Err(self.parse_unknown(&name, seen, input)?),
        }
    }

    /// Reads the value of an option; `None` if there is no option of this name.
    fn parse_known(
        &mut self,
        option: &str,
        name: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> Option<syn::Result<()>> {
        Some(match option {
            "maxsize" => self.parse_maxsize(name, input),
            "maxweight" => self.parse_maxweight(name, input),
            "weight" => self.parse_weight(name, input),
            "policy" => self.parse_policy(name, input),
            "typed" => parse_bool(name, input).map(|value| self.typed = value),
            "ttl" | "ttl_jitter" | "sliding" | "stale" | "stale_on_error" => {
                self.parse_expiry(option, name, input)
            }
            "refresh" => self.parse_refresh(name, input),
            "cache_err" => parse_bool(name, input).map(|value| self.cache_err = value),
            "cache_none" => parse_bool(name, input).map(|value| self.cache_none = value),
            "cache_if" => self.parse_cache_if(name, input),
            "skip" => self.parse_skip(name, input, errors),
            "key" => self.parse_key(name, input),
            "single_flight" => {
                parse_single_flight(name, input).map(|value| self.single_flight = value)
            }
            "scope" => self.parse_scope(name, input),
            "redis" => self.parse_redis(name, input, errors),
            "trace" => self.parse_trace(name, input, errors),
            "handle" => parse_handle(name, input, errors).map(|value| self.handle = value),
            "crate" => parse_crate_path(name, input).map(|path| self.crate_path = Some(path)),
            _ => return None,
        })
    }

    /// Reads an option about the time for which a result is valid.
    fn parse_expiry(
        &mut self,
        option: &str,
        name: &Ident,
        input: ParseStream<'_>,
    ) -> syn::Result<()> {
        let expiry = &mut self.expiry;
        match option {
            "ttl" => return expiry.parse_ttl(name, input),
            "sliding" => {
                expiry.sliding = parse_bool(name, input)?;
                if !expiry.sliding {
                    return Ok(());
                }
            }
            "stale" => expiry.stale = Some((name.clone(), parse_duration(name, "30s", input)?)),
            "stale_on_error" => {
                expiry.stale_on_error = Some((name.clone(), parse_duration(name, "5m", input)?));
            }
            _ => expiry.ttl_jitter = Some(parse_duration(name, "5s", input)?),
        }
        expiry.need_ttl.push(name.clone());
        Ok(())
    }

    /// `skip(a, b)`
    fn parse_skip(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let naming = Naming { example: "db", verb: "skipped" };
        let names = parse_idents(name, naming, input, errors)?;
        self.skip = names.named;
        self.meant_to_skip.extend(names.meant);
        Ok(())
    }

    /// `trace(a, b)`
    fn parse_trace(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let naming = Naming { example: "id", verb: "traced" };
        self.trace = parse_idents(name, naming, input, errors)?.named;
        if cfg!(feature = "tracing") {
            return Ok(());
        }
        Err(syn::Error::new(
            name.span(),
            "`trace` requires the feature `tracing` of functools: write `functools = { version = \
             \"..\", features = [\"tracing\"] }` in Cargo.toml",
        ))
    }

    /// Reads over an option that does not exist, and returns the error about it.
    fn parse_unknown(
        &mut self,
        name: &Ident,
        seen: &[Ident],
        input: ParseStream<'_>,
    ) -> syn::Result<syn::Error> {
        if let Some(error) = self.parse_rest_of_key(name, seen, input) {
            return Ok(error);
        }
        let value = take_given_value(&input.fork())?;
        let unknown = unknown::describe(&name.to_string(), unknown::parse_number(value.clone()));
        for option in unknown.meant {
            if !seen.iter().any(|known| known == option) {
                self.note_meant(option, name, &input.fork());
            }
        }
        if unknown.meant.first() == Some(&"skip") {
            self.meant_to_skip.extend(find_idents(value));
        }
        take_given_value(input)?;
        Ok(syn::Error::new(name.span(), unknown.message))
    }

    /// The error about `key = a, b`: a key of several values without parentheses.
    fn parse_rest_of_key(
        &self,
        name: &Ident,
        seen: &[Ident],
        input: ParseStream<'_>,
    ) -> Option<syn::Error> {
        let is_word = |input: ParseStream<'_>| input.is_empty() || input.peek(Token![,]);
        let key = self.key.as_ref().filter(|_| is_word(input))?;
        seen.last().filter(|before| *before == "key")?;
        let mut values = vec![show_tokens(key), name.to_string()];
        loop {
            let rest = input.fork();
            let next = rest.parse::<Token![,]>().and_then(|_| rest.parse::<Ident>());
            let Ok(next) = next.map(|next| next.to_string()) else { break };
            if OPTION_NAMES.contains(&next.as_str()) || !is_word(&rest) {
                break;
            }
            values.push(next);
            input.advance_to(&rest);
        }
        let values = values.join(", ");
        let message = format!(
            "unknown option `{name}`: a key of several values is a tuple, write `key = ({values})`"
        );
        Some(syn::Error::new(name.span(), message))
    }

    /// Records the option that a wrong name means, if other rules depend on it.
    fn note_meant(&mut self, option: &str, name: &Ident, input: ParseStream<'_>) {
        match option {
            "ttl" => self.expiry.has_ttl = true,
            "key" => self.has_key = true,
            "maxweight" => self.weights.maxweight_name = Some(name.clone()),
            "weight" => self.weights.weight_name = Some(name.clone()),
            "handle" | "scope" | "crate" => {
                // An error in the value is reported once the name is right.
                let _ = self.parse_known(option, name, input, &mut Errors::default());
            }
            _ => (),
        }
    }
}

/// Reads over the value of an option that does not exist, which may contain commas.
fn take_given_value(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let value = input.fork();
    if value.parse::<Token![=]>().is_ok()
        && let Ok(expr) = value.parse::<Expr>()
    {
        input.advance_to(&value);
        return Ok(expr.into_token_stream());
    }
    take_given(input)
}
