//! Other programs that run beside this one, and end with it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use rustix::param::clock_ticks_per_second;

/// Starts the program and ends it when nobody can write to this shell any more, which is so however
/// the writer came to his end. What a terminal tells all of them to end by is for the writer. The program alone has
/// the output, so that its end is the output's.
const KEEPER: &str = r#"trap "" HUP INT; "$@" </dev/null & exec >&-; read -r _; kill $!; wait $!"#;

/// A program that ends when this is dropped.
pub(crate) struct Kept {
    keeper: Child,
}

impl Kept {
    /// Starts it with its output thrown away, and its errors shown.
    pub(crate) fn quiet(program: &str, arguments: &[&str]) -> anyhow::Result<Self> {
        let mut command = keeper(program, arguments);
        Ok(Kept { keeper: command.stdout(Stdio::null()).spawn()? })
    }

    /// Starts it with its errors written to a file, and its output, too.
    pub(crate) fn logged(
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
        log: &Path,
    ) -> anyhow::Result<Self> {
        let log = File::create(log)?;
        let mut command = keeper(program, arguments);
        command.envs(environment.iter().copied()).stdout(log.try_clone()?).stderr(log);
        Ok(Kept { keeper: command.spawn()? })
    }

    /// The same, once it has printed a line, which is returned.
    pub(crate) fn announced(
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
        log: &Path,
    ) -> anyhow::Result<(Self, String)> {
        let mut command = keeper(program, arguments);
        command.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(File::create(log)?);
        let mut kept = Kept { keeper: command.spawn()? };
        let output = kept.keeper.stdout.take().context("its output is piped")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        ensure!(!line.is_empty(), "{program} has ended; {} says why", log.display());
        Ok((kept, line.trim_end().to_owned()))
    }

    /// For how long its threads have had a core so far, by the system's ticks; `None` where it does not tell.
    pub(crate) fn processor_time(&self) -> Option<Duration> {
        let shell = self.keeper.id();
        let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).ok()?;
        let program = children.split_whitespace().next()?;
        let stat = fs::read_to_string(format!("/proc/{program}/stat")).ok()?;
        // Behind the name, which may have anything in it: the state first, and eleven further on the two times, of
        // the program itself and of the system for it.
        let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(2);
        let ticks = fields.map(|field| field.parse::<u64>().ok()).sum::<Option<u64>>()?;
        Some(Duration::from_millis(ticks * 1000 / clock_ticks_per_second()))
    }
}

fn keeper(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", KEEPER, "sh", program]).args(arguments).stdin(Stdio::piped());
    command
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
