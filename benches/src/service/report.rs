//! What came out, for readers.

use std::path::Path;

use super::load::Round;
use super::plan::Plan;
use super::targets::{Measured, Question, Service, Target};
use super::{load, python};
use crate::report::demands::{Demand, Limit, judged};
use crate::report::machine;
use crate::report::tables::{rounded, table};
use crate::server;
use crate::summary::Summary;

/// What a cached answer has to reach of a constant one.
const SHARE: f64 = 0.9;

/// The whole report.
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
         Written by `cargo bench --manifest-path benches/Cargo.toml --bench service`: {rounds} rounds of {seconds} s over all \
         services and paths in turn, on {machine}.\n\n\
         Asked is `examples/web`, and beside it the same service as a FastAPI tutorial has it, \
         [service/fastapi_service.py](service/fastapi_service.py), over the same SQLite database and the same Redis. `wrk` asks \
         from {threads} threads over {connections} connections, each of which asks anew as soon as it is answered. It takes its \
         processor time from the cores that the services have, the more of it the more they answer; that is so for all \
         of them, and holds back the fastest most. \"One worker\" is one thread that answers: `TOKIO_WORKER_THREADS=1`, or one \
         process of uvicorn. With all cores busy, latency is for the most part waiting for one's turn.\n\n\
         `/constant/SFO` is the same route, with an answer that is always the same, and looks nothing up. `/cached/SFO` is an airport: ours has \
         it in memory for 60 s, and with Redis memory is told of what others change there; FastAPI's asks Redis each time, as \
         tutorials have it. `/cached-data/SFO-JFK` is an itinerary, in memory with both. Below `/uncached` the database is asked, \
         and the itinerary computed. Before anything was measured all answers were compared, of some hundred paths; no \
         request has failed.\n\n\
         A figure is the median over the rounds, with its quartiles; a ratio is one of requests per second, taken within each \
         round. \"core\" is the time that all threads of the service had a core for, divided by the requests; that of Redis, and of \
         `wrk`, is not in it.\n\n\
         {versions}"
    );
    let demands = judged(demands(measured));
    let sections = [introduction, format!("## What functools has to reach\n\n{demands}")];
    let tables = Question::ALL.into_iter().filter_map(|question| section(question, measured));
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

fn demands(measured: &[Measured]) -> Vec<Demand> {
    let ours = [Service::All, Service::One, Service::OneWithRedis];
    let demand = |service: Service| Demand {
        what: format!("{}, {}: of the constant", service.title(), Question::Item.path()),
        limit: Limit::AtLeast(SHARE),
        measured: of_constant(measured, Target { service, question: Question::Item }),
    };
    ours.map(demand).into()
}

/// The table of one question, with those who were asked.
fn section(question: Question, measured: &[Measured]) -> Option<String> {
    let asked = measured.iter().filter(|measured| measured.target.question == question);
    let row = |measured_one: &Measured| {
        let target = measured_one.target;
        let summary = |figure, digits| {
            measured_one.summary(figure).map_or(String::new(), |summary| rounded(summary, digits))
        };
        let ratio = |ratio: Option<Summary>| ratio.map_or(String::new(), |ratio| rounded(ratio, 2));
        let fastapi = Target { service: Service::FastApi, question };
        let beside = find(measured, fastapi).and_then(|fastapi| measured_one.ratio(fastapi));
        vec![
            target.service.title().to_owned(),
            summary(Round::per_second, 0),
            ratio(of_constant(measured, target)),
            ratio(beside),
            if measured_one.rounds.iter().all(|round| round.processor_time.is_some()) {
                summary(Round::processor_us, 1)
            } else {
                "unknown".to_owned()
            },
            summary(Round::median_ms, 2),
            summary(Round::slow_ms, 2),
        ]
    };
    let rows: Vec<_> = asked.map(row).collect();
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
    (!rows.is_empty()).then(|| format!("## `{}`\n\n{table}", question.path()))
}

/// What share this is of what the same service answers when it need not look up anything.
fn of_constant(measured: &[Measured], target: Target) -> Option<Summary> {
    let constant = Target { service: target.service.yardstick(), question: Question::Constant };
    find(measured, target)?.ratio(find(measured, constant)?)
}

fn find(measured: &[Measured], target: Target) -> Option<&Measured> {
    measured.iter().find(|measured| measured.target == target)
}
