//! Which keys a key has been compared with: what a reader found out, for a writer, who compares none.

use super::index::Tag;
use super::order::Order;
use super::slot::Number;
use super::table::Table;

/// The groups a key has been compared with.
#[derive(Default)]
pub(crate) struct Compared {
    /// The one it belongs to.
    pub(crate) equal: Option<Number>,
    others: Vec<Number>,
}

impl Compared {
    fn knows(&self, group: Number) -> bool {
        self.equal == Some(group) || self.others.contains(&group)
    }

    /// Whether there is nothing with this tag that the key has not been compared with.
    #[inline]
    pub(crate) fn covers<K, V, O: Order, F>(&self, table: &Table<K, V, O, F>, tag: Tag) -> bool {
        table.with_tag(tag).all(|(group, _)| self.knows(group))
    }

    /// Compares the key with what it was not compared with yet. What user code asks for meanwhile is not
    /// done before all of that is.
    pub(crate) fn compare<K, V, O: Order, F>(
        &mut self,
        table: &Table<K, V, O, F>,
        tag: Tag,
        is_equal: impl Fn(&K) -> bool,
    ) {
        for (group, key) in table.with_tag(tag) {
            if !self.knows(group) {
                // The group that was equal before, if there was one, is gone: no two are.
                let other = if is_equal(key) { self.equal.replace(group) } else { Some(group) };
                self.others.extend(other);
            }
        }
    }
}
