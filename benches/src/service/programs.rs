//! The services themselves, over one database. They end with this process, however that ends.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use super::targets::{Question, Service, Target};
use crate::kept::Kept;
use crate::server::free_port;

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
const FASTAPI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/service");

/// How long FastAPI may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// One service, as long as this is there.
struct Running {
    service: Service,
    /// Without a slash at its end.
    url: String,
    kept: Kept,
}

/// All that could be started.
pub(super) struct Programs {
    running: Vec<Running>,
    has_redis: bool,
}

impl Programs {
    /// Starts the project's service, and FastAPI's where there is `uvicorn`. What needs Redis is left out where there is none.
    pub(super) fn start(
        scratch: &Path,
        redis: Option<&str>,
        uvicorn: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let web = build()?;
        // Not the one that a user may have changed.
        let database = scratch.join("flights.sqlite");
        let has_redis = redis.is_some();
        let mut programs = Programs { running: Vec::new(), has_redis };
        for service in Service::ALL {
            let log = scratch.join(format!("{service:?}.log"));
            let started = match (service, redis, uvicorn) {
                (Service::All, ..) => ours(&web, &database, &[], &log)?,
                (Service::One, ..) => ours(&web, &database, &[ONE_WORKER], &log)?,
                (Service::OneWithRedis, Some(url), _) => {
                    ours(&web, &database, &[ONE_WORKER, ("REDIS_URL", url)], &log)?
                }
                (Service::FastApi, _, Some(uvicorn)) => fastapi(uvicorn, &database, redis, &log)?,
                (Service::OneWithRedis, None, _) | (Service::FastApi, _, None) => continue,
            };
            let (url, kept) = started;
            programs.running.push(Running { service, url, kept });
        }
        Ok(programs)
    }

    /// Who can be asked what, what is compared side by side.
    pub(super) fn targets(&self) -> impl Iterator<Item = Target> {
        Question::ALL.into_iter().flat_map(move |question| {
            let services = self.services();
            let able = services.filter(move |&service| {
                service.is_asked(question) && self.answers(service, question.path())
            });
            able.map(move |service| Target { service, question })
        })
    }

    /// Whether the service can: FastAPI's has its airports in Redis, and ours does without.
    pub(super) fn answers(&self, service: Service, path: &str) -> bool {
        self.has_redis || service != Service::FastApi || !path.starts_with("/cached/")
    }

    /// Those that run.
    pub(super) fn services(&self) -> impl Iterator<Item = Service> {
        self.running.iter().map(|running| running.service)
    }

    /// Where that is asked for, if the service runs.
    pub(super) fn url(&self, Target { service, question }: Target) -> Option<String> {
        Some(format!("{}{}", self.base(service)?, question.path()))
    }

    /// Where the service is, if it runs.
    pub(super) fn base(&self, service: Service) -> Option<&str> {
        Some(&self.find(service)?.url)
    }

    /// For how long it has had a core so far, if the system tells.
    pub(super) fn processor_time(&self, service: Service) -> Option<Duration> {
        self.find(service)?.kept.processor_time()
    }

    fn find(&self, service: Service) -> Option<&Running> {
        self.running.iter().find(|running| running.service == service)
    }
}

const ONE_WORKER: (&str, &str) = ("TOKIO_WORKER_THREADS", "1");

/// Builds the project's service, as a user does, and says where it is.
fn build() -> anyhow::Result<PathBuf> {
    eprintln!("Building the service");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--manifest-path", WORKSPACE])
        .args(["--package", "functools-web", "--bin", "web"])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "the service cannot be built");
    let messages = String::from_utf8(output.stdout)?;
    let program = messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        (message["target"]["name"] == "web")
            .then(|| message["executable"].as_str().map(PathBuf::from))?
    });
    program.context("cargo does not say where the service is")
}

fn ours(
    program: &Path,
    database: &Path,
    environment: &[(&str, &str)],
    log: &Path,
) -> anyhow::Result<(String, Kept)> {
    let arguments = ["--port", "0", "--database", text(database)?];
    let (kept, url) = Kept::announced(text(program)?, &arguments, environment, log)?;
    Ok((url.trim_end_matches('/').to_owned(), kept))
}

/// After ours, which makes the database.
fn fastapi(
    uvicorn: &Path,
    database: &Path,
    redis: Option<&str>,
    log: &Path,
) -> anyhow::Result<(String, Kept)> {
    let port = free_port()?.to_string();
    // Ours logs no requests, either. `uvloop` and `httptools` are what it takes when they are there.
    let arguments = ["--app-dir", FASTAPI, "fastapi_service:app", "--port", &port];
    let quiet = ["--workers", "1", "--no-access-log", "--loop", "uvloop", "--http", "httptools"];
    let mut environment = vec![("DATABASE", text(database)?), ("PYTHONDONTWRITEBYTECODE", "1")];
    environment.extend(redis.map(|url| ("REDIS_URL", url)));
    let arguments = [arguments.as_slice(), &quiet].concat();
    let kept = Kept::logged(text(uvicorn)?, &arguments, &environment, log)?;

    let url = format!("http://127.0.0.1:{port}");
    let begun = Instant::now();
    while ureq::get(format!("{url}{}", Question::Constant.path())).call().is_err() {
        if begun.elapsed() > PATIENCE {
            bail!("FastAPI's service does not answer; {} may say why", log.display());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok((url, kept))
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}
