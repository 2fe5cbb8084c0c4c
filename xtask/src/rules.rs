//! `cargo xtask rules`: the tables of ARCHITECTURE.md that name functions: "Where to find a rule",
//! and the steps of "A call".
//!
//! A row names files and functions in them, in backticks. The path of a file starts at the
//! workspace's folder or at the runtime's source folder. A method may be written with its type, as
//! `Type::name`. The command also checks the tables of SECURITY.md.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use syn::visit::{self, Visit};
use syn::{ImplItemFn, ItemFn, ItemImpl, ItemTrait, TraitItemFn, Type};

use crate::threats;

const PAGE: &str = "ARCHITECTURE.md";
const HEADING: &str = "Where to find a rule";
/// The section whose tables have the columns file, function and step.
const STEPS: &str = "## A call";
/// The number of rules. It keeps a rule from leaving the table unnoticed.
const RULES: usize = 12;

/// A row of a table: a text, and names of files and functions in backticks.
#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) line: usize,
    pub(crate) rule: String,
    pub(crate) files: Vec<String>,
    pub(crate) functions: Vec<String>,
}

impl Row {
    /// Returns the number of the rule, as in `1. Which entry is evicted`, or else its text.
    fn name(&self) -> &str {
        let number = self.rule.split('.').next().unwrap_or_default();
        if number.parse::<usize>().is_ok() { number } else { &self.rule }
    }
}

/// Checks that each function of the table is in one of the files of its row.
pub(crate) fn run(_: &[String]) -> Result<()> {
    let text = fs::read_to_string(PAGE).with_context(|| format!("cannot read {PAGE}"))?;
    let Some(rows) = table(&text) else {
        println!("skipped: {PAGE} has no heading \"{HEADING}\"");
        return threats::check();
    };
    let rules: BTreeSet<&str> = rows.iter().map(Row::name).collect();
    ensure!(rules.len() >= RULES, "{PAGE} has {} of {RULES} rules", rules.len());
    let steps = steps(&text);
    ensure!(!steps.is_empty(), "{PAGE} has no table of steps below \"{STEPS}\"");
    let problems = [&rows, &steps].map(|rows| problems(PAGE, rows, find, functions_of)).concat();
    for problem in &problems {
        println!("{problem}");
    }
    ensure!(problems.is_empty(), "{} functions are not where {PAGE} says", problems.len());
    println!("rules: {} rules and {} steps are where {PAGE} says", rules.len(), steps.len());
    threats::check()
}

/// Returns the text of a file, given its path in the table.
fn find(file: &str) -> Option<String> {
    let inside = |crate_, rest| Path::new(crate_).join("src").join(rest);
    let candidates = [
        Path::new(file).to_owned(),
        inside("runtime", file),
        inside("macros", file.strip_prefix("macros/").unwrap_or(file)),
    ];
    candidates.iter().find_map(|path| fs::read_to_string(path).ok())
}

/// Returns the rows below the heading, or `None` if the page does not have it.
fn table(page: &str) -> Option<Vec<Row>> {
    let mut lines = page.lines().enumerate();
    let is_heading = |line: &str| line.starts_with('#') && line.trim_matches(['#', ' ']) == HEADING;
    lines.find(|(_, line)| is_heading(line))?;
    let section = lines.take_while(|(_, line)| !line.starts_with('#'));
    let rows = section.filter(|(_, line)| line.starts_with('|'));
    // Skip the names of the columns and the line below them.
    Some(rows.skip(2).map(|(index, line)| row(index + 1, line)).collect())
}

/// Returns the rows of the tables in the section [`STEPS`]. An empty file is the one of the row
/// above. Rows without a function are steps of the function above.
fn steps(page: &str) -> Vec<Row> {
    let lines = page.lines().enumerate().skip_while(|(_, line)| *line != STEPS).skip(1);
    let section = lines.take_while(|(_, line)| !line.starts_with("## "));
    let mut steps = Vec::new();
    let mut files = Vec::new();
    for (index, line) in section.filter(|(_, line)| line.starts_with('|')) {
        let [file, function, step] = cells(line);
        let (functions, quoted_files) = (quoted(function), quoted(file));
        if !quoted_files.is_empty() {
            files = quoted_files;
        }
        if !functions.is_empty() {
            let (rule, files) = (step.to_owned(), files.clone());
            steps.push(Row { line: index + 1, rule, files, functions });
        }
    }
    steps
}

/// Returns the row that is this line of a page.
pub(crate) fn row(line: usize, text: &str) -> Row {
    let [rule, file, function] = cells(text);
    Row { line, rule: rule.to_owned(), files: quoted(file), functions: quoted(function) }
}

/// Returns the first three cells of a row. Missing ones are empty.
fn cells(row: &str) -> [&str; 3] {
    let row = row.trim();
    let row = row.strip_prefix('|').unwrap_or(row);
    let mut cells = row.strip_suffix('|').unwrap_or(row).split('|').map(str::trim);
    std::array::from_fn(|_| cells.next().unwrap_or_default())
}

/// Returns the texts in backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Returns the problems of a page's rows, given the texts of files and the functions in a text.
pub(crate) fn problems(
    page: &str,
    rows: &[Row],
    text_of: impl Fn(&str) -> Option<String>,
    functions_of: impl Fn(&str) -> syn::Result<BTreeSet<String>>,
) -> Vec<String> {
    let mut problems = Vec::new();
    for row in rows {
        let Row { line, rule, files, functions } = row;
        let mut problem = |text: &str| problems.push(format!("{page}:{line}: {rule}: {text}"));
        if files.is_empty() || functions.is_empty() {
            problem("the row needs a file and a function, each in backticks");
        }
        let mut found = BTreeSet::new();
        for file in files {
            match text_of(file).map(|text| functions_of(&text)) {
                Some(Ok(names)) => found.extend(names),
                Some(Err(error)) => problem(&format!("cannot parse {file}: {error}")),
                None => problem(&format!("there is no file {file}")),
            }
        }
        for function in functions {
            let name = function.trim_end_matches("()");
            if !found.contains(name) {
                problem(&format!("there is no function `{name}` in {}", files.join(", ")));
            }
        }
    }
    problems
}

/// Returns the names of a file's functions, and those of methods also as `Type::name`.
fn functions_of(text: &str) -> syn::Result<BTreeSet<String>> {
    let mut functions = Functions::default();
    functions.visit_file(&syn::parse_file(text)?);
    Ok(functions.names)
}

#[derive(Default)]
struct Functions {
    owner: Option<String>,
    names: BTreeSet<String>,
}

impl Functions {
    fn add(&mut self, name: &syn::Ident) {
        self.names.insert(name.to_string());
        if let Some(owner) = &self.owner {
            self.names.insert(format!("{owner}::{name}"));
        }
    }
}

impl<'a> Visit<'a> for Functions {
    fn visit_item_impl(&mut self, item: &'a ItemImpl) {
        if let Type::Path(path) = &*item.self_ty {
            self.owner = path.path.segments.last().map(|last| last.ident.to_string());
        }
        visit::visit_item_impl(self, item);
        self.owner = None;
    }

    fn visit_item_trait(&mut self, item: &'a ItemTrait) {
        self.owner = Some(item.ident.to_string());
        visit::visit_item_trait(self, item);
        self.owner = None;
    }

    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        self.add(&item.sig.ident);
    }

    fn visit_impl_item_fn(&mut self, item: &'a ImplItemFn) {
        self.add(&item.sig.ident);
    }

    fn visit_trait_item_fn(&mut self, item: &'a TraitItemFn) {
        self.add(&item.sig.ident);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# Architecture

## Where to find a rule

These are the rules.

| rule | file | function |
|---|---|---|
| which entry is evicted | `engine/lru.rs` | `Lru::evict`, `pop` |
| a leader panics | `miss.rs`, `gone.rs` | `Miss::drop`, `lead` |
| no names | miss.rs | drop |

## The next section

| other | table | here |
|---|---|---|
| not | `a` | `b` |
";

    fn text_of(file: &str) -> Option<String> {
        match file {
            "engine/lru.rs" => Some("impl<T> Lru<T> { fn evict(&self) {} } fn pop() {}".to_owned()),
            "miss.rs" => Some("impl Drop for Miss<'_> { fn drop(&mut self) {} }".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn the_table_is_the_one_below_the_heading() {
        let rows = table(TABLE).expect("the heading");
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0].functions, ["Lru::evict", "pop"]);
        assert_eq!(rows[1].files, ["miss.rs", "gone.rs"]);
    }

    #[test]
    fn a_step_without_a_file_is_in_the_file_above() {
        let page = "# Architecture\n## A call\n### A hit\n\
                    | file | function | step |\n|---|---|---|\n\
                    | `engine/lru.rs` | `pop` | pops |\n| | `evict` | evicts |\n| | | counts |\n\
                    ## The engine\n| `miss.rs` | `lead` | leads |\n";
        let steps = steps(page);
        let functions: Vec<_> = steps.iter().map(|step| &step.functions[0]).collect();
        assert_eq!(functions, ["pop", "evict"]);
        assert_eq!(steps[1].files, ["engine/lru.rs"]);
        assert_eq!(problems(PAGE, &steps, text_of, functions_of), [""; 0]);
    }

    #[test]
    fn rows_of_one_number_are_one_rule() {
        let name = |rule: &str| row(1, &format!("| {rule} | `a` | `b` |")).name().to_owned();
        assert_eq!(name("2. A leader panics: its waiters"), "2");
        assert_eq!(name("Which entry is evicted. And when"), "Which entry is evicted. And when");
    }

    #[test]
    fn without_the_heading_there_is_no_table() {
        assert_eq!(table(&TABLE.replace("Where to", "How to")), None);
    }

    #[test]
    fn functions_and_files_that_are_not_there_are_found() {
        let rows = table(TABLE).expect("the heading");
        assert_eq!(
            problems(PAGE, &rows, text_of, functions_of),
            [
                "ARCHITECTURE.md:10: a leader panics: there is no file gone.rs",
                "ARCHITECTURE.md:10: a leader panics: there is no function `lead` in miss.rs, \
                 gone.rs",
                "ARCHITECTURE.md:11: no names: the row needs a file and a function, each in \
                 backticks",
            ]
        );
    }

    #[test]
    fn the_methods_of_traits_and_of_inner_modules_count() {
        let names = functions_of("mod a { trait T { fn f(); } impl T for b::S { fn f() {} } }");
        let names = names.expect("it parses");
        assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), ["S::f", "T::f", "f"]);
    }
}
