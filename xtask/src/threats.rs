//! The tables of SECURITY.md, which `cargo xtask rules` checks.
//!
//! A row `| claim | place | test |` names files or folders and tests in them, in backticks. A test
//! may be written with modules of its file, as `module::test`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result, ensure};
use syn::visit::{self, Visit};
use syn::{Attribute, ItemFn, ItemMod};

use crate::files::{self, Files, has_extension};
use crate::rules::{Row, problems, row};

const PAGE: &str = "SECURITY.md";
const HEADER: &str = "| claim | place | test |";

/// Checks that each claim names a test that exists.
///
/// # Errors
/// If one does not, or if the page has no claims.
pub(crate) fn check() -> Result<()> {
    let text = fs::read_to_string(PAGE).with_context(|| format!("cannot read {PAGE}"))?;
    let rows = rows(&text);
    ensure!(!rows.is_empty(), "{PAGE} has no table `{HEADER}`");
    let sources = files::read(".", |path| has_extension(path, "rs"))?;
    // Each place is parsed once: a folder has thousands of lines, and many rows.
    let places: BTreeSet<&String> = rows.iter().flat_map(|row| &row.files).collect();
    let mut tests = BTreeMap::new();
    for place in places {
        if let Some(text) = text_of(&sources, place) {
            tests.insert(place.clone(), tests_of(&text).with_context(|| place.clone())?);
        }
    }
    let is_there = |place: &str| tests.contains_key(place).then(|| place.to_owned());
    let problems = problems(PAGE, &rows, is_there, |place| Ok(tests[place].clone()));
    for problem in &problems {
        println!("{problem}");
    }
    ensure!(problems.is_empty(), "{} claims of {PAGE} lack a test", problems.len());
    println!("threats: {} claims have the tests that {PAGE} names", rows.len());
    Ok(())
}

/// Returns the text of a file, or of all files in a folder.
fn text_of(sources: &Files, place: &str) -> Option<String> {
    let folder = format!("{place}/");
    let is_there = |path: &str| path == place || path.starts_with(&folder);
    let texts = sources.iter().filter(|(path, _)| is_there(path)).map(|(_, text)| module(text));
    let text: String = texts.collect();
    (!text.is_empty()).then_some(text)
}

/// Returns the text in a module: the doc and the attributes of a file may only stand at its top.
fn module(text: &str) -> String {
    format!("mod file {{ {text}\n}}\n")
}

/// Returns the rows of all tables of claims.
fn rows(page: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut is_inside = false;
    for (index, line) in page.lines().enumerate() {
        is_inside = line == HEADER || (is_inside && line.starts_with('|'));
        if is_inside && line != HEADER && !line.starts_with("|-") {
            rows.push(row(index + 1, line));
        }
    }
    rows
}

/// Returns the names of a file's tests, also with each number of modules before them.
fn tests_of(text: &str) -> syn::Result<BTreeSet<String>> {
    let mut tests = Tests::default();
    tests.visit_file(&syn::parse_file(text)?);
    Ok(tests.names)
}

#[derive(Default)]
struct Tests {
    modules: Vec<String>,
    names: BTreeSet<String>,
}

impl<'a> Visit<'a> for Tests {
    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        self.modules.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.modules.pop();
    }

    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        if item.attrs.iter().any(is_test) {
            let mut name = item.sig.ident.to_string();
            self.names.insert(name.clone());
            for module in self.modules.iter().rev() {
                name = format!("{module}::{name}");
                self.names.insert(name.clone());
            }
        }
    }
}

/// Whether the attribute is `#[test]`, or that of a runtime.
fn is_test(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "test")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE_TEXT: &str = "# Security

| claim | place | test |
|---|---|---|
| nothing is lost | `a.rs` | `inner::is_kept` |
| no key is shown | `a.rs` | `helper` |

| other | table |
|---|---|
| not | this |

| claim | place | test |
|---|---|---|
| nobody waits | `gone.rs` | `ends` |
";
    const FILE: &str = "mod inner { #[test] fn is_kept() {} } fn helper() {}";

    #[test]
    fn claims_without_a_test_are_found() {
        let rows = rows(PAGE_TEXT);
        assert_eq!(rows.len(), 3);
        let text_of = |file: &str| (file == "a.rs").then(|| FILE.to_owned());
        assert_eq!(
            problems("P", &rows, text_of, tests_of),
            [
                "P:6: no key is shown: there is no function `helper` in a.rs",
                "P:14: nobody waits: there is no file gone.rs",
                "P:14: nobody waits: there is no function `ends` in gone.rs",
            ]
        );
    }

    #[test]
    fn a_folder_has_the_tests_of_all_its_files() {
        let file = |name: &str| format!("//! A doc.\n\nuse std::fs;\n\n#[test]\nfn {name}() {{}}");
        let sources = ["t/a.rs", "t/b/c.rs", "u.rs"]
            .map(|path| (path.to_owned(), file(&path.replace(['/', '.'], "_"))));
        let text = text_of(&Files::from(sources), "t").expect("two files");
        let tests = tests_of(&text).expect("it parses");
        assert!(tests.contains("t_a_rs") && tests.contains("t_b_c_rs"), "{tests:?}");
        assert!(!tests.contains("u_rs"), "{tests:?}");
        assert!(text_of(&Files::new(), "t").is_none());
    }

    #[test]
    fn a_function_without_the_attribute_is_no_test() {
        let text = "#[tokio::test] async fn one() {} #[inline] fn other() {}";
        assert_eq!(tests_of(text).expect("it parses"), BTreeSet::from(["one".to_owned()]));
    }
}
