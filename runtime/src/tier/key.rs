//! [`TierKey`], the key of a value in a second tier.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use once_cell::sync::Lazy;

use crate::types::key_writer::KeyWriter;
use crate::types::tag::{Tag, Tags};

/// A key of a second tier, with the hash by which this process knows it, and the tags of its value.
pub struct TierKey {
    name: Box<str>,
    hash: u64,
    tags: Box<[Tag]>,
}

impl TierKey {
    /// Returns the key that `write` makes; `None` if an argument cannot be written.
    pub(super) fn write(
        secret: &[u8; 32],
        write: impl FnOnce(&mut KeyWriter<'_>),
        tags: Tags,
    ) -> Option<TierKey> {
        let name = KeyWriter::key(secret, write)?;
        let hash = hash_key(name.as_bytes());
        Some(TierKey { name: name.into(), hash, tags: tags.into_boxed() })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// The tags of the value that is stored under this key.
    pub(crate) fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

/// Its key is random, as keys may come from users.
static HASHER: Lazy<RandomState> = Lazy::new(RandomState::default);

/// Returns the hash by which this process knows a key.
pub(super) fn hash_key(key: &[u8]) -> u64 {
    HASHER.hash_one(key)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use crate::tier::template::TemplatePart::{Argument, Literal};
    use crate::tier::template::could_be_key;
    use crate::types::key_writer::KeyWriter;
    use crate::types::segment::segment;

    /// For all arguments, no two lists of them have one key, and each key is the function's.
    #[test]
    fn separators_keep_arguments_apart() {
        const PIECES: [&str; 7] = ["_", "-", "0", "A", "%", "%5F", "%30"];
        let texts = || {
            let longer = PIECES.iter().flat_map(|one| PIECES.map(|other| format!("{one}{other}")));
            PIECES.iter().map(|&piece| piece.to_owned()).chain(longer).chain([String::new()])
        };
        for (between, escaped) in
            [("__", "_"), ("_-", "_"), ("-0", "-"), ("0", "0"), ("00", "0"), ("0%", "0"), (":", "")]
        {
            let parts =
                [Literal("k:"), Argument { escaped }, Literal(between), Argument { escaped }];
            let mut seen = HashSet::new();
            for (one, other) in
                texts().flat_map(|one| texts().map(move |other| (one.clone(), other)))
            {
                let key = KeyWriter::key(&[7; 32], |key| {
                    key.escape(escaped);
                    key.literal("k:");
                    segment(&one).segment().write(key);
                    key.literal(between);
                    segment(&other).segment().write(key);
                });
                let key = key.expect("a key");
                assert!(could_be_key(&parts, &key), "{key}");
                assert!(
                    seen.insert(key.clone()),
                    "{one:?} and {other:?} by {between:?} have {key}"
                );
            }
        }
    }
}
