//! Where results are shared, and the faults that it can have: a server with a replica.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use redis::{Client, Connection, FromRedisValue, RedisResult, cmd};

use super::event::Value;
use super::line::{Held, Line};
use super::plan::{Fault, Kinds};
use crate::common::SECOND;
use crate::server::{Server, eventually};

/// Servers, and the ways to them.
pub(super) trait Place {
    fn urls(&self) -> Vec<String>;
    fn kinds(&self) -> Kinds;
    /// The ports of the servers that have the values now.
    fn ports(&self) -> Vec<u16>;
    fn begin(&mut self, fault: Fault, lasts: Duration);
    fn end(&mut self, fault: Fault);
    /// Comes back when all servers do their work again.
    fn heal(&mut self);

    /// The values in all servers, by their keys.
    fn values(&self) -> BTreeMap<u32, Value> {
        self.ports().into_iter().flat_map(|port| values_at(port).unwrap_or_default()).collect()
    }
}

/// A connection of the checker, past all lines. An answer that does not come is an error.
pub(super) fn client(port: u16) -> RedisResult<Connection> {
    let client = Client::open(("127.0.0.1", port))?;
    let connection = client.get_connection_with_timeout(SECOND)?;
    connection.set_read_timeout(Some(SECOND * 5))?;
    Ok(connection)
}

pub(super) fn ask<T: FromRedisValue>(port: u16, words: &[&str]) -> RedisResult<T> {
    cmd(words[0]).arg(&words[1..]).query(&mut client(port)?)
}

/// Whether a server has done it.
pub(super) fn does(port: u16, words: &[&str]) -> bool {
    ask::<redis::Value>(port, words).is_ok()
}

/// A field of what `INFO` says.
pub(super) fn field(port: u16, name: &str) -> String {
    let info: String = ask(port, &["INFO"]).unwrap_or_default();
    let mut lines = info.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.unwrap_or_default().to_owned()
}

fn values_at(port: u16) -> RedisResult<Vec<(u32, Value)>> {
    let mut client = client(port)?;
    let mut values = Vec::new();
    for pattern in ["page:*", "item:*"] {
        let names: Vec<String> = cmd("KEYS").arg(pattern).query(&mut client)?;
        for name in names {
            let text: Option<String> = cmd("GET").arg(&name).query(&mut client)?;
            let number = name.split(':').nth(1).and_then(|number| number.parse().ok());
            let value = text.and_then(|text| serde_json::from_str(&text).ok());
            values.extend(number.zip(value));
        }
    }
    Ok(values)
}

/// Removes what a server would read when it starts again.
pub(super) fn forget_snapshot(port: u16) {
    let answer: RedisResult<(String, String)> = ask(port, &["CONFIG", "GET", "dir"]);
    if let Ok((_, directory)) = answer {
        let _ = fs::remove_file(Path::new(&directory).join("dump.rdb"));
    }
}

/// A server, a replica that may take its place, and the line to the one that has it.
pub(super) struct Alone {
    line: Line,
    master: Server,
    replica: Server,
}

impl Alone {
    pub(super) fn start() -> Self {
        let options = ["--repl-diskless-sync-delay", "0"];
        let (master, replica) = (Server::with(&options), Server::with(&options));
        let place = Alone { line: Line::to(master.port()), master, replica };
        place.follow();
        place
    }

    /// Makes the replica follow the master.
    fn follow(&self) {
        let port = self.master.port().to_string();
        assert!(does(self.replica.port(), &["REPLICAOF", "127.0.0.1", &port]));
    }
}

impl Place for Alone {
    fn urls(&self) -> Vec<String> {
        vec![format!("redis://127.0.0.1:{}", self.line.port())]
    }

    fn kinds(&self) -> Kinds {
        Kinds {
            of_servers: &[
                Fault::Restart(0),
                Fault::Restore,
                Fault::Suspend(0),
                Fault::Fill(0),
                Fault::ReadOnly,
                Fault::Deny("unlink"),
                Fault::Deny("evalsha"),
                Fault::Deny("rename"),
                Fault::Deny("getrange"),
                Fault::Deny("client|tracking"),
                Fault::Deny("scan"),
                Fault::Flush,
                Fault::FailOver(0),
                Fault::FailOver(0),
            ],
            of_links: &[
                Fault::Cut { all: true, node: 0 },
                Fault::Cut { all: false, node: 0 },
                Fault::Delay(0),
                Fault::Delay(0),
                Fault::Hold { all: true, node: 0 },
                Fault::Hold { all: false, node: 0 },
                Fault::Refuse,
            ],
        }
    }

    fn ports(&self) -> Vec<u16> {
        vec![self.master.port()]
    }

    fn begin(&mut self, fault: Fault, _: Duration) {
        let port = self.master.port();
        match fault {
            Fault::Cut { all, .. } => self.line.cut(all),
            Fault::Delay(millis) => self.line.delay(Duration::from_millis(millis)),
            Fault::Hold { all: true, .. } => self.line.hold(Held::All),
            Fault::Hold { all: false, .. } => self.line.hold(Held::Half),
            Fault::Refuse => {
                self.line.refuse(true);
                self.line.cut(true);
            }
            Fault::Restart(_) => {
                forget_snapshot(port);
                self.master.kill();
            }
            Fault::Restore => assert!(does(port, &["SAVE"])),
            Fault::Suspend(_) => self.master.suspend(),
            Fault::Fill(_) => assert!(does(port, &["CONFIG", "SET", "maxmemory", "1"])),
            Fault::ReadOnly => assert!(does(port, &["REPLICAOF", "127.0.0.1", "1"])),
            Fault::Deny(command) => {
                assert!(does(port, &["ACL", "SETUSER", "default", &format!("-{command}")]));
            }
            Fault::Flush => assert!(does(port, &["FLUSHALL"])),
            Fault::FailOver(_) => {
                assert!(does(self.replica.port(), &["REPLICAOF", "NO", "ONE"]));
            }
            _ => unreachable!("not of this place: {fault:?}"),
        }
    }

    fn end(&mut self, fault: Fault) {
        let port = self.master.port();
        match fault {
            Fault::Delay(_) => self.line.delay(Duration::ZERO),
            Fault::Hold { .. } => self.line.hold(Held::None),
            Fault::Refuse => self.line.refuse(false),
            Fault::Restart(_) => self.master.restart(),
            Fault::Restore => {
                self.master.restart();
                forget_snapshot(port);
            }
            Fault::Suspend(_) => self.master.resume(),
            Fault::Fill(_) => assert!(does(port, &["CONFIG", "SET", "maxmemory", "0"])),
            Fault::ReadOnly => assert!(does(port, &["REPLICAOF", "NO", "ONE"])),
            Fault::Deny(_) => assert!(does(port, &["ACL", "SETUSER", "default", "+@all"])),
            Fault::FailOver(_) => {
                self.line.lead_to(self.replica.port());
                self.line.cut(true);
                std::mem::swap(&mut self.master, &mut self.replica);
                self.follow();
            }
            _ => (),
        }
    }

    fn heal(&mut self) {
        let port = self.replica.port();
        eventually("the replica follows", || field(port, "master_link_status") == "up");
    }
}
