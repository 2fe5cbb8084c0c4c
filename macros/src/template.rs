//! The template of a key in Redis: `item:{id}:{lang}`. Its grammar, and the rules by which no two lists of arguments
//! share a key, and no two functions whose templates begin otherwise do.
//!
//! What an argument becomes in a key is made of letters, digits and `-._~%` alone. So a literal that has any other
//! character ends it.

use syn::LitStr;

/// A template, taken apart.
pub(crate) struct Template {
    /// Where it was written.
    pub(crate) literal: LitStr,
    pub(crate) parts: Vec<Part>,
}

/// A piece of a template.
pub(crate) enum Part {
    /// Text that is in every key.
    Literal(String),
    /// `{name}`, or `{name:hash}`.
    Argument { name: String, hashed: bool },
}

impl Template {
    pub(crate) fn parse(literal: &LitStr) -> syn::Result<Self> {
        let parts = parts(&literal.value())
            .and_then(|parts| separated(&parts).map(|()| parts))
            .map_err(|why| syn::Error::new(literal.span(), why))?;
        Ok(Template { literal: literal.clone(), parts })
    }

    /// The names of arguments, in the order in which they stand.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Argument { name, .. } => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }
}

/// Takes the text apart.
fn parts(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' if chars.peek() == Some(&c) => {
                chars.next();
                literal.push(c);
            }
            '{' => {
                let inside: String = chars.by_ref().take_while(|&c| c != '}').collect();
                // What was taken ends with the brace, unless it is the end of all.
                if !text.contains(&format!("{{{inside}}}")) {
                    return Err(format!(
                        "`{{{inside}` is not closed: write `{{name}}` for an argument, `{{{{` for a brace"
                    ));
                }
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(argument(&inside)?);
            }
            '}' => {
                return Err("a `}` without `{`: write `{name}` for an argument, `}}` for a brace"
                    .to_owned());
            }
            c => literal.push(c),
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

/// What stands in braces.
fn argument(inside: &str) -> Result<Part, String> {
    let (name, how) = match inside.split_once(':') {
        Some((name, how)) => (name.trim(), Some(how.trim())),
        None => (inside.trim(), None),
    };
    let is_name = |name: &str| {
        let mut chars = name.chars();
        chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
            && chars.all(|c| c == '_' || c.is_alphanumeric())
    };
    let plain = name.strip_prefix("r#").unwrap_or(name);
    if !is_name(plain) {
        return Err(format!(
            "`{{{inside}}}` names no argument: write the name of one in the braces, such as `{{id}}`"
        ));
    }
    match how {
        None | Some("hash") => Ok(Part::Argument { name: plain.to_owned(), hashed: how.is_some() }),
        Some(how) => Err(format!(
            "`{{{name}:{how}}}` is not understood: write `{{{name}}}`, or `{{{name}:hash}}` for a keyed hash in place of a secret"
        )),
    }
}

/// Whether the literals keep what is between them apart.
fn separated(parts: &[Part]) -> Result<(), String> {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "-._~%".contains(c));
    match parts {
        [] => return Err("the key is empty: write one such as `item:{id}`".to_owned()),
        [Part::Argument { name, .. }, ..] => {
            return Err(format!(
                "a key begins with a text that tells this function from others: write `item:{{{name}}}`"
            ));
        }
        [Part::Literal(first), Part::Argument { name, .. }, ..]
            if !first.chars().next_back().is_some_and(ends) =>
        {
            return Err(format!(
                "`{first}{{{name}}}` could be a key of a function whose text goes on where this one ends: put a `:` before the argument, as in `{first}:{{{name}}}`"
            ));
        }
        _ => (),
    }
    for pair in parts.windows(3) {
        if let [
            Part::Argument { name: one, .. },
            Part::Literal(between),
            Part::Argument { name: other, .. },
        ] = pair
            && !between.chars().any(ends)
        {
            return Err(format!(
                "different values of `{one}` and `{other}` could make one key, since `{between}` may be part of either: separate them by a `:`, as in `{{{one}}}:{{{other}}}`"
            ));
        }
    }
    for pair in parts.windows(2) {
        if let [Part::Argument { name: one, .. }, Part::Argument { name: other, .. }] = pair {
            return Err(format!(
                "different values of `{one}` and `{other}` could make one key: separate them by a `:`, as in `{{{one}}}:{{{other}}}`"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Part, parts, separated};

    fn check(text: &str) -> Result<String, String> {
        let parts = parts(text)?;
        separated(&parts)?;
        let shown = parts.iter().map(|part| match part {
            Part::Literal(literal) => format!("[{literal}]"),
            Part::Argument { name, hashed: false } => format!("<{name}>"),
            Part::Argument { name, hashed: true } => format!("<#{name}>"),
        });
        Ok(shown.collect())
    }

    #[test]
    fn templates() {
        assert_eq!(check("item:{id}").as_deref(), Ok("[item:]<id>"));
        assert_eq!(check("a:{x}:{y:hash}!").as_deref(), Ok("[a:]<x>[:]<#y>[!]"));
        assert_eq!(check("{{tag}}:{r#type}").as_deref(), Ok("[{tag}:]<type>"));
        assert_eq!(check("all").as_deref(), Ok("[all]"));
        for wrong in [
            "",
            "{id}",
            "item{id}",
            "item-{id}",
            "a:{x}{y}",
            "a:{x}-{y}",
            "a:{x",
            "a:x}",
            "a:{}",
            "a:{1}",
            "a:{x:y}",
            "a:{a b}",
            "a:{self.id}",
        ] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
