//! The functions that are called, memoized by each peer as its own documentation recommends, and in
//! the fastest of several recommended ways.

mod asynchronous;
mod beside;
mod by_hand;
mod generic;
mod main_peers;
mod method;
pub(crate) mod number;
mod off;
mod pair;
pub(crate) mod ratio;
pub(crate) mod scale;
pub(crate) mod shared;
mod text;
mod ttl;
pub(crate) mod waiters;
mod work;

use std::cell::Cell;

pub(crate) use asynchronous::peers as asynchronous;
pub(crate) use beside::main_peers as beside;
pub(crate) use generic::peers as generic;
pub(crate) use method::{Shelf, peers as method};
pub(crate) use off::peers as off;
pub(crate) use pair::peers as pair;
pub(crate) use text::peers as text;
pub(crate) use ttl::peers as ttl;
pub(crate) use work::main_peers as work;

thread_local! {
    static RUNS: Cell<u64> = const { Cell::new(0) };
}

/// The body of the functions: trivial, but it counts its runs on this thread.
fn compute(n: u64) -> u64 {
    RUNS.set(RUNS.get() + 1);
    scramble(n)
}

/// The body without the count, which would be its larger part.
fn scramble(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Returns how often this thread has run a body that counts.
pub(crate) fn runs() -> u64 {
    RUNS.get()
}
