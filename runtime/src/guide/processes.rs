//! From one process to many: results that processes, machines and languages share through Redis.
//!
//! # When to move
//!
//! A cache in memory is one for each process. That is enough while there is one process, or while each may ask the
//! database for itself. It is not when
//!
//! - ten processes start at once and ask the same ten questions each;
//! - a process that writes has to let the others know;
//! - a service in another language reads, writes or deletes the same entries.
//!
//! # The change
//!
//! Enable the feature, say at start-up where Redis is, and what the keys look like. Nothing else in the function changes:
//!
//! ```toml
//! functools = { version = "0.1", features = ["redis"] }
//! ```
//!
//! ```
//! use functools::lru_cache;
//! use functools::redis::Redis;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
//! struct Item {
//!     id: u64,
//!     name: String,
//! }
//!
//! #[lru_cache(maxsize = 1024, ttl = "60s", redis = "item:{item_id}")]
//! async fn get_item(item_id: u64) -> Item {
//!     // asks the database
//!     Item { id: item_id, name: "otter".to_owned() }
//! }
//!
//! async fn rename_item(item_id: u64, name: &str) {
//!     // writes to the database, and then:
//!     # let _ = name;
//!     get_item::cache_invalidate(item_id).await;
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), functools::redis::RedisError> {
//! // Returns at once, whether there is a Redis or not. Errors are about the address alone.
//! functools::redis::install(Redis::new("redis://localhost")?);
//!
//! let item = get_item(42).await;
//! assert_eq!(item.name, "otter");
//! rename_item(42, "beaver").await;
//! # Ok(())
//! # }
//! ```
//!
//! What is returned has to be `Serialize` and `Deserialize`; of a `Result` that holds for the `Ok` alone, and an `Err` is shared no more
//! than it is stored. Synchronous functions take `redis` in the same way, and block for at most the timeout. `cache_invalidate` and
//! `cache_clear` ask Redis: of an `async fn` they are async, and they return an [`Invalidation`](crate::redis::Invalidation). Where no
//! Redis is installed the function is cached in memory alone: tests and small installations need none.
//!
//! Until the connection is there, which takes some milliseconds, calls go past Redis, and invalidations are `Queued`. A service does not
//! notice. A program that does not run for long, such as a migration that writes and invalidates, waits until it is there, at its start, and until all that was
//! queued is done, at its end: [`connected`](crate::redis::connected) is for both.
//!
//! Functions that go to another Redis name a [`Tier`](crate::redis::Tier): `redis(key = "session:{id}", tier = SESSIONS)`.
//!
//! # What stays true
//!
//! - A hit in memory costs what it did. The order is exact LRU, `maxsize` holds, of memory.
//! - Callers of one key compute once, now in all processes together: one takes a lease in Redis, the others wait, for at most
//!   [`lease`](crate::redis::Redis::lease), 2 s, and get its result when it is there. If the process that computes ends, its lease does,
//!   too. A computation that takes longer than that keeps its lease, and those who have waited enough compute for themselves.
//! - Hits and misses add up to the calls. An answer from Redis is a hit, of status [`Shared`](crate::CacheStatus::Shared).
//! - What was being computed when its key was invalidated, by any process, is neither kept nor stored.
//! - `cache_contains`, `cache_peek`, `cache_info`, [`clear_all`](crate::clear_all) and `maxsize` are about memory. `cache_insert` stores
//!   in memory at once, and in Redis soon after it returns. With `maxsize = 0` nothing is shared, either.
//!
//! # Keys
//!
//! The template is in the attribute, with the names of arguments in braces. Every argument has to be in it, or in `skip(..)`, and no two lists of
//! arguments make the same key: numbers, strings and whatever else has a `Display` are written as Python's
//! `urllib.parse.quote(text, safe="")` writes them, so that `:` in a string becomes `%3A`. A `:`, or
//! another character that is never in an argument, stands between two of them, and before the first. `{{` and `}}` are braces, for the hash tags of a cluster.
//!
//! Separators of letters, digits and `-._~`, as in `user__{name}__{city}`, are told from arguments, too:
//! a character of the separator is escaped in the arguments of this template, so that `_` in a name
//! becomes `%5F`. That of `{width}x{height}` is `x`, and changes no number. Prefer `:`, which all
//! templates escape: `a:{x}` and `a:b__{y}` are two functions that may share the key `a:b__1`.
//!
//! `{city:?}` writes what the `Debug` of an argument says, for an `Option` or an enum: `None`,
//! `Some%28%22Paris%22%29`. A type of yours has to tell its values apart by its `Display` or its
//! `Debug`, and in the same words in all processes, which those of a `HashMap` are not.
//!
//! With an argument `Path(id): Path<u64>`, `{id}` is the number, in memory, too: `Path`
//! itself needs neither `Hash` nor `Display`.
//!
//! A secret is no part of a key that everybody can list. `{token:hash}` puts a keyed hash in its place:
//!
//! ```
//! use functools::lru_cache;
//! use functools::redis::Redis;
//!
//! #[lru_cache(ttl = "10m", redis = "session:{token:hash}")]
//! fn user_of(token: &str) -> Option<u64> {
//!     // asks a database
//!     # let _ = token; Some(7)
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let secret_of_the_service = "a long one";
//! functools::redis::install(Redis::new("redis://localhost")?.key_secret(secret_of_the_service));
//! assert_eq!(user_of("3fa9"), Some(7));
//! # Ok(())
//! # }
//! ```
//!
//! Without a `key_secret` the hash is keyed with the password of the address. Without a password it has no secret: set one, so
//! that a reader of the keys cannot test guesses.
//!
//! Two functions whose keys are the same have the same results, as two processes have: what the one has stored, the other returns. [`last_error`](crate::redis::last_error)
//! reports two such functions of one process. Keys do not tell types apart, either, and so a function with type parameters cannot be shared. The method of a generic type is, for the first type it is
//! called for; for others it is cached in memory.
//!
//! # Values, and Python
//!
//! A value is the JSON of what the function returns, and expires as the entry does: `SET item:42 '{"id":42,"name":"otter"}' PX 60000`. So a
//! service in any language reads and writes the same entries, in this one with Python's `redis` package:
//!
//! ```python
//! import json, redis
//!
//! r = redis.Redis()
//! item = r.get("item:42")                           # what Rust stored
//! item = json.loads(item) if item else ...
//! r.set("item:43", json.dumps(item), ex=60)         # served by Rust, with the status Shared
//! r.delete("item:42")                               # Rust computes it anew, though it had it in memory
//! ```
//!
//! Nothing has to be told to the Rust processes. A value that is no JSON of the type, as of an older version of the program, one beyond
//! [`value_cap`](crate::redis::Redis::value_cap), of which no more than that is read, and a key that holds a list or a hash are misses, and are counted. A new result
//! replaces the first two; what is no string is left as it is.
//!
//! What JSON does not give back as it was is not shared: `Some(None)` and `Some(())`, which it
//! writes as it writes `None`, a NaN or an infinity, integer keys below `#[serde(flatten)]`, keys
//! of a map that are neither text nor numbers, an `i128` in a tagged enum, lists nested more than
//! 128 deep. Each result is read back before it is stored, and compared with what it was, as serde
//! sees both. One that differs stays in memory for `l1_ttl`, and is counted: `unencodable`,
//! `unreadable` or `altered` in `f::cache_stats().redis`
//! ([`FunctionStats`](crate::redis::FunctionStats)). It is no error, and not in `last_error`. The
//! check takes less than a microsecond for a small result, and for a large one about as long as
//! reading it twice. It does not see the order of lists, as equal sets of std list their elements
//! differently; and a type that writes a `HashMap` into a *text* is taken to differ, for the same
//! reason. It cannot see what a type does not write: a field with `#[serde(skip)]` comes back as
//! its default, and a variant of an `#[serde(untagged)]` enum as the first variant that its text
//! fits. A `#[serde(default)]` is filled in where an older program wrote no such field.
//!
//! A `None` is stored as `null`, with which a reader in another language has to reckon, unless
//! `cache_none = false` leaves it out. A value without an expiry, as of a plain `r.set(key,
//! value)`, is served, too. A float is written as `1.0`, and `true` in small letters; a float comes
//! back the same to the last bit.
//!
//! `cache_if` and `cache_none` are asked about values of Redis, too: one that they refuse is
//! returned, and not kept in memory.
//!
//! # Staleness
//!
//! Redis tells each process which keys others have changed (client tracking, RESP3). As long as it does, memory is as good as Redis.
//!
//! | what happens | how long memory may be out of date |
//! |---|---|
//! | another process or language sets, deletes, expires or flushes | milliseconds |
//! | `cache_invalidate(..).await` returned `Confirmed` | not at all in this process; milliseconds in others |
//! | it returned `Queued` | not at all in this process; others, until Redis is back and it is done: then Redis is not read before |
//! | the connection drops | `l1_ttl` from then on; when it is rebuilt, memory is emptied |
//! | the network is silent | detected within 2 s, then as if the connection had dropped: at most 2 s + `l1_ttl` |
//! | Redis may not tell (`CLIENT TRACKING` is refused) | `l1_ttl` |
//!
//! [`l1_ttl`](crate::redis::Redis::l1_ttl) is 5 s, or what the function says by `redis(key = ..,
//! l1_ttl = "1s")`, and never more than the `ttl`. What is computed while Redis is away is kept for
//! that long, too. `stale` and `stale_on_error` come on top, as [ever](super::staleness): an entry
//! that has expired by itself stays in reserve, and one that was changed or removed does not. Redis
//! does not say whether a key expired or was deleted. A message that comes at the end of the `ttl`,
//! or later, counts as expiry: the old answer stays in reserve. One `PTTL` then sees whether there
//! is a new value. A second message counts as a change. `cache_invalidate` and `cache_clear` of
//! another process reach the reserve even if the key has expired before. When memory is emptied,
//! after a lost connection for instance, the reserve goes with it.
//!
//! Redis does not tell of `SWAPDB`. And one thing it cannot tell: that a key was deleted that was
//! not there, or had expired already: then the old answer stays in reserve. If another language
//! deletes a key while its value is being computed here, and there was no value, the result is
//! stored, and may be older than that deletion. `cache_invalidate` has no such gap, since it takes
//! away the right to store. Another language has none where it sets the new value in place of
//! deleting the old one, which is told in any case.
//!
//! # When Redis is away
//!
//! The function answers, from memory or by computing. It never returns an error of Redis', and nothing panics.
//!
//! - Redis makes a call slower by [`timeout`](crate::redis::Redis::timeout) at most, 50 ms, all its questions together. To wait for another process that
//!   computes the same is not counted: that is bounded by the lease.
//! - After [`breaker`](crate::redis::Redis::breaker) failures in a row, 3, calls go past Redis, at the cost of a few hundred nanoseconds, and so do those that
//!   were waiting. A thread goes on asking, and lets calls through as soon as Redis answers, well within 2 s.
//! - What Redis refuses to one function alone, as where the server's user may not use its keys, sends that function past Redis, and not the others, for a second at
//!   a time.
//! - A result that cannot be stored, since Redis is full, for instance, is in memory for `l1_ttl`.
//! - An invalidation that is not confirmed is queued, 10,000 keys at most: if there are more, all keys of the function are removed in their place.
//!   The queue is in memory: it does not outlive the process. As long as there is something in it, nothing is read: while Redis refuses an
//!   invalidation, calls bypass it.
//!
//! [`functools::redis::stats`](crate::redis::stats) counts all of that, and [`last_error`](crate::redis::last_error) says what was wrong. `connected` is what a health check shows; it is not for deciding
//! whether the service is healthy, since it works without.
//!
//! # The server
//!
//! Redis 6 or later, or what speaks RESP3 and has client tracking; tests run against 7.0. Not a cluster. `rediss://` needs the feature `redis-tls`, and
//! Redis Sentinel the feature `redis-sentinel`. One connection for each process and tier, by its name in `CLIENT LIST`, and with
//! [`on_tokio`](crate::redis::Redis::on_tokio), which makes a hit in Redis quicker, another. A user for it:
//!
//! ```text
//! ACL SETUSER shop on >password resetkeys ~item:* ~functools:* resetchannels -@all +hello +ping
//!     +client|setname +client|tracking +getrange +pttl +get +set +rename +unlink +pexpire +eval +scan
//! ```
//!
//! `~item:*` are the function's keys, and every function's prefix needs a pattern of its own; `~functools:*` those of the leases, which live for 2 s, and the notices of removals, which are written and removed at once. Without `+client|tracking` all works, and memory is believed for `l1_ttl`; without
//! `+scan`, a `cache_clear` stays queued, and Redis is not read from then on; without another of them calls go past Redis. As for any cache, let the server make room when it is full: `maxmemory-policy
//! allkeys-lru`. `maxsize` is about memory: what bounds Redis is the `ttl`, and without one results stay there until somebody removes them.
