//! `cargo xtask fuzz`: the targets of `fuzz/`, by libFuzzer and the stable toolchain.
//!
//! The folder is laid out for cargo-fuzz, which builds the same targets. A run begins with the
//! seeds of `fuzz/corpus/`, and keeps what it finds below the target folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::process::{cargo, output, program, run as run_command, target_folder};
use crate::tools::CXX;

/// A target, and the longest input that is tried.
const TARGETS: &[(&str, u32)] =
    &[("attribute", 1024), ("numbers", 64), ("keys", 160), ("replies", 512)];

/// How cargo-fuzz compiles for libFuzzer, without a sanitizer.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=4";

/// How long `ci` runs each target.
const SECONDS_IN_CI: u32 = 4;

/// An input that takes longer is a finding, in seconds; and so is a process that is larger, in MiB.
const TIMEOUT: u32 = 20;
const MEMORY: u32 = 1024;

/// Runs a target, or lists them.
///
/// # Errors
/// If there is no such target, or it has a finding.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let [name, options @ ..] = arguments else {
        let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
        println!("usage: cargo xtask fuzz TARGET [minutes, merge, or a file]");
        println!("targets: {}", names.join(", "));
        return Ok(());
    };
    CXX.require()?;
    let Some(target) = TARGETS.iter().find(|(target, _)| target == name) else {
        bail!("unknown target `{name}`: `cargo xtask fuzz` lists the targets");
    };
    build(Some(name))?;
    match options {
        [] => fuzz(*target, 60),
        [minutes] if minutes.parse::<u32>().is_ok() => {
            fuzz(*target, minutes.parse::<u32>().map_or(60, |minutes| 60 * minutes))
        }
        [merge] if merge == "merge" => keep(name),
        [file] if Path::new(file).is_file() => run_command(program(&binary(name)?, "").arg(file)),
        _ => bail!("expected a number of minutes, `merge`, or a file with an input"),
    }
}

/// Builds the targets that need nothing but the macros, and runs each for a few seconds.
///
/// # Errors
/// If a target has a finding.
pub(crate) fn macros_briefly() -> Result<()> {
    build(None)?;
    let of_macros = TARGETS.iter().filter(|(name, _)| *name != "replies");
    of_macros.copied().try_for_each(|target| fuzz(target, SECONDS_IN_CI))
}

/// Builds a target, or all that do not need the runtime.
fn build(target: Option<&str>) -> Result<()> {
    let manifest = "--manifest-path fuzz/Cargo.toml";
    // Not `--locked`: the runtime's dependencies may have changed since the last run.
    let mut build = cargo(&format!("build --release {manifest} --target {}", host()?));
    match target {
        Some(name) => build.args(["--bin", name]),
        None => build.arg("--no-default-features"),
    };
    // With `--target`, what runs while compiling is built without these.
    run_command(build.env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", target_folder("fuzz")))
}

/// Returns the name of this machine's target.
fn host() -> Result<String> {
    let version = output(&mut program("rustc", "-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not print its host")
}

fn binary(name: &str) -> Result<String> {
    let folder = target_folder("fuzz").join(host()?).join("release");
    Ok(folder.join(name).display().to_string())
}

/// The seeds of a target, which git has, and what its runs have found.
fn corpus(name: &str) -> Result<(PathBuf, PathBuf)> {
    let seeds = Path::new("fuzz/corpus").join(name);
    let found = target_folder("fuzz").join("corpus").join(name);
    fs::create_dir_all(&found).with_context(|| found.display().to_string())?;
    ensure!(seeds.is_dir(), "{} is missing", seeds.display());
    Ok((seeds, found))
}

fn fuzz((name, longest): (&str, u32), seconds: u32) -> Result<()> {
    let (seeds, found) = corpus(name)?;
    let artifacts = Path::new("fuzz/artifacts").join(name);
    fs::create_dir_all(&artifacts).with_context(|| artifacts.display().to_string())?;
    let limits = format!(
        "-max_total_time={seconds} -max_len={longest} -timeout={TIMEOUT} \
         -rss_limit_mb={MEMORY} -print_final_stats=1 -artifact_prefix={}/",
        artifacts.display()
    );
    let mut fuzz = program(&binary(name)?, &limits);
    run_command(fuzz.arg(found).arg(seeds)).with_context(|| {
        format!("a finding: `cargo xtask fuzz {name} FILE` replays {}", artifacts.display())
    })
}

/// Adds the inputs to the seeds that reach what no seed reaches.
fn keep(name: &str) -> Result<()> {
    let (seeds, found) = corpus(name)?;
    run_command(program(&binary(name)?, "-set_cover_merge=1").arg(seeds).arg(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_has_a_program_and_seeds() {
        let manifest = fs::read_to_string("../fuzz/Cargo.toml").expect("the manifest");
        let names = manifest.split("[[bin]]\nname = \"").skip(1);
        let names: Vec<_> = names.filter_map(|rest| rest.split('"').next()).collect();
        let targets: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, targets);
        for name in targets {
            assert!(Path::new("../fuzz/corpus").join(name).is_dir(), "{name}");
        }
    }
}
