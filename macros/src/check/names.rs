//! Rules about the arguments that options mention.

use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::{Expr, FnArg, Pat};

use crate::argument::Argument;
use crate::errors::Errors;
use crate::expressions::{find_jump, find_value_use};
use crate::function::Function;
use crate::options::unknown::{distance, is_near};
use crate::options::{DurationValue, Maxweight, Options, SingleFlight, Ttl};
use crate::tokens::show_tokens;

/// Reports names in `skip(..)` and `trace(..)` that no argument has.
pub(super) fn check_names(options: &Options, function: &Function, errors: &mut Errors) {
    for name in &options.skip {
        if !function
            .arguments
            .iter()
            .any(|argument| argument.has_user_name && argument.name == *name)
        {
            errors.push_at(name, describe_unknown(function, name, "skip"));
        }
    }
    for name in &options.trace {
        if !function.arguments.iter().any(|argument| argument.has_name(name)) {
            errors.push_at(name, describe_unknown(function, name, "trace"));
        }
    }
}

/// The options that are evaluated once, when a cache is made, with their names.
pub(super) fn once_evaluated(options: &Options) -> impl Iterator<Item = (&str, &Expr)> {
    let expiry = &options.expiry;
    let limit = match &options.single_flight {
        SingleFlight::Within(limit) => Some(limit),
        SingleFlight::Off | SingleFlight::On => None,
    };
    let (ttl, path) = match &expiry.ttl {
        Some(Ttl::Fixed(ttl)) => (Some(ttl), None),
        Some(Ttl::Path(path)) => (None, Some(("ttl", path))),
        Some(Ttl::OfResult(_)) | None => (None, None),
    };
    let durations = [
        ("ttl", ttl),
        ("ttl_jitter", expiry.ttl_jitter.as_ref()),
        ("stale", expiry.stale.as_ref().map(|(_, duration)| duration)),
        ("stale_on_error", expiry.stale_on_error.as_ref().map(|(_, duration)| duration)),
        ("single_flight", limit),
        ("l1_ttl", options.second_tier.as_ref().and_then(|tier| tier.l1_ttl.as_ref())),
    ];
    let durations = durations.into_iter().filter_map(|(name, duration)| match duration? {
        DurationValue::Text(..) => None,
        DurationValue::Expr(expr) => Some((name, expr)),
    });
    let maxweight = match &options.weights.maxweight {
        Some(Maxweight::Expr(expr)) => Some(("maxweight", expr)),
        Some(Maxweight::Literal(_)) | None => None,
    };
    let maxsize = options.maxsize.iter().map(|expr| ("maxsize", expr));
    maxsize.chain(maxweight).chain(path).chain(durations)
}

/// Reports options that are evaluated once and use an argument of a call.
pub(super) fn check_once(options: &Options, function: &Function, errors: &mut Errors) {
    for (option, expr) in once_evaluated(options) {
        if let Some(error) = check_jump(expr, option) {
            errors.push(error);
            continue;
        }
        let found = function.arguments.iter().find_map(|argument| {
            let mut names = argument.names();
            names.find_map(|name| find_value_use(name, expr.to_token_stream()))
        });
        if let Some(found) = found {
            errors.push_at(
                &found,
                format!(
                    "`{option}` cannot use the argument `{found}`: it is evaluated once for \
                    the cache, not for each call. Write a value that does not depend on `{found}`"
                ),
            );
        }
    }
}

/// The error about an expression that would leave the function that it is in.
pub(super) fn check_jump(expr: &Expr, option: &str) -> Option<syn::Error> {
    let (at, what) = find_jump(expr.to_token_stream())?;
    let instead = match what {
        "?" => "Handle the error in the expression, with `.ok()` or `.unwrap_or_default()`",
        ".await" => "Await in the caller, and pass the output as an argument",
        _ => "Write an expression that has a value in each case",
    };
    let message = format!("`{option}` cannot use `{what}`: it is not part of the body. {instead}");
    Some(syn::Error::new(at, message))
}

/// Finds the argument of which this name is a misspelling.
pub(super) fn find_near<'a>(function: &'a Function, name: &Ident) -> Option<&'a Ident> {
    let name = name.to_string();
    let named = function.arguments.iter().filter(|argument| argument.has_user_name);
    let near = named.map(|argument| (distance(&name, &argument.bare_name()), &argument.name)).min();
    // Every name is near one of one or two letters.
    near.filter(|(distance, _)| is_near(*distance, &name) && distance * 2 < name.len())
        .map(|(_, near)| near)
}

/// The message about a name in the option `option` that no argument has.
fn describe_unknown(function: &Function, name: &Ident, option: &str) -> String {
    let ident = &function.sig.ident;
    if let Some((pat, ty)) =
        function.arguments.iter().find_map(|argument| find_destructured(argument, name))
    {
        return format!(
            "`{name}` is one of several names in a pattern, and `{option}` takes only whole \
             arguments: write `arg: {ty}` with `{option}(arg)`, and `let {pat} = arg;` in the body"
        );
    }
    if let Some(near) = find_near(function, name) {
        return format!("`{ident}` has no argument named `{name}`: did you mean `{near}`?");
    }
    let user_named = function.arguments.iter().filter(|argument| argument.has_user_name);
    let names: Vec<_> = user_named.map(|argument| format!("`{}`", argument.name)).collect();
    let expected = match names.len() {
        0 => "and none that has a name".to_owned(),
        1 => format!("expected {}", names[0]),
        _ => format!("expected one of {}", names.join(", ")),
    };
    let nameless = function.arguments.iter().find(|argument| !argument.has_user_name);
    let advice = match nameless.map(|argument| &argument.original) {
        Some(FnArg::Typed(typed)) => {
            let ty = show_tokens(&typed.ty);
            match &*typed.pat {
                Pat::Wild(_) => format!(": give the other argument a name, as in `{name}: {ty}`"),
                pat => format!(
                    ": give the pattern a name, as in `{name}: {ty}`, and write `let {} = {name};` \
                     in the body",
                    show_tokens(pat)
                ),
            }
        }
        _ => String::new(),
    };
    format!("`{ident}` has no argument named `{name}`, {expected}{advice}")
}

/// The pattern and the type of an argument as text, if the name is one of several in the pattern.
fn find_destructured(argument: &Argument, name: &Ident) -> Option<(String, String)> {
    let FnArg::Typed(typed) = &argument.original else { return None };
    let is_in_pattern = !argument.has_user_name && argument.has_name(name);
    is_in_pattern.then(|| (show_tokens(&typed.pat), show_tokens(&typed.ty)))
}
