//! The level of a server, and its refusals.

/// The level at which results are shared through a Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Level {
    /// Results are not shared: there is no Redis, or it does not answer in time.
    #[default]
    Away,
    /// Results are shared, and changes are pushed (RESP3 and client tracking): entries in memory
    /// are as fresh as those in Redis.
    Tracked,
    /// Results are shared, and no changes are pushed: entries in memory are valid for `l1_ttl`.
    Untracked,
    /// The server refuses to read, to remove or to store: see [`Status::missing`]. What it does not
    /// refuse is used.
    Refused,
}

/// The rights that a Redis currently grants this process.
///
/// ```
/// let status = functools::redis::status();
/// println!("{:?}: {}", status.level, status.missing.as_deref().unwrap_or("nothing is missing"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Status {
    /// The level at which results are shared; in a cluster, that of the worst node.
    pub level: Level,
    /// Whether calls read values, from all nodes.
    pub reads: bool,
    /// Whether invalidations and clears remove values, from all nodes.
    pub removes: bool,
    /// Whether results are stored, on all nodes.
    pub stores: bool,
    /// Why the level is not [`Tracked`](Level::Tracked), in words for a log: the rights that the
    /// server does not grant, or, if it is away, the last error. Of several nodes, it is about the
    /// first that lacks something.
    pub missing: Option<String>,
    /// The master nodes of a cluster, or the one server; empty without a Redis.
    pub nodes: Vec<NodeStatus>,
}

/// The rights that one server currently grants this process.
///
/// ```
/// for node in functools::redis::status().nodes {
///     println!("{}: {:?}", node.address.as_deref().unwrap_or("not connected yet"), node.level);
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct NodeStatus {
    /// Its host and port; `None` before the first connection.
    pub address: Option<String>,
    /// The level at which results are shared through it.
    pub level: Level,
    /// Whether calls read values.
    pub reads: bool,
    /// Whether invalidations and clears remove values.
    pub removes: bool,
    /// Whether results are stored.
    pub stores: bool,
    /// Why the level is not [`Tracked`](Level::Tracked), in words for a log.
    pub missing: Option<String>,
}
