//! Who is computing, and who waits for that. It never looks into a cache.
//!
//! A [`Flight`] is a computation that others wait for: threads and tasks alike. What has begun while a computation
//! ran, on its thread or in its poll, is *within* it; the computation will not end before that does. So who waits
//! makes all that it is within wait, too, and whoever would wait for itself that way does not wait.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use event_listener::{Event, EventListener};
use once_cell::sync::OnceCell;
use parking_lot::Mutex;

use crate::info::CacheStatus;
use crate::store::table::Number;

/// Which computation: the address of its cache, and its number there.
pub(crate) type Id = (usize, Number);

/// A computation, for those who wait for it.
pub(crate) struct Flight<W> {
    ending: OnceCell<Ending<W>>,
    ended: Event,
}

/// What came of a computation.
pub(crate) enum Ending<W> {
    /// A result, for all who wait, and where it came from.
    Shared(W, CacheStatus),
    /// A result that is its caller's alone: the others compute, all at once.
    Unshared,
    /// Nothing: the next in line computes.
    Abandoned,
}

impl<W> Flight<W> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Flight { ending: OnceCell::new(), ended: Event::new() })
    }

    /// What came of it, or what to wait for.
    pub(crate) fn ending(&self) -> Result<&Ending<W>, EventListener> {
        if let Some(ending) = self.ending.get() {
            return Ok(ending);
        }
        let listener = self.ended.listen();
        // It may have ended before anybody listened.
        self.ending.get().ok_or(listener)
    }
}

/// The end of a flight, which all who wait for it learn of: abandoned, unless something else is said.
pub(crate) struct Landing<W>(pub(crate) Arc<Flight<W>>);

impl<W> Landing<W> {
    pub(crate) fn end(self, ending: Ending<W>) {
        let _ = self.0.ending.set(ending);
    }
}

impl<W> Drop for Landing<W> {
    fn drop(&mut self) {
        let _ = self.0.ending.set(Ending::Abandoned);
        self.0.ended.notify(usize::MAX);
    }
}

thread_local! {
    /// What this thread computes now, each within the one before.
    static WITHIN: RefCell<Vec<Id>> = const { RefCell::new(Vec::new()) };
}

/// While it lives, what this thread begins is within a computation.
pub(crate) struct Within(Id);

impl Within {
    #[inline]
    pub(crate) fn enter(computation: Id) -> Self {
        // While the thread ends there may be no list any more; then nobody waits, either.
        let _ = WITHIN.try_with(|within| within.borrow_mut().push(computation));
        Within(computation)
    }
}

impl Drop for Within {
    #[inline]
    fn drop(&mut self) {
        let _ = WITHIN.try_with(|within| {
            let mut within = within.borrow_mut();
            // The last, as a rule.
            if let Some(at) = within.iter().rposition(|other| *other == self.0) {
                within.remove(at);
            }
        });
    }
}

/// Runs the body of a computation; what begins in its polls is within it.
pub(crate) async fn run<F: Future>(computation: Option<Id>, mut body: Pin<&mut F>) -> F::Output {
    poll_fn(|context| {
        let _within = computation.map(Within::enter);
        body.as_mut().poll(context)
    })
    .await
}

/// The flights that calls within each computation wait for.
static WAITS: Mutex<BTreeMap<Id, Vec<Id>>> = Mutex::new(BTreeMap::new());

/// A call that waits for a flight, and with it all it is within.
pub(crate) struct Wait {
    within: Vec<Id>,
    flight: Id,
}

impl Wait {
    /// Begins to wait; `None` for who would wait for itself.
    pub(crate) fn begin(flight: Id) -> Option<Self> {
        let within = WITHIN.try_with(|within| within.borrow().clone()).ok()?;
        if within.contains(&flight) {
            return None;
        }
        // What nobody can wait for need not be known.
        if !within.is_empty() {
            let mut waits = WAITS.lock();
            if reaches(&waits, flight, &within) {
                return None;
            }
            for &computation in &within {
                waits.entry(computation).or_default().push(flight);
            }
        }
        Some(Wait { within, flight })
    }
}

/// Whether a flight waits for one of these computations, by way of others or not.
fn reaches(waits: &BTreeMap<Id, Vec<Id>>, flight: Id, computations: &[Id]) -> bool {
    let mut reached = vec![flight];
    let mut next = 0;
    while let Some(computation) = reached.get(next) {
        if computations.contains(computation) {
            return true;
        }
        for &further in waits.get(computation).into_iter().flatten() {
            if !reached.contains(&further) {
                reached.push(further);
            }
        }
        next += 1;
    }
    false
}

impl Drop for Wait {
    fn drop(&mut self) {
        if self.within.is_empty() {
            return;
        }
        let mut waits = WAITS.lock();
        for computation in &self.within {
            let Some(flights) = waits.get_mut(computation) else { continue };
            if let Some(at) = flights.iter().position(|flight| *flight == self.flight) {
                flights.swap_remove(at);
            }
            if flights.is_empty() {
                waits.remove(computation);
            }
        }
    }
}
