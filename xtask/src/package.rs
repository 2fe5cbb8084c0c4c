//! `cargo xtask package`: both crates as users get them.
//!
//! The two are packaged and built as for publishing. Then they are unpacked in a folder without the
//! project, their tests run there, and so do those of `examples/newcomers`, whose packages depend
//! on them by version.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::files::{self, copy, has_extension};
use crate::msrv::from_manifest;
use crate::process::{cargo, program, run, target_folder};

/// The published crates.
pub(crate) const CRATES: &[&str] = &["functools", "functools-macros"];

const NEWCOMERS: &str = "examples/newcomers";

/// Packages both crates, changes that are not committed included, and tests the packages.
///
/// # Errors
/// If a package does not build, or if a test fails.
pub(crate) fn check(arguments: &[String]) -> Result<()> {
    run(cargo("package -p functools-macros -p functools --locked --allow-dirty").args(arguments))?;
    let folder = target_folder("packaged");
    let version = from_manifest("version")?;
    unpack(&folder, &version)?;
    let newcomers = add_newcomers(&folder)?;
    let members: Vec<_> = CRATES.iter().copied().chain(newcomers.iter().map(|it| &**it)).collect();
    fs::write(folder.join("Cargo.toml"), manifest(&members)).context("cannot write Cargo.toml")?;
    // The project's versions of dependencies, which are known to build, and the form of snapshots.
    for file in ["Cargo.lock", "rustfmt.toml"] {
        fs::copy(file, folder.join(file)).with_context(|| format!("cannot copy {file}"))?;
    }
    let target = std::path::absolute(folder.join("target")).context("cannot find the folder")?;
    for arguments in ["-p functools -p functools-macros --lib", "--workspace --exclude functools*"]
    {
        let mut cargo = cargo(&format!("test {arguments}"));
        // Debug information and incremental builds are of no use here, and take up space.
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "none").env("CARGO_INCREMENTAL", "0");
        run(cargo.current_dir(&folder).env("CARGO_TARGET_DIR", &target))?;
    }
    Ok(())
}

/// Unpacks both packages in the folder, in place of earlier ones.
fn unpack(folder: &Path, version: &str) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for name in CRATES {
        let package = target_folder("package").join(format!("{name}-{version}.crate"));
        let unpacked = folder.join(name);
        if unpacked.exists() {
            fs::remove_dir_all(&unpacked).context("cannot remove an earlier package")?;
        }
        fs::create_dir(&unpacked).context("cannot make a folder for a package")?;
        // `-m`: by the times in a package, cargo would take an earlier build for a later one.
        let mut tar = program("tar", "--extract -m --gzip --strip-components=1");
        run(tar.arg("--file").arg(package).arg("--directory").arg(unpacked))?;
    }
    Ok(())
}

/// Copies the newcomers into the folder and returns their names.
fn add_newcomers(folder: &Path) -> Result<Vec<String>> {
    let files = files::read(NEWCOMERS, |path| !has_extension(path, "md"))?;
    copy(&files, NEWCOMERS, folder)?;
    let beginnings = files.keys().filter_map(|path| path.strip_suffix("/Cargo.toml"));
    Ok(beginnings.map(|path| path[NEWCOMERS.len() + 1..].to_owned()).collect())
}

/// Returns the manifest of a workspace of these folders, where the crates stand for published ones.
fn manifest(members: &[&str]) -> String {
    let patches = CRATES.iter().map(|name| format!("{name} = {{ path = \"{name}\" }}\n"));
    let patches: String = patches.collect();
    format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n[patch.crates-io]\n{patches}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_has_both_crates_in_place_of_published_ones() {
        assert_eq!(
            manifest(&["functools", "binary"]),
            "[workspace]\nresolver = \"3\"\nmembers = [\"functools\", \"binary\"]\n\n\
             [patch.crates-io]\nfunctools = { path = \"functools\" }\n\
             functools-macros = { path = \"functools-macros\" }\n"
        );
    }

    #[test]
    fn newcomers_depend_on_the_version_that_is_released() {
        let manifest = fs::read_to_string("../Cargo.toml").expect("the workspace");
        let version = manifest.lines().find_map(|line| line.strip_prefix("version = "));
        let version = version.expect("a version").trim_matches('"');
        let wanted = &version[..version.rfind('.').expect("three numbers")];
        for name in ["library", "binary", "service"] {
            let path = format!("../{NEWCOMERS}/{name}/Cargo.toml");
            let manifest = fs::read_to_string(path).expect("a newcomer");
            let line = manifest.lines().find(|line| line.starts_with("functools = "));
            assert!(line.is_some_and(|line| line.contains(&format!("\"{wanted}\""))), "{line:?}");
        }
    }
}
