//! The generics of a function, split between the items that are generated for it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{GenericParam, Signature};

use crate::closures::excluded_params;
use crate::function::Function;
use crate::options::Options;
use crate::source::Enclosing;
use crate::tokens::{mentions_any, mentions_ident, mentions_lifetime};
use crate::types::{stored_type, where_predicates};

/// The generics of a function, split between the handle's type and its functions. Lifetimes go to
/// the functions, so that `f::<T>` names the type. Closures go to the functions that take them, so
/// that `f::<T>` is one cache for all closures.
#[derive(Default)]
pub(crate) struct SplitGenerics {
    /// `T: ?Sized, const N: usize`
    pub(crate) of_type: Vec<TokenStream>,
    /// `T, N`
    pub(crate) arguments: Vec<TokenStream>,
    /// `PhantomData<T>`
    pub(crate) phantoms: Vec<TokenStream>,
    /// `T: Hash, const N: usize`
    pub(crate) of_impl: Vec<TokenStream>,
    pub(crate) where_of_impl: Vec<TokenStream>,
    pub(crate) of_functions: Parameters,
    /// With the excluded parameters: `F: FnOnce() -> Fut, Fut: Future`
    pub(crate) of_callers: Parameters,
    /// `T, F, Fut`, for a method.
    pub(crate) arguments_of_callers: Vec<TokenStream>,
    /// The parameters that do not tell caches apart.
    pub(crate) excluded: Vec<Ident>,
}

/// The generics of a function of the handle.
#[derive(Default)]
pub(crate) struct Parameters {
    /// `'a, 'b: 'a, T`
    pub(crate) generics: Vec<TokenStream>,
    pub(crate) predicates: Vec<TokenStream>,
}

impl SplitGenerics {
    /// For the type beside a free function.
    pub(crate) fn new(signature: &Signature) -> Self {
        let site = Span::mixed_site();
        let generics = &signature.generics;
        let lifetimes: Vec<&Ident> =
            generics.lifetimes().map(|parameter| &parameter.lifetime.ident).collect();
        let excluded = excluded_params(signature);
        let mut split = SplitGenerics::default();
        for parameter in &generics.params {
            match parameter {
                GenericParam::Lifetime(lifetime) => {
                    let lifetime = lifetime.to_token_stream();
                    split.of_functions.generics.push(lifetime.clone());
                    split.of_callers.generics.push(lifetime);
                }
                GenericParam::Type(parameter) if excluded.contains(&&parameter.ident) => {
                    split.of_callers.generics.push(parameter.to_token_stream());
                }
                GenericParam::Const(parameter) if excluded.contains(&&parameter.ident) => {
                    split.of_callers.generics.push(parameter.to_token_stream());
                }
                GenericParam::Type(parameter) => {
                    let ident = &parameter.ident;
                    let (of_callers, rest): (Vec<_>, Vec<_>) =
                        parameter.bounds.iter().partition(|bound| mentions_any(&excluded, bound));
                    let (of_functions, of_impl): (Vec<_>, Vec<_>) =
                        rest.into_iter().partition(|bound| mentions_lifetime(bound, &lifetimes));
                    split.of_type.push(quote_spanned!(site=> #ident: ?::core::marker::Sized));
                    split.of_impl.push(quote_spanned!(site=> #ident: #(#of_impl)+*));
                    if !of_functions.is_empty() {
                        let predicate = quote_spanned!(site=> #ident: #(#of_functions)+*);
                        split.of_functions.predicates.push(predicate.clone());
                        split.of_callers.predicates.push(predicate);
                    }
                    if !of_callers.is_empty() {
                        let predicate = quote_spanned!(site=> #ident: #(#of_callers)+*);
                        split.of_callers.predicates.push(predicate);
                    }
                    split.arguments.push(ident.to_token_stream());
                    split.phantoms.push(quote_spanned!(site=> ::core::marker::PhantomData<#ident>));
                }
                GenericParam::Const(parameter) => {
                    let (ident, ty) = (&parameter.ident, &parameter.ty);
                    split.of_type.push(quote_spanned!(site=> const #ident: #ty));
                    split.of_impl.push(quote_spanned!(site=> const #ident: #ty));
                    split.arguments.push(ident.to_token_stream());
                }
            }
        }
        for predicate in where_predicates(generics) {
            let tokens = predicate.to_token_stream();
            if mentions_any(&excluded, predicate) {
                split.of_callers.predicates.push(tokens);
            } else if mentions_lifetime(predicate, &lifetimes) {
                split.of_functions.predicates.push(tokens.clone());
                split.of_callers.predicates.push(tokens);
            } else {
                split.where_of_impl.push(tokens);
            }
        }
        split.excluded = excluded.into_iter().cloned().collect();
        split
    }

    /// For associated functions beside a method.
    pub(crate) fn for_method(signature: &Signature) -> Self {
        let generics = &signature.generics;
        let excluded = excluded_params(signature);
        let mut split = SplitGenerics::default();
        for parameter in &generics.params {
            let tokens = parameter.to_token_stream();
            split.of_callers.generics.push(tokens.clone());
            let ident = match parameter {
                GenericParam::Lifetime(_) => {
                    split.of_functions.generics.push(tokens);
                    continue;
                }
                GenericParam::Type(parameter) => &parameter.ident,
                GenericParam::Const(parameter) => &parameter.ident,
            };
            split.arguments_of_callers.push(ident.to_token_stream());
            if !excluded.contains(&ident) {
                split.arguments.push(ident.to_token_stream());
                split.of_functions.generics.push(drop_bounds(&excluded, parameter));
            }
        }
        for predicate in where_predicates(generics) {
            let tokens = predicate.to_token_stream();
            split.of_callers.predicates.push(tokens.clone());
            if !mentions_any(&excluded, predicate) {
                split.of_functions.predicates.push(tokens);
            }
        }
        split.excluded = excluded.into_iter().cloned().collect();
        split
    }
}

/// `<..>`; `None` for an empty list.
pub(crate) fn in_angles(list: &[TokenStream]) -> Option<TokenStream> {
    let site = Span::mixed_site();
    (!list.is_empty()).then(|| quote_spanned!(site=> <#(#list),*>))
}

/// A where-clause; `None` without predicates.
pub(crate) fn where_clause(predicates: &[TokenStream]) -> Option<TokenStream> {
    let site = Span::mixed_site();
    (!predicates.is_empty()).then(|| quote_spanned!(site=> where #(#predicates),*))
}

/// The parameter without the bounds that mention an excluded one.
fn drop_bounds(excluded: &[&Ident], parameter: &GenericParam) -> TokenStream {
    let mut parameter = parameter.clone();
    if let GenericParam::Type(parameter) = &mut parameter {
        let bounds = std::mem::take(&mut parameter.bounds);
        parameter.bounds =
            bounds.into_iter().filter(|bound| !mentions_any(excluded, bound)).collect();
    }
    parameter.to_token_stream()
}

/// `T: 'static` for each type parameter in a key or an entry, `Self` among them.
pub(crate) fn static_bounds(options: &Options, function: &Function) -> Vec<TokenStream> {
    let keyed = function
        .arguments
        .iter()
        .filter(|argument| options.key.is_none() && !argument.is_skipped(options))
        .map(|argument| argument.ty.to_token_stream());
    let types: Vec<_> = keyed.chain([stored_type(&function.sig.output)]).collect();
    let is_mentioned = |name: &Ident| types.iter().any(|ty| mentions_ident(name, ty.clone()));
    let this = Ident::new("Self", Span::mixed_site());
    let this =
        (function.enclosing != Enclosing::Module && !function.is_self_owned).then_some(&this);
    function
        .sig
        .generics
        .type_params()
        .map(|parameter| &parameter.ident)
        .chain(this)
        .filter(|name| is_mentioned(name))
        .map(|name| {
            // Generated, so that no lint about the user's bounds reports it.
            let site = Span::mixed_site().located_at(name.span());
            let mut name = name.clone();
            name.set_span(site);
            quote_spanned!(site=> #name: 'static)
        })
        .collect()
}
