//! Asks a service as fast as it answers, by `wrk`.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde::Deserialize;

const PROGRAM: &str = "wrk";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/service/report.lua");

/// How many threads ask, over how many connections.
pub(super) const THREADS: u32 = 2;
pub(super) const CONNECTIONS: u32 = 64;

/// What one round counted.
#[derive(Debug, Deserialize)]
pub(super) struct Round {
    pub(super) requests: u64,
    us: f64,
    p50_us: f64,
    p99_us: f64,
    /// Those that were not answered, or not by 200.
    pub(super) failed: u64,
    /// For how long the service had a core meanwhile, if the system tells.
    #[serde(skip)]
    pub(super) processor_time: Option<Duration>,
}

impl Round {
    #[expect(clippy::cast_precision_loss, reason = "there are not that many")]
    pub(super) fn per_second(&self) -> f64 {
        self.requests as f64 / self.us * 1e6
    }

    /// Microseconds of a core for each request.
    #[expect(clippy::cast_precision_loss, reason = "there are not that many")]
    pub(super) fn processor_us(&self) -> f64 {
        self.processor_time.map_or(f64::NAN, |time| time.as_secs_f64() * 1e6 / self.requests as f64)
    }

    /// Half of all answers took longer, in milliseconds.
    pub(super) fn median_ms(&self) -> f64 {
        self.p50_us / 1e3
    }

    /// One in a hundred took longer, in milliseconds.
    pub(super) fn slow_ms(&self) -> f64 {
        self.p99_us / 1e3
    }
}

pub(super) fn ask(url: &str, seconds: u32) -> anyhow::Result<Round> {
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

/// The version of the program, if it is installed.
pub(super) fn version() -> Option<String> {
    // It prints that, and how it is used, and fails.
    let output = Command::new(PROGRAM).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.strip_prefix("wrk ")?.split(' ').next()?;
    Some(version.trim_start_matches("debian/").to_owned())
}
