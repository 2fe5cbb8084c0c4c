//! The wait lists of in-flight computations, each from the first waiter until the computation
//! ends.

use std::collections::BTreeMap;

use super::types::Generation;

/// The wait lists of computations, by generation, until the computation ends, even if its result is
/// not wanted any more.
pub(super) struct WaitLists<F> {
    // Numbers, so that the map is compiled once. A tree gives its memory back.
    places: BTreeMap<Generation, usize>,
    lists: Vec<Option<F>>,
    free: Vec<usize>,
}

impl<F: Clone> WaitLists<F> {
    pub(super) const fn new() -> Self {
        WaitLists { places: BTreeMap::new(), lists: Vec::new(), free: Vec::new() }
    }

    pub(super) fn get_or_insert(&mut self, computation: Generation, new: fn() -> F) -> F {
        if let Some(Some(list)) = place(&self.places, computation).map(|at| &self.lists[at]) {
            return list.clone();
        }
        let list = new();
        let place = self.free.pop().unwrap_or_else(|| {
            self.lists.push(None);
            self.lists.len() - 1
        });
        self.lists[place] = Some(list.clone());
        set_place(&mut self.places, computation, place);
        list
    }

    #[inline]
    pub(super) fn take(&mut self, computation: Generation) -> Option<F> {
        if self.places.is_empty() { None } else { self.take_slow(computation) }
    }

    fn take_slow(&mut self, computation: Generation) -> Option<F> {
        let place = remove_place(&mut self.places, computation)?;
        self.free.push(place);
        if self.places.is_empty() {
            self.free = Vec::new();
            return std::mem::take(&mut self.lists).into_iter().nth(place)?;
        }
        self.lists[place].take()
    }
}

#[inline(never)]
fn place(places: &BTreeMap<Generation, usize>, computation: Generation) -> Option<usize> {
    places.get(&computation).copied()
}

#[inline(never)]
fn set_place(places: &mut BTreeMap<Generation, usize>, computation: Generation, place: usize) {
    places.insert(computation, place);
}

#[inline(never)]
fn remove_place(places: &mut BTreeMap<Generation, usize>, of: Generation) -> Option<usize> {
    places.remove(&of)
}
