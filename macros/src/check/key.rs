//! Rules about `key = ..`: an expression over the arguments that is evaluated for each call, in
//! several functions.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, ExprLit, Lit};

use super::{closures, names};
use crate::errors::{Errors, shown};
use crate::function::{Argument, Function};
use crate::options::{Handle, Options, is_none};
use crate::source::Place;

/// Checks the option `key`: at most one error.
pub(super) fn key(options: &Options, function: &Function, errors: &mut Errors) {
    let Some(key) = &options.key else { return };
    let error = kind(key, options, function)
        .or_else(|| names::jump(key, "key"))
        .or_else(|| receiver(key, function))
        .or_else(|| parts(key).find_map(of_a_temporary))
        .or_else(|| parts(key).find_map(of_an_open_type))
        .or_else(|| skipped(key, options, function));
    if let Some(error) = error {
        errors.push(error);
    }
}

/// What is no expression over the arguments.
fn kind(key: &Expr, options: &Options, function: &Function) -> Option<syn::Error> {
    let has = |name: &str| function.arguments.iter().any(|argument| argument.has_bare_name(name));
    let meant = match key {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if has(&text.value()) => text.value(),
        Expr::Closure(closure) if !matches!(*closure.body, Expr::Block(_)) => {
            let named = |pat: &syn::Pat| match pat {
                syn::Pat::Ident(pat) => has(&pat.ident.to_string()),
                _ => false,
            };
            if closure.inputs.iter().all(named) {
                shown(&closure.body)
            } else {
                example(options, function)
            }
        }
        Expr::Lit(_) | Expr::Closure(_) => example(options, function),
        _ if is_none(key) => example(options, function),
        _ => return None,
    };
    let message = format!("`key` is an expression over the arguments: write `key = {meant}`");
    Some(syn::Error::new_spanned(key, message))
}

/// A key of all arguments that can be part of one.
fn example(options: &Options, function: &Function) -> String {
    let keyed = function
        .arguments
        .iter()
        .filter(|argument| argument.named && argument.name != "self" && !options.skips(argument));
    let names: Vec<_> = keyed.map(|argument| argument.name.to_string()).collect();
    match &names[..] {
        [] => "id".to_owned(),
        [name] => name.clone(),
        _ => format!("({})", names.join(", ")),
    }
}

/// `self` in a function that has none.
fn receiver(key: &Expr, function: &Function) -> Option<syn::Error> {
    let this = Ident::new("self", Span::call_site());
    let found = closures::find(&this, key.to_token_stream())?;
    // What the body may have from elsewhere, such as a macro, is its own.
    function.receiver().is_none().then(|| {
        let message =
            format!("`{}` has no `self`: make the key of its arguments", function.sig.ident);
        syn::Error::new(found.span(), message)
    })
}

/// The parts of a key: those of a tuple, or itself.
fn parts(key: &Expr) -> Box<dyn Iterator<Item = &Expr> + '_> {
    match key {
        Expr::Paren(paren) => parts(&paren.expr),
        Expr::Group(group) => parts(&group.expr),
        Expr::Tuple(tuple) => Box::new(tuple.elems.iter().flat_map(parts)),
        _ => Box::new(std::iter::once(key)),
    }
}

/// Methods that return something owned.
const OWNED: [&str; 13] = [
    "clone",
    "collect",
    "concat",
    "into_owned",
    "join",
    "repeat",
    "replace",
    "to_ascii_lowercase",
    "to_ascii_uppercase",
    "to_lowercase",
    "to_owned",
    "to_string",
    "to_uppercase",
];

/// Methods that return the whole of what they are called on, borrowed.
const WHOLE: [&str; 7] =
    ["as_bytes", "as_path", "as_ref", "as_slice", "as_str", "as_deref", "borrow"];

/// A reference to what the expression itself makes.
fn of_a_temporary(part: &Expr) -> Option<syn::Error> {
    let instead = match part {
        Expr::Reference(reference) if is_made(&reference.expr) => shown(&reference.expr),
        Expr::MethodCall(call) if is_owned(&call.receiver) => {
            let method = call.method.to_string();
            if WHOLE.contains(&method.as_str()) {
                shown(&call.receiver)
            } else if method.starts_with("trim") {
                format!("{}.to_owned()", shown(part))
            } else {
                return None;
            }
        }
        _ => return None,
    };
    let message = format!(
        "this borrows from what `key` itself makes, which a key must own: write `{instead}`"
    );
    Some(syn::Error::new_spanned(part, message))
}

/// Whether an expression makes a value, to which a reference is short-lived.
fn is_made(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(paren) => is_made(&paren.expr),
        Expr::Group(group) => is_made(&group.expr),
        // A method may return a reference itself; then a reference to that is as short-lived.
        Expr::Call(_) | Expr::MethodCall(_) | Expr::Macro(_) | Expr::Tuple(_) => true,
        _ => false,
    }
}

/// Whether an expression makes an owned value, as far as that can be seen.
fn is_owned(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(paren) => is_owned(&paren.expr),
        Expr::Group(group) => is_owned(&group.expr),
        Expr::Macro(made) => made.mac.path.is_ident("format"),
        Expr::MethodCall(call) => OWNED.iter().any(|method| call.method == method),
        _ => false,
    }
}

/// A method whose result has any of several types.
fn of_an_open_type(part: &Expr) -> Option<syn::Error> {
    match part {
        Expr::MethodCall(call) if call.turbofish.is_none() => {
            let receiver = shown(&call.receiver);
            let instead = match call.method.to_string().as_str() {
                "into" if call.args.is_empty() => format!("String::from({receiver})"),
                "parse" => format!("{receiver}.parse::<u64>()"),
                "collect" => format!("{receiver}.collect::<Vec<_>>()"),
                "sum" | "product" => format!("{receiver}.{}::<u64>()", call.method),
                "unwrap" | "unwrap_or_default" | "expect" => {
                    return of_an_open_type(&call.receiver);
                }
                _ => return None,
            };
            let message =
                format!("the type of the key is not known here: write it, as in `{instead}`");
            Some(syn::Error::new(call.method.span(), message))
        }
        _ => None,
    }
}

/// What is skipped: the functions of the handle that compute a key are not given that.
fn skipped(key: &Expr, options: &Options, function: &Function) -> Option<syn::Error> {
    if function.place == Place::Trait || matches!(options.handle, Handle::None) {
        return None;
    }
    let skipped =
        |argument: &&Argument| options.skips(argument) && !closures::is_part_of(function, argument);
    let mut arguments = function.arguments.iter().filter(skipped);
    let found =
        arguments.find_map(|argument| closures::find(&argument.name, key.to_token_stream()))?;
    let message = format!(
        "`{found}` is skipped, and the key depends on it: take it out of `skip(..)`, or out of `key`"
    );
    Some(syn::Error::new(found.span(), message))
}

/// Where an expression would leave the function it is in, and by what: `return`, `?` or `.await`.
/// In a closure or in a block of its own it may.
pub(super) fn find_jump(tokens: TokenStream) -> Option<(Span, &'static str)> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let is_word =
        |token: &TokenTree, word: &str| matches!(token, TokenTree::Ident(ident) if ident == word);
    let has_own = |token: &TokenTree| {
        ["async", "fn", "const"].iter().any(|word| is_word(token, word))
            || matches!(token, TokenTree::Punct(punct) if punct.as_char() == '|')
    };
    if tokens.iter().any(has_own) {
        return None;
    }
    tokens.iter().enumerate().find_map(|(index, token)| match token {
        TokenTree::Punct(punct) if punct.as_char() == '?' => Some((punct.span(), "?")),
        TokenTree::Ident(word) if word == "return" => Some((word.span(), "return")),
        TokenTree::Ident(word) if word == "await" => {
            let is_behind_dot = index.checked_sub(1).is_some_and(|before| {
                matches!(&tokens[before], TokenTree::Punct(punct) if punct.as_char() == '.')
            });
            is_behind_dot.then(|| (word.span(), ".await"))
        }
        TokenTree::Group(group) => find_jump(group.stream()),
        _ => None,
    })
}
