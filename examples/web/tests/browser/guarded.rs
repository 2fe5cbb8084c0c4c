//! Programs that end with the test, even if it is killed: the service, and the browser's driver.

use std::env;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

use tempfile::TempDir;

use super::PATIENCE;

/// A program with a directory of its own. The drop ends the program and removes the directory.
pub(crate) struct Guarded {
    name: String,
    lines: Receiver<String>,
    /// The guard ends the program when this closes.
    lifeline: Option<ChildStdin>,
    guard: Child,
}

impl Guarded {
    /// Starts a program. `arguments` gets the path of its directory.
    pub(crate) fn start(program: &str, arguments: impl FnOnce(&str) -> Vec<String>) -> Self {
        let directory = TempDir::with_prefix("functools-").expect("a new directory");
        let path = directory.path().to_str().expect("the path is UTF-8").to_owned();
        let mut command = Command::new("sh");
        command.args(["-c", include_str!("guard.sh"), "sh", &path, program]).args(arguments(&path));
        command.env_remove("REDIS_URL").env_remove("RUST_LOG");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut guard = command.spawn().expect("sh starts");
        // The guard removes it from now on.
        let _ = directory.keep();

        let lifeline = guard.stdin.take();
        let output = BufReader::new(guard.stdout.take().expect("it is piped"));
        // On a thread, so that the wait for a line has a limit, and the pipe never fills.
        let (told, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = told.send(line);
            }
        });
        Guarded { name: program.to_owned(), lines, lifeline, guard }
    }

    /// Waits for a line of the output with these two texts, and returns the text between them.
    pub(crate) fn printed(&self, before: &str, after: &str) -> String {
        let begun = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            let line = self.lines.recv_timeout(left).unwrap_or_else(|error| {
                panic!("{} did not say {before:?}..{after:?}: {error}", self.name)
            });
            let found = line.split_once(before).and_then(|(_, rest)| rest.split_once(after));
            if let Some((found, _)) = found {
                return found.to_owned();
            }
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.lifeline = None;
        let _ = self.guard.wait();
    }
}

/// Whether all programs are installed. If not, prints a message.
///
/// # Panics
/// If one is missing and the variable `CI` is `true`.
pub(crate) fn are_there(programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| {
        let started = Command::new(program).arg("--version").stdin(Stdio::null()).output();
        started.is_err_and(|error| error.kind() == ErrorKind::NotFound)
    });
    let Some(missing) = missing else { return true };
    assert!(
        env::var("CI").as_deref() != Ok("true"),
        "{missing} was not found: in CI the page must be tested with a browser"
    );
    // Not `eprintln!`, which the test harness hides when a test passes.
    let _ = writeln!(
        io::stderr(),
        "SKIPPED: {missing} was not found, so the page was not tested with a browser. On \
         Debian: apt-get install chromium chromium-driver"
    );
    false
}
