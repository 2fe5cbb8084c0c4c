//! Rules about `cache_if = ..`: a closure or a function of the result, and of nothing else.

use std::collections::HashSet;

use proc_macro2::{Ident, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, ExprClosure};

use super::names::used_as_value;
use crate::errors::{Errors, shown};
use crate::function::{Argument, Function};
use crate::options::{Options, is_none};

const EXAMPLE: &str = "|result| !result.is_empty()";

/// Checks the option `cache_if`: at most one error.
pub(super) fn predicate(options: &Options, function: &Function, errors: &mut Errors) {
    let Some(predicate) = &options.cache_if else { return };
    let error = kind(predicate).or_else(|| captured(predicate, function));
    if let Some(error) = error {
        errors.push(error);
    }
}

/// What is no function, or one of another kind.
fn kind(predicate: &Expr) -> Option<syn::Error> {
    let message = match predicate {
        Expr::Closure(closure) if closure.asyncness.is_some() => {
            "`cache_if` is asked before a result is stored, and cannot be async: remove `async`"
                .to_owned()
        }
        Expr::Closure(ExprClosure { inputs, body, .. }) if inputs.len() != 1 => format!(
            "`cache_if` has one argument, a reference to the result: write `cache_if = |result| {}`",
            if inputs.is_empty() { shown(body) } else { "!result.is_empty()".to_owned() }
        ),
        Expr::Lit(_)
        | Expr::Binary(_)
        | Expr::Unary(_)
        | Expr::Range(_)
        | Expr::Tuple(_)
        | Expr::Array(_)
        | Expr::Async(_)
        | Expr::Infer(_) => no_function(predicate),
        Expr::MethodCall(call) if is_result(&call.receiver) => no_function(predicate),
        _ if is_none(predicate) => no_function(predicate),
        _ => return None,
    };
    Some(match predicate {
        Expr::Closure(closure) => {
            let mut at = closure.asyncness.to_token_stream();
            if at.is_empty() {
                let ExprClosure { inputs_begin, inputs, inputs_end, .. } = closure;
                inputs_begin.to_tokens(&mut at);
                inputs.to_tokens(&mut at);
                inputs_end.to_tokens(&mut at);
            }
            syn::Error::new_spanned(at, message)
        }
        _ => syn::Error::new_spanned(predicate, message),
    })
}

fn no_function(predicate: &Expr) -> String {
    let about_result = super::closures::find(
        &Ident::new("result", Span::call_site()),
        predicate.to_token_stream(),
    );
    let instead = match about_result {
        Some(_) => format!("|result| {}", shown(predicate)),
        None => EXAMPLE.to_owned(),
    };
    format!("`cache_if` is a closure or the path of a function: write `cache_if = {instead}`")
}

/// Whether it is about a variable `result`.
fn is_result(receiver: &Expr) -> bool {
    match receiver {
        Expr::MethodCall(call) => is_result(&call.receiver),
        Expr::Field(field) => is_result(&field.base),
        Expr::Path(path) => path.path.is_ident("result"),
        _ => false,
    }
}

/// An argument of the function, which is not there when a result is stored.
fn captured(predicate: &Expr, function: &Function) -> Option<syn::Error> {
    let (own, body) = match predicate {
        Expr::Closure(closure) => {
            let mut own = HashSet::new();
            words(closure.inputs.to_token_stream(), &mut own);
            (own, closure.body.to_token_stream())
        }
        other => (HashSet::new(), other.to_token_stream()),
    };
    let this = Ident::new("self", Span::call_site());
    let names = function.arguments.iter().flat_map(Argument::names).chain([&this]);
    let mut names = names.filter(|name| !own.contains(&name.to_string()));
    let (found, name) = names.find_map(|name| {
        let found = used_as_value(name, body.clone()).map(|found| found.span());
        Some((found.or_else(|| in_text(name, body.clone(), false))?, name))
    })?;
    let message = format!(
        "`cache_if` sees the result alone, and cannot use `{name}`: decide by the result, or return it as an `Err`, which is not stored"
    );
    Some(syn::Error::new(found, message))
}

fn words(tokens: TokenStream, words: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                words.insert(word.to_string());
            }
            TokenTree::Group(group) => self::words(group.stream(), words),
            _ => (),
        }
    }
}

/// Where a text in a macro's arguments mentions a name, as `format!("{name}")` does.
fn in_text(name: &Ident, tokens: TokenStream, is_macro: bool) -> Option<Span> {
    let mut before = None;
    tokens.into_iter().find_map(|token| {
        let is_behind = before.replace(is_bang(&token)) == Some(true);
        match token {
            TokenTree::Group(group) => in_text(name, group.stream(), is_macro || is_behind),
            TokenTree::Literal(literal) if is_macro => {
                let text = literal.to_string().replace("{{", "");
                let is_there =
                    ['}', ':'].iter().any(|end| text.contains(&format!("{{{name}{end}")));
                is_there.then(|| literal.span())
            }
            _ => None,
        }
    })
}

fn is_bang(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '!' && punct.spacing() == Spacing::Alone)
}
