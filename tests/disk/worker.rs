//! A process that calls functions as it is told, line by line: what the other tests start.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use functools::disk::{Disk, Tier};
use functools::lru_cache;

use crate::{PATIENT, eventually};

const FILE: &str = "FUNCTOOLS_TESTS_DISK_FILE";
const LEASE: &str = "FUNCTOOLS_TESTS_DISK_LEASE";

static TIER: Tier = Tier::new();

/// Counts its runs in a file of all processes.
#[lru_cache(maxsize = 10_000, ttl = "1h", disk(key = "counted:{n}", tier = TIER))]
fn counted(n: u32) -> String {
    let path = format!("{}.runs", env::var(FILE).expect("a path"));
    let mut runs = OpenOptions::new().append(true).create(true).open(path).expect("a file");
    runs.write_all(format!("{n}\n").as_bytes()).expect("a line");
    format!("{n} by {}", std::process::id())
}

/// Waits for a word.
#[lru_cache(ttl = "1h", disk(key = "held:{n}", tier = TIER))]
fn held(n: u32) -> Result<u32, String> {
    say("in");
    match next_line().as_str() {
        "return" => Ok(n),
        word => Err(word.to_owned()),
    }
}

fn say(text: &str) {
    // The harness may not have ended its line.
    println!("\n> {text}");
}

fn next_line() -> String {
    let mut line = String::new();
    io::stdin().read_line(&mut line).expect("a line");
    line.trim_end().to_owned()
}

#[test]
#[ignore = "what the processes do that the other tests start"]
fn worker() {
    let Ok(file) = env::var(FILE) else { return };
    let lease = env::var(LEASE).expect("a lease").parse().expect("milliseconds");
    let disk = Disk::open(file).expect("a path");
    let patient = disk.timeout(PATIENT).lease(Duration::from_millis(lease));
    TIER.install(patient.poll(Duration::from_millis(1)));
    let mut is_ready = false;
    eventually("the file is open, or it is said why not", || {
        is_ready = TIER.wait_ready(Duration::from_millis(100));
        is_ready || TIER.last_error().is_some()
    });
    say(if is_ready { "ready" } else { "not ready" });
    loop {
        let line = next_line();
        let words: Vec<_> = line.split(' ').collect();
        let number = |at: usize| words[at].parse::<u32>().expect("a number");
        match words[0] {
            "" => return,
            "call" => {
                let (value, status) = counted::with_status(number(1));
                say(&format!("{value}, {status:?}"));
            }
            "range" => {
                (number(1)..number(2)).for_each(|n| drop(counted(n)));
                say("done");
            }
            "invalidate" => say(&format!("{:?}", counted::cache_invalidate(number(1)))),
            "clear" => say(&format!("{:?}", counted::cache_clear())),
            "insert" => {
                counted::cache_insert(number(1), words[2].to_owned());
                assert!(TIER.wait_ready(PATIENT), "{:?}", TIER.last_error());
                say("done");
            }
            "fill" => {
                (number(1)..number(2)).for_each(|n| counted::cache_insert(n, "x".repeat(8000)));
                // Removals of what is not stored may not be possible.
                let _ = TIER.wait_ready(Duration::from_secs(1));
                say("done");
            }
            "forever" => {
                say("in");
                for n in 0.. {
                    counted(n % 1000);
                    counted::cache_invalidate(n % 1000);
                }
            }
            "hold" => {
                let (result, status) = held::with_status(number(1));
                say(&format!("{result:?}, {status:?}"));
            }
            "stats" => {
                let stats = TIER.stats();
                say(&format!("{} errors, {:?}", stats.errors, TIER.last_error()));
            }
            word => panic!("{word}"),
        }
    }
}

/// Such a process. It is killed when it is dropped.
pub(crate) struct Worker {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    /// Comes back when its file is open.
    pub(crate) fn start(file: &Path, lease: Duration) -> Self {
        let mut worker = Worker::start_by(&mut Worker::command(file, lease));
        assert_eq!(worker.hear(), "ready");
        worker
    }

    /// The command that starts such a process.
    pub(crate) fn command(file: &Path, lease: Duration) -> Command {
        let mut command = Command::new(env::current_exe().expect("this program"));
        Worker::set(&mut command, file, lease);
        command
    }

    /// Gives a command what it takes to be such a process.
    pub(crate) fn set(command: &mut Command, file: &Path, lease: Duration) {
        command.args(["--exact", "worker::worker", "--ignored", "--nocapture"]);
        command.env(FILE, file).env(LEASE, lease.as_millis().to_string());
    }

    pub(crate) fn start_by(command: &mut Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let input = child.stdin.take().expect("its input");
        let output = BufReader::new(child.stdout.take().expect("its output")).lines();
        Worker { child, input, output }
    }

    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.input, "{line}").expect("it reads");
    }

    /// The next line that it says.
    pub(crate) fn hear(&mut self) -> String {
        loop {
            let line = self.output.next().expect("it goes on").expect("a line");
            if let Some(text) = line.strip_prefix("> ") {
                return text.to_owned();
            }
        }
    }

    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.tell(line);
        self.hear()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it is our child");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How often bodies have run in all processes.
pub(crate) fn runs(file: &Path) -> usize {
    let path = format!("{}.runs", file.display());
    std::fs::read_to_string(path).unwrap_or_default().lines().count()
}
