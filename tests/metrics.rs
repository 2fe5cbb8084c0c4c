//! What `functools::metrics::publish` tells a recorder of the `metrics` facade.

use std::collections::BTreeMap;

use functools::{cache, lru_cache};
use metrics_util::MetricKind;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

/// A recorder, and what it has been told of one function.
struct Recorder(DebuggingRecorder, Snapshotter);

impl Recorder {
    fn new() -> Self {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        Recorder(recorder, snapshotter)
    }

    /// Publishes; then the numbers of this function by their names, without what all begin with.
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
                    // Small enough.
                    f64::from(u32::try_from(value).unwrap_or(u32::MAX))
                }
                DebugValue::Gauge(value) => *value,
                DebugValue::Histogram(_) => panic!("there are none"),
            };
            assert!(description.is_some(), "{} says what it is", key.name());
            let name = key.name().strip_prefix("functools_").expect("ours").to_owned();
            assert!(published.insert(name, value).is_none(), "{} once", key.name());
        }
        published
    }
}

fn all(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value)).collect()
}

#[test]
fn all_that_a_cache_counts() {
    #[lru_cache(maxsize = 2, cache_if = |n| *n != Ok(3))]
    fn counted(n: u32) -> Result<u32, u32> {
        if n == 4 { Err(n) } else { Ok(n) }
    }
    let recorder = Recorder::new();
    assert_eq!(
        recorder.published("metrics::all_that_a_cache_counts::counted"),
        all(&[]),
        "it was not used"
    );
    for n in [1, 1, 1, 2, 3, 4, 5] {
        let _ = counted(n);
    }
    let mut published = recorder.published("metrics::all_that_a_cache_counts::counted");
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
            ("computations_total", 5.0),
            ("entries", 2.0),
            ("maxsize", 2.0),
        ])
    );
}

#[test]
fn counters_only_grow() {
    #[cache]
    fn cleared(n: u32) -> u32 {
        n
    }
    let recorder = Recorder::new();
    let hits_and_misses = || {
        let published = recorder.published("metrics::counters_only_grow::cleared");
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
    let published = recorder.published("metrics::counters_only_grow::cleared");
    assert!(!published.contains_key("maxsize"), "it has none");
    assert_eq!(published["computations_total"], 4.0);
}

#[test]
fn a_recorder_that_is_installed_later_learns_all_of_it() {
    #[cache]
    fn early(n: u32) -> u32 {
        n
    }
    let misses = || {
        let name = "metrics::a_recorder_that_is_installed_later_learns_all_of_it::early";
        Recorder::new().published(name)["misses_total"]
    };
    early(1);
    assert_eq!(misses(), 1.0);
    early(2);
    assert_eq!((misses(), misses()), (2.0, 2.0));
}

#[test]
fn the_caches_of_a_generic_function_are_one() {
    #[lru_cache(maxsize = 4)]
    fn generic<T: Copy + Eq + std::hash::Hash + Send + Sync + 'static>(value: T) -> T {
        value
    }
    let recorder = Recorder::new();
    generic(1_u8);
    generic(1_u8);
    generic('a');
    let published =
        recorder.published("metrics::the_caches_of_a_generic_function_are_one::generic");
    let numbers = ["hits_total", "misses_total", "entries", "maxsize"].map(|name| published[name]);
    assert_eq!(numbers, [1.0, 2.0, 2.0, 8.0]);
}

#[test]
fn functions_of_one_name_are_told_apart() {
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
    let shop = "metrics::functions_of_one_name_are_told_apart::Shop";
    let misses = |method: &str| {
        let published = Recorder::new().published(&format!("{shop}::{method}::price"));
        published["misses_total"]
    };
    assert_eq!((misses("sell"), misses("buy")), (1.0, 2.0));
    let sold = functools::caches().filter(|cache| cache.name().contains("Shop::sell::price"));
    assert_eq!(sold.count(), 2);
}

#[test]
fn a_thread_s_caches_are_left_out() {
    #[lru_cache(scope = "thread")]
    fn alone(n: u32) -> u32 {
        n
    }
    alone(1);
    assert_eq!(
        Recorder::new().published("metrics::a_thread_s_caches_are_left_out::alone"),
        all(&[])
    );
}

#[test]
fn without_a_recorder_nothing_happens() {
    functools::metrics::publish();
}

/// Published counters are those of calls, also where the cache was cleared while one waited that
/// came to compute.
#[test]
fn a_clear_while_a_call_waits() {
    use std::panic::catch_unwind;
    use std::sync::Barrier;
    use std::thread;

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
        while waited_for::cache_info().hits == 0 {
            thread::yield_now();
        }
        waited_for::cache_clear();
        FAILS.wait();
        assert!(leader.join().expect("it was caught"));
        assert_eq!(waits.join().expect("no panic"), 1);
    });
    let name = "metrics::a_clear_while_a_call_waits::waited_for";
    let published = recorder.published(name);
    let counted = ["hits_total", "misses_total", "joined_total"].map(|name| published[name]);
    assert_eq!(counted, [0.0, 2.0, 0.0], "two calls, and both were misses");
}
