//! The rooms of the runtime and their order: `ORDER` is the one table.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};

use crate::files::Files;

/// The rooms by level, from the top down. A room imports rooms of lower levels only: rooms of one
/// level do not import each other. A room is a folder or a file.
const ORDER: &[&[&str]] = &[
    &["lib"],
    &["guide", "redis", "disk", "metrics"],
    &["tier"],
    &["function"],
    &["cache"],
    &["types", "inflight"],
    &["base", "engine"],
];

/// Returns the order in one line.
pub(super) fn order() -> String {
    let levels = ORDER.iter().map(|level| level.join(", "));
    format!("the order: {}", levels.collect::<Vec<_>>().join(" -> "))
}

/// Returns the level of a room: 0 for the top.
pub(super) fn level(room: &str) -> usize {
    ORDER.iter().position(|level| level.contains(&room)).unwrap_or(ORDER.len())
}

/// Finds the room of a file.
pub(super) struct Rooms {
    /// The rooms of the files that are not in the folder of their room yet.
    homes: BTreeMap<String, String>,
}

impl Rooms {
    pub(super) fn new(homes: BTreeMap<String, String>) -> Self {
        Rooms { homes }
    }

    /// Returns the room of a file, given its path below the source folder.
    ///
    /// # Errors
    /// If the file is in no room.
    pub(super) fn of<'a>(&'a self, file: &'a str) -> Result<&'a str> {
        if let Some(room) = self.homes.get(file) {
            return Ok(room);
        }
        let first = file.split('/').next().unwrap_or(file);
        let room = first.strip_suffix(".rs").unwrap_or(first);
        let is_known = ORDER.iter().any(|level| level.contains(&room));
        is_known.then_some(room).with_context(|| {
            format!("{file} is in no room: move it, or add `{room}` to ORDER in layers/rooms.rs")
        })
    }

    /// Returns the rows of the table whose file exists.
    pub(super) fn homes_in_use(&self, sources: &Files) -> BTreeMap<String, String> {
        let in_use = |file: &&String| sources.contains_key(*file);
        self.homes
            .iter()
            .filter(|(file, _)| in_use(file))
            .map(|(a, b)| (a.clone(), b.clone()))
            .collect()
    }

    /// Returns the files of the other rows.
    pub(super) fn unneeded_homes(&self, sources: &Files) -> Vec<String> {
        let in_use = self.homes_in_use(sources);
        self.homes.keys().filter(|file| !in_use.contains_key(*file)).cloned().collect()
    }
}

/// Reads the table of files that are not in the folder of their room: `file: room` in each row.
pub(super) fn load_homes(path: &str) -> Result<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let rows = text.lines().filter(|row| !row.is_empty() && !row.starts_with('#'));
    rows.map(|row| {
        let (file, room) = row.split_once(": ").with_context(|| format!("{path}: `{row}`"))?;
        Ok((file.to_owned(), room.to_owned()))
    })
    .collect()
}

/// Writes that table below its comment.
pub(super) fn save_homes(path: &str, homes: &BTreeMap<String, String>) -> Result<()> {
    let old = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let comment = old.lines().take_while(|line| line.starts_with('#')).map(str::to_owned);
    let rows = homes.iter().map(|(file, room)| format!("{file}: {room}"));
    let text: String = comment.chain(rows).map(|line| line + "\n").collect();
    fs::write(path, text).with_context(|| format!("cannot write {path}"))
}
