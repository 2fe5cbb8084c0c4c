//! Rules about `policy`, `maxweight` and `weight`. A weight is a closure or a function of the
//! result, or a closure of the key and the result, and depends on nothing else.

use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::{Expr, ExprClosure};

use super::predicate::{closure_head, find_captured};
use crate::errors::Errors;
use crate::expressions::{find_ident, is_none};
use crate::function::Function;
use crate::options::bounds::WEIGHT_EXAMPLE;
use crate::options::{Options, Scope};
use crate::tokens::show_tokens;

pub(super) fn check_weights(options: &Options, function: &Function, errors: &mut Errors) {
    if let Some(at) = options.adaptive()
        && options.scope == Scope::Thread
    {
        errors.push(syn::Error::new(
            at,
            "`policy = \"adaptive\"` cannot be combined with `scope = \"thread\"`: the cache of a \
             thread evicts in Python's order. Remove one of them",
        ));
    }
    check_pair(options, errors);
    let Some(weight) = &options.weights.weight else { return };
    if let Some(error) = check_kind(weight).or_else(|| check_captured(weight, options, function)) {
        errors.push(error);
    }
}

/// Reports one of `maxweight` and `weight` without the other.
fn check_pair(options: &Options, errors: &mut Errors) {
    match (&options.weights.maxweight_name, &options.weights.weight_name) {
        (Some(name), None) => errors.push_at(
            name,
            format!("`maxweight` needs a `weight`, such as `weight = {WEIGHT_EXAMPLE}`"),
        ),
        (None, Some(name)) => errors.push_at(
            name,
            "`weight` needs a `maxweight`, the bound on the total weight, such as `maxweight = \
             \"64MiB\"`",
        ),
        _ => (),
    }
}

/// Reports a weight that is not a function, or one of another kind.
fn check_kind(weight: &Expr) -> Option<syn::Error> {
    let (at, message) = match weight {
        Expr::Closure(closure) if closure.asyncness.is_some() => (
            closure_head(closure),
            "`weight` cannot be async: it is called before a result is stored. Remove `async`"
                .to_owned(),
        ),
        Expr::Closure(ExprClosure { inputs, .. }) if (1..=2).contains(&inputs.len()) => {
            return None;
        }
        Expr::Closure(closure) => {
            let body = match closure.inputs.len() {
                0 => show_tokens(&closure.body),
                _ => "value.len() as u64".to_owned(),
            };
            let message = format!(
                "`weight` must have one argument, a reference to the result, or two, the key and \
                 the result: write `weight = |value| {body}`"
            );
            (closure_head(closure), message)
        }
        Expr::Path(_) if !is_none(weight) => return None,
        _ => {
            let name = Ident::new("value", proc_macro2::Span::call_site());
            let about_value = find_ident(&name, weight.to_token_stream());
            let instead = match about_value {
                Some(_) => format!("|value| {}", show_tokens(weight)),
                None => WEIGHT_EXAMPLE.to_owned(),
            };
            let message = format!(
                "`weight` must be a closure or the path of a function: write `weight = {instead}`"
            );
            (weight.to_token_stream(), message)
        }
    };
    Some(syn::Error::new_spanned(at, message))
}

/// Reports a weight that uses an argument of the function: it is called without them.
fn check_captured(weight: &Expr, options: &Options, function: &Function) -> Option<syn::Error> {
    let (found, name) = find_captured(weight, function)?;
    let is_keyed = |name: &Ident| {
        let mut keyed = function.arguments.iter().filter(|argument| !argument.is_skipped(options));
        options.key.is_none() && keyed.any(|argument| argument.has_name(name))
    };
    let has_key = matches!(weight, Expr::Closure(closure) if closure.inputs.len() == 2);
    let message = if !has_key && is_keyed(&name) {
        format!(
            "`weight` depends on the result alone, and cannot use `{name}`: take the key as well, \
             as in `weight = |key, value| ..`"
        )
    } else {
        format!(
            "`weight` depends on the key and the result alone, and cannot use `{name}`: compute \
             the weight from these"
        )
    };
    Some(syn::Error::new(found, message))
}
