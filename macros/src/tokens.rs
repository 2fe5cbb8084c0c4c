//! Questions about tokens: which names and lifetimes they mention, and how a message shows them. It
//! knows nothing of functions and options.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;

/// Whether the tokens mention the name.
pub(crate) fn mentions_ident(name: &Ident, tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions_ident(name, group.stream()),
        _ => false,
    })
}

/// Whether the tokens mention one of the names.
pub(crate) fn mentions_any<T: std::borrow::Borrow<Ident>>(
    names: &[T],
    tokens: &impl ToTokens,
) -> bool {
    names.iter().any(|name| mentions_ident(name.borrow(), tokens.to_token_stream()))
}

/// Whether the tokens mention one of the lifetimes.
pub(crate) fn mentions_lifetime(tokens: &impl ToTokens, lifetimes: &[&Ident]) -> bool {
    find_lifetimes(tokens.to_token_stream()).iter().any(|found| lifetimes.contains(&found))
}

/// Whether the tokens mention `Self`.
pub(crate) fn mentions_self(tokens: TokenStream) -> bool {
    mentions_ident(&Ident::new("Self", Span::call_site()), tokens)
}

/// Whether an expression mentions the name, also in a text such as that of `format!("{name}")`.
pub(crate) fn mentions_in_text(expr: TokenStream, name: &Ident) -> bool {
    expr.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions_in_text(group.stream(), name),
        TokenTree::Literal(literal) => literal.to_string().contains(&format!("{{{}", name.unraw())),
        TokenTree::Punct(_) => false,
    })
}

/// The names of all lifetimes.
pub(crate) fn find_lifetimes(tokens: TokenStream) -> Vec<Ident> {
    let (mut found, mut is_behind_quote) = (Vec::new(), false);
    for token in tokens {
        let is_quote = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
        match token {
            TokenTree::Ident(name) if is_behind_quote => found.push(name),
            TokenTree::Group(group) => found.extend(find_lifetimes(group.stream())),
            _ => (),
        }
        is_behind_quote = is_quote;
    }
    found
}

/// The user's tokens as text for a message, with usual spaces.
pub(crate) fn show_tokens(tokens: impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    let mut shown = String::new();
    // Whether a space may follow the last word, and how many `<` of types are open.
    let (mut is_open, mut types, mut is_behind_type) = (true, 0_usize, false);
    let is_callable = |c: char| c.is_alphanumeric() || c == '!';
    for word in text.split_whitespace() {
        let before = shown.chars().last();
        let name = shown.rsplit(|c: char| !c.is_alphanumeric()).next();
        let is_type = name.is_some_and(|name| name.starts_with(char::is_uppercase));
        let is_type_begin = word == "::<" || word == "<" && (is_type || before == Some(':'));
        let is_type_end = types > 0 && word.starts_with('>');
        let is_prefix = matches!(word, "*" | "&" | "!" | "-")
            && before.is_none_or(|c| "(|&=<>,[{+-*/".contains(c));
        let is_tight = is_type_begin
            || is_type_end
            || word.starts_with(['.', ',', ';', ')', ']', '?'])
            || word.starts_with("::")
            || word.starts_with('(') && (is_behind_type || before.is_some_and(is_callable))
            || word.starts_with('!') && before.is_some_and(char::is_alphanumeric);
        if is_open && !is_tight && before.is_some() {
            shown.push(' ');
        }
        shown.push_str(word);
        is_behind_type = is_type_end;
        types = (types + usize::from(is_type_begin)).saturating_sub(usize::from(is_type_end));
        is_open = !(is_type_begin || is_prefix || word.ends_with(['(', '[', '.']) || word == "::");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::show_tokens;

    #[test]
    fn shows_tokens_with_usual_spaces() {
        for text in [
            "*result > 3",
            "result.is_some()",
            "a * b",
            "(a, b.len())",
            "&Path<u64>",
            "format!(\"{n}\")",
            "name.chars().collect::<Vec<_>>()",
            "State(App { db, log })",
            "-5",
        ] {
            let tokens: proc_macro2::TokenStream = text.parse().expect("tokens");
            assert_eq!(show_tokens(tokens), text);
        }
    }
}
