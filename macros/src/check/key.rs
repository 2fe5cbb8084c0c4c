//! Rules about `key`: an expression over the arguments that is evaluated for each call, in the
//! function and in several functions of its handle.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{Expr, ExprLit, Lit, Type};

use super::names;
use crate::argument::Argument;
use crate::closures::is_closure_argument;
use crate::errors::Errors;
use crate::expressions::{find_ident, is_none};
use crate::function::Function;
use crate::options::{HandleName, Options};
use crate::source::Enclosing;
use crate::tokens::show_tokens;

/// Checks `key`: at most one error.
pub(super) fn check_key(options: &Options, function: &Function, errors: &mut Errors) {
    let Some(key) = &options.key else { return };
    let error = check_kind(key, options, function)
        .or_else(|| names::check_jump(key, "key"))
        .or_else(|| check_receiver(key, function))
        .or_else(|| split_parts(key).find_map(check_temporary))
        .or_else(|| split_parts(key).find_map(check_open_type))
        .or_else(|| check_skipped(key, options, function))
        .or_else(|| check_type(key, options.key_type.as_ref()?));
    if let Some(error) = error {
        errors.push(error);
    }
}

/// Reports a key that is not an expression over the arguments.
fn check_kind(key: &Expr, options: &Options, function: &Function) -> Option<syn::Error> {
    let has_name =
        |name: &str| function.arguments.iter().any(|argument| argument.has_bare_name(name));
    let meant = match key {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if has_name(&text.value()) => text.value(),
        Expr::Closure(closure) if !matches!(*closure.body, Expr::Block(_)) => {
            let named = |pat: &syn::Pat| match pat {
                syn::Pat::Ident(pat) => has_name(&pat.ident.to_string()),
                _ => false,
            };
            if closure.inputs.iter().all(named) {
                show_tokens(&closure.body)
            } else {
                suggest_key(options, function)
            }
        }
        Expr::Lit(_) | Expr::Closure(_) => suggest_key(options, function),
        _ if is_none(key) => suggest_key(options, function),
        _ => return None,
    };
    let message = format!("`key` must be an expression over the arguments: write `key = {meant}`");
    Some(syn::Error::new_spanned(key, message))
}

/// A key of all arguments that can be part of one.
fn suggest_key(options: &Options, function: &Function) -> String {
    let keyed = function.arguments.iter().filter(|argument| {
        argument.has_user_name && argument.name != "self" && !argument.is_skipped(options)
    });
    let names: Vec<_> = keyed.map(|argument| argument.name.to_string()).collect();
    match &names[..] {
        [] => "id".to_owned(),
        [name] => name.clone(),
        _ => format!("({})", names.join(", ")),
    }
}

/// Reports a tuple whose type is not written as one: its parts have no types.
fn check_type(key: &Expr, ty: &Type) -> Option<syn::Error> {
    match (key, ty) {
        (Expr::Paren(key), ty) => check_type(&key.expr, ty),
        (Expr::Group(key), ty) => check_type(&key.expr, ty),
        (key, Type::Paren(ty)) => check_type(key, &ty.elem),
        (key, Type::Group(ty)) => check_type(key, &ty.elem),
        (Expr::Tuple(key), Type::Tuple(ty)) if key.elems.len() == ty.elems.len() => {
            key.elems.iter().zip(&ty.elems).find_map(|(key, ty)| check_type(key, ty))
        }
        (Expr::Tuple(key), ty) if !key.elems.is_empty() => {
            let count = key.elems.len();
            let message = format!(
                "the type of this key must be a tuple of {count} types, one for each part of the \
                 key `{}`",
                show_tokens(key)
            );
            Some(syn::Error::new_spanned(ty, message))
        }
        _ => None,
    }
}

/// Reports `self` in a function without a receiver.
fn check_receiver(key: &Expr, function: &Function) -> Option<syn::Error> {
    let this = Ident::new("self", Span::call_site());
    let found = find_ident(&this, key.to_token_stream())?;
    // Another name may come from elsewhere, such as a macro.
    function.receiver().is_none().then(|| {
        let message =
            format!("`{}` has no `self`: make the key from its arguments", function.sig.ident);
        syn::Error::new(found.span(), message)
    })
}

/// The parts of a key: those of a tuple, or the key itself.
fn split_parts(key: &Expr) -> Box<dyn Iterator<Item = &Expr> + '_> {
    match key {
        Expr::Paren(paren) => split_parts(&paren.expr),
        Expr::Group(group) => split_parts(&group.expr),
        Expr::Tuple(tuple) => Box::new(tuple.elems.iter().flat_map(split_parts)),
        _ => Box::new(std::iter::once(key)),
    }
}

/// Methods that return an owned value.
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

/// Methods that return a borrow of the whole receiver.
const WHOLE: [&str; 7] =
    ["as_bytes", "as_path", "as_ref", "as_slice", "as_str", "as_deref", "borrow"];

/// Reports a reference to a value that the expression itself makes.
fn check_temporary(part: &Expr) -> Option<syn::Error> {
    let instead = match part {
        Expr::Reference(reference) if is_new_value(&reference.expr) => show_tokens(&reference.expr),
        Expr::MethodCall(call) if is_owned(&call.receiver) => {
            let method = call.method.to_string();
            if WHOLE.contains(&method.as_str()) {
                show_tokens(&call.receiver)
            } else if method.starts_with("trim") {
                format!("{}.to_owned()", show_tokens(part))
            } else {
                return None;
            }
        }
        _ => return None,
    };
    let message = format!(
        "a key must own the values that it makes, but this borrows from one: write `{instead}`"
    );
    Some(syn::Error::new_spanned(part, message))
}

/// Whether an expression makes a value, so that a reference to it is short-lived.
fn is_new_value(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(paren) => is_new_value(&paren.expr),
        Expr::Group(group) => is_new_value(&group.expr),
        // A method may return a reference; then a reference to that is as short-lived.
        Expr::Call(_) | Expr::MethodCall(_) | Expr::Macro(_) | Expr::Tuple(_) => true,
        _ => false,
    }
}

/// Whether an expression makes an owned value, as far as its tokens show it.
fn is_owned(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(paren) => is_owned(&paren.expr),
        Expr::Group(group) => is_owned(&group.expr),
        Expr::Macro(made) => made.mac.path.is_ident("format"),
        Expr::MethodCall(call) => OWNED.iter().any(|method| call.method == method),
        _ => false,
    }
}

/// Reports a method whose result may have one of several types.
fn check_open_type(part: &Expr) -> Option<syn::Error> {
    match part {
        Expr::MethodCall(call) if call.turbofish.is_none() => {
            let receiver = show_tokens(&call.receiver);
            let instead = match call.method.to_string().as_str() {
                "into" if call.args.is_empty() => format!("String::from({receiver})"),
                "parse" => format!("{receiver}.parse::<u64>()"),
                "collect" => format!("{receiver}.collect::<Vec<_>>()"),
                "sum" | "product" => format!("{receiver}.{}::<u64>()", call.method),
                "unwrap" | "unwrap_or_default" | "expect" => {
                    return check_open_type(&call.receiver);
                }
                _ => return None,
            };
            let message =
                format!("the type of the key cannot be inferred here: write it, as in `{instead}`");
            Some(syn::Error::new(call.method.span(), message))
        }
        _ => None,
    }
}

/// Reports skipped arguments: the functions of the handle that compute a key do not take them.
fn check_skipped(key: &Expr, options: &Options, function: &Function) -> Option<syn::Error> {
    if function.enclosing == Enclosing::Trait || matches!(options.handle, HandleName::None) {
        return None;
    }
    let skipped = |argument: &&Argument| {
        argument.is_skipped(options) && !is_closure_argument(function, argument)
    };
    let mut arguments = function.arguments.iter().filter(skipped);
    let found = arguments.find_map(|argument| find_ident(&argument.name, key.to_token_stream()))?;
    let message = format!("`{found}` is both in `key` and in `skip(..)`: remove one of them");
    Some(syn::Error::new(found.span(), message))
}
