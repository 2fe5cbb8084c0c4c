//! What an operator sees of a function's Redis: its counters, the recorder's, and the events of
//! `tracing`.

use std::fmt::{self, Debug};
use std::sync::Mutex;
use std::time::Duration;

use functools::redis::{FunctionStats, Tier};
use functools::{CacheStatus, lru_cache};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use redis::Commands;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

use crate::server::{Server, eventually};
use crate::{at, install};

/// Shared hits, shared misses, stores, errors, timeouts, undecodable, too large, bypassed.
fn counts(stats: FunctionStats) -> [u64; 8] {
    let FunctionStats { shared_hits, shared_misses, stores, errors, timeouts, .. } = stats;
    let FunctionStats { undecodable, too_large, bypassed, .. } = stats;
    [shared_hits, shared_misses, stores, errors, timeouts, undecodable, too_large, bypassed]
}

#[test]
fn each_function_counts_what_is_its_own() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "one:{id}", tier = TIER))]
    fn one(id: u64) -> String {
        format!("{id}")
    }
    #[lru_cache(ttl = "60s", redis(key = "other:{id}", tier = TIER))]
    fn other(id: u64) -> u64 {
        id
    }
    assert_eq!(one::cache_stats().redis, None);
    one(1);
    one::cache_clear();
    assert_eq!(one::cache_stats().redis, None, "none is installed");

    let server = Server::start();
    let installed = install(&TIER, &server);
    let mut client = server.client();
    let () = client.set("one:2", "\"two\"").expect("SET");
    let () = client.set("one:3", "3").expect("SET");
    let () = client.lpush("one:4", "\"four\"").expect("LPUSH");
    let () = client.set("one:5", "x".repeat(2 << 20)).expect("SET");
    assert_eq!(one::with_status(2), ("two".to_owned(), CacheStatus::Shared));
    for id in [1, 2, 3, 4, 5] {
        one(id);
    }
    let stats = one::cache_stats();
    assert_eq!((stats.hits, stats.misses), (2, 4));
    let redis = stats.redis.expect("one is installed");
    assert!(redis.connected);
    assert_eq!(counts(redis), [1, 4, 3, 0, 0, 2, 1, 0], "{redis:?}");
    other(1);
    let redis = other::cache_stats().redis.expect("one is installed");
    assert_eq!(counts(redis), [0, 1, 1, 0, 0, 0, 0, 0], "{redis:?}");
    let of_tier = installed.stats();
    assert_eq!((of_tier.shared_hits, of_tier.shared_misses, of_tier.stores), (1, 5, 4));

    one::cache_clear();
    assert_eq!(one::cache_stats().redis.map(counts), Some([0; 8]));
    let after = installed.stats();
    let counted = (after.shared_hits, after.shared_misses, after.stores, after.undecodable);
    let before = (of_tier.shared_hits, of_tier.shared_misses, of_tier.stores, of_tier.undecodable);
    assert_eq!(counted, before, "the tier's go on");
    let listed = functools::caches().find(|cache| cache.name().ends_with("what_is_its_own::one"));
    assert_eq!(listed.and_then(|cache| cache.stats().redis).map(counts), Some([0; 8]));
}

#[test]
fn what_went_wrong_is_counted_and_published() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "wrong:{id}", tier = TIER))]
    async fn wrong(id: u64) -> u64 {
        id
    }
    let server = Server::start();
    let config = at(&server.url()).timeout(Duration::from_millis(20));
    let installed = crate::Installed::new(&TIER, config);
    let ask = |id| crate::common::block_on(wrong(id));
    ask(1);
    server.suspend();
    let mut id = 1;
    eventually("the circuit breaker opens", || {
        id += 1;
        ask(id);
        !wrong::cache_stats().redis.is_some_and(|redis| redis.connected)
    });
    ask(1_000_000);
    let redis = wrong::cache_stats().redis.expect("one is installed");
    assert!(redis.timeouts > 0 && redis.bypassed > 0, "{redis:?}");

    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, functools::metrics::publish);
    let published: Vec<_> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .filter(|(key, ..)| key.key().labels().any(|label| label.value().ends_with("::wrong")))
        .map(|(key, _, _, value)| (key.key().name().to_owned(), value))
        .collect();
    let has = |name: &str, is: &dyn Fn(&DebugValue) -> bool| {
        assert!(published.iter().any(|(of, value)| of == name && is(value)), "{published:?}");
    };
    has("functools_redis_timeouts_total", &|value| *value == DebugValue::Counter(redis.timeouts));
    has("functools_redis_connected", &|value| *value == DebugValue::Gauge(0.0.into()));
    server.resume();
    eventually("it is used again", || {
        ask(1);
        wrong::cache_stats().redis.is_some_and(|redis| redis.connected)
    });
    drop(installed);
    assert_eq!(wrong::cache_stats().redis, None);
}

/// The events and spans of the whole process, as text.
#[derive(Clone, Copy)]
struct Log;

static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        fmt::write(&mut self.0, format_args!(" {field}={value:?}")).expect("a string");
    }
}

fn log(line: String) {
    LOG.lock().expect("no panic").push(line);
}

fn logged(wanted: &str) -> bool {
    LOG.lock().expect("no panic").iter().any(|line| line.contains(wanted))
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let mut fields = Fields(String::new());
        attributes.record(&mut fields);
        log(format!("span{}", fields.0));
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields(format!("{}", event.metadata().level()));
        event.record(&mut fields);
        if event.metadata().target() == "functools" {
            log(fields.0);
        }
    }
}

#[test]
fn events_tell_what_happens_and_never_with_which_arguments() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "event:{token}", tier = TIER))]
    fn event(token: &str) -> u64 {
        token.len() as u64
    }
    // The supervisor has a thread of its own.
    tracing::subscriber::set_global_default(Registry::default().with(Log)).expect("the only one");
    let mut server = Server::start();
    let mut client = server.client();
    let set = redis::cmd("CONFIG").arg("SET").arg("requirepass").arg("hunter2").query(&mut client);
    let () = set.expect("CONFIG SET");
    let url = format!("redis://:hunter2@127.0.0.1:{}", server.port());
    let config = at(&url).timeout(Duration::from_millis(20));
    let installed = crate::Installed::new(&TIER, config);
    assert!(logged("INFO message=results are shared through Redis"));
    let () = client.set("event:swordfish", "no number").expect("SET");
    event("swordfish");
    assert!(logged("::event\" why=\"not what the function returns\""), "{:?}", LOG.lock());
    server.kill();
    eventually("that is told", || logged("WARN message=calls bypass Redis until it answers again"));
    eventually("and why", || logged("WARN message=error of Redis error="));
    event("open sesame");
    drop(installed);
    let log = LOG.lock().expect("no panic");
    assert!(log.iter().any(|line| line.starts_with("span function=")));
    for secret in ["swordfish", "sesame", "hunter2"] {
        assert!(!log.iter().any(|line| line.contains(secret)), "{secret}: {log:?}");
    }
}
