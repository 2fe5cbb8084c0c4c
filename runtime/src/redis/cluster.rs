//! Keeps the nodes of a cluster, with a task for each. Every 500 ms, and at a `MOVED`, it queries
//! one of them for the nodes and their hash slots.
//!
//! The node that has a key pushes its changes. So when slots move, functions drop their entries:
//! a node to which this process was not connected may have pushed changes meanwhile.

use std::sync::Arc;
use std::time::Duration;

use redis::Client;
use tokio::time::{sleep, timeout};

use super::connection::{PING_EVERY, connection_config};
use super::link::{Common, LONGEST_DELAY, Link, Node, send};
use super::node_task::supervise;
use super::topology::{self, Address, Kind, Topology};
use super::tracking::drop_all_entries;
use crate::tier::Functions;

/// The least time between two queries of the nodes.
const PAUSE: Duration = Duration::from_millis(50);

/// The limit of a node's answer.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(500);

/// Connects to the server or the cluster at the address.
pub(super) async fn supervise_all(functions: &'static Functions, link: &Arc<Link>) {
    loop {
        if link.leave_cluster() {
            drop_all_entries(functions);
        }
        match supervise(functions, link, link.sole()).await {
            Some(topology) => Keeper { functions, link, topology, turn: 0 }.run().await,
            None => return,
        }
    }
}

/// The outcome of a query for the nodes.
enum Look {
    Cluster(Topology),
    /// There is a server that is no cluster's.
    Single,
    Nothing,
}

struct Keeper<'a> {
    functions: &'static Functions,
    link: &'a Arc<Link>,
    topology: Topology,
    /// The node that is queried next.
    turn: usize,
}

impl Keeper<'_> {
    /// Runs while the link is used, and leads to a cluster.
    async fn run(mut self) {
        let common = &self.link.common;
        self.apply();
        while common.is_usable() {
            sleep(PAUSE).await;
            let _ = timeout(PING_EVERY, common.wake_map.notified()).await;
            match self.look().await {
                Look::Cluster(topology) => {
                    self.topology = topology;
                    self.apply();
                }
                Look::Single => return,
                Look::Nothing => (),
            }
        }
    }

    /// Uses the nodes that there are now.
    fn apply(&self) {
        let client = |address: &Address| client_at(&self.link.common, address);
        let (new, has_changed) = self.link.use_cluster(&self.topology, client);
        for node in new {
            start(self.functions, self.link, node);
        }
        if has_changed {
            drop_all_entries(self.functions);
            self.link.common.timer.wake_all();
        }
    }

    /// Queries the nodes that have redirected a call, or else the next one that answers. If no node
    /// answers, queries all known addresses.
    async fn look(&mut self) -> Look {
        let nodes = self.link.nodes();
        self.turn += 1;
        let in_turn = nodes.iter().cycle().skip(self.turn % nodes.len()).take(nodes.len());
        let (first, others): (Vec<_>, Vec<_>) = in_turn.partition(|node| node.take_redirected());
        for node in first {
            match self.ask(node).await {
                Some(topology) if topology.masters != self.topology.masters => {
                    return Look::Cluster(topology);
                }
                _ => (),
            }
        }
        for node in others {
            if let Some(topology) = self.ask(node).await {
                return Look::Cluster(topology);
            }
        }
        self.look_everywhere().await
    }

    /// Queries a node over its connection. A node that was cut off lags behind, and is ignored.
    async fn ask(&self, node: &Node) -> Option<Topology> {
        let Kind::Node(topology) = ask(node).await? else { return None };
        if topology.is_down && node.epoch().is_some() {
            // It may be cut off, and not get changes by others.
            node.record_error("the node reports that its cluster is down");
            node.end_connection();
        }
        (topology.epoch >= self.topology.epoch).then_some(topology)
    }

    async fn look_everywhere(&self) -> Look {
        let common = &self.link.common;
        let known = self.topology.addresses().filter_map(|address| client_at(common, address));
        for client in common.config.server.clients().iter().cloned().chain(known) {
            match timeout(ANSWER_TIMEOUT, ask_at(&client)).await {
                Ok(Some(Kind::Node(topology))) => return Look::Cluster(topology),
                Ok(Some(Kind::Single)) => return Look::Single,
                _ => (),
            }
        }
        Look::Nothing
    }
}

/// Starts the task of a node. If it panics, it starts again.
fn start(functions: &'static Functions, link: &Arc<Link>, node: Arc<Node>) {
    let link = link.clone();
    tokio::spawn(async move {
        while node.is_usable() {
            let (of_task, link) = (node.clone(), link.clone());
            let task = async move { supervise(functions, &link, &of_task).await };
            if tokio::spawn(task).await.is_err() {
                node.record_error("the task that connects has panicked, and connects again");
                node.disconnect();
                sleep(LONGEST_DELAY).await;
            }
        }
    });
}

/// Queries a node over its connection; `None` if it has none, or does not answer.
async fn ask(node: &Node) -> Option<Kind> {
    let live = node.live()?;
    let answers = timeout(ANSWER_TIMEOUT, send(live.connection, &topology::query(), false)).await;
    let kind = topology::kind(&answers.ok()?.ok()?)?;
    Some(resolved(kind, node.client.as_ref()?))
}

fn resolved(mut kind: Kind, client: &Client) -> Kind {
    if let Kind::Node(topology) = &mut kind {
        topology.resolve_at(client);
    }
    kind
}

/// Queries the kind of the server at an address.
async fn ask_at(client: &Client) -> Option<Kind> {
    let config = connection_config();
    let connection = client.get_multiplexed_async_connection_with_config(&config).await.ok()?;
    let answers = send(connection, &topology::query(), false).await.ok()?;
    Some(resolved(topology::kind(&answers)?, client))
}

/// The client of a node.
fn client_at(common: &Common, address: &Address) -> Option<Client> {
    common.config.server.client_at(address.host.as_deref()?, address.port)
}
