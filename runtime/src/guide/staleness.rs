//! Staleness and stampedes: how old an answer can be, and what happens when many ask for one at a time.
//!
//! A function that computes is always right about its arguments. One that fetches is right about a moment: what it
//! returns may be out of date as soon as it is there. So a cache in front of a database has to say how long an answer
//! is good; and when that time is up, a hundred requests must not ask the database the same question at once: a
//! *stampede*.
//!
//! # Stampedes: one computation at a time
//!
//! Callers of one key that find nothing run the body once. The first computes, the others wait for it and get a clone of what it
//! returns, with the status [`Joined`](crate::CacheStatus::Joined). That is the default, and holds for threads and for tasks alike:
//!
//! ```
//! use std::sync::atomic::{AtomicU32, Ordering};
//! use std::thread;
//!
//! use functools::lru_cache;
//!
//! static QUERIES: AtomicU32 = AtomicU32::new(0);
//!
//! #[lru_cache(ttl = "60s")]
//! fn stock(item: u64) -> u64 {
//!     QUERIES.fetch_add(1, Ordering::Relaxed); // asks the database
//!     item * 10
//! }
//!
//! thread::scope(|scope| {
//!     for _ in 0..100 {
//!         scope.spawn(|| assert_eq!(stock(7), 70));
//!     }
//! });
//! assert_eq!(QUERIES.load(Ordering::Relaxed), 1);
//! assert_eq!(stock::cache_info().misses, 1);
//! assert_eq!(stock::cache_info().hits, 99);
//! ```
//!
//! Keys are told apart exactly: who asks for another key waits for nobody, and neither does who finds a result. If the one who computes
//! panics, or is a task that is dropped, the next in line computes. If it returns what is not stored, such as an `Err`,
//! those who wait get a clone of that, too; where the error has no `Clone`, or threads may not share it, they
//! all compute at once, never one after another.
//!
//! A function may call itself, and others that call it: whoever would wait for itself, by way of others or not, computes
//! instead. What cannot be known is what a body waits for in other ways. If it hands a call of the same key to another
//! thread or task and waits for that, they wait for each other for ever. Such a function needs `single_flight = false`. Then each
//! caller that finds nothing computes, as in Python, and the first to finish is stored.
//!
//! A call that computes goes on only while its task polls it, and whoever asks for that key waits as long, in other tasks, too. So do not hold a
//! begun call aside and await the same key meanwhile, as in another branch of `select!`, or in the loop over a `buffer_unordered`
//! stream: the one would wait for the other for ever. Give such a call a task of its own, as in `tokio::spawn(page(n)).await`.
//!
//! **Waiting blocks a thread where the function is synchronous**, just as computing does. In a task that means the thread
//! that the runtime polls it on: a few tasks that wait can take all threads of a small pool, and
//! tasks that have nothing to do with it make no progress until the result is there. It is no deadlock, since the one that computes has a
//! thread; but where its body in turn waits for another task, it can become one. Cache an
//! `async fn` in such a place, which waits without a thread, or call the function by way of the runtime's `spawn_blocking`.
//!
//! `single_flight = "2s"` limits every wait. [`concurrency`](super::concurrency) has that, rayon,
//! and other schedulers.
//!
//! # Staleness: how old an answer can be
//!
//! | attribute | the oldest answer anybody gets |
//! |---|---|
//! | no `ttl` | no limit: until it is evicted, invalidated or cleared |
//! | `ttl = "60s"` | 60 s, counted from the end of its computation |
//! | and `ttl_jitter = "5s"` | 65 s |
//! | and `sliding = true` | no limit, while somebody asks for it at least once in 60 s |
//! | `ttl = "60s", stale = "30s"` | 90 s, and past 60 s only while a newer one is being computed |
//! | `ttl = "60s", stale_on_error = "10m"` | 11 min, and past 60 s only if computing a newer one gave an `Err` |
//! | `ttl = "60s", stale = "30s", stale_on_error = "10m"` | the same, or while a newer one is being computed, for up to 90 s |
//!
//! A jitter adds to each of them.
//!
//! After a write that you know of, [`cache_invalidate`](crate::lru_cache#the-handle) makes it right at once: the entry is gone, and
//! what is still being computed for it goes to those who wait for it already, and is not stored. So a value that was read before the
//! write cannot come back after it:
//!
//! ```
//! use functools::lru_cache;
//! # use std::sync::atomic::{AtomicU64, Ordering};
//! # static PRICE: AtomicU64 = AtomicU64::new(3);
//! # fn query(_: &str) -> u64 { PRICE.load(Ordering::Relaxed) }
//! # fn update(_: &str, price: u64) { PRICE.store(price, Ordering::Relaxed) }
//!
//! #[lru_cache(ttl = "60s")]
//! fn price(item: &str) -> u64 {
//!     query(item)
//! }
//!
//! assert_eq!(price("tea"), 3);
//! update("tea", 4);               // first the database,
//! price::cache_invalidate("tea"); // then the cache
//! assert_eq!(price("tea"), 4);
//! ```
//!
//! ## While a newer one is computed: `stale`
//!
//! With a `ttl` alone, everybody who asks at the moment it ends waits for the one query. With `stale` they need not: one caller computes,
//! and the others get the old answer at once, for at most that long past the `ttl`, with the status
//! [`Stale`](crate::CacheStatus::Stale). If it takes longer, those who ask from then on wait for it.
//!
//! ```
//! use std::sync::Barrier;
//! use std::thread;
//!
//! use functools::{CacheStatus, lru_cache};
//! # use functools::__private::set_clock;
//! # use std::time::Duration;
//!
//! static QUERY: Barrier = Barrier::new(2);
//!
//! #[lru_cache(ttl = "60s", stale = "30s", skip(version))]
//! fn headline(version: u32) -> u32 {
//!     if version > 1 {
//!         QUERY.wait(); // the query begins ..
//!         QUERY.wait(); // .. and ends
//!     }
//!     version
//! }
//!
//! # set_clock(Duration::from_secs(1));
//! assert_eq!(headline(1), 1);
//! // 61 seconds later
//! # set_clock(Duration::from_secs(62));
//! thread::scope(|scope| {
//!     let one = scope.spawn(|| headline::with_status(2));
//!     QUERY.wait();
//!     assert_eq!(headline::with_status(3), (1, CacheStatus::Stale)); // does not wait
//!     QUERY.wait();
//!     assert_eq!(one.join().unwrap(), (2, CacheStatus::Miss));
//! });
//! assert_eq!(headline::with_status(4), (2, CacheStatus::Hit));
//! ```
//!
//! It is a caller that computes, and that caller waits for it: the cache computes nothing by
//! itself. An answer that nobody asks for is not renewed.
//!
//! ## Refresh early
//!
//! No answer may be older than 60 s, and few callers should wait: take the window from the `ttl`.
//! With `ttl = "48s", stale = "12s"` the first call after 48 s waits for a newer answer. The others
//! get the old one at once, until it is 60 s old. Other caches call this refresh-ahead.
//!
//! ## When it cannot be computed: `stale_on_error`
//!
//! A service can answer while its database is away for a minute. If computing anew yields an `Err`, the caller gets
//! the old answer in its place, and so do those who wait for it, with the status `Stale`, until that long past the `ttl` and not
//! a moment longer:
//!
//! ```
//! use functools::{CacheStatus, lru_cache};
//! # use functools::__private::set_clock;
//! # use std::sync::atomic::{AtomicBool, Ordering};
//! # use std::time::Duration;
//! # static IS_DOWN: AtomicBool = AtomicBool::new(false);
//! # fn query(_: &str) -> Result<u64, String> {
//! #     if IS_DOWN.load(Ordering::Relaxed) { Err("the database is down".to_owned()) } else { Ok(3) }
//! # }
//!
//! #[lru_cache(ttl = "60s", stale_on_error = "10m")]
//! fn price(item: &str) -> Result<u64, String> {
//!     query(item)
//! }
//!
//! # set_clock(Duration::from_secs(1));
//! assert_eq!(price("tea"), Ok(3));
//! // 5 minutes later the database is down
//! # set_clock(Duration::from_secs(301));
//! # IS_DOWN.store(true, Ordering::Relaxed);
//! assert_eq!(price::with_status("tea"), (Ok(3), CacheStatus::Stale));
//! // 11 minutes after the answer, it still is
//! # set_clock(Duration::from_secs(661));
//! assert_eq!(price("tea"), Err("the database is down".to_owned()));
//! ```
//!
//! Each call past the `ttl` asks the database again, one at a time; so the first one after it is back gets a new
//! answer. Such a call ran the body and counts as a miss. `cache_refresh` returns the `Err`: it was asked for a new answer. A panic is not an error, and reaches the
//! caller. Where an outage shows as a slow failure, add a `stale` as long: else everybody waits for each attempt.
//!
//! Every `Err` counts. What is an answer, such as "no such item", belongs in the `Ok`, as in `Result<Option<Item>, E>`: it ends the old
//! one, even where `cache_none = false` or `cache_if` keep it from being stored.
//!
//! # Room for old answers
//!
//! `stale` and `stale_on_error` keep an entry past its `ttl`, in *reserve*. It still takes one of
//! the `maxsize` places, and keeps its place in the order of use. So it may push out a live one: a
//! full cache evicts a live entry that was used before it first. Where that matters, choose a
//! larger `maxsize`.
//!
//! # What is counted
//!
//! An entry past its `ttl` is no longer an entry: `cache_info`, `cache_contains` and `cache_peek` do not see it, though
//! `stale` and `stale_on_error` keep it for as long as they may need it, and it takes its place among the `maxsize`. `Hit`, `Joined`
//! and a `Stale` answer that was there at once are hits; a call that ran the body is a miss. A call that waits is counted when it begins to wait, and
//! as a miss instead if it comes to compute after all.
