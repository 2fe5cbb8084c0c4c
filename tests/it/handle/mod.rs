//! The handle beside a cached function (CONTRACT 1).

mod entries;
mod entries_meanwhile;
mod kinds;
mod names;
mod operations;
mod registry;
mod values;
