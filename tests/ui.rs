//! The errors about wrong uses: tables of mistakes, grouped by kind, in `ui/*/*.rs`. The `.stderr`
//! beside a case is the whole output of rustc.
//!
//! A mistake is one error, at the user's token, that says the fix, and no use of the function or of
//! its handle is another error. Blank lines separate the mistakes of a file. The few that need more
//! errors say so in a comment, `// 2 errors: why`, and so do uses with several mistakes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// `TRYBUILD=overwrite` writes the messages; read them as the user before you commit them.
#[test]
fn refusals() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*/*.rs");
}

/// The number of errors in all tables. Count a new mistake here.
const ERRORS: usize = 1046;

#[test]
fn each_mistake_is_one_error() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for case in cases() {
        let source = fs::read_to_string(&case).expect("a case");
        let output = fs::read_to_string(case.with_extension("stderr")).expect("its messages");
        let blocks = Blocks::new(&source);
        let mut errors: BTreeMap<usize, usize> = BTreeMap::new();
        for line in lines_of_errors(&output) {
            *errors.entry(blocks.at(line)).or_default() += 1;
        }
        for (block, found) in errors {
            count += found;
            let expected = blocks.errors(block);
            if found != expected {
                let first = blocks.first_line(block);
                let case = case.display();
                wrong.push(format!("{case}:{first}: {found} errors, and {expected} expected"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(count, ERRORS);
}

/// Private names, and phrases of rustc about generated code.
#[test]
fn no_message_names_what_is_generated() {
    const PRIVATE: [&str; 7] = [
        "__private",
        "__cache",
        "__entry",
        "__functools",
        "__FUNCTOOLS",
        "required by a bound in `functools",
        "required by this bound in `functools",
    ];
    // rustc names the type that captures a lifetime.
    let is_about_lifetimes = |case: &PathBuf| case.ends_with("types/hidden_lifetime.rs");
    for case in cases().into_iter().filter(|case| !is_about_lifetimes(case)) {
        let output = fs::read_to_string(case.with_extension("stderr")).expect("messages");
        for private in PRIVATE {
            assert!(!output.contains(private), "{}: {private}", case.display());
        }
    }
}

/// A message that points into the standard library differs where the component `rust-src` is
/// installed, and the cases would fail there.
#[test]
fn no_message_points_into_the_standard_library() {
    for case in cases() {
        let output = fs::read_to_string(case.with_extension("stderr")).expect("messages");
        assert!(!output.contains("$RUST/"), "{}: {output}", case.display());
    }
}

fn cases() -> Vec<PathBuf> {
    let entries = |folder: &Path| {
        let entries = fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").path()).collect::<Vec<_>>()
    };
    let folders = entries(Path::new("ui")).into_iter();
    let mut cases: Vec<_> = folders.flat_map(|folder| entries(&folder)).collect();
    cases.retain(|case| case.extension().is_some_and(|extension| extension == "rs"));
    cases.sort();
    cases
}

/// The line of each error in the case.
fn lines_of_errors(output: &str) -> Vec<usize> {
    let mut lines = Vec::new();
    let mut is_error = false;
    for line in output.lines() {
        is_error |= line.starts_with("error");
        if let Some(place) = line.trim_start().strip_prefix("--> ").filter(|_| is_error) {
            let line = place.split(':').nth(1).expect("a line");
            lines.push(line.parse().expect("a number"));
            is_error = false;
        }
    }
    lines
}

/// The blocks of lines that blank lines separate.
struct Blocks<'a> {
    lines: Vec<&'a str>,
}

impl<'a> Blocks<'a> {
    fn new(source: &'a str) -> Self {
        Blocks { lines: source.lines().collect() }
    }

    /// The index of the first line of the block with this line; lines count from 1.
    fn at(&self, line: usize) -> usize {
        let before = &self.lines[..line - 1];
        before.iter().rposition(|line| line.is_empty()).map_or(0, |blank| blank + 1)
    }

    fn first_line(&self, block: usize) -> usize {
        block + 1
    }

    /// The number of errors that the block announces.
    fn errors(&self, block: usize) -> usize {
        let lines = self.lines[block..].iter().take_while(|line| !line.is_empty());
        let mut notes = lines.filter_map(|line| {
            let (count, why) = line.trim_start().strip_prefix("// ")?.split_once(" errors")?;
            why.starts_with(':').then(|| count.parse().expect("how many errors"))
        });
        notes.next().unwrap_or(1)
    }
}
