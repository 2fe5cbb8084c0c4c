//! Exact LRU order, values and counts, against a model (CONTRACT 5).

mod cached;
mod expected;
mod long_runs;
mod sequences;
