//! Programs that commands run.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// Returns a command of cargo with these arguments, which spaces separate.
pub(crate) fn cargo(arguments: &str) -> Command {
    // The variable names the cargo that runs this program: a `+toolchain` stays in force.
    program(&env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()), arguments)
}

/// Same as [`cargo`] with another toolchain, which only rustup's own `cargo` can choose.
pub(crate) fn cargo_of(toolchain: &str, arguments: &str) -> Command {
    let mut command = program("cargo", &format!("+{toolchain} {arguments}"));
    // Rustup sets these for this program. They would choose this program's toolchain again.
    for variable in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTDOC"] {
        command.env_remove(variable);
    }
    command
}

/// Returns a command of a program with these arguments, which spaces separate.
pub(crate) fn program(name: &str, arguments: &str) -> Command {
    let mut command = Command::new(name);
    command.args(arguments.split_whitespace());
    // `cargo run` sets these for this program. Build scripts that read them would run again.
    for (variable, _) in env::vars_os() {
        let text = variable.to_string_lossy();
        if ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|start| text.starts_with(start)) {
            command.env_remove(&variable);
        }
    }
    command
}

/// Prints the command and runs it.
///
/// # Errors
/// If the program cannot be started, or fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command.status().with_context(|| format!("cannot run `{}`", shown(command)))?;
    ensure!(status.success(), "`{}` failed: {status}", shown(command));
    Ok(())
}

/// Runs the command and returns its output.
///
/// # Errors
/// If the program cannot be started or fails, or if its output is not UTF-8.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    command.stderr(Stdio::inherit());
    let output = command.output().with_context(|| format!("cannot run `{}`", shown(command)))?;
    ensure!(output.status.success(), "`{}` failed: {}", shown(command), output.status);
    String::from_utf8(output.stdout).with_context(|| format!("output of `{}`", shown(command)))
}

/// Whether the command can be started and succeeds. Prints nothing.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Returns a folder in cargo's target folder.
pub(crate) fn target_folder(name: &str) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from).join(name)
}

/// Returns the command as typed in a shell: variables, program, arguments.
fn shown(command: &Command) -> String {
    let variables = command
        .get_envs()
        .filter_map(|(name, value)| Some(format!("{}='{}'", name.display(), value?.display())));
    let program = Path::new(command.get_program());
    let name = if program.is_absolute() { program.file_name() } else { Some(program.as_os_str()) };
    let name = name.map(|name| name.display().to_string());
    let arguments = command.get_args().map(|argument| argument.display().to_string());
    variables.chain(name).chain(arguments).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = program("/usr/bin/cargo", "doc  --locked");
        command.env("RUSTDOCFLAGS", "-D warnings").env_remove("RUSTC");
        assert_eq!(shown(&command), "RUSTDOCFLAGS='-D warnings' cargo doc --locked");
        assert_eq!(shown(&program("scripts/sanitize", "address")), "scripts/sanitize address");
    }

    #[test]
    fn a_program_that_fails_is_an_error_with_its_name() {
        let error = run(&mut program("false", "")).expect_err("it fails");
        assert!(error.to_string().starts_with("`false` failed"), "{error}");
        let error = run(&mut program("no-such-program", "")).expect_err("it does not exist");
        assert!(error.to_string().contains("no-such-program"), "{error}");
        assert!(!succeeds(&mut program("no-such-program", "")));
    }
}
