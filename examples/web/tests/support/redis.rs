//! A `redis-server` with a socket and a directory of its own. The drop ends it.

#![allow(unreachable_pub)]

use std::path::Path;
use std::process::{Child, Command, Stdio};

use redis::{Client, Connection};
use tempfile::TempDir;

use crate::process::eventually;

pub struct Server {
    process: Child,
    directory: TempDir,
}

impl Server {
    /// Starts a server, and waits until it answers.
    pub async fn start() -> Self {
        let directory = TempDir::new().expect("a directory");
        let mut command = Command::new(program());
        command.args(["--port", "0", "--save", "", "--appendonly", "no", "--daemonize", "no"]);
        command.arg("--dir").arg(directory.path());
        command.arg("--unixsocket").arg(socket(directory.path()));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("redis-server starts");
        let mut server = Server { process, directory };
        eventually("redis-server answers", async || {
            let ended = server.process.try_wait().expect("it is our child");
            assert!(ended.is_none(), "redis-server ended at once: {ended:?}");
            Client::open(server.url()).expect("an address").get_connection().is_ok()
        })
        .await;
        server
    }

    pub fn url(&self) -> String {
        format!("redis+unix://{}", socket(self.directory.path()))
    }

    pub fn client(&self) -> Connection {
        let client = Client::open(self.url()).expect("an address");
        client.get_connection().expect("it answers")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn socket(directory: &Path) -> String {
    directory.join("socket").to_str().expect("text").to_owned()
}

/// Returns `redis-server`, and installs it if it is missing and that needs no password.
fn program() -> &'static str {
    let name = "redis-server";
    let is_there = || Command::new(name).arg("--version").output().is_ok();
    if !is_there() {
        let root: &[&str] =
            if rustix::process::geteuid().is_root() { &[] } else { &["sudo", "-n"] };
        for arguments in [&["update"][..], &["install", "-y", "--no-install-recommends", name]] {
            let wait = [
                "env",
                "DEBIAN_FRONTEND=noninteractive",
                "apt-get",
                "-o",
                "DPkg::Lock::Timeout=300",
            ];
            let line = [root, &wait, arguments].concat();
            // The assertion below checks whether it succeeded.
            let _ = Command::new(line[0]).args(&line[1..]).stdin(Stdio::null()).output();
        }
    }
    assert!(
        is_there(),
        "This test needs redis-server 6.2 or later in the PATH, and could not install it. On \
         Debian or Ubuntu: sudo apt-get install redis-server"
    );
    name
}
