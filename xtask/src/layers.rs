//! `cargo xtask layers`: the imports between the rooms and files of the runtime.
//!
//! An import leads to a room of a lower level or to another file of the same room. Files do not
//! import each other in a circle. [`rooms`] has the order; [`imports`] finds the imports.
//! `--write` writes the table of exceptions again: the new one must only have fewer rows.

mod graph;
mod imports;
mod modules;
mod rooms;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use anyhow::{Result, bail, ensure};

use crate::exceptions::{self, Counts};
use crate::files::{self, Files, has_extension};
use graph::{Edge, Graph};
use imports::Import;
use rooms::Rooms;

const SOURCE: &str = "runtime/src/";
const EXCEPTIONS: &str = "xtask/exceptions/layers.txt";
const OLD_HOMES: &str = "xtask/exceptions/rooms.txt";

/// Checks the runtime's imports against the order and the table of exceptions.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let write = match arguments {
        [] => false,
        [option] if option == "--write" => true,
        _ => bail!("usage: cargo xtask layers [--write]"),
    };
    let sources = sources()?;
    let rooms = Rooms::new(rooms::load_homes(OLD_HOMES)?);
    let imports = imports::find(&sources)?;
    if write {
        rooms::save_homes(OLD_HOMES, &rooms.homes_in_use(&sources))?;
        let edges = check(&sources, &imports, &rooms, &BTreeSet::new())?.edges_to_except();
        let rows: Counts = edges.iter().map(|edge| (edge.to_string(), 1)).collect();
        return exceptions::save(EXCEPTIONS, &rows);
    }
    let allowed = exceptions::load(EXCEPTIONS)?;
    let allowed = allowed.keys().map(|row| row.parse()).collect::<Result<_>>()?;
    let report = check(&sources, &imports, &rooms, &allowed)?;
    let count = report.problems().inspect(|problem| println!("{problem}")).count();
    ensure!(count == 0, "{count} problems with imports; {}", rooms::order());
    println!("layers: {} imports, {} exceptions", imports.len(), allowed.len());
    Ok(())
}

/// Returns the runtime's files by their path below its source folder.
fn sources() -> Result<Files> {
    let files = files::read(SOURCE, |path| has_extension(path, "rs"))?;
    Ok(files.into_iter().map(|(path, text)| (path[SOURCE.len()..].to_owned(), text)).collect())
}

/// The result of a check of imports.
#[derive(Default)]
struct Report<'a> {
    /// Imports that do not lead downwards, each with the rule that it breaks.
    upward: Vec<(&'a Import, String)>,
    /// Circles of files: one import for each step.
    circles: Vec<Vec<&'a Import>>,
    /// Rows of the tables of exceptions that can be removed.
    unneeded: Vec<String>,
    /// The edges that are neither upward nor exceptions.
    graph: Graph,
}

/// Finds the imports that break the order, except the allowed edges.
fn check<'a>(
    sources: &Files,
    imports: &'a [Import],
    rooms: &Rooms,
    allowed: &BTreeSet<Edge>,
) -> Result<Report<'a>> {
    let mut report = Report::default();
    let mut needed = BTreeSet::new();
    for import in imports {
        let from = rooms.of(&import.from)?;
        let to = rooms.of(&import.to)?;
        let edge = import.edge();
        let is_upward = from != to && rooms::level(to) <= rooms::level(from);
        if is_upward && !allowed.contains(&edge) {
            report.upward.push((import, format!("`{from}` must not import `{to}`")));
        }
        if is_upward {
            needed.insert(edge);
        } else if !allowed.contains(&edge) {
            report.graph.insert(edge);
        }
    }
    let edges: BTreeSet<Edge> = imports.iter().map(Import::edge).collect();
    let closes_circle = |edge: &Edge| edges.contains(edge) && report.graph.would_close(edge);
    needed.extend(allowed.iter().filter(|edge| closes_circle(edge)).cloned());
    report.unneeded.extend(allowed.difference(&needed).map(Edge::to_string));
    report.unneeded.extend(rooms.unneeded_homes(sources));
    for circle in report.graph.circles() {
        let step = |edge: &Edge| imports.iter().find(|import| import.edge() == *edge);
        report.circles.push(circle.iter().filter_map(step).collect());
    }
    Ok(report)
}

impl Report<'_> {
    /// Returns each problem as text.
    fn problems(&self) -> impl Iterator<Item = String> {
        let upward = self.upward.iter().map(|(import, rule)| format!("{import}: {rule}"));
        let circles = self.circles.iter().map(|circle| {
            let steps = circle.iter().map(|import| format!("\n  {import}"));
            format!("circle of {} files:{}", circle.len(), steps.collect::<String>())
        });
        let unneeded = self.unneeded.iter().map(|row| {
            format!("exception no longer needed: `{row}` (`cargo xtask layers --write` removes it)")
        });
        upward.chain(circles).chain(unneeded)
    }

    /// Returns the edges that must be exceptions for the check to pass.
    fn edges_to_except(&self) -> BTreeSet<Edge> {
        let mut edges: BTreeSet<Edge> = self.upward.iter().map(|(it, _)| it.edge()).collect();
        edges.extend(self.graph.edges_that_close_circles());
        edges
    }
}
