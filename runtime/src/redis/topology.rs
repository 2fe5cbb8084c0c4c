//! The nodes of a cluster and their hash slots, as one of the nodes reports them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use redis::{Client, ConnectionAddr, Value};

use super::command::Query;
use super::hash_slot::HashSlot;
use super::reply;

/// The address of a node.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Address {
    /// `None` for the host to which the connection is that has reported the address.
    pub(super) host: Option<String>,
    pub(super) port: u16,
}

/// The masters of a cluster that have hash slots.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Topology {
    pub(super) masters: BTreeMap<Address, Vec<RangeInclusive<HashSlot>>>,
    /// Any of them may become a master.
    pub(super) replicas: Vec<Address>,
    /// Grows with each change. A node that has been cut off has an earlier one.
    pub(super) epoch: u64,
    /// Whether the node that reports it serves nothing: it may have been cut off from the others.
    pub(super) is_down: bool,
}

/// The kind of a server.
pub(super) enum Kind {
    /// A server that is no cluster's, or does not say that it is.
    Single,
    /// A node of a cluster.
    Node(Topology),
}

/// Queries the nodes of the cluster.
pub(super) fn query() -> Query {
    let mut query = Query::new(|_| true);
    query.pipeline.cmd("CLUSTER").arg("SLOTS");
    query.pipeline.cmd("CLUSTER").arg("INFO");
    query
}

/// The meaning of the answers to [`query`]; `None` if a cluster has no slots yet, or the server
/// has not answered.
pub(super) fn kind(answers: &[Value]) -> Option<Kind> {
    let [slots, info] = answers else { return None };
    if let Value::ServerError(error) = slots {
        // It has no such command, or refuses it. Otherwise it may answer later.
        return matches!(error.code(), "ERR" | "NOPERM").then_some(Kind::Single);
    }
    let info = reply::text(info).unwrap_or_default();
    let epoch = reply::field(&info, "cluster_current_epoch");
    let mut topology = Topology {
        epoch: epoch.and_then(|epoch| epoch.parse().ok()).unwrap_or(0),
        is_down: reply::field(&info, "cluster_state") == Some("fail"),
        ..Topology::default()
    };
    let Value::Array(entries) = slots else { return Some(Kind::Single) };
    for entry in entries {
        let Value::Array(entry) = entry else { return None };
        let [Value::Int(first), Value::Int(last), master, replicas @ ..] = entry.as_slice() else {
            return None;
        };
        let (first, last) = (HashSlot::try_from(*first).ok()?, HashSlot::try_from(*last).ok()?);
        topology.masters.entry(address(master)?).or_default().push(first..=last);
        topology.replicas.extend(replicas.iter().filter_map(address));
    }
    topology.replicas.sort_unstable();
    topology.replicas.dedup();
    (!topology.masters.is_empty()).then_some(Kind::Node(topology))
}

fn address(node: &Value) -> Option<Address> {
    let Value::Array(node) = node else { return None };
    let [host, Value::Int(port), ..] = node.as_slice() else { return None };
    // A node that does not know its own address reports none; one without a host name, `?`.
    let host = reply::text(host).filter(|host| !matches!(host.as_str(), "" | "?"));
    Some(Address { host, port: u16::try_from(*port).ok()? })
}

impl Topology {
    /// Replaces a host that the server does not know by the host of the server itself.
    pub(super) fn resolve_at(&mut self, client: &Client) {
        match client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => {
                self.resolve(host);
            }
            _ => (),
        }
    }

    fn resolve(&mut self, host: &str) {
        let resolve = |mut address: Address| {
            address.host.get_or_insert_with(|| host.to_owned());
            address
        };
        let masters = std::mem::take(&mut self.masters);
        self.masters = masters.into_iter().map(|(at, slots)| (resolve(at), slots)).collect();
        let replicas = std::mem::take(&mut self.replicas);
        self.replicas = replicas.into_iter().map(resolve).collect();
    }

    /// Returns the addresses of all nodes.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.masters.keys().chain(&self.replicas)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn node(host: Value, port: i64) -> Value {
        Value::Array(vec![host, Value::Int(port), bulk("an id"), Value::Array(Vec::new())])
    }

    fn range(first: i64, last: i64, nodes: Vec<Value>) -> Value {
        Value::Array([vec![Value::Int(first), Value::Int(last)], nodes].concat())
    }

    fn at(host: &str, port: u16) -> Address {
        Address { host: Some(host.to_owned()), port }
    }

    #[test]
    fn masters_have_their_slots() {
        let slots = Value::Array(vec![
            range(0, 99, vec![node(bulk("a"), 1), node(bulk("b"), 2)]),
            range(100, 16383, vec![node(bulk(""), 3), node(Value::Nil, 4)]),
            range(200, 200, vec![node(bulk("a"), 1), node(bulk("b"), 2)]),
        ]);
        let info = bulk("cluster_state:ok\r\ncluster_current_epoch:7\r\n");
        let Some(Kind::Node(mut topology)) = kind(&[slots, info]) else { panic!("a cluster") };
        topology.resolve("seed");
        assert_eq!(topology.masters[&at("a", 1)], [0..=99, 200..=200]);
        assert_eq!(topology.masters[&at("seed", 3)], [100..=16383]);
        assert_eq!(topology.replicas, [at("seed", 4), at("b", 2)]);
        assert_eq!((topology.epoch, topology.is_down), (7, false));
    }

    #[test]
    fn a_cluster_without_slots_is_none_yet() {
        assert!(kind(&[Value::Array(Vec::new()), bulk("")]).is_none());
        assert!(kind(&[]).is_none());
        let strange = Value::Array(vec![range(0, 70_000, vec![node(bulk("a"), 1)])]);
        assert!(kind(&[strange, bulk("")]).is_none());
    }
}
