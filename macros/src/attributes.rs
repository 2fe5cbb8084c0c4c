//! Classifies the attributes of a function: those about the body move with it to `uncached`, those
//! about the name stay on the wrapper.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Token};

/// Returns the attributes that the filter accepts.
pub(crate) fn filter_attrs(
    attrs: &[Attribute],
    filter: fn(&Attribute) -> bool,
) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(move |attr| filter(attr))
}

/// Whether it is `#[cfg(..)]`, or a `#[cfg_attr(.., cfg(..))]`.
pub(crate) fn is_cfg(attr: &Attribute) -> bool {
    attr.path().is_ident("cfg") || is_cfg_attr_of(attr, &["cfg"])
}

pub(crate) fn is_doc(attr: &Attribute) -> bool {
    attr.path().is_ident("doc")
}

const LINT_LEVELS: [&str; 5] = ["allow", "warn", "deny", "forbid", "expect"];

/// Whether it changes how the body is compiled, and so must be on the function with the body.
pub(crate) fn is_about_body(attr: &Attribute) -> bool {
    const ABOUT_BODY: [&str; 4] = ["inline", "must_use", "target_feature", "track_caller"];
    let is = |name: &&str| attr.path().is_ident(*name);
    ABOUT_BODY.iter().any(is)
        || LINT_LEVELS.iter().any(is)
        || is_cfg_attr_of(attr, &ABOUT_BODY)
        || is_cfg_attr_of(attr, &LINT_LEVELS)
}

/// Whether callers of the body need it as well: without it the call is unsafe.
pub(crate) fn is_about_callers(attr: &Attribute) -> bool {
    attr.path().is_ident("target_feature") || is_cfg_attr_of(attr, &["target_feature"])
}

/// Whether it is an attribute of a framework that makes an item of the function's name: a struct,
/// as in Rocket and actix-web, or a module. Other attributes may have the same name, so its
/// arguments must look like a route.
pub(crate) fn is_item_attr(attr: &Attribute) -> bool {
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

/// Whether it is a `#[cfg_attr(condition, ..)]` of one of these attributes.
fn is_cfg_attr_of(attr: &Attribute, names: &[&str]) -> bool {
    attr.path().is_ident("cfg_attr")
        && attr.parse_args_with(Punctuated::<syn::Meta, Token![,]>::parse_terminated).is_ok_and(
            |metas| {
                let mut wrapped = metas.iter().skip(1);
                wrapped.any(|meta| names.iter().any(|name| meta.path().is_ident(name)))
            },
        )
}

/// The attribute on the wrapper. The body is elsewhere, so `expect` becomes `allow`: the wrapper
/// does not have what the lint expects.
pub(crate) fn emit_wrapper_attr(attr: &Attribute) -> TokenStream {
    if !attr.path().is_ident("expect") {
        return attr.to_token_stream();
    }
    let mut attr = attr.clone();
    if let syn::Meta::List(list) = &mut attr.meta {
        list.path = Ident::new("allow", list.path.span()).into();
    }
    attr.into_token_stream()
}

/// Whether it is `#[lru_cache]` or `#[cache]`.
pub(crate) fn is_cache_attr(attr: &Attribute) -> bool {
    let last = attr.path().segments.last();
    last.is_some_and(|last| last.ident == "lru_cache" || last.ident == "cache")
}
