//! A real `redis-server` for each test, which ends with it.

mod kinds;

pub(crate) use kinds::Kind;

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use redis::{Client, Commands, Connection, InfoDict};
use rustix::process::{Pid, Signal, kill_process};

use crate::common::PATIENCE;

/// Where free ports are looked for: below those from which a client's end of a connection is
/// taken, so that nobody has a server's port while it is away.
const PORTS: std::ops::Range<u16> = 10_000..30_000;

/// How long a process is let alone before it is asked again.
const PAUSE: Duration = Duration::from_millis(1);

/// Waits until something is so; fails, with its name, if it is not in time.
pub(crate) fn eventually(what: &str, is_so: impl FnMut() -> bool) {
    eventually_within(PATIENCE, what, is_so);
}

/// The same with a limit of its own. How long it took.
pub(crate) fn eventually_within(
    limit: Duration,
    what: &str,
    mut is_so: impl FnMut() -> bool,
) -> Duration {
    let begun = Instant::now();
    loop {
        // The last look comes after the limit, however late this thread got its turn.
        let late = begun.elapsed() > limit;
        if is_so() {
            return begun.elapsed();
        }
        assert!(!late, "not within {limit:?}: {what}");
        thread::sleep(PAUSE);
    }
}

/// A server with nothing in it, on a port of its own. Keeps nothing on disk.
pub(crate) struct Server {
    port: u16,
    program: PathBuf,
    options: Vec<String>,
    directory: Directory,
    process: Process,
}

impl Server {
    pub(crate) fn start() -> Self {
        Server::with(&[])
    }

    /// With further options, such as `&["--maxmemory", "1mb"]`.
    pub(crate) fn with(options: &[&str]) -> Self {
        Server::run(program().into(), options)
    }

    /// A server of another kind; `None` where there is none, which is said aloud.
    pub(crate) fn of(kind: Kind) -> Option<Self> {
        Some(Server::run(kinds::program(kind)?, &[]))
    }

    fn run(program: PathBuf, options: &[&str]) -> Self {
        let options: Vec<_> = options.iter().map(|&option| option.to_owned()).collect();
        let directory = Directory::new();
        let begun = Instant::now();
        loop {
            let port = free_port();
            match Process::start(&program, port, &options, directory.path()) {
                Ok(process) => return Server { port, program, options, directory, process },
                // Somebody else took the port in the meantime.
                Err(log) if log.contains("Address already in use") => {}
                Err(log) => panic!("redis-server ended at once:\n{log}"),
            }
            assert!(begun.elapsed() < PATIENCE, "no free port in {PATIENCE:?}");
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A blocking connection for the test's own commands. An answer that does not come fails the
    /// test.
    pub(crate) fn client(&self) -> Connection {
        let client = Client::open(self.url()).expect("a valid URL");
        let connection = client.get_connection_with_timeout(PATIENCE).expect("the server answers");
        connection.set_read_timeout(Some(PATIENCE)).expect("not zero");
        connection.set_write_timeout(Some(PATIENCE)).expect("not zero");
        connection
    }

    /// A number that `INFO` tells.
    pub(crate) fn told(&self, name: &str) -> u64 {
        let info: InfoDict = redis::cmd("INFO").query(&mut self.client()).expect("INFO");
        info.get(name).unwrap_or_else(|| panic!("INFO has a number {name}"))
    }

    /// All keys that are there, in order.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.client().keys("*").expect("KEYS");
        keys.sort_unstable();
        keys
    }

    /// The server does nothing any more, and its connections stay open.
    pub(crate) fn suspend(&self) {
        self.process.signal(Signal::STOP);
        let stopped = || state(self.process.child.id()) == Some('T');
        if Path::new("/proc/self/stat").exists() {
            eventually("the server has stopped", stopped);
        }
    }

    /// It goes on where it was.
    pub(crate) fn resume(&self) {
        self.process.signal(Signal::CONT);
    }

    /// It is gone at once, with all that was in it.
    pub(crate) fn kill(&mut self) {
        self.process.end();
    }

    /// An empty one on the same port, after the old one is killed.
    pub(crate) fn restart(&mut self) {
        self.kill();
        let begun = Instant::now();
        loop {
            match Process::start(&self.program, self.port, &self.options, self.directory.path()) {
                Ok(process) => {
                    self.process = process;
                    return;
                }
                Err(log) => {
                    let busy = log.contains("Address already in use");
                    assert!(busy && begun.elapsed() < PATIENCE, "it does not restart:\n{log}");
                }
            }
            thread::sleep(PAUSE);
        }
    }
}

struct Process {
    child: Child,
    has_ended: bool,
}

impl Process {
    /// Comes back when it answers; otherwise its log.
    fn start(
        program: &Path,
        port: u16,
        options: &[String],
        directory: &Path,
    ) -> Result<Self, String> {
        let log = directory.join("log");
        let _ = fs::remove_file(&log);
        let mut command = Command::new(program);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
        command.args(["--appendonly", "no", "--daemonize", "no"]);
        command.arg("--dir").arg(directory).arg("--logfile").arg(&log);
        command.args(options);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("redis-server starts");
        // From here on it is killed whatever happens.
        let mut process = Process { child, has_ended: false };

        let begun = Instant::now();
        while !process.answers(port) {
            if process.status().is_some() {
                return Err(fs::read_to_string(&log).unwrap_or_default());
            }
            assert!(begun.elapsed() < PATIENCE, "redis-server does not answer on port {port}");
            thread::sleep(PAUSE);
        }
        Ok(process)
    }

    /// Whether this very process answers on the port, not somebody else's.
    fn answers(&self, port: u16) -> bool {
        let client = Client::open(("127.0.0.1", port)).expect("a valid address");
        let answer = || {
            let mut connection = client.get_connection_with_timeout(PATIENCE)?;
            connection.set_read_timeout(Some(PATIENCE))?;
            redis::cmd("INFO").arg("server").query::<InfoDict>(&mut connection)
        };
        answer().is_ok_and(|info| info.get("process_id") == Some(self.child.id()))
    }

    fn status(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().expect("it is our child");
        self.has_ended |= status.is_some();
        status
    }

    fn signal(&self, signal: Signal) {
        // A number that has been waited for may be another process's by now.
        assert!(!self.has_ended, "the server has been killed");
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("it is our child");
    }

    fn end(&mut self) {
        if !self.has_ended {
            // Also where it is suspended.
            let _ = self.child.kill();
            let _ = self.child.wait();
            self.has_ended = true;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// The letter that Linux has for what a process is doing.
fn state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    after_name.chars().next()
}

pub(crate) fn free_port() -> u16 {
    static NEXT: OnceLock<AtomicU16> = OnceLock::new();
    let next = NEXT.get_or_init(|| AtomicU16::new(fastrand::u16(PORTS)));
    loop {
        let port = next.fetch_add(1, Ordering::Relaxed);
        if !PORTS.contains(&port) {
            next.store(PORTS.start, Ordering::Relaxed);
        } else if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// A new directory, removed at the end with all that is in it.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("functools-{:016x}", fastrand::u64(..)));
        fs::create_dir(&path).expect("a new directory");
        Directory(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// `redis-server`, installed first if need be and possible.
pub(crate) fn program() -> &'static str {
    static PROGRAM: OnceLock<&str> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let name = "redis-server";
        if !is_there(name) {
            let installed = install();
            assert!(
                installed.is_ok() && is_there(name),
                "These tests need a redis-server of 6.2 or later in the PATH. It could not be \
                 installed by itself: {}. On Debian or Ubuntu: sudo apt-get install redis-server",
                installed.err().unwrap_or_else(|| "apt-get brought none".to_owned())
            );
        }
        name
    })
}

/// The options with which a server lets its clients use `DEBUG`, as all did before Redis 7.
pub(crate) fn with_debug() -> Vec<&'static str> {
    let output = Command::new(program()).arg("--version").output().expect("redis-server starts");
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    let major = version.split("v=").nth(1).and_then(|version| version.split('.').next());
    match major.and_then(|major| major.parse::<u32>().ok()) {
        Some(..7) => vec![],
        _ => vec!["--enable-debug-command", "yes"],
    }
}

fn is_there(program: impl AsRef<OsStr>) -> bool {
    let started = Command::new(program).arg("--version").output();
    started.is_ok_and(|output| output.status.success())
}

/// With apt-get, by root or where `sudo` asks for no password.
fn install() -> Result<(), String> {
    let by: &[&str] = if rustix::process::geteuid().is_root() { &[] } else { &["sudo", "-n"] };
    let install = [
        "install",
        "-y",
        "--no-install-recommends",
        "-o",
        "DPkg::Lock::Timeout=300",
        "redis-server",
    ];
    for arguments in [&["update"][..], &install] {
        let line = [by, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"], arguments].concat();
        let output = Command::new(line[0]).args(&line[1..]).stdin(Stdio::null()).output();
        let output = output.map_err(|error: io::Error| format!("{}: {error}", line[0]))?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            return Err(format!("`{}` failed: {}", line.join(" "), errors.trim()));
        }
    }
    Ok(())
}

mod tests {
    use redis::Commands;

    use super::*;

    #[test]
    fn each_test_has_a_server_of_its_own() {
        let (one, other) = (Server::start(), Server::start());
        assert_ne!(one.port(), other.port());
        let () = one.client().set("key", 1).expect("SET");
        assert_eq!((one.keys(), other.keys()), (vec!["key".to_owned()], vec![]));
    }

    #[test]
    fn options_are_the_servers() {
        let server = Server::with(&["--maxmemory", "3mb"]);
        assert_eq!(server.told("maxmemory"), 3 << 20);
        assert_eq!(server.told("rdb_changes_since_last_save"), 0);
    }

    #[test]
    fn a_suspended_server_goes_on_where_it_was() {
        let server = Server::start();
        let mut client = server.client();
        let () = client.set("key", 1).expect("SET");
        server.suspend();
        client.set_read_timeout(Some(Duration::from_millis(20))).expect("not zero");
        let answer: redis::RedisResult<u32> = client.get("key");
        assert!(answer.expect_err("no answer").is_timeout());
        server.resume();
        assert_eq!(server.client().get("key"), Ok(1));
    }

    #[test]
    fn a_restarted_server_is_an_empty_one_on_the_same_port() {
        let mut server = Server::start();
        let (port, mut client) = (server.port(), server.client());
        let () = client.set("key", 1).expect("SET");
        server.kill();
        let answer: redis::RedisResult<u32> = client.get("key");
        assert!(answer.is_err(), "{answer:?}");
        server.restart();
        assert_eq!(server.port(), port);
        assert!(server.keys().is_empty());
    }

    #[test]
    fn a_server_ends_with_its_test_even_if_that_panics() {
        let (told, pid) = std::sync::mpsc::channel();
        let panicked = thread::spawn(move || {
            let server = Server::start();
            let () = server.client().set("key", 1).expect("SET");
            server.suspend();
            let place = server.directory.path().to_owned();
            told.send((server.process.child.id(), place)).expect("it is waited for");
            panic!("on purpose");
        });
        let (pid, place) = pid.recv().expect("it started");
        assert!(panicked.join().is_err());
        assert_eq!(state(pid), None);
        assert!(!place.exists());
    }
}
