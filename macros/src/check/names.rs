//! Rules about the names of arguments that options mention.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Expr, FnArg, Pat};

use super::key::find_jump;
use crate::errors::{Errors, shown};
use crate::function::{Argument, Function};
use crate::options::{Duration, Options, SingleFlight, distance, is_near};

/// Checks `skip(..)` and `trace(..)`.
pub(super) fn named(options: &Options, function: &Function, errors: &mut Errors) {
    for name in &options.skip {
        if !function.arguments.iter().any(|argument| argument.named && argument.name == *name) {
            errors.at(name, no_argument(function, name, "skip"));
        }
    }
    for name in &options.trace {
        if !function.arguments.iter().any(|argument| argument.has_name(name)) {
            errors.at(name, no_argument(function, name, "trace"));
        }
    }
}

/// The options that are evaluated when a cache is made, by name.
pub(super) fn evaluated_once(options: &Options) -> impl Iterator<Item = (&str, &Expr)> {
    let expiry = &options.expiry;
    let limit = match &options.single_flight {
        SingleFlight::Within(limit) => Some(limit),
        SingleFlight::Off | SingleFlight::On => None,
    };
    let durations = [
        ("ttl", expiry.ttl.as_ref()),
        ("ttl_jitter", expiry.ttl_jitter.as_ref()),
        ("stale", expiry.stale.as_ref().map(|(_, duration)| duration)),
        ("stale_on_error", expiry.stale_on_error.as_ref().map(|(_, duration)| duration)),
        ("single_flight", limit),
        ("l1_ttl", options.redis.as_ref().and_then(|redis| redis.l1_ttl.as_ref())),
    ];
    let durations = durations.into_iter().filter_map(|(name, duration)| match duration? {
        Duration::Text(..) => None,
        Duration::Expr(expr) => Some((name, expr)),
    });
    options.maxsize.iter().map(|expr| ("maxsize", expr)).chain(durations)
}

/// Checks that what is evaluated once for the cache uses no argument of a call.
pub(super) fn once(options: &Options, function: &Function, errors: &mut Errors) {
    for (option, expr) in evaluated_once(options) {
        if let Some(error) = jump(expr, option) {
            errors.push(error);
            continue;
        }
        let found = function.arguments.iter().find_map(|argument| {
            let mut names = argument.names();
            names.find_map(|name| used_as_value(name, expr.to_token_stream()))
        });
        if let Some(found) = found {
            errors.at(
                &found,
                format!("`{option}` is evaluated once for the cache, not for each call, and cannot use the argument `{found}`: write a constant, or a call that does not need it"),
            );
        }
    }
}

/// The error about an expression that would return from the function it is in.
pub(super) fn jump(expr: &Expr, option: &str) -> Option<syn::Error> {
    let (at, what) = find_jump(expr.to_token_stream())?;
    let instead = match what {
        "?" => {
            "handle what can fail within the expression, as `.ok()` and `.unwrap_or_default()` do"
        }
        ".await" => "await in the function that calls this one, and pass what comes of it",
        _ => "write an expression that has a value in each case",
    };
    let message =
        format!("`{option}` cannot use `{what}`, because it is no part of the body: {instead}");
    Some(syn::Error::new(at, message))
}

/// Where an expression uses the variable of this name. Functions, modules, macros and fields have
/// names of their own; so may a variable of the expression itself.
pub(super) fn used_as_value(name: &Ident, tokens: TokenStream) -> Option<Ident> {
    let mut before = String::new();
    // Whether a `|` here is an operator, and not the begin of a closure.
    let mut is_behind_value = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Ident(ident) if BINDERS.iter().any(|binder| ident == binder) => return None,
            TokenTree::Ident(ident) => {
                let is_item = match tokens.peek() {
                    Some(TokenTree::Punct(next)) => matches!(next.as_char(), ':' | '!'),
                    Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
                    _ => false,
                };
                let is_field = before.ends_with('.') && !before.ends_with("..");
                if ident == name && !is_item && !is_field && !before.ends_with("::") {
                    return Some(ident.clone());
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '|' && !is_behind_value => return None,
            TokenTree::Group(group) => {
                if let Some(found) = used_as_value(name, group.stream()) {
                    return Some(found);
                }
            }
            _ => (),
        }
        match token {
            TokenTree::Punct(punct) => {
                // The second of `||` is as the first.
                is_behind_value &= punct.as_char() == '|' && before.is_empty();
                before.push(punct.as_char());
            }
            TokenTree::Ident(word) => {
                is_behind_value = word != "move" && word != "return";
                before.clear();
            }
            _ => {
                is_behind_value = true;
                before.clear();
            }
        }
    }
    None
}

/// Words behind which an expression may bind names of its own.
const BINDERS: [&str; 4] = ["let", "match", "for", "fn"];

/// The argument whose name is a near miss of this one.
pub(super) fn near<'a>(function: &'a Function, name: &Ident) -> Option<&'a Ident> {
    let name = name.to_string();
    let named = function.arguments.iter().filter(|argument| argument.named);
    let near = named.map(|argument| (distance(&name, &argument.bare_name()), &argument.name)).min();
    // Of names with one or two letters any other is near.
    near.filter(|(distance, _)| is_near(*distance, &name) && distance * 2 < name.len())
        .map(|(_, near)| near)
}

/// Why there is no argument of this name to be skipped or traced, and what to write.
fn no_argument(function: &Function, name: &Ident, done: &str) -> String {
    let ident = &function.sig.ident;
    if let Some((pat, ty)) =
        function.arguments.iter().find_map(|argument| taken_apart(argument, name))
    {
        return format!(
            "`{name}` is one of several names in the pattern of an argument, which `{done}` does not take apart: write `arg: {ty}` with `{done}(arg)`, and `let {pat} = arg;` in the body"
        );
    }
    if let Some(near) = near(function, name) {
        return format!("`{ident}` has no argument `{name}` to {done}; did you mean `{near}`?");
    }
    let those = function.arguments.iter().filter(|argument| argument.named);
    let names: Vec<_> = those.map(|argument| format!("`{}`", argument.name)).collect();
    let there_are = match names.len() {
        0 => "it has none with a name".to_owned(),
        1 => format!("it has {}", names[0]),
        _ => format!("it has {}", names.join(", ")),
    };
    let nameless = function.arguments.iter().find(|argument| !argument.named);
    let rename = match nameless.map(|argument| &argument.written) {
        Some(FnArg::Typed(typed)) => {
            let ty = shown(&typed.ty);
            match &*typed.pat {
                Pat::Wild(_) => format!("; give the other one a name, as in `{name}: {ty}`"),
                pat => format!(
                    "; give the pattern a name, as in `{name}: {ty}`, and write `let {} = {name};` in the body",
                    shown(pat)
                ),
            }
        }
        _ => String::new(),
    };
    format!("`{ident}` has no argument `{name}` to {done}: {there_are}{rename}")
}

/// The pattern and the type of an argument, as text, if this name is one of several in the pattern.
fn taken_apart(argument: &Argument, name: &Ident) -> Option<(String, String)> {
    let FnArg::Typed(typed) = &argument.written else { return None };
    let is_in_pattern = !argument.named && argument.has_name(name);
    is_in_pattern.then(|| (shown(&typed.pat), shown(&typed.ty)))
}

#[cfg(test)]
mod tests {
    use super::used_as_value;

    #[test]
    fn variables_in_expressions() {
        for (expr, expected) in [
            ("n", true),
            ("n as usize * 2", true),
            ("f(n)", true),
            ("0..n", true),
            ("n.len()", true),
            ("Config { n }", true),
            ("(n)(1)", true),
            ("n()", false),
            ("n::size()", false),
            ("n!(1)", false),
            ("CONFIG.n", false),
            ("config::n", false),
            ("Config { n: 1 }.size()", false),
            ("a || n > 3", true),
            ("a | n", true),
            ("map(|| n)", false),
            ("{ let n = 1; n }", false),
            ("sizes.map(|n| n)", false),
            ("match size() { n => n }", false),
        ] {
            let (name, tokens) = (syn::parse_str("n"), expr.parse());
            let found = used_as_value(&name.expect("a name"), tokens.expect("tokens"));
            assert_eq!(found.is_some(), expected, "{expr}");
        }
    }
}
