//! The check before the measurement: all services give the same answers, cached or not.

use std::fs;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::programs::Programs;
use super::subjects::{Request, Service};

const ROUTES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/routes.csv");

/// One in this many routes is checked.
const STRIDE: usize = 100;

/// Compares the answers, and returns how many of each service.
pub(super) fn check(programs: &Programs) -> anyhow::Result<usize> {
    // The first service needs no Redis.
    let first = programs.services().next().context("no service runs")?;
    let mut compared = 0;
    for request in requests()? {
        let expected = answer(programs, first, &request)?;
        for service in programs.services() {
            // Twice: the second answer is cached.
            let paths = [&request, &request, &format!("/uncached{request}")];
            for path in paths.into_iter().filter(|path| programs.answers(service, path)) {
                let got = answer(programs, service, path)?;
                ensure!(
                    got == expected,
                    "{}, {path}: expected {expected:?}, found {got:?}",
                    service.title()
                );
            }
        }
        compared += 3;
    }
    // The constant answer must have about the length of the airport.
    for service in programs.services() {
        let length = |request: Request| -> anyhow::Result<usize> {
            Ok(get(programs, service, request.path())?.1.len())
        };
        let (constant, item) = (length(Request::Constant)?, length(Request::ItemUncached)?);
        ensure!(
            constant.abs_diff(item) * 10 < item,
            "{}: the constant has {constant} bytes, and the item {item}",
            service.title()
        );
    }
    Ok(compared)
}

/// Returns the paths of airports, of itineraries with and without a stop, and of unknown ones.
fn requests() -> anyhow::Result<Vec<String>> {
    let routes = fs::read_to_string(ROUTES).context(ROUTES)?;
    let routes: Vec<(&str, &str)> = routes
        .lines()
        .skip(1)
        .step_by(STRIDE)
        .filter_map(|line| {
            let mut fields = line.split(',');
            Some((fields.next()?, fields.next()?))
        })
        .collect();
    let mut requests = vec![
        Request::Item.path().to_owned(),
        Request::Itinerary.path().to_owned(),
        "/cached/ZZZ".to_owned(),
        "/cached-data/SFO-ZZZ".to_owned(),
        "/cached-data/00M-SFO".to_owned(),
    ];
    let others = routes.iter().cycle().skip(routes.len() / 2);
    for ((origin, destination), (_, other)) in routes.iter().zip(others) {
        requests.push(format!("/cached/{origin}"));
        requests.push(format!("/cached-data/{origin}-{destination}"));
        requests.push(format!("/cached-data/{origin}-{other}"));
    }
    Ok(requests)
}

/// Returns the status, and with a 200 the value, without whether it was cached.
fn answer(
    programs: &Programs,
    service: Service,
    path: &str,
) -> anyhow::Result<(u16, Option<Value>)> {
    let (status, body) = get(programs, service, path)?;
    if status != 200 {
        return Ok((status, None));
    }
    let mut body: Value = serde_json::from_str(&body).with_context(|| format!("{path}: {body}"))?;
    let value = ["item", "result"].map(|name| body[name].take());
    let value = value.into_iter().find(|value| !value.is_null());
    Ok((status, Some(value.with_context(|| format!("{path}: neither an item nor a result"))?)))
}

fn get(programs: &Programs, service: Service, path: &str) -> anyhow::Result<(u16, String)> {
    let url = format!("{}{path}", programs.base(service).context("it does not run")?);
    let request = ureq::get(&url).config().http_status_as_error(false).build();
    let mut response = request.call().context(url)?;
    Ok((response.status().as_u16(), response.body_mut().read_to_string()?))
}
