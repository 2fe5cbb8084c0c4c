//! The values of options. The message about an invalid value has the fix.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative as _;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitBool, LitStr, Path, Token, UnOp};

use super::{DurationValue, HandleName, Options, Refresh, Scope, SingleFlight};
use crate::duration;
use crate::errors::Errors;
use crate::expressions::{Number, is_none, number_of};
use crate::tokens::show_tokens;

impl Options {
    pub(super) fn parse_key(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        self.has_key = true;
        // As in `let key: u64 = ..`.
        let rest = input.fork();
        if rest.parse::<Token![:]>().is_ok()
            && let Ok(ty) = rest.parse()
            && rest.peek(Token![=])
        {
            self.key_type = Some(ty);
            input.advance_to(&rest);
        }
        self.key = Some(parse_value(name, "id", |_| true, input)?);
        Ok(())
    }

    pub(super) fn parse_cache_if(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
    ) -> syn::Result<()> {
        let example = "|result| !result.is_empty()";
        let is_predicate = |given: &Expr| matches!(given, Expr::Closure(_) | Expr::Path(_));
        self.cache_if = Some(parse_value(name, example, is_predicate, input)?);
        Ok(())
    }

    pub(super) fn parse_refresh(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
    ) -> syn::Result<()> {
        const EXPECTED: &str = "expected `refresh = \"caller\"` (a call that finds a stale result \
            recomputes it) or `refresh = \"background\"` (a thread or a task does)";
        let refresh: LitStr = parse_value_or(name, EXPECTED, input)?;
        let value = match refresh.value().as_str() {
            "caller" => Refresh::Caller,
            "background" => Refresh::Background,
            _ => return Err(syn::Error::new(refresh.span(), EXPECTED)),
        };
        self.refresh = Some((value, refresh.span()));
        Ok(())
    }

    pub(super) fn parse_scope(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        const EXPECTED: &str = "expected `scope = \"process\"` (one cache for all threads) or \
            `scope = \"thread\"` (one for each)";
        let scope: LitStr = parse_value_or(name, EXPECTED, input)?;
        self.scope = match scope.value().as_str() {
            "process" => Scope::Process,
            "thread" => Scope::Thread,
            _ => return Err(syn::Error::new(scope.span(), EXPECTED)),
        };
        Ok(())
    }
}

/// Reads options up to the end, each by `parse`, with commas between them. After an error it
/// continues at the next option, so that no option counts as missing.
pub(super) fn parse_list(
    input: ParseStream<'_>,
    errors: &mut Errors,
    mut parse: impl FnMut(ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    while !input.is_empty() {
        if let Err(error) = parse(input, errors) {
            errors.push(error);
            skip_to_comma(input);
        }
        if !input.is_empty() && input.parse::<Token![,]>().is_err() {
            errors.push(input.error("expected `,`"));
            skip_separator(input);
        }
    }
}

/// Reads over what separates two options in place of a comma: nothing, a `;`, or tokens up to the
/// next comma.
fn skip_separator(input: ParseStream<'_>) {
    let is_option =
        input.peek(Ident::peek_any) && (input.peek2(Token![=]) || input.peek2(syn::token::Paren));
    if is_option || input.parse::<Token![;]>().is_ok() {
        return;
    }
    skip_to_comma(input);
    let _ = input.parse::<Token![,]>();
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        // A token tree always follows where the input is not empty.
        let _ = input.parse::<TokenTree>();
    }
}

/// Reads the value after `name =`.
///
/// If the value is elsewhere, as in `maxsize(7)`, and `is_value` accepts it, the message shows it
/// in the right place, and otherwise the `example`.
pub(super) fn parse_value(
    name: &Ident,
    example: &str,
    is_value: impl Fn(&Expr) -> bool,
    input: ParseStream<'_>,
) -> syn::Result<Expr> {
    let missing = |value: &str| {
        let message = format!("`{name}` needs a value, such as `{name} = {value}`");
        Err(syn::Error::new(name.span(), message))
    };
    if !is_equals(input) {
        let given = take_given(input)?;
        let value = syn::parse2::<Expr>(given.clone());
        let value = value.is_ok_and(|value| is_value(&value)).then(|| show_tokens(given));
        return missing(value.as_deref().unwrap_or(example));
    }
    input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return missing(example);
    }
    input.parse().map_err(|error: syn::Error| {
        let message = format!("expected a value of `{name}`, such as `{name} = {example}`");
        syn::Error::new(error.span(), message)
    })
}

/// Whether a single `=` follows.
fn is_equals(input: ParseStream<'_>) -> bool {
    input.peek(Token![=]) && !input.peek(Token![==]) && !input.peek(Token![=>])
}

/// Reads the tokens after an option's name, up to the comma: in brackets, or after `=`, `==`, `=>`
/// or `:`.
pub(super) fn take_given(input: ParseStream<'_>) -> syn::Result<TokenStream> {
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

/// Same as [`parse_value`] when the value is of a type, with one message for whatever else is
/// there.
pub(super) fn parse_value_or<T: syn::parse::Parse>(
    name: &Ident,
    message: &str,
    input: ParseStream<'_>,
) -> syn::Result<T> {
    let error = |span: Span| syn::Error::new(span, message);
    if !is_equals(input) {
        return Err(error(name.span()));
    }
    input.parse::<Token![=]>()?;
    let span = if input.is_empty() { name.span() } else { input.span() };
    input.parse().map_err(|_| error(span))
}

pub(super) fn parse_bool(name: &Ident, input: ParseStream<'_>) -> syn::Result<bool> {
    let message = format!("expected `{name} = true` or `{name} = false`");
    parse_value_or::<LitBool>(name, &message, input).map(|value| value.value)
}

/// Reads `true`, `false`, or how long a call waits for another.
pub(super) fn parse_single_flight(
    name: &Ident,
    input: ParseStream<'_>,
) -> syn::Result<SingleFlight> {
    const EXPECTED: &str = "expected `single_flight = true`, `single_flight = false`, or the \
        longest wait, such as `single_flight = \"2s\"`";
    if !is_equals(input) || input.peek2(Token![,]) || is_last_token(input) {
        return Err(syn::Error::new(name.span(), EXPECTED));
    }
    if input.peek2(LitBool) {
        let is_on = parse_bool(name, input)?;
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
        return Err(syn::Error::new(input.span(), EXPECTED));
    }
    parse_duration(name, "2s", input).map(SingleFlight::Within)
}

/// Whether one token is left.
fn is_last_token(input: ParseStream<'_>) -> bool {
    let rest = input.fork();
    rest.parse::<TokenTree>().is_ok() && rest.is_empty()
}

/// Reads `crate = path`.
pub(super) fn parse_crate_path(name: &Ident, input: ParseStream<'_>) -> syn::Result<Path> {
    let error = |at: &dyn ToTokens, path: &str| {
        let message = format!("`crate` must be the path of functools: write `crate = {path}`");
        syn::Error::new_spanned(at, message)
    };
    match parse_value(name, "::functools", |given| matches!(given, Expr::Path(_)), input)? {
        expr if is_none(&expr) => Err(error(&expr, "::functools")),
        Expr::Path(path) if path.qself.is_none() && has_no_arguments(&path.path) => Ok(path.path),
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            let path = text.value();
            let is_path = syn::parse_str::<Path>(&path).is_ok();
            Err(error(&text, if is_path { &path } else { "::functools" }))
        }
        expr => Err(error(&expr, "::functools")),
    }
}

fn has_no_arguments(path: &Path) -> bool {
    path.segments.iter().all(|segment| segment.arguments.is_none())
}

/// Reads `handle = name`, `handle = Self::name` or `handle = _`. After an error about another
/// value, the name that it means is the handle's, so that a use of the handle is no second error.
pub(super) fn parse_handle(
    name: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> syn::Result<HandleName> {
    let describe = |meant: Option<&Ident>| {
        let name = meant.map_or_else(|| "item_cache".to_owned(), Ident::to_string);
        format!("`handle` must be a name, or `_` for no handle: write `handle = {name}`")
    };
    if !is_equals(input) {
        let meant = syn::parse2::<Ident>(take_given(input)?).ok();
        errors.push(syn::Error::new(name.span(), describe(meant.as_ref())));
        return Ok(meant.map_or(HandleName::OfFunction, HandleName::Named));
    }
    input.parse::<Token![=]>()?;
    if input.peek(Token![_]) {
        input.parse::<Token![_]>()?;
        return Ok(HandleName::None);
    }
    let beside = input.fork();
    if beside.parse::<Token![Self]>().and_then(|_| beside.parse::<Token![::]>()).is_ok()
        && let Ok(handle) = beside.parse()
    {
        input.advance_to(&beside);
        return Ok(HandleName::Beside(handle));
    }
    let value = input.fork();
    if let Ok(handle) = value.parse::<Ident>()
        && (value.is_empty() || value.peek(Token![,]))
    {
        input.advance_to(&value);
        if handle != "None" {
            return Ok(HandleName::Named(handle));
        }
        let message = "`handle` must be a name, or `_` for no handle: write `handle = _`";
        errors.push_at(&handle, message);
        return Ok(HandleName::None);
    }
    let given = take_given(input)?;
    let meant = match syn::parse2::<Path>(given.clone()) {
        Ok(path) => path.segments.last().map(|last| last.ident.clone()),
        Err(_) => syn::parse2::<LitStr>(given.clone()).ok().and_then(|text| text.parse().ok()),
    };
    let meant = meant.filter(|meant| syn::parse_str::<Ident>(&meant.to_string()).is_ok());
    let message = describe(meant.as_ref());
    if given.is_empty() {
        errors.push_at(name, message);
    } else {
        errors.push_at(given, message);
    }
    Ok(meant.map_or(HandleName::OfFunction, HandleName::Named))
}

/// Reads a duration as text or as an expression.
pub(super) fn parse_duration(
    name: &Ident,
    example: &str,
    input: ParseStream<'_>,
) -> syn::Result<DurationValue> {
    let is_duration = |given: &Expr| match given {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => duration::parse(&text.value()).is_ok(),
        _ => false,
    };
    let expr = parse_value(name, &format!("\"{example}\""), is_duration, input)?;
    let error = |at: &dyn ToTokens, advice: &str| {
        let message = format!("`{name}` must be a duration: {advice}");
        Err(syn::Error::new_spanned(at, message))
    };
    if is_none(&expr) {
        return error(&expr, &format!("write `{name} = \"{example}\"`, or remove `{name}`"));
    }
    if let Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr: number, .. }) = &expr
        && number_of(number).is_some()
    {
        let message = format!("`{name}` must not be negative: write `{name} = \"{example}\"`");
        return Err(syn::Error::new_spanned(&expr, message));
    }
    if let Some(kind) = number_of(&expr)
        && !matches!(expr, Expr::Lit(_))
    {
        let from = if kind == Number::Float { "from_secs_f64" } else { "from_secs" };
        let value = show_tokens(&expr);
        return error(&expr, &format!("write `{name} = Duration::{from}({value})`"));
    }
    let lit = match &expr {
        Expr::Lit(ExprLit { lit, .. }) => lit,
        Expr::Closure(_) | Expr::Infer(_) => {
            return error(&expr, &format!("write `{name} = \"{example}\"`"));
        }
        _ => return Ok(DurationValue::Expr(expr)),
    };
    let example = match lit {
        Lit::Str(text) => {
            return match duration::parse(&text.value()) {
                Ok(duration) => Ok(DurationValue::Text(duration, text.span())),
                Err(message) => Err(syn::Error::new(text.span(), message)),
            };
        }
        Lit::Int(seconds) => format!("{}s", seconds.base10_digits()),
        Lit::Float(seconds) => match seconds.base10_parse::<f64>().map(to_milliseconds) {
            Ok(Some(milliseconds)) => format!("{milliseconds}ms"),
            _ => example.to_owned(),
        },
        _ => example.to_owned(),
    };
    let other = match name == "ttl" {
        true => "a `Duration` expression, or a closure or a function of the result",
        false => "or a `Duration` expression",
    };
    error(lit, &format!("write `{name} = \"{example}\"`, {other}"))
}

/// The seconds in milliseconds, if that is a whole number.
#[allow(clippy::float_cmp)]
fn to_milliseconds(seconds: f64) -> Option<f64> {
    let milliseconds = (seconds * 1e3).round();
    (milliseconds >= 1.0 && milliseconds / 1e3 == seconds).then_some(milliseconds)
}
