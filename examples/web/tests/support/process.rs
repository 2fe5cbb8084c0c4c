//! The program `web`, in a process of its own.

#![allow(unreachable_pub)]

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// The limit of each wait. A test that passes does not wait that long.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the command of the program, without the variables that it reads.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_web"));
    command.env_remove("REDIS_URL").env_remove("RUST_LOG");
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs a command that ends by itself, and returns its output.
pub async fn output(command: &mut Command) -> Output {
    timeout(PATIENCE, command.output()).await.expect("it ends").expect("it starts")
}

/// A running program. The drop ends it.
pub struct Web {
    process: Child,
    stdout: BufReader<ChildStdout>,
    log: TempDir,
    client: Client,
    url: String,
}

impl Web {
    /// Starts the program on a free port, and waits until it prints its address.
    pub async fn start(database: &Path, redis: Option<&str>) -> Self {
        let log = TempDir::new().expect("a directory");
        let stderr = File::create(log.path().join("stderr")).expect("a file");
        let mut command = program();
        command.args(["--port", "0", "--database"]).arg(database);
        command.stdout(Stdio::piped()).stderr(stderr);
        if let Some(url) = redis {
            command.env("REDIS_URL", url);
        }
        let mut process = command.spawn().expect("it starts");
        let stdout = BufReader::new(process.stdout.take().expect("a pipe"));
        let client = Client::new();
        let mut web = Web { process, stdout, log, client, url: String::new() };
        let mut line = String::new();
        let said = timeout(PATIENCE, web.stdout.read_line(&mut line)).await.expect("it is in time");
        said.expect("text");
        assert!(line.ends_with("/\n"), "it did not start:\n{}", web.log());
        web.url = line.trim_end().trim_end_matches('/').to_owned();
        web
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url)).timeout(PATIENCE)
    }

    pub fn put(&self, path: &str) -> RequestBuilder {
        self.client.put(format!("{}{path}", self.url)).timeout(PATIENCE)
    }

    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.client.delete(format!("{}{path}", self.url)).timeout(PATIENCE)
    }

    /// Returns the JSON at a path, and the status of its look-up.
    pub async fn look_up(&self, path: &str) -> (Value, String) {
        let answer = self.get(path).send().await.expect("an answer");
        let timing = answer.headers()["server-timing"].to_str().expect("text");
        let (_, status) = timing.split_once("desc=").expect("a description");
        let status = status.trim_matches('"').to_owned();
        (answer.json().await.expect("JSON"), status)
    }

    pub async fn rename(&self, path: &str, name: &str) -> Value {
        let answer = self.put(path).json(&serde_json::json!({ "name": name })).send().await;
        answer.expect("an answer").json().await.expect("JSON")
    }

    pub async fn name(&self, path: &str) -> Value {
        self.look_up(path).await.0["item"]["name"].take()
    }

    /// Returns what `/cache-info` has about `item`.
    pub async fn item(&self) -> Value {
        let answer = self.get("/cache-info").send().await.expect("an answer");
        answer.json::<Value>().await.expect("JSON")["caches"][0].take()
    }

    /// Waits until it is connected to its Redis.
    pub async fn connected(&self) {
        let connected = async || {
            // Only a call updates the state of the connection.
            self.look_up("/cached/ABQ").await;
            self.item().await["redis"]["connected"] == true
        };
        eventually("it is connected to Redis", connected).await;
    }

    pub fn address(&self) -> SocketAddr {
        self.url.trim_start_matches("http://").parse().expect("an address")
    }

    pub fn signal(&self, signal: Signal) {
        let id = self.process.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        kill_process(id.expect("it runs"), signal).expect("it is ours");
    }

    /// Waits until it ends. Returns its status, and the rest of its output.
    pub async fn ended(&mut self) -> (ExitStatus, String) {
        let mut rest = String::new();
        let ended =
            timeout(PATIENCE, self.process.wait()).await.expect("it ends").expect("a child");
        self.stdout.read_to_string(&mut rest).await.expect("text");
        (ended, rest)
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.log.path().join("stderr")).expect("it is there")
    }
}

/// Waits until `is_so` returns true.
///
/// # Panics
/// If it is not in time. The message has `what`.
pub async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let asked = timeout(PATIENCE, async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    });
    assert!(asked.await.is_ok(), "not within {PATIENCE:?}: {what}");
}
