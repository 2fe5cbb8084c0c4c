//! `cargo xtask tidy`: the form of the project's texts.
//!
//! A line has at most 100 columns, a source file 400 lines, and the doc of a module one to eight
//! lines. Replaced words do not come back. `--write` writes the table of exceptions again: the new
//! one must only have fewer rows and lower numbers.

#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Result, bail, ensure};

use crate::exceptions::{self, Counts, Difference};
use crate::files::{self, Files, has_extension};
use words::Words;

const EXCEPTIONS: &str = "xtask/exceptions/tidy.txt";
const COLUMNS: usize = 100;
const LINES: usize = 400;
const DOC_LINES: usize = 8;

/// Files that a program writes.
const GENERATED: &[&str] =
    &["benches/RESULTS.md", "benches/SERVICE.md", "macros/src/snapshots/", "xtask/exceptions/"];
/// Files that `trybuild` compiles one by one: they are not modules.
const CASES: &[&str] = &["tests/ui/"];
/// Modules whose documentation is a page for users, of any length.
const PAGES: &[&str] = &[
    "macros/src/lib.rs",
    "runtime/src/disk/mod.rs",
    "runtime/src/guide",
    "runtime/src/lib.rs",
    "runtime/src/metrics.rs",
    "runtime/src/redis/mod.rs",
];

/// A place that a check rejects.
#[derive(Debug, PartialEq)]
struct Finding {
    check: Check,
    file: String,
    line: usize,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Check {
    Columns,
    Length,
    ModuleDoc,
    Word,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Check::Columns => "columns",
            Check::Length => "length",
            Check::ModuleDoc => "module-doc",
            Check::Word => "word",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.file, self.line, self.check, self.text)
    }
}

impl Finding {
    /// Returns the name of its row in the table of exceptions.
    fn row(&self) -> String {
        format!("{} {}", self.check, self.file)
    }
}

/// Checks all texts against the table of exceptions.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let write = match arguments {
        [] => false,
        [option] if option == "--write" => true,
        _ => bail!("usage: cargo xtask tidy [--write]"),
    };
    let findings = check(&files::read(".", is_checked)?);
    let mut counts = Counts::new();
    for finding in &findings {
        *counts.entry(finding.row()).or_default() += 1;
    }
    if write {
        return exceptions::save(EXCEPTIONS, &counts);
    }
    let allowed = exceptions::load(EXCEPTIONS)?;
    let Difference { exceeded, unneeded, loose } = exceptions::compare(&counts, &allowed);
    let exceeded: BTreeSet<&String> = exceeded.iter().collect();
    for finding in findings.iter().filter(|finding| exceeded.contains(&finding.row())) {
        println!("{finding}");
    }
    for row in &exceeded {
        let limit = allowed.get(*row).copied().unwrap_or(0);
        println!("`{row}`: {} found, {limit} allowed", counts[*row]);
    }
    for row in &unneeded {
        println!("exception no longer needed: `{row}` (`cargo xtask tidy --write` removes it)");
    }
    if !loose.is_empty() {
        println!("{} exceptions allow too many: `cargo xtask tidy --write`", loose.len());
    }
    let count = exceeded.len() + unneeded.len();
    ensure!(count == 0, "{count} files to tidy, or exceptions to remove");
    println!("tidy: {} exceptions", allowed.len());
    Ok(())
}

fn is_checked(path: &str) -> bool {
    let is_script = path.starts_with("scripts/") || path == ".ci/run";
    let is_text = ["rs", "md", "toml", "py", "js"].iter().any(|it| has_extension(path, it));
    (is_script || is_text) && !starts_with_any(path, GENERATED)
}

fn starts_with_any(path: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| path.starts_with(beginning))
}

/// Returns the findings of all checks in these files.
fn check(files: &Files) -> Vec<Finding> {
    let words = Words::new();
    let mut findings = Vec::new();
    for (file, text) in files {
        let mut add = |check, line, text| {
            findings.push(Finding { check, file: file.clone(), line, text });
        };
        for (line, text) in lines_too_long(file, text) {
            add(Check::Columns, line, text);
        }
        for (line, text) in words.find(file, text) {
            add(Check::Word, line, text);
        }
        if has_extension(file, "rs") {
            let lines = text.lines().count();
            if lines > LINES {
                add(Check::Length, lines, format!("{lines} lines, at most {LINES}"));
            }
            if let Some(text) = module_doc_problem(file, text) {
                add(Check::ModuleDoc, 1, text);
            }
        }
    }
    findings
}

/// Returns the lines that are too long, except rows of tables and lines of one long word.
fn lines_too_long(file: &str, text: &str) -> Vec<(usize, String)> {
    let is_markdown = has_extension(file, "md");
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let columns = line.chars().count();
        let prose = ["//!", "///"].iter().find_map(|mark| line.trim_start().strip_prefix(mark));
        let is_row = |text: &str| text.trim_start().starts_with('|');
        let is_table = prose.map_or(is_markdown && is_row(line), is_row);
        if columns > COLUMNS && !is_table && !is_one_word(line) {
            found.push((index + 1, format!("{columns} columns, at most {COLUMNS}")));
        }
    }
    found
}

/// Whether the line has only one word, such as an address, after the marks of lists and comments.
fn is_one_word(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let marks = words.iter().take_while(|word| word.chars().count() <= 3).count();
    words.len() - marks <= 1
}

/// Returns the problem of a module's doc, or `None` if there is none.
fn module_doc_problem(file: &str, text: &str) -> Option<String> {
    if starts_with_any(file, CASES) {
        return None;
    }
    let mut lines = text.lines().skip_while(|line| line.is_empty() || line.starts_with("#!["));
    let included = text.lines().any(|line| line.starts_with("#![doc"));
    let count = lines.by_ref().take_while(|line| line.starts_with("//!")).count();
    if count == 0 && !included {
        return Some("no module doc: write `//!` and what the module owns".to_owned());
    }
    let is_long = count > DOC_LINES && !starts_with_any(file, PAGES);
    is_long.then(|| format!("the module doc has {count} lines, at most {DOC_LINES}"))
}
