//! What processes report to the checker, and the clock that all of them read.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// A moment, in microseconds of a clock that all processes share.
pub(super) type Moment = u64;

/// Microseconds.
pub(super) type Span = u64;

pub(super) fn now() -> Moment {
    let time = clock_gettime(ClockId::Monotonic);
    let micros = time.tv_sec * 1_000_000 + time.tv_nsec / 1000;
    micros.try_into().expect("the clock has begun at 0")
}

pub(super) const fn span(duration: Duration) -> Span {
    duration.as_secs() * 1_000_000 + duration.subsec_micros() as u64
}

/// The number of a process. Each has another one, also one that takes the place of another.
pub(super) type Process = u32;

/// The process that checks, in which the way to the servers is, too.
pub(super) const CHECKER: Process = 0;

/// A cached result: what the register of its key said while it was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Value {
    pub(super) version: u64,
    pub(super) began: Moment,
    pub(super) ended: Moment,
}

/// A call of a cached function.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Read {
    pub(super) process: Process,
    pub(super) caller: u32,
    pub(super) key: u32,
    pub(super) from: Moment,
    pub(super) to: Moment,
    pub(super) value: Value,
    /// Whether the body ran for it.
    pub(super) is_computed: bool,
}

/// A new version in the register of a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Write {
    pub(super) key: u32,
    pub(super) version: u64,
    pub(super) at: Moment,
}

/// An invalidation of a key, or a clear.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Removal {
    pub(super) process: Process,
    /// `None` for all keys of the function that is cleared.
    pub(super) key: Option<u32>,
    pub(super) from: Moment,
    pub(super) to: Moment,
    pub(super) is_confirmed: bool,
}

/// What a process says of its Redis.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) process: Process,
    pub(super) at: Moment,
    pub(super) is_connected: bool,
    pub(super) queued: u64,
}

/// A time for which a process was not scheduled, although it wanted to run.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Stall {
    pub(super) process: Process,
    pub(super) from: Moment,
    pub(super) to: Moment,
}

/// The start or the end of a process.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Life {
    pub(super) process: Process,
    pub(super) at: Moment,
    pub(super) stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    Started,
    /// The start of a process that has been forked, which ends by itself.
    Forked,
    Ended,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Event {
    Read(Read),
    Write(Write),
    Removal(Removal),
    State(State),
    Stall(Stall),
    Life(Life),
}
