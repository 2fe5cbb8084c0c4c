//! Who is computing, and who waits for that. It never looks into a cache.
//!
//! A [`Flight`] is a computation that others wait for: threads and tasks alike. What begins while a thread computes,
//! or in a poll of what a task computes, is *within* that, which will not end before it does. So who waits makes all
//! that it is within wait, too, and whoever would wait for itself that way does not wait.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use once_cell::sync::OnceCell;
use parking_lot::Mutex;

use crate::info::CacheStatus;
use crate::parker::{Parker, wake_all};
use crate::store::slot::Number;
use crate::store::thread::{self, Computing};
use crate::trace::Span;

/// Which computation: the address of its cache, and its number there.
pub(crate) type Id = (usize, Number);

/// A computation, for those who wait for it.
pub(crate) struct Flight<W> {
    ending: OnceCell<Ending<W>>,
    waiters: Waiters,
}

/// The wakers of the waiters. Its functions are neither generic nor inlined, so that they are
/// compiled once, and not for each cache.
#[derive(Default)]
struct Waiters(Mutex<Wakers>);

/// The wakers by when their waiters began to wait. A tree, which gives the memory of those who left
/// back.
#[derive(Default)]
struct Wakers {
    last_id: u64,
    by_id: BTreeMap<u64, Waker>,
}

impl Waiters {
    /// Registers the waker of the waiter with this number, which is given to a new one. Ready if
    /// the wait is over: then nobody would wake it.
    #[inline(never)]
    fn register(
        &self,
        id: &mut Option<u64>,
        waker: &Waker,
        is_over: &dyn Fn() -> bool,
    ) -> Poll<()> {
        // Cloned and dropped with nothing held: it is an executor's.
        let waker = waker.clone();
        let mut wakers = self.0.lock();
        // The wait is over before the wakers are taken.
        if is_over() {
            return Poll::Ready(());
        }
        let id = *id.get_or_insert_with(|| {
            wakers.last_id += 1;
            wakers.last_id
        });
        let before = wakers.by_id.insert(id, waker);
        drop(wakers);
        drop(before);
        Poll::Pending
    }

    #[inline(never)]
    fn leave(&self, id: u64) {
        let waker = self.0.lock().by_id.remove(&id);
        drop(waker);
    }

    /// Wakes all waiters. The wait must be over.
    #[inline(never)]
    fn wake(&self) {
        // Wakers run without the lock: they are an executor's code.
        let wakers = mem::take(&mut self.0.lock().by_id);
        wake_all(wakers.into_values());
    }
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
        Arc::new(Flight { ending: OnceCell::new(), waiters: Waiters::default() })
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
        // A waiter that registers from now on finds the ending.
        self.0.waiters.wake();
    }
}

/// One who waits for a flight: a task, by its waker, or a thread, by one that ends its sleep.
pub(crate) struct Passenger<W> {
    flight: Arc<Flight<W>>,
    /// Its number among the waiters, once it is one.
    id: Option<u64>,
}

impl<W> Passenger<W> {
    pub(crate) fn new(flight: &Arc<Flight<W>>) -> Self {
        Passenger { flight: flight.clone(), id: None }
    }

    /// What came of the flight, if it has ended.
    pub(crate) fn ending(&self) -> Option<&Ending<W>> {
        self.flight.ending.get()
    }

    /// Whether it has ended; if not, it will wake the waker.
    pub(crate) fn poll(&mut self, waker: &Waker) -> Poll<()> {
        if self.ending().is_some() {
            return Poll::Ready(());
        }
        let Passenger { flight, id } = self;
        flight.waiters.register(id, waker, &|| flight.ending.get().is_some())
    }

    /// Blocks this thread until it has ended, at most until the deadline. Returns whether it has.
    pub(crate) fn wait(&mut self, deadline: Option<Instant>) -> bool {
        let parker = Parker::new();
        while self.poll(parker.waker()).is_pending() {
            if !parker.park_until(deadline) {
                return self.ending().is_some();
            }
        }
        true
    }
}

impl<W> Drop for Passenger<W> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.flight.waiters.leave(id);
        }
    }
}

/// Who computes, in few bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leader(u16);

impl Leader {
    /// A task, whichever thread that is on.
    pub(crate) const TASK: Leader = Leader(u16::MAX);
    /// A thread beyond those that have small numbers. Nobody waits for it.
    const UNKNOWN: Leader = Leader(u16::MAX - 1);

    /// This thread.
    #[inline(always)]
    pub(crate) fn this_thread() -> Self {
        match u16::try_from(thread::number()) {
            Ok(number) if number < Leader::UNKNOWN.0 => Leader(number),
            _ => Leader::UNKNOWN,
        }
    }
}

/// Who cannot go on before what it waits for has ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Waiter {
    /// A thread, in whatever it computes.
    Thread(u16),
    /// What a task computes.
    Task(Id),
}

impl Waiter {
    /// The least, in the order of the type.
    const FIRST: Waiter = Waiter::Thread(0);

    /// Who leads this computation, if that can be waited for.
    fn leader(leader: Leader, computation: Id) -> Option<Self> {
        match leader {
            Leader::TASK => Some(Waiter::Task(computation)),
            Leader::UNKNOWN => None,
            Leader(thread) => Some(Waiter::Thread(thread)),
        }
    }
}

thread_local! {
    /// What tasks compute that this thread polls now, each within the one before.
    static WITHIN: RefCell<Vec<Id>> = const { RefCell::new(Vec::new()) };
}

/// While it lives, what this thread begins is within what a task computes.
pub(crate) struct Within(Id);

impl Within {
    pub(crate) fn enter(computation: Id) -> Self {
        // While the thread ends there may be no list any more; then no task waits, either.
        let _ = WITHIN.try_with(|within| within.borrow_mut().push(computation));
        Within(computation)
    }
}

impl Drop for Within {
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
#[must_use = "it runs when it is polled"]
pub struct Run<'a, F> {
    computation: Option<Id>,
    span: &'a Span,
    body: Pin<&'a mut F>,
}

impl<'a, F: Future> Run<'a, F> {
    pub(crate) fn new(computation: Option<Id>, span: &'a Span, body: Pin<&'a mut F>) -> Self {
        Run { computation, span, body }
    }
}

impl<F: Future> Future for Run<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = self.span.poll();
        let _within = self.computation.map(Within::enter);
        self.body.as_mut().poll(context)
    }
}

/// The edges of the wait-for graph: a waiter, and what it waits for. How often each was added.
static WAITS: Mutex<Waits> = Mutex::new(BTreeMap::new());

type Waits = BTreeMap<(Waiter, Waiter), usize>;

/// A call that waits, and with it all it is within.
pub(crate) struct Wait {
    waiters: Vec<Waiter>,
    leader: Waiter,
}

impl Wait {
    /// Begins to wait for a computation; `None` for who would wait for itself.
    pub(crate) fn begin(leader: Leader, computation: Id) -> Option<Self> {
        Wait::of(waiters()?, Waiter::leader(leader, computation)?)
    }

    fn of(waiters: Vec<Waiter>, leader: Waiter) -> Option<Self> {
        if !waiters.is_empty() {
            let mut waits = WAITS.lock();
            if reaches(&waits, leader, &waiters) {
                return None;
            }
            for &waiter in &waiters {
                *waits.entry((waiter, leader)).or_default() += 1;
            }
        }
        Some(Wait { waiters, leader })
    }

    /// Waits on, within what it is now, which may have changed since the last poll. Whether that is not for itself.
    pub(crate) fn go_on(&mut self) -> bool {
        match waiters() {
            Some(waiters) if waiters == self.waiters => true,
            Some(waiters) => Wait::of(waiters, self.leader).map(|wait| *self = wait).is_some(),
            None => false,
        }
    }
}

/// All that a call which begins now is within; `None` if that cannot be known.
fn waiters() -> Option<Vec<Waiter>> {
    let tasks = |within: &RefCell<Vec<Id>>| -> Vec<_> {
        within.borrow().iter().map(|&task| Waiter::Task(task)).collect()
    };
    let mut waiters = WITHIN.try_with(tasks).ok()?;
    // Nobody waits for a thread that computes nothing.
    if Computing::now() {
        let Leader(thread) = Leader::this_thread();
        waiters.push(Some(Waiter::Thread(thread)).filter(|_| thread != Leader::UNKNOWN.0)?);
    }
    Some(waiters)
}

/// Whether one waits for any of the others, by way of others or not, or is one of them.
fn reaches(waits: &Waits, leader: Waiter, waiters: &[Waiter]) -> bool {
    let mut reached = vec![leader];
    let mut next = 0;
    while let Some(waiter) = reached.get(next) {
        if waiters.contains(waiter) {
            return true;
        }
        let from = *waiter;
        let edges = waits.range((from, Waiter::FIRST)..).map(|(&edge, _)| edge);
        for (_, further) in edges.take_while(|&(waiter, _)| waiter == from) {
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
        if self.waiters.is_empty() {
            return;
        }
        let mut waits = WAITS.lock();
        for &waiter in &self.waiters {
            if let Entry::Occupied(mut count) = waits.entry((waiter, self.leader)) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
    }
}
