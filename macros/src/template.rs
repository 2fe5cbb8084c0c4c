//! The template of a Redis key, `item:{id}:{lang}`, or of a tag.
//!
//! No two argument lists share a key, and no two functions whose templates begin differently do. An
//! argument is written with letters, digits and `-._~%` alone, so that a literal with any other
//! character ends it. A literal without one, such as `__`, ends it by a character of its own, which
//! is escaped in all arguments of the template.

use syn::LitStr;

/// What a template makes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The key of a function's result.
    Key,
    /// A tag, which other functions may have, too.
    Tag,
}

impl Subject {
    /// With an article, where there is one.
    pub(crate) fn definite(self) -> &'static str {
        match self {
            Subject::Key => "the key",
            Subject::Tag => "a tag",
        }
    }

    /// With an article, where there may be several.
    pub(crate) fn indefinite(self) -> &'static str {
        match self {
            Subject::Key => "a key",
            Subject::Tag => "a tag",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Subject::Key => "key",
            Subject::Tag => "tag",
        }
    }
}

/// A template and its parts.
pub(crate) struct Template {
    pub(crate) subject: Subject,
    /// The text as the user wrote it.
    pub(crate) literal: LitStr,
    pub(crate) parts: Vec<TemplatePart>,
    /// The characters that arguments escape, besides those that all templates escape.
    pub(crate) escaped: String,
}

/// A part of a template.
pub(crate) enum TemplatePart {
    /// Text that is in every key.
    Literal(String),
    /// `{name}`
    Argument { name: String, format: Format },
}

/// How an argument is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// `{name}`: its `Display`.
    Display,
    /// `{name:?}`: its `Debug`.
    Debug,
    /// `{name:hash}`: the keyed hash of its `Display`, as 64 digits.
    Hash,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// A text that is not a template, or in which different arguments could make the same key or
    /// tag.
    pub(crate) fn parse(literal: &LitStr, subject: Subject) -> syn::Result<Self> {
        let (parts, escaped) = parse_parts(&literal.value())
            .and_then(|parts| check_unambiguous(&parts, subject).map(|escaped| (parts, escaped)))
            .map_err(|message| syn::Error::new(literal.span(), message))?;
        Ok(Template { subject, literal: literal.clone(), parts, escaped })
    }

    /// Ends all keys with the number of a version. Arguments escape the `:` in it.
    pub(crate) fn add_version(&mut self, version: u32) {
        let suffix = format!(":v{version}");
        match self.parts.last_mut() {
            Some(TemplatePart::Literal(literal)) => literal.push_str(&suffix),
            _ => self.parts.push(TemplatePart::Literal(suffix)),
        }
    }

    /// The names of arguments, in the order of the text.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            TemplatePart::Argument { name, .. } => Some(name.as_str()),
            TemplatePart::Literal(_) => None,
        })
    }
}

/// Splits a text into its parts.
fn parse_parts(text: &str) -> Result<Vec<TemplatePart>, String> {
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
                // `take_while` has also taken the brace, if there is one.
                if !text.contains(&format!("{{{inside}}}")) {
                    return Err(format!(
                        "`{{{inside}` is not closed: write `{{name}}` for an argument, or `{{{{` \
                         for a brace"
                    ));
                }
                if !literal.is_empty() {
                    parts.push(TemplatePart::Literal(std::mem::take(&mut literal)));
                }
                parts.push(parse_argument(&inside)?);
            }
            '}' => {
                return Err(
                    "unmatched `}`: write `{name}` for an argument, or `}}` for a brace".to_owned()
                );
            }
            c => literal.push(c),
        }
    }
    if !literal.is_empty() {
        parts.push(TemplatePart::Literal(literal));
    }
    Ok(parts)
}

/// Reads the content of braces.
fn parse_argument(inside: &str) -> Result<TemplatePart, String> {
    let (name, format) = match inside.split_once(':') {
        Some((name, format)) => (name.trim(), Some(format.trim())),
        None => (inside.trim(), None),
    };
    let is_name = |name: &str| {
        let mut chars = name.chars();
        chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
            && chars.all(|c| c == '_' || c.is_alphanumeric())
    };
    let bare = name.strip_prefix("r#").unwrap_or(name);
    if !is_name(bare) {
        return Err(format!(
            "`{{{inside}}}` is not an argument name: write one in the braces, such as `{{id}}`"
        ));
    }
    let format = match format {
        None => Format::Display,
        Some("?") => Format::Debug,
        Some("hash") => Format::Hash,
        Some(format) => {
            return Err(format!(
                "unknown format `:{format}`: write `{{{name}}}`, `{{{name}:?}}` for its `Debug`, \
                 or `{{{name}:hash}}` for a keyed hash of a secret"
            ));
        }
    };
    Ok(TemplatePart::Argument { name: bare.to_owned(), format })
}

/// The characters besides letters and digits that an argument contains unescaped.
const MARKS: &str = "-._~";

/// Whether no argument contains the character, so that it ends one.
fn is_delimiter(c: char) -> bool {
    !(c.is_ascii_alphanumeric() || MARKS.contains(c) || c == '%')
}

/// Returns the characters that arguments must escape so that literals end them. All arguments of
/// the template escape each: then a list with one argument more has no equal key, either.
///
/// # Errors
///
/// A template in which an argument has no literal that could end it.
fn check_unambiguous(parts: &[TemplatePart], subject: Subject) -> Result<String, String> {
    use TemplatePart::{Argument, Literal};

    let mut escaped = String::new();
    let mut escape = |c: char| {
        if !escaped.contains(c) {
            escaped.push(c);
        }
    };
    let noun = subject.noun();
    if let Some(name) = find_hash(parts)
        && subject == Subject::Tag
    {
        return Err(format!(
            "a tag cannot contain a hash, which `invalidate_tag` could not name: write `{{{name}}}`"
        ));
    }
    match (parts, subject) {
        ([], Subject::Key) => {
            return Err("the key is empty: write one such as `item:{id}`".to_owned());
        }
        ([], Subject::Tag) => {
            return Err("the tag is empty: write one such as `user:{user_id}`".to_owned());
        }
        ([Argument { name, .. }, ..], Subject::Key) => {
            return Err(format!(
                "a key must begin with a literal prefix that is unique to this function: write \
                 `item:{{{name}}}`"
            ));
        }
        ([Argument { name, .. }, ..], Subject::Tag) => {
            return Err(format!(
                "a tag must begin with literal text, which tells it from other tags: write \
                 `user:{{{name}}}`"
            ));
        }
        ([Literal(first), Argument { name, .. }, ..], _) => match first.chars().next_back() {
            Some(last) if is_delimiter(last) => (),
            Some(last) if MARKS.contains(last) => escape(last),
            _ => {
                let other = match subject {
                    Subject::Key => "a function with a longer prefix could have the same key",
                    Subject::Tag => "a tag with a longer prefix could be the same",
                };
                return Err(format!(
                    "{other}: end the prefix with a `:`, as in `{first}:{{{name}}}`"
                ));
            }
        },
        _ => (),
    }
    // A hash has a fixed length, and needs nothing to end it.
    for pair in parts.windows(3) {
        if let [
            Argument { name: one, format: Format::Display | Format::Debug },
            Literal(between),
            Argument { name: other, .. },
        ] = pair
            && !between.contains(is_delimiter)
        {
            escape(find_separator(between).ok_or_else(|| {
                format!(
                    "different values of `{one}` and `{other}` could make the same {noun}, because \
                     `{between}` may be part of an escaped value: separate them with a `:`, as in \
                     `{{{one}}}:{{{other}}}`"
                )
            })?);
        }
    }
    for pair in parts.windows(2) {
        if let [
            Argument { name: one, format: Format::Display | Format::Debug },
            Argument { name: other, .. },
        ] = pair
        {
            return Err(format!(
                "different values of `{one}` and `{other}` could make the same {noun}: separate \
                 them with a `:`, as in `{{{one}}}:{{{other}}}`"
            ));
        }
    }
    Ok(escaped)
}

/// The name of an argument that is hashed.
fn find_hash(parts: &[TemplatePart]) -> Option<&str> {
    parts.iter().find_map(|part| match part {
        TemplatePart::Argument { name, format: Format::Hash } => Some(name.as_str()),
        _ => None,
    })
}

/// The character by which a literal ends an argument that escapes it. It is not in an escape such
/// as `%3A`; a digit may be, but not at the beginning of the literal, where no `%` is before it.
fn find_separator(between: &str) -> Option<char> {
    let is_digit = |c: char| c.is_ascii_digit() || ('A'..='F').contains(&c);
    let is_found = |c: &char| *c != '%' && !is_digit(*c);
    let mark = between.chars().find(|c| MARKS.contains(*c));
    let first = || between.chars().next().filter(|c| is_digit(*c));
    mark.or_else(|| between.chars().find(is_found)).or_else(first)
}

#[cfg(test)]
mod tests {
    use super::{Format, Subject, TemplatePart, check_unambiguous, parse_parts};

    fn check(text: &str) -> Result<String, String> {
        let parts = parse_parts(text)?;
        let escaped = check_unambiguous(&parts, Subject::Key)?;
        let shown = parts.iter().map(|part| match part {
            TemplatePart::Literal(literal) => format!("[{literal}]"),
            TemplatePart::Argument { name, format: Format::Display } => format!("<{name}>"),
            TemplatePart::Argument { name, format: Format::Debug } => format!("<?{name}>"),
            TemplatePart::Argument { name, format: Format::Hash } => format!("<#{name}>"),
        });
        Ok(shown.chain([escaped]).collect())
    }

    #[test]
    fn reads_templates_and_refuses_others() {
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
