//! What calls allocate, and what a large cache weighs. Runs in a program whose allocator counts.

use std::env;
use std::sync::Barrier;
use std::thread;

use crate::case::{Calls, Kind};
use crate::cases;
use crate::functions::number::million;
use crate::results::{Allocations, Counts};
use crate::weight::weigh;

/// What can be asked for: allocations per hit, and bytes per entry.
pub(crate) const ALL: [&str; 2] = ["allocations", "bytes"];

/// The argument by which another process has one cache weighed, with entries and peer as JSON.
pub(crate) const WEIGH: &str = "--weigh=";

/// As many entries as the cache that is weighed can have.
const ENTRIES: u64 = 1_000_000;

/// Threads that use the cache that is weighed.
const USERS: u32 = 2;

/// An allocator that knows what it has handed out.
pub trait Counter {
    /// Allocations and reallocations so far.
    fn allocations(&self) -> usize;

    /// Bytes asked for and not returned.
    fn bytes_in_use(&self) -> usize;
}

/// Prints those counts that the command line names.
///
/// # Errors
///
/// If an argument is not understood.
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

/// Each user stores its share of the entries, then looks all of them up. What a thread keeps for
/// itself counts as well: the threads are still there when the cache is weighed.
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
            // The scope alone does not wait for what a thread drops at its very end.
            user.join().expect("no panic");
        }
        in_use
    });
    in_use as f64 / ENTRIES as f64
}
