//! The graph of imports between files, and its circles.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::str::FromStr;

use anyhow::{Context as _, Error};

/// An import of one file by another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) from: String,
    pub(super) to: String,
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", self.from, self.to)
    }
}

impl FromStr for Edge {
    type Err = Error;

    fn from_str(row: &str) -> Result<Self, Error> {
        let (from, to) =
            row.split_once(" -> ").with_context(|| format!("`{row}` has no ` -> `"))?;
        Ok(Edge { from: from.to_owned(), to: to.to_owned() })
    }
}

/// The edges by importing file.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph(BTreeMap<String, BTreeSet<String>>);

impl Graph {
    pub(super) fn insert(&mut self, edge: Edge) {
        self.0.entry(edge.from).or_default().insert(edge.to);
    }

    fn remove(&mut self, edge: &Edge) {
        if let Some(targets) = self.0.get_mut(&edge.from) {
            targets.remove(&edge.to);
        }
    }

    fn edges(&self) -> impl Iterator<Item = Edge> {
        self.0.iter().flat_map(|(from, targets)| {
            targets.iter().map(move |to| Edge { from: from.clone(), to: to.clone() })
        })
    }

    /// Returns the edges of a shortest way, or `None` without one. Empty if both are one file.
    fn way(&self, from: &str, to: &str) -> Option<Vec<Edge>> {
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(file) = queue.pop_front() {
            if file == to {
                let mut way = Vec::new();
                let mut last = to;
                while last != from {
                    let before = came_from[last];
                    way.push(Edge { from: before.to_owned(), to: last.to_owned() });
                    last = before;
                }
                way.reverse();
                return Some(way);
            }
            for next in self.0.get(file).into_iter().flatten() {
                if next != from && !came_from.contains_key(next.as_str()) {
                    came_from.insert(next, file);
                    queue.push_back(next);
                }
            }
        }
        None
    }

    /// Whether this edge would be part of a circle.
    pub(super) fn would_close(&self, edge: &Edge) -> bool {
        self.way(&edge.to, &edge.from).is_some()
    }

    /// Returns circles that have no file in common. Others may remain that share a file with one.
    pub(super) fn circles(&self) -> Vec<Vec<Edge>> {
        let mut circles: Vec<Vec<Edge>> = Vec::new();
        for edge in self.edges() {
            let is_reported = |file: &str| circles.iter().flatten().any(|step| step.from == file);
            if is_reported(&edge.from) || is_reported(&edge.to) {
                continue;
            }
            if let Some(way) = self.way(&edge.to, &edge.from) {
                circles.push([edge].into_iter().chain(way).collect());
            }
        }
        circles
    }

    /// Returns edges whose removal leaves no circle. Prefers edges that are part of many circles.
    pub(super) fn edges_that_close_circles(&self) -> Vec<Edge> {
        let mut graph = self.clone();
        let mut removed = Vec::new();
        loop {
            let mut shared: BTreeMap<Edge, usize> = BTreeMap::new();
            for edge in graph.edges() {
                for step in graph.way(&edge.to, &edge.from).into_iter().flatten() {
                    *shared.entry(step).or_default() += 1;
                }
            }
            let Some((edge, _)) = shared.into_iter().max_by_key(|(_, count)| *count) else {
                return removed;
            };
            graph.remove(&edge);
            removed.push(edge);
        }
    }
}
