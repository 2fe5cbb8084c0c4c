//! Reads Rust source up to a function: the open brackets, the words before each, and attributes. It
//! never parses expressions or types.

use super::enclosing::{Enclosing, Namesake, Surroundings};
use super::skip::{is_word, skip_comment, skip_quote, skip_raw, skip_string, word_at};

/// The construct that a `{` opens.
#[derive(Clone, Copy)]
struct Body {
    enclosing: Enclosing,
    has_parameters: bool,
}

/// An open bracket, and what has been read in it since the last item ended.
#[derive(Default)]
// Each bool is a separate fact.
#[allow(clippy::struct_excessive_bools)]
struct OpenBracket {
    /// The item whose body the bracket is, if that may enclose a function.
    body: Option<Body>,
    /// Whether it has the arguments or the definition of a macro.
    is_macro: bool,
    /// Whether the header of an item goes on after it, as after the block in `Foo<{ N }>`.
    in_header: bool,
    words: Vec<String>,
    /// Whether the current item has `impl<`, a `&`, or a lifetime other than `'static`.
    has_parameters: bool,
    /// Whether it is the bracket of an attribute.
    is_attribute: bool,
    /// The attributes of the current item.
    attributes: Vec<Attribute>,
    /// The items so far that exist under all conditions and have a name that a handle could have.
    named: Vec<(String, Namesake)>,
}

impl OpenBracket {
    fn end_item(&mut self) {
        self.words.clear();
        self.attributes.clear();
        // Not after the `;` of an array type.
        self.has_parameters &= self.in_header;
    }

    fn add_word(&mut self, word: &str) {
        let namesake = match self.words.last().map(String::as_str) {
            Some("fn") if self.attributes.contains(&Attribute::Caches) => Some(Namesake::Cached),
            Some("mod") => Some(Namesake::Module),
            Some("struct" | "enum" | "trait" | "type") => Some(Namesake::Type),
            _ => None,
        };
        let namesake = namesake.filter(|_| self.is_unconditional());
        self.named.extend(namesake.map(|kind| (word.to_owned(), kind)));
        self.words.push(word.to_owned());
    }

    fn is_unconditional(&self) -> bool {
        !self.attributes.contains(&Attribute::Other)
    }
}

/// The effect of an attribute on a function's existence and its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attribute {
    Caches,
    /// One that neither removes nor renames the function.
    Harmless,
    /// `cfg`, or an unknown one.
    Other,
}

impl Attribute {
    /// Classifies an attribute by the words before its arguments.
    fn new(words: &[String]) -> Self {
        const HARMLESS: [&str; 13] = [
            "allow",
            "cold",
            "deny",
            "deprecated",
            "derive",
            "doc",
            "expect",
            "forbid",
            "inline",
            "must_use",
            "non_exhaustive",
            "repr",
            "warn",
        ];
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match &*words {
            ["lru_cache" | "cache"] | ["functools", "lru_cache" | "cache"] => Attribute::Caches,
            [first, ..] if HARMLESS.contains(first) => Attribute::Harmless,
            _ => Attribute::Other,
        }
    }
}

/// The source up to the `fn` of a function. The scan for the next function continues here:
/// otherwise each function of a file would read all before it.
pub(super) struct Scan {
    source: String,
    at: usize,
    /// The open brackets, outermost first; the first is the file.
    brackets: Vec<OpenBracket>,
    /// The last character that is neither whitespace nor part of a comment.
    last: char,
}

impl Default for Scan {
    fn default() -> Self {
        Scan { source: String::new(), at: 0, brackets: vec![OpenBracket::default()], last: ' ' }
    }
}

impl Scan {
    /// Whether the text that has been read is still the beginning of `source`, and ends before
    /// `at`. An editor changes its sources.
    pub(super) fn is_prefix_of(&self, source: &str, at: usize) -> bool {
        self.at <= at && source.as_bytes().get(..self.at) == self.source.as_bytes().get(..self.at)
    }

    /// Reads up to the byte `at` of the source.
    pub(super) fn read_to(&mut self, source: String, at: usize) {
        self.source = source;
        let source = &self.source[..at];
        while let Some(c) = source[self.at..].chars().next() {
            let rest = &source[self.at..];
            let length = match c {
                '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
                '/' if rest.starts_with("/*") => skip_comment(rest),
                '"' => skip_string(rest),
                '\'' | '&' | '<' => read_parameter(rest, c, &mut self.brackets),
                c if is_word(c) => read_word(rest, &mut self.brackets),
                c => {
                    read_bracket(c, self.last, &mut self.brackets);
                    c.len_utf8()
                }
            };
            if !c.is_whitespace() && !rest.starts_with("//") && !rest.starts_with("/*") {
                self.last = c;
            }
            self.at += length;
        }
    }

    /// Returns the code around the function at the end of the scan. An item before it may have the
    /// name of its `handle`.
    pub(super) fn surroundings(&self, handle: &str) -> Surroundings {
        let brackets = &self.brackets;
        let body = brackets.iter().rev().find_map(|bracket| bracket.body);
        let free = Body { enclosing: Enclosing::Module, has_parameters: false };
        let Body { enclosing, has_parameters } = body.unwrap_or(free);
        let is_in_macro = brackets.iter().any(|bracket| bracket.is_macro);
        let here = brackets.last().filter(|bracket| !is_in_macro && bracket.is_unconditional());
        let known =
            here.and_then(|bracket| bracket.named.iter().find(|(known, _)| known == handle));
        Surroundings {
            enclosing,
            is_in_macro,
            is_in_plain_impl: enclosing == Enclosing::Impl && !is_in_macro && !has_parameters,
            namesake: known.map(|(_, namesake)| *namesake),
        }
    }
}

/// Reads a lifetime, a character, a `&` or a `<`, which may belong to a parameter of an `impl`, and
/// returns its length.
fn read_parameter(rest: &str, c: char, brackets: &mut [OpenBracket]) -> usize {
    if let Some(bracket) = brackets.last_mut() {
        bracket.has_parameters |= match c {
            '\'' => word_at(rest, 1) != "static",
            '<' => bracket.words.last().is_some_and(|word| word == "impl"),
            // Its lifetime may be left out.
            _ => true,
        };
    }
    if c == '\'' { skip_quote(rest) } else { 1 }
}

/// Reads a word or a raw string, and returns its length.
fn read_word(rest: &str, brackets: &mut [OpenBracket]) -> usize {
    let word = word_at(rest, 0);
    let behind = &rest[word.len()..];
    let raw = skip_raw(word, behind);
    if let Some(bracket) = brackets.last_mut() {
        match raw {
            // A raw string counts as a word without a name.
            Some(_) => bracket.add_word(""),
            // Not the `for` of `for<'a>`, which binds lifetimes.
            None if word == "for" && behind.trim_start().starts_with('<') => (),
            None => bracket.add_word(word),
        }
    }
    word.len() + raw.unwrap_or(0)
}

fn read_bracket(c: char, last: char, brackets: &mut Vec<OpenBracket>) {
    let words = brackets.last().map_or(&[][..], |bracket| &bracket.words);
    let is_macro =
        last == '!' || words.iter().any(|word| matches!(&**word, "macro_rules" | "macro"));
    match c {
        '{' => {
            let has_parameters = brackets.last().is_some_and(|bracket| bracket.has_parameters);
            let body = opened_by(words).map(|enclosing| Body { enclosing, has_parameters });
            brackets.push(OpenBracket {
                body,
                is_macro,
                in_header: last == '<',
                ..OpenBracket::default()
            });
        }
        '(' | '[' => {
            let is_attribute = c == '[' && last == '#';
            brackets.push(OpenBracket {
                in_header: true,
                is_macro,
                is_attribute,
                ..OpenBracket::default()
            });
        }
        '}' | ')' | ']' if brackets.len() > 1 => {
            let closed = brackets.pop();
            if let (Some(bracket), Some(closed)) = (brackets.last_mut(), closed) {
                if closed.is_attribute {
                    bracket.attributes.push(Attribute::new(&closed.words));
                } else if closed.in_header {
                    bracket.has_parameters |= closed.has_parameters;
                } else {
                    bracket.end_item();
                }
            }
        }
        ';' => {
            if let Some(bracket) = brackets.last_mut() {
                bracket.end_item();
            }
        }
        _ => (),
    }
}

/// Returns what a `{` opens after these words; `None` for a block, a macro's arguments, and other
/// brackets that enclose nothing by themselves.
fn opened_by(header: &[String]) -> Option<Enclosing> {
    let has_word = |header: &[String], word: &str| header.iter().any(|known| known == word);
    let is_item =
        |word: &String| matches!(&**word, "impl" | "trait" | "fn" | "mod" | "const" | "static");
    let Some(first) = header.iter().position(is_item) else {
        return has_word(header, "extern").then_some(Enclosing::ExternBlock);
    };
    Some(match &*header[first] {
        "impl" if has_word(&header[first..], "for") => Enclosing::Trait,
        "impl" => Enclosing::Impl,
        "trait" => Enclosing::Trait,
        _ => Enclosing::Module,
    })
}
