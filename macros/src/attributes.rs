//! Which of a function's attributes go where: some are about its body, which moves, and some about
//! its name, which stays.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Token};

use crate::function::Function;

/// The attributes of a function that the filter picks.
pub(crate) fn attributes(
    function: &Function,
    filter: fn(&Attribute) -> bool,
) -> impl Iterator<Item = &Attribute> {
    function.attrs.iter().filter(move |attr| filter(attr))
}

/// `#[cfg(..)]`, and a `#[cfg_attr(.., cfg(..))]`, which is one too.
pub(crate) fn is_cfg(attr: &Attribute) -> bool {
    attr.path().is_ident("cfg") || wraps(attr, &["cfg"])
}

pub(crate) fn is_doc(attr: &Attribute) -> bool {
    attr.path().is_ident("doc")
}

const LINT_LEVELS: [&str; 5] = ["allow", "warn", "deny", "forbid", "expect"];

/// What changes how a body is compiled, and so has to be where the body is.
pub(crate) fn is_about_body(attr: &Attribute) -> bool {
    const ABOUT_BODY: [&str; 4] = ["inline", "must_use", "target_feature", "track_caller"];
    let is = |name: &&str| attr.path().is_ident(*name);
    ABOUT_BODY.iter().any(is)
        || LINT_LEVELS.iter().any(is)
        || wraps(attr, &ABOUT_BODY)
        || wraps(attr, &LINT_LEVELS)
}

/// What all that calls a body needs as the body does: without it the call is unsafe.
pub(crate) fn is_about_callers(attr: &Attribute) -> bool {
    attr.path().is_ident("target_feature") || wraps(attr, &["target_feature"])
}

/// Whether it is one of a framework's that make an item of the function's name: a struct, as those
/// of Rocket and actix-web do, or a module. Other attributes may have such a name, too, so that
/// their arguments must look like a route.
pub(crate) fn is_named_item(attr: &Attribute) -> bool {
    const METHODS: [&str; 9] =
        ["get", "post", "put", "delete", "head", "options", "patch", "connect", "trace"];
    let Some(name) = attr.path().segments.last() else { return false };
    let arguments = match &attr.meta {
        syn::Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    let mut arguments = arguments.into_iter();
    let (first, second) = (arguments.next(), arguments.next());
    let is_word = |known: &str| matches!(&first, Some(TokenTree::Ident(word)) if word == known);
    let is_path = || {
        let literal = first.as_ref().map(ToString::to_string).unwrap_or_default();
        literal.trim_start_matches(['r', '#']).starts_with("\"/")
    };
    let is_comma = || matches!(&second, Some(TokenTree::Punct(punct)) if punct.as_char() == ',');
    match name.ident.to_string().as_str() {
        "pyfunction" => true,
        "catch" => {
            let is_status = matches!(&first, Some(TokenTree::Literal(_)));
            is_word("default") || is_status && second.is_none()
        }
        // `route(GET, uri = "/")`
        "route" => is_path() || matches!(first, Some(TokenTree::Ident(_))) && is_comma(),
        name => METHODS.contains(&name) && (is_path() || is_word("uri")),
    }
}

/// Whether it is a `#[cfg_attr(condition, ..)]` of one of these.
fn wraps(attr: &Attribute, names: &[&str]) -> bool {
    attr.path().is_ident("cfg_attr")
        && attr.parse_args_with(Punctuated::<syn::Meta, Token![,]>::parse_terminated).is_ok_and(
            |metas| {
                let mut wrapped = metas.iter().skip(1);
                wrapped.any(|meta| names.iter().any(|name| meta.path().is_ident(name)))
            },
        )
}

/// An attribute as it stands above the function, whose body is elsewhere: no lint that is expected
/// of the body can be expected of it.
pub(crate) fn of_wrapper(attr: &Attribute) -> TokenStream {
    if !attr.path().is_ident("expect") {
        return attr.to_token_stream();
    }
    let mut attr = attr.clone();
    if let syn::Meta::List(list) = &mut attr.meta {
        list.path = Ident::new("allow", list.path.span()).into();
    }
    attr.into_token_stream()
}
