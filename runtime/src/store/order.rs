//! Which entry was used last, and which least recently. Kept by writers alone.

use foldhash::fast::FixedState;
use lru::LruCache;

use super::slot::SlotId;

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
    /// The first joins both ends: its `next` is the most recent, its `previous` the least. The others are
    /// those of the slots, from the first one on.
    ring: Vec<Link>,
}

#[derive(Clone, Copy)]
struct Link {
    previous: u32,
    next: u32,
}

const LOOSE: Link = Link { previous: 0, next: 0 };

impl Links {
    #[inline]
    fn unlink(&mut self, place: u32) {
        let Link { previous, next } = self.ring[place as usize];
        self.ring[previous as usize].next = next;
        self.ring[next as usize].previous = previous;
    }

    #[inline]
    fn link_first(&mut self, place: u32) {
        let next = self.ring[0].next;
        self.ring[place as usize] = Link { previous: 0, next };
        self.ring[next as usize].previous = place;
        self.ring[0].next = place;
    }

    #[cold]
    fn grow(&mut self, place: u32) {
        self.ring.resize(place as usize + 1, LOOSE);
    }
}

// There are fewer slots than `u32` has numbers.
impl Order for Links {
    fn new() -> Self {
        Links { ring: vec![LOOSE] }
    }

    #[inline]
    fn push(&mut self, slot: SlotId) {
        let place = slot + 1;
        if place as usize >= self.ring.len() {
            self.grow(place);
        }
        self.link_first(place);
    }

    #[inline]
    fn promote(&mut self, slot: SlotId) {
        let place = slot + 1;
        if self.ring[0].next != place {
            self.unlink(place);
            self.link_first(place);
        }
    }

    fn remove(&mut self, slot: SlotId) {
        self.unlink(slot + 1);
    }

    #[inline]
    fn pop(&mut self) -> Option<SlotId> {
        let last = self.ring[0].previous;
        (last != 0).then(|| {
            self.unlink(last);
            last - 1
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
