//! Connections by which tasks read, one for each tokio runtime that they run on: an answer wakes its task without the
//! supervisor's thread in between. Whatever goes wrong with one, the supervisor's link is there.
//!
//! That such a connection tells of no changes does no harm: who reads is told by the link of whatever changes from before it asked.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldhash::fast::FixedState;
use parking_lot::RwLock;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client};
use tokio::runtime::{Handle, Id};

/// How long a runtime goes without a reader after one that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// So many runtimes are remembered. Those that have ended are among them.
const MOST: usize = 64;

#[derive(Default)]
pub(super) struct Readers(RwLock<State>);

#[derive(Default)]
struct State {
    /// Where to connect to; `None` while nobody may.
    client: Option<Client>,
    /// How often that has changed.
    epoch: u64,
    by_runtime: HashMap<Id, Reader, FixedState>,
}

enum Reader {
    Connected(MultiplexedConnection),
    /// And it may not be tried again before then.
    Missing(Instant),
}

impl Readers {
    /// From now on readers connect so, or not at all.
    pub(super) fn connect_to(&self, client: Option<Client>) {
        let mut state = self.0.write();
        state.client = client;
        state.epoch += 1;
        let before = std::mem::take(&mut state.by_runtime);
        drop(state);
        drop(before);
    }

    /// The reader of the runtime that this thread is in, if there is one. If not, there may be soon.
    pub(super) fn of_this_runtime(self: &Arc<Self>) -> Option<MultiplexedConnection> {
        let runtime = Handle::try_current().ok()?;
        match self.0.read().by_runtime.get(&runtime.id()) {
            Some(Reader::Connected(connection)) => return Some(connection.clone()),
            Some(Reader::Missing(until)) if Instant::now() < *until => return None,
            _ => (),
        }
        self.connect(&runtime);
        None
    }

    #[cold]
    fn connect(self: &Arc<Self>, runtime: &Handle) {
        let id = runtime.id();
        let mut state = self.0.write();
        let Some(client) = state.client.clone() else { return };
        let epoch = state.epoch;
        if state.by_runtime.len() >= MOST {
            state.by_runtime.clear();
        }
        // Meanwhile nobody else tries.
        let before = state.by_runtime.insert(id, Reader::Missing(Instant::now() + PAUSE));
        drop(state);
        drop(before);
        let readers = self.clone();
        runtime.spawn(async move {
            // No limit: a timer need not be there, and nobody waits for this.
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(None)
                .set_response_timeout(None)
                .set_pipeline_buffer_size(1024);
            let connected = client.get_multiplexed_async_connection_with_config(&config).await;
            let Ok(connection) = connected else { return };
            let mut state = readers.0.write();
            if state.epoch == epoch {
                state.by_runtime.insert(id, Reader::Connected(connection));
            }
        });
    }

    /// The reader of this runtime has failed: it is left alone for a while.
    pub(super) fn failed(&self) {
        let Ok(runtime) = Handle::try_current() else { return };
        let mut state = self.0.write();
        let missing = Reader::Missing(Instant::now() + PAUSE);
        let before = state.by_runtime.insert(runtime.id(), missing);
        drop(state);
        drop(before);
    }
}
