//! Rules about the name of the handle, which must be free where the function is.

use crate::attributes::is_item_attr;
use crate::errors::Errors;
use crate::function::Function;
use crate::options::{HandleName, Options};
use crate::source::{Enclosing, Namesake};

/// Whether another item has the name of the handle.
pub(crate) fn is_handle_taken(options: &Options, function: &Function) -> bool {
    // rustc reports two functions of one name.
    let is_reported = matches!(options.handle, HandleName::OfFunction)
        && function.namesake == Some(Namesake::Cached);
    is_reported || check_name(options, function).is_some()
}

/// The error about an item, or an attribute that makes an item, with the name of the handle.
fn check_name(options: &Options, function: &Function) -> Option<syn::Error> {
    if function.enclosing != Enclosing::Module {
        return None;
    }
    let handle = match &options.handle {
        HandleName::OfFunction => match check_attribute(function) {
            Some(error) => return Some(error),
            None => &function.sig.ident,
        },
        HandleName::Named(handle) => handle,
        HandleName::Beside(_) | HandleName::None => return None,
    };
    let is_of_function = matches!(options.handle, HandleName::OfFunction);
    let what = match function.namesake? {
        Namesake::Cached if is_of_function => return None,
        Namesake::Cached => "a handle",
        Namesake::Module => "a module",
        Namesake::Type => "a type",
    };
    let why = if is_of_function { ", which is the name of the handle" } else { "" };
    let name = function.bare_name();
    let message =
        format!("there is already {what} named `{handle}`{why}: write `handle = {name}_cache`");
    Some(syn::Error::new(handle.span(), message))
}

/// The error about an attribute that makes an item with the function's name.
fn check_attribute(function: &Function) -> Option<syn::Error> {
    let attr = function.attrs.iter().find(|attr| is_item_attr(attr))?;
    let attribute = &attr.path().segments.last()?.ident;
    let (ident, name) = (&function.sig.ident, function.bare_name());
    let message = format!(
        "`#[{attribute}]` makes an item named `{ident}`, which is the name of the handle: write \
         `handle = {name}_cache`"
    );
    Some(syn::Error::new_spanned(attr.path(), message))
}

pub(super) fn check_handle(options: &Options, function: &Function, errors: &mut Errors) {
    if let HandleName::Beside(name) = &options.handle
        && function.is_free_by_source
    {
        errors.push_at(
            name,
            format!(
                "`handle = Self::{name}` is for a function in an `impl`, and `{}` is in none: \
                 write `handle = {name}`",
                function.sig.ident
            ),
        );
    }
    if let Some(error) = check_name(options, function) {
        errors.push(error);
    }
    if function.enclosing == Enclosing::Trait
        && let HandleName::Named(name) | HandleName::Beside(name) = &options.handle
    {
        errors.push_at(
            name,
            "a method of a trait has no handle: an `impl` of the trait may not have other \
             functions. Remove `handle`",
        );
    }
}
