//! What a cache may answer if all that overlaps happened one after the other.
//!
//! A call that computes is two operations: it starts a computation, and it ends it. So is an
//! insertion, which an invalidation between the two discards. All keys are one object, since a
//! clear removes all entries at one moment.

use functools_test_support::Specification;

pub(super) const KEYS: usize = 3;

/// A result: the number of the call whose body has returned it, or of the insertion.
pub(super) type Number = u32;

/// What happened, and what was returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// A call with the status `Hit`.
    Hit(usize, Number),
    /// A call with the status `Joined`, which got the result of this call.
    Join(usize, Number),
    /// The start of a computation by a call.
    Start(usize, Number),
    /// The start of a computation by `cache_refresh`.
    StartRefresh(usize, Number),
    /// The end of a computation whose result may be stored.
    Complete(usize, Number),
    /// The end of one whose result is not stored.
    Fail(usize, Number),
    /// An insertion at one moment.
    Insert(usize, Number),
    /// The start of one, and its end.
    StartInsert(usize, Number),
    EndInsert(usize, Number),
    /// And whether there was an entry.
    Invalidate(usize, bool),
    Peek(usize, Option<Number>),
    Contains(usize, bool),
    Clear,
}

/// The entry of a key, and the computations whose result is wanted, in the order of their starts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Key {
    entry: Option<Number>,
    wanted: Vec<Number>,
    /// The insertions that have started and not ended, discarded or not.
    inserting: Vec<Number>,
}

/// A cache for so many entries. Which one is evicted is left open: hits of several threads may be
/// ordered either way.
pub(super) struct Cache {
    pub(super) maxsize: usize,
}

impl Cache {
    /// Adds the states in which a key has this entry.
    fn store(
        &self,
        mut state: [Key; KEYS],
        key: usize,
        number: Number,
        after: &mut Vec<[Key; KEYS]>,
    ) {
        let is_new = state[key].entry.replace(number).is_none();
        let len = state.iter().filter(|key| key.entry.is_some()).count();
        if !is_new || len <= self.maxsize {
            after.push(state);
            return;
        }
        for evicted in (0..KEYS).filter(|&other| other != key) {
            if state[evicted].entry.is_some() {
                let mut state = state.clone();
                state[evicted].entry = None;
                after.push(state);
            }
        }
    }
}

impl Specification for Cache {
    type State = [Key; KEYS];
    type Operation = Operation;

    fn is_read(&self, operation: &Operation) -> bool {
        use Operation::{Contains, Hit, Join, Peek};
        matches!(operation, Hit(..) | Join(..) | Peek(..) | Contains(..))
    }

    fn step(&self, before: &[Key; KEYS], operation: &Operation, after: &mut Vec<[Key; KEYS]>) {
        use Operation::{
            Clear, Complete, Contains, EndInsert, Fail, Hit, Insert, Invalidate, Join, Peek, Start,
            StartInsert, StartRefresh,
        };
        let mut state = before.clone();
        let is_allowed = match *operation {
            Hit(key, number) => state[key].entry == Some(number),
            // Or it has waited for one that another has replaced, and has looked again.
            Join(key, number) => {
                state[key].wanted.contains(&number) || state[key].entry == Some(number)
            }
            Peek(key, found) => state[key].entry == found,
            Contains(key, is_there) => state[key].entry.is_some() == is_there,
            Start(key, number) => {
                // Concurrent calls of a key compute once.
                let may_start = state[key].entry.is_none() && state[key].wanted.is_empty();
                state[key].wanted.push(number);
                may_start
            }
            StartRefresh(key, number) => {
                state[key].wanted.push(number);
                true
            }
            Complete(key, number) => {
                let place = state[key].wanted.iter().position(|wanted| *wanted == number);
                if let Some(place) = place {
                    // Those that began earlier are out of date.
                    state[key].wanted.drain(..=place);
                    return self.store(state, key, number, after);
                }
                true
            }
            Fail(key, number) => {
                state[key].wanted.retain(|wanted| *wanted != number);
                true
            }
            StartInsert(key, number) => {
                state[key].wanted.push(number);
                state[key].inserting.push(number);
                true
            }
            Insert(key, number) => {
                state[key].wanted.clear();
                return self.store(state, key, number, after);
            }
            EndInsert(key, number) => {
                let started = state[key].inserting.iter().position(|other| *other == number);
                let Some(started) = started else { return };
                state[key].inserting.remove(started);
                return self.step(&state, &Complete(key, number), after);
            }
            Invalidate(key, had_entry) => {
                state[key].wanted.clear();
                state[key].entry.take().is_some() == had_entry
            }
            Clear => {
                for key in &mut state {
                    key.entry = None;
                    key.wanted.clear();
                }
                true
            }
        };
        if is_allowed {
            after.push(state);
        }
    }
}
