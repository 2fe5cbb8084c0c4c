//! Rules about the options that limit how long a result is valid.

use std::time::Duration as Time;

use proc_macro2::Ident;
use syn::{Expr, ExprClosure};

use super::predicate::{closure_head, find_captured};
use crate::errors::Errors;
use crate::function::Function;
use crate::options::{DurationValue, Options, SingleFlight, Ttl};
use crate::tokens::show_tokens;

pub(super) fn check_expiry(options: &Options, function: &Function, errors: &mut Errors) {
    check_zero(options, errors);
    check_ttl(options, function, errors);
    let expiry = &options.expiry;
    if let Some(first) = expiry.need_ttl.first()
        && !expiry.has_ttl
    {
        let names: Vec<_> = expiry.need_ttl.iter().map(Ident::to_string).collect();
        let need = if names.len() == 1 { "needs" } else { "need" };
        let names = names.join("`, `");
        errors.push_at(first, format!("`{names}` {need} a `ttl`, such as `ttl = \"60s\"`"));
    }
    if let Some((name, _)) = &expiry.stale
        && expiry.sliding
    {
        errors.push_at(
            name,
            "`stale` cannot be combined with `sliding`: `stale` recomputes a result that is in \
             use, `sliding` extends it. Keep one of them",
        );
    }
    if let Some((name, _)) = &expiry.stale_on_error
        && options.cache_err
    {
        errors.push_at(
            name,
            "`stale_on_error` cannot be combined with `cache_err`: one returns the old value \
             instead of an `Err`, the other stores the `Err`. Keep one of them",
        );
    }
}

/// Reports a `ttl` that is a closure and needs more than the result, and `sliding` with one.
fn check_ttl(options: &Options, function: &Function, errors: &mut Errors) {
    let Some(Expr::Closure(closure)) = options.expiry.ttl.as_ref().and_then(Ttl::closure) else {
        return;
    };
    if options.expiry.sliding {
        errors.push_at(
            closure_head(closure),
            "`sliding` needs a `ttl` that is a `Duration`: a hit restarts the `ttl`, which is not \
             kept for each result. Give a length of time for all results, or remove `sliding`",
        );
        return;
    }
    let ExprClosure { asyncness, inputs, body, .. } = closure;
    if asyncness.is_some() {
        errors.push_at(
            closure_head(closure),
            "`ttl` cannot be async: it is called before a result is stored. Remove `async`",
        );
    } else if inputs.len() != 1 {
        let body = match inputs.len() {
            0 => show_tokens(body),
            _ => "result.max_age".to_owned(),
        };
        errors.push_at(
            closure_head(closure),
            format!(
                "`ttl` must have one argument, a reference to the result: write `ttl = |result| \
                 {body}`"
            ),
        );
    } else if let Some((found, name)) = find_captured(&Expr::Closure(closure.clone()), function) {
        let message = format!(
            "`ttl` depends on the result alone, and cannot use `{name}`: return what it depends \
             on with the result"
        );
        errors.push(syn::Error::new(found, message));
    }
}

/// Reports durations of zero.
fn check_zero(options: &Options, errors: &mut Errors) {
    let expiry = &options.expiry;
    if let Some(Ttl::Fixed(DurationValue::Text(Time::ZERO, at))) = expiry.ttl {
        errors.push(syn::Error::new(
            at,
            "`ttl` must not be zero: every result would already be expired. Give a duration, or \
             remove the attribute",
        ));
    }
    for (name, stale) in [&expiry.stale, &expiry.stale_on_error].into_iter().flatten() {
        if let DurationValue::Text(Time::ZERO, at) = stale {
            let message = format!(
                "`{name}` must not be zero: no old value would ever be served. Give a duration, or \
                 remove `{name}`"
            );
            errors.push(syn::Error::new(*at, message));
        }
    }
    if let SingleFlight::Within(DurationValue::Text(Time::ZERO, at)) = options.single_flight {
        errors.push(syn::Error::new(
            at,
            "`single_flight` must not be zero: write `single_flight = false`, and no call waits \
             for another",
        ));
    }
}
