//! [`TierKey`], the key of a value in a second tier.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use once_cell::sync::Lazy;

use super::key_writer::KeyWriter;

/// A key of a second tier, with the hash by which this process knows it.
pub struct TierKey {
    name: Box<str>,
    hash: u64,
}

impl TierKey {
    /// Returns the key that `write` makes; `None` if an argument cannot be written.
    pub(super) fn write(
        secret: &[u8; 32],
        write: impl FnOnce(&mut KeyWriter<'_>),
    ) -> Option<TierKey> {
        let name = KeyWriter::key(secret, write)?;
        Some(TierKey { hash: hash_key(name.as_bytes()), name: name.into() })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }
}

/// Its key is random, as keys may come from users.
static HASHER: Lazy<RandomState> = Lazy::new(RandomState::default);

/// Returns the hash by which this process knows a key.
pub(super) fn hash_key(key: &[u8]) -> u64 {
    HASHER.hash_one(key)
}
