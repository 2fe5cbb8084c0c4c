//! Commands that look for mistakes for as long as one likes: beside models, by many calls, under
//! load, and by mutations.

use anyhow::{Context as _, Result, bail};

use crate::process::{cargo, program, run, target_folder};
use crate::tools::MUTANTS;

/// Compares caches with `CPython`'s, with naive models, and histories of threads with what some
/// order of their operations allows. Each part takes so many minutes; they run one after the other.
pub(crate) fn differential(arguments: &[String]) -> Result<()> {
    let minutes = number(arguments, 1, "cargo xtask differential [minutes]")?;
    for part in [
        "--test cpython answers_as_cpython_does",
        "--test time each_function_agrees_with_the_model",
        "--test it linearizability",
    ] {
        let mut test = cargo(&format!("test --release --locked -p functools-tests {part}"));
        run(test.args(["--", "--nocapture"]).env("FUNCTOOLS_MINUTES", minutes.to_string()))?;
    }
    // The number of sequences bounds these, which take about a minute for 2,000.
    let sequences = "test --release --locked -p functools-tests --test it order::sequences";
    run(cargo(sequences).env("PROPTEST_CASES", (2_000 * minutes).to_string()))
}

/// Makes so many million calls by 24 threads, and compares the memory with that after the warm-up.
pub(crate) fn leak(arguments: &[String]) -> Result<()> {
    let millions = number(arguments, 100, "cargo xtask leak [million calls]")?;
    let mut test = cargo("test --release --locked -p functools-tests --test time leak");
    let test = test.args(["--", "--ignored", "--nocapture"]);
    run(test.env("FUNCTOOLS_CALLS", millions.to_string()))
}

/// Loads two processes of the demo while their Redis is killed, stopped and restarted.
pub(crate) fn soak(arguments: &[String]) -> Result<()> {
    let minutes = number(arguments, 10, "cargo xtask soak [minutes]")?;
    run(&mut cargo("build --release --locked -p functools-web"))?;
    let web = target_folder("release").join("web");
    run(program("scripts/soak", "").arg(web).arg(minutes.to_string()))
}

/// Mutates the files of .cargo/mutants.toml. Further arguments choose fewer, such as
/// `--file runtime/src/base/expiry.rs`, or `--shard 1/8`.
pub(crate) fn mutants(arguments: &[String]) -> Result<()> {
    MUTANTS.require()?;
    let folder = target_folder("mutants");
    let mut mutants = program("cargo-mutants", "mutants --package functools --output");
    run(mutants.arg(folder).args(arguments))
}

/// The number that a command is given, or this one.
fn number(arguments: &[String], default: u64, usage: &str) -> Result<u64> {
    match arguments {
        [] => Ok(default),
        [number] => number.parse().with_context(|| format!("usage: {usage}")),
        _ => bail!("usage: {usage}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_given_one_number_or_none() {
        let one = |text: &str| number(&[text.to_owned()], 7, "x [n]").map_err(|e| e.to_string());
        assert_eq!(number(&[], 7, "x [n]").ok(), Some(7));
        assert_eq!(one("60"), Ok(60));
        assert_eq!(one("an hour"), Err("usage: x [n]".to_owned()));
    }
}
