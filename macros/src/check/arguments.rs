//! Rules about arguments: which of them can be part of a key, and which must be skipped.

use syn::{FnArg, Pat, Type};

use super::closures;
use crate::argument::Argument;
use crate::errors::Errors;
use crate::function::Function;
use crate::options::Options;
use crate::types::{TypeQuestion as _, find_in_type};

pub(super) fn check_arguments(options: &Options, function: &Function, errors: &mut Errors) {
    for argument in &function.arguments {
        check_declaration(argument, errors);
        if let Some(error) = check_argument(argument, options, function) {
            errors.push(error);
        }
    }
}

/// Reports at most one error about the part of an argument in the key.
fn check_argument(
    argument: &Argument,
    options: &Options,
    function: &Function,
) -> Option<syn::Error> {
    let is_self = argument.name == "self";
    if is_self && let Some(mut_ref) = &argument.mut_ref {
        let message = "a method that takes `&mut self` cannot be cached: a hit would not change \
            `self`. Take `&self`";
        return Some(syn::Error::new_spanned(mut_ref, message));
    }
    if let Some(error) = closures::check_argument(options, function, argument) {
        return Some(error);
    }
    if argument.is_skipped(options) {
        return None;
    }
    let skip = if argument.has_user_name {
        format!("leave it out of the key with `skip({})`", argument.name)
    } else {
        "give it a name and leave it out of the key with `skip(name)`".to_owned()
    };
    if let Some(mut_ref) = &argument.mut_ref {
        let message = format!(
            "a `&mut` argument cannot be part of a key: a hit would not change it. Take it by `&`, \
             or {skip}"
        );
        return Some(syn::Error::new_spanned(mut_ref, message));
    }
    if let Some(impl_trait) = find_in_type(&argument.ty, Type::as_impl_trait) {
        let instead = match options.second_tier {
            Some(_) => "Take a `String` or a number",
            None => "Give the function a type parameter",
        };
        let message = format!(
            "an `impl Trait` argument cannot be part of a key: its type has no name. {instead}, or \
             {skip}"
        );
        return Some(syn::Error::new_spanned(impl_trait, message));
    }
    if !options.has_key
        && let Some(borrow) = find_in_type(&argument.ty, Type::as_borrow)
    {
        let instead = if options.second_tier.is_some() {
            "call a cached function of a `&str`, a `String` or a number".to_owned()
        } else {
            format!("make an owned key with `key = ..`, or {skip}")
        };
        let message = format!("a key must be owned, but this borrows: {instead}");
        return Some(syn::Error::new_spanned(borrow, message));
    }
    None
}

/// Reports a declaration that only the compiler, after this macro, can read.
fn check_declaration(argument: &Argument, errors: &mut Errors) {
    let attrs = match &argument.original {
        FnArg::Receiver(receiver) => &receiver.attrs,
        FnArg::Typed(typed) => &typed.attrs,
    };
    for attr in attrs {
        if attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr") {
            errors.push_at(
                attr,
                "an argument of a cached function cannot be conditional: write one function for \
                 each case",
            );
        }
    }
    if let FnArg::Typed(typed) = &argument.original
        && let Pat::Macro(pat) = &*typed.pat
    {
        errors.push_at(
            pat,
            "an argument pattern of a cached function cannot be a macro call: write a name",
        );
    }
}
