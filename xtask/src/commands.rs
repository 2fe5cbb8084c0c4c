//! The commands that run a tool or a script.

use anyhow::Result;

use crate::minimal;
use crate::process::{cargo, cargo_of, program, run, target_folder};
use crate::tools::{DENY, HACK, MACHETE, MIRI, NIGHTLY, TYPOS};

/// Features that compile different parts of the runtime. `ci` lints it with none and with all.
const FEATURES: &[&str] = &["metrics", "tracing", "rayon", "tokio", "msgpack", "redis", "disk"];

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

/// Checks the runtime with each pair of its features, those of the manifest, and with all.
pub(crate) fn powerset(_: &[String]) -> Result<()> {
    HACK.require()?;
    let pairs = "hack check -p functools --feature-powerset --depth 2 --exclude-features __tier";
    run(&mut cargo(&format!("{pairs} --locked")))?;
    run(&mut cargo("hack check -p functools-macros --feature-powerset --locked"))
}

/// Checks bans, licences and sources of all dependencies, and that users of the two crates build
/// no crate twice, by deny.toml.
pub(crate) fn deny(_: &[String]) -> Result<()> {
    DENY.require()?;
    run(&mut program("cargo-deny", "--locked check bans licenses sources"))?;
    let published = "--locked --manifest-path runtime/Cargo.toml --exclude-dev";
    let check = "--config deny-published.toml check bans";
    run(&mut program("cargo-deny", &format!("{published} {check}")))
}

/// Compiles and runs the programs of the guide to migration, with the crates that users come from.
pub(crate) fn migration(arguments: &[String]) -> Result<()> {
    // Not `--locked`: its lock file would have to change with each dependency of the runtime.
    let mut test = cargo("test --manifest-path tests/migration/Cargo.toml");
    test.env("CARGO_TARGET_DIR", target_folder("migration"));
    run(test.env("CARGO_PROFILE_DEV_DEBUG", "none").args(arguments))
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
