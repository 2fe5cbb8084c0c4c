//! Signatures that syn reads and rustc refuses. rustc reports each once, and would report it once
//! more for each function of a handle that repeats it.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    FnArg, GenericArgument, Lifetime, PathArguments, ReturnType, Signature, Type, TypeParamBound,
};

use crate::function::Function;
use crate::source::Enclosing;
use crate::tokens::find_lifetimes;
use crate::types::find_in_type;

/// Whether rustc refuses the signature of this function.
pub(crate) fn is_refused(function: &Function) -> bool {
    let types = || arguments(&function.sig).chain(output(&function.sig));
    function.has_misplaced_self
        || types().any(is_unsized)
        || types().any(|ty| has_part(ty, |ty| matches!(ty, Type::Infer(_))))
        || function.enclosing == Enclosing::Module && has_undeclared_lifetime(&function.sig)
}

/// The function with a body that fails to compile. rustc refuses its signature; if it does not,
/// since it knows more than this crate, the program still fails to build: otherwise the function
/// would silently run without a cache.
pub(crate) fn with_failing_body(function: &Function) -> Function {
    let name = &function.sig.ident;
    let why = format!(
        "this function was taken for one that is in no `impl`, which its signature does not allow: \
         if it is in one, write `handle = Self::{name}`"
    );
    let mut function = function.clone();
    function.body = function.body.map(|body| {
        let stream = body.stream();
        replace_stream(&body, quote!(const { ::core::panic!(#why) }; #stream))
    });
    function
}

/// The function with a `'static` result, if nothing gives its result a lifetime: then the error
/// about a result that borrows is the only one.
pub(crate) fn with_static_output(function: &Function) -> Option<Function> {
    let ReturnType::Type(_, ty) = &function.sig.output else { return None };
    if !has_elided(ty) || !is_unresolved(&function.sig) {
        return None;
    }
    let mut function = function.clone();
    if let ReturnType::Type(_, ty) = &mut function.sig.output {
        make_static(ty);
    }
    function.body = function
        .body
        .map(|body| replace_stream(&body, quote!(#![allow(unused)] ::core::unimplemented!())));
    Some(function)
}

fn replace_stream(body: &Group, stream: TokenStream) -> Group {
    let mut group = Group::new(body.delimiter(), stream);
    group.set_span(body.span());
    group
}

fn arguments(sig: &Signature) -> impl Iterator<Item = &Type> {
    sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    })
}

fn output(sig: &Signature) -> Option<&Type> {
    match &sig.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(ty),
    }
}

/// Whether values of this type have no size.
fn is_unsized(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_unsized(&group.elem),
        Type::Paren(paren) => is_unsized(&paren.elem),
        Type::Slice(_) | Type::TraitObject(_) => true,
        Type::Path(path) => path.qself.is_none() && path.path.is_ident("str"),
        _ => false,
    }
}

/// Whether the signature mentions a lifetime that it does not declare.
fn has_undeclared_lifetime(sig: &Signature) -> bool {
    let declared: Vec<&Ident> =
        sig.generics.lifetimes().map(|parameter| &parameter.lifetime.ident).collect();
    let is_known = |name: &Ident| name == "static" || name == "_" || declared.contains(&name);
    let types = arguments(sig).chain(output(sig));
    // Types that bind lifetimes of their own are left to rustc.
    let mut types =
        types.map(ToTokens::to_token_stream).filter(|ty| !has_bound_lifetimes(ty.clone()));
    types.any(|ty| !find_lifetimes(ty).iter().all(is_known))
}

fn has_bound_lifetimes(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "for",
        TokenTree::Group(group) => has_bound_lifetimes(group.stream()),
        _ => false,
    })
}

/// Whether a type leaves out a lifetime, or has `'_`.
fn has_elided(ty: &Type) -> bool {
    has_part(ty, |ty| match ty {
        Type::Reference(reference) => is_elided(reference.lifetime.as_ref()),
        Type::Path(path) => path.path.segments.iter().any(|segment| {
            match &segment.arguments {
            PathArguments::AngleBracketed(arguments) => arguments.args.iter().any(|argument| {
                matches!(argument, GenericArgument::Lifetime(name) if is_elided(Some(name)))
            }),
            _ => false,
        }
        }),
        _ => false,
    })
}

fn is_elided(lifetime: Option<&Lifetime>) -> bool {
    lifetime.is_none_or(|lifetime| lifetime.ident == "_")
}

/// Whether no argument, or more than one, could give the result its lifetime.
fn is_unresolved(sig: &Signature) -> bool {
    if matches!(sig.inputs.first(), Some(FnArg::Receiver(_))) {
        return false;
    }
    let mut count = 0;
    let mut may_hide = false;
    for ty in arguments(sig) {
        has_part(ty, |ty| {
            match ty {
                Type::Reference(_) => count += 1,
                Type::Path(path) => {
                    let given = find_lifetimes(path.to_token_stream());
                    count += given.iter().filter(|name| *name != "static").count();
                    may_hide |= !KNOWN.iter().any(|known| path.path.is_ident(known));
                }
                Type::ImplTrait(_) | Type::TraitObject(_) | Type::Macro(_) => may_hide = true,
                _ => (),
            }
            false
        });
    }
    count > 1 || count == 0 && !may_hide
}

/// Types that have no lifetime.
pub(crate) const KNOWN: [&str; 19] = [
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16",
    "u32", "u64", "u8", "usize", "String", "PathBuf",
];

/// Whether the answer is yes for a type or for a part of it.
fn has_part(ty: &Type, mut question: impl FnMut(&Type) -> bool) -> bool {
    find_in_type(ty, |ty| question(ty).then_some(())).is_some()
}

/// Makes the lifetimes that a type leaves out `'static`.
fn make_static(ty: &mut Type) {
    replace_lifetimes(ty, &is_elided);
}

/// Makes all lifetimes of a type `'static`.
pub(crate) fn make_all_static(ty: &mut Type) {
    replace_lifetimes(ty, &|_| true);
}

/// Makes the lifetimes of a type `'static` that are to be, those that it leaves out among them.
fn replace_lifetimes(ty: &mut Type, is_to_be: &dyn Fn(Option<&Lifetime>) -> bool) {
    let make_static = |ty: &mut Type| replace_lifetimes(ty, is_to_be);
    let elided = |lifetime: &Lifetime| Lifetime::new("'static", lifetime.span());
    match ty {
        Type::Array(array) => make_static(&mut array.elem),
        Type::Group(group) => make_static(&mut group.elem),
        Type::Paren(paren) => make_static(&mut paren.elem),
        Type::Ptr(pointer) => make_static(&mut pointer.elem),
        Type::Slice(slice) => make_static(&mut slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(make_static),
        Type::Reference(reference) => {
            if is_to_be(reference.lifetime.as_ref()) {
                reference.lifetime = Some(Lifetime::new("'static", reference.and_token.spans[0]));
            }
            make_static(&mut reference.elem);
        }
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else {
                    continue;
                };
                for argument in &mut arguments.args {
                    match argument {
                        GenericArgument::Lifetime(name) if is_to_be(Some(name)) => {
                            *name = elided(name);
                        }
                        GenericArgument::Type(ty) => make_static(ty),
                        GenericArgument::AssocType(assoc) => make_static(&mut assoc.ty),
                        _ => (),
                    }
                }
            }
        }
        Type::TraitObject(object) => {
            for bound in &mut object.bounds {
                if let TypeParamBound::Lifetime(name) = bound
                    && is_to_be(Some(name))
                {
                    *name = elided(name);
                }
            }
        }
        _ => (),
    }
}

#[cfg(test)]
mod tests {
    use super::{Signature, has_undeclared_lifetime, is_unresolved};

    #[test]
    fn finds_results_without_a_lifetime() {
        for (signature, expected) in [
            ("fn f() -> &str", true),
            ("fn f(n: u64) -> &str", true),
            ("fn f(a: &str, b: &str) -> &str", true),
            ("fn f<'a>(a: &'a str, b: &'a str) -> &str", true),
            ("fn f(a: &str, n: u64) -> &str", false),
            ("fn f(a: Query<'_>) -> &str", false),
            // A path may hide a lifetime.
            ("fn f(a: Query) -> &str", false),
            ("fn f(&self, a: &str) -> &str", false),
        ] {
            let sig: Signature = syn::parse_str(signature).expect("a signature");
            assert_eq!(is_unresolved(&sig), expected, "{signature}");
        }
    }

    #[test]
    fn finds_undeclared_lifetimes() {
        for (signature, expected) in [
            ("fn f(a: &'a str)", true),
            ("fn f(a: Query<'q>) -> u64", true),
            ("fn f() -> &'b str", true),
            ("fn f<'a>(a: &'a str, b: &'static str, c: Query<'_>)", false),
            ("fn f(a: &dyn for<'x> Fn(&'x str))", false),
        ] {
            let sig: Signature = syn::parse_str(signature).expect("a signature");
            assert_eq!(has_undeclared_lifetime(&sig), expected, "{signature}");
        }
    }
}
