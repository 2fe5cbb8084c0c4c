//! A function's type parameters, constants and lifetimes, shared out between what is generated.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{GenericParam, Generics, PathArguments, ReturnType, Type, WherePredicate};

use crate::function::Function;
use crate::options::Options;
use crate::source::Place;

/// A function's generics, shared out between the handle's type and its functions. What has to do
/// with lifetimes goes to the functions, so that `f::<T>` names the type.
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
    /// `'a, 'b: 'a`
    pub(crate) of_functions: Vec<TokenStream>,
    pub(crate) where_of_functions: Vec<TokenStream>,
}

impl Split {
    /// For a type that stands beside a free function.
    pub(crate) fn new(generics: &Generics) -> Self {
        let site = Span::mixed_site();
        let lifetimes: Vec<&Ident> =
            generics.lifetimes().map(|parameter| &parameter.lifetime.ident).collect();
        let mut split = Split::default();
        for parameter in &generics.params {
            match parameter {
                GenericParam::Lifetime(lifetime) => {
                    split.of_functions.push(lifetime.to_token_stream());
                }
                GenericParam::Type(parameter) => {
                    let ident = &parameter.ident;
                    let (of_functions, of_impl): (Vec<_>, Vec<_>) =
                        parameter.bounds.iter().partition(|bound| mentions(bound, &lifetimes));
                    split.of_type.push(quote_spanned!(site=> #ident: ?::core::marker::Sized));
                    split.of_impl.push(quote_spanned!(site=> #ident: #(#of_impl)+*));
                    if !of_functions.is_empty() {
                        split
                            .where_of_functions
                            .push(quote_spanned!(site=> #ident: #(#of_functions)+*));
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
            let place = if mentions(predicate, &lifetimes) {
                &mut split.where_of_functions
            } else {
                &mut split.where_of_impl
            };
            place.push(predicate.to_token_stream());
        }
        split
    }

    /// For functions in the `impl` that the function is in.
    pub(crate) fn beside(generics: &Generics) -> Self {
        let arguments = generics.params.iter().filter_map(|parameter| match parameter {
            GenericParam::Type(parameter) => Some(parameter.ident.to_token_stream()),
            GenericParam::Const(parameter) => Some(parameter.ident.to_token_stream()),
            GenericParam::Lifetime(_) => None,
        });
        Split {
            arguments: arguments.collect(),
            of_functions: generics.params.iter().map(ToTokens::to_token_stream).collect(),
            where_of_functions: predicates(generics).map(ToTokens::to_token_stream).collect(),
            ..Split::default()
        }
    }
}

fn predicates(generics: &Generics) -> impl Iterator<Item = &WherePredicate> {
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
    let this = (function.place != Place::Free).then_some(&this);
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
fn stored(output: &ReturnType) -> TokenStream {
    let ReturnType::Type(_, ty) = output else { return TokenStream::new() };
    if let Type::Path(path) = &**ty
        && let Some(last) = path.path.segments.last()
        && last.ident == "Result"
        && let PathArguments::AngleBracketed(arguments) = &last.arguments
    {
        return arguments.args.first().to_token_stream();
    }
    ty.to_token_stream()
}

fn occurs(name: &Ident, tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => occurs(name, group.stream()),
        _ => false,
    })
}
