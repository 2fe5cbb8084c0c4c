//! The switch of all caches: whether calls store results and find them.
//!
//! The environment variable `FUNCTOOLS` sets it at first, and is read once. Misses look at it; hits
//! do not, because nothing is stored while it is off.

use std::env;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

/// The environment has not been read.
const UNREAD: u8 = 0;
const ON: u8 = 1;
const OFF: u8 = 2;

static SWITCH: AtomicU8 = AtomicU8::new(UNREAD);

/// Whether caches are switched off.
#[inline(always)]
pub(crate) fn is_off() -> bool {
    SWITCH.load(Relaxed) != ON && is_off_slow()
}

/// Same as [`is_off`] when it is off, or not known yet.
#[cold]
#[inline(never)]
fn is_off_slow() -> bool {
    if SWITCH.load(Relaxed) == UNREAD {
        let is_off =
            env::var_os("FUNCTOOLS").is_some_and(|value| value.eq_ignore_ascii_case("off"));
        let first = if is_off { OFF } else { ON };
        // It stays as it is if it has been set meanwhile.
        let _ = SWITCH.compare_exchange(UNREAD, first, Relaxed, Relaxed);
    }
    SWITCH.load(Relaxed) == OFF
}

/// Switches all caches on or off.
pub(crate) fn set(is_on: bool) {
    // The caches that exist are looked up after this: one that is made meanwhile sees it.
    SWITCH.store(if is_on { ON } else { OFF }, SeqCst);
}
