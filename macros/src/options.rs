//! The grammar of the attribute: `maxsize = 128, skip(db)`. Each value is kept with its span; what
//! is wrong with one option does not keep the others from being read.

mod unknown;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{
    Expr, ExprLit, ExprUnary, Lit, LitBool, LitInt, LitStr, Path, Token, UnOp, parenthesized,
};

use crate::duration;
use crate::errors::Errors;
use crate::template::Template;

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

/// The cache that processes share.
pub(crate) struct Redis {
    /// The option's name, for errors about all of it.
    pub(crate) name: Ident,
    pub(crate) template: Template,
    pub(crate) tier: Option<Path>,
    pub(crate) l1_ttl: Option<Duration>,
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
            let number = number.map_or_else(|| "128".to_owned(), |number| number.to_string());
            let what = format!("expected an option by name, such as `maxsize = {number}`");
            return Err(input.error(what));
        }
        let name = Ident::parse_any(input)?;
        let text = name.to_string();
        if !NAMES.contains(&text.as_str()) {
            let number = skip_value(input).as_ref().and_then(unknown::number);
            return Err(syn::Error::new(name.span(), unknown::message(&text, number)));
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
            "skip" => self.skip = names(&name, ("db", "skipped"), input, errors)?,
            "trace" => self.trace(&name, input, errors)?,
            "key" => self.key(&name, input)?,
            "single_flight" => self.single_flight = single_flight(&name, input)?,
            "scope" => self.scope(&name, input)?,
            "handle" => self.handle = handle(&name, input)?,
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

    /// `redis = "item:{id}"`, or `redis(key = "item:{id}", tier = ITEMS, l1_ttl = "1s")`.
    fn redis(
        &mut self,
        name: Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let mut options = RedisOptions::default();
        if input.peek(syn::token::Paren) {
            let content;
            parenthesized!(content in input);
            if let Ok(text) = content.fork().parse::<LitStr>() {
                // `redis("item:{id}")`
                content.parse::<TokenStream>()?;
                let message = format!(
                    "`redis(..)` takes options by name: write `redis = \"{}\"`",
                    text.value()
                );
                return Err(syn::Error::new(text.span(), message));
            }
            while !content.is_empty() {
                if let Err(error) = options.option(&content) {
                    errors.push(error);
                    skip_to_comma(&content);
                }
                if !content.is_empty() && content.parse::<Token![,]>().is_err() {
                    errors.push(content.error("expected `,` and the next option"));
                    skip_to_comma(&content);
                    let _ = content.parse::<Token![,]>();
                }
            }
        } else {
            options.key = Some(typed_value(&name, REDIS, input)?);
        }
        if !cfg!(feature = "redis") {
            return Err(syn::Error::new(
                name.span(),
                "`redis` needs a feature of functools: write `functools = { version = \"..\", features = [\"redis\"] }` in Cargo.toml",
            ));
        }
        let Some(key) = options.key else {
            // What is wrong with a key that was given has been said, and so has what is wrong with
            // an option that is none.
            return if options.seen.iter().any(|option| {
                option == "key" || !RedisOptions::NAMES.contains(&option.to_string().as_str())
            }) {
                Ok(())
            } else {
                Err(syn::Error::new(name.span(), format!("the key is missing: {REDIS}")))
            };
        };
        if ["redis://", "rediss://", "redis+unix://"]
            .iter()
            .any(|scheme| key.value().starts_with(scheme))
        {
            return Err(syn::Error::new(
                key.span(),
                "that is an address, and `redis` is the key of a result: write `redis = \"item:{id}\"`, and give the address to `functools::redis::install`",
            ));
        }
        let RedisOptions { tier, l1_ttl, .. } = options;
        self.redis = Some(Redis { name, template: Template::parse(&key)?, tier, l1_ttl });
        Ok(())
    }

    fn maxsize(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let expr: Expr = value(name, "128", input)?;
        if self.flavor == Flavor::Cache {
            errors.at(
                name,
                "`#[cache]` has no bound; write `#[lru_cache(maxsize = ..)]` for a cache that has one",
            );
        }
        match &expr {
            Expr::Lit(ExprLit { lit: Lit::Int(_), .. }) => (),
            Expr::Lit(ExprLit { lit, .. }) => {
                let hint = match lit {
                    Lit::Str(text) if text.value().parse::<usize>().is_ok() => text.value(),
                    Lit::Str(text) if text.value() == "None" => text.value(),
                    _ => "128".to_owned(),
                };
                errors.at(
                    lit,
                    format!("`maxsize` is a number of entries, or `None` for no bound: write `maxsize = {hint}`"),
                );
                return Ok(());
            }
            Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr: number, .. })
                if matches!(**number, Expr::Lit(_)) =>
            {
                errors.at(
                    &expr,
                    "`maxsize` cannot be negative: write `maxsize = 0` to store nothing, or `maxsize = None` for no bound",
                );
                return Ok(());
            }
            _ => (),
        }
        self.maxsize = Some(expr);
        Ok(())
    }

    fn key(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        if input.peek(syn::token::Paren) {
            let content;
            parenthesized!(content in input);
            let key: TokenStream = content.parse()?;
            let message = format!("`key` takes a value: write `key = {key}`");
            return Err(syn::Error::new(name.span(), message));
        }
        let key: Expr = value(name, "id", input)?;
        if matches!(key, Expr::Lit(_) | Expr::Closure(_)) {
            return Err(syn::Error::new_spanned(
                key,
                "`key` is an expression over the arguments: write `key = id`, or `key = (name.to_owned(), id)`",
            ));
        }
        self.key = Some(key);
        Ok(())
    }

    fn cache_if(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        const EXAMPLE: &str = "|result| !result.is_empty()";
        let predicate: Expr = value(name, EXAMPLE, input)?;
        if let Expr::Lit(ExprLit { lit, .. }) = &predicate {
            let message = format!(
                "`cache_if` is a closure or the path of a function: write `cache_if = {EXAMPLE}`"
            );
            return Err(syn::Error::new(lit.span(), message));
        }
        self.cache_if = Some(predicate);
        Ok(())
    }

    /// `trace(a, b)`.
    fn trace(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        self.trace = names(name, ("id", "traced"), input, errors)?;
        if cfg!(feature = "tracing") {
            return Ok(());
        }
        Err(syn::Error::new(
            name.span(),
            "`trace` needs a feature of functools: write `functools = { version = \"..\", features = [\"tracing\"] }` in Cargo.toml",
        ))
    }

    fn scope(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        const WHAT: &str = "`scope` is `\"process\"`, one cache that all threads share, or `\"thread\"`, one for each";
        let scope: LitStr = typed_value(name, WHAT, input)?;
        self.scope = match scope.value().as_str() {
            "process" => Scope::Process,
            "thread" => Scope::Thread,
            _ => return Err(syn::Error::new(scope.span(), WHAT)),
        };
        Ok(())
    }
}

/// `name(a, b)`: the names of arguments. `usual` is one of them, as an example, and what is done to them.
fn names(
    name: &Ident,
    (usual, done): (&str, &str),
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> syn::Result<Vec<Ident>> {
    let wrong = |at: Span, names: &str| {
        let message = format!("`{name}` takes the names of arguments: write `{name}({names})`");
        syn::Error::new(at, message)
    };
    if !input.peek(syn::token::Paren) {
        // `skip = db`
        let given = input.fork();
        let given = given.parse::<Token![=]>().and_then(|_| Ident::parse_any(&given));
        let given = given.map(|given| given.to_string());
        return Err(wrong(name.span(), given.as_deref().unwrap_or(usual)));
    }
    let content;
    parenthesized!(content in input);
    if let Ok(text) = content.fork().parse::<LitStr>() {
        // `skip("db")`
        content.parse::<TokenStream>()?;
        let given = syn::parse_str::<Ident>(&text.value()).map(|given| given.to_string());
        return Err(wrong(text.span(), given.as_deref().unwrap_or(usual)));
    }
    let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, Ident::parse_any);
    let Ok(names) = names else {
        let error = content.error(format!(
            "`{name}` takes the names of arguments, separated by commas: write `{name}({usual}, log)`"
        ));
        content.parse::<TokenStream>()?;
        return Err(error);
    };
    if names.is_empty() {
        errors.at(
            name,
            format!("`{name}()` names no argument: write `{name}({usual})`, or leave it out"),
        );
    }
    let mut different: Vec<Ident> = Vec::new();
    for argument in names {
        if different.contains(&argument) {
            errors.at(&argument, format!("`{argument}` is {done} twice; keep one of them"));
        } else {
            different.push(argument);
        }
    }
    Ok(different)
}

/// The value behind `name =`.
fn value<T: syn::parse::Parse>(
    name: &Ident,
    example: &str,
    input: ParseStream<'_>,
) -> syn::Result<T> {
    if !input.peek(Token![=]) {
        return Err(syn::Error::new(
            name.span(),
            format!("`{name}` takes a value: write `{name} = {example}`"),
        ));
    }
    input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(
            name.span(),
            format!("the value is missing: write `{name} = {example}`"),
        ));
    }
    input.parse()
}

/// As [`value`], with one message for whatever else stands there.
fn typed_value<T: syn::parse::Parse>(
    name: &Ident,
    what: &str,
    input: ParseStream<'_>,
) -> syn::Result<T> {
    let wrong = |span: Span| syn::Error::new(span, what);
    if !input.peek(Token![=]) {
        return Err(wrong(name.span()));
    }
    input.parse::<Token![=]>()?;
    let span = if input.is_empty() { name.span() } else { input.span() };
    input.parse().map_err(|_| wrong(span))
}

/// `true` or `false`; `usual` is what is not the default.
fn boolean(name: &Ident, usual: bool, input: ParseStream<'_>) -> syn::Result<bool> {
    let what = format!("`{name}` is `true` or `false`: write `{name} = {usual}`");
    typed_value::<LitBool>(name, &what, input).map(|value| value.value)
}

/// `true`, `false`, or how long a call waits for another.
fn single_flight(name: &Ident, input: ParseStream<'_>) -> syn::Result<SingleFlight> {
    const WHAT: &str = "`single_flight` is `true`, `false`, or how long a call waits for another: write `single_flight = false`, or `single_flight = \"2s\"`";
    if !input.peek(Token![=]) || input.peek2(Token![,]) || is_last_token(input) {
        return Err(syn::Error::new(name.span(), WHAT));
    }
    if input.peek2(LitBool) {
        let is_on = boolean(name, false, input)?;
        return Ok(if is_on { SingleFlight::On } else { SingleFlight::Off });
    }
    let value = input.fork();
    value.parse::<Token![=]>()?;
    let is_duration = match value.parse::<Lit>() {
        Ok(Lit::Str(text)) => text.value().contains(|c: char| c.is_ascii_digit()),
        // An expression. `None` is Python's word for what is `false` here.
        Err(_) => !value.parse::<Expr>().is_ok_and(|value| is_none(&value)),
        Ok(_) => false,
    };
    if !is_duration {
        input.parse::<Token![=]>()?;
        return Err(syn::Error::new(input.span(), WHAT));
    }
    length_of_time(name, "2s", input).map(SingleFlight::Within)
}

/// Whether there is nothing behind the next token.
fn is_last_token(input: ParseStream<'_>) -> bool {
    let rest = input.fork();
    rest.parse::<proc_macro2::TokenTree>().is_ok() && rest.is_empty()
}

/// `crate = path`.
fn crate_path(name: &Ident, input: ParseStream<'_>) -> syn::Result<Path> {
    if input.peek(Token![=]) && input.peek2(LitStr) {
        input.parse::<Token![=]>()?;
        let text: LitStr = input.parse()?;
        let path = text.value();
        let path = if syn::parse_str::<Path>(&path).is_ok() { path } else { "::functools".into() };
        let message = format!("`crate` is a path, not a text: write `crate = {path}`");
        return Err(syn::Error::new(text.span(), message));
    }
    value(name, "::functools", input)
}

fn handle(name: &Ident, input: ParseStream<'_>) -> syn::Result<Handle> {
    const WHAT: &str =
        "`handle` is a name for the cache, such as `handle = item_cache`, or `_` for none";
    if input.peek(Token![=]) && input.peek2(Token![Self]) {
        input.parse::<Token![=]>()?;
        let at = input.span();
        input.parse::<Token![Self]>()?;
        input.parse::<Token![::]>().map_err(|_| syn::Error::new(at, WHAT))?;
        return Ok(Handle::Beside(input.parse()?));
    }
    if input.peek(Token![=]) && input.peek2(Token![_]) {
        input.parse::<Token![=]>()?;
        input.parse::<Token![_]>()?;
        return Ok(Handle::None);
    }
    typed_value(name, WHAT, input).map(Handle::Named)
}

const REDIS: &str = "write `redis = \"item:{id}\"`, with the names of arguments in braces, or `redis(key = \"item:{id}\", tier = ITEMS, l1_ttl = \"1s\")`";

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
}

/// A length of time, as text or as an expression.
fn length_of_time(name: &Ident, example: &str, input: ParseStream<'_>) -> syn::Result<Duration> {
    let expr: Expr = value(name, &format!("\"{example}\""), input)?;
    if is_none(&expr) {
        let message =
            format!("`{name}` is a duration: write `{name} = \"{example}\"`, or leave it out");
        return Err(syn::Error::new_spanned(expr, message));
    }
    if let Some(kind) = number_of(&expr)
        && !matches!(expr, Expr::Lit(_))
    {
        let from = if kind == Number::Float { "from_secs_f64" } else { "from_secs" };
        let shown = expr.to_token_stream();
        let message = format!("`{name}` is a duration: write `{name} = Duration::{from}({shown})`");
        return Err(syn::Error::new_spanned(expr, message));
    }
    let Expr::Lit(ExprLit { lit, .. }) = &expr else { return Ok(Duration::Expr(expr)) };
    let Lit::Str(text) = lit else {
        let example = match lit {
            Lit::Int(seconds) => format!("{}s", seconds.base10_digits()),
            _ => example.to_owned(),
        };
        return Err(syn::Error::new(
            lit.span(),
            format!(
                "`{name}` is a duration: write it as `{name} = \"{example}\"`, or give a `Duration` expression"
            ),
        ));
    };
    match duration::parse(&text.value()) {
        Ok(duration) => Ok(Duration::Text(duration, text.span())),
        Err(why) => Err(syn::Error::new(text.span(), why)),
    }
}

/// What kind of number an expression is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Number {
    Integer,
    Float,
}

/// Which kind of number an expression of literals is, such as `24 * 60`; `None` for any other.
fn number_of(expr: &Expr) -> Option<Number> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(_), .. }) => Some(Number::Integer),
        Expr::Lit(ExprLit { lit: Lit::Float(_), .. }) => Some(Number::Float),
        Expr::Paren(paren) => number_of(&paren.expr),
        Expr::Group(group) => number_of(&group.expr),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => number_of(expr),
        Expr::Binary(binary) => {
            let (left, right) = (number_of(&binary.left)?, number_of(&binary.right)?);
            Some(if left == Number::Float { left } else { right })
        }
        _ => None,
    }
}

/// Whether it is `None`.
fn is_none(expr: &Expr) -> bool {
    matches!(expr, Expr::Path(path) if path.path.is_ident("None"))
}

/// Reads over `= value`, which may have commas in it.
fn skip_value(input: ParseStream<'_>) -> Option<Expr> {
    let fork = input.fork();
    fork.parse::<Token![=]>().ok()?;
    let value = fork.parse::<Expr>().ok()?;
    input.advance_to(&fork);
    Some(value)
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        // A token tree always follows where the input is not empty.
        let _ = input.parse::<proc_macro2::TokenTree>();
    }
}
