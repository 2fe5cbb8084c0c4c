//! Concurrency: which calls wait for each other, what can go wrong when they do, and what to write.
//!
//! # Which calls wait
//!
//! Calls with one key that find nothing run the body once: the first computes, the others wait for
//! its result. A call with another key, and a call that finds a result, wait for nothing. A call
//! that would wait for itself computes instead: one that the body makes with its own key, or two
//! bodies that call each other. [`staleness`](super::staleness) has the details.
//!
//! | attribute | a call that finds another computing its key |
//! |---|---|
//! | `single_flight = true` (default) | waits until the other ends |
//! | `single_flight = "2s"` | waits for at most 2 s, then computes, too |
//! | `single_flight = false` | computes at once, as in Python |
//!
//! Where several computations of one key end, each call has its own result, and the first to end is
//! stored.
//!
//! # A limit for the wait
//!
//! A body that hangs holds up all calls with its key, for as long as it hangs. A limit lets them go
//! on:
//!
//! ```
//! use std::sync::Barrier;
//! use std::thread;
//!
//! use functools::{CacheStatus, lru_cache};
//!
//! static HANGS: Barrier = Barrier::new(2);
//!
//! #[lru_cache(single_flight = "20ms", skip(hangs))]
//! fn query(id: u64, hangs: bool) -> u64 {
//!     if hangs {
//!         HANGS.wait(); // the query has begun,
//!         HANGS.wait(); // and ends at last
//!     }
//!     id
//! }
//!
//! thread::scope(|scope| {
//!     scope.spawn(|| query(7, true));
//!     HANGS.wait();
//!     assert_eq!(query::with_status(7, false), (7, CacheStatus::Miss)); // 20 ms later
//!     HANGS.wait();
//! });
//! ```
//!
//! One limit covers all the waits of a call. If the computation that it waits for is given up and
//! another begins, the time goes on. With `redis`, waiting for another process counts, too. When
//! its time is up, a call computes, as a miss. When such a call stores its result, the others that
//! wait have it, too. `cache_insert` and `cache_refresh` end no wait: a call that began before them
//! gets the older result.
//!
//! All calls whose time is up compute, each for itself: a hundred calls that began to wait together
//! run a hundred bodies. Choose a limit longer than a slow query takes.
//!
//! The first limited wait of a task starts one thread, `functools-timer`, which watches the limits
//! of all tasks and ends when there are none for 10 s. A caller that gives up by itself, such as a
//! task with a time limit of its own, needs nothing: it leaves nothing behind.
//!
//! # Schedulers that run other work inside a wait
//!
//! The check that no call waits for itself knows which calls a body makes, on its thread or in its
//! task. It does not know what a body waits for in other ways. That matters with a scheduler whose
//! threads run *other jobs* while a job waits: the other job may call the same function, and wait
//! for a computation that goes on only when the job returns. Both then wait for ever. This happens
//! seldom, and under load: that a test ends proves nothing.
//!
//! | where a wait runs other work | what to write |
//! |---|---|
//! | rayon: `join`, `scope`, `install` and parallel iterators, on a worker thread | the feature `rayon` |
//! | `block_on` in a body, on a runtime that meanwhile runs other tasks on this thread: tokio's `current_thread` runtime and `LocalSet`, `LocalPool` of `futures` | an `async fn`, whose body awaits; or `single_flight = false` |
//! | pools whose `scope` runs queued jobs while it waits, such as that of `bevy_tasks`; executors that a thread runs while it waits, such as `async-executor` by `block_on(executor.run(..))` | `single_flight = false`, or a limit |
//! | `std::thread::scope`, channels, `tokio::task::spawn_blocking(..).await`, `futures::executor::block_on` | nothing: a wait runs no other work. A body that hands a call with *its own key* to another thread and waits for that needs `single_flight = false` |
//!
//! With the feature `rayon`, which `redis` includes, a call on a worker thread of any rayon pool
//! never waits for another's computation, not for one of another process either. It computes, as
//! with `single_flight = false`; other threads wait for it as ever. So this ends, on one thread and
//! on many:
//!
//! ```
//! use functools::cache;
//! use rayon::prelude::*;
//!
//! #[cache]
//! fn paths(columns: u32, rows: u32) -> u64 {
//!     if columns == 0 || rows == 0 {
//!         return 1;
//!     }
//!     // Both make the call `paths(columns - 1, rows - 1)`.
//!     [(columns - 1, rows), (columns, rows - 1)]
//!         .into_par_iter()
//!         .map(|(columns, rows)| paths(columns, rows))
//!         .sum()
//! }
//!
//! # #[cfg(feature = "rayon")]
//! assert_eq!(paths(6, 6), 924);
//! ```
//!
//! The price is that all workers may compute one key at a time: in a recursion with many shared
//! parts that can be more than twice the work. Where that is too much, call the function on a
//! thread that is no worker, and let the pool run what the body hands to it.
//!
//! # Calls that never end
//!
//! - **A begun call that is kept and not polled.** A call of an `async fn` goes on only while it is
//!   polled. Do not hold a begun call aside and await the same key meanwhile, in another branch of
//!   `select!` or in the loop over a `buffer_unordered` stream. Give it a task of its own:
//!   `tokio::spawn(page(n)).await`.
//! - **A begun call that is forgotten.** Dropping a call hands over to the next waiter.
//!   `std::mem::forget`, or a cycle of `Rc`s that holds the future, runs no `Drop`: its waiters
//!   wait for ever, and its place in memory is not given back. `f::cache_invalidate(..)` lets
//!   *later* calls compute, though it returns `false`; `single_flight = "2s"` frees the waiters,
//!   too.
//! - **A thread that waits.** A synchronous function blocks its thread while it waits. In a task
//!   that is a worker of the runtime; see
//!   [`staleness`](super::staleness#stampedes-one-computation-at-a-time).
//!
//! # Fork
//!
//! After `fork` the child has one thread. Calls that other threads were computing never end there.
//! Locks that they held stay locked. The threads of this crate are missing: Redis is not connected,
//! and limits of waits in tasks do not take effect. So a process that forks and goes on without
//! `exec`, as some servers do to start workers, forks before its first cached call, and calls
//! `install` in each child. `std::process::Command` and `posix_spawn` start another program: they
//! are safe at any time.
