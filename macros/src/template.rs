//! The template of a key in Redis: `item:{id}:{lang}`. Its grammar, and the rules by which no two lists of arguments
//! share a key, and no two functions whose templates begin otherwise do.
//!
//! What an argument becomes in a key is made of letters, digits and `-._~%` alone. So a literal that has any other
//! character ends it. A literal that has none, such as `__`, ends it by a character that is escaped in the arguments
//! of this template, too.

use syn::LitStr;

/// A template, taken apart.
pub(crate) struct Template {
    /// Where it was written.
    pub(crate) literal: LitStr,
    pub(crate) parts: Vec<Part>,
    /// The characters that are escaped in arguments besides those that are in every key.
    pub(crate) escaped: String,
}

/// A piece of a template.
pub(crate) enum Part {
    /// Text that is in every key.
    Literal(String),
    /// `{name}`
    Argument { name: String, manner: Manner },
}

/// How an argument is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// `{name}`: by its `Display`.
    Display,
    /// `{name:?}`: by its `Debug`.
    Debug,
    /// `{name:hash}`: by the keyed hash of its `Display`, 64 digits.
    Hash,
}

impl Template {
    pub(crate) fn parse(literal: &LitStr) -> syn::Result<Self> {
        let (parts, escaped) = parts(&literal.value())
            .and_then(|parts| separators(&parts).map(|escaped| (parts, escaped)))
            .map_err(|why| syn::Error::new(literal.span(), why))?;
        Ok(Template { literal: literal.clone(), parts, escaped })
    }

    /// The names of arguments, in the order in which they stand.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.arguments().map(|(name, _)| name)
    }

    /// The names of arguments, and how they are written.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = (&str, Manner)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Argument { name, manner } => Some((name.as_str(), *manner)),
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
    let manner = match how {
        None => Manner::Display,
        Some("?") => Manner::Debug,
        Some("hash") => Manner::Hash,
        Some(how) => {
            return Err(format!(
                "`{{{name}:{how}}}` is not understood: write `{{{name}}}`, `{{{name}:?}}` for what its `Debug` says, or `{{{name}:hash}}` for a keyed hash in place of a secret"
            ));
        }
    };
    Ok(Part::Argument { name: plain.to_owned(), manner })
}

/// What an argument may have in it without being escaped, and is no letter or digit.
const MARKS: &str = "-._~";

/// Whether the character is in no argument.
fn ends(c: char) -> bool {
    !(c.is_ascii_alphanumeric() || MARKS.contains(c) || c == '%')
}

/// The characters that have to be escaped in arguments, so that literals keep them apart. Each is in
/// all arguments of the template: then one with an argument more shares no key with it, either.
fn separators(parts: &[Part]) -> Result<String, String> {
    let mut escaped = String::new();
    let mut escape = |c: char| {
        if !escaped.contains(c) {
            escaped.push(c);
        }
    };
    match parts {
        [] => return Err("the key is empty: write one such as `item:{id}`".to_owned()),
        [Part::Argument { name, .. }, ..] => {
            return Err(format!(
                "a key begins with a text that tells this function from others: write `item:{{{name}}}`"
            ));
        }
        [Part::Literal(first), Part::Argument { name, .. }, ..] => {
            match first.chars().next_back() {
                Some(last) if ends(last) => (),
                Some(last) if MARKS.contains(last) => escape(last),
                _ => {
                    return Err(format!(
                        "`{first}{{{name}}}` could be a key of a function whose text goes on where this one ends: put a `:` before the argument, as in `{first}:{{{name}}}`"
                    ));
                }
            }
        }
        _ => (),
    }
    // A hash is of one length, and so needs no end.
    for pair in parts.windows(3) {
        if let [
            Part::Argument { name: one, manner: Manner::Display | Manner::Debug },
            Part::Literal(between),
            Part::Argument { name: other, .. },
        ] = pair
            && !between.contains(ends)
        {
            escape(separator(between).ok_or_else(|| {
                format!(
                    "different values of `{one}` and `{other}` could make one key, since `{between}` may be part of what is escaped: separate them by a `:`, as in `{{{one}}}:{{{other}}}`"
                )
            })?);
        }
    }
    for pair in parts.windows(2) {
        if let [
            Part::Argument { name: one, manner: Manner::Display | Manner::Debug },
            Part::Argument { name: other, .. },
        ] = pair
        {
            return Err(format!(
                "different values of `{one}` and `{other}` could make one key: separate them by a `:`, as in `{{{one}}}:{{{other}}}`"
            ));
        }
    }
    Ok(escaped)
}

/// The character by which a text is found behind an argument that has it escaped. It is in no
/// `%3A`, or, as a digit, at the beginning, where it is not behind a `%`.
fn separator(between: &str) -> Option<char> {
    let is_digit = |c: char| c.is_ascii_digit() || ('A'..='F').contains(&c);
    let is_found = |c: &char| *c != '%' && !is_digit(*c);
    let mark = between.chars().find(|c| MARKS.contains(*c));
    let first = || between.chars().next().filter(|c| is_digit(*c));
    mark.or_else(|| between.chars().find(is_found)).or_else(first)
}

#[cfg(test)]
mod tests {
    use super::{Manner, Part, parts, separators};

    fn check(text: &str) -> Result<String, String> {
        let parts = parts(text)?;
        let escaped = separators(&parts)?;
        let shown = parts.iter().map(|part| match part {
            Part::Literal(literal) => format!("[{literal}]"),
            Part::Argument { name, manner: Manner::Display } => format!("<{name}>"),
            Part::Argument { name, manner: Manner::Debug } => format!("<?{name}>"),
            Part::Argument { name, manner: Manner::Hash } => format!("<#{name}>"),
        });
        Ok(shown.chain([escaped]).collect())
    }

    #[test]
    fn templates() {
        assert_eq!(check("item:{id}").as_deref(), Ok("[item:]<id>"));
        assert_eq!(check("a:{x}:{y:hash}!").as_deref(), Ok("[a:]<x>[:]<#y>[!]"));
        assert_eq!(check("{{tag}}:{r#type}").as_deref(), Ok("[{tag}:]<type>"));
        assert_eq!(check("all").as_deref(), Ok("[all]"));
        assert_eq!(check("a:{x:?}:{y}").as_deref(), Ok("[a:]<?x>[:]<y>"));
        for wrong in [
            "",
            "{id}",
            "item{id}",
            "item%{id}",
            "a:{x}{y}",
            "a:{x}{y:hash}",
            "a:{x}%{y}",
            "a:{x}%00{y}",
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
    #[test]
    fn separators_are_escaped() {
        for (template, escaped) in [
            ("a:{x}:{y}", ""),
            ("a:{x}_:_{y}", ""),
            ("a__{x}", "_"),
            ("a-{x}__{y}.{z}", "-_."),
            ("a:{x}__{y}__{z}", "_"),
            ("a:{x}by{y}", "b"),
            ("a:{x}0x{y}", "x"),
            ("a:{x}0_{y}", "_"),
            ("a:{x}00{y}", "0"),
            ("a:{x}A%{y}", "A"),
            ("a:{x:hash}{y}", ""),
            ("a:{x:hash}__{y}-z", ""),
        ] {
            let shown = check(template).expect("a template");
            let end = shown.rfind([']', '>']).map_or(0, |end| end + 1);
            assert_eq!(&shown[end..], escaped, "{template}");
        }
    }
}
