//! Which engine and which gate a cache of each scope has.

use super::gate::{Gate, ProcessGate, ThreadGate};
use crate::engine::{Engine, Local, Shared};
use crate::types::storable::{Process, Thread};

/// The scope of a cache: all threads of the process, or one thread.
pub trait Scope: Sized + 'static {
    /// The table of entries and in-flight computations.
    type Engine<K: 'static, V: 'static, F: Clone + 'static>: Engine<K, V, F>;

    /// Whether calls look anything up.
    type Gate: Gate;
}

impl Scope for Process {
    type Engine<K: 'static, V: 'static, F: Clone + 'static> = Shared<K, V, F>;
    type Gate = ProcessGate;
}

impl Scope for Thread {
    type Engine<K: 'static, V: 'static, F: Clone + 'static> = Local<K, V, F>;
    type Gate = ThreadGate;
}
