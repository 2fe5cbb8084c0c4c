//! Where an annotated function stands: on its own, in an `impl`, or in a trait or the `impl` of one.
//!
//! An attribute macro is shown its item and nothing around it, but what it may emit beside the item
//! depends on that: a type beside a free function, associated functions beside a method, nothing in
//! the `impl` of a trait. So the compiler is asked for the place of the function, and what encloses
//! that place is read from the source file. Only brackets, strings, comments and words matter here.

use std::cell::RefCell;
use std::path::PathBuf;

use proc_macro2::{Span, TokenStream, TokenTree};

/// What a function stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A module or a function body.
    Free,
    /// An `impl` of a type.
    Inherent,
    /// A trait, or an `impl` of one.
    Trait,
    /// An `extern` block.
    Foreign,
    /// One or the other `impl`, as far as an editor knows.
    SomeImpl,
}

/// What encloses a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Surroundings {
    pub(crate) place: Place,
    /// Whether it is in the arguments or the definition of a macro, which may put it anywhere.
    pub(crate) is_in_macro: bool,
    /// Whether it is in an `impl` without lifetimes and type parameters.
    pub(crate) is_in_plain_impl: bool,
    /// What has the function's name before it in the same block, if both are there under all
    /// conditions.
    pub(crate) namesake: Option<Namesake>,
}

/// Something of the name of a function, which the handle would have as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Namesake {
    /// Another cached function.
    Cached,
    /// A module.
    Module,
    /// A type or a trait.
    Type,
}

/// Why it is not known what a function stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// The source is no file, as in a documentation test, or a macro has written the function.
    NoFile,
    /// An editor expands the attribute, and has no places.
    Editor,
}

/// Returns what encloses the function whose `fn` and name have these spans.
///
/// # Errors
///
/// Why that cannot be told.
pub(crate) fn enclosing(
    fn_token: Span,
    name: &proc_macro2::Ident,
) -> Result<Surroundings, Unknown> {
    if is_nowhere(fn_token) {
        return Err(Unknown::Editor);
    }
    enclosing_in_file(fn_token, name).ok_or(Unknown::NoFile)
}

/// Whether a span has neither a file nor a text, as all have in rust-analyzer before it knows
/// files. In a documentation test there is no local file alone.
fn is_nowhere(span: Span) -> bool {
    let span = span.unwrap();
    span.local_file().is_none() && span.file().is_empty() && span.source_text().is_none()
}

fn enclosing_in_file(fn_token: Span, name: &proc_macro2::Ident) -> Option<Surroundings> {
    let place = |span: Span| {
        let span = span.unwrap();
        Some((span.local_file()?, span.line(), span.column()))
    };
    let (file, line, column) = place(fn_token)?;
    let source = std::fs::read_to_string(&file).ok()?;
    let at = offset(&source, line, column).filter(|&at| word_at(&source, at) == "fn")?;
    // The name is elsewhere if a macro was given it. If it is in this file, it must be there.
    let (name_file, line, column) = place(name.span())?;
    if name_file == file {
        let at = offset(&source, line, column)?;
        let found = source[at..].strip_prefix("r#").unwrap_or(&source[at..]);
        if word_at(found, 0) != name.to_string().trim_start_matches("r#") {
            return None;
        }
    }
    thread_local! {
        static LAST: RefCell<Option<(PathBuf, Scan)>> = const { RefCell::new(None) };
    }
    // What was read for the function before this one, since each of them is behind the one before.
    let last = LAST.take().filter(|(of, scan)| *of == file && scan.goes_on_to(&source, at));
    let mut scan = last.map_or_else(Scan::default, |(_, scan)| scan);
    scan.read_to(source, at);
    let surroundings = scan.surroundings();
    LAST.set(Some((file, scan)));
    Some(surroundings)
}

/// Whether `Self` occurs, which it can only where there is one.
pub(crate) fn mentions_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "Self",
        TokenTree::Group(group) => mentions_self(group.stream()),
        _ => false,
    })
}

/// The byte at a line and a column in characters, both counted from 1.
fn offset(source: &str, line: usize, column: usize) -> Option<usize> {
    let start = match line.checked_sub(1)? {
        0 => 0,
        before => source.match_indices('\n').nth(before - 1)?.0 + 1,
    };
    let rest = &source[start..];
    let (in_line, _) = rest.char_indices().nth(column.checked_sub(1)?)?;
    Some(start + in_line)
}

fn word_at(source: &str, at: usize) -> &str {
    let rest = &source[at..];
    let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
    &rest[..end]
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// What a `{` opens.
#[derive(Clone, Copy)]
struct Body {
    place: Place,
    has_parameters: bool,
}

/// An open bracket, and what has been read at its level since the last item ended.
#[derive(Default)]
// Each is read by itself.
#[allow(clippy::struct_excessive_bools)]
struct Level {
    /// What the bracket is the body of, as far as that matters.
    body: Option<Body>,
    /// Whether it has the arguments of a macro, or its definition.
    is_macro: bool,
    /// A block within a type, as in `Foo<{ N }>`: the header goes on behind it.
    in_header: bool,
    words: Vec<String>,
    /// Whether the item that is being read has `impl<`, a `&`, or a lifetime but `'static`.
    has_parameters: bool,
    /// Whether it is the bracket of an attribute, of what stands around it.
    is_attribute: bool,
    /// The attributes of the item that is being read.
    attributes: Vec<Attribute>,
    /// What is there so far under all conditions, and has a name that a handle may have.
    named: Vec<(String, Namesake)>,
}

impl Level {
    fn end_item(&mut self) {
        self.words.clear();
        self.attributes.clear();
        // Not at the `;` of an array's type.
        self.has_parameters &= self.in_header;
    }

    fn word(&mut self, word: &str) {
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

/// What an attribute has to do with whether there is a function, and another of its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attribute {
    Caches,
    /// One of those that take nothing away.
    Harmless,
    /// `cfg`, or one that is not known.
    Other,
}

impl Attribute {
    /// Which one has these words before its arguments.
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

/// How far a source has been read: up to the `fn` of a function. A scan goes on from there for the
/// next one, or else each function of a file would read all before it.
struct Scan {
    source: String,
    at: usize,
    /// The open brackets, from the outside in; the first is the file.
    levels: Vec<Level>,
    /// The last character that is neither whitespace nor in a comment.
    last: char,
}

impl Default for Scan {
    fn default() -> Self {
        Scan { source: String::new(), at: 0, levels: vec![Level::default()], last: ' ' }
    }
}

impl Scan {
    /// Whether what has been read is the beginning of this source, up to `at` or less. An editor
    /// changes its sources.
    fn goes_on_to(&self, source: &str, at: usize) -> bool {
        self.at <= at && source.as_bytes().get(..self.at) == self.source.as_bytes().get(..self.at)
    }

    /// Reads up to the byte `at` of the source.
    fn read_to(&mut self, source: String, at: usize) {
        self.source = source;
        let source = &self.source[..at];
        while let Some(c) = source[self.at..].chars().next() {
            let rest = &source[self.at..];
            let length = match c {
                '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
                '/' if rest.starts_with("/*") => comment(rest),
                '"' => string(rest),
                '\'' | '&' | '<' => parameter(rest, c, &mut self.levels),
                c if is_word(c) => word(rest, &mut self.levels),
                c => {
                    bracket(c, self.last, &mut self.levels);
                    c.len_utf8()
                }
            };
            if !c.is_whitespace() && !rest.starts_with("//") && !rest.starts_with("/*") {
                self.last = c;
            }
            self.at += length;
        }
    }

    /// What encloses the function that has been read up to.
    fn surroundings(&self) -> Surroundings {
        let levels = &self.levels;
        let body = levels.iter().rev().find_map(|level| level.body);
        let free = Body { place: Place::Free, has_parameters: false };
        let Body { place, has_parameters } = body.unwrap_or(free);
        let is_in_macro = levels.iter().any(|level| level.is_macro);
        let name = self.source[self.at..].trim_start_matches("fn").trim_start();
        let name = word_at(name.strip_prefix("r#").unwrap_or(name), 0);
        let here = levels.last().filter(|level| !is_in_macro && level.is_unconditional());
        let known = here.and_then(|level| level.named.iter().find(|(known, _)| *known == name));
        Surroundings {
            place,
            is_in_macro,
            is_in_plain_impl: place == Place::Inherent && !is_in_macro && !has_parameters,
            namesake: known.map(|(_, namesake)| *namesake),
        }
    }
}

/// Reads what may be a parameter of an `impl`, or its beginning, and returns the length: a lifetime
/// or a character, a `&`, or a `<`.
fn parameter(rest: &str, c: char, levels: &mut [Level]) -> usize {
    if let Some(level) = levels.last_mut() {
        level.has_parameters |= match c {
            '\'' => word_at(rest, 1) != "static",
            '<' => level.words.last().is_some_and(|word| word == "impl"),
            // Its lifetime need not be written.
            _ => true,
        };
    }
    if c == '\'' { quote(rest) } else { 1 }
}

/// Reads the word that begins here, or the raw string, and returns its length.
fn word(rest: &str, levels: &mut [Level]) -> usize {
    let word = word_at(rest, 0);
    let behind = &rest[word.len()..];
    let raw = raw(word, behind);
    if let Some(level) = levels.last_mut() {
        match raw {
            // None that matters, but one all the same.
            Some(_) => level.word(""),
            // Not the `for` of `for<'a>`, which binds lifetimes.
            None if word == "for" && behind.trim_start().starts_with('<') => (),
            None => level.word(word),
        }
    }
    word.len() + raw.unwrap_or(0)
}

fn bracket(c: char, last: char, levels: &mut Vec<Level>) {
    let words = levels.last().map_or(&[][..], |level| &level.words);
    let is_macro =
        last == '!' || words.iter().any(|word| matches!(&**word, "macro_rules" | "macro"));
    match c {
        '{' => {
            let has_parameters = levels.last().is_some_and(|level| level.has_parameters);
            let body = place_of(words).map(|place| Body { place, has_parameters });
            levels.push(Level { body, is_macro, in_header: last == '<', ..Level::default() });
        }
        '(' | '[' => {
            let is_attribute = c == '[' && last == '#';
            levels.push(Level { in_header: true, is_macro, is_attribute, ..Level::default() });
        }
        '}' | ')' | ']' if levels.len() > 1 => {
            let closed = levels.pop();
            if let (Some(level), Some(closed)) = (levels.last_mut(), closed) {
                if closed.is_attribute {
                    level.attributes.push(Attribute::new(&closed.words));
                } else if closed.in_header {
                    level.has_parameters |= closed.has_parameters;
                } else {
                    level.end_item();
                }
            }
        }
        ';' => {
            if let Some(level) = levels.last_mut() {
                level.end_item();
            }
        }
        _ => (),
    }
}

/// What a `{` opens behind these words; `None` for what is transparent, such as a block, a macro's
/// arguments or a module's.
fn place_of(header: &[String]) -> Option<Place> {
    let has = |header: &[String], word: &str| header.iter().any(|known| known == word);
    let is_item =
        |word: &String| matches!(&**word, "impl" | "trait" | "fn" | "mod" | "const" | "static");
    let Some(first) = header.iter().position(is_item) else {
        return has(header, "extern").then_some(Place::Foreign);
    };
    Some(match &*header[first] {
        "impl" if has(&header[first..], "for") => Place::Trait,
        "impl" => Place::Inherent,
        "trait" => Place::Trait,
        _ => Place::Free,
    })
}

/// The length of the block comment that begins here; they nest.
fn comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of the string that begins here.
fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    rest.len()
}

/// The length of the character literal or lifetime that begins here.
fn quote(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            rest.get(3..).and_then(|rest| rest.find('\'')).map_or(rest.len(), |end| end + 4)
        }
        Some((at, c)) => match chars.next() {
            Some((end, '\'')) => end + 1,
            _ => at + c.len_utf8(),
        },
        None => rest.len(),
    }
}

/// The length behind `word` of the raw string or identifier that it is the prefix of.
fn raw(word: &str, behind: &str) -> Option<usize> {
    if !matches!(word, "r" | "br" | "cr") {
        return None;
    }
    let hashes = behind.len() - behind.trim_start_matches('#').len();
    if behind[hashes..].starts_with('"') {
        let close = format!("\"{}", "#".repeat(hashes));
        let body = &behind[hashes + 1..];
        return Some(body.find(&close).map_or(behind.len(), |end| hashes + 1 + end + close.len()));
    }
    (hashes == 1).then(|| 1 + word_at(behind, 1).len())
}

#[cfg(test)]
mod tests;
