//! Options that name arguments: `skip(a, b)` and `trace(a, b)`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::LitStr;
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Token, parenthesized};

use super::values::take_given;
use crate::errors::Errors;

/// An option that takes names.
pub(super) struct Naming {
    /// A name for messages that have none of the user's.
    pub(super) example: &'static str,
    /// The participle for what the option does to an argument.
    pub(super) verb: &'static str,
}

/// The names that an option is given.
#[derive(Default)]
pub(super) struct Names {
    pub(super) named: Vec<Ident>,
    /// The names that the user meant by something else than a list of names, which is an error.
    pub(super) meant: Vec<Ident>,
}

/// Reads `name(a, b)`.
pub(super) fn parse_idents(
    name: &Ident,
    Naming { example, verb }: Naming,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> syn::Result<Names> {
    if !input.peek(syn::token::Paren) {
        // `skip = db`, `skip = "db"`
        let meant = find_idents(take_given(input)?);
        errors.push(describe_not_names(name, name.span(), &meant, example));
        return Ok(Names { named: Vec::new(), meant });
    }
    let content;
    parenthesized!(content in input);
    let list = content.fork();
    let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(&list, Ident::parse_any);
    let Ok(names) = names else {
        // `skip("db")`, `skip(&db)`
        let at = list.span();
        let meant = find_idents(content.parse()?);
        errors.push(describe_not_names(name, at, &meant, example));
        return Ok(Names { named: Vec::new(), meant });
    };
    content.advance_to(&list);
    if names.is_empty() {
        errors.push_at(
            name,
            format!("`{name}()` names no argument: write `{name}({example})`, or remove it"),
        );
    }
    let mut different: Vec<Ident> = Vec::new();
    for argument in names {
        if different.contains(&argument) {
            errors.push_at(&argument, format!("`{argument}` is {verb} twice: keep one of them"));
        } else {
            different.push(argument);
        }
    }
    Ok(Names { named: different, meant: Vec::new() })
}

fn describe_not_names(name: &Ident, at: Span, meant: &[Ident], example: &str) -> syn::Error {
    let list = match meant {
        [] => example.to_owned(),
        _ => meant.iter().map(Ident::to_string).collect::<Vec<_>>().join(", "),
    };
    let message = format!("`{name}` needs the names of arguments: write `{name}({list})`");
    syn::Error::new(at, message)
}

/// The first identifier between commas, also in a text and in brackets: `db` in `&db`, in `"db"`
/// and in `db: &Db`.
pub(super) fn find_idents(tokens: TokenStream) -> Vec<Ident> {
    let mut words: Vec<Ident> = Vec::new();
    let mut is_new = true;
    for token in tokens {
        let found = match token {
            TokenTree::Punct(punct) => {
                is_new |= punct.as_char() == ',';
                continue;
            }
            _ if !is_new => continue,
            TokenTree::Ident(word) if word == "mut" || word == "ref" => continue,
            TokenTree::Ident(word) if word == "true" || word == "false" => Vec::new(),
            TokenTree::Ident(word) => vec![word],
            TokenTree::Literal(literal) => {
                let text = TokenStream::from(TokenTree::from(literal));
                let text = syn::parse2::<LitStr>(text).ok();
                let word = text.and_then(|text| Ident::parse_any.parse_str(&text.value()).ok());
                word.into_iter().collect()
            }
            TokenTree::Group(group) => find_idents(group.stream()),
        };
        words.extend(found);
        is_new = false;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::find_idents;

    #[test]
    fn finds_the_names_that_are_meant() {
        for (written, expected) in [
            ("db", "db"),
            ("\"db\"", "db"),
            ("[db, \"log\"]", "db log"),
            ("&db, mut log", "db log"),
            ("db: &Db, log.level", "db log"),
            ("a b", "a"),
            ("true", ""),
            ("5, \"two words\"", ""),
            ("self.db", "self"),
        ] {
            let words = find_idents(written.parse().expect("tokens"));
            let words: Vec<_> = words.iter().map(ToString::to_string).collect();
            assert_eq!(words.join(" "), expected, "{written}");
        }
    }
}
