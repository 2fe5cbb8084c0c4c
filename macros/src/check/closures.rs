//! Rules about closures: the type of one must not be part of what tells caches apart.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, FnArg, ReturnType, Type};

use super::names;
use crate::closures::{closures, excluded, futures, implied};
use crate::errors::Errors;
use crate::function::{Argument, Function};
use crate::generics::occurs;
use crate::options::{Handle, Options};

use crate::source::Place;

/// Whether a closure is the argument's, or part of it.
pub(crate) fn is_part_of(function: &Function, argument: &Argument) -> bool {
    let FnArg::Typed(typed) = &argument.written else { return false };
    let ty = typed.ty.to_token_stream();
    closures(&function.sig.generics).into_iter().any(|name| occurs(name, ty.clone()))
        || implied(&typed.ty).is_some()
}

/// The error about a closure in this argument.
pub(super) fn argument(
    options: &Options,
    function: &Function,
    argument: &Argument,
) -> Option<syn::Error> {
    let FnArg::Typed(typed) = &argument.written else { return None };
    if !is_part_of(function, argument) || is_returned(function, &typed.ty) {
        return None;
    }
    let skip = if argument.named {
        format!("leave it out with `skip({})`", argument.name)
    } else {
        "make it an argument of its own, and leave it out with `skip(name)`".to_owned()
    };
    let why = match (function.place, &options.handle) {
        (Place::Trait, _) => format!(
            "a method of a trait would have a cache for each closure: take a `&dyn Fn()` and {skip}, or move the body to a cached function and call it"
        ),
        (Place::Inherent, Handle::None) => format!(
            "a method without a handle would have a cache for each closure: remove `handle = _`, or take a `&dyn Fn()` and {skip}"
        ),
        _ if options.skips(argument) => return None,
        _ if options.key.is_some() => format!(
            "a closure must be skipped even with a `key`, because each closure would have a cache of its own: {skip}"
        ),
        _ => format!(
            "a closure cannot be part of a key, and each closure would have a cache of its own: {skip}"
        ),
    };
    Some(syn::Error::new_spanned(&typed.ty, why))
}

/// Whether the result is of the type of one of these closures, which is an error by itself.
fn is_returned(function: &Function, ty: &Type) -> bool {
    let (ty, output) = (ty.to_token_stream(), function.sig.output.to_token_stream());
    let mut closures = closures(&function.sig.generics).into_iter();
    closures.any(|name| occurs(name, ty.clone()) && occurs(name, output.clone()))
}

/// Closures that a result has, that no argument has, and that an option depends on.
pub(super) fn parameters(options: &Options, function: &Function, errors: &mut Errors) {
    let signature = &function.sig;
    for name in closures(&signature.generics) {
        if let ReturnType::Type(_, ty) = &signature.output
            && occurs(name, ty.to_token_stream())
        {
            errors.at(
                ty,
                format!("a closure cannot be part of a result, because each closure would have a cache of its own: return a type without `{name}`, such as what `{name}` returns"),
            );
        } else if !signature.inputs.iter().any(|input| occurs(name, input.to_token_stream())) {
            errors.at(
                name,
                format!("no argument is of the type `{name}`, and each closure would have a cache of its own: remove `{name}`, or take the closure as an argument and leave it out with `skip(..)`"),
            );
        }
    }
    for name in futures(signature) {
        if let ReturnType::Type(_, ty) = &signature.output
            && occurs(name, ty.to_token_stream())
        {
            errors.at(
                ty,
                format!("the result depends on the future `{name}`, and each future would have a cache of its own: take a type parameter `T` with `{name}: Future<Output = T>`, and return `T`"),
            );
        }
    }
    if let Some(key) = &options.key {
        let closures = function.arguments.iter().filter(|argument| is_part_of(function, argument));
        for argument in closures {
            if let Some(found) = find(&argument.name, key.to_token_stream()) {
                errors.at(
                    &found,
                    format!("closures of all types share one cache, whose key cannot depend on `{found}`: make it of the other arguments"),
                );
            }
        }
    }
    let excluded = excluded(signature);
    for expr in expressions(options) {
        let found = excluded.iter().find_map(|name| find(name, expr.to_token_stream()));
        if let Some(found) = found {
            errors.at(
                &found,
                format!("closures of all types share one cache, which cannot depend on `{found}`: write a value without `{found}`"),
            );
        }
    }
}

/// The expressions that are evaluated for all closures together.
fn expressions(options: &Options) -> impl Iterator<Item = &Expr> {
    let once = names::evaluated_once(options).map(|(_, expr)| expr);
    [&options.key, &options.cache_if].into_iter().flatten().chain(once)
}

/// Where an expression mentions the argument or parameter of this name. A field or an item of
/// another path may have the name, too.
pub(super) fn find(name: &Ident, tokens: TokenStream) -> Option<Ident> {
    let mut before = String::new();
    tokens.into_iter().find_map(|token| {
        let found = match &token {
            TokenTree::Ident(ident) => {
                let is_field = before.ends_with('.') && !before.ends_with("..");
                (ident == name && !is_field && !before.ends_with("::")).then(|| ident.clone())
            }
            TokenTree::Group(group) => find(name, group.stream()),
            _ => None,
        };
        match token {
            TokenTree::Punct(punct) => before.push(punct.as_char()),
            _ => before.clear(),
        }
        found
    })
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn names_in_expressions() {
        for (expr, expected) in [
            ("f(id)", true),
            ("(id, f(id))", true),
            ("0..f", true),
            ("Key { id, f: f }", true),
            ("size_of::<f>()", true),
            ("id.f", false),
            ("make().f()", false),
            ("keys::f(id)", false),
            ("id + g", false),
        ] {
            let (name, tokens) = (syn::parse_str("f"), expr.parse());
            let found = find(&name.expect("a name"), tokens.expect("tokens"));
            assert_eq!(found.is_some(), expected, "{expr}");
        }
    }
}
