//! Build times: an empty crate with one dependency, built from scratch, without network, with the
//! versions of this workspace.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};

use crate::results::Build;

/// The dependencies, with default features.
const DEPENDENCIES: [(&str, &str); 6] = [
    (
        "functools",
        concat!("functools = { path = \"", env!("CARGO_MANIFEST_DIR"), "/../runtime\" }"),
    ),
    ("cached", "cached = \"4\""),
    ("memoize", "memoize = \"0.6\""),
    ("quick_cache", "quick_cache = \"0.7\""),
    ("moka", "moka = { version = \"0.12\", features = [\"sync\"] }"),
    ("lru and parking_lot", "lru = \"0.19\"\nparking_lot = \"0.12\""),
];

/// The name of this project's crate.
pub(crate) const OURS: &str = "functools";

/// The name of the crate that the others are compared with.
pub(crate) const YARDSTICK: &str = "cached";

/// Builds all of them in this directory: in debug mode in each round, in release mode once.
pub(crate) fn measure(rounds: usize, directory: &Path) -> anyhow::Result<Vec<Build>> {
    let _ = fs::remove_dir_all(directory);
    let mut builds = Vec::new();
    for (name, dependencies) in DEPENDENCIES {
        let package = directory.join(name);
        create(&package, dependencies)?;
        cargo(&package, &["fetch"])?;
        let crates = count_crates(&package)?;
        builds.push(Build { name, crates, debug: Vec::new(), release: 0.0 });
    }
    for round in 0..rounds {
        eprintln!("Builds, round {} of {rounds}", round + 1);
        for build in &mut builds {
            let package = directory.join(build.name);
            build.debug.push(seconds(&package, &[])?);
        }
    }
    for build in &mut builds {
        build.release = seconds(&directory.join(build.name), &["--release"])?;
    }
    Ok(builds)
}

fn create(package: &Path, dependencies: &str) -> anyhow::Result<()> {
    let manifest = format!(
        "[package]\nname = \"empty\"\nedition = \"2024\"\n\n\
         [dependencies]\n{dependencies}\n\n\
         # Not a member of the workspace around it.\n[workspace]\n"
    );
    fs::create_dir_all(package.join("src"))?;
    fs::write(package.join("src/lib.rs"), "")?;
    fs::write(package.join("Cargo.toml"), manifest)?;
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock");
    fs::copy(lock, package.join("Cargo.lock")).context(lock)?;
    Ok(())
}

fn seconds(package: &Path, profile: &[&str]) -> anyhow::Result<f64> {
    let target = package.join("target");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    let start = Instant::now();
    cargo(package, &[&["build", "--offline", "--target-dir", "target"], profile].concat())?;
    Ok(start.elapsed().as_secs_f64())
}

fn count_crates(package: &Path) -> anyhow::Result<usize> {
    let edges = ["tree", "--offline", "--edges", "normal,build", "--prefix", "none", "--no-dedupe"];
    let tree = cargo(package, &edges)?;
    let crates: BTreeSet<_> = tree.lines().filter_map(|line| line.split(" (").next()).collect();
    Ok(crates.len() - 1)
}

fn cargo(package: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new(env!("CARGO"));
    let output = command.args(arguments).current_dir(package).output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {errors}");
    Ok(String::from_utf8(output.stdout)?)
}
