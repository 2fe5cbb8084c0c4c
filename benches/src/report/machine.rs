//! The machine and the versions of a run.

use std::fs;
use std::process::Command;
use std::thread;

use anyhow::ensure;

use crate::peer::Peer;
use crate::server;

/// Further crates whose versions matter: the client of Redis, and the runtime of tasks.
const OTHERS: [&str; 2] = ["redis", "tokio"];

/// Returns the processor and the compiler.
pub(crate) fn describe() -> anyhow::Result<String> {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("an unknown processor", |(_, name)| name);
    let cores = thread::available_parallelism()?;
    let compiler = output_of("rustc", &["--version"])?;
    Ok(format!("{model}, {cores} cores, {}", compiler.trim()))
}

/// Returns the versions of the compared crates and of [`OTHERS`] in this workspace, and of the
/// server, if there is one.
pub(crate) fn versions(has_server: bool) -> anyhow::Result<String> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let tree = ["tree", "--offline", "--manifest-path", manifest, "--depth=1", "--prefix=none"];
    let tree = output_of(env!("CARGO"), &tree)?;
    let mut versions: Vec<_> = tree
        .lines()
        .filter_map(|line| {
            let (name, rest) = line.split_once(' ')?;
            let version = rest.split(' ').next()?;
            (Peer::CRATES.contains(&name) || OTHERS.contains(&name))
                .then(|| format!("{name} {}", version.trim_start_matches('v')))
        })
        .collect();
    if has_server {
        versions.push(format!("redis-server {}", server::version()?.unwrap_or_default()));
    }
    Ok(format!("Versions: {}.", versions.join(", ")))
}

fn output_of(program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(program).args(arguments).output()?;
    ensure!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
