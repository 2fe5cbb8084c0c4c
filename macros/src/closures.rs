//! Type parameters of closures. Each closure has a type of its own, so a cache for each type would
//! be a cache for each call site. So these parameters, and those that only their bounds mention, do
//! not tell the caches of a function apart: they are excluded. An `impl Fn()` is such a parameter
//! without a name.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{
    FnArg, GenericArgument, GenericParam, Generics, PathArguments, ReceiverKind, Signature, Token,
    Type, TypeParamBound, WherePredicate,
};

use crate::argument::Argument;
use crate::function::Function;
use crate::tokens::mentions_ident;
use crate::types::where_predicates;

/// Whether one of the bounds is a trait of closures.
fn is_closure<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> bool {
    const TRAITS: [&str; 6] = ["Fn", "FnMut", "FnOnce", "AsyncFn", "AsyncFnMut", "AsyncFnOnce"];
    bounds.into_iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last();
            last.is_some_and(|last| TRAITS.iter().any(|known| last.ident == known))
        }
        _ => false,
    })
}

/// Returns the type parameters with a bound such as `FnOnce() -> T`, inline or in the where-clause.
pub(crate) fn closure_params(generics: &Generics) -> Vec<&Ident> {
    params_with_bound(generics, |bounds| is_closure(bounds)).collect()
}

type Bounds = Punctuated<TypeParamBound, Token![+]>;

fn params_with_bound(
    generics: &Generics,
    wanted: impl Fn(&Bounds) -> bool,
) -> impl Iterator<Item = &Ident> {
    let parameters = generics.type_params().filter(move |parameter| {
        wanted(&parameter.bounds)
            || where_predicates(generics).any(|predicate| match predicate {
                WherePredicate::Type(predicate) => {
                    is_parameter(&predicate.bounded_ty, &parameter.ident)
                        && wanted(&predicate.bounds)
                }
                _ => false,
            })
    });
    parameters.map(|parameter| &parameter.ident)
}

fn is_parameter(ty: &Type, parameter: &Ident) -> bool {
    match ty {
        Type::Group(group) => is_parameter(&group.elem, parameter),
        Type::Paren(paren) => is_parameter(&paren.elem, parameter),
        Type::Path(path) => path.qself.is_none() && path.path.is_ident(parameter),
        _ => false,
    }
}

/// Returns the parameters that have a bound `Future` and that a bound of a closure mentions.
pub(crate) fn future_params(signature: &Signature) -> Vec<&Ident> {
    let generics = &signature.generics;
    let is_future = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_some_and(|last| last.ident == "Future")
        }
        _ => false,
    };
    let names_of_closures = closure_params(generics);
    let mut of_closures = Types::new(signature).of_closures;
    let parameters = parameters(generics).filter(|other| names_of_closures.contains(&other.name));
    of_closures.extend(parameters.flat_map(|parameter| parameter.bounds));
    params_with_bound(generics, |bounds| bounds.iter().any(is_future))
        .filter(|name| of_closures.iter().any(|bounds| mentions_ident(name, bounds.clone())))
        .collect()
}

/// Returns the first `impl Fn()` in a type.
pub(crate) fn find_closure_type(ty: &Type) -> Option<TokenStream> {
    let mut types = Types::default();
    types.add(ty);
    types.of_closures.into_iter().next()
}

/// Returns the excluded parameters: those of closures, and those of the futures that they return,
/// such as `Fut` in `F: FnOnce() -> Fut, Fut: Future`. A future that an argument, the result or a
/// bound of another parameter mentions is not excluded, nor is any other parameter: the result may
/// depend on them.
pub(crate) fn excluded_params(signature: &Signature) -> Vec<&Ident> {
    let generics = &signature.generics;
    let mut excluded = closure_params(generics);
    let types = Types::new(signature);
    let of_closures = future_params(signature).into_iter().filter(|name| {
        !excluded.contains(name) && !types.others.iter().any(|ty| mentions_ident(name, ty.clone()))
    });
    let mut futures: Vec<_> = of_closures.collect();
    let parameters: Vec<Parameter<'_>> = parameters(generics).collect();
    loop {
        let is_excluded = |name| excluded.contains(name) || futures.contains(name);
        let kept_by_others = futures.iter().position(|name| {
            let mut kept = parameters.iter().filter(|other| !is_excluded(&other.name));
            kept.any(|other| other.mentions(name))
        });
        let Some(at) = kept_by_others else { break };
        futures.remove(at);
    }
    excluded.append(&mut futures);
    excluded
}

/// Whether the argument is a closure, or has one as a part.
pub(crate) fn is_closure_argument(function: &Function, argument: &Argument) -> bool {
    let FnArg::Typed(typed) = &argument.original else { return false };
    let ty = typed.ty.to_token_stream();
    closure_params(&function.sig.generics).into_iter().any(|name| mentions_ident(name, ty.clone()))
        || find_closure_type(&typed.ty).is_some()
}

/// The types of the arguments and of the result.
#[derive(Default)]
struct Types {
    /// Each `impl Fn() -> T`
    of_closures: Vec<TokenStream>,
    others: Vec<TokenStream>,
}

impl Types {
    fn new(signature: &Signature) -> Self {
        let mut types = Types::default();
        for argument in &signature.inputs {
            match argument {
                FnArg::Typed(argument) => types.add(&argument.ty),
                FnArg::Receiver(receiver) => {
                    if let ReceiverKind::Typed(_, ty) = &receiver.kind {
                        types.add(ty);
                    }
                }
            }
        }
        types.others.push(signature.output.to_token_stream());
        types
    }

    fn add(&mut self, ty: &Type) {
        match ty {
            Type::ImplTrait(of) if is_closure(&of.bounds) => {
                self.of_closures.push(ty.to_token_stream());
            }
            Type::Group(group) => self.add(&group.elem),
            Type::Paren(paren) => self.add(&paren.elem),
            Type::Reference(reference) => self.add(&reference.elem),
            Type::Slice(slice) => self.add(&slice.elem),
            Type::Array(array) => {
                self.add(&array.elem);
                self.others.push(array.len.to_token_stream());
            }
            Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| self.add(ty)),
            Type::Path(path) if path.qself.is_none() => {
                for segment in &path.path.segments {
                    self.others.push(segment.ident.to_token_stream());
                    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
                        self.others.push(segment.arguments.to_token_stream());
                        continue;
                    };
                    for argument in &arguments.args {
                        match argument {
                            GenericArgument::Type(ty) => self.add(ty),
                            other => self.others.push(other.to_token_stream()),
                        }
                    }
                }
            }
            other => self.others.push(other.to_token_stream()),
        }
    }
}

fn parameters(generics: &Generics) -> impl Iterator<Item = Parameter<'_>> {
    generics.params.iter().filter_map(|parameter| Parameter::new(parameter, generics))
}

/// A type or const parameter with all its bounds.
struct Parameter<'a> {
    name: &'a Ident,
    bounds: Vec<TokenStream>,
}

impl<'a> Parameter<'a> {
    fn new(parameter: &'a GenericParam, generics: &'a Generics) -> Option<Self> {
        let (name, inline) = match parameter {
            GenericParam::Lifetime(_) => return None,
            GenericParam::Type(parameter) => (&parameter.ident, parameter.bounds.to_token_stream()),
            GenericParam::Const(parameter) => (&parameter.ident, TokenStream::new()),
        };
        let of_clause = where_predicates(generics)
            .filter(|predicate| match predicate {
                WherePredicate::Type(predicate) => {
                    mentions_ident(name, predicate.bounded_ty.to_token_stream())
                }
                _ => false,
            })
            .map(ToTokens::to_token_stream);
        Some(Parameter { name, bounds: [inline].into_iter().chain(of_clause).collect() })
    }

    fn mentions(&self, other: &Ident) -> bool {
        self.bounds.iter().any(|bounds| mentions_ident(other, bounds.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::excluded_params;

    #[test]
    fn closures_and_the_futures_they_return_are_excluded() {
        for (signature, expected) in [
            ("fn f<T>(id: T)", ""),
            ("fn f<F: FnOnce() -> u8>(f: F)", "F"),
            ("fn f<F>(f: F) where F: std::ops::FnMut(u8)", "F"),
            ("fn f<F>(f: F) where F: Send, F: for<'a> Fn(&'a u8)", "F"),
            ("fn f<F: AsyncFn()>(f: F)", "F"),
            ("fn f<F: ?Sized + Fn()>(f: &F)", "F"),
            ("fn f<F: Handler>(f: F)", ""),
            ("fn f<F>(f: F) where Option<F>: Fn()", ""),
            ("fn f<F, Fut>(f: F) where F: FnOnce() -> Fut, Fut: Future<Output = u8>", "F Fut"),
            ("fn f<Fut: Future<Output = E>, E, F: FnOnce() -> Fut>(f: F)", "F Fut"),
            (
                "fn f<F, Fut>(f: F) where F: FnOnce() -> Fut, Fut: Future<Output = Option<T>>",
                "F Fut",
            ),
            (
                "fn f<T, F, Fut>(f: F) -> T where F: FnOnce() -> Fut, Fut: Future<Output = T>",
                "F Fut",
            ),
            ("fn f<T, F: Fn(T)>(id: T, f: F)", "F"),
            ("fn f<T: Default, F: Fn()>(f: F)", "F"),
            ("fn f<T, U: From<T>, F: Fn(T)>(u: U, f: F)", "F"),
            ("fn f<T: From<U>, U: From<T>, F: Fn(T)>(f: F)", "F"),
            ("fn f<T, U, F: Fn(T)>(u: U, f: F) where (T, U): Into<u8>", "F"),
            ("fn f<const N: usize, F: Fn([u8; N])>(f: F)", "F"),
            ("fn f<const N: usize, F: Fn([u8; N])>(a: [u8; N], f: F)", "F"),
            ("fn f<F: Fn() -> G, G: Fn() -> u8>(f: F)", "F G"),
            ("fn f<Fut: Future<Output = u8>>(f: impl FnOnce() -> Fut)", "Fut"),
            ("fn f<Fut: Future>(f: Option<&impl FnOnce() -> Fut>)", "Fut"),
            ("fn f<T>(f: Option<&impl FnOnce() -> T>)", ""),
            ("fn f<T, U>(f: (impl FnOnce() -> T, U))", ""),
            ("fn f<T>(f: impl FnOnce() -> T) -> T", ""),
            ("fn f<T>(f: impl Into<T>)", ""),
            ("fn f<F: FnOnce() -> Fut, Fut: Future>(f: F) -> Fut::Output", "F"),
            ("fn f<E, F>(f: F) where F: FnOnce() -> u8, <F as FnOnce<()>>::Output: Into<E>", "F"),
        ] {
            let parsed: syn::Signature = syn::parse_str(signature).expect("a signature");
            let names: Vec<_> = excluded_params(&parsed).iter().map(ToString::to_string).collect();
            assert_eq!(names.join(" "), expected, "{signature}");
        }
    }
}
