//! A connection as calls use it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use redis::aio::MultiplexedConnection;

/// A connection and its flags.
#[derive(Clone)]
pub(in crate::redis) struct LiveConnection {
    pub(in crate::redis) connection: MultiplexedConnection,
    pub(in crate::redis) flags: Arc<ConnectionFlags>,
}

pub(in crate::redis) struct ConnectionFlags {
    /// Whether it has ended, or is to end.
    pub(in crate::redis) is_lost: AtomicBool,
    /// Set when the server has run a script by its hash.
    pub(in crate::redis) runs_hashes: AtomicBool,
}

impl ConnectionFlags {
    pub(in crate::redis) fn new() -> Arc<Self> {
        let (is_lost, runs_hashes) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(ConnectionFlags { is_lost, runs_hashes })
    }
}
