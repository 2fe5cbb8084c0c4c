//! The replies of a Redis that answers with anything: no call panics or hangs, and no thread does.
#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use functools::lru_cache;
use functools::redis::{Redis, Tier};
use functools_fuzz::server::Server;
use libfuzzer_sys::fuzz_target;

static TIER: Tier = Tier::new();

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);

/// How long all calls of one input may take: each waits for a few queries of 10 ms.
const LONGEST: Duration = Duration::from_secs(5);

#[lru_cache(maxsize = 2, ttl = "60s", redis(key = "number:{id}", tier = TIER))]
fn number(id: u32) -> u32 {
    id
}

#[lru_cache(maxsize = 2, redis(key = "text:{id}", tier = TIER, version = 3))]
fn text(id: &str) -> String {
    id.to_owned()
}

// A thread that panics ends the process, also if the panic is caught: libFuzzer's hook aborts.
fuzz_target!(|data: &[u8]| {
    SERVER.answer_with(data);
    let redis = Redis::new(&SERVER.url()).expect("an address");
    let limit = Duration::from_millis(10);
    TIER.install(redis.timeout(limit).lease(limit).value_cap(1000));
    let begun = Instant::now();
    TIER.wait_connected(4 * limit);
    number(1);
    text("a");
    number(2);
    number::cache_insert(3, 3);
    let _ = number::cache_refresh(2);
    let _ = number::cache_invalidate(1);
    let _ = text::cache_clear();
    let _ = (TIER.stats(), TIER.status(), TIER.last_error());
    assert!(begun.elapsed() < LONGEST, "{:?}", begun.elapsed());
    TIER.uninstall();
});
