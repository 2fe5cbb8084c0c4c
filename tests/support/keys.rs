//! Keys that make trouble for a hash table.

use std::hash::{Hash, Hasher};

/// A key whose hash is that of every other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colliding(pub u32);

impl Hash for Colliding {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
