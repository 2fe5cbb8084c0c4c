//! The same function in two processes, as two functions with a tier each: an invalidation by one
//! reaches the other. Section 8 of the contract.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Instant;

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};

use super::report;
use crate::common::{Gate, Runs, SECOND, block_on, in_threads, two_workers, yield_now};
use crate::server::{Server, eventually};
use crate::{assert_smooth, install, text};

type Change = fn(u32) -> Invalidation;

#[test]
fn computation_is_discarded() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "both:{id}", tier = HERE))]
    async fn here(id: u32) -> u32 {
        yield_now().await;
        id
    }
    #[lru_cache(ttl = "60s", redis(key = "both:{id}", tier = THERE))]
    async fn there(id: u32) -> u32 {
        let value = 1000 * RUNS.next() + id;
        if let Some(gate) = GATES.get(id as usize) {
            gate.pass_async().await;
        }
        value
    }
    static RUNS: Runs = Runs::new();
    static GATES: [Gate; 4] = [Gate::new(), Gate::new(), Gate::new(), Gate::new()];

    let server = Server::start();
    let mut client = server.client();
    let (one, other) = (install(&HERE, &server), install(&THERE, &server));
    let runtime = two_workers();
    let changes: [(&str, Change); 4] = [
        ("invalidate there", |id| block_on(here::cache_invalidate(id))),
        ("clear there", |_| block_on(here::cache_clear())),
        ("invalidate", |id| block_on(there::cache_invalidate(id))),
        ("clear", |_| block_on(there::cache_clear())),
    ];
    for (id, (what, change)) in (0..).zip(changes) {
        let gate = &GATES[id as usize];
        let call = runtime.spawn(there::with_status(id));
        gate.wait_for(1);
        assert_eq!(change(id), Invalidation::Confirmed, "{what}");
        gate.open();
        let (old, status) = runtime.block_on(call).expect("no panic");
        assert_eq!((old % 1000, status), (id, CacheStatus::Miss), "{what}");
        assert_eq!(text(&mut client, &format!("both:{id}")), None, "{what}: it is stored");
        assert!(!there::cache_contains(id), "{what}: it is kept");
        let (new, status) = block_on(there::with_status(id));
        assert!(new > old, "{what}");
        assert_eq!(status, CacheStatus::Miss, "{what}");
        // That one is good.
        assert_eq!(block_on(here(id)), new, "{what}");
        assert_eq!(text(&mut client, &format!("both:{id}")), Some(new.to_string()), "{what}");
    }
    assert_smooth(one.stats());
    assert_smooth(other.stats());
}

/// Who waits for it computes anew, and need not wait until the lease ends.
#[test]
fn waiters_compute_after_an_invalidation() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "waits:{id}", tier = HERE))]
    fn here(id: u32) -> u32 {
        GATE.pass();
        id + 1
    }
    #[lru_cache(ttl = "60s", redis(key = "waits:{id}", tier = THERE))]
    fn there(id: u32) -> u32 {
        id + 2
    }
    static GATE: Gate = Gate::new();
    let server = Server::start();
    let mut client = server.client();
    let _here = install(&HERE, &server);
    let other = install(&THERE, &server);
    thread::scope(|scope| {
        let first = scope.spawn(|| here(10));
        GATE.wait_for(1);
        let second = scope.spawn(|| there::with_status(10));
        eventually("the other looks for it", || other.stats().shared_misses > 0);
        let begun = Instant::now();
        assert_eq!(here::cache_invalidate(10), Invalidation::Confirmed);
        assert_eq!(second.join().expect("no panic"), (12, CacheStatus::Miss));
        let took = begun.elapsed();
        report(format_args!("invalidated: who waited has computed after {took:.1?}"));
        assert!(took < 2 * SECOND, "{took:?}");
        GATE.open();
        assert_eq!(first.join().expect("no panic"), 11);
    });
    assert_eq!(text(&mut client, "waits:10"), Some("12".to_owned()));
    eventually("the newer one is what all have", || here::with_status(10).0 == 12);
}

/// As one that fails: nobody waits until the lease ends.
#[test]
fn waiters_compute_after_the_leader_is_dropped() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "dropped:{id}", tier = HERE))]
    async fn here(id: u32) -> u32 {
        GATE.pass_async().await;
        id + 1
    }
    #[lru_cache(ttl = "60s", redis(key = "dropped:{id}", tier = THERE))]
    async fn there(id: u32) -> u32 {
        yield_now().await;
        id + 2
    }
    static GATE: Gate = Gate::new();
    let server = Server::start();
    let mut client = server.client();
    let (_here, other) = (install(&HERE, &server), install(&THERE, &server));
    let runtime = two_workers();
    let first = runtime.spawn(here(10));
    GATE.wait_for(1);
    let second = runtime.spawn(there::with_status(10));
    eventually("the other looks for it", || other.stats().shared_misses > 0);
    let begun = Instant::now();
    first.abort();
    assert!(runtime.block_on(first).is_err());
    let (value, status) = runtime.block_on(second).expect("no panic");
    let took = begun.elapsed();
    report(format_args!("dropped: who waited has computed after {took:.1?}"));
    assert_eq!((value, status), (12, CacheStatus::Miss));
    assert!(took < 2 * SECOND, "{took:?}");
    assert_eq!(text(&mut client, "dropped:10"), Some("12".to_owned()));
}

#[test]
fn entries_leave_the_memory_of_both() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "memory:{id}", tier = HERE))]
    fn here(id: u32) -> u32 {
        id + 1000 * RUNS.next()
    }
    #[lru_cache(ttl = "60s", redis(key = "memory:{id}", tier = THERE))]
    fn there(id: u32) -> u32 {
        id + 1000 * RUNS.next()
    }
    static RUNS: Runs = Runs::new();
    let server = Server::start();
    let (one, other) = (install(&HERE, &server), install(&THERE, &server));
    let fill = || {
        for id in 0..50 {
            assert_eq!(here(id), there(id));
        }
    };
    fill();
    assert_eq!(RUNS.count(), 50);
    assert_eq!(here::cache_invalidate(7), Invalidation::Confirmed);
    eventually("an invalidation is seen", || !there::cache_contains(7));
    assert!(there::cache_contains(8));
    assert_eq!(there(7), 51_007);
    assert_eq!(here(7), 51_007);
    assert_eq!(there::cache_clear(), Invalidation::Confirmed);
    eventually("a clear is seen", || here::cache_info().currsize == 0);
    fill();
    assert_eq!(RUNS.count(), 101);

    here::cache_insert(9, 5);
    eventually("an insertion is seen", || there(9) == 5);
    let value = there::cache_refresh(9);
    assert_eq!(value, 102_009);
    eventually("a refreshed value is seen", || here(9) == value);
    assert_eq!(there(9), value);
    assert_smooth(one.stats());
    assert_smooth(other.stats());
}

/// However often: no answer is older than an invalidation that has ended.
#[test]
fn no_answer_is_older_than_an_invalidation_that_has_ended() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    static SOURCE: AtomicU32 = AtomicU32::new(0);
    #[lru_cache(ttl = "60s", redis(key = "over:{id}", tier = HERE))]
    async fn here(id: u32) -> u32 {
        read(id).await
    }
    #[lru_cache(ttl = "60s", redis(key = "over:{id}", tier = THERE))]
    async fn there(id: u32) -> u32 {
        read(id).await
    }
    /// Takes a while to say what it saw at the beginning.
    async fn read(_: u32) -> u32 {
        let value = SOURCE.load(Ordering::SeqCst);
        for _ in 0..fastrand::u32(..40) {
            yield_now().await;
        }
        value
    }
    const ROUNDS: u32 = 400;
    let server = Server::start();
    let (one, other) = (install(&HERE, &server), install(&THERE, &server));
    let least = AtomicU32::new(0);
    let ended = AtomicBool::new(false);
    in_threads(5, |number| {
        if number == 0 {
            for round in 1..=ROUNDS {
                SOURCE.store(round, Ordering::SeqCst);
                assert_eq!(block_on(here::cache_invalidate(1)), Invalidation::Confirmed);
                least.store(round, Ordering::SeqCst);
                thread::yield_now();
            }
            ended.store(true, Ordering::SeqCst);
            return;
        }
        while !ended.load(Ordering::SeqCst) {
            // Where it was invalidated nothing older is seen from then on.
            let bound = least.load(Ordering::SeqCst);
            if number < 3 {
                let seen = block_on(here(1));
                assert!(seen >= bound, "{seen} after {bound} was invalidated");
            } else {
                // Elsewhere as soon as it is told; that this ends well is seen below.
                block_on(there(1));
            }
        }
    });
    eventually("others have it, too", || block_on(there(1)) == ROUNDS);
    for _ in 0..100 {
        assert_eq!((block_on(here(1)), block_on(there(1))), (ROUNDS, ROUNDS));
    }
    assert_eq!(text(&mut server.client(), "over:1"), Some(ROUNDS.to_string()));
    for stats in [one.stats(), other.stats()] {
        assert_eq!((stats.errors, stats.undecodable), (0, 0), "{stats:?}");
    }
}
