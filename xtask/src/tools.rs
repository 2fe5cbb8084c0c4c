//! Tools that commands need and that are not part of the stable toolchain.

use std::path::Path;

use anyhow::{Result, bail};

use crate::process::{output, program, succeeds};

/// A tool, the command that finds it, and the one that installs it.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// The program and arguments that succeed if the tool is installed.
    probe: (&'static str, &'static str),
    install: &'static str,
}

/// What compiles libFuzzer.
pub(crate) const CXX: Tool =
    Tool { name: "a C++ compiler", probe: ("c++", "--version"), install: "apt-get install g++" };
pub(crate) const DENY: Tool = versioned("cargo-deny", "cargo install --locked cargo-deny");
pub(crate) const TYPOS: Tool =
    versioned("typos", "pip install typos, or cargo install --locked typos-cli");
pub(crate) const MACHETE: Tool = versioned("cargo-machete", "cargo install --locked cargo-machete");
pub(crate) const HACK: Tool = versioned("cargo-hack", "cargo install --locked cargo-hack");
pub(crate) const SEMVER_CHECKS: Tool =
    versioned("cargo-semver-checks", "cargo install --locked cargo-semver-checks");
pub(crate) const MUTANTS: Tool = versioned("cargo-mutants", "cargo install --locked cargo-mutants");
pub(crate) const NIGHTLY: Tool = Tool {
    name: "the nightly toolchain",
    probe: ("rustup", "run nightly rustc --version"),
    install: "rustup toolchain install nightly",
};
pub(crate) const MIRI: Tool = Tool {
    name: "miri",
    probe: ("rustup", "run nightly miri --version"),
    install: "rustup component add --toolchain nightly miri rust-src",
};

/// A program that prints its version.
const fn versioned(name: &'static str, install: &'static str) -> Tool {
    Tool { name, probe: (name, "--version"), install }
}

impl Tool {
    /// Whether the tool is installed.
    pub(crate) fn is_installed(&self) -> bool {
        succeeds(&mut program(self.probe.0, self.probe.1))
    }

    /// Returns if the tool is installed.
    ///
    /// # Errors
    /// If it is not. The error has the command that installs it.
    pub(crate) fn require(&self) -> Result<()> {
        if !self.is_installed() {
            bail!("{} is not installed: {}", self.name, self.install);
        }
        Ok(())
    }

    /// Runs a command of this tool, or prints that it is skipped if the tool is not installed.
    ///
    /// # Errors
    /// If the command fails.
    pub(crate) fn run_or_skip(&self, command: fn(&[String]) -> Result<()>) -> Result<()> {
        if self.is_installed() {
            return command(&[]);
        }
        skip(self.name, self.install);
        Ok(())
    }
}

/// Prints that a step is skipped, and the command that installs its tool.
pub(crate) fn skip(name: &str, install: &str) {
    println!("skipped: {name} is not installed ({install})");
}

/// Whether rustup has this toolchain, such as `1.88`.
pub(crate) fn has_toolchain(version: &str) -> bool {
    // `rustup run` would install a missing toolchain, so read the list instead.
    output(&mut program("rustup", "toolchain list")).is_ok_and(|list| {
        list.lines().any(|line| {
            line.strip_prefix(version).is_some_and(|rest| rest.starts_with(['-', '.', ' ']))
        })
    })
}

/// Whether the compiler has the standard library of this target.
pub(crate) fn has_target(target: &str) -> bool {
    let arguments = format!("--print target-libdir --target {target}");
    output(&mut program("rustc", &arguments)).is_ok_and(|path| Path::new(path.trim()).is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABSENT: Tool =
        Tool { name: "absent", probe: ("no-such-program", ""), install: "install it" };

    #[test]
    fn a_missing_tool_is_an_error_with_the_command_that_installs_it() {
        let error = ABSENT.require().expect_err("it is absent");
        assert_eq!(error.to_string(), "absent is not installed: install it");
    }

    #[test]
    fn within_ci_a_missing_tool_is_skipped() {
        assert!(ABSENT.run_or_skip(|_| panic!("it is not run")).is_ok());
    }
}
