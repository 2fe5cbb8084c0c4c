//! All cases: their functions and inputs.

use crate::case::{Case, Kind};
use crate::functions::{self, Shelf, number, shared};
use crate::inputs::{any_of, texts, unseen, zipf};

/// The numbers of threads that call one function at once.
pub(crate) const THREADS: [u32; 3] = [1, 2, 4];

/// The numbers for cases with many misses, which wait longer for each other with more threads.
const MORE_THREADS: [u32; 4] = [1, 2, 4, MOST_THREADS];

/// The largest of them all.
pub(crate) const MOST_THREADS: u32 = 8;

/// The case whose caches are switched off.
pub(crate) const OFF: &str = "off";

/// The case whose body takes a microsecond.
pub(crate) const WORK: &str = "work";

/// The case that the plot shows.
pub(crate) const DRAWN: &str = "hit-1024";

/// The receivers of the method.
static SHELVES: [Shelf; 4] = [Shelf { id: 1 }, Shelf { id: 2 }, Shelf { id: 3 }, Shelf { id: 4 }];

/// The beginning of the names of cases that need Redis.
pub(crate) const REDIS: &str = "redis-";

/// The names of cases with a connected Redis, and of those whose Redis is down.
pub(crate) const REDIS_HITS: [&str; 2] = ["redis-hit-memory", "redis-hit-memory-async"];
pub(crate) const REDIS_DOWN: [&str; 2] = ["redis-down", "redis-down-async"];

/// Returns the cases of functions that share results through Redis, which must be installed.
pub(crate) fn with_redis(threads: u32) -> Vec<Case> {
    let many: Vec<u64> = (0..1024).collect();
    let [hits, hits_async] = REDIS_HITS;
    let [down, down_async] = REDIS_DOWN;

    vec![
        Case::new(
            hits,
            "Hit in memory, Redis connected, `u64 -> u64` with a time to live, 1,024 keys",
            Kind::Hits,
            any_of(&many, threads),
            shared::hits(),
        ),
        Case::new(
            hits_async,
            "Hit in memory, Redis connected, `async fn`, `u64 -> u64` with a time to live, 1,024 \
             keys",
            Kind::Hits,
            any_of(&many, threads),
            shared::hits_async(),
        ),
        Case::new(
            down,
            "Redis down, each call a miss with eviction, `u64 -> u64`, trivial body, maxsize 1,024",
            Kind::Misses,
            unseen(threads),
            shared::down(),
        ),
        Case::new(
            down_async,
            "Redis down, each call a miss with eviction, `async fn`, `u64 -> u64`, trivial body, \
             maxsize 1,024",
            Kind::Misses,
            unseen(threads),
            shared::down_async(),
        ),
    ]
}

/// Returns the cases without Redis, with inputs for `threads` threads.
pub(crate) fn all(threads: u32) -> Vec<Case> {
    let hits = Kind::Hits;
    let many: Vec<u64> = (0..1024).collect();
    let pairs: Vec<_> = many.iter().copied().zip(["en", "de"].into_iter().cycle()).collect();
    let shelves: Vec<_> = SHELVES.iter().cycle().zip(many.iter().copied()).collect();

    vec![
        Case::new(
            "hit-128",
            "Hit, `u64 -> u64`, 128 keys in random order",
            hits,
            any_of(&many[..128], threads),
            number::few::peers(),
        ),
        Case::new(
            DRAWN,
            "Hit, `u64 -> u64`, 1,024 keys in random order",
            hits,
            any_of(&many, threads),
            number::many::peers(),
        ),
        Case::new(
            "hit-str",
            "Hit, `&str -> u64`, 1,024 texts of 25 bytes",
            hits,
            any_of(&texts(1024), threads),
            functions::text(),
        ),
        Case::new(
            "hit-pair",
            "Hit, `(u64, &str) -> Arc<str>`, 1,024 pairs",
            hits,
            any_of(&pairs, threads),
            functions::pair(),
        ),
        Case::new(
            "hit-hot",
            "Hit, `u64 -> u64`, one hot key",
            hits,
            any_of(&[7], threads),
            number::hot::peers(),
        ),
        Case::new(
            "hit-method",
            "Hit, method `(&self, u64) -> u64`, 1,024 keys",
            hits,
            any_of(&shelves, threads),
            functions::method(),
        ),
        Case::new(
            "hit-generic",
            "Hit, generic `T -> u64`, 1,024 keys",
            hits,
            any_of(&many, threads),
            functions::generic(),
        ),
        Case::new(
            "hit-ttl",
            "Hit, `u64 -> u64` with a time to live, 1,024 keys",
            hits,
            any_of(&many, threads),
            functions::ttl(),
        ),
        Case::new(
            "hit-async",
            "Hit, `async fn`, `u64 -> u64`, 1,024 keys in random order",
            hits,
            any_of(&many, threads),
            functions::asynchronous(),
        ),
        Case::new(
            "miss",
            "Miss with eviction, `u64 -> u64`, trivial body, maxsize 1,024",
            Kind::Misses,
            unseen(threads),
            number::miss::peers(),
        )
        .with_threads(&MORE_THREADS),
        Case::new(
            "zipf",
            "Zipf 0.99 over 20,000 keys, `u64 -> u64`, trivial body, maxsize 1,024",
            Kind::Mixed,
            zipf(20_000, threads),
            number::zipf::peers(),
        )
        .with_threads(&MORE_THREADS),
        Case::new(
            WORK,
            "Zipf 0.99 over 20,000 keys, `u64 -> u64`, a body of about 1 µs, maxsize 1,024",
            Kind::Mixed,
            zipf(20_000, threads),
            functions::work(),
        )
        .with_threads(&MORE_THREADS),
        Case::new(
            OFF,
            "`maxsize = 0`, `u64 -> u64`, trivial body",
            Kind::Off,
            any_of(&many, threads),
            functions::off(),
        ),
    ]
}
