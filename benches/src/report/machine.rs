//! On what it was measured.

use std::fs;
use std::process::Command;
use std::thread;

use anyhow::ensure;

use crate::peer::Peer;

/// What runs the tasks that wait.
const RUNTIME: &str = "tokio";

/// Processor and compiler.
pub(crate) fn describe() -> anyhow::Result<String> {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("an unnamed processor", |(_, name)| name);
    let cores = thread::available_parallelism()?;
    let compiler = output_of("rustc", &["--version"])?;
    Ok(format!("{model}, {cores} cores, {}", compiler.trim()))
}

/// The crates that are compared, and what runs tasks, as this workspace has locked them.
pub(crate) fn versions() -> anyhow::Result<String> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let tree = ["tree", "--offline", "--manifest-path", manifest, "--depth=1", "--prefix=none"];
    let tree = output_of(env!("CARGO"), &tree)?;
    let versions: Vec<_> = tree
        .lines()
        .filter_map(|line| {
            let (name, rest) = line.split_once(' ')?;
            let version = rest.split(' ').next()?;
            (Peer::CRATES.contains(&name) || name == RUNTIME)
                .then(|| format!("{name} {}", version.trim_start_matches('v')))
        })
        .collect();
    Ok(format!("Versions: {}.", versions.join(", ")))
}

fn output_of(program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(program).args(arguments).output()?;
    ensure!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
