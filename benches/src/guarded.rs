//! Programs that run beside this one, and end with it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use rustix::param::clock_ticks_per_second;

/// A shell that starts the program, and ends it when the shell's input is closed. That happens
/// whenever this process ends, even if it is killed. The shell ignores the signals of a terminal,
/// which this process gets, too. Only the program has the output, so the output ends with it.
const GUARD: &str = r#"trap "" HUP INT; "$@" </dev/null & exec >&-; read -r _; kill $!; wait $!"#;

/// A running program. The drop ends it.
pub(crate) struct Guarded {
    guard: Child,
}

impl Guarded {
    /// Starts a program. Its output is discarded, its errors are shown.
    pub(crate) fn quiet(program: &str, arguments: &[&str]) -> anyhow::Result<Self> {
        let mut command = command(program, arguments);
        Ok(Guarded { guard: command.stdout(Stdio::null()).spawn()? })
    }

    /// Starts a program. Its output and its errors are written to a file.
    pub(crate) fn logged(
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
        log: &Path,
    ) -> anyhow::Result<Self> {
        let log = File::create(log)?;
        let mut command = command(program, arguments);
        command.envs(environment.iter().copied()).stdout(log.try_clone()?).stderr(log);
        Ok(Guarded { guard: command.spawn()? })
    }

    /// Starts a program, waits for the first line of its output, and returns the line.
    pub(crate) fn announced(
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
        log: &Path,
    ) -> anyhow::Result<(Self, String)> {
        let mut command = command(program, arguments);
        command.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(File::create(log)?);
        let mut guarded = Guarded { guard: command.spawn()? };
        let output = guarded.guard.stdout.take().context("its output is piped")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        ensure!(!line.is_empty(), "{program} has ended: {} has its errors", log.display());
        Ok((guarded, line.trim_end().to_owned()))
    }

    /// Returns the processor time of the program's threads, to a tick of the system. `None` if the
    /// system does not report it.
    pub(crate) fn processor_time(&self) -> Option<Duration> {
        let shell = self.guard.id();
        let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).ok()?;
        let program = children.split_whitespace().next()?;
        let stat = fs::read_to_string(format!("/proc/{program}/stat")).ok()?;
        // After the name, which may contain anything, the fields are: the state, ten others, the
        // time of the program, and the time of the system for it.
        let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(2);
        let ticks = fields.map(|field| field.parse::<u64>().ok()).sum::<Option<u64>>()?;
        Some(Duration::from_millis(ticks * 1000 / clock_ticks_per_second()))
    }
}

fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", GUARD, "sh", program]).args(arguments).stdin(Stdio::piped());
    command
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}
