//! A real `redis-server`, empty, that keeps nothing.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use redis::Client;

const PROGRAM: &str = "redis-server";

/// Starts the program and ends it when nobody can write to this shell any more, which is so however
/// the writer came to his end.
const KEEPER: &str = r#""$@" </dev/null & read -r _; kill $!; wait $!"#;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that ends when this is dropped.
pub(crate) struct Server {
    keeper: Child,
    port: u16,
}

impl Server {
    /// `None` where the program is not installed.
    pub(crate) fn start() -> anyhow::Result<Option<Self>> {
        if version()?.is_none() {
            eprintln!("{PROGRAM} is not installed: what wants it is left out");
            return Ok(None);
        }
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = free.local_addr()?.port();
        drop(free);
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh", PROGRAM, "--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let server = Server { keeper, port };
        server.wait()?;
        Ok(Some(server))
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Waits until it answers.
    fn wait(&self) -> anyhow::Result<()> {
        let client = Client::open(self.url())?;
        let begun = Instant::now();
        loop {
            let answer = client.get_connection_with_timeout(PATIENCE);
            match answer.and_then(|mut connection| redis::cmd("PING").exec(&mut connection)) {
                Ok(()) => return Ok(()),
                Err(error) if begun.elapsed() > PATIENCE => {
                    bail!("{PROGRAM} does not answer: {error}");
                }
                Err(_) => thread::sleep(Duration::from_millis(10)),
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// The version of the program, if it is installed.
pub(crate) fn version() -> anyhow::Result<Option<String>> {
    let output = match Command::new(PROGRAM).arg("--version").output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        output => output.context(PROGRAM)?,
    };
    ensure!(output.status.success(), "{PROGRAM}: {}", output.status);
    let text = String::from_utf8(output.stdout)?;
    let version = text.split(' ').find_map(|word| word.strip_prefix("v="));
    Ok(Some(version.unwrap_or("of an unknown version").to_owned()))
}
