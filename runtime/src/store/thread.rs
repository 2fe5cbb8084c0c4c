//! A small number for each living thread, so that threads spread evenly over stripes; and whether the
//! thread reads a cache now.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use parking_lot::Mutex;

/// The number of a thread. The least that is free; it is free again when the thread has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ThreadId(u32);

struct Numbers {
    next: u32,
    free: BinaryHeap<Reverse<u32>>,
}

static NUMBERS: Mutex<Numbers> = Mutex::new(Numbers { next: 1, free: BinaryHeap::new() });

thread_local! {
    /// 0 where none was given yet. Without a destructor, so that it can be read to the very end.
    static NUMBER: Cell<u32> = const { Cell::new(0) };
    /// How many caches this thread is inside of.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static GIVE_BACK: GiveBack = const { GiveBack };
}

impl ThreadId {
    #[inline]
    pub(crate) fn current() -> Self {
        match NUMBER.get() {
            0 => Self::assign(),
            number => ThreadId(number),
        }
    }

    #[cfg(loom)]
    pub(crate) const fn of_model(number: u32) -> Self {
        ThreadId(number)
    }

    /// Never 0, nor the greatest.
    #[inline]
    pub(crate) fn number(self) -> u32 {
        self.0
    }

    #[inline]
    pub(crate) fn index(self) -> usize {
        self.0 as usize - 1
    }

    #[cold]
    fn assign() -> Self {
        let mut numbers = NUMBERS.lock();
        let number = match numbers.free.pop() {
            Some(Reverse(number)) => number,
            None => {
                let number = numbers.next;
                numbers.next += 1;
                number
            }
        };
        drop(numbers);
        NUMBER.set(number);
        // Fails while the thread ends; then the number stays taken.
        let _ = GIVE_BACK.try_with(|_| ());
        ThreadId(number)
    }
}

/// While it lives, this thread reads a cache, and user code may run.
///
/// Who holds something must not wait for anything: two threads, each inside of what the other waits for,
/// would wait for ever.
pub(crate) struct Reading(());

impl Reading {
    #[inline]
    pub(crate) fn begin() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        Reading(())
    }

    /// Whether this thread reads any cache.
    #[inline]
    pub(crate) fn now() -> bool {
        DEPTH.get() != 0
    }
}

impl Drop for Reading {
    #[inline]
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

struct GiveBack;

impl Drop for GiveBack {
    fn drop(&mut self) {
        let number = NUMBER.replace(0);
        if number != 0 {
            NUMBERS.lock().free.push(Reverse(number));
        }
    }
}
