//! Rules about closures. Each closure has a type of its own, so a cache that depended on the type
//! would be one cache for each closure.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Expr, FnArg, ReturnType, Type};

use super::names;
use crate::argument::Argument;
use crate::closures::{closure_params, excluded_params, future_params, is_closure_argument};
use crate::errors::Errors;
use crate::expressions::find_ident;
use crate::function::Function;
use crate::options::{HandleName, Options, Ttl};
use crate::source::Enclosing;
use crate::tokens::mentions_ident;

/// The error about a closure that is an argument, or part of one.
pub(super) fn check_argument(
    options: &Options,
    function: &Function,
    argument: &Argument,
) -> Option<syn::Error> {
    let FnArg::Typed(typed) = &argument.original else { return None };
    if !is_closure_argument(function, argument) || is_returned(function, &typed.ty) {
        return None;
    }
    let skip = if argument.has_user_name {
        format!("write `skip({})`", argument.name)
    } else {
        "make it an argument of its own, and write `skip(name)`".to_owned()
    };
    let message = match (function.enclosing, &options.handle) {
        (Enclosing::Trait, _) => format!(
            "a method of a trait would have a cache for each closure: take a `&dyn Fn()` and \
             {skip}, or move the body to a cached function and call it"
        ),
        (Enclosing::Impl, HandleName::None) => format!(
            "a method without a handle would have a cache for each closure: remove `handle = _`, \
             or take a `&dyn Fn()` and {skip}"
        ),
        _ if argument.is_skipped(options) => return None,
        _ if options.has_key => format!(
            "a closure must be skipped even with a `key`, or each closure would have a cache of \
             its own: {skip}"
        ),
        _ => format!(
            "a closure must be skipped, or each closure would have a cache of its own: {skip}"
        ),
    };
    Some(syn::Error::new_spanned(&typed.ty, message))
}

/// Whether the result has the type of one of these closures, which is an error by itself.
fn is_returned(function: &Function, ty: &Type) -> bool {
    let (ty, output) = (ty.to_token_stream(), function.sig.output.to_token_stream());
    let mut closures = closure_params(&function.sig.generics).into_iter();
    closures.any(|name| mentions_ident(name, ty.clone()) && mentions_ident(name, output.clone()))
}

/// Reports closures in the result, closures that no argument has, and options that depend on one.
pub(super) fn check_parameters(options: &Options, function: &Function, errors: &mut Errors) {
    check_output(function, errors);
    check_unused(function, errors);
    check_key(options, function, errors);
    let excluded = excluded_params(&function.sig);
    for expr in shared_expressions(options) {
        let found = excluded.iter().find_map(|name| find_ident(name, expr.to_token_stream()));
        if let Some(found) = found {
            errors.push_at(
                &found,
                format!(
                    "all closures share one cache, which cannot depend on `{found}`: write a \
                    value without `{found}`"
                ),
            );
        }
    }
}

/// Reports a closure, or a future that a closure returns, in the result.
fn check_output(function: &Function, errors: &mut Errors) {
    let ReturnType::Type(_, ty) = &function.sig.output else { return };
    let is_returned = |name: &&Ident| mentions_ident(name, ty.to_token_stream());
    if let Some(name) = closure_params(&function.sig.generics).into_iter().find(is_returned) {
        errors.push_at(
            ty,
            format!(
                "a closure cannot be part of a result: each closure would have a cache of its \
                own. Return a type without `{name}`, such as what `{name}` returns"
            ),
        );
    }
    if let Some(name) = future_params(&function.sig).into_iter().find(is_returned) {
        errors.push_at(
            ty,
            format!(
                "the result must not depend on the future `{name}`: each future would have a \
                cache of its own. Take a type parameter `T` with `{name}: Future<Output = T>`, and \
                return `T`"
            ),
        );
    }
}

/// Reports closures that are of neither an argument nor the result.
fn check_unused(function: &Function, errors: &mut Errors) {
    let signature = &function.sig;
    for name in closure_params(&signature.generics) {
        let mut inputs = signature.inputs.iter().map(ToTokens::to_token_stream);
        let is_used = mentions_ident(name, signature.output.to_token_stream())
            || inputs.any(|input| mentions_ident(name, input));
        if !is_used {
            errors.push_at(
                name,
                format!(
                    "no argument has the type `{name}`, and each closure would have a cache of \
                    its own: remove `{name}`, or take the closure as an argument and leave it out \
                    with `skip(..)`"
                ),
            );
        }
    }
}

/// Reports a `key` that mentions a closure.
fn check_key(options: &Options, function: &Function, errors: &mut Errors) {
    let Some(key) = &options.key else { return };
    let closures =
        function.arguments.iter().filter(|argument| is_closure_argument(function, argument));
    for argument in closures {
        if let Some(found) = find_ident(&argument.name, key.to_token_stream()) {
            errors.push_at(
                &found,
                format!(
                    "all closures share one cache, whose key cannot depend on `{found}`: make \
                    it of the other arguments"
                ),
            );
        }
    }
}

/// The expressions that are evaluated once for all closures.
fn shared_expressions(options: &Options) -> impl Iterator<Item = &Expr> {
    let once = names::once_evaluated(options).map(|(_, expr)| expr);
    let weight = &options.weights.weight;
    let ttl = options.expiry.ttl.as_ref().and_then(Ttl::closure);
    [&options.key, &options.cache_if, weight].into_iter().flatten().chain(ttl).chain(once)
}
