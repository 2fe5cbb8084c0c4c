//! Whether operations that overlapped could have happened one after the other: the search of Wing
//! and Gong (1993) with the memory of Lowe (2017), as in Porcupine and Knossos.
//!
//! Each operation takes effect at one moment between its start and its end. A history is
//! linearizable if there are such moments for which the specification allows every answer.

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;

/// An operation with its answer, and the moments between which it took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timed<O> {
    /// Before this moment it has had no effect.
    pub start: u64,
    /// After this moment its effect is there.
    pub end: u64,
    /// What was done, and what it returned.
    pub operation: O,
}

/// What a sequential object may do.
pub trait Specification {
    /// All that decides on later answers.
    type State: Clone + Eq + Hash + Debug;
    /// An operation with its answer.
    type Operation: Debug;

    /// Whether the operation changes nothing.
    fn is_read(&self, operation: &Self::Operation) -> bool;

    /// Adds the states that may follow if the operation has this answer: none if it cannot.
    fn step(&self, before: &Self::State, operation: &Self::Operation, after: &mut Vec<Self::State>);
}

/// The longest history that can be searched: one bit each.
const LONGEST: usize = 128;

/// Whether some order of the operations has these answers, from this state on.
///
/// # Panics
///
/// If there are more than 128 operations.
///
/// # Cost
///
/// In the worst case exponential in the number of operations that overlap.
pub fn is_linearizable<S: Specification>(
    specification: &S,
    initial: &S::State,
    history: &[Timed<S::Operation>],
) -> bool {
    assert!(history.len() <= LONGEST, "{} operations", history.len());
    let all = u128::MAX.checked_shr(u32::try_from(LONGEST - history.len()).unwrap_or(0));
    let all = all.unwrap_or(0);
    let mut seen = HashSet::new();
    let mut to_try = vec![(0_u128, initial.clone())];
    let mut after = Vec::new();
    while let Some((done, state)) = to_try.pop() {
        if done == all {
            return true;
        }
        let is_left = |place: &usize| done & (1 << place) == 0;
        let left = || (0..history.len()).filter(is_left);
        // Whatever starts after the end of another comes after it.
        let first_end = left().map(|place| history[place].end).min().unwrap_or(u64::MAX);
        let candidates = || left().filter(|&place| history[place].start < first_end);
        // A read that is allowed now may as well come now: it is in the way of nothing.
        let read = candidates().find(|&place| {
            let operation = &history[place].operation;
            after.clear();
            if specification.is_read(operation) {
                specification.step(&state, operation, &mut after);
            }
            !after.is_empty()
        });
        if let Some(place) = read {
            to_try.push((done | 1 << place, state));
            continue;
        }
        for place in candidates() {
            after.clear();
            specification.step(&state, &history[place].operation, &mut after);
            for state in after.drain(..) {
                let next = (done | 1 << place, state);
                // An order of the same operations that led to the same state needs no other look.
                if seen.insert(next.clone()) {
                    to_try.push(next);
                }
            }
        }
    }
    false
}

/// Leaves reads out that do not matter, for a message: what is left of a history that is not
/// linearizable is not, either.
pub fn shrink<S: Specification>(
    specification: &S,
    initial: &S::State,
    mut history: Vec<Timed<S::Operation>>,
) -> Vec<Timed<S::Operation>> {
    let mut place = 0;
    while place < history.len() {
        if specification.is_read(&history[place].operation) {
            let removed = history.remove(place);
            if !is_linearizable(specification, initial, &history) {
                continue;
            }
            history.insert(place, removed);
        }
        place += 1;
    }
    history
}
