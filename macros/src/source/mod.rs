//! Finds the item that encloses an annotated function: a module, an `impl`, or a trait.
//!
//! An attribute macro gets its item and nothing around it, but what it may emit beside the item
//! depends on that: a type beside a free function, associated functions beside a method, nothing in
//! the `impl` of a trait. rustc gives the position of the function; `scan` reads the source file up
//! to there. It is read as brackets, strings, comments and words only.

mod enclosing;
mod scan;
mod skip;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::path::PathBuf;

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt as _;

use self::scan::Scan;
use self::skip::word_at;

pub(crate) use self::enclosing::{Enclosing, Namesake, Surroundings};

/// The reason why the enclosing item is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// The source is not a file, as in a documentation test, or a macro wrote the function.
    NoFile,
    /// An editor expands the attribute, and gives no positions.
    Editor,
}

/// Returns what encloses the function with this span of its `fn` and this name, and which item
/// before it has the name of its `handle`.
///
/// # Errors
///
/// The reason why it is unknown.
pub(crate) fn find_enclosing(
    fn_token: Span,
    name: &Ident,
    handle: &Ident,
) -> Result<Surroundings, Unknown> {
    if is_nowhere(fn_token) {
        return Err(Unknown::Editor);
    }
    find_in_file(fn_token, name, handle).ok_or(Unknown::NoFile)
}

/// Whether a span has neither a file nor a text, as all spans in rust-analyzer before it knows
/// files. In a documentation test only the local file is missing.
fn is_nowhere(span: Span) -> bool {
    let span = span.unwrap();
    span.local_file().is_none() && span.file().is_empty() && span.source_text().is_none()
}

fn find_in_file(fn_token: Span, name: &Ident, handle: &Ident) -> Option<Surroundings> {
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
        if name.unraw() != word_at(found, 0) {
            return None;
        }
    }
    thread_local! {
        static LAST: RefCell<Option<(PathBuf, Scan)>> = const { RefCell::new(None) };
    }
    // The scan for the function before this one: functions come in the order of the file.
    let last = LAST.take().filter(|(of, scan)| *of == file && scan.is_prefix_of(&source, at));
    let mut scan = last.map_or_else(Scan::default, |(_, scan)| scan);
    scan.read_to(source, at);
    let surroundings = scan.surroundings(&handle.unraw().to_string());
    LAST.set(Some((file, scan)));
    Some(surroundings)
}

/// The byte at a line and a column, which count characters from 1.
fn offset(source: &str, line: usize, column: usize) -> Option<usize> {
    let start = match line.checked_sub(1)? {
        0 => 0,
        before => source.match_indices('\n').nth(before - 1)?.0 + 1,
    };
    let rest = &source[start..];
    let (in_line, _) = rest.char_indices().nth(column.checked_sub(1)?)?;
    Some(start + in_line)
}
