//! Rules about the names of arguments in a template: the key of `redis`, or a tag.

use crate::argument::Argument;
use crate::function::Function;
use crate::options::Options;
use crate::template::Template;

/// Returns the argument that a template means by this name.
pub(super) fn find_argument<'a>(function: &'a Function, name: &str) -> Option<&'a Argument> {
    let mut arguments = function.arguments.iter();
    arguments.find(|argument| argument.has_user_name && argument.bare_name() == name)
}

/// Reports names that no argument has, or a skipped one.
pub(super) fn check_names(
    template: &Template,
    options: &Options,
    function: &Function,
    push: &mut impl FnMut(String),
) {
    let subject = template.subject;
    let (whole, part) = (subject.definite(), subject.indefinite());
    let mut is_pattern_reported = false;
    let mut seen = Vec::new();
    for name in template.names() {
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        match find_argument(function, name) {
            Some(argument) if argument.is_skipped(options) => {
                push(format!("`{name}` is both in {whole} and in `skip(..)`: remove one of them"));
            }
            Some(_) => (),
            None if function.arguments.iter().any(|argument| argument.has_bare_name(name)) => {
                if !std::mem::replace(&mut is_pattern_reported, true) {
                    push(format!(
                        "`{name}` is one of several names in a pattern, and cannot be part of \
                         {part} by itself: take each as an argument"
                    ));
                }
            }
            None => push(describe_unknown(name, part, options, function)),
        }
    }
}

fn describe_unknown(name: &str, part: &str, options: &Options, function: &Function) -> String {
    let names: Vec<_> = function
        .arguments
        .iter()
        .filter(|argument| argument.has_user_name && !argument.is_skipped(options))
        .map(|argument| format!("`{{{}}}`", argument.bare_name()))
        .collect();
    let ident = &function.sig.ident;
    match names.len() {
        0 => format!(
            "`{ident}` has no argument named `{name}`, and none that could be part of {part}: \
             remove `{{{name}}}`"
        ),
        1 => format!("`{ident}` has no argument named `{name}`, expected {}", names[0]),
        _ => {
            let names = names.join(", ");
            format!("`{ident}` has no argument named `{name}`, expected one of {names}")
        }
    }
}
