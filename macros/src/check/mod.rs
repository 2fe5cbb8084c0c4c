//! The rules about functions and options. Each has its message.
//!
//! All rules are checked and all errors are reported together: one for each mistake, at its token.
//! A rule sees tokens, not types: what depends on a type, rustc reports by the traits of
//! `functools::requirements`.

mod arguments;
mod background;
mod closures;
mod expiry;
mod function;
mod handle;
mod key;
mod names;
mod output;
mod predicate;
mod redis;
mod tags;
mod template;
mod weights;

use proc_macro2::Ident;

use crate::closures::is_closure_argument;
use crate::errors::Errors;
use crate::function::Function;
use crate::options::Options;

pub(crate) use self::handle::is_handle_taken;

/// Counts arguments as skipped that an unknown name in `skip(..)` may mean, so that the error about
/// the name is the only one: the argument of which it is a misspelling, or else all closures, which
/// must be skipped.
pub(crate) fn guess_skipped(options: &mut Options, function: &Function) {
    let is_unknown =
        |name: &&Ident| function.arguments.iter().all(|argument| argument.name != **name);
    let mut meant = Vec::new();
    for name in options.skip.iter().filter(is_unknown) {
        match names::find_near(function, name) {
            Some(near) => meant.push(near.clone()),
            None => {
                let closures = function.arguments.iter();
                let closures = closures.filter(|argument| is_closure_argument(function, argument));
                meant.extend(closures.map(|argument| argument.name.clone()));
            }
        }
    }
    options.meant_to_skip.extend(meant);
}

/// Checks a function with its options.
pub(crate) fn check(options: &Options, function: &Function, errors: &mut Errors) {
    function::check_function(options, function, errors);
    expiry::check_expiry(options, function, errors);
    background::check_background(options, function, errors);
    names::check_names(options, function, errors);
    key::check_key(options, function, errors);
    predicate::check_predicate(options, function, errors);
    weights::check_weights(options, function, errors);
    names::check_once(options, function, errors);
    arguments::check_arguments(options, function, errors);
    output::check_output(function, errors);
    closures::check_parameters(options, function, errors);
    handle::check_handle(options, function, errors);
    redis::check_redis(options, function, errors);
    tags::check_tags(options, function, errors);
}
