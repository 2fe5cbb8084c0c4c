//! Slots by hash: an array of cells with linear probing, few of them used, so that mostly the first is the
//! one, and the processor guesses so. It never asks anybody for a hash again: who puts a slot in keeps 32 bits
//! of it.

use super::slot::SlotId;

/// The bits of a hash that are used.
pub(crate) type Tag = u32;

/// The slots of all keys.
///
/// A slot is in the first free cell from the one on to which the low bits of its tag point. The cell holds the
/// other bits of the tag, and in place of the low bits the slot, whose number has no more bits than these.
pub(crate) struct Index {
    /// As many as a power of two.
    cells: Vec<Tag>,
    /// One less.
    mask: Tag,
    len: usize,
    /// How many cells may be used: five of sixteen.
    room: usize,
}

/// No slot has a number as great as the mask.
const EMPTY: Tag = Tag::MAX;

/// How many cells there are at first, and how many there can be: one bit of each tells it from an empty one.
const FIRST: usize = 16;
const MOST: usize = 1 << 31;

/// An empty cell, until anything is added or taken out.
#[derive(Clone, Copy)]
pub(crate) struct Vacancy(u32);

impl Index {
    pub(crate) fn new() -> Self {
        Index { cells: vec![EMPTY; FIRST], mask: 15, len: 0, room: FIRST / 16 * 5 }
    }

    /// How many slots there can be.
    pub(crate) const fn most() -> usize {
        MOST / 16 * 5
    }

    /// The first of the slots that may have this tag for which `find` has an answer; else where one with this tag
    /// can be added, if there is none yet. `find` is asked about slots that do not exist, too.
    #[inline(always)]
    pub(crate) fn find<R>(
        &self,
        tag: Tag,
        mut find: impl FnMut(SlotId) -> Option<R>,
    ) -> Result<R, Option<Vacancy>> {
        let mask = self.mask;
        let mut place = tag & mask;
        let mut is_first = true;
        while let Some(&cell) = self.cells.get(place as usize) {
            // All but the low bits are equal.
            if cell ^ tag <= mask {
                if let Some(found) = find(cell & mask) {
                    return Ok(found);
                }
                is_first = false;
            }
            if cell == EMPTY {
                return Err(is_first.then_some(Vacancy(place)));
            }
            place = (place + 1) & mask;
        }
        Err(None)
    }

    /// All slots that may have this tag, and some that do not exist.
    pub(crate) fn all(&self, tag: Tag) -> impl Iterator<Item = SlotId> {
        let mask = self.mask;
        (0..=mask)
            .map(move |nth| self.cells[(tag.wrapping_add(nth) & mask) as usize])
            .take_while(|&cell| cell != EMPTY)
            .filter(move |cell| cell ^ tag <= mask)
            .map(move |cell| cell & mask)
    }

    /// Adds a slot where there was found to be a vacancy, if there may be one more.
    #[inline(always)]
    pub(crate) fn insert_at(&mut self, vacancy: Vacancy, tag: Tag, slot: SlotId) -> bool {
        let has_room = self.len < self.room;
        if has_room {
            self.cells[vacancy.0 as usize] = tag & !self.mask | slot;
            self.len += 1;
        }
        has_room
    }

    /// Adds a slot.
    pub(crate) fn insert(&mut self, tag: Tag, slot: SlotId, tag_of: impl Fn(SlotId) -> Tag) {
        if self.len >= self.room {
            self.grow(tag_of);
        }
        self.put(tag, slot);
        self.len += 1;
    }

    fn put(&mut self, tag: Tag, slot: SlotId) {
        let mut place = tag & self.mask;
        while self.cells[place as usize] != EMPTY {
            place = (place + 1) & self.mask;
        }
        self.cells[place as usize] = tag & !self.mask | slot;
    }

    #[cold]
    fn grow(&mut self, tag_of: impl Fn(SlotId) -> Tag) {
        let twice = self.cells.len() * 2;
        let (cells, mask) = (std::mem::replace(&mut self.cells, vec![EMPTY; twice]), self.mask);
        self.mask = mask << 1 | 1;
        self.room = twice / 16 * 5;
        for cell in cells {
            if cell != EMPTY {
                self.put(tag_of(cell & mask), cell & mask);
            }
        }
    }

    /// Takes a slot out. Cells behind it move up, so that none is cut off from where its tag points to.
    #[inline(always)]
    pub(crate) fn remove(&mut self, tag: Tag, slot: SlotId, tag_of: impl Fn(SlotId) -> Tag) {
        let mask = self.mask;
        let wanted = tag & !mask | slot;
        let mut hole = tag & mask;
        loop {
            let Some(&cell) = self.cells.get(hole as usize) else { return };
            if cell == wanted {
                break;
            }
            if cell == EMPTY {
                return;
            }
            hole = (hole + 1) & mask;
        }
        self.len -= 1;
        let mut place = hole;
        loop {
            place = (place + 1) & mask;
            let cell = self.cells[place as usize];
            if cell == EMPTY {
                break;
            }
            let from_home = place.wrapping_sub(tag_of(cell & mask)) & mask;
            if from_home >= place.wrapping_sub(hole) & mask {
                self.cells[hole as usize] = cell;
                hole = place;
            }
        }
        self.cells[hole as usize] = EMPTY;
    }
}

#[cfg(test)]
mod tests {
    use super::{Index, SlotId, Tag};

    /// Against a list of tags by slot, with tags that crowd in one place, at the end of the cells too.
    #[test]
    fn finds_what_was_put_in() {
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = |below: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % below
        };
        for (spread, shift) in [(1, 0), (3, 0), (16, 0), (16, 28), (1 << 20, 0), (1 << 32, 0)] {
            let mut index = Index::new();
            let mut tags: Vec<Option<Tag>> = Vec::new();
            for step in 0..3000 {
                let tag = Tag::try_from(next(spread)).expect("small").wrapping_sub(2) << shift;
                let vacant = tags.iter().position(Option::is_none).unwrap_or(tags.len());
                let slot = SlotId::try_from(vacant).expect("small");
                tags.resize(tags.len().max(vacant + 1), None);
                {
                    let tag_of = |slot: SlotId| tags[slot as usize].expect("it is in use");
                    let vacancy = index.find(tag, |_| None::<()>).err().flatten();
                    let mut insert_at = |vacancy| index.insert_at(vacancy, tag, slot);
                    if step % 2 == 0 || !vacancy.is_some_and(&mut insert_at) {
                        index.insert(tag, slot, tag_of);
                    }
                }
                tags[vacant] = Some(tag);
                if next(3) > 0 || index.len > 200 {
                    let gone = usize::try_from(next(tags.len() as u64)).expect("small");
                    if let Some(tag) = tags[gone] {
                        let tag_of = |slot: SlotId| tags[slot as usize].expect("it is in use");
                        let slot = SlotId::try_from(gone).expect("small");
                        index.remove(tag, slot, tag_of);
                        index.remove(tag, slot, tag_of);
                        tags[gone] = None;
                    }
                }
                assert_eq!(index.len, tags.iter().flatten().count());
                let has_tag = |&slot: &SlotId| tags.get(slot as usize) == Some(&Some(tag));
                let mut found: Vec<_> = index.all(tag).filter(has_tag).collect();
                let slots = 0..SlotId::try_from(tags.len()).expect("small");
                let wanted: Vec<_> = slots.filter(has_tag).collect();
                found.sort_unstable();
                assert_eq!(found, wanted);
                for wanted in wanted {
                    let is_it = |slot| (slot == wanted).then_some(slot);
                    assert_eq!(index.find(tag, is_it).ok(), Some(wanted));
                }
                assert!(index.find(tag, |_| None::<()>).is_err());
            }
        }
    }
}
