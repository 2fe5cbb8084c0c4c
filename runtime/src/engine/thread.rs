//! A small number for each living thread, so that threads spread evenly over stripes; whether the
//! thread has pinned an engine, and whether it computes what is to be stored in one.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use parking_lot::Mutex;

/// The number of threads that can read one engine without sharing a stripe.
#[cfg(not(functools_loom))]
pub(super) const STRIPES: usize = 32;
#[cfg(functools_loom)]
pub(super) const STRIPES: usize = 2;

/// In place of a number: none was given yet.
const UNKNOWN: usize = usize::MAX;

/// In place of a number: that of a thread that ends.
const ENDING: usize = usize::MAX - 1;

struct ThreadIds {
    next: usize,
    free: BinaryHeap<Reverse<usize>>,
}

static THREAD_IDS: Mutex<ThreadIds> = Mutex::new(ThreadIds { next: 0, free: BinaryHeap::new() });

/// The state of this thread, in two cells: a hit writes one of them twice, and its read of the
/// other does not depend on these writes.
struct Current {
    number: Cell<usize>,
    /// The stripe of this number; `UNKNOWN` without one.
    stripe: Cell<usize>,
    is_reading: Cell<bool>,
    computing: Cell<u32>,
}

impl Current {
    // A value for each thread: only its initial state is constant.
    #[allow(clippy::declare_interior_mutable_const)]
    const NEW: Current = Current {
        number: Cell::new(UNKNOWN),
        stripe: Cell::new(UNKNOWN),
        is_reading: Cell::new(false),
        computing: Cell::new(0),
    };
}

#[cfg(functools_loom)]
loom::thread_local! {
    static CURRENT: Current = Current::NEW;
}

/// Gives this thread a number. The model checker repeats a run, which must not depend on the
/// threads of other tests.
#[cfg(all(test, functools_loom))]
pub(crate) fn set_number(number: usize) {
    CURRENT.with(|this| {
        this.number.set(number);
        this.stripe.set(number % STRIPES);
    });
}

thread_local! {
    // Without a destructor, so that it can be read to the very end.
    #[cfg(not(functools_loom))]
    static CURRENT: Current = const { Current::NEW };
    static RELEASE_ON_EXIT: ReleaseOnExit = const { ReleaseOnExit };
}

/// A thread that needs a stripe, and whether it may wait for one.
#[derive(Clone, Copy)]
pub(crate) struct CallerThread {
    pub(crate) stripe: usize,
    /// False within a pin.
    pub(crate) may_block: bool,
}

impl CallerThread {
    /// This thread.
    #[cold]
    #[inline(never)]
    pub(crate) fn current() -> Self {
        CallerThread { stripe: number() % STRIPES, may_block: !ReadScope::is_active() }
    }
}

/// The thread's number.
#[inline]
pub(crate) fn number() -> usize {
    match CURRENT.with(|this| this.number.get()) {
        UNKNOWN => allocate_id(),
        number => number,
    }
}

/// The thread's stripe; more than there are if it has no number yet, or has pinned an engine.
#[inline(always)]
pub(crate) fn stripe() -> usize {
    CURRENT.with(|this| if this.is_reading.get() { UNKNOWN } else { this.stripe.get() })
}

/// While it exists, this thread computes a result, and does nothing else until that is done.
pub(crate) struct ComputeScope(());

impl ComputeScope {
    #[inline(always)]
    pub(crate) fn begin() -> Self {
        CURRENT.with(|this| this.computing.set(this.computing.get().wrapping_add(1)));
        ComputeScope(())
    }

    /// Whether this thread computes anything.
    pub(crate) fn is_active() -> bool {
        CURRENT.with(|this| this.computing.get() != 0)
    }
}

impl Drop for ComputeScope {
    #[inline(always)]
    fn drop(&mut self) {
        CURRENT.with(|this| this.computing.set(this.computing.get().wrapping_sub(1)));
    }
}

/// The least number that is free; it is free again when the thread has ended.
#[cold]
#[inline(never)]
fn allocate_id() -> usize {
    let mut numbers = THREAD_IDS.lock();
    let number = match numbers.free.pop() {
        Some(Reverse(number)) => number,
        None => {
            numbers.next += 1;
            numbers.next - 1
        }
    };
    drop(numbers);
    CURRENT.with(|this| {
        this.number.set(number);
        this.stripe.set(number % STRIPES);
    });
    if RELEASE_ON_EXIT.try_with(|_| ()).is_err() {
        // The thread ends, and nothing will give the number back later.
        THREAD_IDS.lock().free.push(Reverse(number));
        CURRENT.with(|this| this.number.set(ENDING));
        return ENDING;
    }
    number
}

/// While it exists, this thread has pinned an engine, and user code may run.
///
/// Such a thread must not wait for other readers or computations: two threads, each within a pin
/// that the other waits for, would wait for ever.
pub(crate) struct ReadScope {
    is_nested: bool,
}

impl ReadScope {
    /// Begins to read, within another pin or not.
    #[inline(always)]
    pub(crate) fn begin(is_nested: bool) -> Self {
        CURRENT.with(|this| this.is_reading.set(true));
        ReadScope { is_nested }
    }

    /// Forgets a scope that is not within another one; the thread goes on to read.
    #[inline(always)]
    pub(crate) fn suspend(self) {
        debug_assert!(!self.is_nested);
        std::mem::forget(self);
    }

    /// Returns the scope that was suspended.
    #[inline(always)]
    pub(crate) fn resume() -> Self {
        ReadScope { is_nested: false }
    }

    /// Whether this thread has pinned any engine.
    #[inline]
    pub(crate) fn is_active() -> bool {
        CURRENT.with(|this| this.is_reading.get())
    }
}

impl Drop for ReadScope {
    #[inline(always)]
    fn drop(&mut self) {
        CURRENT.with(|this| this.is_reading.set(self.is_nested));
    }
}

/// The thread or task that computes, in few bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leader(pub(crate) u16);

impl Leader {
    /// A task, whichever thread it is on.
    pub(crate) const TASK: Leader = Leader(u16::MAX);
    /// A thread beyond those that have small numbers. No call waits for it.
    pub(crate) const UNKNOWN: Leader = Leader(u16::MAX - 1);

    /// This thread.
    #[inline(always)]
    pub(crate) fn this_thread() -> Self {
        match u16::try_from(number()) {
            Ok(number) if number < Leader::UNKNOWN.0 => Leader(number),
            _ => Leader::UNKNOWN,
        }
    }
}

struct ReleaseOnExit;

impl Drop for ReleaseOnExit {
    fn drop(&mut self) {
        let number = CURRENT.with(|this| {
            this.stripe.set(UNKNOWN);
            this.number.replace(UNKNOWN)
        });
        if number != UNKNOWN {
            THREAD_IDS.lock().free.push(Reverse(number));
        }
    }
}
