//! Rules about the option `redis`: its key, and the options that it excludes.

use std::time::Duration as Time;

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{GenericParam, ReturnType, Type};

use super::template::{check_names, find_argument};
use crate::argument::Argument;
use crate::closures::{excluded_params, is_closure_argument};
use crate::errors::Errors;
use crate::function::Function;
use crate::options::{DurationValue, Options, Redis, Scope};
use crate::template::Template;
use crate::types::{find_in_type, stored_type};

pub(super) fn check_redis(options: &Options, function: &Function, errors: &mut Errors) {
    let Some(shared) = &options.redis else { return };
    if let Some(template) = &shared.template {
        let mut push = |message| errors.push(syn::Error::new(template.literal.span(), message));
        check_names(template, options, function, &mut push);
        check_completeness(template, options, function, &mut push);
    }
    check_combinations(shared, options, errors);
    check_types(options, function, errors);
    if let Some(DurationValue::Text(Time::ZERO, at)) = &shared.l1_ttl {
        errors.push(syn::Error::new(
            *at,
            "`l1_ttl` must not be zero: it is how long entries in memory stay valid while Redis is \
             unreachable. Give a duration, or remove `l1_ttl`",
        ));
    }
}

/// Reports arguments that are neither in the key nor skipped.
fn check_completeness(
    template: &Template,
    options: &Options,
    function: &Function,
    push: &mut impl FnMut(String),
) {
    if !template.names().all(|name| find_argument(function, name).is_some()) {
        // A wrong name may mean an argument.
        return;
    }
    let is_left_out = |argument: &&Argument| {
        let name = argument.bare_name();
        !argument.is_skipped(options)
            && !is_closure_argument(function, argument)
            && !template.names().any(|known| known == name)
    };
    let mut left_out = Vec::new();
    for argument in function.arguments.iter().filter(is_left_out) {
        if argument.name == "self" {
            push(
                "the key does not include `self`: calls on different objects would share one \
                 result. Add `{self}` (it needs `Display`), or write `skip(self)` if the result \
                 does not depend on it"
                    .to_owned(),
            );
        } else if argument.has_user_name {
            left_out.push(argument.bare_name());
        } else {
            push(
                "the key must include every argument, but a pattern has no name: bind it to a name \
                 and destructure it in the body"
                    .to_owned(),
            );
        }
    }
    match &left_out[..] {
        [] => (),
        [name] => push(format!(
            "the key does not include `{name}`: calls that differ only in it would share one \
             result. Add `{{{name}}}` to the key, or write `skip({name})`"
        )),
        names => push(format!(
            "the key does not include `{}`: calls that differ only in them would share one result. \
             Add `{{{}}}` to the key, or write `skip({})`",
            names.join("`, `"),
            names.join("}:{"),
            names.join(", "),
        )),
    }
}

/// Reports options that cannot be combined with `redis`.
fn check_combinations(shared: &Redis, options: &Options, errors: &mut Errors) {
    let name = &shared.name;
    if let Some(key) = &options.key {
        errors.push_at(
            key,
            "`key` cannot be combined with `redis`: the Redis key already identifies the entry. \
             Remove `key`, or cache a function that takes only the parts of the key",
        );
    }
    if options.scope == Scope::Thread {
        errors.push_at(
            name,
            "`redis` cannot be combined with `scope = \"thread\"`: a cache shared by processes is \
             shared by threads. Remove one of them",
        );
    }
    if options.expiry.sliding {
        errors.push_at(
            name,
            "`redis` cannot be combined with `sliding`: each memory hit would have to write to \
             Redis. Remove one of them",
        );
    }
}

/// Reports types whose values cannot be read back, or would share keys.
fn check_types(options: &Options, function: &Function, errors: &mut Errors) {
    if let Some(reference) = find_static_reference(options, function) {
        errors.push_at(
            reference,
            "a reference cannot be read back from Redis: return an owned value, such as `String` \
             for `&'static str`",
        );
    }
    let excluded = excluded_params(&function.sig);
    let decides_key = |parameter: &&GenericParam| match parameter {
        GenericParam::Lifetime(_) => false,
        GenericParam::Type(parameter) => !excluded.contains(&&parameter.ident),
        GenericParam::Const(parameter) => !excluded.contains(&&parameter.ident),
    };
    if let Some(parameter) = function.sig.generics.params.iter().find(decides_key) {
        errors.push_at(
            parameter,
            "a generic function cannot be combined with `redis`: its keys would be the same for \
             all types. Write one function for each type",
        );
    }
}

/// Finds a `&'static` in the stored type. Other references are an error of the return type.
fn find_static_reference(options: &Options, function: &Function) -> Option<TokenStream> {
    let ReturnType::Type(_, output) = &function.sig.output else { return None };
    let stored_type = match options.cache_err {
        true => (**output).clone(),
        false => syn::parse2(stored_type(&function.sig.output)).ok()?,
    };
    let is_static = |ty: &Type| match ty {
        Type::Reference(reference) => {
            let is_static = |lifetime: &syn::Lifetime| lifetime.ident == "static";
            reference.lifetime.as_ref().is_some_and(is_static).then(|| ty.to_token_stream())
        }
        _ => None,
    };
    find_in_type(&stored_type, is_static)
}
