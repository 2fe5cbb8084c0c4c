//! The handle beside a cached function (CONTRACT 1).

mod entries;
mod kinds;
mod names;
mod operations;
mod registry;
mod resize;
mod values;
