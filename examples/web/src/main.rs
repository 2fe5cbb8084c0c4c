//! The program `web`: its arguments, its environment, its logs, and when it ends.

use std::error::Error;
use std::io::IsTerminal;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, io};

use clap::Parser;
use functools::redis::Redis;
use functools_web::{Database, app, serve};
use tokio::net::TcpListener;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Airports and itineraries of the United States, cached.
///
/// With `REDIS_URL`, such as `redis://127.0.0.1:6379`, several processes share their results.
/// `RUST_LOG`, such as `debug`, sets how much is logged to stderr.
#[derive(Debug, Parser)]
struct Arguments {
    /// The port of 127.0.0.1 to listen on; 0 for any free port
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The `SQLite` file of airports and routes, created if it does not exist
    #[arg(long, value_name = "PATH", default_value_os_t = default_database())]
    database: PathBuf,
}

fn default_database() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("flights.sqlite")
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let levels =
        EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(levels)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        // With `RUST_LOG=functools=debug`, a line for each computation, with its time.
        .with_span_events(FmtSpan::CLOSE)
        .init();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    share_through_redis()?;
    let database = Database::open(&arguments.database).await?;

    let port = arguments.port;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        format!(
            "cannot listen on 127.0.0.1:{port}: {error}; name another port with --port, or 0 for \
             any free port"
        )
    })?;
    let address = listener.local_addr()?;
    println!("http://{address}/");
    tracing::info!(%address, database = %arguments.database.display(), "started");

    serve(listener, app(database), ended()?).await?;
    tracing::info!("ended");
    Ok(())
}

fn share_through_redis() -> Result<(), Box<dyn Error>> {
    let Some(url) = env::var_os("REDIS_URL").filter(|url| !url.is_empty()) else {
        return Ok(());
    };
    // The address may contain a password, so no message shows it.
    let url = url.into_string().map_err(|_| "REDIS_URL is not UTF-8")?;
    let redis = Redis::new(&url).map_err(|error| format!("REDIS_URL: {error}"))?;
    // Connects in the background, and again whenever the connection is lost.
    functools::redis::install(redis.on_tokio());
    Ok(())
}

/// Ready when the program is asked to end.
#[cfg(unix)]
fn ended() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("ending: no new connections");
    })
}

/// Ready when the program is asked to end.
#[cfg(not(unix))]
fn ended() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        tracing::info!("ending: no new connections");
    })
}
