//! Rules about the function itself: its qualifiers, its other attributes and its body.

use syn::Attribute;

use crate::attributes::is_cache_attr;
use crate::errors::Errors;
use crate::function::Function;
use crate::item::describe_no_body;
use crate::options::{Flavor, Options};

pub(super) fn check_function(options: &Options, function: &Function, errors: &mut Errors) {
    let sig = &function.sig;
    if let Some(token) = sig.constness {
        errors.push_at(
            token,
            "a `const fn` cannot be cached: there is no cache at compile time. Remove `const`",
        );
    }
    for attr in function.attrs.iter().filter(|attr| is_cache_attr(attr)) {
        errors.push_at(attr, "the function is cached twice: keep one of the two attributes");
    }
    for attr in function.attrs.iter().filter(|attr| is_test(attr)) {
        let ours = match options.flavor {
            Flavor::LruCache => "lru_cache",
            Flavor::Cache => "cache",
        };
        errors.push_at(
            attr,
            format!(
                "a test cannot be cached: each run must run its body. Remove `#[{ours}]`, or \
                cache a function that the test calls"
            ),
        );
    }
    if let Some(variadic) = &sig.variadic {
        errors
            .push_at(variadic, "a variadic function cannot be cached: its arguments have no types");
    }
    if function.body.is_none() {
        errors.push_at(&sig.ident, describe_no_body(function.enclosing));
    }
}

/// Whether an attribute makes a test or a benchmark of the function: `#[test]`, `#[tokio::test]`,
/// `#[bench]`.
fn is_test(attr: &Attribute) -> bool {
    let last = attr.path().segments.last();
    last.is_some_and(|last| last.ident == "test" || last.ident == "bench")
}
