//! What it costs to see that a result comes back from its JSON unchanged: interleaved rounds of
//! writing it, of writing and checking it, and of a whole call that computes and stores it in
//! Redis.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Context as _;
use comfy_table::Table;
use functools::__private::tier::{BySerde, Checked, CheckedCodec as _};
use functools::codec::Json;
use functools::lru_cache;
use functools::redis::Redis;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::functions::shared::Item;
use crate::server::Server;
use crate::summary::median;

const ROUNDS: usize = 15;

/// Writes so many times in a round, and stores so many results.
const WRITES: u32 = 200;
const STORES: u32 = 50;

/// No value is larger.
const CAP: usize = 16 << 20;

/// Kinds of results, from small to large.
fn item() -> Item {
    Item::new(42)
}

fn items() -> Vec<Item> {
    (0..100).map(Item::new).collect()
}

fn floats() -> Vec<f64> {
    (0..1_000).map(|n| 1.0 / f64::from(n + 3)).collect()
}

fn text() -> String {
    "The quick brown fox jumps over the lazy dog. ".repeat(2_000)
}

#[lru_cache(maxsize = 1, ttl = "60s", redis = "bench-item:{n}")]
fn stored_item(n: u32) -> Item {
    Item::new(n.into())
}

#[lru_cache(maxsize = 1, ttl = "60s", skip(result), redis = "bench-items:{n}")]
fn stored_items(n: u32, result: &[Item]) -> Vec<Item> {
    let _ = n;
    result.to_vec()
}

#[lru_cache(maxsize = 1, ttl = "60s", skip(result), redis = "bench-floats:{n}")]
fn stored_floats(n: u32, result: &[f64]) -> Vec<f64> {
    let _ = n;
    result.to_vec()
}

#[lru_cache(maxsize = 1, ttl = "60s", skip(result), redis = "bench-text:{n}")]
fn stored_text(n: u32, result: &str) -> String {
    let _ = n;
    result.to_owned()
}

/// What one kind of result costs, in microseconds.
struct Cost {
    bytes: usize,
    written: f64,
    checked: f64,
    stored: f64,
}

fn cost<V: Serialize + DeserializeOwned>(
    value: &V,
    mut store: impl FnMut(u32),
) -> anyhow::Result<Cost> {
    let bytes = serde_json::to_vec(value)?.len();
    let timed = |count: u32, mut run: Box<dyn FnMut() + '_>| {
        let begun = Instant::now();
        (0..count).for_each(|_| run());
        begun.elapsed().as_secs_f64() * 1e6 / f64::from(count)
    };
    let (mut written, mut checked, mut stored) = (Vec::new(), Vec::new(), Vec::new());
    let mut n = 0;
    for _ in 0..=ROUNDS {
        written.push(timed(WRITES, Box::new(|| _ = black_box(serde_json::to_vec(value)))));
        let check = || _ = black_box(Checked::<Json, BySerde>::encode_unchanged(value, CAP));
        checked.push(timed(WRITES, Box::new(check)));
        let next = || {
            n += 1;
            store(n);
        };
        stored.push(timed(STORES, Box::new(next)));
    }
    // The first time all is new.
    let median = |times: Vec<f64>| median(times.into_iter().skip(1));
    Ok(Cost { bytes, written: median(written), checked: median(checked), stored: median(stored) })
}

/// Measures, and prints a table.
///
/// # Errors
///
/// If there is no Redis.
pub fn measure() -> anyhow::Result<()> {
    let server = Server::start()?.context("it needs a redis-server")?;
    functools::redis::install(
        Redis::new(&server.url())?.timeout(std::time::Duration::from_secs(1)),
    );
    let is_connected = functools::redis::wait_connected(std::time::Duration::from_secs(10));
    anyhow::ensure!(is_connected, "{:?}", functools::redis::last_error());
    let (items, floats, text) = (items(), floats(), text());
    let all = [
        ("an item", cost(&item(), |n| _ = black_box(stored_item(n)))?),
        ("100 items", cost(&items, |n| _ = black_box(stored_items(n, &items)))?),
        ("1,000 floats", cost(&floats, |n| _ = black_box(stored_floats(n, &floats)))?),
        ("a text", cost(&text, |n| _ = black_box(stored_text(n, &text)))?),
    ];
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header([
        "result",
        "bytes",
        "write, us",
        "write and check, us",
        "call that stores, us",
        "without the check",
    ]);
    for (name, Cost { bytes, written, checked, stored }) in all {
        let before = stored - (checked - written);
        table.add_row([
            name.to_owned(),
            bytes.to_string(),
            format!("{written:.1}"),
            format!("{checked:.1}"),
            format!("{stored:.0}"),
            format!("{before:.0} ({:.2})", before / stored),
        ]);
    }
    println!("{table}");
    let stats = functools::redis::stats();
    anyhow::ensure!(stats.timeouts + stats.bypassed == 0, "Redis was slow or away: {stats:?}");
    Ok(())
}
