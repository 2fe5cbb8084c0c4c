//! Rules about the names of arguments that options mention.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{FnArg, Pat};

use super::closures;
use crate::errors::Errors;
use crate::function::{Argument, Function};
use crate::options::{Handle, Options};
use crate::source::Place;

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

/// Checks that `key` is made of nothing that is skipped: the functions of the handle that compute a
/// key are not given that.
pub(super) fn key(options: &Options, function: &Function, errors: &mut Errors) {
    let Some(key) = &options.key else { return };
    if function.place == Place::Trait || matches!(options.handle, Handle::None) {
        return;
    }
    for argument in function.arguments.iter().filter(|argument| options.skips(argument)) {
        if closures::is_part_of(function, argument) {
            continue;
        }
        if let Some(found) = closures::find(&argument.name, key.to_token_stream()) {
            errors.at(
                &found,
                format!("`{found}` is skipped, and the key depends on it: take it out of `skip(..)`, or out of `key`"),
            );
        }
    }
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

/// Tokens of the user's as text for a message, spaced as they usually are.
fn shown(tokens: impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let tight = [(" < ", "<"), (" >", ">"), ("& ", "&"), (" :: ", "::"), (" ,", ","), (" ;", ";")];
    tight.into_iter().fold(text, |text, (wide, tight)| text.replace(wide, tight))
}
