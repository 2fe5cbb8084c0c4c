//! The task of one node: it connects, has changes pushed, notices when the connection dies, and
//! probes the rights that are open.
//!
//! A connection goes through these states: *connecting*; *probed*, while no right is closed;
//! *used*, from the first closed right to read on, when a link epoch begins; *lost*. The delay
//! before the next connection doubles until one has lived. Queued keys are removed by a [task of
//! its own](super::replay), so that nothing here waits for that.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::time::{Duration, Instant};

use redis::{Client, ErrorKind, ProtocolVersion, PushInfo, PushKind, RedisError, RedisResult};
use tokio::time::timeout;

use super::command;
use super::connection::{
    ConnectionLost, NodeConnection, PING_EVERY, REPLY_TIMEOUT, client, connection_config,
};
use super::link::{Backoff, ConnectionFlags, Link, LiveConnection, Node};
use super::probe::{self, Scout};
use super::probe_query;
use super::replay;
use super::topology::{self, Kind, Topology};
use super::tracking::{self, CANARY_EVERY, Tracking};
use crate::tier::Functions;

/// Connects a node, again and again. Returns the nodes of the cluster if the server at the address
/// of the link is one of them.
pub(super) async fn supervise(
    functions: &'static Functions,
    link: &Arc<Link>,
    node: &Arc<Node>,
) -> Option<Topology> {
    let mut backoff = Backoff::new();
    while node.is_usable() {
        let begun = Instant::now();
        let lost = match timeout(REPLY_TIMEOUT, connect(functions, node)).await {
            Ok(Ok(connected)) => match greet(&connected).await {
                Ok(Greeted::Node(topology)) => return Some(topology),
                Ok(Greeted::Server(id)) => {
                    node.meet(id);
                    ConnectionLost(use_until_lost(functions, link, node, &connected).await)
                }
                Err(lost) => lost,
            },
            Ok(Err(error)) => ConnectionLost(error.to_string()),
            Err(_) => ConnectionLost(format!("no answer within {REPLY_TIMEOUT:?}")),
        };
        node.has_started();
        if node.is_usable() {
            node.common.counters.errors.count();
            node.record_error(&lost.0);
            // Not so soon that a server that refuses is kept busy.
            tokio::time::sleep(backoff.next(begun.elapsed())).await;
            node.common.next_turn();
        }
    }
    None
}

/// The answer at an address.
enum Greeted {
    /// A server, or a node of the link's cluster, with its identity, if it reports one.
    Server(Option<String>),
    /// A node of a cluster.
    Node(Topology),
}

/// Sets the name of a connection, and queries the server at its other end.
async fn greet(connected: &NodeConnection) -> Result<Greeted, ConnectionLost> {
    let node = &connected.node;
    // The connection's name is optional: a refusal is ignored.
    connected.query(&command::name(&node.common.config.name)).await?;
    let info = connected.query(&probe_query::server_info()).await?;
    let server = Greeted::Server(probe_query::server_id(&info));
    let is_known = node.client.is_some() || node.common.config.server.clients().is_empty();
    if is_known || probe_query::is_single(&info) {
        return Ok(server);
    }
    match topology::kind(&connected.query(&topology::query()).await?) {
        Some(Kind::Single) => Ok(server),
        Some(Kind::Node(mut topology)) => {
            topology.resolve_at(&connected.client);
            Ok(Greeted::Node(topology))
        }
        None => Err(ConnectionLost("the cluster has no hash slots yet".to_owned())),
    }
}

/// Uses a connection until it is lost, and returns why.
async fn use_until_lost(
    functions: &'static Functions,
    link: &Arc<Link>,
    node: &Arc<Node>,
    connected: &NodeConnection,
) -> String {
    node.connect(connected.live.clone(), connected.client.clone());
    let replay = replay::run(link.clone(), node.clone(), connected.live.clone());
    let replay = tokio::spawn(replay);
    let ConnectionLost(why) = match run_until_lost(functions, node, connected).await {
        Err(lost) => lost,
        Ok(never) => match never {},
    };
    replay.abort();
    node.disconnect();
    // Another Redis may have been installed.
    if node.is_usable() {
        tracking::cap_to_l1_ttl(functions, node);
    }
    why
}

async fn connect(functions: &'static Functions, node: &Arc<Node>) -> RedisResult<NodeConnection> {
    let flags = ConnectionFlags::new();
    let on_push = {
        let (node, flags) = (Arc::downgrade(node), flags.clone());
        move |push: PushInfo| {
            let Some(node) = node.upgrade() else { return Err(()) };
            node.arrivals.hear(true);
            if push.kind == PushKind::Disconnection {
                flags.is_lost.store(true, Release);
                node.wake.notify_one();
            } else if push.kind == PushKind::Invalidate {
                tracking::on_push(functions, &node, &push.data);
            }
            Ok(())
        }
    };
    let client = client(node).await?;
    let config = connection_config().set_push_sender(on_push);
    let error = match client.get_multiplexed_async_connection_with_config(&config).await {
        Ok(connection) => {
            let live = LiveConnection { connection, flags };
            return Ok(NodeConnection { live, node: node.clone(), client, no_pushes: None });
        }
        Err(error) if may_lack_resp3(&error) => error,
        Err(error) => return Err(error),
    };
    let flags = ConnectionFlags::new();
    let client = with_resp2(&client)?;
    let config = connection_config();
    let connection = client.get_multiplexed_async_connection_with_config(&config).await;
    // The error to report is that of the first attempt.
    let Ok(connection) = connection else { return Err(error) };
    let no_pushes = Some(format!("it does not take HELLO 3: {error}"));
    let live = LiveConnection { connection, flags };
    Ok(NodeConnection { live, node: node.clone(), client, no_pushes })
}

/// Whether a connection failed as with a server that does not speak RESP3: it refuses `HELLO`, or
/// closes the connection.
fn may_lack_resp3(error: &RedisError) -> bool {
    let says_so = || {
        let words = error.to_string().to_lowercase();
        ["hello", "noproto", "unknown command"].iter().any(|word| words.contains(word))
    };
    error.kind() == ErrorKind::RESP3NotSupported
        || error.is_connection_dropped() && !error.is_connection_refusal()
        || says_so()
}

/// The same client for a server that speaks RESP2.
fn with_resp2(client: &Client) -> RedisResult<Client> {
    let info = client.get_connection_info().clone();
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP2);
    Client::open(info.set_redis_settings(settings))
}

async fn run_until_lost(
    functions: &'static Functions,
    node: &Arc<Node>,
    connected: &NodeConnection,
) -> Result<Infallible, ConnectionLost> {
    let can_push = connected.no_pushes.is_none();
    let mut tracking = Tracking::new(node.common.config.tracking && can_push);
    if let Some(why) = &connected.no_pushes {
        node.record_error(why);
        node.note_pushes(Some(node.common.config.secrets.shown(why)));
    } else if !node.common.config.tracking {
        node.note_pushes(Some("the setting `tracking` is false".to_owned()));
    }
    let mut scout = Scout::default();
    let mut next_ping = Instant::now() + PING_EVERY;
    let mut next_check = Instant::now() + CANARY_EVERY;
    let renew_every = node.common.config.lease / 3;
    let mut next_renewal = Instant::now() + renew_every;
    loop {
        if connected.live.flags.is_lost.load(Acquire) || !node.is_usable() {
            return Err(ConnectionLost("the connection was closed".to_owned()));
        }
        tracking.track(functions, node, connected).await?;
        if node.next_probe().is_some_and(|probe| probe <= Instant::now()) {
            let is_new = node.epoch().is_none();
            probe::probe(functions, node, connected, &mut scout, &mut tracking).await?;
            if is_new && node.epoch().is_some() {
                // Leases may be about to end.
                next_renewal = Instant::now();
            }
        }
        scout.look(node).await?;
        let now = Instant::now();
        if now >= next_renewal {
            next_renewal = now + renew_every;
            if let Some(renewal) = node.leases.renewal(node.common.lease_millis()) {
                connected.query(&renewal).await?;
            }
        }
        if now >= next_ping {
            next_ping = now + PING_EVERY;
            connected.query(&command::ping()).await?;
        }
        if now >= next_check {
            next_check = now + CANARY_EVERY;
            tracking.check(functions, node, connected).await?;
            if !node.is_met(server_id(connected).await?.as_deref()) {
                return Err(ConnectionLost("the server is another".to_owned()));
            }
            if !can_push && speaks_resp3(node).await {
                return Err(ConnectionLost("the server takes HELLO 3 now".to_owned()));
            }
        }
        let fixed = next_ping.min(next_renewal).min(next_check);
        let others = [node.next_probe(), scout.next(), tracking.next_ask()];
        let next = others.into_iter().flatten().fold(fixed, Instant::min);
        let wait = next.saturating_duration_since(Instant::now());
        let _ = timeout(wait.max(Duration::from_millis(1)), node.wake.notified()).await;
    }
}

/// Whether the server speaks RESP3 after all.
async fn speaks_resp3(node: &Node) -> bool {
    let connects = async {
        let config = connection_config();
        client(node).await?.get_multiplexed_async_connection_with_config(&config).await
    };
    timeout(REPLY_TIMEOUT / 2, connects).await.is_ok_and(|connection| connection.is_ok())
}

/// Which server this is; `None` if it does not say.
async fn server_id(connected: &NodeConnection) -> Result<Option<String>, ConnectionLost> {
    Ok(probe_query::server_id(&connected.query(&probe_query::server_info()).await?))
}
