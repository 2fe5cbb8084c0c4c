//! What others change reaches memory by itself, and how old an answer can be if it does not.
//! Section 8 of the contract.

mod changes;
mod dead_links;
mod prefixes;
mod races;

use std::io::{self, Write};
use std::time::Duration;

/// How much later a thread may get its turn on a busy machine.
const LATE: Duration = Duration::from_secs(1);

/// Shown also where the test passes.
fn report(what: &str, measured: Duration) {
    let _ = writeln!(io::stderr(), "measured: {what}: {measured:.1?}");
}
