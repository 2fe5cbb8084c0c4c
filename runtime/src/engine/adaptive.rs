//! The adaptive policy: S3-FIFO (Yang, Zhang, Qiu, Yue and Rashmi, "FIFO queues are all you need
//! for cache eviction", SOSP 2023), whose split between its two queues follows its mistakes as in
//! ARC (Megiddo and Modha, "ARC: a self-tuning, low overhead replacement cache", FAST 2003).
//!
//! An entry is in one of two queues, *small* or *main*. A hit raises the entry's count, at most to
//! [`MAX_HITS`], and moves nothing. Ghosts are the keys that left each queue lately: one that comes
//! back had left too soon, so its queue gets a larger share.

use super::arena::{Arena, SlotRef};
use super::ghosts::Ghosts;
use super::lru::List;
use super::shim::Ordering::Relaxed;
use super::types::Fingerprint;

/// A hit raises the count of its entry to this at most.
pub(super) const MAX_HITS: u32 = 3;

/// The values of `Header::born` for an entry.
const IN_SMALL: u64 = 0;
const IN_MAIN: u64 = 1;

/// The initial number of ghosts, if the number of entries has no bound.
const FIRST_GHOSTS: u32 = 1024;

/// Makes the count of an entry's hits another number. Returns the one before.
fn update_hits(slot: SlotRef<'_>, update: impl FnOnce(u32) -> u32) -> u32 {
    // A hit at the same moment may be lost.
    let hits = slot.header.touched.load(Relaxed);
    slot.header.touched.store(update(hits), Relaxed);
    hits
}

pub(super) struct Adaptive {
    small: List,
    main: List,
    left_small: Ghosts,
    left_main: Ghosts,
    /// For how many entries there is room: `n` of the algorithm. Without a bound by number, how
    /// many there were when one was evicted last.
    capacity: u32,
    /// The maximum number of ghosts of each queue.
    ghosts: u32,
    is_bounded: bool,
    /// The target number of entries in small.
    share: f64,
    /// Whether the entry that was admitted last goes to main.
    to_main: bool,
}

impl Adaptive {
    pub(super) fn new(capacity: Option<u32>) -> Self {
        let is_bounded = capacity.is_some();
        let capacity = capacity.unwrap_or(FIRST_GHOSTS).max(1);
        Adaptive {
            small: List::new(),
            main: List::new(),
            left_small: Ghosts::new(capacity),
            left_main: Ghosts::new(capacity),
            capacity,
            ghosts: capacity,
            is_bounded,
            share: f64::from(capacity) / 10.0,
            to_main: false,
        }
    }

    /// Says that a key is to be stored, before room is made for it.
    pub(super) fn admit(&mut self, fingerprint: Fingerprint) {
        let in_small = self.left_small.take(fingerprint);
        let in_main = self.left_main.take(fingerprint);
        let (small, main) = (f64::from(self.left_small.len()), f64::from(self.left_main.len()));
        // One that was taken out just now still counts for its ghosts.
        if in_small {
            let step = (main / (small + 1.0)).max(1.0);
            self.share = (self.share + step).min(f64::from(self.capacity) - 1.0);
        }
        if in_main {
            let step = (small / (main + 1.0)).max(1.0);
            self.share = (self.share - step).max(1.0);
        }
        self.to_main = in_small || in_main;
    }

    /// Adds the entry that was admitted last.
    pub(super) fn push_admitted(&mut self, arena: &Arena, slot: SlotRef<'_>) {
        slot.header.touched.store(0, Relaxed);
        self.push(arena, slot, self.to_main);
    }

    fn push(&mut self, arena: &Arena, slot: SlotRef<'_>, to_main: bool) {
        let (queue, born) =
            if to_main { (&mut self.main, IN_MAIN) } else { (&mut self.small, IN_SMALL) };
        queue.push(arena, slot);
        slot.node.born.store(born, Relaxed);
    }

    /// Adapts to the number of entries, where that is not bounded.
    fn set_capacity(&mut self) {
        let capacity = u32::try_from(self.small.len() + self.main.len()).unwrap_or(u32::MAX).max(1);
        if capacity > self.ghosts {
            self.ghosts = self.ghosts.saturating_mul(2).max(capacity);
            self.left_small = Ghosts::new(self.ghosts);
            self.left_main = Ghosts::new(self.ghosts);
        }
        self.share *= f64::from(capacity) / f64::from(self.capacity);
        self.capacity = capacity;
    }

    /// Takes another bound. It has no ghosts at first.
    pub(super) fn resize(&mut self, capacity: Option<u32>) {
        if capacity == Some(self.capacity).filter(|_| self.is_bounded) {
            return;
        }
        let resized = Adaptive::new(capacity);
        let share = self.share * f64::from(resized.capacity) / f64::from(self.capacity);
        let (small, main) = (self.small.take(), self.main.take());
        *self = Adaptive { small, main, share, ..resized };
    }

    /// Removes an entry that the policy did not choose.
    pub(super) fn remove(&mut self, arena: &Arena, slot: SlotRef<'_>) {
        let is_in_main = slot.node.born.load(Relaxed) == IN_MAIN;
        let queue = if is_in_main { &mut self.main } else { &mut self.small };
        queue.remove(arena, slot);
    }

    /// Chooses an entry to evict, and removes it from its queue. `None` if there is none.
    pub(super) fn evict<'a>(&mut self, arena: &'a Arena) -> Option<SlotRef<'a>> {
        if !self.is_bounded {
            self.set_capacity();
        }
        loop {
            #[allow(clippy::cast_precision_loss)]
            let is_small_full = self.small.len() as f64 >= self.share;
            let oldest = self.small.oldest().filter(|_| is_small_full || self.main.len() == 0);
            let Some(slot) = oldest else { return self.evict_from_main(arena) };
            let slot = arena.slot_ref(slot)?;
            self.small.remove(arena, slot);
            if update_hits(slot, |_| 0) == 0 {
                self.left_small.insert(slot.fingerprint());
                return Some(slot);
            }
            self.push(arena, slot, true);
            #[allow(clippy::cast_precision_loss)]
            let is_main_over = self.main.len() as f64 > self.main_share();
            if is_main_over {
                return self.evict_from_main(arena);
            }
        }
    }

    fn main_share(&self) -> f64 {
        (f64::from(self.capacity) - self.share).max(1.0)
    }

    fn evict_from_main<'a>(&mut self, arena: &'a Arena) -> Option<SlotRef<'a>> {
        // After this many steps all counts have been 0, except for hits meanwhile.
        let mut steps = self.main.len().saturating_mul(MAX_HITS as usize);
        loop {
            let slot = arena.slot_ref(self.main.oldest()?)?;
            self.main.remove(arena, slot);
            if update_hits(slot, |hits| hits.saturating_sub(1)) == 0 || steps == 0 {
                self.left_main.insert(slot.fingerprint());
                return Some(slot);
            }
            // It was hit: back it goes, as the newest.
            self.main.push(arena, slot);
            steps -= 1;
        }
    }
}

#[cfg(all(test, not(functools_loom)))]
pub(super) mod tests;
