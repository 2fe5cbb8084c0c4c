//! `cargo xtask ci`: every check that a change must pass.
//!
//! Each step prints its name and the seconds since the start. A step whose tool is not installed is
//! skipped with a message. All steps take less than 20 minutes on two cores in a fresh clone; a
//! check that does not fit belongs in `nightly`.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use crate::commands::{self, EVERY};
use crate::process::{cargo, run as run_command};
use crate::tools::{CXX, DENY, HACK, MACHETE, TYPOS};
use crate::{demo, fuzz, layers, msrv, package, rules, targets, tidy};

/// A name and a check.
type Step = (&'static str, fn() -> Result<()>);

/// The steps in order: quick ones first.
const STEPS: &[Step] = &[
    ("Format", format),
    ("Structure, words, spelling", structure),
    ("Lints", lints),
    ("Minimum supported Rust version", msrv::check),
    ("Features", features),
    ("Other systems, 32 bits, WebAssembly", || targets::check(&[])),
    ("Documentation", || commands::doc(&[])),
    ("Packages and dependencies", packages),
    ("The guide to migration", || commands::migration(&[])),
    ("The README's demo", demo::check),
    ("The editor", || commands::editor(&[])),
    ("The engine, by the model checker", || commands::loom(&[])),
    ("The macros, by fuzzing", fuzzing),
    ("The README's tests", tests),
    ("Redis by TLS, and by Sentinel", redis),
];

/// Runs all steps, up to the first that fails.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    ensure!(arguments.is_empty(), "usage: cargo xtask ci");
    let start = Instant::now();
    for (name, step) in STEPS {
        println!("\n== {name} (after {} s)", start.elapsed().as_secs());
        step().with_context(|| (*name).to_owned())?;
    }
    println!("\n== All steps passed (after {} s)", start.elapsed().as_secs());
    Ok(())
}

fn format() -> Result<()> {
    run_command(&mut cargo("fmt --all -- --check"))
}

fn structure() -> Result<()> {
    layers::run(&[])?;
    rules::run(&[])?;
    tidy::run(&[])?;
    TYPOS.run_or_skip(commands::typos)
}

fn lints() -> Result<()> {
    let every = format!("clippy --workspace --all-targets {EVERY} --locked -- -D warnings");
    run_command(&mut cargo(&every))?;
    run_command(&mut cargo("clippy -p functools -p functools-macros --locked -- -D warnings"))
}

fn features() -> Result<()> {
    commands::features(&[])?;
    HACK.run_or_skip(commands::powerset)
}

fn packages() -> Result<()> {
    package::check(&[])?;
    DENY.run_or_skip(commands::deny)?;
    MACHETE.run_or_skip(commands::machete)
}

fn fuzzing() -> Result<()> {
    if CXX.is_installed() {
        return fuzz::macros_briefly();
    }
    CXX.run_or_skip(|_| Ok(()))
}

fn tests() -> Result<()> {
    run_command(&mut cargo("test --workspace --locked"))
}

fn redis() -> Result<()> {
    let features = "--features tls,sentinel";
    let test = format!("test -p functools-tests {features} --locked --test redis reached");
    run_command(&mut cargo(&test))
}
