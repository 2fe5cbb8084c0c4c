//! A function's type parameters, constants and lifetimes, shared out between what is generated.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{
    GenericParam, Generics, PathArguments, ReturnType, Signature, Type, TypeParam, TypeParamBound,
    WherePredicate,
};

use crate::closures::excluded;
use crate::function::Function;
use crate::options::Options;
use crate::source::Place;

/// A function's generics, shared out between the handle's type and its functions. What has to do
/// with lifetimes goes to the functions, so that `f::<T>` names the type; what has to do with
/// closures goes to those functions that take them, so that `f::<T>` is one cache for all closures.
#[derive(Default)]
pub(crate) struct Split {
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
    /// With the excluded parameters: `F: FnOnce() -> Fut, Fut: Future`.
    pub(crate) of_callers: Parameters,
    /// `T, F, Fut`, for a method.
    pub(crate) arguments_of_callers: Vec<TokenStream>,
    /// The parameters that do not tell caches apart.
    pub(crate) excluded: Vec<Ident>,
}

/// The parameters of a function of the handle.
#[derive(Default)]
pub(crate) struct Parameters {
    /// `'a, 'b: 'a, T`
    pub(crate) generics: Vec<TokenStream>,
    pub(crate) predicates: Vec<TokenStream>,
}

impl Split {
    /// For a type that stands beside a free function.
    pub(crate) fn new(signature: &Signature) -> Self {
        let site = Span::mixed_site();
        let generics = &signature.generics;
        let lifetimes: Vec<&Ident> =
            generics.lifetimes().map(|parameter| &parameter.lifetime.ident).collect();
        let excluded = excluded(signature);
        let mut split = Split::default();
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
                        parameter.bounds.iter().partition(|bound| any_occurs(&excluded, bound));
                    let (of_functions, of_impl): (Vec<_>, Vec<_>) =
                        rest.into_iter().partition(|bound| mentions(bound, &lifetimes));
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
        for predicate in predicates(generics) {
            let tokens = predicate.to_token_stream();
            if any_occurs(&excluded, predicate) {
                split.of_callers.predicates.push(tokens);
            } else if mentions(predicate, &lifetimes) {
                split.of_functions.predicates.push(tokens.clone());
                split.of_callers.predicates.push(tokens);
            } else {
                split.where_of_impl.push(tokens);
            }
        }
        split.excluded = excluded.into_iter().cloned().collect();
        split
    }

    /// For functions in the `impl` that the function is in.
    pub(crate) fn beside(signature: &Signature) -> Self {
        let generics = &signature.generics;
        let excluded = excluded(signature);
        let mut split = Split::default();
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
                split.of_functions.generics.push(without(&excluded, parameter));
            }
        }
        for predicate in predicates(generics) {
            let tokens = predicate.to_token_stream();
            split.of_callers.predicates.push(tokens.clone());
            if !any_occurs(&excluded, predicate) {
                split.of_functions.predicates.push(tokens);
            }
        }
        split.excluded = excluded.into_iter().cloned().collect();
        split
    }
}

/// `<..>`, if there is something in it.
pub(crate) fn in_angles(list: &[TokenStream]) -> Option<TokenStream> {
    let site = Span::mixed_site();
    (!list.is_empty()).then(|| quote_spanned!(site=> <#(#list),*>))
}

/// A where-clause, if there are predicates.
pub(crate) fn where_clause(predicates: &[TokenStream]) -> Option<TokenStream> {
    let site = Span::mixed_site();
    (!predicates.is_empty()).then(|| quote_spanned!(site=> where #(#predicates),*))
}

/// A parameter without the bounds that mention an excluded one.
fn without(excluded: &[&Ident], parameter: &GenericParam) -> TokenStream {
    let mut parameter = parameter.clone();
    if let GenericParam::Type(parameter) = &mut parameter {
        let bounds = std::mem::take(&mut parameter.bounds);
        parameter.bounds =
            bounds.into_iter().filter(|bound| !any_occurs(excluded, bound)).collect();
    }
    parameter.to_token_stream()
}

pub(crate) fn predicates(generics: &Generics) -> impl Iterator<Item = &WherePredicate> {
    generics.where_clause.iter().flat_map(|clause| &clause.predicates)
}

/// Whether one of these lifetimes occurs.
fn mentions(tokens: &impl ToTokens, lifetimes: &[&Ident]) -> bool {
    fn within(tokens: TokenStream, lifetimes: &[&Ident]) -> bool {
        let mut behind_quote = false;
        tokens.into_iter().any(|token| match token {
            TokenTree::Punct(punct) => {
                behind_quote = punct.as_char() == '\'';
                false
            }
            TokenTree::Ident(ident) => {
                std::mem::take(&mut behind_quote) && lifetimes.iter().any(|known| **known == ident)
            }
            TokenTree::Group(group) => within(group.stream(), lifetimes),
            TokenTree::Literal(_) => false,
        })
    }
    within(tokens.to_token_stream(), lifetimes)
}

/// `T: 'static` for each type parameter that occurs in a key or an entry, `Self` among them.
pub(crate) fn owned(options: &Options, function: &Function) -> Vec<TokenStream> {
    let keyed = function
        .arguments
        .iter()
        .filter(|argument| options.key.is_none() && !options.skips(argument))
        .map(|argument| argument.ty.to_token_stream());
    let types: Vec<_> = keyed.chain([stored(&function.sig.output)]).collect();
    let occurs = |name: &Ident| types.iter().any(|ty| occurs(name, ty.clone()));
    let this = Ident::new("Self", Span::mixed_site());
    let this = (function.place != Place::Free && !function.is_self_owned).then_some(&this);
    function
        .sig
        .generics
        .type_params()
        .map(|parameter| &parameter.ident)
        .chain(this)
        .filter(|name| occurs(name))
        .map(|name| {
            // Not the user's bound, for lints about where bounds are.
            let site = Span::mixed_site().located_at(name.span());
            let mut name = name.clone();
            name.set_span(site);
            quote_spanned!(site=> #name: 'static)
        })
        .collect()
}

/// The return type, but for the error of a `Result`.
pub(crate) fn stored(output: &ReturnType) -> TokenStream {
    let ReturnType::Type(_, ty) = output else { return quote_spanned!(Span::mixed_site()=> ()) };
    if let Type::Path(path) = &**ty
        && let Some(last) = path.path.segments.last()
        && last.ident == "Result"
        && let PathArguments::AngleBracketed(arguments) = &last.arguments
    {
        return arguments.args.first().to_token_stream();
    }
    ty.to_token_stream()
}

/// Whether a type parameter is required to be `'static`, as far as is written here.
pub(crate) fn is_static(generics: &Generics, parameter: &TypeParam) -> bool {
    let is_static = |bound: &TypeParamBound| match bound {
        TypeParamBound::Lifetime(lifetime) => lifetime.ident == "static",
        _ => false,
    };
    let by_clause = predicates(generics).any(|predicate| match predicate {
        WherePredicate::Type(predicate) => {
            parameter.ident == predicate.bounded_ty.to_token_stream().to_string()
                && predicate.bounds.iter().any(is_static)
        }
        _ => false,
    });
    by_clause || parameter.bounds.iter().any(is_static)
}

/// Whether one of these names occurs.
pub(crate) fn any_occurs<T: std::borrow::Borrow<Ident>>(
    names: &[T],
    tokens: &impl ToTokens,
) -> bool {
    names.iter().any(|name| occurs(name.borrow(), tokens.to_token_stream()))
}

/// Whether the name occurs.
pub(crate) fn occurs(name: &Ident, tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => occurs(name, group.stream()),
        _ => false,
    })
}
