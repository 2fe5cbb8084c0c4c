//! The server: its connections, its shutdown, and the upkeep of metrics.

use std::io;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{self, MissedTickBehavior};

use crate::operations::install_recorder;

/// How long a shutdown waits for requests that are being answered.
const DRAIN: Duration = Duration::from_secs(10);

/// How often measurements since the last scrape are summed up. Without scrapes and sums they would
/// fill the memory.
const UPKEEP: Duration = Duration::from_secs(5);

/// Accepts connections until `shutdown` is ready, then finishes the requests that it has. The time
/// in which a client sends the head of a request is not limited: a public service needs a proxy
/// that does.
///
/// # Errors
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
            // The server has ended without a shutdown, and returns the reason itself.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        served = axum::serve(listener, app).with_graceful_shutdown(shutdown) => served,
        () = drained => {
            tracing::warn!("requests are cut off: they were not answered within {DRAIN:?}");
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

#[cfg(test)]
mod tests {
    use std::future;
    use std::net::Ipv4Addr;
    use std::sync::Arc;

    use axum::routing::get;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpStream;
    use tokio::sync::Notify;
    use tokio::time::Instant;

    use super::*;

    /// tokio advances a paused clock when all tasks wait.
    #[tokio::test(start_paused = true)]
    async fn a_request_that_does_not_end_is_cut_off() {
        let asked = Arc::new(Notify::new());
        let handler = {
            let asked = Arc::clone(&asked);
            async move || {
                asked.notify_one();
                future::pending::<()>().await;
            }
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut client = TcpStream::connect(address).await.expect("it listens");
        client.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("a request");

        let (told, begun) = oneshot::channel();
        let shutdown = async move {
            asked.notified().await;
            told.send(Instant::now()).expect("it is waited for");
        };
        serve(listener, Router::new().route("/", get(handler)), shutdown).await.expect("it ends");
        let begun = begun.await.expect("it was asked");
        assert_eq!(begun.elapsed().as_secs(), DRAIN.as_secs());
    }
}
