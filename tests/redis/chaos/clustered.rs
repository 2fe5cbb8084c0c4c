//! A cluster whose nodes reach each other by lines, and the faults that it can have.

use std::time::{Duration, Instant};

use redis::RedisResult;

use super::line::{Held, Line};
use super::place::{Place, ask, does, field, forget_snapshot};
use super::plan::{Fault, Kinds};
use super::{ITEMS, PAGES};
use crate::cluster::Cluster;
use crate::common::PATIENCE;
use crate::server::{Server, eventually};

/// How many masters there are, and how many replicas.
const MASTERS: u16 = 3;

pub(super) struct Clustered {
    nodes: Vec<Node>,
    /// The node that each fault which lasts is at, in the order of their beginnings.
    struck: Vec<(Fault, usize)>,
    moving: Option<Move>,
}

struct Node {
    server: Server,
    id: String,
    /// How the other nodes reach it.
    bus: Line,
}

/// A slot on its way.
struct Move {
    slot: String,
    from: u16,
    to: u16,
    target: String,
}

impl Clustered {
    pub(super) fn start() -> Self {
        let node = |server: Server| {
            let port = server.port();
            let (_, bus): (String, u16) =
                ask(port, &["CONFIG", "GET", "cluster-port"]).expect("it is set");
            let bus = Line::to(bus);
            let reached_by = bus.port().to_string();
            assert!(does(port, &["CONFIG", "SET", "cluster-announce-bus-port", &reached_by]));
            let id = ask(port, &["CLUSTER", "MYID"]).expect("CLUSTER MYID");
            Node { server, id, bus }
        };
        let nodes: Vec<_> = Cluster::start(MASTERS, true).into_nodes().map(node).collect();
        for node in &nodes {
            let others = u64::try_from(nodes.len() - 1).expect("a few");
            eventually("others reach it by its line", || node.bus.connections() >= others);
        }
        let mut place = Clustered { nodes, struck: Vec::new(), moving: None };
        place.heal();
        place
    }

    /// The nodes that are masters, in a fixed order.
    fn masters(&self) -> Vec<usize> {
        let is_master = |place: &usize| field(self.nodes[*place].server.port(), "role") == "master";
        (0..self.nodes.len()).filter(is_master).collect()
    }

    /// The node that a fault is at, of those that are masters now.
    fn strike(&mut self, fault: Fault, node: usize) -> &mut Node {
        let masters = self.masters();
        let place = masters[node % masters.len()];
        self.struck.push((fault, place));
        &mut self.nodes[place]
    }

    fn port(&self, place: usize) -> u16 {
        self.nodes[place].server.port()
    }

    /// Cuts a node off from the others, or ends that.
    fn part(&self, place: usize, is_parted: bool) {
        for (number, node) in self.nodes.iter().enumerate() {
            node.bus.hold(match is_parted {
                true if number == place => Held::All,
                true => Held::From(self.nodes[place].id.clone()),
                false => Held::None,
            });
        }
    }

    /// Whether all nodes agree that all of them are well.
    fn is_well(&self) -> bool {
        let mut masters = 0;
        for node in &self.nodes {
            let port = node.server.port();
            let nodes: String = ask(port, &["CLUSTER", "NODES"]).unwrap_or_default();
            let state: String = ask(port, &["CLUSTER", "INFO"]).unwrap_or_default();
            let is_master = field(port, "role") == "master";
            masters += u16::from(is_master);
            let is_well = state.contains("cluster_state:ok")
                && state.contains("cluster_slots_ok:16384")
                && nodes.lines().count() == self.nodes.len()
                && !nodes.contains("fail")
                && (is_master || field(port, "master_link_status") == "up");
            if !is_well {
                return false;
            }
        }
        masters == MASTERS
    }

    /// Lets the slot of a key leave its master.
    fn begin_move(&mut self, node: usize) {
        let keys = [format!("page:{}", PAGES.start), format!("item:{}", ITEMS.start)];
        let key = &keys[node % 2];
        let masters = self.masters();
        let slot: u16 = ask(self.port(masters[0]), &["CLUSTER", "KEYSLOT", key]).expect("a slot");
        let slot = slot.to_string();
        let has_it = |place: &usize| {
            let found: RedisResult<Option<String>> = ask(self.port(*place), &["GET", key]);
            found.is_ok()
        };
        let Some(from) = masters.iter().copied().find(has_it) else { return };
        let Some(to) = masters.iter().copied().find(|place| *place != from) else { return };
        let (source, target) = (self.nodes[from].id.clone(), self.nodes[to].id.clone());
        let (from, to) = (self.port(from), self.port(to));
        let has_begun = does(to, &["CLUSTER", "SETSLOT", &slot, "IMPORTING", &source])
            && does(from, &["CLUSTER", "SETSLOT", &slot, "MIGRATING", &target]);
        if has_begun {
            self.moving = Some(Move { slot, from, to, target });
        }
    }
}

impl Move {
    fn end(&self) {
        let begun = Instant::now();
        loop {
            let find = ["CLUSTER", "GETKEYSINSLOT", &self.slot, "100"];
            let keys: Vec<String> = ask(self.from, &find).unwrap_or_default();
            let to = self.to.to_string();
            for key in &keys {
                does(self.from, &["MIGRATE", "127.0.0.1", &to, key, "0", "1000", "REPLACE"]);
            }
            if keys.is_empty() {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "keys do not leave slot {}", self.slot);
        }
        for port in [self.to, self.from] {
            does(port, &["CLUSTER", "SETSLOT", &self.slot, "NODE", &self.target]);
        }
    }
}

impl Place for Clustered {
    fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(|node| node.server.url()).collect()
    }

    fn kinds(&self) -> Kinds {
        Kinds {
            of_servers: &[
                Fault::Restart(0),
                Fault::FailOver(1),
                Fault::Partition(2),
                Fault::Reshard(0),
                Fault::Suspend(1),
                Fault::Fill(2),
                Fault::Reshard(1),
                Fault::Partition(0),
            ],
            of_links: &[
                Fault::Cut { all: true, node: 0 },
                Fault::Hold { all: true, node: 1 },
                Fault::Cut { all: true, node: 2 },
            ],
        }
    }

    fn ports(&self) -> Vec<u16> {
        self.masters().into_iter().map(|place| self.port(place)).collect()
    }

    fn begin(&mut self, fault: Fault, lasts: Duration) {
        match fault {
            Fault::Cut { node, .. } => {
                let port = self.strike(fault, node).server.port();
                does(port, &["CLIENT", "KILL", "TYPE", "normal"]);
            }
            Fault::Hold { node, .. } => {
                let port = self.strike(fault, node).server.port();
                does(port, &["CLIENT", "PAUSE", &lasts.as_millis().to_string(), "ALL"]);
            }
            Fault::Restart(node) => {
                let node = self.strike(fault, node);
                forget_snapshot(node.server.port());
                node.server.kill();
            }
            Fault::Suspend(node) => self.strike(fault, node).server.suspend(),
            Fault::Fill(node) => {
                let port = self.strike(fault, node).server.port();
                does(port, &["CONFIG", "SET", "maxmemory", "1"]);
            }
            Fault::FailOver(node) => {
                let id = self.strike(fault, node).id.clone();
                let follows = |node: &&Node| {
                    let myself: String =
                        ask(node.server.port(), &["CLUSTER", "NODES"]).unwrap_or_default();
                    let mut lines = myself.lines().filter(|line| line.contains("myself,slave"));
                    lines.any(|line| line.contains(&id))
                };
                if let Some(heir) = self.nodes.iter().find(follows) {
                    does(heir.server.port(), &["CLUSTER", "FAILOVER"]);
                }
            }
            Fault::Partition(node) => {
                self.strike(fault, node);
                let place = self.struck.last().expect("just added").1;
                self.part(place, true);
            }
            Fault::Reshard(node) => self.begin_move(node),
            _ => unreachable!("not of this place: {fault:?}"),
        }
    }

    fn end(&mut self, fault: Fault) {
        if let Fault::Reshard(_) = fault {
            if let Some(moving) = self.moving.take() {
                moving.end();
            }
            return;
        }
        let Some(at) = self.struck.iter().position(|(struck, _)| *struck == fault) else { return };
        let (_, place) = self.struck.remove(at);
        let node = &mut self.nodes[place];
        match fault {
            Fault::Restart(_) => {
                node.server.restart();
                // What is announced is not kept.
                let reached_by = node.bus.port().to_string();
                let announce = ["CONFIG", "SET", "cluster-announce-bus-port", &reached_by];
                assert!(does(node.server.port(), &announce));
            }
            Fault::Suspend(_) => node.server.resume(),
            Fault::Fill(_) => {
                does(node.server.port(), &["CONFIG", "SET", "maxmemory", "0"]);
            }
            Fault::Partition(_) => self.part(place, false),
            _ => (),
        }
    }

    fn heal(&mut self) {
        eventually("all nodes are well", || self.is_well());
    }
}
