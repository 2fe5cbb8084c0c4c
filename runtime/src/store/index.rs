//! Slots by hash: an array of cells with linear probing. It never asks anybody for a hash again, since each
//! cell holds the 32 bits of it that are used.

use super::table::SlotId;

/// The bits of a hash that are used.
pub(crate) type Tag = u32;

/// A tag and a slot in one word.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Cell(u64);

impl Cell {
    /// No slot has this number.
    const EMPTY: Cell = Cell(u64::MAX);

    fn new(tag: Tag, slot: SlotId) -> Self {
        Cell(u64::from(tag) << 32 | u64::from(slot))
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    fn tag(self) -> Tag {
        (self.0 >> 32) as Tag
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    fn slot(self) -> SlotId {
        self.0 as SlotId
    }
}

/// The slots of all keys.
pub(crate) struct Index {
    /// As many as a power of two.
    cells: Vec<Cell>,
    len: usize,
    /// How many may be used.
    room: usize,
}

/// An empty cell, until anything is added or taken out.
pub(crate) struct Vacancy(usize);

/// How many cells there are at first.
const FIRST: usize = 8;

impl Index {
    pub(crate) fn new() -> Self {
        Index { cells: vec![Cell::EMPTY; FIRST], len: 0, room: FIRST / 8 * 5 }
    }

    /// The first of the slots with this tag for which `find` has an answer. It is asked about no slot, too.
    #[inline(always)]
    pub(crate) fn find<R>(&self, tag: Tag, mut find: impl FnMut(SlotId) -> Option<R>) -> Option<R> {
        let mask = self.cells.len() - 1;
        let mut place = tag as usize & mask;
        loop {
            let cell = *self.cells.get(place)?;
            // An empty one has a tag too; but its slot is none, and `find` has no answer for that.
            if cell.tag() == tag
                && let Some(found) = find(cell.slot())
            {
                return Some(found);
            }
            if cell == Cell::EMPTY {
                return None;
            }
            place = (place + 1) & mask;
        }
    }

    /// All slots with this tag.
    pub(crate) fn all(&self, tag: Tag) -> impl Iterator<Item = SlotId> {
        let mask = self.cells.len() - 1;
        (tag as usize..)
            .map(move |place| self.cells[place & mask])
            .take_while(|&cell| cell != Cell::EMPTY)
            .filter(move |cell| cell.tag() == tag)
            .map(Cell::slot)
    }

    /// Where a slot with this tag can be added, if there is none yet.
    #[inline(always)]
    pub(crate) fn vacancy(&mut self, tag: Tag) -> Option<Vacancy> {
        self.make_room();
        let mask = self.cells.len() - 1;
        let mut place = tag as usize & mask;
        loop {
            let cell = *self.cells.get(place)?;
            if cell == Cell::EMPTY {
                return Some(Vacancy(place));
            }
            if cell.tag() == tag {
                return None;
            }
            place = (place + 1) & mask;
        }
    }

    /// Adds a slot where there was found to be room.
    #[inline(always)]
    pub(crate) fn insert_at(&mut self, place: Vacancy, tag: Tag, slot: SlotId) {
        self.cells[place.0] = Cell::new(tag, slot);
        self.len += 1;
    }

    /// Adds a slot.
    pub(crate) fn insert(&mut self, tag: Tag, slot: SlotId) {
        self.make_room();
        self.put(Cell::new(tag, slot));
        self.len += 1;
    }

    /// Five eighths are used at most.
    #[inline(always)]
    fn make_room(&mut self) {
        if self.len >= self.room {
            self.grow();
        }
    }

    fn put(&mut self, cell: Cell) {
        let mask = self.cells.len() - 1;
        let mut place = cell.tag() as usize & mask;
        while self.cells[place] != Cell::EMPTY {
            place = (place + 1) & mask;
        }
        self.cells[place] = cell;
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let more = vec![Cell::EMPTY; self.cells.len() * 2];
        self.room = more.len() / 8 * 5;
        for cell in std::mem::replace(&mut self.cells, more) {
            if cell != Cell::EMPTY {
                self.put(cell);
            }
        }
    }

    /// Takes a slot out. Cells behind it move up, so that none is cut off from where its tag points to.
    #[inline(always)]
    pub(crate) fn remove(&mut self, tag: Tag, slot: SlotId) {
        let mask = self.cells.len() - 1;
        let wanted = Cell::new(tag, slot);
        let mut hole = tag as usize & mask;
        while self.cells[hole] != wanted {
            if self.cells[hole] == Cell::EMPTY {
                return;
            }
            hole = (hole + 1) & mask;
        }
        self.len -= 1;
        let mut place = hole;
        loop {
            place = (place + 1) & mask;
            let cell = self.cells[place];
            if cell == Cell::EMPTY {
                break;
            }
            let from_home = place.wrapping_sub(cell.tag() as usize) & mask;
            if from_home >= place.wrapping_sub(hole) & mask {
                self.cells[hole] = cell;
                hole = place;
            }
        }
        self.cells[hole] = Cell::EMPTY;
    }
}

#[cfg(test)]
mod tests {
    use super::{Index, SlotId, Tag};

    /// Against a list of pairs, with tags that crowd in one place, at the end of the cells too.
    #[test]
    fn finds_what_was_put_in() {
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = |below: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % below
        };
        for spread in [1, 3, 16, 1 << 20, 1 << 32] {
            let mut index = Index::new();
            let mut pairs: Vec<(Tag, SlotId)> = Vec::new();
            for slot in 0..3000 {
                let tag = Tag::try_from(next(spread)).expect("small").wrapping_sub(2);
                index.insert(tag, slot);
                pairs.push((tag, slot));
                if next(3) > 0 || pairs.len() > 200 {
                    let gone = usize::try_from(next(pairs.len() as u64)).expect("small");
                    let (tag, slot) = pairs.swap_remove(gone);
                    index.remove(tag, slot);
                    index.remove(tag, slot);
                }
                assert_eq!(index.len, pairs.len());
                let (tag, _) = pairs.last().copied().unwrap_or((tag, slot));
                let mut found: Vec<_> = index.all(tag).collect();
                let mut wanted: Vec<_> =
                    pairs.iter().filter(|pair| pair.0 == tag).map(|pair| pair.1).collect();
                found.sort_unstable();
                wanted.sort_unstable();
                assert_eq!(found, wanted);
                for wanted in wanted {
                    let is_it = |slot| (slot == wanted).then_some(slot);
                    assert_eq!(index.find(tag, is_it), Some(wanted));
                }
                assert_eq!(index.find(tag, |_| None::<()>), None);
            }
        }
    }
}
