//! Before anything is measured: all services answer the same, cached or not.

use std::fs;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::programs::Programs;
use super::targets::{Question, Service};

const ROUTES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/routes.csv");

/// Every so many routes are looked at.
const STRIDE: usize = 100;

/// Compares them, and says how many answers of each.
pub(super) fn check(programs: &Programs) -> anyhow::Result<usize> {
    // Some service that needs no Redis.
    let first = programs.services().next().context("nobody is there to be asked")?;
    let mut compared = 0;
    for question in questions()? {
        let expected = answer(programs, first, &question)?;
        for service in programs.services() {
            // Twice: the second time out of the cache.
            let paths = [&question, &question, &format!("/uncached{question}")];
            for path in paths.into_iter().filter(|path| programs.answers(service, path)) {
                let got = answer(programs, service, path)?;
                ensure!(
                    got == expected,
                    "{}, {path}: {got:?} where {expected:?} is expected",
                    service.title()
                );
            }
        }
        compared += 3;
    }
    // What is measured against a constant has to be as long.
    for service in programs.services() {
        let length = |question: Question| -> anyhow::Result<usize> {
            Ok(get(programs, service, question.path())?.1.len())
        };
        let (constant, item) = (length(Question::Constant)?, length(Question::ItemUncached)?);
        ensure!(
            constant.abs_diff(item) * 10 < item,
            "{}: the constant has {constant} bytes, and the item {item}",
            service.title()
        );
    }
    Ok(compared)
}

/// Airports and itineraries, with and without a stop, and what there is not.
fn questions() -> anyhow::Result<Vec<String>> {
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
    let mut questions = vec![
        Question::Item.path().to_owned(),
        Question::Itinerary.path().to_owned(),
        "/cached/ZZZ".to_owned(),
        "/cached-data/SFO-ZZZ".to_owned(),
        "/cached-data/00M-SFO".to_owned(),
    ];
    let others = routes.iter().cycle().skip(routes.len() / 2);
    for ((origin, destination), (_, other)) in routes.iter().zip(others) {
        questions.push(format!("/cached/{origin}"));
        questions.push(format!("/cached-data/{origin}-{destination}"));
        questions.push(format!("/cached-data/{origin}-{other}"));
    }
    Ok(questions)
}

/// The status, and of a 200 what it is about, without whether it was cached.
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
