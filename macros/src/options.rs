//! The grammar of the attribute: `maxsize = 128, skip(db)`. Each value is kept with its span; what
//! is wrong with one option does not keep the others from being read.

mod names;
mod redis;
mod unknown;
mod values;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, LitInt, LitStr, Path, Token};

use self::names::{Naming, names, words};
use self::values::{boolean, crate_path, given, handle, length_of_time, single_flight};
use crate::errors::{Errors, shown};

pub(crate) use self::redis::Redis;
pub(crate) use self::unknown::{distance, is_near};
pub(crate) use self::values::is_none;

/// Which attribute it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// `#[lru_cache]`: 128 entries unless said otherwise.
    LruCache,
    /// `#[cache]`: no bound.
    Cache,
}

/// Who shares a cache.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Process,
    Thread,
}

/// The name under which the cache is reached.
pub(crate) enum Handle {
    /// That of the function.
    OfFunction,
    /// `handle = name`
    Named(Ident),
    /// `handle = Self::name`: functions beside it, in the `impl` of a type.
    Beside(Ident),
    /// `handle = _`: it is not reached at all.
    None,
}

/// A length of time.
pub(crate) enum Duration {
    /// As text, at this place.
    Text(std::time::Duration, Span),
    /// An expression of type `Duration`.
    Expr(Expr),
}

/// Whether a call waits for another that computes the same.
pub(crate) enum SingleFlight {
    Off,
    On,
    /// For at most this long.
    Within(Duration),
}

/// How long a result is good.
#[derive(Default)]
pub(crate) struct Expiry {
    pub(crate) ttl: Option<Duration>,
    /// Whether there is one, though it may be wrong.
    pub(crate) has_ttl: bool,
    pub(crate) ttl_jitter: Option<Duration>,
    pub(crate) sliding: bool,
    pub(crate) stale: Option<(Ident, Duration)>,
    pub(crate) stale_on_error: Option<(Ident, Duration)>,
    /// Where options were named that need a `ttl`.
    pub(crate) need_ttl: Vec<Ident>,
}

/// What the attribute says.
// Each is what the user says it is, `true` or `false`.
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Options {
    pub(crate) flavor: Flavor,
    pub(crate) maxsize: Option<Expr>,
    pub(crate) typed: bool,
    pub(crate) expiry: Expiry,
    pub(crate) single_flight: SingleFlight,
    pub(crate) cache_err: bool,
    pub(crate) cache_none: bool,
    pub(crate) cache_if: Option<Expr>,
    pub(crate) skip: Vec<Ident>,
    /// The arguments that a faulty `skip` means, about which there is an error.
    pub(crate) meant: Vec<Ident>,
    /// The arguments whose values the span of a computation has.
    pub(crate) trace: Vec<Ident>,
    pub(crate) key: Option<Expr>,
    pub(crate) scope: Scope,
    pub(crate) redis: Option<Redis>,
    pub(crate) handle: Handle,
    pub(crate) crate_path: Option<Path>,
}

/// Every option, for the message about an unknown one.
const NAMES: [&str; 18] = [
    "maxsize",
    "typed",
    "ttl",
    "ttl_jitter",
    "sliding",
    "stale",
    "stale_on_error",
    "cache_err",
    "cache_none",
    "cache_if",
    "skip",
    "key",
    "single_flight",
    "scope",
    "redis",
    "trace",
    "handle",
    "crate",
];

impl Options {
    /// Reads the attribute's arguments; what cannot be read is an error and keeps its default.
    pub(crate) fn parse(flavor: Flavor, arguments: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Options {
            flavor,
            maxsize: None,
            typed: false,
            expiry: Expiry::default(),
            single_flight: SingleFlight::On,
            cache_err: false,
            cache_none: true,
            cache_if: None,
            skip: Vec::new(),
            meant: Vec::new(),
            trace: Vec::new(),
            key: None,
            scope: Scope::Process,
            redis: None,
            handle: Handle::OfFunction,
            crate_path: None,
        };
        let all = |input: ParseStream<'_>| {
            let mut seen = Vec::new();
            while !input.is_empty() {
                if let Err(error) = options.option(input, &mut seen, errors) {
                    errors.push(error);
                    skip_to_comma(input);
                }
                if !input.is_empty() && input.parse::<Token![,]>().is_err() {
                    errors.push(input.error("expected `,` and the next option"));
                    skip_to_comma(input);
                    let _ = input.parse::<Token![,]>();
                }
            }
            Ok(())
        };
        if let Err(error) = all.parse2(arguments) {
            errors.push(error);
        }
        options
    }

    /// Reads one option.
    fn option(
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
            let what = format!("expected an option by name, such as `maxsize = {bound}`");
            return Err(input.error(what));
        }
        let name = Ident::parse_any(input)?;
        let text = name.to_string();
        if !NAMES.contains(&text.as_str()) {
            return Err(self.unknown(&name, seen.last(), input)?);
        }
        if seen.contains(&name) {
            return Err(syn::Error::new(
                name.span(),
                format!("`{name}` is given twice; keep one of them"),
            ));
        }
        seen.push(name.clone());
        match text.as_str() {
            "maxsize" => self.maxsize(&name, input, errors)?,
            "typed" => self.typed = boolean(&name, true, input)?,
            "cache_err" => self.cache_err = boolean(&name, true, input)?,
            "cache_none" => self.cache_none = boolean(&name, false, input)?,
            "cache_if" => self.cache_if(&name, input)?,
            "skip" => {
                let naming = Naming { example: "db", done: "skipped" };
                let names = names(&name, naming, input, errors)?;
                self.skip = names.named;
                self.meant.extend(names.meant);
            }
            "trace" => self.trace(&name, input, errors)?,
            "key" => self.key(&name, input)?,
            "single_flight" => self.single_flight = single_flight(&name, input)?,
            "scope" => self.scope(&name, input)?,
            "handle" => self.handle = handle(&name, input, errors)?,
            "crate" => self.crate_path = Some(crate_path(&name, input)?),
            "ttl" => {
                self.expiry.has_ttl = true;
                self.expiry.ttl = Some(length_of_time(&name, "60s", input)?);
            }
            "ttl_jitter" => {
                self.expiry.need_ttl.push(name.clone());
                self.expiry.ttl_jitter = Some(length_of_time(&name, "5s", input)?);
            }
            "sliding" => {
                self.expiry.sliding = boolean(&name, true, input)?;
                if self.expiry.sliding {
                    self.expiry.need_ttl.push(name);
                }
            }
            "stale" => {
                let stale = length_of_time(&name, "30s", input)?;
                self.expiry.need_ttl.push(name.clone());
                self.expiry.stale = Some((name, stale));
            }
            "stale_on_error" => {
                let stale = length_of_time(&name, "5m", input)?;
                self.expiry.need_ttl.push(name.clone());
                self.expiry.stale_on_error = Some((name, stale));
            }
            _ => self.redis(name, input, errors)?,
        }
        Ok(())
    }

    /// The error about an option that there is not.
    fn unknown(
        &mut self,
        name: &Ident,
        before: Option<&Ident>,
        input: ParseStream<'_>,
    ) -> syn::Result<syn::Error> {
        let is_word = input.is_empty() || input.peek(Token![,]);
        let value = given_value(input)?;
        if let Some(key) = &self.key
            && before.is_some_and(|before| before == "key")
            && is_word
        {
            // `key = a, b`
            let message = format!(
                "unknown option `{name}`; a key of several values is a tuple: write `key = ({}, {name})`",
                shown(key)
            );
            return Ok(syn::Error::new(name.span(), message));
        }
        if name == "ignore" || name == "Ignore" {
            self.meant.extend(words(value.clone()));
        }
        let number = unknown::number(value);
        Ok(syn::Error::new(name.span(), unknown::message(&name.to_string(), number)))
    }

    /// `trace(a, b)`.
    fn trace(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let naming = Naming { example: "id", done: "traced" };
        self.trace = names(name, naming, input, errors)?.named;
        if cfg!(feature = "tracing") {
            return Ok(());
        }
        Err(syn::Error::new(
            name.span(),
            "`trace` needs a feature of functools: write `functools = { version = \"..\", features = [\"tracing\"] }` in Cargo.toml",
        ))
    }
}

/// Reads over the value of an option that there is not, which may have commas in it.
fn given_value(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let value = input.fork();
    if value.parse::<Token![=]>().is_ok()
        && let Ok(expr) = value.parse::<Expr>()
    {
        input.advance_to(&value);
        return Ok(expr.into_token_stream());
    }
    given(input)
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        // A token tree always follows where the input is not empty.
        let _ = input.parse::<TokenTree>();
    }
}
