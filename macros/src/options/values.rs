//! The values of options, each with a message that says what to write.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative as _;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitBool, LitStr, Path, Token, UnOp};

use super::{Duration, Flavor, Handle, Options, Scope, SingleFlight};
use crate::duration;
use crate::errors::{Errors, shown};

impl Options {
    pub(super) fn maxsize(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let is_bound = |given: &Expr| number_of(given) == Some(Number::Integer) || is_none(given);
        let expr = value(name, "128", is_bound, input)?;
        if self.flavor == Flavor::Cache {
            errors.at(
                name,
                "`#[cache]` has no bound; write `#[lru_cache(maxsize = ..)]` for a cache that has one",
            );
        }
        match bound(&expr) {
            Ok(()) => self.maxsize = Some(expr),
            Err(message) => errors.at(&expr, message),
        }
        Ok(())
    }

    pub(super) fn key(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        self.key = Some(value(name, "id", |_| true, input)?);
        Ok(())
    }

    pub(super) fn cache_if(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        let example = "|result| !result.is_empty()";
        let is_predicate = |given: &Expr| matches!(given, Expr::Closure(_) | Expr::Path(_));
        self.cache_if = Some(value(name, example, is_predicate, input)?);
        Ok(())
    }

    pub(super) fn scope(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        const WHAT: &str = "`scope` is `\"process\"`, one cache that all threads share, or `\"thread\"`, one for each: write `scope = \"thread\"`";
        let scope: LitStr = typed_value(name, WHAT, input)?;
        self.scope = match scope.value().as_str() {
            "process" => Scope::Process,
            "thread" => Scope::Thread,
            _ => return Err(syn::Error::new(scope.span(), WHAT)),
        };
        Ok(())
    }
}

/// What is wrong with a bound, as far as that can be seen.
fn bound(expr: &Expr) -> Result<(), String> {
    let what = |bound: &str| {
        format!(
            "`maxsize` is a number of entries, or `None` for no bound: write `maxsize = {bound}`"
        )
    };
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => {
            if number.base10_parse::<u64>().is_err() {
                return Err(
                    "this number is too large: write `maxsize = None` for no bound".to_owned()
                );
            }
            if !matches!(number.suffix(), "" | "usize") {
                return Err(what(number.base10_digits()));
            }
        }
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            let text = text.value();
            let is_bound = text == "None" || text.replace('_', "").parse::<usize>().is_ok();
            return Err(what(if is_bound { &text } else { "128" }));
        }
        Expr::Lit(_) | Expr::Closure(_) | Expr::Infer(_) => return Err(what("128")),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) if number_of(expr).is_some() => {
            return Err("`maxsize` cannot be negative: write `maxsize = 0` to store nothing, or `maxsize = None` for no bound".to_owned());
        }
        _ if number_of(expr) == Some(Number::Float) => return Err(what("128")),
        _ => (),
    }
    Ok(())
}

/// The value behind `name =`. `is_value` says of what stands elsewhere, as in `maxsize(7)`, whether
/// it could be the value, to be shown in its place.
fn value(
    name: &Ident,
    example: &str,
    is_value: impl Fn(&Expr) -> bool,
    input: ParseStream<'_>,
) -> syn::Result<Expr> {
    if !is_equals(input) {
        let given = given(input)?;
        let value = syn::parse2::<Expr>(given.clone());
        let value = value.is_ok_and(|value| is_value(&value)).then(|| shown(given));
        let value = value.as_deref().unwrap_or(example);
        return Err(syn::Error::new(
            name.span(),
            format!("`{name}` takes a value: write `{name} = {value}`"),
        ));
    }
    input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(
            name.span(),
            format!("the value is missing: write `{name} = {example}`"),
        ));
    }
    input.parse().map_err(|error: syn::Error| {
        let message =
            format!("this is no value of `{name}`: write one such as `{name} = {example}`");
        syn::Error::new(error.span(), message)
    })
}

/// Whether a single `=` follows.
fn is_equals(input: ParseStream<'_>) -> bool {
    input.peek(Token![=]) && !input.peek(Token![==]) && !input.peek(Token![=>])
}

/// What stands behind an option's name up to the comma: in brackets, or behind `=`, `==`, `=>` or
/// `:`.
pub(super) fn given(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = Vec::new();
    let is_path = input.peek(Token![::]);
    while !input.is_empty() && !input.peek(Token![,]) {
        tokens.push(input.parse::<TokenTree>()?);
    }
    let is_separator = |token: &TokenTree| match token {
        TokenTree::Punct(punct) => matches!(punct.as_char(), '=' | '>' | ':'),
        _ => false,
    };
    Ok(match &tokens[..] {
        _ if is_path => TokenStream::new(),
        [TokenTree::Group(group)] => group.stream(),
        _ => tokens.into_iter().skip_while(is_separator).collect(),
    })
}

/// As [`value`], with one message for whatever else stands there.
pub(super) fn typed_value<T: syn::parse::Parse>(
    name: &Ident,
    what: &str,
    input: ParseStream<'_>,
) -> syn::Result<T> {
    let wrong = |span: Span| syn::Error::new(span, what);
    if !is_equals(input) {
        return Err(wrong(name.span()));
    }
    input.parse::<Token![=]>()?;
    let span = if input.is_empty() { name.span() } else { input.span() };
    input.parse().map_err(|_| wrong(span))
}

/// `true` or `false`; `usual` is what is not the default.
pub(super) fn boolean(name: &Ident, usual: bool, input: ParseStream<'_>) -> syn::Result<bool> {
    let what = format!("`{name}` is `true` or `false`: write `{name} = {usual}`");
    typed_value::<LitBool>(name, &what, input).map(|value| value.value)
}

/// `true`, `false`, or how long a call waits for another.
pub(super) fn single_flight(name: &Ident, input: ParseStream<'_>) -> syn::Result<SingleFlight> {
    const WHAT: &str = "`single_flight` is `true`, `false`, or how long a call waits for another: write `single_flight = false`, or `single_flight = \"2s\"`";
    if !is_equals(input) || input.peek2(Token![,]) || is_last_token(input) {
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
        Err(_) => !value.parse::<Expr>().is_ok_and(|value| {
            is_none(&value) || matches!(value, Expr::Closure(_) | Expr::Unary(_))
        }),
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
    rest.parse::<TokenTree>().is_ok() && rest.is_empty()
}

/// `crate = path`.
pub(super) fn crate_path(name: &Ident, input: ParseStream<'_>) -> syn::Result<Path> {
    let wrong = |at: &dyn ToTokens, path: &str| {
        let message = format!("`crate` is the path of functools: write `crate = {path}`");
        syn::Error::new_spanned(at, message)
    };
    match value(name, "::functools", |given| matches!(given, Expr::Path(_)), input)? {
        expr if is_none(&expr) => Err(wrong(&expr, "::functools")),
        Expr::Path(path) if path.qself.is_none() => Ok(path.path),
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            let path = text.value();
            let is_path = syn::parse_str::<Path>(&path).is_ok();
            Err(wrong(&text, if is_path { &path } else { "::functools" }))
        }
        expr => Err(wrong(&expr, "::functools")),
    }
}

/// `handle = name`, `handle = Self::name` or `handle = _`. What was meant by another value is the
/// handle, beside the error about it.
pub(super) fn handle(
    name: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> syn::Result<Handle> {
    let wrong = |name: Option<&str>| {
        let name = name.unwrap_or("item_cache");
        format!("`handle` is a name for the cache, or `_` for none: write `handle = {name}`")
    };
    if !is_equals(input) {
        let meant = syn::parse2::<Ident>(given(input)?).ok();
        let shown = meant.as_ref().map(Ident::to_string);
        errors.push(syn::Error::new(name.span(), wrong(shown.as_deref())));
        return Ok(meant.map_or(Handle::OfFunction, Handle::Named));
    }
    input.parse::<Token![=]>()?;
    if input.peek(Token![_]) {
        input.parse::<Token![_]>()?;
        return Ok(Handle::None);
    }
    let beside = input.fork();
    if beside.parse::<Token![Self]>().and_then(|_| beside.parse::<Token![::]>()).is_ok()
        && let Ok(handle) = beside.parse()
    {
        input.advance_to(&beside);
        return Ok(Handle::Beside(handle));
    }
    let value = input.fork();
    if let Ok(handle) = value.parse::<Ident>()
        && (value.is_empty() || value.peek(Token![,]))
    {
        input.advance_to(&value);
        if handle != "None" {
            return Ok(Handle::Named(handle));
        }
        errors.at(&handle, "`handle` is a name for the cache, or `_` for none: write `handle = _`");
        return Ok(Handle::None);
    }
    let given = given(input)?;
    let meant = match syn::parse2::<Path>(given.clone()) {
        Ok(path) => path.segments.last().map(|last| last.ident.clone()),
        Err(_) => syn::parse2::<LitStr>(given.clone()).ok().and_then(|text| text.parse().ok()),
    };
    let meant = meant.filter(|meant| syn::parse_str::<Ident>(&meant.to_string()).is_ok());
    let shown = meant.as_ref().map(Ident::to_string);
    let message = wrong(shown.as_deref());
    if given.is_empty() {
        errors.at(name, message);
    } else {
        errors.at(given, message);
    }
    Ok(meant.map_or(Handle::OfFunction, Handle::Named))
}

/// A length of time, as text or as an expression.
pub(super) fn length_of_time(
    name: &Ident,
    example: &str,
    input: ParseStream<'_>,
) -> syn::Result<Duration> {
    let is_duration = |given: &Expr| match given {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => duration::parse(&text.value()).is_ok(),
        _ => false,
    };
    let expr: Expr = value(name, &format!("\"{example}\""), is_duration, input)?;
    let wrong = |at: &dyn ToTokens, value: &str| {
        let message = format!("`{name}` is a duration: write `{name} = {value}`");
        Err(syn::Error::new_spanned(at, message))
    };
    if is_none(&expr) {
        let message =
            format!("`{name}` is a duration: write `{name} = \"{example}\"`, or leave it out");
        return Err(syn::Error::new_spanned(&expr, message));
    }
    if let Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr: number, .. }) = &expr
        && number_of(number).is_some()
    {
        let message =
            format!("a duration cannot be negative: write one such as `{name} = \"{example}\"`");
        return Err(syn::Error::new_spanned(&expr, message));
    }
    if let Some(kind) = number_of(&expr)
        && !matches!(expr, Expr::Lit(_))
    {
        let from = if kind == Number::Float { "from_secs_f64" } else { "from_secs" };
        return wrong(&expr, &format!("Duration::{from}({})", shown(&expr)));
    }
    let lit = match &expr {
        Expr::Lit(ExprLit { lit, .. }) => lit,
        Expr::Closure(_) | Expr::Infer(_) => return wrong(&expr, &format!("\"{example}\"")),
        _ => return Ok(Duration::Expr(expr)),
    };
    let example = match lit {
        Lit::Str(text) => {
            return match duration::parse(&text.value()) {
                Ok(duration) => Ok(Duration::Text(duration, text.span())),
                Err(why) => Err(syn::Error::new(text.span(), why)),
            };
        }
        Lit::Int(seconds) => format!("{}s", seconds.base10_digits()),
        Lit::Float(seconds) => match seconds.base10_parse::<f64>().map(milliseconds) {
            Ok(Some(milliseconds)) => format!("{milliseconds}ms"),
            _ => example.to_owned(),
        },
        _ => example.to_owned(),
    };
    let message = format!(
        "`{name}` is a duration: write it as `{name} = \"{example}\"`, or give a `Duration` expression"
    );
    Err(syn::Error::new(lit.span(), message))
}

/// As many milliseconds, if it is a whole number of them.
#[allow(clippy::float_cmp)]
fn milliseconds(seconds: f64) -> Option<f64> {
    let milliseconds = (seconds * 1e3).round();
    (milliseconds >= 1.0 && milliseconds / 1e3 == seconds).then_some(milliseconds)
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
pub(crate) fn is_none(expr: &Expr) -> bool {
    matches!(expr, Expr::Path(path) if path.path.is_ident("None"))
}
