//! A small number for each living thread, so that threads spread evenly over stripes; and whether the
//! thread reads a cache now.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use parking_lot::Mutex;

use super::stripes::STRIPES;

/// Stands in for a stripe: the thread has no number yet.
const UNKNOWN: usize = usize::MAX;
/// Stands in for a stripe: the thread reads a cache.
const READING: usize = usize::MAX - 1;

struct Numbers {
    next: usize,
    free: BinaryHeap<Reverse<usize>>,
}

static NUMBERS: Mutex<Numbers> = Mutex::new(Numbers { next: 0, free: BinaryHeap::new() });

thread_local! {
    // Without destructors, so that they can be read to the very end.
    static AT: Cell<usize> = const { Cell::new(UNKNOWN) };
    static NUMBER: Cell<usize> = const { Cell::new(UNKNOWN) };
    static GIVE_BACK: GiveBack = const { GiveBack };
}

/// Who asks for a stripe, and whether it may wait for what it cannot have at once.
#[derive(Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) stripe: usize,
    /// Who reads a cache must not.
    pub(crate) waits: bool,
}

impl Caller {
    /// This thread.
    #[cold]
    #[inline(never)]
    pub(crate) fn current() -> Self {
        let number = match NUMBER.get() {
            UNKNOWN => assign(),
            number => number,
        };
        Caller { stripe: number % STRIPES, waits: AT.get() != READING }
    }
}

/// The thread's stripe, or more than there are if it has no number yet, or reads a cache.
#[inline]
pub(crate) fn stripe() -> usize {
    AT.get()
}

/// The least number that is free; it is free again when the thread has ended.
fn assign() -> usize {
    let mut numbers = NUMBERS.lock();
    let number = match numbers.free.pop() {
        Some(Reverse(number)) => number,
        None => {
            numbers.next += 1;
            numbers.next - 1
        }
    };
    drop(numbers);
    NUMBER.set(number);
    if AT.get() == UNKNOWN {
        AT.set(number % STRIPES);
    }
    // Fails while the thread ends; then the number stays taken.
    let _ = GIVE_BACK.try_with(|_| ());
    number
}

/// While it lives, this thread reads a cache, and user code may run.
///
/// Who holds something must not wait for anything: two threads, each inside of what the other waits for,
/// would wait for ever.
pub(crate) struct Reading {
    before: usize,
}

impl Reading {
    #[inline]
    pub(crate) fn begin() -> Self {
        Reading { before: AT.replace(READING) }
    }

    /// Whether this thread reads any cache.
    #[inline]
    pub(crate) fn now() -> bool {
        AT.get() == READING
    }
}

impl Drop for Reading {
    #[inline]
    fn drop(&mut self) {
        AT.set(self.before);
    }
}

struct GiveBack;

impl Drop for GiveBack {
    fn drop(&mut self) {
        let number = NUMBER.replace(UNKNOWN);
        AT.set(UNKNOWN);
        if number != UNKNOWN {
            NUMBERS.lock().free.push(Reverse(number));
        }
    }
}
