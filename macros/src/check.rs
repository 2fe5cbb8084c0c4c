//! Every rule about what can be cached, and every message. All rules are asked; what is found is
//! reported together.

use std::time::Duration as Time;

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{
    Attribute, FnArg, GenericArgument, Pat, PathArguments, ReturnType, Type, TypeParamBound,
};

use crate::attributes::is_named_item;
use crate::errors::Errors;
use crate::function::{Argument, Function, caches, no_body};
use crate::options::{Duration, Flavor, Handle, Options, SingleFlight};
use crate::source::{Namesake, Place};

mod closures;
mod key;
mod names;
mod predicate;
mod redis;

pub(crate) use closures::is_part_of as is_closure;

/// Takes an argument that is misspelt in `skip(..)` for skipped, so that the error about that is the
/// only one.
pub(crate) fn guess(options: &mut Options, function: &Function) {
    let is_known =
        |name: &&Ident| function.arguments.iter().any(|argument| argument.name == **name);
    let unknown = options.skip.iter().filter(|name| !is_known(name));
    let meant: Vec<_> = unknown.filter_map(|name| names::near(function, name)).cloned().collect();
    options.meant.extend(meant);
}

/// Checks a function against the options it is annotated with.
pub(crate) fn check(options: &Options, function: &Function, errors: &mut Errors) {
    qualifiers(options, function, errors);
    expiry(options, errors);
    names::named(options, function, errors);
    key::key(options, function, errors);
    predicate::predicate(options, function, errors);
    names::once(options, function, errors);
    arguments(options, function, errors);
    output(function, errors);
    closures::parameters(options, function, errors);
    handle(options, function, errors);
    if let Some(shared) = &options.redis {
        redis::redis(shared, options, function, errors);
    }
}

fn qualifiers(options: &Options, function: &Function, errors: &mut Errors) {
    let sig = &function.sig;
    if let Some(token) = sig.constness {
        errors.at(
            token,
            "a `const fn` cannot be cached, because there is no cache at compile time: remove `const`",
        );
    }
    for attr in function.attrs.iter().filter(|attr| caches(attr)) {
        errors.at(attr, "the function is cached twice: keep one of the two attributes");
    }
    for attr in function.attrs.iter().filter(|attr| is_test(attr)) {
        let ours = match options.flavor {
            Flavor::LruCache => "lru_cache",
            Flavor::Cache => "cache",
        };
        errors.at(
            attr,
            format!("a test cannot be cached, because each run has to run its body: remove `#[{ours}]`, or cache a function that the test calls"),
        );
    }
    if let Some(variadic) = &sig.variadic {
        errors.at(variadic, "a variadic function cannot be cached: its arguments have no types");
    }
    if function.body.is_none() {
        errors.at(&sig.ident, no_body(function.place));
    }
}

/// Whether it makes a test or a benchmark of the function: `#[test]`, `#[tokio::test]`, `#[bench]`.
fn is_test(attr: &Attribute) -> bool {
    let last = attr.path().segments.last();
    last.is_some_and(|last| last.ident == "test" || last.ident == "bench")
}

fn expiry(options: &Options, errors: &mut Errors) {
    if let Some(Duration::Text(Time::ZERO, at)) = options.expiry.ttl {
        errors.push(syn::Error::new(
            at,
            "with a `ttl` of nothing no result is ever found: write how long results are good, or remove the attribute",
        ));
    }
    for (name, stale) in
        [&options.expiry.stale, &options.expiry.stale_on_error].into_iter().flatten()
    {
        if let Duration::Text(Time::ZERO, at) = stale {
            let why = format!(
                "with a `{name}` of nothing no old value is ever served: write for how long past its `ttl`, or remove `{name}`"
            );
            errors.push(syn::Error::new(*at, why));
        }
    }
    if let SingleFlight::Within(Duration::Text(Time::ZERO, at)) = options.single_flight {
        errors.push(syn::Error::new(
            at,
            "`single_flight` must not be zero: write `single_flight = false`, so that no call waits for another",
        ));
    }
    if let Some(first) = options.expiry.need_ttl.first()
        && !options.expiry.has_ttl
    {
        let names: Vec<_> = options.expiry.need_ttl.iter().map(Ident::to_string).collect();
        let need = if names.len() == 1 { "needs" } else { "need" };
        let names = names.join("`, `");
        errors.at(first, format!("`{names}` {need} a `ttl`, such as `ttl = \"60s\"`"));
    }
    if let Some((name, _)) = &options.expiry.stale
        && options.expiry.sliding
    {
        errors.at(
            name,
            "`stale` and `sliding` contradict each other: `stale` computes a result anew while it is asked for, and `sliding` lets one that is asked for live on; keep one of them",
        );
    }
    if let Some((name, _)) = &options.expiry.stale_on_error
        && options.cache_err
    {
        errors.at(
            name,
            "`stale_on_error` serves the old value in place of an `Err`, and `cache_err` stores the `Err` in place of the old value: keep one of them",
        );
    }
}

fn arguments(options: &Options, function: &Function, errors: &mut Errors) {
    for argument in &function.arguments {
        conditional(argument, errors);
        let is_self = argument.name == "self";
        if is_self && let Some(exclusive) = &argument.exclusive {
            errors.at(
                exclusive,
                "a method that takes `&mut self` cannot be cached, because a hit would not change `self`: take `&self`",
            );
            continue;
        }
        if let Some(error) = closures::argument(options, function, argument) {
            errors.push(error);
            continue;
        }
        if options.skips(argument) {
            continue;
        }
        let skip = if argument.named {
            format!("leave it out of the key with `skip({})`", argument.name)
        } else {
            "give it a name and leave it out of the key with `skip(name)`".to_owned()
        };
        if let Some(exclusive) = &argument.exclusive {
            errors.at(
                exclusive,
                format!("a `&mut` argument cannot be part of a key, because a hit would not change it: {skip}, or take it by `&`"),
            );
        } else if let Some(implied) = first(&argument.ty, Type::implied) {
            let instead = match options.redis {
                Some(_) => "take a `String` or a number",
                None => "give the function a type parameter",
            };
            errors.at(
                implied,
                format!("an `impl Trait` argument cannot be part of a key, because its type has no name: {skip}, or {instead}"),
            );
        } else if options.key.is_none()
            && let Some(borrow) = first(&argument.ty, Type::borrow)
        {
            let instead = if options.redis.is_some() {
                "call a cached function of a `&str`, a `String` or a number".to_owned()
            } else {
                format!("make an owned key with `key = ..`, or {skip}")
            };
            errors.at(
                borrow,
                format!("a key must own what it is made of, but this borrows: {instead}"),
            );
        }
    }
}

/// A `#[cfg]` on an argument is seen only by the compiler, after this.
fn conditional(argument: &Argument, errors: &mut Errors) {
    let attrs = match &argument.written {
        FnArg::Receiver(receiver) => &receiver.attrs,
        FnArg::Typed(typed) => &typed.attrs,
    };
    for attr in attrs {
        if attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr") {
            errors.at(
                attr,
                "an argument of a cached function cannot be conditional: write a function for each case",
            );
        }
    }
    if let FnArg::Typed(typed) = &argument.written
        && let Pat::Macro(pat) = &*typed.pat
    {
        errors
            .at(pat, "an argument of a cached function cannot be made by a macro: write its name");
    }
}

fn output(function: &Function, errors: &mut Errors) {
    let ReturnType::Type(_, ty) = &function.sig.output else { return };
    if returns_future(function) {
        errors.at(
            ty,
            "a future cannot be cached, but what it yields can: write the function as an `async fn`. In an `impl` with `#[async_trait]`, where that is done already, cache an `async fn` beside it and call it",
        );
    } else if let Type::Never(never) = &**ty {
        errors.at(never, "a function that never returns has no result to cache");
    } else if let Some(implied) = first(ty, Type::implied) {
        errors.at(
            implied,
            "an `impl Trait` result cannot be cached, because its type has no name: return a type that has one, such as `Vec<T>` for an iterator",
        );
    } else if let Some(borrow) = first(ty, Type::borrow) {
        errors.at(
            borrow,
            "a result that borrows from the arguments cannot be kept after the call: return an owned value, such as `String` for `&str`, or an `Arc`",
        );
    }
}

/// Whether the return type is a future, boxed or not.
pub(crate) fn returns_future(function: &Function) -> bool {
    match &function.sig.output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => first(ty, Type::future).is_some(),
    }
}

/// Whether a type, or a part of it, is an `impl Trait`.
pub(crate) fn has_implied(ty: &Type) -> bool {
    first(ty, Type::implied).is_some()
}

/// Whether the return type borrows, it may be from an argument that is skipped.
pub(crate) fn may_borrow_skipped(options: &Options, function: &Function) -> bool {
    match &function.sig.output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => !options.skip.is_empty() && first(ty, Type::borrow).is_some(),
    }
}

/// Whether the return type can be written elsewhere, too.
pub(crate) fn has_name(function: &Function) -> bool {
    match &function.sig.output {
        ReturnType::Default => true,
        ReturnType::Type(_, ty) => {
            !matches!(**ty, Type::Never(_)) && first(ty, Type::implied).is_none()
        }
    }
}

/// Whether something else has the name of the function, which the handle would have.
pub(crate) fn is_handle_taken(function: &Function) -> bool {
    function.namesake == Some(Namesake::Cached) || taken(function).is_some()
}

/// The error about an item of the name that a handle would have, or about an attribute that makes
/// one.
fn taken(function: &Function) -> Option<syn::Error> {
    if function.place != Place::Free {
        return None;
    }
    let (ident, name) = (&function.sig.ident, function.bare_name());
    if let Some(attr) = function.attrs.iter().find(|attr| is_named_item(attr)) {
        let attribute = &attr.path().segments.last()?.ident;
        let message = format!(
            "`#[{attribute}]` makes an item of the function's name, and so does the cache: write `handle = {name}_cache`"
        );
        return Some(syn::Error::new_spanned(attr.path(), message));
    }
    let what = match function.namesake? {
        Namesake::Cached => return None,
        Namesake::Module => "a module",
        Namesake::Type => "a type",
    };
    let message = format!(
        "there is {what} of the name `{ident}`, which the cache would have as well: write `handle = {name}_cache`"
    );
    Some(syn::Error::new(ident.span(), message))
}

fn handle(options: &Options, function: &Function, errors: &mut Errors) {
    if let Handle::Beside(name) = &options.handle
        && function.is_free_by_source
    {
        errors.at(
            name,
            format!("`handle = Self::{name}` says that the function stands in an `impl`, and `{}` does not: write `handle = {name}`", function.sig.ident),
        );
    }
    if let Handle::OfFunction = &options.handle
        && let Some(error) = taken(function)
    {
        errors.push(error);
    }
    if function.place == Place::Trait
        && let Handle::Named(name) | Handle::Beside(name) = &options.handle
    {
        errors.at(
            name,
            "a method of a trait has no handle, because an `impl` of the trait may not have other functions: remove `handle`",
        );
    }
}

/// Questions about a part of a type.
trait Part {
    /// The tokens of this part, if it is an `impl Trait`.
    fn implied(&self) -> Option<TokenStream>;

    /// The tokens of this part, if it borrows for less than `'static`.
    fn borrow(&self) -> Option<TokenStream>;

    /// The tokens of this part, if it is some `Future`.
    fn future(&self) -> Option<TokenStream>;
}

/// Whether it is a `Cow<str>` or the like, whose lifetime is not written. Its argument shows that it
/// is that of the standard library.
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

impl Part for Type {
    fn future(&self) -> Option<TokenStream> {
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

    fn implied(&self) -> Option<TokenStream> {
        matches!(self, Type::ImplTrait(_)).then(|| self.to_token_stream())
    }

    fn borrow(&self) -> Option<TokenStream> {
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
                let short = arguments.any(|arguments| {
                    arguments.iter().any(|argument| {
                        matches!(argument, GenericArgument::Lifetime(lifetime) if borrows(lifetime))
                    })
                });
                (short || is_short_cow(&path.path)).then(|| self.to_token_stream())
            }
            Type::TraitObject(object) => {
                let short = object.bounds.iter().any(|bound| {
                    matches!(bound, TypeParamBound::Lifetime(lifetime) if borrows(lifetime))
                });
                short.then(|| self.to_token_stream())
            }
            _ => None,
        }
    }
}

/// The first part of a type, from the outside in, for which the question has an answer. The types
/// within `Fn(..)` and `fn(..)` are no part of what a value holds.
fn first(ty: &Type, question: fn(&Type) -> Option<TokenStream>) -> Option<TokenStream> {
    if let Some(answer) = question(ty) {
        return Some(answer);
    }
    match ty {
        Type::Array(array) => first(&array.elem, question),
        Type::Group(group) => first(&group.elem, question),
        Type::Paren(paren) => first(&paren.elem, question),
        Type::Ptr(pointer) => first(&pointer.elem, question),
        Type::Reference(reference) => first(&reference.elem, question),
        Type::Slice(slice) => first(&slice.elem, question),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(|ty| first(ty, question)),
        Type::Path(path) => {
            let of_self = path.qself.iter().find_map(|qself| first(&qself.ty, question));
            of_self.or_else(|| within(&path.path, question))
        }
        Type::TraitObject(object) => object.bounds.iter().find_map(|bound| match bound {
            // What `for<'a>` binds is borrowed by nobody yet.
            TypeParamBound::Trait(bound) if bound.lifetimes.is_none() => {
                within(&bound.path, question)
            }
            _ => None,
        }),
        _ => None,
    }
}

fn within(path: &syn::Path, question: fn(&Type) -> Option<TokenStream>) -> Option<TokenStream> {
    path.segments.iter().find_map(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => {
            arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(ty) => first(ty, question),
                GenericArgument::AssocType(assoc) => first(&assoc.ty, question),
                _ => None,
            })
        }
        _ => None,
    })
}

impl Options {
    /// Whether the argument is left out of the key.
    pub(crate) fn skips(&self, argument: &Argument) -> bool {
        let mut skipped = self.skip.iter().chain(&self.meant);
        argument.named && skipped.any(|name| *name == argument.name)
    }
}
