//! From the first connection to the last.

use std::io;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{self, MissedTickBehavior};

use crate::operations::install_recorder;

/// How long requests that are being answered are waited for at the end.
const DRAIN: Duration = Duration::from_secs(10);

/// How often what was measured since the last scrape is summed up, lest it fill the memory where
/// nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// Answers connections until `shutdown` is ready, and then those requests that it has.
///
/// # Errors
///
/// If the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (told, begun) = oneshot::channel();
    let shutdown = async move {
        shutdown.await;
        let _ = told.send(());
    };
    let drained = async {
        match begun.await {
            Ok(()) => time::sleep(DRAIN).await,
            // The server ended by itself, and says so.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        served = axum::serve(listener, app).with_graceful_shutdown(shutdown) => served,
        () = drained => {
            tracing::warn!("requests are still being answered after {DRAIN:?}: they are cut off");
            Ok(())
        }
        () = upkeep() => Ok(()),
    }
}

async fn upkeep() {
    let mut ticks = time::interval(UPKEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        install_recorder().run_upkeep();
    }
}
