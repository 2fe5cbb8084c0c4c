//! What is invalidated stays so: in Redis, in this process and in others, also if Redis is away.

use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use redis::{Commands, Connection};

use crate::common::flights::{Gate, at_once};
use crate::common::tasks::two_workers;
use crate::common::{Runs, SECOND, block_on, step_aside};
use crate::server::{Server, eventually, eventually_within};
use crate::{Installed, assert_smooth, at, install, patient, set, stored, text};

/// How long it may take until Redis is used again.
const RECOVERY: Duration = Duration::from_secs(2);

/// How much longer something may take where others are busy.
const LATE: Duration = Duration::from_secs(1);

/// Shown also where the test passes.
fn report(what: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "measured: {what}");
}

/// Where answers come from that are computed: another value makes an old answer visible.
struct Source(AtomicU32);

impl Source {
    const fn new() -> Self {
        Source(AtomicU32::new(1))
    }

    fn value(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    /// The same for all arguments.
    fn value_for(&self, _: u32) -> u32 {
        self.value()
    }

    fn set(&self, value: u32) {
        self.0.store(value, Ordering::SeqCst);
    }
}

/// Lets the tier connect as a user of its own, whom the test can keep out.
const USER: &str = "app";

fn let_in(client: &mut Connection) {
    let mut command = redis::cmd("ACL");
    command.arg("SETUSER").arg(USER).arg("on").arg(">hunter2").arg("~*").arg("+@all");
    let () = command.query(client).expect("ACL SETUSER");
}

fn url_of_user(server: &Server) -> String {
    format!("redis://{USER}:hunter2@127.0.0.1:{}", server.port())
}

#[test]
fn says_what_became_of_it() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "says:{id}", tier = TIER))]
    async fn says(id: u32) -> u32 {
        step_aside().await;
        id + 1000 * RUNS.next()
    }
    #[lru_cache(ttl = "60s", redis(key = "says_in_threads:{id}", tier = TIER))]
    fn says_in_threads(id: u32) -> u32 {
        id + 1000 * RUNS.next()
    }
    static RUNS: Runs = Runs::new();
    let server = Server::start();
    let mut client = server.client();
    assert_eq!(block_on(says::cache_invalidate(1)), Invalidation::Local);
    assert_eq!(says_in_threads::cache_invalidate(1), Invalidation::Local);
    assert_eq!(block_on(says::cache_clear()), Invalidation::Local);
    assert_eq!(says_in_threads::cache_clear(), Invalidation::Local);

    let tier = install(&TIER, &server);
    for _ in 0..3 {
        let before = block_on(says(1));
        assert_eq!(text(&mut client, "says:1"), Some(before.to_string()));
        assert_eq!(block_on(says::cache_invalidate(1)), Invalidation::Confirmed);
        assert_eq!(text(&mut client, "says:1"), None);
        assert!(!says::cache_contains(1));
        assert_ne!(block_on(says(1)), before);

        let before = says_in_threads(1);
        assert_eq!(says_in_threads::cache_invalidate(1), Invalidation::Confirmed);
        assert_eq!(text(&mut client, "says_in_threads:1"), None);
        assert_ne!(says_in_threads(1), before);
    }
    // What is in no memory of this process, too, and what is nowhere.
    set(&mut client, "says:2", "5");
    assert_eq!(block_on(says::cache_invalidate(2)), Invalidation::Confirmed);
    assert_eq!(block_on(says::cache_invalidate(2)), Invalidation::Confirmed);
    assert_eq!(text(&mut client, "says:2"), None);
    assert_eq!(block_on(says::with_status(2)).1, CacheStatus::Miss);

    assert_eq!(block_on(says::cache_clear()), Invalidation::Confirmed);
    assert_eq!(says_in_threads::cache_clear(), Invalidation::Confirmed);
    assert!(server.keys().is_empty());
    assert_smooth(tier.stats());
    drop(tier);
    assert_eq!(block_on(says::cache_invalidate(1)), Invalidation::Local);
}

/// What frees memory is done although there is none.
#[test]
fn is_done_by_a_server_that_is_full() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "full:{id}", tier = TIER))]
    fn full(id: u32) -> u32 {
        id
    }
    let server = Server::with(&["--maxmemory-policy", "noeviction"]);
    let mut client = server.client();
    let _tier = install(&TIER, &server);
    (0..20).for_each(|id| assert_eq!(full(id), id));
    let mut command = redis::cmd("CONFIG");
    let () = command.arg("SET").arg("maxmemory").arg(1).query(&mut client).expect("CONFIG SET");
    assert_eq!(full::cache_invalidate(1), Invalidation::Confirmed);
    assert_eq!(text(&mut client, "full:1"), None);
    assert_eq!(full::cache_clear(), Invalidation::Confirmed);
    assert!(server.keys().is_empty());
}

mod while_redis_is_away {
    use super::*;

    /// Functions of their own, for one test: what they computed first is invalidated.
    macro_rules! service {
        () => {{
            static TIER: Tier = Tier::new();
            static SOURCE: Source = Source::new();
            #[lru_cache(ttl = "60s", redis(key = "task:{id}", tier = TIER))]
            async fn task(id: u32) -> u32 {
                SOURCE.value_for(id)
            }
            #[lru_cache(ttl = "60s", redis(key = "thread:{id}", tier = TIER))]
            fn thread(id: u32) -> u32 {
                SOURCE.value_for(id)
            }
            // As another process has it.
            static OTHER: Tier = Tier::new();
            #[lru_cache(ttl = "60s", redis(key = "thread:{id}", tier = OTHER))]
            fn other(id: u32) -> u32 {
                SOURCE.value_for(id)
            }
            Service {
                tier: &TIER,
                other_tier: &OTHER,
                source: &SOURCE,
                task: |id| block_on(task(id)),
                thread,
                other,
                invalidate: |id| {
                    [block_on(task::cache_invalidate(id)), thread::cache_invalidate(id)]
                },
                clear: || [block_on(task::cache_clear()), thread::cache_clear()],
            }
        }};
    }

    #[derive(Clone, Copy)]
    struct Service {
        tier: &'static Tier,
        other_tier: &'static Tier,
        source: &'static Source,
        task: fn(u32) -> u32,
        thread: fn(u32) -> u32,
        other: fn(u32) -> u32,
        invalidate: fn(u32) -> [Invalidation; 2],
        clear: fn() -> [Invalidation; 2],
    }

    impl Service {
        /// From here on no call may return what was computed before.
        fn never_serves_the_old(self, ends: &AtomicBool) {
            while !ends.load(Ordering::Relaxed) {
                assert_eq!((self.task)(1), 2);
                assert_eq!((self.thread)(1), 2);
                // Also what is not in memory.
                assert_eq!((self.thread)(2), 2);
                thread::yield_now();
            }
        }

        /// Calls without end while something else goes on; until after that.
        fn calls_while(self, work: impl FnOnce()) {
            /// Lets them come to an end also if the test fails.
            struct AtEnd<'a>(&'a AtomicBool);
            impl Drop for AtEnd<'_> {
                fn drop(&mut self) {
                    self.0.store(true, Ordering::Relaxed);
                }
            }
            let ends = AtomicBool::new(false);
            thread::scope(|scope| {
                let calls = scope.spawn(|| self.never_serves_the_old(&ends));
                let at_end = AtEnd(&ends);
                work();
                drop(at_end);
                calls.join().expect("no old answer");
            });
        }
    }

    const QUEUED: [Invalidation; 2] = [Invalidation::Queued; 2];

    #[test]
    fn hung_and_going_on_with_the_old_value() {
        let service = service!();
        let server = Server::start();
        let mut client = server.client();
        let tier = Installed::new(service.tier, at(&server.url()).l1_ttl(SECOND / 10));
        let other = install(service.other_tier, &server);
        for key in ["task:1", "thread:1", "thread:2"] {
            set(&mut client, key, "1");
        }
        assert_eq!(((service.task)(1), (service.thread)(1), (service.other)(1)), (1, 1, 1));
        server.suspend();
        service.source.set(2);
        let begun = Instant::now();
        for id in [1, 2] {
            assert_eq!((service.invalidate)(id), QUEUED);
        }
        let took = begun.elapsed();
        report(format_args!("stopped: four invalidations are queued after {took:.1?}"));
        assert!(took < Duration::from_millis(200) + LATE, "{took:?}");
        assert_eq!(tier.stats().queued, 4);
        service.calls_while(|| {
            // For so long that the link is given up.
            let begun = Instant::now();
            eventually("it is away for a while", || begun.elapsed() > 2 * SECOND);
            server.resume();
            let took = eventually_within(RECOVERY, "the queue is done", || {
                let stats = tier.stats();
                stats.connected && stats.queued == 0
            });
            report(format_args!("going on: the queue is done after {took:.1?}"));
            let begun = Instant::now();
            eventually("a while later", || begun.elapsed() > SECOND / 2);
        });
        // The other process, too, and for good.
        eventually("it reaches others", || (service.other)(1) == 2);
        for key in ["task:1", "thread:1", "thread:2"] {
            stored(&mut client, key);
            assert_eq!(text(&mut client, key), Some("2".to_owned()), "{key}");
        }
        assert!(tier.stats().connections > 1);
        drop(other);
    }

    #[test]
    fn killed_and_back_with_the_old_value() {
        let service = service!();
        let mut server = Server::start();
        let mut client = server.client();
        let_in(&mut client);
        let tier = Installed::new(service.tier, at(&url_of_user(&server)).l1_ttl(SECOND / 10));
        for key in ["task:1", "thread:1", "thread:2"] {
            set(&mut client, key, "1");
        }
        assert_eq!(((service.task)(1), (service.thread)(1)), (1, 1));
        server.kill();
        service.source.set(2);
        for id in [1, 2] {
            assert_eq!((service.invalidate)(id), QUEUED);
        }
        assert_eq!(tier.stats().queued, 4);
        service.calls_while(|| {
            server.restart();
            let mut client = server.client();
            for key in ["task:1", "thread:1", "thread:2", "task:3"] {
                set(&mut client, key, "1");
            }
            assert_eq!(tier.stats().queued, 4);
            let_in(&mut client);
            let took = eventually_within(RECOVERY, "the queue is done", || {
                let stats = tier.stats();
                stats.connected && stats.queued == 0
            });
            report(format_args!("restarted: the queue is done after {took:.1?}"));
            let begun = Instant::now();
            eventually("a while later", || begun.elapsed() > SECOND / 2);
        });
        let mut client = server.client();
        for key in ["task:1", "thread:1", "thread:2"] {
            stored(&mut client, key);
            assert_eq!(text(&mut client, key), Some("2".to_owned()), "{key}");
        }
        assert_eq!(text(&mut client, "task:3"), Some("1".to_owned()), "it was not invalidated");
        assert!(tier.stats().connections > 1);
    }

    #[test]
    fn and_all_is_cleared() {
        let service = service!();
        let server = Server::start();
        let mut client = server.client();
        let tier = Installed::new(service.tier, at(&server.url()).l1_ttl(SECOND / 10));
        for key in ["task:1", "thread:1", "thread:2", "thread:77", "threads:1"] {
            set(&mut client, key, "1");
        }
        assert_eq!(((service.task)(1), (service.thread)(1)), (1, 1));
        server.suspend();
        service.source.set(2);
        let begun = Instant::now();
        assert_eq!((service.clear)(), QUEUED);
        let took = begun.elapsed();
        report(format_args!("stopped: two clears are queued after {took:.1?}"));
        assert!(took < 2 * SECOND + LATE, "{took:?}");
        assert_eq!(tier.stats().queued, 2);
        service.calls_while(|| {
            server.resume();
            eventually_within(RECOVERY, "the queue is done", || {
                let stats = tier.stats();
                stats.connected && stats.queued == 0
            });
            let begun = Instant::now();
            eventually("a while later", || begun.elapsed() > SECOND / 2);
        });
        assert_eq!(text(&mut client, "thread:77"), None);
        assert_eq!(text(&mut client, "threads:1"), Some("1".to_owned()));
    }

    #[test]
    fn each_key_waits_once() {
        let service = service!();
        let mut server = Server::start();
        let tier = install(service.tier, &server);
        (service.task)(1);
        server.kill();
        for _ in 0..10 {
            assert_eq!((service.invalidate)(1), QUEUED);
        }
        assert_eq!(tier.stats().queued, 2);
        assert_eq!((service.invalidate)(2), QUEUED);
        assert_eq!(tier.stats().queued, 4);
        // All keys of a function, its own among them.
        assert_eq!((service.clear)(), QUEUED);
        assert_eq!((service.invalidate)(3), QUEUED);
        assert_eq!(tier.stats().queued, 2);
        server.restart();
        eventually_within(RECOVERY, "the queue is done", || tier.stats().queued == 0);
    }

    /// Of more keys than are remembered, all of the function's go.
    #[test]
    fn and_more_is_invalidated_than_is_remembered() {
        const KEYS: u32 = 10_500;
        let service = service!();
        let mut server = Server::start();
        let_in(&mut server.client());
        let tier = Installed::new(service.tier, at(&url_of_user(&server)));
        (service.task)(1);
        (service.thread)(1);
        server.kill();
        eventually("it is known", || !tier.stats().connected);
        let begun = Instant::now();
        for id in 0..KEYS {
            assert_eq!((service.invalidate)(id), QUEUED);
        }
        let took = begun.elapsed();
        let queued = tier.stats().queued;
        report(format_args!("2 times {KEYS} invalidations took {took:.1?}, {queued} wait"));
        // Two functions with 10,000 keys each, at the very most.
        assert!(queued <= 20_000, "{queued}");
        server.restart();
        let mut client = server.client();
        let mut pipeline = redis::pipe();
        for id in 0..2 * KEYS {
            pipeline.set(format!("task:{id}"), 1).set(format!("thread:{id}"), 1);
        }
        for foreign in ["task", "tasks:1", "threads:1", "other"] {
            pipeline.set(foreign, 1);
        }
        let () = pipeline.query(&mut client).expect("SET");
        service.source.set(2);
        let_in(&mut client);
        let took = eventually_within(RECOVERY + 4 * SECOND, "the queue is done", || {
            let stats = tier.stats();
            stats.connected && stats.queued == 0
        });
        report(format_args!("they are removed after {took:.1?}"));
        for id in [0, 1, KEYS / 2, KEYS - 1] {
            assert_eq!(((service.task)(id), (service.thread)(id)), (2, 2), "{id}");
        }
        // At least one function had too many, and lost all its keys.
        let kept = [format!("task:{}", KEYS + 7), format!("thread:{}", KEYS + 7)];
        let kept = kept.iter().filter(|key| text(&mut client, key).is_some()).count();
        assert!(kept < 2);
        for foreign in ["task", "tasks:1", "threads:1", "other"] {
            assert_eq!(text(&mut client, foreign), Some("1".to_owned()), "{foreign}");
        }
    }

    /// What Redis refuses to do is not done, and what was there is not served.
    #[test]
    fn or_refuses() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "refused:{id}", tier = TIER))]
        fn refused(id: u32) -> u32 {
            id
        }
        let server = Server::start();
        let mut client = server.client();
        let rule = |client: &mut Connection, rule: &str| {
            let mut command = redis::cmd("ACL");
            let () = command.arg("SETUSER").arg(USER).arg(rule).query(client).expect("ACL");
        };
        for command in ["@scripting", "unlink"] {
            let_in(&mut client);
            let url = url_of_user(&server);
            let tier = Installed::new(&TIER, at(&url).timeout(5 * SECOND).l1_ttl(SECOND / 10));
            set(&mut client, "refused:1", "7");
            assert_eq!(refused(1), 7);
            rule(&mut client, &format!("-{command}"));
            assert_eq!(refused::cache_invalidate(1), Invalidation::Queued, "without {command}");
            let begun = Instant::now();
            while begun.elapsed() < SECOND {
                assert_eq!(refused(1), 1, "without {command}");
                thread::yield_now();
            }
            assert_eq!(tier.stats().queued, 1, "without {command}");
            rule(&mut client, &format!("+{command}"));
            eventually_within(RECOVERY, "it is done", || tier.stats().queued == 0);
            assert_eq!(refused(1), 1, "with {command} again");
        }
    }

    #[test]
    fn or_has_no_such_command() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "renamed:{id}", tier = TIER))]
        fn renamed(id: u32) -> u32 {
            id
        }
        let server = Server::with(&["--rename-command", "EVAL", ""]);
        let mut client = server.client();
        TIER.install(at(&server.url()).timeout(5 * SECOND).l1_ttl(SECOND / 10));
        eventually("it is noticed", || TIER.stats().errors > 0);
        set(&mut client, "renamed:1", "7");
        eventually("what is there is read", || renamed(1) == 7);
        assert_eq!(renamed::cache_invalidate(1), Invalidation::Queued);
        let begun = Instant::now();
        while begun.elapsed() < SECOND {
            assert_eq!(renamed(1), 1);
            thread::yield_now();
        }
        TIER.uninstall();
    }
}

/// The same function in two processes, as two functions with a tier each.
mod elsewhere {
    use super::*;

    type Change = fn(u32) -> Invalidation;

    #[test]
    fn drops_what_is_being_computed() {
        static HERE: Tier = Tier::new();
        static THERE: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "both:{id}", tier = HERE))]
        async fn here(id: u32) -> u32 {
            step_aside().await;
            id
        }
        #[lru_cache(ttl = "60s", redis(key = "both:{id}", tier = THERE))]
        async fn there(id: u32) -> u32 {
            let value = 1000 * RUNS.next() + id;
            if let Some(gate) = GATES.get(id as usize) {
                gate.pass_in_task().await;
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
            gate.holds(1);
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
    fn lets_those_compute_who_wait() {
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
            GATE.holds(1);
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
    fn computations_may_be_dropped() {
        static HERE: Tier = Tier::new();
        static THERE: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "dropped:{id}", tier = HERE))]
        async fn here(id: u32) -> u32 {
            GATE.pass_in_task().await;
            id + 1
        }
        #[lru_cache(ttl = "60s", redis(key = "dropped:{id}", tier = THERE))]
        async fn there(id: u32) -> u32 {
            step_aside().await;
            id + 2
        }
        static GATE: Gate = Gate::new();
        let server = Server::start();
        let mut client = server.client();
        let (_here, other) = (install(&HERE, &server), install(&THERE, &server));
        let runtime = two_workers();
        let first = runtime.spawn(here(10));
        GATE.holds(1);
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
    fn reaches_memory() {
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
    fn is_never_overtaken() {
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
                step_aside().await;
            }
            value
        }
        const ROUNDS: u32 = 400;
        let server = Server::start();
        let (one, other) = (install(&HERE, &server), install(&THERE, &server));
        let least = AtomicU32::new(0);
        let ended = AtomicBool::new(false);
        at_once(5, |number| {
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
}

mod clear {
    use super::*;

    #[test]
    fn touches_no_keys_but_its_own() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "foo:{id}", tier = TIER))]
        async fn foo(id: &str) -> u32 {
            at_gate(id).await
        }
        #[lru_cache(ttl = "60s", redis(key = "foobar:{id}", tier = TIER))]
        async fn foobar(id: &str) -> u32 {
            at_gate(id).await
        }
        #[lru_cache(ttl = "60s", redis(key = "foo:{a}:{b}", tier = TIER))]
        fn pair(a: &str, b: &str) -> usize {
            a.len() + b.len()
        }
        #[lru_cache(ttl = "60s", redis(key = "f*[o]?:{id}", tier = TIER))]
        fn glob(id: u32) -> u32 {
            id
        }
        async fn at_gate(id: &str) -> u32 {
            let value = RUNS.next();
            if id == "held" {
                GATE.pass_in_task().await;
            }
            value
        }
        static RUNS: Runs = Runs::new();
        static GATE: Gate = Gate::new();

        let server = Server::start();
        let mut client = server.client();
        let tier = install(&TIER, &server);
        for id in ["1", "b", "bar:1", "", "a:b", "*", "{x}", "é %"] {
            block_on(foo(id));
            block_on(foobar(id));
            pair(id, "2");
            pair("", id);
        }
        for id in 0..3 {
            glob(id);
        }
        let own: Vec<_> =
            ["1", "b", "bar%3A1", "", "a%3Ab", "%2A", "%7Bx%7D", "%C3%A9%20%25"].into();
        let own: Vec<_> = own.iter().map(|id| format!("foo:{id}")).collect();
        // Nothing that an argument becomes has such characters.
        let foreign = [
            "foo",
            "xfoo:1",
            "foo:a b",
            "foo:é",
            "foo:1:2:3",
            "foo:a/b",
            "foo;1",
            "Foo:1",
            "fo:1",
            "foo:{1}",
            "functools:lease:",
            "functools:lease:{bar:1}",
            "functools:",
            " foo:1",
        ];
        for key in foreign {
            set(&mut client, key, "7");
        }
        eventually("no lease is left", || {
            let keys = server.keys();
            keys.iter().filter(|key| key.starts_with("functools:")).count() == 3
        });
        let before = server.keys();
        assert!(own.iter().all(|key| before.contains(key)), "{before:?}");

        // Others compute meanwhile.
        let runtime = two_workers();
        let calls = [runtime.spawn(foobar("held")), runtime.spawn(foo("held"))];
        GATE.holds(2);
        assert_eq!(block_on(foo::cache_clear()), Invalidation::Confirmed);
        GATE.open();
        for call in calls {
            runtime.block_on(call).expect("no panic");
        }
        let mut expected: Vec<_> = before.into_iter().filter(|key| !own.contains(key)).collect();
        expected.push("foobar:held".to_owned());
        expected.sort_unstable();
        let mut after = Vec::new();
        let left = || {
            after = server.keys();
            after == expected
        };
        eventually("the other function's keys are what is left", left);
        assert_eq!(foo::cache_info().currsize, 0);
        assert_eq!(pair::cache_info().currsize, 16);
        assert_eq!(foobar::cache_info().currsize, 9);

        assert_eq!(glob::cache_clear(), Invalidation::Confirmed);
        expected.retain(|key| !key.starts_with("f*[o]?:"));
        assert_eq!(server.keys(), expected);
        assert_eq!(pair::cache_clear(), Invalidation::Confirmed);
        let pairs = |key: &String| {
            let rest = key.strip_prefix("foo:").unwrap_or("");
            rest.split(':').count() == 2 && !rest.contains(['{', ' ', '/'])
        };
        expected.retain(|key| !pairs(key));
        assert_eq!(server.keys(), expected);
        assert_smooth(tier.stats());
    }

    /// The server answers others while a hundred thousand keys are removed.
    #[test]
    fn does_not_block_the_server() {
        const KEYS: usize = 100_000;
        const ATTEMPTS: usize = 6;
        const LONG: Duration = Duration::from_millis(10);
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "big:{id}", tier = TIER))]
        async fn big(id: u32) -> u32 {
            step_aside().await;
            id
        }
        let server = Server::with(&["--slowlog-log-slower-than", "10000"]);
        let tier = install(&TIER, &server);
        block_on(big(1));
        let mut client = server.client();
        let mut longest = Vec::new();
        for _ in 0..ATTEMPTS {
            for names in ["big", "bigger", "other"] {
                for from in (0..KEYS).step_by(10_000) {
                    let mut pipeline = redis::pipe();
                    // Only one of them is the function's.
                    let keys = if names == "big" { from..from + 10_000 } else { from..from + 1000 };
                    for id in keys {
                        pipeline.set(format!("{names}:{id}"), 1).ignore();
                    }
                    let () = pipeline.query(&mut client).expect("SET");
                }
            }
            let count = |client: &mut Connection| -> usize {
                redis::cmd("DBSIZE").query(client).expect("DBSIZE")
            };
            assert_eq!(count(&mut client), KEYS + 20_000);

            let slow = |what: &str, client: &mut Connection| -> redis::Value {
                redis::cmd("SLOWLOG").arg(what).query(client).expect("SLOWLOG")
            };
            slow("RESET", &mut client);
            let mut pings = Vec::new();
            let (took, said) = thread::scope(|scope| {
                let clearing = scope.spawn(|| {
                    let begun = Instant::now();
                    let said = block_on(big::cache_clear());
                    (begun.elapsed(), said)
                });
                while !clearing.is_finished() || pings.len() < 10 {
                    let begun = Instant::now();
                    let () = redis::cmd("PING").exec(&mut client).expect("PING");
                    pings.push(begun.elapsed());
                    thread::sleep(Duration::from_micros(200));
                }
                clearing.join().expect("no panic")
            });
            if said == Invalidation::Queued {
                // Nothing came from the server for a second, as happens on a machine that stops.
                report(format_args!("the link was lost, and all is cleared later"));
                eventually("it is done", || tier.stats().connected && tier.stats().queued == 0);
            }
            assert_eq!(count(&mut client), 20_000);
            pings.sort_unstable();
            let at = |percent: usize| pings[(pings.len() - 1) * percent / 100];
            let worst = at(100);
            report(format_args!(
                "100,000 keys cleared in {took:.1?}; {} pings meanwhile: median {:.1?}, p95 {:.1?}, \
                 worst {worst:.1?}",
                pings.len(),
                at(50),
                at(95)
            ));
            assert!(at(90) < LONG, "{:?}", at(90));
            assert!(worst < 5 * SECOND, "{worst:?}");
            let slow = slow("LEN", &mut client);
            let is_calm =
                said == Invalidation::Confirmed && (worst < LONG || slow == redis::Value::Int(0));
            longest.push((worst, slow));
            if is_calm {
                return;
            }
        }
        // One that holds up the server does so each time, a busy machine does not.
        panic!("always more than {LONG:?}, and so many commands took longer: {longest:?}");
    }
}

mod other_writes {
    use super::*;

    #[test]
    fn an_insertion_reaches_redis() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "insert:{id}", tier = TIER))]
        async fn insert(id: u32) -> u32 {
            step_aside().await;
            id + 1000 * RUNS.next()
        }
        #[lru_cache(ttl = "60s", redis(key = "insert_in_threads:{id}", tier = TIER))]
        fn insert_in_threads(id: u32) -> Result<u32, String> {
            if id == 13 { Err("unlucky".to_owned()) } else { Ok(id) }
        }
        static RUNS: Runs = Runs::new();
        let server = Server::start();
        let mut client = server.client();
        let tier = install(&TIER, &server);
        assert_eq!(block_on(insert(1)), 1001);
        for value in 0..20 {
            insert::cache_insert(1, value);
            assert_eq!(insert::cache_peek(1), Some(value));
            assert_eq!(block_on(insert::with_status(1)), (value, CacheStatus::Hit));
        }
        eventually("the last is in Redis", || {
            text(&mut client, "insert:1") == Some("19".to_owned())
        });
        let ttl: i64 = client.ttl("insert:1").expect("TTL");
        assert!((50..=60).contains(&ttl), "{ttl}");
        assert_eq!(block_on(insert::with_status(1)), (19, CacheStatus::Hit));

        assert_eq!(insert_in_threads(1), Ok(1));
        insert_in_threads::cache_insert(13, Ok(5));
        insert_in_threads::cache_insert(14, Err("not stored".to_owned()));
        stored(&mut client, "insert_in_threads:13");
        assert_eq!(insert_in_threads(13), Ok(5));
        assert_eq!(text(&mut client, "insert_in_threads:13"), Some("5".to_owned()));
        assert_eq!(text(&mut client, "insert_in_threads:14"), None);
        assert_eq!(RUNS.count(), 1);
        assert_smooth(tier.stats());
    }

    /// What is computed is older.
    #[test]
    fn an_insertion_is_not_replaced_by_what_began_before() {
        static HERE: Tier = Tier::new();
        static THERE: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "newer:{id}", tier = HERE))]
        fn here(id: u32) -> u32 {
            id
        }
        #[lru_cache(ttl = "60s", redis(key = "newer:{id}", tier = THERE))]
        fn there(id: u32) -> u32 {
            GATE.pass();
            id + 1000
        }
        static GATE: Gate = Gate::new();
        let server = Server::start();
        let mut client = server.client();
        let (_here, _there) = (install(&HERE, &server), install(&THERE, &server));
        here(2);
        thread::scope(|scope| {
            let call = scope.spawn(|| there(1));
            GATE.holds(1);
            here::cache_insert(1, 7);
            eventually("it is in Redis", || text(&mut client, "newer:1") == Some("7".to_owned()));
            GATE.open();
            assert_eq!(call.join().expect("no panic"), 1001);
        });
        assert_eq!(text(&mut client, "newer:1"), Some("7".to_owned()));
        eventually("the newer one is what all have", || there(1) == 7);
        assert_eq!(here::with_status(1), (7, CacheStatus::Hit));
    }

    #[test]
    fn a_refresh_replaces_in_both() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "refresh:{id}", tier = TIER))]
        async fn refresh(id: u32) -> Result<u32, String> {
            step_aside().await;
            match SOURCE.value() {
                0 => Err("nothing".to_owned()),
                value => Ok(value + id),
            }
        }
        #[lru_cache(ttl = "60s", redis(key = "refresh_in_threads:{id}", tier = TIER))]
        fn refresh_in_threads(id: u32) -> u32 {
            SOURCE.value() + id
        }
        static SOURCE: Source = Source::new();
        let server = Server::start();
        let mut client = server.client();
        let tier = install(&TIER, &server);
        assert_eq!(block_on(refresh(10)), Ok(11));
        assert_eq!(refresh_in_threads(10), 11);
        for value in 2..10 {
            SOURCE.set(value);
            assert_eq!(block_on(refresh(10)), Ok(9 + value));
            assert_eq!(block_on(refresh::cache_refresh(10)), Ok(10 + value));
            assert_eq!(block_on(refresh::with_status(10)), (Ok(10 + value), CacheStatus::Hit));
            assert_eq!(text(&mut client, "refresh:10"), Some((10 + value).to_string()));
            let ttl: i64 = client.ttl("refresh:10").expect("TTL");
            assert!((50..=60).contains(&ttl), "{ttl}");

            assert_eq!(refresh_in_threads(10), 9 + value);
            assert_eq!(refresh_in_threads::cache_refresh(10), 10 + value);
            assert_eq!(refresh_in_threads(10), 10 + value);
            assert_eq!(text(&mut client, "refresh_in_threads:10"), Some((10 + value).to_string()));
        }
        // What cannot be stored leaves both.
        SOURCE.set(0);
        assert_eq!(block_on(refresh::cache_refresh(10)), Err("nothing".to_owned()));
        assert_eq!(block_on(refresh::with_status(10)), (Ok(19), CacheStatus::Hit));
        assert_eq!(text(&mut client, "refresh:10"), Some("19".to_owned()));
        eventually("no lease is left", || {
            server.keys().iter().all(|key| !key.starts_with("functools:"))
        });
        assert_smooth(tier.stats());
    }

    /// Also where memory has nothing of it any more: Redis does in order what this process asks for.
    #[test]
    fn an_insertion_is_not_overtaken_by_what_comes_after() {
        static TIER: Tier = Tier::new();
        #[lru_cache(maxsize = 1, ttl = "60s", redis(key = "ordered:{id}", tier = TIER))]
        fn ordered(id: u32) -> u32 {
            NEXT.next() + 1_000_000 * id
        }
        static NEXT: Runs = Runs::new();
        let server = Server::start();
        let mut client = server.client();
        let tier = install(&TIER, &server);
        for value in 0..500 {
            ordered::cache_insert(0, value);
            ordered::cache_insert(9, value);
            assert_eq!(ordered(0), value);
            ordered::cache_insert(1, value);
            let refreshed = ordered::cache_refresh(1);
            assert!(refreshed > 1_000_000, "{refreshed}");
            assert_eq!(text(&mut client, "ordered:1"), Some(refreshed.to_string()));
            ordered::cache_insert(2, value);
            assert_eq!(ordered::cache_invalidate(2), Invalidation::Confirmed);
            assert_eq!(text(&mut client, "ordered:2"), None);
            ordered::cache_insert(3, value);
            assert_eq!(ordered::cache_clear(), Invalidation::Confirmed);
            assert_eq!(text(&mut client, "ordered:3"), None);
        }
        assert_smooth(tier.stats());
    }

    /// Even if memory is made to forget it before it is there.
    #[test]
    fn an_insertion_reaches_redis_whatever_memory_forgets() {
        #[derive(Clone, PartialEq, Eq, Hash)]
        struct Id(u32);

        impl fmt::Display for Id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // The key is written when the insertion has begun.
                if FORGETS.swap(false, Ordering::SeqCst) {
                    assert_eq!(forgotten::cache_clear(), Invalidation::Confirmed);
                }
                self.0.fmt(f)
            }
        }

        static TIER: Tier = Tier::new();
        static FORGETS: AtomicBool = AtomicBool::new(false);
        static NEXT: Runs = Runs::new();
        #[lru_cache(ttl = "60s", redis(key = "forgotten:{id}", tier = TIER))]
        fn forgotten(id: Id) -> u32 {
            NEXT.next() + 1000 * id.0
        }
        let server = Server::start();
        let mut client = server.client();
        let tier = install(&TIER, &server);
        assert_eq!(forgotten(Id(2)), 2001);

        FORGETS.store(true, Ordering::SeqCst);
        forgotten::cache_insert(Id(1), 7);
        assert!(!FORGETS.load(Ordering::SeqCst), "it was made to forget");
        assert_eq!(forgotten(Id(1)), 7);
        assert_eq!(text(&mut client, "forgotten:1"), Some("7".to_owned()));

        FORGETS.store(true, Ordering::SeqCst);
        assert_eq!(forgotten::cache_refresh(Id(1)), 1002);
        assert!(!FORGETS.load(Ordering::SeqCst), "it was made to forget");
        assert_eq!(text(&mut client, "forgotten:1"), Some("1002".to_owned()));
        assert_eq!(forgotten(Id(1)), 1002);
        assert_smooth(tier.stats());
    }

    /// Nor by tasks, which read by a connection of their own.
    #[test]
    fn an_insertion_is_not_overtaken_by_tasks() {
        static TIER: Tier = Tier::new();
        #[lru_cache(maxsize = 1, ttl = "60s", redis(key = "near:{id}", tier = TIER))]
        async fn near(id: u32) -> u32 {
            id
        }
        let server = Server::start();
        let mut client = server.client();
        // With I/O, which the connection of its tasks needs.
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().build().expect("a runtime");
        let redis = {
            let _runtime = runtime.enter();
            patient(&server).on_tokio()
        };
        let tier = Installed::new(&TIER, redis);
        set(&mut client, "near:1", "5");
        assert_eq!(runtime.block_on(near(0)), 0);
        eventually("tasks have a connection of their own", || {
            let clients: String =
                redis::cmd("CLIENT").arg("LIST").query(&mut client).expect("LIST");
            clients.lines().count() == 3
        });
        // For a while Redis answers who reads, and does not write.
        let pause = |client: &mut Connection| {
            let mut command = redis::cmd("CLIENT");
            let () = command.arg("PAUSE").arg(60_000).arg("WRITE").query(client).expect("PAUSE");
        };
        pause(&mut client);
        near::cache_insert(1, 7);
        near::cache_insert(2, 8);
        assert_eq!(near::cache_peek(1), None, "memory has no room for it");
        let call = runtime.spawn(near(1));
        let mut reads = 0;
        while !call.is_finished() && reads < 30 {
            reads += 1;
            let () = redis::cmd("PING").query(&mut client).expect("PING");
        }
        let () = redis::cmd("CLIENT").arg("UNPAUSE").query(&mut client).expect("UNPAUSE");
        assert_eq!(runtime.block_on(call).expect("no panic"), 7);
        assert_eq!(text(&mut client, "near:1"), Some("7".to_owned()));
        assert_smooth(tier.stats());
    }

    /// Priming is what it is for.
    #[test]
    fn an_insertion_may_be_the_first_use() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "primed:{id}", tier = TIER))]
        fn primed(id: u32) -> u32 {
            id
        }
        let server = Server::start();
        let mut client = server.client();
        let _tier = install(&TIER, &server);
        primed::cache_insert(1, 7);
        assert_eq!(primed(1), 7);
        stored(&mut client, "primed:1");
        assert_eq!(text(&mut client, "primed:1"), Some("7".to_owned()));
        assert_eq!(primed(1), 7);
    }

    #[test]
    fn a_refresh_may_be_the_first_use() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "at_first:{id}", tier = TIER))]
        fn at_first(id: u32) -> u32 {
            id
        }
        let server = Server::start();
        let mut client = server.client();
        let _tier = install(&TIER, &server);
        set(&mut client, "at_first:1", "7");
        assert_eq!(at_first::cache_refresh(1), 1);
        assert_eq!(text(&mut client, "at_first:1"), Some("1".to_owned()));
        assert_eq!(at_first(1), 1);
    }

    /// An insertion that Redis may not have heard of leaves nothing older there.
    #[test]
    fn an_insertion_survives_an_outage() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "outage:{id}", tier = TIER))]
        fn outage(id: u32) -> u32 {
            id
        }
        let server = Server::start();
        let mut client = server.client();
        let tier = Installed::new(&TIER, at(&server.url()).timeout(5 * SECOND).l1_ttl(SECOND / 10));
        set(&mut client, "outage:1", "7");
        assert_eq!(outage(1), 7);
        server.suspend();
        eventually("it is known", || !tier.stats().connected);
        outage::cache_insert(1, 8);
        assert_eq!(outage(1), 8);
        server.resume();
        eventually("it is connected", || tier.stats().connected);
        // Kept nowhere for good, the insertion may be lost, but what it replaced does not come back.
        let begun = Instant::now();
        while begun.elapsed() < SECOND {
            assert_ne!(outage(1), 7, "what was replaced is served again");
            thread::yield_now();
        }
    }
}

/// Functions of one process with the same keys hear of each other, as two processes do.
mod of_functions_with_the_same_keys {
    use super::*;

    #[test]
    fn a_clear_reaches_both() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "both:{n}", tier = TIER))]
        fn one(n: u32) -> u32 {
            n
        }
        #[lru_cache(ttl = "60s", redis(key = "both:{id}", tier = TIER))]
        fn other(id: u32) -> u32 {
            id
        }
        let server = Server::start();
        let _tier = install(&TIER, &server);
        for n in 0..10 {
            assert_eq!((one(n), other(n)), (n, n));
        }
        assert_eq!(one::cache_clear(), Invalidation::Confirmed);
        for n in 0..10 {
            assert!(!one::cache_contains(n) && !other::cache_contains(n), "{n}");
        }
    }
}

/// What is in memory alone, since JSON does not give it back, is reached, too.
#[test]
fn reaches_what_is_not_shared() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "nan:{n}", tier = HERE, l1_ttl = "60s"))]
    fn here(n: u32) -> (u32, f64) {
        (n, f64::NAN)
    }
    #[lru_cache(ttl = "60s", redis(key = "nan:{n}", tier = THERE))]
    fn there(n: u32) -> (u32, f64) {
        (n, f64::NAN)
    }
    let server = Server::start();
    let (_here, _there) = (install(&HERE, &server), install(&THERE, &server));
    here(1);
    here(2);
    assert!(here::cache_contains(1) && here::cache_contains(2));
    assert_eq!(there::cache_invalidate(1), Invalidation::Confirmed);
    eventually("memory lets go of it", || !here::cache_contains(1));
    assert!(here::cache_contains(2));
    assert_eq!(there::cache_clear(), Invalidation::Confirmed);
    eventually("memory lets go of all", || !here::cache_contains(2));
}
