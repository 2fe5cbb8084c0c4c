//! `functools::metrics::publish`: the numbers that a recorder of the `metrics` facade gets.

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::Barrier;
use std::thread;

use functools::{cache, lru_cache};
use functools_test_support::eventually;
use metrics_util::MetricKind;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use super::turn;

/// A recorder, with its snapshots.
struct Recorder(DebuggingRecorder, Snapshotter);

impl Recorder {
    fn new() -> Self {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        Recorder(recorder, snapshotter)
    }

    /// Publishes, and returns the numbers of this function by their names, without their common
    /// prefix.
    fn published(&self, function: &str) -> BTreeMap<String, f64> {
        metrics::with_local_recorder(&self.0, functools::metrics::publish);
        let mut published = BTreeMap::new();
        for (key, _, description, value) in self.1.snapshot().into_vec() {
            let (kind, key) = key.into_parts();
            let labels: Vec<_> = key.labels().map(|label| (label.key(), label.value())).collect();
            if labels != [("function", function)] {
                continue;
            }
            let value = match value {
                DebugValue::Counter(value) => {
                    assert!(kind == MetricKind::Counter && key.name().ends_with("_total"));
                    // Larger counters do not occur here.
                    f64::from(u32::try_from(value).unwrap_or(u32::MAX))
                }
                DebugValue::Gauge(value) => *value,
                DebugValue::Histogram(_) => panic!("there are none"),
            };
            assert!(description.is_some(), "{} says what it is", key.name());
            let name = key.name().strip_prefix("functools_").expect("our prefix").to_owned();
            assert!(published.insert(name, value).is_none(), "{} once", key.name());
        }
        published
    }
}

fn all(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value)).collect()
}

#[test]
fn publishes_every_counter() {
    let _turn = turn();
    #[lru_cache(maxsize = 2, cache_if = |n| *n != Ok(3))]
    fn counted(n: u32) -> Result<u32, u32> {
        if n == 4 { Err(n) } else { Ok(n) }
    }
    let recorder = Recorder::new();
    assert_eq!(
        recorder.published("process::metrics::publishes_every_counter::counted"),
        all(&[]),
        "it was not used"
    );
    for n in [1, 1, 1, 2, 3, 4, 5] {
        let _ = counted(n);
    }
    let mut published = recorder.published("process::metrics::publishes_every_counter::counted");
    assert!(published.remove("compute_nanoseconds_total").is_some_and(|nanos| nanos > 0.0));
    assert_eq!(
        published,
        all(&[
            ("hits_total", 2.0),
            ("misses_total", 5.0),
            ("joined_total", 0.0),
            ("stale_total", 0.0),
            ("evictions_total", 1.0),
            ("expirations_total", 0.0),
            ("refused_total", 1.0),
            ("failures_total", 1.0),
            ("too_heavy_total", 0.0),
            ("refreshes_total", 0.0),
            ("refresh_failures_total", 0.0),
            ("refreshes_by_caller_total", 0.0),
            ("computations_total", 5.0),
            ("entries", 2.0),
            ("maxsize", 2.0),
        ])
    );
}

#[test]
fn publishes_weights_of_bounded_caches() {
    let _turn = turn();
    #[lru_cache(maxweight = 10, weight = |n| u64::from(*n))]
    fn weighed(n: u32) -> u32 {
        n
    }
    let recorder = Recorder::new();
    for n in [1, 2, 3, 11, 12] {
        weighed(n);
    }
    let published =
        recorder.published("process::metrics::publishes_weights_of_bounded_caches::weighed");
    assert_eq!(published["too_heavy_total"], 2.0);
    assert_eq!((published["weight"], published["maxweight"]), (6.0, 10.0));
    assert!(!published.contains_key("maxsize"), "it has none");
}

#[test]
fn counters_never_decrease() {
    let _turn = turn();
    #[cache]
    fn cleared(n: u32) -> u32 {
        n
    }
    let recorder = Recorder::new();
    let hits_and_misses = || {
        let published = recorder.published("process::metrics::counters_never_decrease::cleared");
        (published["hits_total"], published["misses_total"], published["entries"])
    };
    for n in [1, 1, 2] {
        cleared(n);
    }
    assert_eq!(hits_and_misses(), (1.0, 2.0, 2.0));
    cleared(1);
    cleared::cache_clear();
    assert_eq!(cleared::cache_stats().misses, 0);
    assert_eq!(hits_and_misses(), (2.0, 2.0, 0.0), "what was counted since is not lost");
    cleared(1);
    cleared::cache_clear();
    cleared(1);
    assert_eq!(hits_and_misses(), (2.0, 4.0, 1.0));
    let published = recorder.published("process::metrics::counters_never_decrease::cleared");
    assert!(!published.contains_key("maxsize"), "it has none");
    assert_eq!(published["computations_total"], 4.0);
}

#[test]
fn later_recorder_gets_the_totals() {
    let _turn = turn();
    #[cache]
    fn early(n: u32) -> u32 {
        n
    }
    let misses = || {
        let name = "process::metrics::later_recorder_gets_the_totals::early";
        Recorder::new().published(name)["misses_total"]
    };
    early(1);
    assert_eq!(misses(), 1.0);
    early(2);
    assert_eq!((misses(), misses()), (2.0, 2.0));
}

#[test]
fn caches_of_a_generic_function_are_summed() {
    let _turn = turn();
    #[lru_cache(maxsize = 4)]
    fn generic<T: Copy + Eq + std::hash::Hash + Send + Sync + 'static>(value: T) -> T {
        value
    }
    let recorder = Recorder::new();
    generic(1_u8);
    generic(1_u8);
    generic('a');
    let published =
        recorder.published("process::metrics::caches_of_a_generic_function_are_summed::generic");
    let numbers = ["hits_total", "misses_total", "entries", "maxsize"].map(|name| published[name]);
    assert_eq!(numbers, [1.0, 2.0, 2.0, 8.0]);
}

#[test]
fn functions_of_one_name_have_labels_of_their_own() {
    let _turn = turn();
    struct Shop;
    impl Shop {
        fn sell() -> (u32, u32) {
            #[cache]
            fn price(n: u32) -> u32 {
                n
            }
            let in_block = {
                #[cache]
                fn price(n: u32) -> u32 {
                    n + 1
                }
                price(1)
            };
            (price(1), in_block)
        }
        fn buy() -> u32 {
            #[cache]
            fn price(n: u32) -> u32 {
                n + 2
            }
            price(1) + price(2)
        }
    }
    assert_eq!((Shop::sell(), Shop::buy()), ((1, 2), 7));
    let shop = "process::metrics::functions_of_one_name_have_labels_of_their_own::Shop";
    let misses = |method: &str| {
        let published = Recorder::new().published(&format!("{shop}::{method}::price"));
        published["misses_total"]
    };
    assert_eq!((misses("sell"), misses("buy")), (1.0, 2.0));
    let sold = functools::caches().filter(|cache| cache.name().contains("Shop::sell::price"));
    assert_eq!(sold.count(), 2);
}

#[test]
fn caches_of_threads_are_not_published() {
    let _turn = turn();
    #[lru_cache(scope = "thread")]
    fn alone(n: u32) -> u32 {
        n
    }
    alone(1);
    assert_eq!(
        Recorder::new().published("process::metrics::caches_of_threads_are_not_published::alone"),
        all(&[])
    );
}

#[test]
fn publishes_nothing_without_a_recorder() {
    let _turn = turn();
    functools::metrics::publish();
}

/// The published counters agree with the calls, also if a waiter computes after a clear.
#[test]
fn clear_while_a_call_waits_loses_no_count() {
    let _turn = turn();
    static LEADS: Barrier = Barrier::new(2);
    static FAILS: Barrier = Barrier::new(2);
    #[lru_cache(skip(fails))]
    fn waited_for(n: u32, fails: bool) -> u32 {
        if fails {
            LEADS.wait();
            FAILS.wait();
            panic!("it fails");
        }
        n
    }
    let recorder = Recorder::new();
    thread::scope(|scope| {
        let leader = scope.spawn(|| catch_unwind(|| waited_for(1, true)).is_err());
        LEADS.wait();
        let waits = scope.spawn(|| waited_for(1, false));
        eventually(|| waited_for::cache_info().hits == 1);
        waited_for::cache_clear();
        FAILS.wait();
        assert!(leader.join().expect("it was caught"));
        assert_eq!(waits.join().expect("no panic"), 1);
    });
    let name = "process::metrics::clear_while_a_call_waits_loses_no_count::waited_for";
    let published = recorder.published(name);
    let counted = ["hits_total", "misses_total", "joined_total"].map(|name| published[name]);
    assert_eq!(counted, [0.0, 2.0, 0.0], "two calls, and both were misses");
}
