//! `cargo xtask targets`: the runtime compiled for other systems and processors.
//!
//! A target needs its standard library: that of rustup, or sources of a compiler that
//! `scripts/std-sources` unpacks, which cargo's option `build-std` compiles. A target that has
//! neither is skipped with a message. Nothing is linked or run.

use std::path::absolute;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::process::{cargo, cargo_of, run, target_folder};
use crate::tools::{NIGHTLY, has_target, skip};

/// All that does not compile C, which would need a compiler for the target.
const FEATURES: &str = "metrics,tracing,rayon,tokio,redis,redis-sentinel,msgpack";

/// Targets, and the features that each is checked with.
const TARGETS: &[(&str, &str)] = &[
    // 32 bits.
    ("i686-unknown-linux-gnu", FEATURES),
    ("x86_64-pc-windows-msvc", FEATURES),
    ("aarch64-apple-darwin", FEATURES),
    // Without threads, sockets and a clock.
    ("wasm32-unknown-unknown", "metrics,tracing"),
];

/// Checks each target that a standard library can be had for.
///
/// # Errors
/// If the runtime does not compile for one, or an argument names none.
pub(crate) fn check(arguments: &[String]) -> Result<()> {
    let is_wanted = |target: &str| arguments.is_empty() || arguments.iter().any(|it| it == target);
    let wanted: Vec<_> = TARGETS.iter().filter(|(target, _)| is_wanted(target)).collect();
    ensure!(!wanted.is_empty(), "usage: cargo xtask targets [target..], of {}", names());
    for (target, features) in wanted {
        let arguments =
            format!("check -p functools --target {target} --features {features} --locked");
        let installed = has_target(target).then(|| cargo(&arguments));
        let Some(mut cargo) = installed.or_else(|| from_sources(&arguments)) else {
            skip(target, &format!("rustup target add {target}, or scripts/std-sources"));
            continue;
        };
        // Has blake3 compile no assembler, which would need one for the target.
        run(cargo.env("CARGO_FEATURE_PURE", "1"))?;
    }
    Ok(())
}

fn names() -> String {
    TARGETS.iter().map(|(target, _)| *target).collect::<Vec<_>>().join(", ")
}

/// Returns cargo's command with a standard library that it builds, if the sources are there.
fn from_sources(arguments: &str) -> Option<Command> {
    let folder = target_folder("std-sources").join("usr");
    let compiler = folder.join("bin/rustc");
    if !compiler.is_file() || !NIGHTLY.is_installed() {
        return None;
    }
    let mut cargo = cargo_of("nightly", &format!("{arguments} -Z build-std=std,panic_abort"));
    // Cargo runs compilers in other folders, too.
    cargo.env("RUSTC", absolute(compiler).ok()?).env("RUSTC_BOOTSTRAP", "1");
    cargo.env("LD_LIBRARY_PATH", absolute(folder.join("lib/x86_64-linux-gnu")).ok()?);
    cargo.env("CARGO_TARGET_DIR", target_folder("targets"));
    Some(cargo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_is_not_in_the_list_is_an_error_with_the_list() {
        let error = check(&["mips".to_owned()]).expect_err("it is not in the list");
        assert!(error.to_string().contains("aarch64-apple-darwin"), "{error}");
    }
}
