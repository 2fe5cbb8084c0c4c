//! The minimum supported Rust version, and those of dependencies.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::process::{cargo, cargo_of, output, run, target_folder};
use crate::tools::{has_toolchain, skip};

/// Checks that no dependency needs a later Rust, and checks the runtime with ours if installed.
///
/// # Errors
/// If a dependency needs a later one, or the runtime does not compile.
pub(crate) fn check() -> Result<()> {
    // Clippy checks our own code against it.
    let ours = from_manifest("rust-version")?;
    let metadata = output(&mut cargo("metadata --locked --format-version 1"))?;
    let (package, theirs) = highest(&metadata)?;
    println!("ours {ours}, the highest of all dependencies {theirs} ({package})");
    ensure!(
        parse(&theirs)?[..2] <= parse(&ours)?[..2],
        "{package} needs Rust {theirs}: choose an older release of it"
    );
    if has_toolchain(&ours) {
        let mut cargo = cargo_of(&ours, "check -p functools --locked");
        return run(cargo.env("CARGO_TARGET_DIR", target_folder("msrv")));
    }
    skip(&format!("Rust {ours}"), &format!("rustup toolchain install {ours} --profile minimal"));
    Ok(())
}

/// Returns the value of a key of `[workspace.package]`.
///
/// # Errors
/// If the manifest does not have the key.
pub(crate) fn from_manifest(key: &str) -> Result<String> {
    let manifest = fs::read_to_string("Cargo.toml").context("cannot read Cargo.toml")?;
    let start = format!("{key} = \"");
    let value = manifest.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix('"'));
    value.map(str::to_owned).with_context(|| format!("Cargo.toml has no `{key}`"))
}

/// Returns the package that needs the latest Rust, and that version.
fn highest(metadata: &str) -> Result<(String, String)> {
    let metadata: Value = serde_json::from_str(metadata).context("cargo metadata")?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let mut highest = (String::new(), "0".to_owned());
    for package in packages {
        if let Some(version) = package["rust_version"].as_str()
            && parse(version)? > parse(&highest.1)?
        {
            highest = (package["name"].as_str().unwrap_or_default().to_owned(), version.to_owned());
        }
    }
    Ok(highest)
}

/// Returns the three numbers of a version: 0 for a missing one.
fn parse(version: &str) -> Result<[u32; 3]> {
    let mut numbers = [0; 3];
    for (number, text) in numbers.iter_mut().zip(version.split('.')) {
        *number = text.parse().with_context(|| format!("`{version}` is no version"))?;
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_numbers() {
        assert!(parse("1.100").expect("a version") > parse("1.88.1").expect("a version"));
        assert_eq!(parse("1.88").expect("a version"), [1, 88, 0]);
        assert!(parse("1.x").is_err());
    }

    #[test]
    fn the_highest_version_of_all_packages_is_found() {
        let metadata = r#"{"packages": [
            {"name": "a", "rust_version": "1.9"},
            {"name": "b", "rust_version": "1.88.0"},
            {"name": "c", "rust_version": null}
        ]}"#;
        let highest = highest(metadata).expect("it parses");
        assert_eq!(highest, ("b".to_owned(), "1.88.0".to_owned()));
    }
}
