//! Tables of known exceptions to a check, in `xtask/exceptions/`. They only shrink.
//!
//! A row has a name and the number of findings that it allows: `name: 3`, or `name` for one. A row
//! without findings is an error, so that it is removed and the check holds for its file.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, ensure};

/// The number of findings of each name.
pub(crate) type Counts = BTreeMap<String, usize>;

/// Reads a table. Empty lines and lines that begin with `#` are comments.
///
/// # Errors
/// If the file cannot be read, or if a row is malformed or repeated.
pub(crate) fn load(path: &str) -> Result<Counts> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    parse(&text).with_context(|| path.to_owned())
}

fn parse(text: &str) -> Result<Counts> {
    let mut counts = Counts::new();
    for row in text.lines().map(str::trim) {
        if row.is_empty() || row.starts_with('#') {
            continue;
        }
        let (name, count) = match row.rsplit_once(": ") {
            Some((name, count)) => (name, count.parse().with_context(|| row.to_owned())?),
            None => (row, 1),
        };
        ensure!(counts.insert(name.to_owned(), count).is_none(), "`{name}` is there twice");
    }
    Ok(counts)
}

/// Replaces the rows of a table. Keeps the comment at its beginning.
///
/// # Errors
/// If the file cannot be read or written.
pub(crate) fn save(path: &str, counts: &Counts) -> Result<()> {
    let old = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let comment = old.lines().take_while(|line| line.starts_with('#')).map(str::to_owned);
    let rows = counts.iter().map(|(name, count)| match count {
        1 => name.clone(),
        _ => format!("{name}: {count}"),
    });
    let text: String = comment.chain(rows).map(|line| line + "\n").collect();
    fs::write(path, text).with_context(|| format!("cannot write {path}"))
}

/// The difference between the findings and a table.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Difference {
    /// Names with more findings than the table allows.
    pub(crate) exceeded: Vec<String>,
    /// Rows without a finding, to remove.
    pub(crate) unneeded: Vec<String>,
    /// Rows that allow more findings than there are.
    pub(crate) loose: Vec<String>,
}

/// Compares the findings with the table.
pub(crate) fn compare(found: &Counts, allowed: &Counts) -> Difference {
    let mut difference = Difference::default();
    for (name, count) in found {
        if *count > allowed.get(name).copied().unwrap_or(0) {
            difference.exceeded.push(name.clone());
        }
    }
    for (name, count) in allowed {
        match found.get(name) {
            None => difference.unneeded.push(name.clone()),
            Some(found) if found < count => difference.loose.push(name.clone()),
            Some(_) => {}
        }
    }
    difference
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts<const N: usize>(rows: [(&str, usize); N]) -> Counts {
        rows.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
    }

    #[test]
    fn a_row_without_a_number_allows_one_finding() {
        let table = parse("# comment\n\na.rs -> b.rs\nlength c.rs: 3\n").expect("a table");
        assert_eq!(table, counts([("a.rs -> b.rs", 1), ("length c.rs", 3)]));
    }

    #[test]
    fn a_malformed_or_repeated_row_is_an_error() {
        assert!(parse("a: many").is_err());
        assert!(parse("a\na: 2").is_err());
    }

    #[test]
    fn more_findings_than_allowed_and_rows_without_a_finding_are_told_apart() {
        let found = counts([("more", 3), ("new", 1), ("fewer", 1), ("same", 2)]);
        let allowed = counts([("more", 2), ("fewer", 4), ("same", 2), ("gone", 1)]);
        let difference = compare(&found, &allowed);
        assert_eq!(difference.exceeded, ["more", "new"]);
        assert_eq!(difference.unneeded, ["gone"]);
        assert_eq!(difference.loose, ["fewer"]);
    }
}
