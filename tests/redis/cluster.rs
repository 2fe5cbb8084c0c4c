//! A real Redis Cluster: three masters with a replica each, or one shard.

mod failover;
mod one_shard;
mod reshard;
mod sharing;
mod tags;

use functools::redis::Redis;
use redis::{Connection, Value, cmd};

use crate::server::{Server, eventually, free_port};

/// How long a node must be silent to count as failed, in milliseconds.
const NODE_TIMEOUT: &str = "1500";

const SLOTS: u16 = 16384;

pub(crate) struct Cluster {
    masters: Vec<Server>,
    /// The replica of each master, in the same order.
    replicas: Vec<Server>,
}

impl Cluster {
    /// Starts masters that share the slots evenly, with as many replicas, or none. Comes back when
    /// all of them serve.
    pub(crate) fn start(masters: u16, has_replicas: bool) -> Self {
        let start = || (0..masters).map(|_| node()).collect::<Vec<_>>();
        let replicas = if has_replicas { start() } else { Vec::new() };
        let cluster = Cluster { masters: start(), replicas };
        let mut begin = 0;
        for (place, master) in (1..).zip(&cluster.masters) {
            let end = u16::try_from(u32::from(SLOTS) * place / u32::from(masters)).expect("a slot");
            let () = cluster_command("SET-CONFIG-EPOCH", &[&place.to_string()], master);
            let range = [begin.to_string(), (end - 1).to_string()];
            let () = cluster_command("ADDSLOTSRANGE", &[&range[0], &range[1]], master);
            begin = end;
        }
        for other in cluster.nodes().skip(1) {
            meet(&cluster.masters[0], other);
        }
        let count = cluster.nodes().count().to_string();
        for node in cluster.nodes() {
            eventually("all have met", || info(node, "cluster_known_nodes") == count);
        }
        for (master, replica) in cluster.masters.iter().zip(&cluster.replicas) {
            let id = id(master);
            eventually("its master is known", || {
                let replicate = cmd("CLUSTER").arg("REPLICATE").arg(&id).clone();
                replicate.query::<()>(&mut replica.client()).is_ok()
            });
        }
        for node in cluster.nodes() {
            eventually("it serves", || info(node, "cluster_state") == "ok");
            let assigned = SLOTS.to_string();
            eventually("it knows all", || info(node, "cluster_slots_ok") == assigned);
        }
        for replica in &cluster.replicas {
            eventually("it is up to date", || field(replica, "master_link_status") == "up");
        }
        let expected = usize::from(masters) * if has_replicas { 2 } else { 1 };
        for node in cluster.nodes() {
            eventually("it lists all", || members_of_ranges(node) == expected);
        }
        cluster
    }

    /// All servers: the masters first.
    pub(crate) fn into_nodes(self) -> impl Iterator<Item = Server> {
        self.masters.into_iter().chain(self.replicas)
    }

    fn nodes(&self) -> impl Iterator<Item = &Server> {
        self.masters.iter().chain(&self.replicas)
    }

    /// More patient than a service would be.
    fn redis(&self) -> Redis {
        crate::patient(&self.masters[0])
    }

    /// A connection to the master that has a key.
    fn client_of(&self, key: &str) -> Connection {
        self.master_of(key).client()
    }

    fn master_of(&self, key: &str) -> &Server {
        &self.masters[self.place_of(key)]
    }

    /// Which of the masters had a key at the start.
    fn place_of(&self, key: &str) -> usize {
        let slot = usize::from(slot(&self.masters[0], key));
        let count = self.masters.len();
        let ends = (1..=count).map(|place| usize::from(SLOTS) * place / count);
        ends.take_while(|end| slot >= *end).count()
    }

    /// The first numbers from which this makes keys of that master.
    fn numbers_on(&self, place: usize, key: impl Fn(u64) -> String, count: usize) -> Vec<u64> {
        (0..).filter(|n| self.place_of(&key(*n)) == place).take(count).collect()
    }

    /// All keys of all masters.
    fn keys(&self) -> Vec<String> {
        self.masters.iter().flat_map(Server::keys).collect()
    }
}

/// A server that is the only one of its cluster yet, without slots.
fn node() -> Server {
    let bus = free_port().to_string();
    Server::with(&[
        "--cluster-enabled",
        "yes",
        "--cluster-port",
        &bus,
        "--cluster-node-timeout",
        NODE_TIMEOUT,
        "--cluster-replica-validity-factor",
        "0",
        "--cluster-require-full-coverage",
        "no",
        "--repl-diskless-sync-delay",
        "0",
    ])
}

fn cluster_command<T: redis::FromRedisValue>(name: &str, words: &[&str], at: &Server) -> T {
    let command = cmd("CLUSTER").arg(name).arg(words).clone();
    command.query(&mut at.client()).unwrap_or_else(|error| panic!("CLUSTER {name}: {error}"))
}

fn meet(one: &Server, other: &Server) {
    let port = other.port().to_string();
    let bus = config(other, "cluster-port");
    let () = cluster_command("MEET", &["127.0.0.1", &port, &bus], one);
}

fn config(server: &Server, name: &str) -> String {
    let (_, value): (String, String) =
        cmd("CONFIG").arg("GET").arg(name).query(&mut server.client()).expect("CONFIG GET");
    value
}

fn id(server: &Server) -> String {
    cluster_command("MYID", &[], server)
}

fn slot(server: &Server, key: &str) -> u16 {
    cluster_command("KEYSLOT", &[key], server)
}

/// A field of `CLUSTER INFO`.
fn info(server: &Server, name: &str) -> String {
    line_of(&cluster_command::<String>("INFO", &[], server), name)
}

/// A field of `INFO`.
fn field(server: &Server, name: &str) -> String {
    line_of(&cmd("INFO").query::<String>(&mut server.client()).expect("INFO"), name)
}

fn line_of(text: &str, name: &str) -> String {
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.unwrap_or_default().to_owned()
}

/// How many nodes a node lists with slots.
fn members_of_ranges(server: &Server) -> usize {
    let ranges: Vec<Vec<Value>> = cluster_command("SLOTS", &[], server);
    ranges.iter().map(|range| range.len() - 2).sum()
}
