//! Options that name arguments: `skip(a, b)` and `trace(a, b)`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::LitStr;
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Token, parenthesized};

use super::values::given;
use crate::errors::Errors;

/// An option that takes names.
pub(super) struct Naming {
    /// A usual name, for messages that have none of the user's.
    pub(super) example: &'static str,
    /// What is done to the arguments.
    pub(super) done: &'static str,
}

/// The names that an option has.
#[derive(Default)]
pub(super) struct Names {
    pub(super) named: Vec<Ident>,
    /// Those that were meant by what is no list of names, about which there is an error.
    pub(super) meant: Vec<Ident>,
}

/// Reads `name(a, b)`.
pub(super) fn names(
    name: &Ident,
    Naming { example, done }: Naming,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> syn::Result<Names> {
    if !input.peek(syn::token::Paren) {
        // `skip = db`, `skip = "db"`
        let meant = words(given(input)?);
        errors.push(not_names(name, name.span(), &meant, example));
        return Ok(Names { named: Vec::new(), meant });
    }
    let content;
    parenthesized!(content in input);
    let list = content.fork();
    let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(&list, Ident::parse_any);
    let Ok(names) = names else {
        // `skip("db")`, `skip(&db)`
        let at = list.span();
        let meant = words(content.parse()?);
        errors.push(not_names(name, at, &meant, example));
        return Ok(Names { named: Vec::new(), meant });
    };
    content.advance_to(&list);
    if names.is_empty() {
        errors.at(
            name,
            format!("`{name}()` names no argument: write `{name}({example})`, or leave it out"),
        );
    }
    let mut different: Vec<Ident> = Vec::new();
    for argument in names {
        if different.contains(&argument) {
            errors.at(&argument, format!("`{argument}` is {done} twice; keep one of them"));
        } else {
            different.push(argument);
        }
    }
    Ok(Names { named: different, meant: Vec::new() })
}

fn not_names(name: &Ident, at: Span, meant: &[Ident], example: &str) -> syn::Error {
    let list = match meant {
        [] => example.to_owned(),
        _ => meant.iter().map(Ident::to_string).collect::<Vec<_>>().join(", "),
    };
    let message = format!("`{name}` takes the names of arguments: write `{name}({list})`");
    syn::Error::new(at, message)
}

/// The first word of each part between commas, also within a text and within brackets: `db` of
/// `&db`, of `"db"` and of `db: &Db`.
pub(super) fn words(tokens: TokenStream) -> Vec<Ident> {
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
            TokenTree::Group(group) => self::words(group.stream()),
        };
        words.extend(found);
        is_new = false;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn names_that_were_meant() {
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
            let words = words(written.parse().expect("tokens"));
            let words: Vec<_> = words.iter().map(ToString::to_string).collect();
            assert_eq!(words.join(" "), expected, "{written}");
        }
    }
}
