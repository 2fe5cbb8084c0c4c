//! Bounds by weight (CONTRACT 2).

mod bound;
mod weigher;
