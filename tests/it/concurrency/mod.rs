//! Several threads and one cache (CONTRACT 5, 6).

mod counts;
mod locks;
mod overlapping;
