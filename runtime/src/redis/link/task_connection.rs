//! A connection by which the tasks of one tokio runtime read: that runtime drives it, and an answer
//! wakes its task without the supervisor's thread in between. Whatever goes wrong with it, the
//! supervisor's link is there.
//!
//! Such a connection reports no changes, which does no harm: a call that reads gets those of the
//! link, from before its query on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client};
use tokio::runtime::Handle;

/// The delay after a connection that failed.
const PAUSE: Duration = Duration::from_secs(1);

pub(in crate::redis) struct TaskConnection {
    runtime: Option<Handle>,
    state: RwLock<ConnectionState>,
}

struct ConnectionState {
    /// The client to connect with; `None` while no task may connect.
    client: Option<Client>,
    /// The number of changes of the client.
    epoch: u64,
    connection: Option<MultiplexedConnection>,
    /// When the next may be made; `None` while one is.
    retry_at: Option<Instant>,
}

impl TaskConnection {
    /// Returns the connection for the tasks of the current runtime; `None` without a runtime.
    pub(in crate::redis) fn new(runtime: Option<Handle>) -> Arc<Self> {
        let state = ConnectionState { client: None, epoch: 0, connection: None, retry_at: None };
        Arc::new(TaskConnection { runtime, state: RwLock::new(state) })
    }

    /// From now on it connects so, or not at all.
    pub(in crate::redis) fn connect_to(self: &Arc<Self>, client: Option<Client>) {
        let mut state = self.state.write();
        let before = state.connection.take();
        (state.client, state.retry_at) = (client, Some(Instant::now()));
        state.epoch += 1;
        drop(state);
        drop(before);
        self.connect();
    }

    /// The connection, for a task of the runtime.
    pub(in crate::redis) fn connection(self: &Arc<Self>) -> Option<MultiplexedConnection> {
        let runtime = self.runtime.as_ref()?;
        if Handle::try_current().ok()?.id() != runtime.id() {
            return None;
        }
        let state = self.state.read();
        if state.connection.is_some() {
            return state.connection.clone();
        }
        let is_time = state.retry_at.is_some_and(|retry_at| retry_at <= Instant::now());
        drop(state);
        if is_time {
            self.connect();
        }
        None
    }

    #[cold]
    fn connect(self: &Arc<Self>) {
        let Some(runtime) = &self.runtime else { return };
        let mut state = self.state.write();
        let Some(client) = state.client.clone().filter(|_| state.retry_at.take().is_some()) else {
            return;
        };
        let epoch = state.epoch;
        drop(state);
        let this = self.clone();
        runtime.spawn(async move {
            // Without a limit: the runtime may have no timer, and no call waits for this.
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(None)
                .set_response_timeout(None)
                .set_pipeline_buffer_size(1024);
            let connected = client.get_multiplexed_async_connection_with_config(&config).await;
            let mut state = this.state.write();
            if state.epoch == epoch {
                state.connection = connected.ok();
                state.retry_at = Some(Instant::now() + PAUSE);
            }
        });
    }

    /// It has failed, and is left alone for a while.
    pub(in crate::redis) fn failed(&self) {
        let mut state = self.state.write();
        let before = state.connection.take();
        state.retry_at = Some(Instant::now() + PAUSE);
        drop(state);
        drop(before);
    }
}
