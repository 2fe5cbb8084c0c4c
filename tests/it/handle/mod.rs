//! The handle beside a cached function (CONTRACT 1).

mod kinds;
mod names;
mod operations;
mod registry;
mod values;
