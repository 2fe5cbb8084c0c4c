//! Signatures that are no Rust, though they can be read: the compiler has an error about each, and
//! would have one more for each function of a handle that repeats them.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    FnArg, GenericArgument, Lifetime, PathArguments, ReturnType, Signature, Type, TypeParamBound,
};

use crate::function::Function;
use crate::source::Place;

/// Whether the compiler refuses the signature of this function.
pub(crate) fn is_refused(function: &Function) -> bool {
    let types = || arguments(&function.sig).chain(output(&function.sig));
    function.has_misplaced_self
        || types().any(is_unsized)
        || types().any(|ty| find(ty, &mut |ty| matches!(ty, Type::Infer(_))))
        || function.place == Place::Free && has_undeclared_lifetime(&function.sig)
}

/// The function as the compiler shall see it, and refuse it. Should it not, since it knows more
/// than this crate, the program cannot be built all the same: otherwise the function would run
/// without a cache, and nobody would know.
pub(crate) fn refused(function: &Function) -> Function {
    let name = &function.sig.ident;
    let why = format!(
        "the signature of this cached function was taken for none: if it stands in an `impl`, write `handle = Self::{name}`"
    );
    let mut function = function.clone();
    function.body = function.body.map(|body| {
        let stream = body.stream();
        braced(&body, quote!(const { ::core::panic!(#why) }; #stream))
    });
    function
}

/// The function with a result for ever, if its result has a lifetime that nobody gives it: the
/// error about a result that borrows shall be the only one.
pub(crate) fn with_lifetimes(function: &Function) -> Option<Function> {
    let ReturnType::Type(_, ty) = &function.sig.output else { return None };
    if !has_elided(ty) || !is_unresolved(&function.sig) {
        return None;
    }
    let mut function = function.clone();
    if let ReturnType::Type(_, ty) = &mut function.sig.output {
        make_static(ty);
    }
    function.body =
        function.body.map(|body| braced(&body, quote!(#![allow(unused)] ::core::unimplemented!())));
    Some(function)
}

fn braced(body: &Group, stream: TokenStream) -> Group {
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

/// Whether values of this type have no size, so that nothing can be of it.
fn is_unsized(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_unsized(&group.elem),
        Type::Paren(paren) => is_unsized(&paren.elem),
        Type::Slice(_) | Type::TraitObject(_) => true,
        Type::Path(path) => path.qself.is_none() && path.path.is_ident("str"),
        _ => false,
    }
}

/// Whether a lifetime is mentioned that is neither a parameter nor known anywhere.
fn has_undeclared_lifetime(sig: &Signature) -> bool {
    let declared: Vec<&Ident> =
        sig.generics.lifetimes().map(|parameter| &parameter.lifetime.ident).collect();
    let is_known = |name: &Ident| name == "static" || name == "_" || declared.contains(&name);
    let types = arguments(sig).chain(output(sig));
    // What binds lifetimes of its own is left to the compiler.
    let mut types = types.map(ToTokens::to_token_stream).filter(|ty| !binds_lifetimes(ty.clone()));
    types.any(|ty| !lifetimes(ty).iter().all(is_known))
}

fn binds_lifetimes(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "for",
        TokenTree::Group(group) => binds_lifetimes(group.stream()),
        _ => false,
    })
}

/// The names behind a `'`.
fn lifetimes(tokens: TokenStream) -> Vec<Ident> {
    let (mut found, mut is_behind_quote) = (Vec::new(), false);
    for token in tokens {
        let is_quote = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
        match token {
            TokenTree::Ident(name) if is_behind_quote => found.push(name),
            TokenTree::Group(group) => found.extend(lifetimes(group.stream())),
            _ => (),
        }
        is_behind_quote = is_quote;
    }
    found
}

/// Whether a lifetime is left out of a type, or is `'_`.
fn has_elided(ty: &Type) -> bool {
    find(ty, &mut |ty| match ty {
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

/// Whether no argument, or several, could give a result its lifetime.
fn is_unresolved(sig: &Signature) -> bool {
    if matches!(sig.inputs.first(), Some(FnArg::Receiver(_))) {
        return false;
    }
    let mut count = 0;
    let mut may_hide = false;
    for ty in arguments(sig) {
        find(ty, &mut |ty| {
            match ty {
                Type::Reference(_) => count += 1,
                Type::Path(path) => {
                    let given = lifetimes(path.to_token_stream());
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

/// Types without a lifetime.
const KNOWN: [&str; 19] = [
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16",
    "u32", "u64", "u8", "usize", "String", "PathBuf",
];

/// Whether the question is answered with yes for a part of a type, from the outside in.
fn find(ty: &Type, question: &mut impl FnMut(&Type) -> bool) -> bool {
    if question(ty) {
        return true;
    }
    match ty {
        Type::Array(array) => find(&array.elem, question),
        Type::Group(group) => find(&group.elem, question),
        Type::Paren(paren) => find(&paren.elem, question),
        Type::Ptr(pointer) => find(&pointer.elem, question),
        Type::Reference(reference) => find(&reference.elem, question),
        Type::Slice(slice) => find(&slice.elem, question),
        Type::Tuple(tuple) => tuple.elems.iter().any(|ty| find(ty, question)),
        Type::Path(path) => path.path.segments.iter().any(|segment| match &segment.arguments {
            PathArguments::AngleBracketed(arguments) => {
                arguments.args.iter().any(|argument| match argument {
                    GenericArgument::Type(ty) => find(ty, question),
                    GenericArgument::AssocType(assoc) => find(&assoc.ty, question),
                    _ => false,
                })
            }
            _ => false,
        }),
        _ => false,
    }
}

/// Gives the lifetimes that are left out of a type.
fn make_static(ty: &mut Type) {
    let elided = |lifetime: &Lifetime| Lifetime::new("'static", lifetime.span());
    match ty {
        Type::Array(array) => make_static(&mut array.elem),
        Type::Group(group) => make_static(&mut group.elem),
        Type::Paren(paren) => make_static(&mut paren.elem),
        Type::Ptr(pointer) => make_static(&mut pointer.elem),
        Type::Slice(slice) => make_static(&mut slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(make_static),
        Type::Reference(reference) => {
            if is_elided(reference.lifetime.as_ref()) {
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
                        GenericArgument::Lifetime(name) if is_elided(Some(name)) => {
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
                    && is_elided(Some(name))
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
    fn lifetimes_that_nobody_gives_a_result() {
        for (signature, expected) in [
            ("fn f() -> &str", true),
            ("fn f(n: u64) -> &str", true),
            ("fn f(a: &str, b: &str) -> &str", true),
            ("fn f<'a>(a: &'a str, b: &'a str) -> &str", true),
            ("fn f(a: &str, n: u64) -> &str", false),
            ("fn f(a: Query<'_>) -> &str", false),
            // It may hide a lifetime.
            ("fn f(a: Query) -> &str", false),
            ("fn f(&self, a: &str) -> &str", false),
        ] {
            let sig: Signature = syn::parse_str(signature).expect("a signature");
            assert_eq!(is_unresolved(&sig), expected, "{signature}");
        }
    }

    #[test]
    fn lifetimes_that_are_no_parameters() {
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
