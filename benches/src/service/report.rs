//! The report about services.

use std::path::Path;

use super::load::Round;
use super::plan::Plan;
use super::subjects::{Measured, Request, Service, Subject};
use super::{load, python};
use crate::report::machine;
use crate::report::tables::{rounded, table};
use crate::report::targets::{Limit, Target, table_of};
use crate::server;
use crate::summary::Summary;

/// The target: the rate of a cached answer, as a share of the rate of a constant one.
const SHARE: f64 = 0.9;

/// Returns the whole report.
pub(super) fn text(
    plan: &Plan,
    measured: &[Measured],
    has_redis: bool,
    uvicorn: Option<&Path>,
) -> anyhow::Result<String> {
    let machine = machine::describe()?;
    let versions = versions(has_redis, uvicorn)?;
    let (rounds, seconds) = (plan.rounds, plan.seconds);
    let (threads, connections) = (load::THREADS, load::CONNECTIONS);
    let introduction = format!(
        "# The service\n\n\
         Written by `cargo bench --manifest-path benches/Cargo.toml --bench service`: {rounds} \
         rounds of {seconds} s over all services and paths in turn, on {machine}.\n\n\
         The services are `examples/web`, and the same service as in a FastAPI tutorial, \
         [service/fastapi_service.py](service/fastapi_service.py), with the same SQLite database \
         and the same Redis. `wrk` sends requests from {threads} threads over {connections} \
         connections, each as soon as the previous one is answered. It runs on the cores of the \
         services, and takes more time the more they answer: this slows down all of them, and the \
         fastest most. \"One worker\" is one thread that answers: `TOKIO_WORKER_THREADS=1`, or one \
         process of uvicorn. As all cores are busy, most of the latency is waiting for a core.\n\n\
         `/constant/SFO` is the same route with a constant answer and no look-up. `/cached/SFO` is \
         an airport. Ours is in memory for 60 s, and with Redis tracking reports changes; \
         FastAPI's queries Redis each time, as in tutorials. `/cached-data/SFO-JFK` is an \
         itinerary, in memory in both. Below `/uncached` the database is queried, and the \
         itinerary computed. Before the measurement the answers of some hundred paths were \
         compared; no request failed.\n\n\
         A figure is the median over the rounds, with its quartiles; a ratio is one of requests \
         per second, taken within each round. \"core\" is the processor time of the service, \
         divided by the requests, without that of Redis and `wrk`.\n\n\
         {versions}"
    );
    let targets = table_of(targets(measured));
    let sections = [introduction, format!("## Targets\n\n{targets}")];
    let tables = Request::ALL.into_iter().filter_map(|request| section(request, measured));
    let sections: Vec<String> = sections.into_iter().chain(tables).collect();
    Ok(sections.join("\n\n") + "\n")
}

fn versions(has_redis: bool, uvicorn: Option<&Path>) -> anyhow::Result<String> {
    let mut versions = vec![format!("wrk {}", load::version().unwrap_or_default())];
    if has_redis {
        versions.push(format!("redis-server {}", server::version()?.unwrap_or_default()));
    }
    if let Some(uvicorn) = uvicorn {
        versions.extend(python::versions(uvicorn)?);
    }
    Ok(format!("Versions: {}.", versions.join(", ")))
}

fn targets(measured: &[Measured]) -> Vec<Target> {
    let ours = [Service::All, Service::One, Service::OneWithRedis];
    let target = |service: Service| Target {
        what: format!("{}, {}: of the constant", service.title(), Request::Item.path()),
        limit: Limit::AtLeast(SHARE),
        measured: of_constant(measured, Subject { service, request: Request::Item }),
    };
    ours.map(target).into()
}

/// Returns the table of one request, if a service was measured with it.
fn section(request: Request, measured: &[Measured]) -> Option<String> {
    let of_request = measured.iter().filter(|measured| measured.subject.request == request);
    let row = |this: &Measured| {
        let subject = this.subject;
        let summary = |figure, digits| {
            this.summary(figure).map_or(String::new(), |summary| rounded(summary, digits))
        };
        let ratio = |ratio: Option<Summary>| ratio.map_or(String::new(), |ratio| rounded(ratio, 2));
        let fastapi = Subject { service: Service::FastApi, request };
        let beside = find(measured, fastapi).and_then(|fastapi| this.ratio(fastapi));
        vec![
            subject.service.title().to_owned(),
            summary(Round::per_second, 0),
            ratio(of_constant(measured, subject)),
            ratio(beside),
            if this.rounds.iter().all(|round| round.processor_time.is_some()) {
                summary(Round::processor_us, 1)
            } else {
                "unknown".to_owned()
            },
            summary(Round::median_ms, 2),
            summary(Round::p99_ms, 2),
        ]
    };
    let rows: Vec<_> = of_request.map(row).collect();
    let header = [
        "",
        "requests/s",
        "of the constant",
        "beside FastAPI",
        "core, µs",
        "half within, ms",
        "99 % within, ms",
    ];
    let table = table(header.map(str::to_owned).to_vec(), rows.iter().cloned());
    (!rows.is_empty()).then(|| format!("## `{}`\n\n{table}", request.path()))
}

/// Returns the ratio to the constant answer of the same service.
fn of_constant(measured: &[Measured], subject: Subject) -> Option<Summary> {
    let constant = Subject { service: subject.service.yardstick(), request: Request::Constant };
    find(measured, subject)?.ratio(find(measured, constant)?)
}

fn find(measured: &[Measured], subject: Subject) -> Option<&Measured> {
    measured.iter().find(|measured| measured.subject == subject)
}
