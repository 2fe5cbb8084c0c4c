//! Rules about the cache that processes share: what its key is made of, and what cannot be had
//! together with it.

use std::time::Duration as Time;

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{GenericParam, ReturnType, Type};

use super::{closures, first};
use crate::closures::excluded;
use crate::errors::Errors;
use crate::function::Function;
use crate::generics::stored;
use crate::options::{Duration, Options, Redis, Scope};
use crate::template::Template;

/// Checks the option `redis`.
pub(super) fn redis(shared: &Redis, options: &Options, function: &Function, errors: &mut Errors) {
    if let Some(key) = &shared.template {
        template(key, options, function, errors);
    }
    together(shared, options, function, errors);
}

/// What the key is made of.
fn template(template: &Template, options: &Options, function: &Function, errors: &mut Errors) {
    let find = |name: &str| {
        function.arguments.iter().find(|argument| argument.named && argument.bare_name() == name)
    };
    let at = template.literal.span();
    let mut wrong = |why: String| errors.push(syn::Error::new(at, why));
    let mut taken_apart = false;
    for name in template.names() {
        match find(name) {
            None if function.arguments.iter().any(|argument| argument.has_bare_name(name)) => {
                if !std::mem::replace(&mut taken_apart, true) {
                    wrong(format!(
                        "`{name}` is one of several names in the pattern of an argument, which cannot be part of a key one by one: take each as an argument of its own"
                    ));
                }
            }
            None => {
                let names: Vec<_> = function
                    .arguments
                    .iter()
                    .filter(|argument| argument.named && !options.skips(argument))
                    .map(|argument| format!("`{{{}}}`", argument.bare_name()))
                    .collect();
                let there_are = match names.len() {
                    0 => "it has none with a name that could be part of a key".to_owned(),
                    _ => format!("there is {}", names.join(", ")),
                };
                wrong(format!(
                    "`{}` has no argument `{name}` for the key: {there_are}",
                    function.sig.ident
                ));
            }
            Some(argument) if options.skips(argument) => {
                wrong(format!(
                    "`{name}` is skipped and part of the key: take it out of `skip(..)`, or out of the key"
                ));
            }
            Some(_) => (),
        }
    }
    // One that is misspelt is not left out, too.
    let is_known = template.names().all(|name| find(name).is_some());
    let mut left_out = Vec::new();
    for argument in function.arguments.iter().filter(|_| is_known) {
        let name = argument.bare_name();
        if options.skips(argument)
            || closures::is_part_of(function, argument)
            || template.names().any(|known| known == name)
        {
            continue;
        }
        if name == "self" {
            wrong(
                "the key leaves out `self`, and calls of different objects would share one result: say `skip(self)` if it does not matter to the result, or put `{self}` into the key, if it has a `Display`"
                    .to_owned(),
            );
        } else if argument.named {
            left_out.push(name);
        } else {
            wrong(
                "the key leaves out an argument without a name: give it one, and take it apart in the body"
                    .to_owned(),
            );
        }
    }
    match &left_out[..] {
        [] => (),
        [name] => wrong(format!(
            "the key leaves out the argument `{name}`, and calls that differ in it would share one result: put `{{{name}}}` into the key, or say `skip({name})`"
        )),
        names => wrong(format!(
            "the key leaves out the arguments `{}`, and calls that differ in them would share one result: put `{{{}}}` into the key, or say `skip({})`",
            names.join("`, `"),
            names.join("}:{"),
            names.join(", "),
        )),
    }
}

/// What cannot be had together with it.
fn together(shared: &Redis, options: &Options, function: &Function, errors: &mut Errors) {
    let name = &shared.name;
    if let Some(key) = &options.key {
        errors.at(
            key,
            "`key` and `redis` contradict each other: the key in Redis says what results are kept by. Remove `key`, or call a function of what the key is made of",
        );
    }
    if options.scope == Scope::Thread {
        errors.at(
            name,
            "`redis` and `scope = \"thread\"` contradict each other: what processes share is shared by threads. Remove one of them",
        );
    }
    if options.expiry.sliding {
        errors.at(
            name,
            "`redis` and `sliding` contradict each other: a hit in memory would have to write to Redis. Remove one of them",
        );
    }
    if let Some(reference) = reference(options, function) {
        errors.at(
            reference,
            "a reference cannot be read back from Redis: return what owns its value, such as `String` for `&'static str`",
        );
    }
    let excluded = excluded(&function.sig);
    let tells_apart = |parameter: &&GenericParam| match parameter {
        GenericParam::Lifetime(_) => false,
        GenericParam::Type(parameter) => !excluded.contains(&&parameter.ident),
        GenericParam::Const(parameter) => !excluded.contains(&&parameter.ident),
    };
    if let Some(parameter) = function.sig.generics.params.iter().find(tells_apart) {
        errors.at(
            parameter,
            "a generic function cannot be shared through Redis, because keys do not tell types apart: write a function for each type",
        );
    }
    if let Some(Duration::Text(Time::ZERO, at)) = &shared.l1_ttl {
        errors.push(syn::Error::new(
            *at,
            "with an `l1_ttl` of nothing every call would compute while Redis is away: write for how long memory is believed then",
        ));
    }
}

/// A reference in what is stored, which lives for ever: about others there is an error in any case.
fn reference(options: &Options, function: &Function) -> Option<TokenStream> {
    let ReturnType::Type(_, output) = &function.sig.output else { return None };
    let stored = match options.cache_err {
        true => (**output).clone(),
        false => syn::parse2(stored(&function.sig.output)).ok()?,
    };
    let is_static = |ty: &Type| match ty {
        Type::Reference(reference) => {
            let is_static = |lifetime: &syn::Lifetime| lifetime.ident == "static";
            reference.lifetime.as_ref().is_some_and(is_static).then(|| ty.to_token_stream())
        }
        _ => None,
    };
    first(&stored, is_static)
}
