//! No two argument lists share a key, and no key tells a secret.

use std::cell::RefCell;
use std::collections::HashSet;

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use redis::Commands;

use crate::server::{Server, eventually};
use crate::{Installed, install, patient, stored};

/// What keys are made of, and what it becomes when it is escaped, and some more.
const PIECES: &[&str] = &[
    ":", "%", "{", "}", "{}", "%3A", "%25", "%7B", "%253A", "3A", "25", "a", "A", "é", "🦦", " ",
    "\n", "\0", "/", "*", "-", "\u{301}",
];

fn part() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PIECES), 0..4)
        .prop_map(|pieces| pieces.concat())
}

/// Argument lists that are alike: one text, parted in several places.
fn parted(text: &str, parts: usize) -> Vec<Vec<String>> {
    let places: Vec<_> = text.char_indices().map(|(place, _)| place).chain([text.len()]).collect();
    let mut lists = Vec::new();
    for &first in &places {
        let (before, after) = text.split_at(first);
        let after_colon = after.strip_prefix(':').unwrap_or(after);
        if parts == 2 {
            lists.push(vec![before.to_owned(), after.to_owned()]);
            lists.push(vec![before.to_owned(), after_colon.to_owned()]);
        } else {
            for mut list in parted(after_colon, 2) {
                list.insert(0, before.to_owned());
                lists.push(list);
            }
        }
    }
    lists
}

#[test]
fn two_strings_have_a_key_of_their_own() {
    static TIER: Tier = Tier::new();
    // It forgets at once, so that each answer comes from Redis.
    #[lru_cache(maxsize = 1, ttl = "1h", redis(key = "pair:{one}:{other}", tier = TIER))]
    fn pair(one: &str, other: &str) -> [String; 2] {
        [one.to_owned(), other.to_owned()]
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    let all = RefCell::new(HashSet::new());
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) };
    TestRunner::new(config)
        .run(&(part(), part()), |(one, other)| {
            let mut lists = parted(&format!("{one}:{other}"), 2);
            lists.push(vec![one, other]);
            for list in lists {
                let (answer, status) = pair::with_status(&list[0], &list[1]);
                prop_assert_eq!(&answer[..], &list[..]);
                prop_assert!(!all.borrow_mut().insert(list) || status == CacheStatus::Miss);
            }
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    let mut client = server.client();
    eventually("each has a key", || {
        client.keys::<_, Vec<Vec<u8>>>("pair:*").expect("KEYS").len() == all.borrow().len()
    });
}

/// Separators that could be part of an argument.
mod separators {
    use super::*;

    static TIER: Tier = Tier::new();

    macro_rules! pairs {
        ($($name:ident $key:literal)+) => {
            $(#[lru_cache(maxsize = 1, ttl = "1h", redis(key = $key, tier = TIER))]
            fn $name(one: &str, other: &str) -> [String; 3] {
                [stringify!($name).to_owned(), one.to_owned(), other.to_owned()]
            })+

            /// The functions, and how the key of each begins.
            #[allow(clippy::type_complexity)]
            const PAIRS: &[(&str, &str, fn(&str, &str) -> ([String; 3], CacheStatus))] =
                &[$((stringify!($name), $key, $name::with_status)),+];
        };
    }

    pairs! {
        underscores "a__{one}__{other}"
        // One with an argument less, as to its text.
        underscores_of_three "a__a__{one}__{other}"
        marks "b:{one}-.{other}~"
        letter "c:{one}a{other}"
        digits "d:{one}25{other}"
        digit_and_percent "e:{one}3%{other}"
        hashed "f:{one:hash}{other}"
        shown "g:{one:?}_{other:?}"
    }

    /// What keys are made of, and what separates arguments here.
    const PIECES: &[&str] = &[
        "_", "__", "-", ".", "-.", "~", "a", "25", "2", "3", "3%", "%", "%5F", "%33", "5F", "a__",
        "\"", "é",
    ];

    fn part() -> impl Strategy<Value = String> {
        proptest::collection::vec(proptest::sample::select(PIECES), 0..3)
            .prop_map(|pieces| pieces.concat())
    }

    #[test]
    fn keep_arguments_apart() {
        let server = Server::start();
        let _tier = install(&TIER, &server);
        let all = RefCell::new(HashSet::new());
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) };
        TestRunner::new(config)
            .run(&(part(), part(), proptest::sample::select(PIECES)), |(one, other, between)| {
                let mut lists = parted(&format!("{one}{between}{other}"), 2);
                lists.push(vec![one, other]);
                for list in lists {
                    for (name, key, call) in PAIRS {
                        let (answer, status) = call(&list[0], &list[1]);
                        prop_assert_eq!(&answer, &[*name, &list[0], &list[1]], "{}", key);
                        let is_new = all.borrow_mut().insert((*name, list.clone()));
                        prop_assert!(!is_new || status == CacheStatus::Miss);
                    }
                }
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{error}"));
        let mut client = server.client();
        eventually("each has a key", || {
            client.keys::<_, Vec<Vec<u8>>>("?[_:]*").expect("KEYS").len() == all.borrow().len()
        });
        // Each function clears its own keys, and no others.
        let left = || {
            let mut client = server.client();
            client.keys::<_, Vec<Vec<u8>>>("?[_:]*").expect("KEYS").len()
        };
        let of = |name| all.borrow().iter().filter(|(function, _)| *function == name).count();
        assert_eq!(underscores::cache_clear(), Invalidation::Confirmed);
        assert_eq!(left(), all.borrow().len() - of("underscores"));
        assert_eq!(hashed::cache_clear(), Invalidation::Confirmed);
        assert_eq!(left(), all.borrow().len() - of("underscores") - of("hashed"));
    }

    #[test]
    fn are_escaped_in_arguments() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "user__{name}__{n}", tier = TIER))]
        fn user(name: &str, n: i8) -> String {
            format!("{name}{n}")
        }
        #[lru_cache(ttl = "60s", redis(key = "size:{width}x{height}", tier = TIER))]
        fn size(width: u64, height: u64) -> u64 {
            width * height
        }
        #[lru_cache(ttl = "60s", redis(key = "city:{city:?}:{x:?}", tier = TIER))]
        fn city(city: Option<&'static str>, x: f64) -> f64 {
            x + city.map_or(0.0, |_| 1.0)
        }
        let server = Server::start();
        let _tier = install(&TIER, &server);
        user("a_b c", -1);
        size(3, 4);
        city(Some("Zürich"), -0.0);
        city(None, 1.0);
        let mut client = server.client();
        stored(&mut client, "user__a%5Fb%20c__-1");
        stored(&mut client, "size:3x4");
        stored(&mut client, "city:Some%28%22Z%C3%BCrich%22%29:0.0");
        stored(&mut client, "city:None:1.0");
    }
}

#[test]
fn three_strings_have_a_key_of_their_own() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 1, ttl = "1h", redis(key = "triple:{a}/{b}:{c}", tier = TIER))]
    fn triple(a: &str, b: String, c: &str) -> [String; 3] {
        [a.to_owned(), b, c.to_owned()]
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    let all = RefCell::new(HashSet::new());
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) };
    TestRunner::new(config)
        .run(&(part(), part()), |(one, other)| {
            for list in parted(&format!("{one}/{other}"), 3) {
                let (answer, status) = triple::with_status(&list[0], list[1].clone(), &list[2]);
                prop_assert_eq!(&answer[..], &list[..]);
                prop_assert!(!all.borrow_mut().insert(list) || status == CacheStatus::Miss);
            }
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    let mut client = server.client();
    eventually("each has a key", || {
        client.keys::<_, Vec<Vec<u8>>>("triple:*").expect("KEYS").len() == all.borrow().len()
    });
}

#[test]
fn numbers_are_written_as_they_are_shown() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "number:{a}:{b}:{c}", tier = TIER))]
    fn number(a: i64, b: u8, c: bool) -> i64 {
        a + i64::from(b) + i64::from(c)
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    number(i64::MIN, 0, true);
    number(-1, 255, false);
    let mut client = server.client();
    stored(&mut client, "number:-9223372036854775808:0:true");
    stored(&mut client, "number:-1:255:false");
}

/// As of axum: neither `Clone` nor `Hash`.
struct Path<T>(T);

#[test]
fn a_pattern_with_one_name_is_written_as_that() {
    static TIER: Tier = Tier::new();
    #[lru_cache(skip(state), redis(key = "path:{id}:{name}:{n}", tier = TIER))]
    fn path(
        Path(state): Path<&u64>,
        Path(id): Path<u64>,
        Path((mut name, _)): Path<(String, u8)>,
        &n: &f64,
    ) -> String {
        name.push('!');
        format!("{state}{id}{name}{n}")
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    let name = |name: &str| Path((name.to_owned(), 0));
    assert_eq!(path(Path(&1), Path(2), name("a b"), &-0.0), "12a b!-0");
    stored(&mut server.client(), "path:2:a%20b:0.0");
    let (again, status) = path::with_status(Path(&3), Path(2), name("a b"), &0.0);
    assert_eq!((again.as_str(), status), ("12a b!-0", CacheStatus::Hit));
    assert_eq!(path::cache_invalidate(Path(2), name("a b"), &0.0), Invalidation::Confirmed);
    assert!(!path::cache_contains(Path(2), name("a b"), &0.0));
}

#[test]
fn braces_in_the_template_are_doubled() {
    static TIER: Tier = Tier::new();
    // A hash tag, as a cluster has it.
    #[lru_cache(ttl = "60s", redis(key = "user:{{{user}}}:age", tier = TIER))]
    fn age(user: &str) -> usize {
        user.len()
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    age("a}b");
    stored(&mut server.client(), "user:{a%7Db}:age");
}

mod secrets {
    use super::*;

    static ONE: Tier = Tier::new();
    static OTHER: Tier = Tier::new();
    static ANOTHER_SECRET: Tier = Tier::new();

    #[lru_cache(ttl = "60s", redis(key = "session:{token:hash}:{lang}", tier = ONE))]
    fn session(token: &str, lang: &str) -> String {
        format!("{}/{lang}", token.len())
    }

    #[lru_cache(ttl = "60s", redis(key = "session:{token:hash}:{lang}", tier = OTHER))]
    fn in_another_process(token: &str, lang: &str) -> String {
        format!("{}/{lang}", token.len())
    }

    #[lru_cache(ttl = "60s", redis(key = "session:{token:hash}:{lang}", tier = ANOTHER_SECRET))]
    fn with_another_secret(token: &str, lang: &str) -> String {
        format!("{}/{lang}", token.len())
    }

    /// Everything that the server is sent, up to an `ECHO` of the test.
    fn watch(server: &Server) -> impl FnOnce() -> String {
        use std::io::{BufRead as _, BufReader, Write as _};
        let mut monitor = std::net::TcpStream::connect(("127.0.0.1", server.port())).expect("TCP");
        monitor.set_read_timeout(Some(crate::common::PATIENCE)).expect("not zero");
        monitor.write_all(b"MONITOR\r\n").expect("it is sent");
        let mut lines = BufReader::new(monitor).lines().map(|line| line.expect("a line"));
        assert_eq!(lines.next().as_deref(), Some("+OK"));
        let mut client = server.client();
        move || {
            let () = redis::cmd("ECHO").arg("the end").query(&mut client).expect("ECHO");
            lines.take_while(|line| !line.contains("the end")).collect::<Vec<_>>().join("\n")
        }
    }

    #[test]
    fn are_in_no_key() {
        let server = Server::start();
        let seen = watch(&server);
        let _one = Installed::new(&ONE, patient(&server).key_secret("pepper"));
        let _other = Installed::new(&OTHER, patient(&server).key_secret(b"pepper"));
        let _another =
            Installed::new(&ANOTHER_SECRET, patient(&server).key_secret("another pepper"));
        let mut client = server.client();
        let keys = |client: &mut redis::Connection| -> Vec<String> {
            let mut keys: Vec<String> = client.keys("session:*").expect("KEYS");
            keys.sort_unstable();
            keys
        };

        let tokens = ["hunter2", "correct-horse", "with:colon", "ünïcödé", ""];
        for (number, token) in tokens.into_iter().enumerate() {
            assert_eq!(session::with_status(token, "de").1, CacheStatus::Miss);
            eventually("it is stored", || keys(&mut client).len() == number + 1);
        }
        let by_one = keys(&mut client);
        assert!(by_one.iter().all(|key| key.starts_with("session:") && key.ends_with(":de")));

        // The same secret makes the same key.
        for token in tokens {
            let status = in_another_process::with_status(token, "de").1;
            assert_eq!(status, CacheStatus::Shared, "{token:?}");
        }
        assert_eq!(keys(&mut client), by_one);

        // Another one makes another.
        for (number, token) in tokens.into_iter().enumerate() {
            assert_eq!(with_another_secret::with_status(token, "de").1, CacheStatus::Miss);
            eventually("it is stored", || keys(&mut client).len() == tokens.len() + number + 1);
        }

        // As long for one as for the other, for the length would tell something, too.
        let lengths: HashSet<_> = keys(&mut client).iter().map(String::len).collect();
        assert_eq!(lengths.len(), 1, "{lengths:?}");

        let seen = seen();
        assert!(seen.contains("session:"), "{seen}");
        for token in tokens.into_iter().filter(|token| !token.is_empty()) {
            let escaped = token.replace(':', "%3A");
            for trace in [token, escaped.as_str(), "%C3%BCn", "\\xc3\\xbcn", "pepper"] {
                assert!(!seen.contains(trace), "{trace:?} is in what was sent:\n{seen}");
            }
        }
        for key in server.keys() {
            assert!(!tokens.iter().any(|token| !token.is_empty() && key.contains(token)), "{key}");
        }
    }
}
