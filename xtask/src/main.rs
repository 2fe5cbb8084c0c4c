//! The project's commands. `cargo xtask help` lists them, and `.ci/run` calls `cargo xtask ci`.
//!
//! [`COMMANDS`] is the one list. A command whose tool is not installed fails with the command that
//! installs it. `ci` skips it with a message instead.

mod ci;
mod commands;
mod demo;
mod exceptions;
mod files;
mod fuzz;
mod layers;
mod minimal;
mod msrv;
mod package;
mod process;
mod release;
mod rules;
mod targets;
mod threats;
mod tidy;
mod tools;
mod trust;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

/// A command of `cargo xtask`.
struct Command {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result<()>,
}

const COMMANDS: &[Command] = &[
    Command { name: "ci", about: "run every check that a change must pass", run: ci::run },
    Command {
        name: "layers",
        about: "check the imports between rooms and files",
        run: layers::run,
    },
    Command {
        name: "rules",
        about: "check the tables that name functions and tests",
        run: rules::run,
    },
    Command {
        name: "tidy",
        about: "check line and file lengths, module docs, words",
        run: tidy::run,
    },
    Command {
        name: "msrv",
        about: "check the Rust versions that dependencies need",
        run: |_| msrv::check(),
    },
    Command {
        name: "features",
        about: "check the runtime with each feature",
        run: commands::features,
    },
    Command {
        name: "powerset",
        about: "check the runtime with each pair of features",
        run: commands::powerset,
    },
    Command { name: "targets", about: "check the runtime for other systems", run: targets::check },
    Command {
        name: "doc",
        about: "build the documentation, private items included",
        run: commands::doc,
    },
    Command {
        name: "package",
        about: "test both packages, and three users of them",
        run: package::check,
    },
    Command {
        name: "deny",
        about: "check bans, licences and sources of crates",
        run: commands::deny,
    },
    Command {
        name: "migration",
        about: "run the programs of the guide to migration",
        run: commands::migration,
    },
    Command { name: "typos", about: "check the spelling", run: commands::typos },
    Command {
        name: "machete",
        about: "find dependencies that are not used",
        run: commands::machete,
    },
    Command {
        name: "demo",
        about: "start the README's demo and check its answers",
        run: |_| demo::check(),
    },
    Command {
        name: "loom",
        about: "check the engine in every order of its steps",
        run: commands::loom,
    },
    Command { name: "fuzz", about: "fuzz a target for some minutes, or list them", run: fuzz::run },
    Command {
        name: "differential",
        about: "compare caches with CPython and models, for minutes",
        run: trust::differential,
    },
    Command {
        name: "leak",
        about: "make 100 million calls, and compare the memory",
        run: trust::leak,
    },
    Command {
        name: "soak",
        about: "load the demo while its Redis fails, for minutes",
        run: trust::soak,
    },
    Command {
        name: "mutants",
        about: "mutate the engine, the waits and the expiry",
        run: trust::mutants,
    },
    Command {
        name: "editor",
        about: "check that rust-analyzer reports no error",
        run: commands::editor,
    },
    Command {
        name: "sanitize",
        about: "run tests by a sanitizer: address or thread",
        run: commands::sanitize,
    },
    Command {
        name: "nightly",
        about: "run miri, minimal versions, the benches' build",
        run: commands::nightly,
    },
    Command {
        name: "release",
        about: "check what a release needs; publishes nothing",
        run: release::check,
    },
    Command { name: "help", about: "print this list", run: help },
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    env::set_current_dir(root()).context("cannot enter the workspace")?;
    let mut arguments = env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "help".to_owned());
    let arguments: Vec<String> = arguments.collect();
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(&arguments),
        None => bail!("unknown command `{name}`: `cargo xtask help` lists the commands"),
    }
}

/// Returns the folder of the workspace. Cargo sets the variable when it runs this program.
fn root() -> PathBuf {
    let folder = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    folder.parent().map_or(folder.clone(), Path::to_owned)
}

// Every command has this signature.
#[allow(clippy::unnecessary_wraps)]
fn help(_: &[String]) -> Result<()> {
    println!("cargo xtask <command>\n");
    for Command { name, about, .. } in COMMANDS {
        println!("  {name:<14}{about}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_name_of_its_own_and_one_line_of_help() {
        for (index, command) in COMMANDS.iter().enumerate() {
            assert!(COMMANDS[..index].iter().all(|other| other.name != command.name));
            assert!((1..60).contains(&command.about.len()), "{}", command.name);
            assert!(!command.about.contains('\n'), "{}", command.name);
        }
    }

    #[test]
    fn the_root_is_the_folder_of_the_workspace() {
        assert!(root().join("runtime/Cargo.toml").is_file());
    }
}
