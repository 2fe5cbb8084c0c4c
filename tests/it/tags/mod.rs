//! Tags: entries of several functions that are removed together (CONTRACT 2).

mod functions;
mod names;
mod races;
