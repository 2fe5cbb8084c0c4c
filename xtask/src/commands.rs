//! The commands that run a tool or a script.

use anyhow::{Context as _, Result, ensure};

use crate::process::{cargo, cargo_of, output, program, run, target_folder};
use crate::tools::{DENY, MACHETE, MIRI, NIGHTLY, SEMVER_CHECKS, TYPOS};
use crate::{minimal, msrv};

/// Features that compile different parts of the runtime. `ci` lints it with none and with all.
const FEATURES: &[&str] = &["metrics", "tracing", "rayon", "msgpack", "redis"];

/// Checks the runtime with each of its features alone.
pub(crate) fn features(_: &[String]) -> Result<()> {
    for feature in FEATURES {
        // By clippy, whose flags do not make cargo build the dependencies again.
        let arguments = format!("clippy -p functools --features {feature} --locked -- -D warnings");
        run(&mut cargo(&arguments))?;
    }
    Ok(())
}

/// Builds the documentation of all crates, that of the runtime without features, and its private
/// documentation.
pub(crate) fn doc(_: &[String]) -> Result<()> {
    let build = |arguments: &str| run(cargo(arguments).env("RUSTDOCFLAGS", "-D warnings"));
    build(&format!("doc --workspace --no-deps {EVERY} --locked"))?;
    build("doc -p functools --no-deps --locked")?;
    // `features` has built the dependencies of these.
    let features = FEATURES.join(",");
    let private = "--document-private-items";
    build(&format!("doc -p functools --no-deps {private} --features {features} --locked"))
}

/// The features of the tests that reach a Redis by TLS and by Sentinel.
pub(crate) const EVERY: &str = "--features functools-tests/tls,functools-tests/sentinel";

/// Packages both crates, changes that are not committed included, and builds the packages.
pub(crate) fn package(arguments: &[String]) -> Result<()> {
    run(cargo("package -p functools-macros -p functools --locked --allow-dirty").args(arguments))
}

/// Checks bans, licences and sources of all dependencies, by deny.toml.
pub(crate) fn deny(_: &[String]) -> Result<()> {
    DENY.require()?;
    run(&mut program("cargo-deny", "--locked check bans licenses sources"))
}

/// Checks the spelling, by _typos.toml.
pub(crate) fn typos(arguments: &[String]) -> Result<()> {
    TYPOS.require()?;
    run(program("typos", "").args(arguments))
}

/// Finds dependencies that are not used.
pub(crate) fn machete(_: &[String]) -> Result<()> {
    MACHETE.require()?;
    run(&mut program("cargo-machete", ""))
}

/// Checks the engine's protocol in every order that the steps of its threads can take.
pub(crate) fn loom(arguments: &[String]) -> Result<()> {
    let mut test = cargo("test --release --locked -p functools --lib models");
    test.env("RUSTFLAGS", "--cfg functools_loom").env("CARGO_TARGET_DIR", target_folder("loom"));
    run(test.args(arguments))
}

/// Checks that rust-analyzer reports no error in a cached function.
pub(crate) fn editor(_: &[String]) -> Result<()> {
    run(&mut program("scripts/editor-diagnostics", ""))
}

/// Runs the tests of the engine and of threads by a sanitizer of LLVM.
pub(crate) fn sanitize(arguments: &[String]) -> Result<()> {
    run(program("scripts/sanitize", "").args(arguments))
}

/// Runs the checks that take minutes or need the nightly toolchain.
pub(crate) fn nightly(_: &[String]) -> Result<()> {
    NIGHTLY.require()?;
    MIRI.require()?;
    minimal::check()?;
    let mut miri = cargo_of("nightly", "miri test -p functools --lib engine --locked");
    // Threads that end with the process free nothing.
    run(miri.env("MIRIFLAGS", "-Zmiri-ignore-leaks"))?;
    let doc = "doc -p functools --no-deps --all-features --locked";
    let mut doc = cargo_of("nightly", doc);
    doc.env("CARGO_TARGET_DIR", target_folder("docs-rs"));
    run(doc.env("RUSTDOCFLAGS", "--cfg docsrs -D warnings"))?;
    run(&mut cargo("check --manifest-path benches/Cargo.toml --all-targets --locked"))
}

/// Checks that a release is ready. Publishes nothing and sets no tag.
pub(crate) fn release(_: &[String]) -> Result<()> {
    for tool in [DENY, SEMVER_CHECKS] {
        tool.require()?;
    }
    let version = msrv::from_manifest("version")?;
    let changelog = std::fs::read_to_string("CHANGELOG.md").context("CHANGELOG.md")?;
    let heading = changelog.lines().find(|line| line.starts_with("## ")).unwrap_or_default();
    ensure!(
        heading.starts_with(&format!("## {version} (")) && !heading.contains("unreleased"),
        "CHANGELOG.md begins with `{heading}`: write `## {version} (year-month-day)`"
    );
    run(&mut program("cargo-deny", "--locked check advisories"))?;
    match output(&mut program("git", "describe --tags --abbrev=0")) {
        Ok(tag) => run(cargo("semver-checks -p functools --baseline-rev").arg(tag.trim()))?,
        Err(_) => println!("skipped: without a tag there is no release to compare with"),
    }
    run(&mut cargo("publish --dry-run -p functools-macros -p functools --locked"))?;
    println!("Next: `git tag v{version}`, and `cargo publish -p functools-macros -p functools`");
    Ok(())
}
