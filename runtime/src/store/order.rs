//! Which entry was used last, and which least recently. Kept by writers alone.

use foldhash::fast::FixedState;
use lru::LruCache;

use super::table::SlotId;

/// An order of slots by use.
pub trait Order {
    fn new() -> Self;

    /// Adds a slot as the most recent.
    fn push(&mut self, slot: SlotId);

    /// Makes a slot the most recent.
    fn promote(&mut self, slot: SlotId);

    /// Takes a slot out.
    fn remove(&mut self, slot: SlotId);

    /// Takes the least recent out.
    fn pop(&mut self) -> Option<SlotId>;
}

/// For the cache of one thread.
impl Order for LruCache<SlotId, (), FixedState> {
    fn new() -> Self {
        LruCache::unbounded_with_hasher(FixedState::default())
    }

    fn push(&mut self, slot: SlotId) {
        self.put(slot, ());
    }

    fn promote(&mut self, slot: SlotId) {
        LruCache::promote(self, &slot);
    }

    fn remove(&mut self, slot: SlotId) {
        LruCache::pop(self, &slot);
    }

    fn pop(&mut self) -> Option<SlotId> {
        self.pop_lru().map(|(slot, ())| slot)
    }
}

/// For caches that threads share, which may be large: a ring of links by slot, 8 bytes each, where
/// `lru` takes about 60.
pub struct Links {
    /// Where the ring begins and ends: `next` is the most recent, `previous` the least.
    ends: Link,
    links: Vec<Link>,
}

#[derive(Clone, Copy)]
struct Link {
    previous: SlotId,
    next: SlotId,
}

/// The ends, in place of a slot.
const ENDS: SlotId = SlotId::MAX;

impl Links {
    #[inline]
    fn at(&mut self, slot: SlotId) -> &mut Link {
        match slot {
            ENDS => &mut self.ends,
            slot => &mut self.links[slot as usize],
        }
    }

    #[cold]
    fn grow(&mut self, slot: SlotId) {
        self.links.resize(slot as usize + 1, Link { previous: ENDS, next: ENDS });
    }

    #[inline]
    fn unlink(&mut self, slot: SlotId) {
        let Link { previous, next } = *self.at(slot);
        self.at(previous).next = next;
        self.at(next).previous = previous;
    }

    #[inline]
    fn link_first(&mut self, slot: SlotId) {
        let next = self.ends.next;
        *self.at(slot) = Link { previous: ENDS, next };
        self.at(next).previous = slot;
        self.ends.next = slot;
    }
}

impl Order for Links {
    fn new() -> Self {
        Links { ends: Link { previous: ENDS, next: ENDS }, links: Vec::new() }
    }

    #[inline]
    fn push(&mut self, slot: SlotId) {
        if slot as usize >= self.links.len() {
            self.grow(slot);
        }
        self.link_first(slot);
    }

    #[inline]
    fn promote(&mut self, slot: SlotId) {
        if self.ends.next != slot {
            self.unlink(slot);
            self.link_first(slot);
        }
    }

    fn remove(&mut self, slot: SlotId) {
        self.unlink(slot);
    }

    #[inline]
    fn pop(&mut self) -> Option<SlotId> {
        let last = self.ends.previous;
        (last != ENDS).then(|| {
            self.unlink(last);
            last
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{FixedState, Links, LruCache, Order, SlotId};

    fn pops<O: Order>() -> Vec<SlotId> {
        let mut order = O::new();
        (0..6).for_each(|slot| order.push(slot));
        order.promote(0);
        order.promote(0);
        order.promote(3);
        order.remove(1);
        order.remove(5);
        let first = order.pop();
        order.push(5);
        order.push(1);
        first.into_iter().chain(std::iter::from_fn(|| order.pop())).collect()
    }

    #[test]
    fn both_keep_the_same_order() {
        assert_eq!(pops::<Links>(), [2, 4, 0, 3, 5, 1]);
        assert_eq!(pops::<LruCache<SlotId, (), FixedState>>(), [2, 4, 0, 3, 5, 1]);
    }
}
