//! The tests of things that a process has once: the list of caches and their switch, the recorder
//! of metrics, the subscriber of traces, the wait-for graph. They take turns, so that none disturbs
//! another.

mod abandoned_waits;
mod clear_all;
mod metrics;
mod switch;
mod tracing;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits until no other test of this binary runs.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
