//! `cargo xtask release`: what a release needs. Publishes nothing and sets no tag.
//!
//! With `--dry-run` an unfinished changelog and changes that are not committed are reported and do
//! not stop it, so that the steps can be tried at any time.

use std::fs;

use anyhow::{Context as _, Result, bail, ensure};

use crate::msrv::from_manifest;
use crate::package;
use crate::process::{cargo, output, program, run};
use crate::tools::{DENY, SEMVER_CHECKS};

/// Checks that a release is ready.
///
/// # Errors
/// If the changelog or a version is not that of the release, or if a check fails.
pub(crate) fn check(arguments: &[String]) -> Result<()> {
    let is_dry = match arguments {
        [] => false,
        [option] if option == "--dry-run" => true,
        _ => bail!("usage: cargo xtask release [--dry-run]"),
    };
    let version = from_manifest("version")?;
    let manifest = fs::read_to_string("Cargo.toml").context("Cargo.toml")?;
    versions_agree(&manifest, &version)?;
    let changelog = fs::read_to_string("CHANGELOG.md").context("CHANGELOG.md")?;
    match is_dated(&changelog, &version) {
        Err(error) if is_dry => println!("to do: {error}"),
        result => result?,
    }
    for tool in [DENY, SEMVER_CHECKS] {
        match tool.require() {
            Err(error) if is_dry => println!("to do: {error}"),
            result => result?,
        }
    }
    if DENY.is_installed() {
        advisories(is_dry)?;
    }
    compare_with_last(is_dry)?;
    package::check(&[])?;
    let dirty = if is_dry { "--allow-dirty" } else { "" };
    let publish = "publish --dry-run -p functools-macros -p functools --locked";
    run(&mut cargo(&format!("{publish} {dirty}")))?;
    println!("Next: `git tag v{version}`, and `cargo publish -p functools-macros -p functools`");
    Ok(())
}

/// Checks that no dependency has an advisory. A dry run goes on without the database.
fn advisories(is_dry: bool) -> Result<()> {
    match run(&mut program("cargo-deny", "--locked check advisories")) {
        Err(error) if is_dry => println!("to do: {error:#}"),
        result => result?,
    }
    Ok(())
}

/// Compares the public items with those of the last tag, by the rules of semantic versions.
fn compare_with_last(is_dry: bool) -> Result<()> {
    let Ok(tag) = output(&mut program("git", "describe --tags --abbrev=0")) else {
        println!("skipped: without a tag there is no release to compare with");
        return Ok(());
    };
    match run(cargo("semver-checks -p functools --baseline-rev").arg(tag.trim())) {
        Err(error) if is_dry => println!("to do: {error:#}"),
        result => result?,
    }
    Ok(())
}

/// Checks that the changelog begins with the version and the date of its release.
fn is_dated(changelog: &str, version: &str) -> Result<()> {
    let heading = changelog.lines().find(|line| line.starts_with("## ")).unwrap_or_default();
    let date = heading.strip_prefix(&format!("## {version} (")).unwrap_or_default();
    let is_date = date.len() == "2026-01-31)".len() && date.starts_with(char::is_numeric);
    ensure!(is_date, "CHANGELOG.md begins with `{heading}`: write `## {version} (year-month-day)`");
    Ok(())
}

/// Checks that the crates depend on each other by the version of the release: the macros exactly,
/// since their output belongs to one version of the runtime.
fn versions_agree(manifest: &str, version: &str) -> Result<()> {
    let of_crates =
        [("functools", version.to_owned()), ("functools-macros", format!("={version}"))];
    for (name, wanted) in of_crates {
        let start = format!("{name} = {{ version = \"{wanted}\"");
        let is_there = manifest.lines().any(|line| line.starts_with(&start));
        ensure!(is_there, "Cargo.toml has no line `{start}, ..`");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changelog_begins_with_the_version_and_a_date() {
        assert!(is_dated("# Changelog\n\n## 1.2.3 (2026-01-31)\n", "1.2.3").is_ok());
        for heading in ["## 1.2.3 (unreleased)", "## 1.2.2 (2026-01-31)", "## 1.2.3", ""] {
            let error = is_dated(heading, "1.2.3").expect_err(heading);
            assert!(error.to_string().contains("write `## 1.2.3 (year-month-day)`"), "{error}");
        }
    }

    #[test]
    fn a_crate_of_another_version_is_an_error_with_its_name() {
        let manifest = "functools = { version = \"0.2.0\", path = \"runtime\" }\n\
                        functools-macros = { version = \"=0.2.0\", path = \"macros\" }\n";
        assert!(versions_agree(manifest, "0.2.0").is_ok());
        let error = versions_agree(&manifest.replace("=0.2.0", "=0.1.0"), "0.2.0");
        assert!(error.expect_err("the macros").to_string().contains("functools-macros"));
    }

    #[test]
    fn the_versions_of_this_state_agree() {
        let manifest = fs::read_to_string("../Cargo.toml").expect("the manifest");
        let version = manifest.lines().find_map(|line| line.strip_prefix("version = "));
        let version = version.expect("a version").trim_matches('"');
        versions_agree(&manifest, version).expect("they agree");
    }
}
