//! Programs that end with the test, however that ends: the service, and the driver of the browser.

use std::env;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

use tempfile::TempDir;

use super::PATIENCE;

/// A program with a directory of its own, both of which are gone after this.
pub(crate) struct Guarded {
    name: String,
    lines: Receiver<String>,
    /// The program runs until this is closed.
    lifeline: Option<ChildStdin>,
    guard: Child,
}

impl Guarded {
    /// `arguments` is asked with the path of the directory.
    pub(crate) fn start(program: &str, arguments: impl FnOnce(&str) -> Vec<String>) -> Self {
        let directory = TempDir::with_prefix("functools-").expect("a new directory");
        let path = directory.path().to_str().expect("the path is UTF-8").to_owned();
        let mut command = Command::new("sh");
        command.args(["-c", include_str!("guard.sh"), "sh", &path, program]).args(arguments(&path));
        command.env_remove("REDIS_URL").env_remove("RUST_LOG");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut guard = command.spawn().expect("sh starts");
        // From here on the guard removes it.
        let _ = directory.keep();

        let lifeline = guard.stdin.take();
        let output = BufReader::new(guard.stdout.take().expect("it is piped"));
        // On a thread of its own, so that waiting for a line has a limit, and the pipe never fills.
        let (told, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = told.send(line);
            }
        });
        Guarded { name: program.to_owned(), lines, lifeline, guard }
    }

    /// What comes between these two in a line of the output, as soon as there is such a line.
    pub(crate) fn told(&self, before: &str, after: &str) -> String {
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

/// Whether both programs are there. If not, that is said aloud; where `CI` is `true`, it is a
/// failure.
pub(crate) fn are_there(programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| {
        let started = Command::new(program).arg("--version").stdin(Stdio::null()).output();
        started.is_err_and(|error| error.kind() == ErrorKind::NotFound)
    });
    let Some(missing) = missing else { return true };
    assert!(
        env::var("CI").as_deref() != Ok("true"),
        "{missing} was not found: in CI the page must be looked at with a browser"
    );
    // Not `eprintln!`, which the test harness hides when a test passes.
    let _ = writeln!(
        io::stderr(),
        "SKIPPED: {missing} was not found, so the page was not looked at with a browser. On \
         Debian: apt-get install chromium chromium-driver"
    );
    false
}
