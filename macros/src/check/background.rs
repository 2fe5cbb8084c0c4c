//! Rules about `refresh = "background"`: it needs a stale window and a handle, and arguments that
//! can outlive the call.

use proc_macro2::TokenStream;
use syn::{FnArg, ReceiverKind, Type};

use crate::argument::Argument;
use crate::errors::Errors;
use crate::function::Function;
use crate::options::{HandleName, Options, Scope, TierKind};
use crate::source::Enclosing;
use crate::types::{TypeQuestion as _, find_in_type};

pub(super) fn check_background(options: &Options, function: &Function, errors: &mut Errors) {
    let Some(at) = options.background() else { return };
    if let Some(message) = check_options(options, function) {
        errors.push(syn::Error::new(at, message));
    }
    for argument in &function.arguments {
        if let Some(borrow) = find_borrow(argument) {
            errors.push_at(
                borrow,
                "this borrows, and `refresh = \"background\"` runs the body after the call has \
                 returned: take an owned value, a plain reference, or an `Arc`",
            );
        }
    }
}

/// The message about another option.
fn check_options(options: &Options, function: &Function) -> Option<&'static str> {
    if options.scope == Scope::Thread {
        return Some(
            "`refresh = \"background\"` cannot be combined with `scope = \"thread\"`: no other \
             thread can use the cache of a thread. Remove one of them",
        );
    }
    if options.second_tier.as_ref().is_some_and(|tier| tier.kind == TierKind::Disk) {
        return Some(
            "`refresh = \"background\"` cannot be combined with `disk`: remove one of them",
        );
    }
    if options.expiry.stale.is_none() {
        return Some(
            "`refresh = \"background\"` needs a `stale`, in which the old result is returned, \
             such as `stale = \"12s\"`",
        );
    }
    if matches!(function.enclosing, Enclosing::Trait | Enclosing::UnknownImpl) {
        return Some(
            "`refresh = \"background\"` needs a handle, which a method of a trait has not: move \
             the body to a cached function and call it, or remove `refresh`",
        );
    }
    matches!(options.handle, HandleName::None).then_some(
        "`refresh = \"background\"` needs the handle, whose `uncached` it calls: remove `handle = \
         _`, or `refresh`",
    )
}

/// The part of an argument that borrows, apart from a reference to a value that can be made owned.
fn find_borrow(argument: &Argument) -> Option<TokenStream> {
    match &argument.original {
        FnArg::Receiver(receiver) => match &receiver.kind {
            ReceiverKind::Typed(_, ty) => find_in_type(strip(ty), Type::as_borrow),
            _ => None,
        },
        FnArg::Typed(typed) => {
            if let Some(mut_ref) = &argument.mut_ref {
                return Some(mut_ref.clone());
            }
            find_in_type(strip(&typed.ty), Type::as_borrow)
        }
    }
}

/// The type without a reference around it.
fn strip(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => strip(&group.elem),
        Type::Paren(paren) => strip(&paren.elem),
        Type::Reference(reference) if reference.mutability.is_none() => &reference.elem,
        ty => ty,
    }
}
