//! Who is computing: the calls whose body runs now.
//!
//! A flight that is no longer listed when its body ends is not stored. That is how an invalidation
//! or a clear reaches results that are still being computed.

use crate::store::Ticket;

/// One running computation.
pub(crate) struct Flight<R> {
    pub(crate) hash: u64,
    pub(crate) ticket: Ticket,
    pub(crate) record: R,
}

/// The running computations of one cache, oldest first.
pub(crate) struct Flights<R>(Vec<Flight<R>>);

impl<R> Flights<R> {
    pub(crate) fn new() -> Self {
        Flights(Vec::new())
    }

    /// Lists a computation; tickets only grow.
    pub(crate) fn begin(&mut self, flight: Flight<R>) {
        self.0.push(flight);
    }

    /// Takes a computation off the list. `None` if it was taken off before.
    pub(crate) fn end(&mut self, ticket: Ticket) -> Option<Flight<R>> {
        // The last to begin is mostly the first to end, as in a recursion.
        let place = match self.0.last() {
            Some(last) if last.ticket == ticket => self.0.len() - 1,
            _ => self.0.binary_search_by_key(&ticket, |flight| flight.ticket).ok()?,
        };
        Some(self.0.remove(place))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Flight<R>> {
        self.0.iter()
    }

    /// Takes all off the list.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::replace(self, Flights::new())
    }
}
