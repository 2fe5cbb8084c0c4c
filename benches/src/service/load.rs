//! Sends requests to a service as fast as it answers, by `wrk`.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde::Deserialize;

const PROGRAM: &str = "wrk";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/service/report.lua");

/// The threads of `wrk`, and its connections.
pub(super) const THREADS: u32 = 2;
pub(super) const CONNECTIONS: u32 = 64;

/// The counts of one round.
#[derive(Debug, Deserialize)]
pub(super) struct Round {
    pub(super) requests: u64,
    us: f64,
    p50_us: f64,
    p99_us: f64,
    /// Requests without an answer, or with a status other than 200.
    pub(super) failed: u64,
    /// The processor time of the service in this round, if the system reports it.
    #[serde(skip)]
    pub(super) processor_time: Option<Duration>,
}

impl Round {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub(super) fn per_second(&self) -> f64 {
        self.requests as f64 / self.us * 1e6
    }

    /// Returns the processor time of a request, in microseconds.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub(super) fn processor_us(&self) -> f64 {
        self.processor_time.map_or(f64::NAN, |time| time.as_secs_f64() * 1e6 / self.requests as f64)
    }

    /// Returns the median time of an answer, in milliseconds.
    pub(super) fn median_ms(&self) -> f64 {
        self.p50_us / 1e3
    }

    /// Returns the 99th percentile of the time of an answer, in milliseconds.
    pub(super) fn p99_ms(&self) -> f64 {
        self.p99_us / 1e3
    }
}

/// Sends requests for this time.
pub(super) fn run(url: &str, seconds: u32) -> anyhow::Result<Round> {
    let output = Command::new(PROGRAM)
        .args(["--threads", &THREADS.to_string(), "--connections", &CONNECTIONS.to_string()])
        .args(["--duration", &format!("{seconds}s"), "--script", SCRIPT, url])
        .output()
        .context(PROGRAM)?;
    let text = String::from_utf8(output.stdout)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{PROGRAM} {url}: {text}{errors}");
    let counts = text.lines().rfind(|line| line.starts_with('{'));
    let counts = counts.with_context(|| format!("{PROGRAM} {url}: {text}{errors}"))?;
    Ok(serde_json::from_str(counts)?)
}

/// Returns the version of the program, if it is installed.
pub(super) fn version() -> Option<String> {
    // `wrk --version` prints the version and the usage, and fails.
    let output = Command::new(PROGRAM).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.strip_prefix("wrk ")?.split(' ').next()?;
    Some(version.trim_start_matches("debian/").to_owned())
}
