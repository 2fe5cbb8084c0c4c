//! Rules about `cache_if`: it is a closure or a function of the result, and depends on nothing
//! else.

use std::collections::HashSet;

use proc_macro2::{Ident, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, ExprClosure};

use crate::argument::Argument;
use crate::errors::Errors;
use crate::expressions::{find_ident, find_value_use, is_none};
use crate::function::Function;
use crate::options::Options;
use crate::tokens::show_tokens;

const EXAMPLE: &str = "|result| !result.is_empty()";

/// Checks `cache_if`: at most one error.
pub(super) fn check_predicate(options: &Options, function: &Function, errors: &mut Errors) {
    let Some(predicate) = &options.cache_if else { return };
    let error = check_kind(predicate).or_else(|| {
        let (found, name) = find_captured(predicate, function)?;
        let message = format!(
            "`cache_if` depends on the result alone, and cannot use `{name}`: decide by the \
             result, or return an `Err`, which is not stored"
        );
        Some(syn::Error::new(found, message))
    });
    if let Some(error) = error {
        errors.push(error);
    }
}

/// Reports a predicate that is not a function, or one of another kind.
fn check_kind(predicate: &Expr) -> Option<syn::Error> {
    let message = match predicate {
        Expr::Closure(closure) if closure.asyncness.is_some() => {
            "`cache_if` cannot be async: it is called before a result is stored. Remove `async`"
                .to_owned()
        }
        Expr::Closure(ExprClosure { inputs, body, .. }) if inputs.len() != 1 => format!(
            "`cache_if` must have one argument, a reference to the result: write `cache_if = \
             |result| {}`",
            if inputs.is_empty() { show_tokens(body) } else { "!result.is_empty()".to_owned() }
        ),
        Expr::Lit(_)
        | Expr::Binary(_)
        | Expr::Unary(_)
        | Expr::Range(_)
        | Expr::Tuple(_)
        | Expr::Array(_)
        | Expr::Async(_)
        | Expr::Infer(_) => describe_non_function(predicate),
        Expr::MethodCall(call) if is_about_result(&call.receiver) => {
            describe_non_function(predicate)
        }
        _ if is_none(predicate) => describe_non_function(predicate),
        _ => return None,
    };
    Some(match predicate {
        Expr::Closure(closure) => syn::Error::new_spanned(closure_head(closure), message),
        _ => syn::Error::new_spanned(predicate, message),
    })
}

/// The tokens at which an error about a closure belongs: `async`, or else its parameters.
pub(super) fn closure_head(closure: &ExprClosure) -> TokenStream {
    let mut head = closure.asyncness.to_token_stream();
    if head.is_empty() {
        let ExprClosure { inputs_begin, inputs, inputs_end, .. } = closure;
        inputs_begin.to_tokens(&mut head);
        inputs.to_tokens(&mut head);
        inputs_end.to_tokens(&mut head);
    }
    head
}

fn describe_non_function(predicate: &Expr) -> String {
    let about_result =
        find_ident(&Ident::new("result", Span::call_site()), predicate.to_token_stream());
    let instead = match about_result {
        Some(_) => format!("|result| {}", show_tokens(predicate)),
        None => EXAMPLE.to_owned(),
    };
    format!("`cache_if` must be a closure or the path of a function: write `cache_if = {instead}`")
}

/// Whether a receiver is the variable `result`, or a part of it.
fn is_about_result(receiver: &Expr) -> bool {
    match receiver {
        Expr::MethodCall(call) => is_about_result(&call.receiver),
        Expr::Field(field) => is_about_result(&field.base),
        Expr::Path(path) => path.path.is_ident("result"),
        _ => false,
    }
}

/// Finds where an expression uses an argument of the function, and its name. A closure's own
/// parameters hide arguments.
pub(super) fn find_captured(predicate: &Expr, function: &Function) -> Option<(Span, Ident)> {
    let (own, body) = match predicate {
        Expr::Closure(closure) => {
            let mut own = HashSet::new();
            collect_words(closure.inputs.to_token_stream(), &mut own);
            (own, closure.body.to_token_stream())
        }
        other => (HashSet::new(), other.to_token_stream()),
    };
    let this = Ident::new("self", Span::call_site());
    let names = function.arguments.iter().flat_map(Argument::names).chain([&this]);
    let mut names = names.filter(|name| !own.contains(&name.to_string()));
    names.find_map(|name| {
        let found = find_value_use(name, body.clone()).map(|found| found.span());
        Some((found.or_else(|| find_in_text(name, body.clone(), false))?, name.clone()))
    })
}

fn collect_words(tokens: TokenStream, words: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                words.insert(word.to_string());
            }
            TokenTree::Group(group) => collect_words(group.stream(), words),
            _ => (),
        }
    }
}

/// Finds a text in the arguments of a macro that mentions a name, as in `format!("{name}")`.
fn find_in_text(name: &Ident, tokens: TokenStream, is_macro: bool) -> Option<Span> {
    let mut before = None;
    tokens.into_iter().find_map(|token| {
        let is_behind = before.replace(is_bang(&token)) == Some(true);
        match token {
            TokenTree::Group(group) => find_in_text(name, group.stream(), is_macro || is_behind),
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
    match token {
        TokenTree::Punct(punct) => punct.as_char() == '!' && punct.spacing() == Spacing::Alone,
        _ => false,
    }
}
