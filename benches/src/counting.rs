//! The allocations of calls, and the bytes of a large cache. Runs in a program with a counting
//! allocator.

use std::env;
use std::sync::Barrier;
use std::thread;

use crate::case::{Calls, Kind};
use crate::cases;
use crate::functions::number::million;
use crate::results::{Allocations, Counts};
use crate::weight::weigh;

/// The arguments: allocations per hit, and bytes per entry.
pub(crate) const ALL: [&str; 2] = ["allocations", "bytes"];

/// The beginning of an argument that requests the bytes of one cache. The number of entries and the
/// peer follow as JSON.
pub(crate) const WEIGH: &str = "--weigh=";

/// The `maxsize` of the cache whose bytes are measured.
const ENTRIES: u64 = 1_000_000;

/// Threads that use this cache.
const USERS: u32 = 2;

/// A counting allocator.
pub trait Counter {
    /// Returns the number of allocations and reallocations so far.
    fn allocations(&self) -> usize;

    /// Returns the number of bytes that are allocated.
    fn bytes_in_use(&self) -> usize;
}

/// Prints the counts that the command line requests.
///
/// # Errors
/// If an argument is invalid.
pub fn count(counter: &impl Counter) -> anyhow::Result<()> {
    let mut counts = Counts::default();
    for name in env::args().skip(1) {
        if let Some(wanted) = name.strip_prefix(WEIGH) {
            let (entries, peer) = serde_json::from_str(wanted)?;
            println!("{}", serde_json::to_string(&weigh(entries, peer, counter))?);
            return Ok(());
        }
        match name.as_str() {
            "allocations" => counts.allocations = allocations(counter),
            "bytes" => {
                for (peer, calls) in million::peers() {
                    counts.bytes.push((peer, bytes_per_entry(&calls, counter)));
                }
            }
            _ => {}
        }
    }
    println!("{}", serde_json::to_string(&counts)?);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn allocations(counter: &impl Counter) -> Vec<Allocations> {
    let cases = cases::all(1);
    let hits = cases.iter().filter(|case| case.kind == Kind::Hits);
    hits.flat_map(|case| case.runners.iter().map(|runner| (case.name, runner)))
        .map(|(case, runner)| {
            runner.run(0, 0, runner.lap);
            let before = counter.allocations();
            runner.run(0, 0, runner.lap);
            let allocations = counter.allocations() - before;
            let per_call = allocations as f64 / runner.lap as f64;
            Allocations { case: case.to_owned(), peer: runner.peer, per_call }
        })
        .collect()
}

/// Returns the bytes per entry. Each thread stores a part of the entries, then looks up all. The
/// threads still run when the bytes are read, so that their parts of a cache count, too.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn bytes_per_entry(calls: &Calls<u64>, counter: &impl Counter) -> f64 {
    let everyone = Barrier::new(1 + USERS as usize);
    let before = counter.bytes_in_use();
    let in_use = thread::scope(|scope| {
        let start = |user: u32| {
            let everyone = &everyone;
            scope.spawn(move || {
                let share = (u64::from(user)..ENTRIES).step_by(USERS as usize);
                share.for_each(|key| calls(&[key]));
                everyone.wait();
                (0..ENTRIES).for_each(|key| calls(&[key]));
                everyone.wait();
                everyone.wait();
            })
        };
        let users: Vec<_> = (0..USERS).map(start).collect();
        everyone.wait();
        everyone.wait();
        let in_use = counter.bytes_in_use() - before;
        everyone.wait();
        for user in users {
            // The scope does not wait for the destructors of thread locals; `join` does.
            user.join().expect("no panic");
        }
        in_use
    });
    in_use as f64 / ENTRIES as f64
}
