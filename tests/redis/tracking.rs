//! What others change reaches memory by itself, and how old an answer can be if it does not.

use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use redis::{Commands, Connection};
use serde::{Deserialize, Deserializer, Serialize};

use crate::common::flights::Gate;
use crate::common::{Runs, SECOND, block_on};
use crate::server::{Server, eventually};
use crate::wire::Wire;
use crate::{Installed, assert_smooth, at, install, set, stored, text};

/// How long a link may be dead before memory is trusted less.
const UNNOTICED: Duration = Duration::from_secs(2);

/// How much later a thread may get its turn on a busy machine.
const LATE: Duration = Duration::from_secs(1);

/// Shown also where the test passes.
fn report(what: &str, measured: Duration) {
    let _ = writeln!(io::stderr(), "measured: {what}: {measured:.1?}");
}

mod others {
    use super::*;

    /// What becomes of a result in memory when another client does this to it.
    #[test]
    fn change_and_memory_lets_go() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "one:{id}", tier = TIER))]
        fn one(id: u32) -> u32 {
            id + 1000 * RUNS.next()
        }
        static RUNS: Runs = Runs::new();
        let server = Server::start();
        let tier = install(&TIER, &server);
        let mut client = server.client();

        let mut told = 0;
        for (change, comes_from) in [
            ("SET one:1 5 EX 60", CacheStatus::Shared),
            ("DEL one:1", CacheStatus::Miss),
            ("EXPIRE one:1 30", CacheStatus::Shared),
            ("EXPIRE one:1 -1", CacheStatus::Miss),
            ("UNLINK one:1", CacheStatus::Miss),
            ("GETDEL one:1", CacheStatus::Miss),
            ("SET one:1 7 KEEPTTL", CacheStatus::Shared),
            ("INCR one:1", CacheStatus::Shared),
            ("APPEND one:1 0", CacheStatus::Shared),
            ("SETRANGE one:1 0 9", CacheStatus::Shared),
            ("RENAME one:1 away", CacheStatus::Miss),
            ("COPY away one:1 REPLACE", CacheStatus::Shared),
            ("MOVE one:1 1", CacheStatus::Miss),
            ("FLUSHDB", CacheStatus::Miss),
            ("FLUSHALL", CacheStatus::Miss),
        ] {
            one(1);
            stored(&mut client, "one:1");
            assert!(one::cache_contains(1), "before {change}");
            let mut words = change.split(' ');
            let mut command = redis::cmd(words.next().expect("a command"));
            for word in words {
                command.arg(word);
            }
            let () = command.query::<redis::Value>(&mut client).map(drop).expect(change);
            eventually(change, || !one::cache_contains(1));
            let runs = RUNS.count();
            assert_eq!(one::with_status(1).1, comes_from, "after {change}");
            assert_eq!(RUNS.count() - runs, u32::from(comes_from == CacheStatus::Miss));
            if !change.starts_with("FLUSH") {
                assert!(tier.stats().invalidations > told, "{change} is counted");
            }
            told = tier.stats().invalidations;
        }
        assert_smooth(tier.stats());
    }

    #[test]
    fn are_seen_within_milliseconds() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "fast:{id}", tier = TIER))]
        fn fast(id: u32) -> u32 {
            id
        }
        let server = Server::start();
        let _tier = install(&TIER, &server);
        let mut client = server.client();
        let mut took: Vec<_> = (0..100)
            .map(|id| {
                fast(id);
                stored(&mut client, &format!("fast:{id}"));
                set(&mut client, &format!("fast:{id}"), "7");
                let begun = Instant::now();
                eventually("it is seen", || !fast::cache_contains(id));
                assert_eq!(fast(id), 7);
                begun.elapsed()
            })
            .collect();
        took.sort_unstable();
        report("another's SET until the new value is served, median of 100", took[50]);
        report("the same, the longest", took[99]);
        assert!(took[50] < Duration::from_millis(250), "{took:?}");
    }

    #[test]
    fn may_change_a_thousand_at_once() {
        static TIER: Tier = Tier::new();
        #[lru_cache(maxsize = 4096, ttl = "60s", redis(key = "many:{id}", tier = TIER))]
        fn many(id: u32) -> u32 {
            id
        }
        let server = Server::start();
        let tier = install(&TIER, &server);
        let mut client = server.client();
        for id in 0..1000 {
            many(id);
        }
        let in_redis = |client: &mut Connection| redis::cmd("DBSIZE").query(client) == Ok(1000);
        eventually("all are stored, and no lease is left", || in_redis(&mut client));
        assert_eq!(many::cache_info().currsize, 1000);

        let pairs: Vec<_> = (0..1000).map(|id| (format!("many:{id}"), id + 5)).collect();
        let () = client.mset(&pairs).expect("MSET");
        eventually("MSET empties memory", || many::cache_info().currsize == 0);
        assert!(tier.stats().invalidations >= 1000);

        for id in 0..1000 {
            set(&mut client, &format!("many:{id}"), &(id + 7).to_string());
            assert_eq!(many(id), id + 7);
        }
        let () = client.flushall().expect("FLUSHALL");
        eventually("FLUSHALL empties memory", || many::cache_info().currsize == 0);
        assert_eq!(many::with_status(999), (999, CacheStatus::Miss));
        assert_smooth(tier.stats());
    }

    #[test]
    fn may_give_it_a_shorter_life() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "brief:{id}", tier = TIER))]
        fn brief(id: u32) -> String {
            format!("computed {id}")
        }
        const LIFE: Duration = Duration::from_millis(400);
        let server = Server::start();
        let tier = install(&TIER, &server);
        let mut client = server.client();

        let begun = Instant::now();
        let () = client.pset_ex("brief:1", "\"theirs\"", 400).expect("SET");
        let mut answer = brief::with_status(1);
        assert_eq!(answer, ("theirs".to_owned(), CacheStatus::Shared));
        eventually("it expires", || {
            answer = brief::with_status(1);
            // In its last millisecond it may be read once more.
            answer.1 == CacheStatus::Miss
        });
        let lived = begun.elapsed();
        report("a value that expires after 400 ms is served for", lived);
        assert_eq!(answer, ("computed 1".to_owned(), CacheStatus::Miss));
        assert!(LIFE <= lived + Duration::from_millis(1) && lived < LIFE + LATE, "{lived:?}");
        assert_smooth(tier.stats());
    }

    /// Under the prefix that is watched, whatever it is called.
    #[test]
    fn have_keys_that_are_none_of_ours() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "odd:{text}", tier = TIER))]
        fn odd(text: &str) -> usize {
            text.len()
        }
        let server = Server::start();
        let tier = install(&TIER, &server);
        let mut client = server.client();
        assert_eq!(odd::with_status("a").1, CacheStatus::Miss);
        stored(&mut client, "odd:a");

        let long = [b"odd:".to_vec(), vec![b'x'; 100_000]].concat();
        let keys: [&[u8]; 8] = [
            b"odd:",
            b"odd:a\nb",
            b"odd:\r\n$-1\r\n",
            b"odd:\xff\xfe",
            b"odd:%",
            b"odd:%zz",
            b"odd:\0",
            &long,
        ];
        for key in keys {
            let () = client.set_ex(key, "9", 60).expect("SET");
            let () = client.del(key).expect("DEL");
        }
        // What comes after them has the last word.
        set(&mut client, "odd:a", "9");
        eventually("the last change is seen", || !odd::cache_contains("a"));
        assert_eq!(odd::with_status("a"), (9, CacheStatus::Shared));
        assert_smooth(tier.stats());
    }
}

/// Whatever one writes itself does not take away what it has in memory.
#[test]
fn own_results_stay_in_memory() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 512, ttl = "60s", redis(key = "own:{id}", tier = TIER))]
    fn own(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let tier = install(&TIER, &server);
    for id in 0..300 {
        assert_eq!(own::with_status(id), (id, CacheStatus::Miss));
    }
    stored(&mut server.client(), "own:299");
    // Tracking tells in the order of writes: what came before this has been told.
    set(&mut server.client(), "own:last", "1");
    eventually("the change is told", || tier.stats().invalidations > 0);
    for id in 0..300 {
        assert_eq!(own::with_status(id), (id, CacheStatus::Hit));
    }
    assert_eq!((tier.stats().stores, tier.stats().invalidations), (300, 1));
    assert_smooth(tier.stats());
}

mod prefixes {
    use super::*;

    #[test]
    fn that_begin_alike_are_told_apart() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "foo:{id}", tier = TIER))]
        fn foo(id: u32) -> String {
            format!("foo {id}")
        }
        #[lru_cache(ttl = "60s", redis(key = "foobar:{id}", tier = TIER))]
        fn foobar(id: u32) -> String {
            format!("foobar {id}")
        }
        let server = Server::start();
        let tier = install(&TIER, &server);
        let mut client = server.client();
        let fill = |client: &mut Connection| {
            assert_eq!((foo(1), foobar(1)), ("foo 1".to_owned(), "foobar 1".to_owned()));
            stored(client, "foo:1");
            stored(client, "foobar:1");
        };
        fill(&mut client);

        let () = client.del("foo:1").expect("DEL");
        eventually("foo:1 is gone", || !foo::cache_contains(1));
        assert_eq!(foobar::with_status(1).1, CacheStatus::Hit);
        fill(&mut client);

        set(&mut client, "foobar:1", "\"new\"");
        eventually("foobar:1 is gone", || !foobar::cache_contains(1));
        assert_eq!(foo::with_status(1).1, CacheStatus::Hit);
        assert_eq!(foobar::with_status(1), ("new".to_owned(), CacheStatus::Shared));

        assert_eq!(foo::cache_clear(), Invalidation::Confirmed);
        eventually("foo:1 is cleared", || text(&mut client, "foo:1").is_none());
        assert_eq!(text(&mut client, "foobar:1").as_deref(), Some("\"new\""));
        assert_eq!(foobar::with_status(1).1, CacheStatus::Hit);
        assert_smooth(tier.stats());
    }

    /// Redis refuses to track a prefix of a tracked prefix.
    #[test]
    fn may_be_one_the_beginning_of_the_other() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "nest:{name}", tier = TIER))]
        fn outer(name: &str) -> String {
            format!("outer {name}")
        }
        #[lru_cache(ttl = "60s", redis(key = "nest:inner:{name}", tier = TIER))]
        fn inner(name: &str) -> String {
            format!("inner {name}")
        }
        let server = Server::start();
        let tier = install(&TIER, &server);
        let mut client = server.client();
        // The one that is called first is known first.
        for first_outer in [true, false] {
            if first_outer {
                outer("a");
            }
            inner("a");
            outer("a");
            stored(&mut client, "nest:a");
            stored(&mut client, "nest:inner:a");
            set(&mut client, "nest:inner:a", "\"new\"");
            eventually("inner is gone", || !inner::cache_contains("a"));
            assert_eq!(outer::with_status("a").1, CacheStatus::Hit);
            assert_eq!(inner::with_status("a"), ("new".to_owned(), CacheStatus::Shared));
            set(&mut client, "nest:a", "\"new\"");
            eventually("outer is gone", || !outer::cache_contains("a"));
            assert_eq!(inner::with_status("a").1, CacheStatus::Hit);
            assert_eq!(outer::with_status("a"), ("new".to_owned(), CacheStatus::Shared));
            let () = client.flushall().expect("FLUSHALL");
            eventually("FLUSHALL is seen", || {
                !inner::cache_contains("a") && !outer::cache_contains("a")
            });
        }

        // `nest:inner:a` is no key of `outer`, whose argument would be escaped.
        outer("a");
        outer("inner:a");
        inner("a");
        stored(&mut client, "nest:a");
        stored(&mut client, "nest:inner%3Aa");
        stored(&mut client, "nest:inner:a");
        assert_eq!(outer::cache_clear(), Invalidation::Confirmed);
        eventually("outer's are cleared", || {
            text(&mut client, "nest:a").is_none() && text(&mut client, "nest:inner%3Aa").is_none()
        });
        assert_eq!(text(&mut client, "nest:inner:a").as_deref(), Some("\"inner a\""));
        assert_smooth(tier.stats());
    }

    #[test]
    fn may_be_the_same() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "same:{id}", tier = TIER))]
        fn read(id: u32) -> u32 {
            id
        }
        #[lru_cache(ttl = "60s", redis(key = "same:{number}", tier = TIER))]
        fn read_elsewhere(number: u32) -> u32 {
            number
        }
        let server = Server::start();
        let tier = install(&TIER, &server);
        let mut client = server.client();
        assert_eq!(read::with_status(1).1, CacheStatus::Miss);
        stored(&mut client, "same:1");
        assert_eq!(read_elsewhere::with_status(1).1, CacheStatus::Shared);
        set(&mut client, "same:1", "5");
        eventually("both let go", || {
            !read::cache_contains(1) && !read_elsewhere::cache_contains(1)
        });
        assert_eq!((read(1), read_elsewhere(1)), (5, 5));
        assert_smooth(tier.stats());
    }
}

mod dead_links {
    use super::*;

    /// Calls until there is another answer than the old one, which must be in time.
    fn until_not(old: u32, bound: Duration, what: &str, mut call: impl FnMut() -> u32) -> u32 {
        let begun = Instant::now();
        let mut last = None;
        eventually("the old answer is given up", || {
            last = Some(call());
            last != Some(old)
        });
        let stale = begun.elapsed();
        report(what, stale);
        assert!(stale <= bound + LATE, "{what}: {stale:?}, at most {bound:?}");
        last.expect("it has been called")
    }

    #[test]
    fn of_a_server_that_is_silent() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "silent:{id}", tier = TIER, l1_ttl = "1s"))]
        fn silent(id: u32) -> u32 {
            id + 1000 * RUNS.next()
        }
        static RUNS: Runs = Runs::new();
        let server = Server::start();
        // As patient with a call as a service is.
        let tier = Installed::new(&TIER, at(&server.url()));
        let old = silent(1);
        stored(&mut server.client(), "silent:1");
        server.suspend();
        until_not(old, UNNOTICED + SECOND, "stale after SIGSTOP, l1_ttl 1 s", || silent(1));
        assert!(!tier.stats().connected, "{:?}", tier.stats());

        server.resume();
        set(&mut server.client(), "silent:1", "7");
        eventually("it is served from Redis again", || silent(1) == 7);
        assert!(tier.stats().connected);
        assert!(tier.stats().connections >= 2, "{:?}", tier.stats());
    }

    /// The worst case: others go on writing, and nothing of it arrives.
    #[test]
    fn of_a_network_that_is_silent() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "cut:{id}", tier = TIER))]
        async fn cut(id: u32) -> u32 {
            id + 1000 * RUNS.next()
        }
        static RUNS: Runs = Runs::new();
        let server = Server::start();
        let wire = Wire::to(server.port());
        let redis = at(&wire.url()).l1_ttl(Duration::from_millis(500));
        let tier = Installed::new(&TIER, redis);
        let mut client = server.client();
        for round in 1..=2 {
            eventually("it is connected", || tier.stats().connected);
            let old = block_on(cut(round));
            stored(&mut client, &format!("cut:{round}"));
            wire.hold();
            set(&mut client, &format!("cut:{round}"), "7");
            let bound = UNNOTICED + Duration::from_millis(500);
            let what = "stale after the network went silent, l1_ttl 0.5 s";
            until_not(old, bound, what, || block_on(cut(round)));

            // What was computed meanwhile gives way to what others stored.
            wire.release();
            eventually("the new value is served", || block_on(cut(round)) == 7);
        }
    }

    #[test]
    fn of_a_server_that_is_killed_and_comes_back() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "killed:{id}", tier = TIER, l1_ttl = "1s"))]
        fn killed(id: u32) -> u32 {
            id + 1000 * RUNS.next()
        }
        static RUNS: Runs = Runs::new();
        let mut server = Server::start();
        let tier = Installed::new(&TIER, at(&server.url()));
        let old = killed(1);
        stored(&mut server.client(), "killed:1");

        // While it is away memory serves, but not for longer than `l1_ttl`.
        server.kill();
        let bound = UNNOTICED + SECOND;
        let what = "stale after SIGKILL, l1_ttl 1 s";
        let meanwhile = until_not(old, bound, what, || killed(1));
        assert_eq!(meanwhile, 1 + 1000 * RUNS.count());

        // When it is back memory starts afresh.
        server.restart();
        set(&mut server.client(), "killed:1", "7");
        eventually("it is connected again", || tier.stats().connections == 2);
        let bound = UNNOTICED + SECOND;
        let what = "stale after the restart, l1_ttl 1 s";
        until_not(meanwhile, bound, what, || killed(1));
        eventually("the new value is served", || killed::with_status(1) == (7, CacheStatus::Hit));
        assert!(tier.stats().connected);

        // Tracking works as before.
        set(&mut server.client(), "killed:1", "8");
        eventually("the change is seen", || killed(1) == 8);
    }

    /// In the time in which nobody could be told.
    #[test]
    fn of_a_server_that_is_replaced_at_once() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "replaced:{id}", tier = TIER, l1_ttl = "60s"))]
        fn replaced(id: u32) -> u32 {
            id + 1000 * RUNS.next()
        }
        static RUNS: Runs = Runs::new();
        let mut server = Server::start();
        let tier = Installed::new(&TIER, at(&server.url()));
        let old = replaced(1);
        server.restart();
        set(&mut server.client(), "replaced:1", "7");
        eventually("it is connected again", || tier.stats().connections == 2);
        eventually("the old answer is given up", || replaced(1) != old);
        eventually("the new value is served", || replaced(1) == 7);
    }
}

mod meanwhile {
    use super::*;

    static TIER: Tier = Tier::new();
    static ELSEWHERE: Tier = Tier::new();

    /// As the same function in another process.
    mod elsewhere {
        use super::*;

        #[lru_cache(ttl = "60s", redis(key = "held:{id}", tier = ELSEWHERE))]
        pub(super) fn held(id: usize) -> u32 {
            u32::try_from(id).expect("small")
        }
    }

    type Act = fn(usize, &mut Connection);

    /// What is done while a body runs, and what is in Redis then.
    const ACTS: [(&str, Act, Option<&str>); 9] = [
        ("another client's SET", |id, client| set(client, &format!("held:{id}"), "7"), Some("7")),
        (
            "another client's SET and DEL",
            |id, client| {
                set(client, &format!("held:{id}"), "7");
                let () = client.del(format!("held:{id}")).expect("DEL");
            },
            None,
        ),
        (
            "another client's SET that is expired at once",
            |id, client| {
                set(client, &format!("held:{id}"), "7");
                let () = client.pexpire(format!("held:{id}"), -1).expect("PEXPIRE");
            },
            None,
        ),
        ("FLUSHALL", |_, client| client.flushall().expect("FLUSHALL"), None),
        ("FLUSHDB", |_, client| client.flushdb().expect("FLUSHDB"), None),
        (
            "cache_invalidate",
            |id, _| assert_eq!(held::cache_invalidate(id), Invalidation::Confirmed),
            None,
        ),
        (
            "cache_invalidate in another process",
            |id, _| assert_eq!(elsewhere::held::cache_invalidate(id), Invalidation::Confirmed),
            None,
        ),
        ("cache_clear", |_, _| assert_eq!(held::cache_clear(), Invalidation::Confirmed), None),
        (
            "cache_clear in another process",
            |_, _| assert_eq!(elsewhere::held::cache_clear(), Invalidation::Confirmed),
            None,
        ),
    ];

    static GATES: [Gate; ACTS.len()] = [const { Gate::new() }; ACTS.len()];
    static RUNS: Runs = Runs::new();

    #[lru_cache(ttl = "60s", redis(key = "held:{id}", tier = TIER))]
    fn held(id: usize) -> u32 {
        let run = RUNS.next();
        if let Some(gate) = GATES.get(id) {
            gate.pass();
        }
        1000 + run
    }

    /// What comes last of all that is told.
    #[lru_cache(ttl = "60s", redis(key = "mark:{id}", tier = TIER))]
    fn mark(id: usize) -> usize {
        id
    }

    #[test]
    fn a_result_that_was_overtaken_is_stored_nowhere() {
        let server = Server::start();
        let (tier, _elsewhere) = (install(&TIER, &server), install(&ELSEWHERE, &server));
        let mut client = server.client();
        for (id, (what, act, left)) in ACTS.into_iter().enumerate() {
            let key = format!("held:{id}");
            mark(id);
            stored(&mut client, &format!("mark:{id}"));
            let run = thread::scope(|scope| {
                let computing = scope.spawn(|| held(id));
                GATES[id].holds(1);
                act(id, &mut client);
                set(&mut client, &format!("mark:{id}"), "0");
                eventually("the change is told", || !mark::cache_contains(id));
                GATES[id].open();
                computing.join().expect("no panic")
            });
            assert_eq!(run, 1000 + RUNS.count(), "its own caller gets what it computed");

            // Whatever it would have stored is there before a later result.
            let later = 100 + id;
            held(later);
            stored(&mut client, &format!("held:{later}"));
            assert_eq!(text(&mut client, &key).as_deref(), left, "after {what}");
            eventually(&format!("it is not in memory, after {what}"), || {
                held::cache_peek(id) != Some(run)
            });
            let (again, status) = held::with_status(id);
            match left {
                Some(left) => {
                    assert_eq!((again.to_string(), status), (left.to_owned(), CacheStatus::Shared));
                }
                None => assert_eq!((again, status), (1000 + RUNS.count(), CacheStatus::Miss)),
            }
        }
        assert_smooth(tier.stats());
    }

    /// Takes as long to read as the test wants.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    struct Slow(String);

    static READING: [Gate; 3] = [const { Gate::new() }; 3];

    impl<'de> Deserialize<'de> for Slow {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            if let Some(number) = text.strip_prefix("old ") {
                READING[number.parse::<usize>().expect("a number")].pass();
            }
            Ok(Slow(text))
        }
    }

    #[test]
    fn a_value_that_changed_while_it_was_read_does_not_stay() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "slow:{id}", tier = TIER))]
        fn slow(id: usize) -> Slow {
            Slow(format!("computed {id}"))
        }
        #[lru_cache(ttl = "60s", redis(key = "mark:{id}", tier = TIER))]
        fn mark(id: usize) -> usize {
            id
        }
        let server = Server::start();
        let tier = install(&TIER, &server);
        let mut client = server.client();
        let changes: [(&str, Act, Slow, CacheStatus); 3] = [
            (
                "DEL",
                |id, client| client.del(format!("slow:{id}")).expect("DEL"),
                Slow("computed 0".to_owned()),
                CacheStatus::Miss,
            ),
            (
                "SET",
                |id, client| set(client, &format!("slow:{id}"), "\"new\""),
                Slow("new".to_owned()),
                CacheStatus::Shared,
            ),
            (
                "FLUSHALL",
                |_, client| client.flushall().expect("FLUSHALL"),
                Slow("computed 2".to_owned()),
                CacheStatus::Miss,
            ),
        ];
        for (id, (what, change, then, comes_from)) in changes.into_iter().enumerate() {
            set(&mut client, &format!("slow:{id}"), &format!("\"old {id}\""));
            mark(id);
            stored(&mut client, &format!("mark:{id}"));
            let old = thread::scope(|scope| {
                let reading = scope.spawn(|| slow(id));
                READING[id].holds(1);
                change(id, &mut client);
                set(&mut client, &format!("mark:{id}"), "0");
                eventually("the change is told", || !mark::cache_contains(id));
                READING[id].open();
                reading.join().expect("no panic")
            });
            assert!(old == Slow(format!("old {id}")) || old == then, "{old:?}");
            eventually(&format!("the old value is not in memory, after {what}"), || {
                slow::cache_peek(id) != Some(Slow(format!("old {id}")))
            });
            let (now, status) = slow::with_status(id);
            assert_eq!(now, then);
            if old != then {
                assert_eq!(status, comes_from);
            }
        }
        assert_smooth(tier.stats());
    }
}
