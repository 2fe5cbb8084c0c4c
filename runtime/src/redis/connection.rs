//! A connection as the supervisor's thread uses it: its queries, its end, and the words of the
//! server about what it refuses.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Acquire;
use std::time::{Duration, Instant};

use redis::{AsyncConnectionConfig, Client, RedisResult, Value};
use tokio::time::timeout;

use super::command::Query;
use super::link::{LiveConnection, Node, Right, send};
use super::reply;
use super::server::Server;

/// Time without a reply after which the link counts as dead. With the ping interval it stays below
/// the documented 2 s.
pub(super) const REPLY_TIMEOUT: Duration = Duration::from_secs(1);

/// The time between two pings.
pub(super) const PING_EVERY: Duration = Duration::from_millis(500);

/// Why a connection has ended.
pub(super) struct ConnectionLost(pub(super) String);

/// A connection as its supervisor uses it.
pub(super) struct NodeConnection {
    pub(super) live: LiveConnection,
    pub(super) node: Arc<Node>,
    pub(super) client: Client,
    /// Why it cannot push changes, if it cannot.
    pub(super) no_pushes: Option<String>,
}

/// For how long answers are waited for while others arrive.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

impl NodeConnection {
    /// Sends a query. Silence is the end of the connection; an answer that comes after others is
    /// not late.
    pub(super) async fn query(&self, query: &Query) -> Result<Vec<Value>, ConnectionLost> {
        let runs_hashes = self.live.flags.runs_hashes.load(Acquire);
        let mut reply = pin!(send(self.live.connection.clone(), query, runs_hashes));
        let begun = Instant::now();
        let mut since = begun;
        let reply = loop {
            if let Ok(reply) = timeout(REPLY_TIMEOUT, &mut reply).await {
                break reply;
            }
            // This thread may not have had its turn: what has arrived is read first.
            tokio::task::yield_now().await;
            if let Ok(reply) = timeout(Duration::ZERO, &mut reply).await {
                break reply;
            }
            if !self.node.arrivals.is_alive_since(since) || begun.elapsed() > BUSY_TIMEOUT {
                return Err(ConnectionLost(format!("no answer within {REPLY_TIMEOUT:?}")));
            }
            since = Instant::now();
        };
        self.node.arrivals.hear(false);
        match reply {
            Ok(answers) => Ok(answers),
            Err(error) if !error.is_unrecoverable_error() => Ok(Vec::new()),
            Err(error) => Err(ConnectionLost(error.to_string())),
        }
    }
}

/// The client of a server.
pub(super) async fn client(node: &Node) -> RedisResult<Client> {
    #[cfg(feature = "redis-tls")]
    super::config::provide_ciphers();
    if let Some(client) = &node.client {
        return Ok(client.clone());
    }
    match &node.common.config.server {
        Server::Direct(clients) => Ok(clients[node.common.turn() % clients.len()].clone()),
        #[cfg(feature = "redis-sentinel")]
        Server::Sentinel(sentinels) => sentinels.lock().await.async_get_client().await,
    }
}

pub(super) fn connection_config() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(REPLY_TIMEOUT))
        .set_response_timeout(None)
        .set_pipeline_buffer_size(1024)
}

/// Records a refusal that the supervisor met.
pub(super) fn record_refusal(node: &Node, answers: &[Value], query: &Query) {
    node.common.counters.errors.count();
    if let Some(error) = reply::refusal(answers) {
        node.record_refusal(error, query);
    }
}

/// Returns the refusal among the answers to a query, as it is shown.
pub(super) fn refusal_of(node: &Node, answers: &[Value], query: &Query) -> String {
    match reply::refusal(answers) {
        Some(error) => node.common.words_of(error, query),
        None => "its answer is not of the kind that Redis gives".to_owned(),
    }
}

/// Whether calls read over this connection.
pub(super) fn is_read(node: &Node) -> bool {
    !node.is_open(Right::Read)
}
