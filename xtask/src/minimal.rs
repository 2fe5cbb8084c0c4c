//! The build of the runtime with the oldest releases of dependencies that its manifest allows.
//!
//! It resolves the two published crates in a workspace of their own, since the tests' crates need
//! later releases of the same dependencies.

use std::fs;

use anyhow::{Context as _, Result};

use crate::files::{self, copy};
use crate::process::{cargo_of, run, target_folder};

const CRATES: &[&str] = &["macros", "runtime"];

/// Resolves the oldest releases and checks the runtime with all its features.
///
/// # Errors
/// If there is no resolution, or the runtime does not compile.
pub(crate) fn check() -> Result<()> {
    let root = std::env::current_dir().context("the workspace")?;
    let folder = root.join(target_folder("minimal"));
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    for name in CRATES {
        copy(&files::read(name, |_| true)?, name, &folder.join(name))?;
    }
    let manifest = fs::read_to_string("Cargo.toml").context("cannot read Cargo.toml")?;
    fs::write(folder.join("Cargo.toml"), of_crates_alone(&manifest)).context("Cargo.toml")?;
    let target = folder.join("target");
    let resolve = "generate-lockfile -Z direct-minimal-versions";
    for arguments in [resolve, "check -p functools --all-features --locked"] {
        let mut cargo = cargo_of("nightly", arguments);
        run(cargo.current_dir(&folder).env("CARGO_TARGET_DIR", &target))?;
    }
    Ok(())
}

/// Returns the manifest of the workspace with [`CRATES`] as its only members.
fn of_crates_alone(manifest: &str) -> String {
    // Whether a list that is left out continues on this line.
    let mut is_in_list = false;
    let lines = manifest.lines().filter_map(|line| {
        let replacement = match key_of(line) {
            _ if is_in_list => None,
            "members" => Some(format!("members = {CRATES:?}\n")),
            "default-members" | "exclude" => None,
            _ => return Some(format!("{line}\n")),
        };
        is_in_list = !line.ends_with(']');
        replacement
    });
    lines.collect()
}

/// Returns the part of a line before the equals sign.
fn key_of(line: &str) -> &str {
    line.split('=').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_has_no_other_members() {
        let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"runtime\", \"tests\"]\n\
                        default-members = [\"tests\"]\nexclude = [\"benches\"]\n\n[x]\ny = 1\n";
        assert_eq!(
            of_crates_alone(manifest),
            "[workspace]\nresolver = \"3\"\nmembers = [\"macros\", \"runtime\"]\n\n[x]\ny = 1\n"
        );
    }

    #[test]
    fn a_list_may_have_several_lines() {
        let manifest = "[workspace]\nmembers = [\n    \"runtime\",\n    \"tests\",\n]\n\
                        exclude = [\n    \"benches\",\n]\n\n[x]\ny = [\n    1,\n]\n";
        assert_eq!(
            of_crates_alone(manifest),
            "[workspace]\nmembers = [\"macros\", \"runtime\"]\n\n[x]\ny = [\n    1,\n]\n"
        );
    }

    #[test]
    fn each_list_of_the_manifest_ends_with_its_line() {
        let manifest = fs::read_to_string("../Cargo.toml").expect("the manifest");
        let lists = ["members", "default-members", "exclude"];
        assert_eq!(manifest.lines().filter(|line| lists.contains(&key_of(line))).count(), 3);
        let of_crates = of_crates_alone(&manifest);
        assert!(of_crates.contains("resolver") && of_crates.contains("[workspace.package]"));
        assert!(!of_crates.contains("tests/support"), "{of_crates}");
    }
}
