//! Questions about types as users write them: whether a part is an `impl Trait`, borrows, or is a
//! future. It sees tokens: an alias hides its parts.

use proc_macro2::Span;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::{
    GenericArgument, Generics, PathArguments, ReturnType, Type, TypeParam, TypeParamBound,
    WherePredicate,
};

/// Whether a type, or a part of it, is an `impl Trait`.
pub(crate) fn has_impl_trait(ty: &Type) -> bool {
    find_in_type(ty, Type::as_impl_trait).is_some()
}

/// The return type without the error of a `Result`.
pub(crate) fn stored_type(output: &ReturnType) -> TokenStream {
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

/// Whether a bound in the signature requires `'static` of a type parameter.
pub(crate) fn is_static(generics: &Generics, parameter: &TypeParam) -> bool {
    let is_static = |bound: &TypeParamBound| match bound {
        TypeParamBound::Lifetime(lifetime) => lifetime.ident == "static",
        _ => false,
    };
    let is_static_by_clause = where_predicates(generics).any(|predicate| match predicate {
        WherePredicate::Type(predicate) => {
            parameter.ident == predicate.bounded_ty.to_token_stream().to_string()
                && predicate.bounds.iter().any(is_static)
        }
        _ => false,
    });
    is_static_by_clause || parameter.bounds.iter().any(is_static)
}

pub(crate) fn where_predicates(generics: &Generics) -> impl Iterator<Item = &WherePredicate> {
    generics.where_clause.iter().flat_map(|clause| &clause.predicates)
}

/// A question about a part of a type: the tokens of the part if the answer is yes.
pub(crate) trait TypeQuestion {
    /// The part, if it is an `impl Trait`.
    fn as_impl_trait(&self) -> Option<TokenStream>;

    /// The part, if it borrows for less than `'static`.
    fn as_borrow(&self) -> Option<TokenStream>;

    /// The part, if it is a `Future`.
    fn as_future(&self) -> Option<TokenStream>;
}

impl TypeQuestion for Type {
    fn as_future(&self) -> Option<TokenStream> {
        let (Type::ImplTrait(syn::TypeImplTrait { bounds, .. })
        | Type::TraitObject(syn::TypeTraitObject { bounds, .. })) = self
        else {
            return None;
        };
        let is_future = |bound: &TypeParamBound| match bound {
            TypeParamBound::Trait(bound) => {
                bound.path.segments.last().is_some_and(|last| last.ident == "Future")
            }
            _ => false,
        };
        bounds.iter().any(is_future).then(|| self.to_token_stream())
    }

    fn as_impl_trait(&self) -> Option<TokenStream> {
        matches!(self, Type::ImplTrait(_)).then(|| self.to_token_stream())
    }

    fn as_borrow(&self) -> Option<TokenStream> {
        let borrows = |lifetime: &syn::Lifetime| lifetime.ident != "static";
        match self {
            Type::Reference(reference) => match &reference.lifetime {
                Some(lifetime) if !borrows(lifetime) => None,
                _ => Some(self.to_token_stream()),
            },
            Type::Path(path) => {
                let mut arguments =
                    path.path.segments.iter().filter_map(|segment| match &segment.arguments {
                        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
                        _ => None,
                    });
                let is_short = arguments.any(|arguments| {
                    arguments.iter().any(|argument| {
                        matches!(argument, GenericArgument::Lifetime(lifetime) if borrows(lifetime))
                    })
                });
                (is_short || is_short_cow(&path.path)).then(|| self.to_token_stream())
            }
            Type::TraitObject(object) => {
                let is_short = object.bounds.iter().any(|bound| {
                    matches!(bound, TypeParamBound::Lifetime(lifetime) if borrows(lifetime))
                });
                is_short.then(|| self.to_token_stream())
            }
            _ => None,
        }
    }
}

/// Whether it is a `Cow<str>` or the like with its lifetime left out. Its argument shows that it is
/// the standard library's.
fn is_short_cow(path: &syn::Path) -> bool {
    const UNSIZED: [&str; 4] = ["str", "Path", "OsStr", "CStr"];
    let Some(last) = path.segments.last().filter(|last| last.ident == "Cow") else { return false };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
    match arguments.args.first() {
        Some(GenericArgument::Type(Type::Slice(_))) => true,
        Some(GenericArgument::Type(Type::Path(ty))) => ty
            .path
            .segments
            .last()
            .is_some_and(|last| UNSIZED.iter().any(|name| last.ident == name)),
        _ => false,
    }
}

/// Finds the first part of a type, from the outside in, to which the question has an answer. The
/// types in `Fn(..)` and `fn(..)` are not parts of a value.
pub(crate) fn find_in_type<T>(
    ty: &Type,
    mut question: impl FnMut(&Type) -> Option<T>,
) -> Option<T> {
    find_part(ty, &mut question)
}

/// Same as [`find_in_type`] when called for a part of a part.
fn find_part<T>(ty: &Type, question: &mut dyn FnMut(&Type) -> Option<T>) -> Option<T> {
    if let Some(answer) = question(ty) {
        return Some(answer);
    }
    match ty {
        Type::Array(array) => find_part(&array.elem, question),
        Type::Group(group) => find_part(&group.elem, question),
        Type::Paren(paren) => find_part(&paren.elem, question),
        Type::Ptr(pointer) => find_part(&pointer.elem, question),
        Type::Reference(reference) => find_part(&reference.elem, question),
        Type::Slice(slice) => find_part(&slice.elem, question),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(|ty| find_part(ty, question)),
        Type::Path(path) => {
            let of_self = path.qself.iter().find_map(|qself| find_part(&qself.ty, question));
            of_self.or_else(|| find_in_path(&path.path, question))
        }
        Type::TraitObject(object) => object.bounds.iter().find_map(|bound| match bound {
            // A lifetime that `for<'a>` binds is not borrowed yet.
            TypeParamBound::Trait(bound) if bound.lifetimes.is_none() => {
                find_in_path(&bound.path, question)
            }
            _ => None,
        }),
        _ => None,
    }
}

fn find_in_path<T>(path: &syn::Path, question: &mut dyn FnMut(&Type) -> Option<T>) -> Option<T> {
    path.segments.iter().find_map(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => {
            arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(ty) => find_part(ty, question),
                GenericArgument::AssocType(assoc) => find_part(&assoc.ty, question),
                _ => None,
            })
        }
        _ => None,
    })
}
