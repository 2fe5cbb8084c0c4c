//! The cost of checking that a result comes back unchanged from its JSON: interleaved rounds of
//! encoding it, of encoding and checking it, and of a whole call that computes and stores it in
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

/// The encodings of a round, and the calls that store.
const ENCODINGS: u32 = 200;
const STORES: u32 = 50;

/// The largest value, in bytes.
const CAP: usize = 16 << 20;

// Results, from small to large.

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

/// The cost of a result, in microseconds.
struct Cost {
    bytes: usize,
    encoded: f64,
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
    let (mut encoded, mut checked, mut stored) = (Vec::new(), Vec::new(), Vec::new());
    let mut n = 0;
    for _ in 0..=ROUNDS {
        encoded.push(timed(ENCODINGS, Box::new(|| _ = black_box(serde_json::to_vec(value)))));
        let check = || _ = black_box(Checked::<Json, BySerde>::encode_unchanged(value, CAP));
        checked.push(timed(ENCODINGS, Box::new(check)));
        let next = || {
            n += 1;
            store(n);
        };
        stored.push(timed(STORES, Box::new(next)));
    }
    // Without the first round, in which everything is new.
    let median = |times: Vec<f64>| median(times.into_iter().skip(1));
    Ok(Cost { bytes, encoded: median(encoded), checked: median(checked), stored: median(stored) })
}

/// Measures, and prints a table.
///
/// # Errors
/// If there is no Redis, or if it is too slow.
pub fn measure() -> anyhow::Result<()> {
    let server = Server::start()?.context("this bench needs redis-server")?;
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
        "encode, us",
        "encode and check, us",
        "call that stores, us",
        "without the check",
    ]);
    for (name, Cost { bytes, encoded, checked, stored }) in all {
        let without_check = stored - (checked - encoded);
        table.add_row([
            name.to_owned(),
            bytes.to_string(),
            format!("{encoded:.1}"),
            format!("{checked:.1}"),
            format!("{stored:.0}"),
            format!("{without_check:.0} ({:.2})", without_check / stored),
        ]);
    }
    println!("{table}");
    let stats = functools::redis::stats();
    anyhow::ensure!(stats.timeouts + stats.bypassed == 0, "Redis was slow or away: {stats:?}");
    Ok(())
}
