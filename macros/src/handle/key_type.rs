//! The types of the key in the signatures of `cache_entries` and `cache_retain`. The runtime's
//! `owned_key` makes the types of stored and shown keys of the name that is given here.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::{Expr, Type};

use crate::argument::Argument;
use crate::function::Function;
use crate::options::Options;
use crate::paths::emit_signature_root;
use crate::signature::{KNOWN, make_all_static};
use crate::types::has_impl_trait;

/// The type of a key, or of a part of one.
pub(crate) struct KeyType {
    /// Its name: a tuple of the types of its parts.
    pub(crate) name: TokenStream,
    /// The owned key and a view of it, if their types can be written without that name. Then the
    /// compiler has less to do, and the docs are plain.
    plain: Option<[TokenStream; 2]>,
}

impl KeyType {
    /// The key of a function.
    pub(crate) fn new(options: &Options, function: &Function) -> Self {
        let site = Span::mixed_site();
        let root = emit_signature_root(options, function);
        let unnamed =
            || KeyType { name: quote_spanned!(site=> #root::requirements::Unnamed), plain: None };
        if let Some(expr) = &options.key {
            let ty = options.key_type.as_ref();
            return ty.map_or_else(unnamed, |ty| KeyType::explicit(expr, ty, &root));
        }
        let is_part = |argument: &Argument| options.redis.is_some() && argument.is_part();
        let keyed = || function.arguments.iter().filter(|argument| !argument.is_skipped(options));
        if keyed().any(|argument| is_part(argument) || has_impl_trait(&argument.ty)) {
            return unnamed();
        }
        KeyType::tuple(keyed().map(|argument| KeyType::part("Part", &argument.ty, &root)))
    }

    /// A `key` expression of this type. The parts of a tuple are parts of the key.
    fn explicit(expr: &Expr, ty: &Type, root: &TokenStream) -> Self {
        match (expr, ty) {
            (Expr::Paren(expr), ty) => KeyType::explicit(&expr.expr, ty, root),
            (Expr::Group(expr), ty) => KeyType::explicit(&expr.expr, ty, root),
            (expr, Type::Paren(ty)) => KeyType::explicit(expr, &ty.elem, root),
            (expr, Type::Group(ty)) => KeyType::explicit(expr, &ty.elem, root),
            (Expr::Tuple(expr), Type::Tuple(ty)) if !expr.elems.is_empty() => {
                let parts = expr.elems.iter().zip(&ty.elems);
                KeyType::tuple(parts.map(|(expr, ty)| KeyType::explicit(expr, ty, root)))
            }
            (_, Type::Reference(reference)) => KeyType::part("Part", &reference.elem, root),
            (_, ty) => KeyType::part("Whole", ty, root),
        }
    }

    /// A key of these parts. A single part is shown as itself.
    fn tuple(parts: impl Iterator<Item = KeyType>) -> Self {
        let site = Span::mixed_site();
        let (names, plain): (Vec<_>, Vec<_>) = parts.map(|part| (part.name, part.plain)).unzip();
        let plain: Option<Vec<_>> = plain.into_iter().collect();
        // The runtime has a limit for the number of parts.
        let plain = plain.filter(|parts| parts.len() <= 16).map(|mut parts| match parts.len() {
            1 => parts.remove(0),
            _ => {
                let (owned, views) = parts.iter().map(|[owned, view]| (owned, view)).unzip();
                let (owned, views): (Vec<_>, Vec<_>) = (owned, views);
                [quote_spanned!(site=> (#(#owned),*)), quote_spanned!(site=> (#(#views),*))]
            }
        });
        KeyType { name: quote_spanned!(site=> (#(#names,)*)), plain }
    }

    /// A part of the key. A stored key borrows nothing.
    fn part(kind: &str, ty: &Type, root: &TokenStream) -> Self {
        let (site, mut ty) = (Span::mixed_site(), ty.clone());
        make_all_static(&mut ty);
        let kind = Ident::new(kind, site);
        let owned = match ty.to_token_stream().to_string().as_str() {
            "str" => Some(quote_spanned!(site=> ::std::string::String)),
            name => KNOWN.contains(&name).then(|| ty.to_token_stream()),
        };
        KeyType {
            name: quote_spanned!(site=> #root::requirements::#kind<#ty>),
            plain: owned.map(|owned| [owned.clone(), quote_spanned!(site=> &#owned)]),
        }
    }

    /// The type of an owned key.
    pub(super) fn emit_owned(&self, root: &TokenStream) -> TokenStream {
        let name = &self.name;
        let named = || quote_spanned!(Span::mixed_site()=> #root::requirements::KeyOf<#name>);
        self.plain.as_ref().map_or_else(named, |[owned, _]| owned.clone())
    }

    /// The type of a key that is looked at.
    pub(super) fn emit_view(&self, root: &TokenStream) -> TokenStream {
        let name = &self.name;
        let named = || quote_spanned!(Span::mixed_site()=> #root::requirements::ViewOf<'_, #name>);
        self.plain.as_ref().map_or_else(named, |[_, view]| view.clone())
    }

    /// What a function requires of the key, of its callers alone: see `owned_key` of the runtime.
    /// `None` if it holds.
    pub(super) fn emit_bound(&self, required: &str, root: &TokenStream) -> Option<TokenStream> {
        let (site, name) = (Span::mixed_site(), &self.name);
        let required = Ident::new(required, site);
        let is_named = self.plain.is_none();
        is_named.then(
            || quote_spanned!(site=> for<'__key> #name: #root::requirements::#required<'__key>),
        )
    }
}
