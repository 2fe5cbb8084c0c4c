//! The services, which share one database. They end with this process, even if it is killed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use super::subjects::{Request, Service, Subject};
use crate::guarded::Guarded;
use crate::server::free_port;

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
const FASTAPI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/service");

/// The limit of FastAPI's start.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A running service. The drop ends it.
struct Running {
    service: Service,
    /// The address, without a slash at its end.
    url: String,
    guarded: Guarded,
}

/// The services that could be started.
pub(super) struct Programs {
    running: Vec<Running>,
    has_redis: bool,
}

impl Programs {
    /// Starts the project's service, and with `uvicorn` FastAPI's. Without Redis, services that
    /// need it are skipped.
    pub(super) fn start(
        scratch: &Path,
        redis: Option<&str>,
        uvicorn: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let web = build()?;
        // A new one: a user may have changed the demo's.
        let database = scratch.join("database.sqlite");
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
            let (url, guarded) = started;
            programs.running.push(Running { service, url, guarded });
        }
        Ok(programs)
    }

    /// Returns the subjects. Those of one request are neighbours, so that they are compared at
    /// about the same time.
    pub(super) fn subjects(&self) -> impl Iterator<Item = Subject> {
        Request::ALL.into_iter().flat_map(move |request| {
            let services = self.services();
            let able = services.filter(move |&service| {
                service.has_request(request) && self.answers(service, request.path())
            });
            able.map(move |service| Subject { service, request })
        })
    }

    /// Whether the service can answer this path. FastAPI's caches airports only in Redis.
    pub(super) fn answers(&self, service: Service, path: &str) -> bool {
        self.has_redis || service != Service::FastApi || !path.starts_with("/cached/")
    }

    /// Returns the services that run.
    pub(super) fn services(&self) -> impl Iterator<Item = Service> {
        self.running.iter().map(|running| running.service)
    }

    /// Returns the address of a subject, if its service runs.
    pub(super) fn url(&self, Subject { service, request }: Subject) -> Option<String> {
        Some(format!("{}{}", self.base(service)?, request.path()))
    }

    /// Returns the address of a service, if it runs.
    pub(super) fn base(&self, service: Service) -> Option<&str> {
        Some(&self.find(service)?.url)
    }

    /// Returns the processor time of a service so far, if the system reports it.
    pub(super) fn processor_time(&self, service: Service) -> Option<Duration> {
        self.find(service)?.guarded.processor_time()
    }

    fn find(&self, service: Service) -> Option<&Running> {
        self.running.iter().find(|running| running.service == service)
    }
}

const ONE_WORKER: (&str, &str) = ("TOKIO_WORKER_THREADS", "1");

/// Builds the project's service, as a user does, and returns its path.
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
    program.context("cargo does not print the path of the service")
}

fn ours(
    program: &Path,
    database: &Path,
    environment: &[(&str, &str)],
    log: &Path,
) -> anyhow::Result<(String, Guarded)> {
    let arguments = ["--port", "0", "--database", text(database)?];
    let (guarded, url) = Guarded::announced(text(program)?, &arguments, environment, log)?;
    Ok((url.trim_end_matches('/').to_owned(), guarded))
}

/// Starts FastAPI's service, and waits until it answers. Ours must run: it makes the database.
fn fastapi(
    uvicorn: &Path,
    database: &Path,
    redis: Option<&str>,
    log: &Path,
) -> anyhow::Result<(String, Guarded)> {
    let port = free_port()?.to_string();
    // Without a log of requests, as ours. By default uvicorn uses `uvloop` and `httptools`, too.
    let arguments = ["--app-dir", FASTAPI, "fastapi_service:app", "--port", &port];
    let quiet = ["--workers", "1", "--no-access-log", "--loop", "uvloop", "--http", "httptools"];
    let mut environment = vec![("DATABASE", text(database)?), ("PYTHONDONTWRITEBYTECODE", "1")];
    environment.extend(redis.map(|url| ("REDIS_URL", url)));
    let arguments = [arguments.as_slice(), &quiet].concat();
    let guarded = Guarded::logged(text(uvicorn)?, &arguments, &environment, log)?;

    let url = format!("http://127.0.0.1:{port}");
    let begun = Instant::now();
    while ureq::get(format!("{url}{}", Request::Constant.path())).call().is_err() {
        if begun.elapsed() > START_LIMIT {
            bail!("FastAPI's service does not answer; its log is {}", log.display());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok((url, guarded))
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}
