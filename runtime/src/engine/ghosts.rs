//! Ghosts: the fingerprints of the last keys that were evicted, without keys or values.

use super::index::{Growth, Index, Links};
use super::segments::{Segments, Zeroed};
use super::shim::{AtomicU32, Ordering::Relaxed};
use super::types::Fingerprint;

/// The fingerprints that were inserted last, without those that were removed.
pub(super) struct Ghosts {
    capacity: u32,
    index: Index,
    growth: Growth,
    ring: Ring,
    /// The place of the next one.
    next: u32,
    len: u32,
}

/// Places for ghosts, by number.
struct Ring(Segments<Ghost>);

#[derive(Default)]
struct Ghost {
    /// A fingerprint plus one, 0 where there is none.
    fingerprint: AtomicU32,
    /// For the index.
    links: [AtomicU32; 2],
}

// SAFETY: it is made of atomics, whose default is 0.
#[allow(unsafe_code)]
unsafe impl Zeroed for Ghost {
    #[cfg(functools_loom)]
    fn end(&mut self) {
        self.fingerprint.end();
        self.links.iter_mut().for_each(Zeroed::end);
    }
}

impl Ring {
    fn at(&self, place: u32) -> Option<Fingerprint> {
        let ghost = self.0.get(place)?;
        Some(Fingerprint(ghost.fingerprint.load(Relaxed).checked_sub(1)?))
    }
}

impl Links for Ring {
    fn links(&self, place: u32) -> Option<&[AtomicU32; 2]> {
        Some(&self.0.get(place)?.links)
    }

    fn fingerprint(&self, place: u32) -> Fingerprint {
        self.at(place).unwrap_or(Fingerprint(0))
    }
}

impl Ghosts {
    pub(super) fn new(capacity: u32) -> Self {
        Ghosts {
            capacity: capacity.max(1),
            index: Index::new(),
            growth: Growth::new(),
            ring: Ring(Segments::new(6)),
            next: 0,
            len: 0,
        }
    }

    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// Adds a fingerprint as the newest. The oldest leaves if there are too many.
    pub(super) fn insert(&mut self, fingerprint: Fingerprint) {
        self.take(fingerprint);
        let place = self.next;
        self.next = if place + 1 < self.capacity { place + 1 } else { 0 };
        self.remove(place);
        let Some(ghost) = self.ring.0.get_or_reserve(place) else { return };
        ghost.fingerprint.store(fingerprint.0 + 1, Relaxed);
        drop(self.index.insert(&self.ring, &mut self.growth, fingerprint, place));
        self.len += 1;
    }

    /// Takes a fingerprint out. Returns whether it was there.
    pub(super) fn take(&mut self, fingerprint: Fingerprint) -> bool {
        let is_it = |place| (self.ring.at(place) == Some(fingerprint)).then_some(place);
        match self.index.search(&self.ring, fingerprint, is_it) {
            Some(place) => self.remove(place),
            None => false,
        }
    }

    /// Empties a place. Returns whether there was a fingerprint.
    fn remove(&mut self, place: u32) -> bool {
        let Some(fingerprint) = self.ring.at(place) else { return false };
        self.index.remove(&self.ring, &mut self.growth, fingerprint, place);
        if let Some(ghost) = self.ring.0.get(place) {
            ghost.fingerprint.store(0, Relaxed);
        }
        self.len -= 1;
        true
    }
}

#[cfg(all(test, not(functools_loom)))]
mod tests {
    use std::collections::VecDeque;

    use super::{Fingerprint, Ghosts};

    #[test]
    fn the_last_ones_are_there() {
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = |below: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % below
        };
        for capacity in [1, 2, 7, 100, 3000] {
            let mut ghosts = Ghosts::new(capacity);
            // The inserted ghosts, the newest last; `None` for removed ones.
            let mut model: VecDeque<Option<u32>> = VecDeque::new();
            let steps = if cfg!(miri) { 200 } else { 20_000 };
            for _ in 0..steps {
                let number = u32::try_from(random(u64::from(capacity) * 3)).expect("small");
                let fingerprint = Fingerprint(number.wrapping_mul(0x9e37_79b9) >> 3);
                let place = model.iter().position(|other| *other == Some(number));
                if random(3) == 0 {
                    assert_eq!(ghosts.take(fingerprint), place.is_some());
                } else {
                    ghosts.insert(fingerprint);
                    model.push_back(Some(number));
                }
                if let Some(place) = place {
                    model[place] = None;
                }
                if model.len() > capacity as usize {
                    model.pop_front();
                }
                assert_eq!(ghosts.len() as usize, model.iter().flatten().count());
            }
        }
    }

    /// Few are there at a time, but their places go all around the ring.
    #[test]
    fn one_that_is_taken_out_is_not_there() {
        let mut ghosts = Ghosts::new(1000);
        let numbers = if cfg!(miri) { 200 } else { 5_000 };
        for number in 0..numbers {
            let fingerprint = Fingerprint(number * 7);
            ghosts.insert(fingerprint);
            assert_eq!(ghosts.len(), 1);
            assert!(ghosts.take(fingerprint) && !ghosts.take(fingerprint));
        }
    }
}
