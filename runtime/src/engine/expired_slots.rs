//! [`ExpiredSlots`], the entries that a writer has found to have expired.

/// The entries that are known to have expired.
#[derive(Default)]
pub(super) struct ExpiredSlots {
    /// A bit for each slot.
    words: Vec<u64>,
    len: usize,
}

impl ExpiredSlots {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a slot, or removes it.
    pub(super) fn set(&mut self, slot: u32, has_expired: bool) {
        let (place, bit) = ((slot / u64::BITS) as usize, 1 << (slot % u64::BITS));
        if place >= self.words.len() {
            if !has_expired {
                return;
            }
            self.words.resize(place + 1, 0);
        }
        let word = &mut self.words[place];
        let was_set = *word & bit != 0;
        if has_expired {
            *word |= bit;
        } else {
            *word &= !bit;
        }
        self.len = self.len + usize::from(has_expired) - usize::from(was_set);
    }
}
