//! Counts allocations. A program of its own, since counting would slow down timed calls.

use std::alloc::System;

use functools_benches::{Counter, count};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The allocator above.
struct Allocator;

impl Counter for Allocator {
    fn allocations(&self) -> usize {
        let stats = ALLOCATOR.stats();
        stats.allocations + stats.reallocations
    }

    fn bytes_in_use(&self) -> usize {
        let stats = ALLOCATOR.stats();
        stats.bytes_allocated - stats.bytes_deallocated
    }
}

fn main() -> anyhow::Result<()> {
    count(&Allocator)
}
