//! Runs `oracle.py` with the `python3` at hand.

use std::env;
use std::io::{self, ErrorKind, Write};
use std::process::{Command, Stdio};
use std::thread;

const ORACLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/cpython/oracle.py");

/// Python's answers to the script, one a line. `None` without a `python3`, which is said aloud;
/// where `CI` is `true`, it is a failure.
pub(crate) fn answers(script: &str) -> Option<String> {
    let mut python = Command::new("python3");
    // Nothing of the user's Python set-up, and no locale, may change the answers.
    python.args(["-I", "-X", "utf8", ORACLE]);
    python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());

    let mut child = match python.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            skip();
            return None;
        }
        Err(error) => panic!("python3 could not be started: {error}"),
    };
    let mut stdin = child.stdin.take().expect("it is piped");
    let (written, output) = thread::scope(|scope| {
        // On a thread, since Python answers before it has read everything. The thread owns the
        // pipe, and so closes it.
        let writer = scope.spawn(move || stdin.write_all(script.as_bytes()));
        let output = child.wait_with_output().expect("the output of python3 can be read");
        (writer.join().expect("writing does not panic"), output)
    });

    // First of all: that Python is gone is also why it could not be written to.
    assert!(
        output.status.success(),
        "the oracle failed ({}):\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    written.expect("the oracle reads all operations");
    Some(String::from_utf8(output.stdout).expect("the oracle writes UTF-8"))
}

fn skip() {
    assert!(
        env::var("CI").as_deref() != Ok("true"),
        "python3 was not found: in CI the cache must be compared with CPython's"
    );
    // Not `eprintln!`, which the test harness hides when a test passes.
    let _ = writeln!(
        io::stderr(),
        "SKIPPED: python3 was not found, so the cache was not compared with CPython's"
    );
}
