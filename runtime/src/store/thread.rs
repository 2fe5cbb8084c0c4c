//! A small number for each living thread, so that threads spread evenly over stripes; whether the thread reads a
//! cache now, and whether it computes what is to be stored in one.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use parking_lot::Mutex;

use super::stripes::STRIPES;

/// In place of a number: none was given yet.
const UNKNOWN: usize = usize::MAX;

struct Numbers {
    next: usize,
    free: BinaryHeap<Reverse<usize>>,
}

static NUMBERS: Mutex<Numbers> = Mutex::new(Numbers { next: 0, free: BinaryHeap::new() });

/// What is known of this thread. Two cells: a hit writes one of them twice, and need not wait for that
/// to read the other.
struct This {
    number: Cell<usize>,
    /// The stripe of this number; `UNKNOWN` without one.
    stripe: Cell<usize>,
    reading: Cell<bool>,
    computing: Cell<u32>,
}

thread_local! {
    // Without a destructor, so that it can be read to the very end.
    static THIS: This = const {
        This {
            number: Cell::new(UNKNOWN),
            stripe: Cell::new(UNKNOWN),
            reading: Cell::new(false),
            computing: Cell::new(0),
        }
    };
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
        Caller { stripe: number() % STRIPES, waits: !Reading::now() }
    }
}

/// The thread's number.
#[inline]
pub(crate) fn number() -> usize {
    match THIS.with(|this| this.number.get()) {
        UNKNOWN => assign(),
        number => number,
    }
}

/// The thread's stripe; more than there are if it has no number yet, or reads a cache.
#[inline(always)]
pub(crate) fn stripe() -> usize {
    THIS.with(|this| if this.reading.get() { UNKNOWN } else { this.stripe.get() })
}

/// While it lives, this thread computes a result, and does nothing else until that is done.
pub(crate) struct Computing(());

impl Computing {
    #[inline(always)]
    pub(crate) fn begin() -> Self {
        THIS.with(|this| this.computing.set(this.computing.get().wrapping_add(1)));
        Computing(())
    }

    /// Whether this thread computes anything.
    pub(crate) fn now() -> bool {
        THIS.with(|this| this.computing.get() != 0)
    }
}

impl Drop for Computing {
    #[inline(always)]
    fn drop(&mut self) {
        THIS.with(|this| this.computing.set(this.computing.get().wrapping_sub(1)));
    }
}

/// The least number that is free; it is free again when the thread has ended.
#[cold]
#[inline(never)]
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
    THIS.with(|this| {
        this.number.set(number);
        this.stripe.set(number % STRIPES);
    });
    // Fails while the thread ends; then the number stays taken.
    let _ = GIVE_BACK.try_with(|_| ());
    number
}

/// While it lives, this thread reads a cache, and user code may run.
///
/// Who holds something must not wait for anything: two threads, each inside of what the other waits for,
/// would wait for ever.
pub(crate) struct Reading {
    before: bool,
}

impl Reading {
    /// As a thread that reads already, or not.
    #[inline(always)]
    pub(crate) fn begin(before: bool) -> Self {
        THIS.with(|this| this.reading.set(true));
        Reading { before }
    }

    /// Whether this thread reads any cache.
    #[inline]
    pub(crate) fn now() -> bool {
        THIS.with(|this| this.reading.get())
    }
}

impl Drop for Reading {
    #[inline(always)]
    fn drop(&mut self) {
        THIS.with(|this| this.reading.set(self.before));
    }
}

struct GiveBack;

impl Drop for GiveBack {
    fn drop(&mut self) {
        let number = THIS.with(|this| {
            this.stripe.set(UNKNOWN);
            this.number.replace(UNKNOWN)
        });
        if number != UNKNOWN {
            NUMBERS.lock().free.push(Reverse(number));
        }
    }
}
