//! The errors about an item that is not a function, or has no body.

use proc_macro2::{TokenStream, TokenTree};

use crate::source::Enclosing;

/// The error about an item that could not be read as a function, because it is of another kind or
/// has no body; `None` for a function.
pub(crate) fn check_item(item: TokenStream) -> Option<syn::Error> {
    const KINDS: [&str; 12] = [
        "struct",
        "enum",
        "union",
        "trait",
        "impl",
        "mod",
        "type",
        "static",
        "use",
        "const",
        "macro_rules",
        "extern",
    ];
    let tokens: Vec<TokenTree> = item.into_iter().collect();
    if let [TokenTree::Ident(_), TokenTree::Punct(punct), TokenTree::Group(_), ..] = &tokens[..]
        && punct.as_char() == '!'
    {
        let message = "only functions can be cached; found a macro call: put the attribute on each \
            function in it";
        return Some(syn::Error::new_spanned(&tokens[0], message));
    }
    let is_punct = |token: &TokenTree, expected: &[char]| match token {
        TokenTree::Punct(punct) => expected.contains(&punct.as_char()),
        _ => false,
    };
    // After one of these, an `fn` is a type.
    let header = tokens.iter().take_while(|token| !is_punct(token, &['=', ':', ';']));
    let words: Vec<_> = header
        .filter_map(|token| match token {
            TokenTree::Ident(word) => Some(word),
            _ => None,
        })
        .collect();
    if let Some(at) = words.iter().position(|word| *word == "fn") {
        // rustc reports `fn f() -> u64 = 5;`.
        let is_assigned = tokens.iter().any(|token| is_punct(token, &['=']));
        let has_body = !tokens.last().is_some_and(|last| is_punct(last, &[';']));
        // Only a function in an `extern` block may be `safe`, which syn does not read.
        let name = words.get(at + 1).filter(|_| !has_body && !is_assigned)?;
        return Some(syn::Error::new(name.span(), describe_no_body(Enclosing::ExternBlock)));
    }
    let is_crate = words.iter().any(|word| *word == "crate");
    let word = words.into_iter().find(|word| KINDS.iter().any(|kind| *word == kind))?;
    let what = match word.to_string().as_str() {
        "extern" if is_crate => "an `extern crate`".to_owned(),
        "extern" => {
            "an `extern` block: put the attribute on a function that calls one of these".to_owned()
        }
        "impl" => "an `impl`: put the attribute on each method".to_owned(),
        "macro_rules" => "a macro".to_owned(),
        "enum" => "an `enum`".to_owned(),
        kind => format!("a `{kind}`"),
    };
    Some(syn::Error::new(word.span(), format!("only functions can be cached; found {what}")))
}

/// The message about a function without a body.
pub(crate) fn describe_no_body(enclosing: Enclosing) -> String {
    match enclosing {
        Enclosing::ExternBlock => {
            "a foreign function cannot be cached: put the attribute on a function that calls it"
        }
        Enclosing::Trait => {
            "a trait method without a body cannot be cached: put the attribute on the method in \
             each `impl`"
        }
        _ => {
            "a function without a body cannot be cached: put the attribute on the method in each \
             `impl`, or on a function that calls this one"
        }
    }
    .to_owned()
}
