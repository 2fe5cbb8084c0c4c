//! [`Tag`], a label of entries, and [`Tags`], those that `tags(..)` gives to one entry.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use once_cell::sync::Lazy;

use super::key_writer::KeyWriter;

/// A label by which entries are removed, with the hash by which this process knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tag {
    name: Box<str>,
    hash: u64,
}

impl Tag {
    /// Returns the tag of this name.
    pub(crate) fn new(name: &str) -> Self {
        Tag { name: name.into(), hash: hash_tag(name) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }
}

/// Its key is random, as tags may come from users.
static HASHER: Lazy<RandomState> = Lazy::new(RandomState::default);

/// Returns the hash by which this process knows a tag. If two tags have one hash, an invalidation
/// of one removes the entries of both.
pub(crate) fn hash_tag(name: &str) -> u64 {
    HASHER.hash_one(name)
}

/// The tags of an entry.
#[derive(Default)]
pub struct Tags(Vec<Tag>);

/// No function has secrets in its tags.
const NO_SECRET: [u8; 32] = [0; 32];

impl Tags {
    /// Adds the tag that `write` makes.
    ///
    /// # Panics
    ///
    /// If the `Display` or `Debug` of an argument returns an error, as `to_string` does.
    pub fn add(&mut self, write: impl FnOnce(&mut KeyWriter<'_>)) {
        let Some(name) = KeyWriter::key(&NO_SECRET, write) else {
            panic!("an argument in `tags` returned an error from its `Display` or `Debug`")
        };
        let tag = Tag::new(&name);
        if !self.0.contains(&tag) {
            self.0.push(tag);
        }
    }

    pub(crate) fn as_slice(&self) -> &[Tag] {
        &self.0
    }

    pub(crate) fn into_boxed(self) -> Box<[Tag]> {
        self.0.into_boxed_slice()
    }
}

/// Writes the tags of an entry, for a call that computes it.
pub trait WriteTags {
    fn write(self) -> Tags;
}

/// Without the option `tags`.
#[derive(Clone, Copy)]
pub struct Untagged;

impl WriteTags for Untagged {
    #[inline(always)]
    fn write(self) -> Tags {
        Tags::default()
    }
}

/// With `tags(..)`.
#[derive(Clone, Copy)]
pub struct TaggedBy<F>(pub(crate) F);

impl<F: FnOnce(&mut Tags)> WriteTags for TaggedBy<F> {
    #[cold]
    fn write(self) -> Tags {
        let mut tags = Tags::default();
        self.0(&mut tags);
        tags
    }
}

#[cfg(test)]
mod tests {
    use super::Tags;
    use crate::types::segment::segment;

    #[test]
    fn arguments_are_escaped_and_each_tag_is_added_once() {
        let mut tags = Tags::default();
        for id in ["a b", "ü", "a b"] {
            tags.add(|tag| {
                tag.literal("user:");
                segment(id).segment().write(tag);
            });
        }
        let names: Vec<_> = tags.as_slice().iter().map(Tag::name).collect();
        assert_eq!(names, ["user:a%20b", "user:%C3%BC"]);
    }
}
