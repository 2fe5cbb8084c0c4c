//! A `redis-server` without data and persistence.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use redis::Client;

use crate::guarded::Guarded;

const PROGRAM: &str = "redis-server";

/// The limit of its start.
const START_LIMIT: Duration = Duration::from_secs(10);

/// A running server. The drop ends it.
pub(crate) struct Server {
    _guarded: Guarded,
    port: u16,
}

impl Server {
    /// Starts a server, and waits until it answers. `None` if the program is not installed.
    pub(crate) fn start() -> anyhow::Result<Option<Self>> {
        if version()?.is_none() {
            eprintln!("{PROGRAM} is not installed: its benches are skipped");
            return Ok(None);
        }
        let port = free_port()?;
        let arguments = ["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", ""];
        let server = Server { _guarded: Guarded::quiet(PROGRAM, &arguments)?, port };
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
            let answer = client.get_connection_with_timeout(START_LIMIT);
            match answer.and_then(|mut connection| redis::cmd("PING").exec(&mut connection)) {
                Ok(()) => return Ok(()),
                Err(error) if begun.elapsed() > START_LIMIT => {
                    bail!("{PROGRAM} does not answer: {error}");
                }
                Err(_) => thread::sleep(Duration::from_millis(10)),
            }
        }
    }
}

/// Returns a port that is free at the moment.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(free.local_addr()?.port())
}

/// Returns the version of the program, if it is installed.
pub(crate) fn version() -> anyhow::Result<Option<String>> {
    let output = match Command::new(PROGRAM).arg("--version").output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        output => output.context(PROGRAM)?,
    };
    ensure!(output.status.success(), "{PROGRAM}: {}", output.status);
    let text = String::from_utf8(output.stdout)?;
    let version = text.split(' ').find_map(|word| word.strip_prefix("v="));
    Ok(Some(version.unwrap_or("of unknown version").to_owned()))
}
