//! What is invalidated while Redis is away, hung or refuses: it is queued, the old value is not
//! served, and the queue is done when Redis is back. Section 8 of the contract.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use functools::lru_cache;
use functools::redis::{Invalidation, Tier};
use redis::Connection;

use super::{LATE, RECOVERY, Source, USER, let_in, report, url_of_user};
use crate::common::{SECOND, block_on};
use crate::server::{Server, eventually, eventually_within};
use crate::{Installed, at, install, set, stored, text};

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
            invalidate: |id| [block_on(task::cache_invalidate(id)), thread::cache_invalidate(id)],
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
fn removal_queued_for_a_hung_server_is_done_when_it_goes_on() {
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
fn removal_queued_for_a_killed_server_is_done_when_it_is_back() {
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
fn clear_queued_for_a_hung_server_is_done_when_it_goes_on() {
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
fn each_key_is_queued_once() {
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
fn function_with_too_many_queued_keys_is_cleared() {
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
fn refused_removal_stays_queued_and_its_value_is_not_served() {
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
fn server_without_eval_serves_no_removed_value() {
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
