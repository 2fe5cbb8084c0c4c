//! Servers and proxies that lack something: results are shared as far as that goes, and it is said
//! what is missing. Section 8 of the contract, "servers and proxies without tracking or RESP3".

use functools::redis::{Invalidation, Level, Tier};
use functools::{CacheStatus, lru_cache};
use redis::Commands;

use crate::common::SECOND;
use crate::proxy::{Fate, Proxy};
use crate::server::{Server, eventually};
use crate::{Installed, at, install, set, text};

/// The commands that a proxy does not let through; `HELLO close` is one that it answers by closing
/// the connection.
fn without(refused: &'static [&'static str]) -> impl Fn(&[String]) -> Fate + Send + Sync {
    move |words| {
        let command = words[0].to_uppercase();
        let both = format!("{command} {}", words.get(1).map_or("", String::as_str).to_uppercase());
        if refused.contains(&&*format!("{command} close")) {
            return Fate::Close;
        }
        match refused.contains(&&*command) || refused.contains(&&*both) {
            true => Fate::error(&format!("ERR unknown command '{command}'")),
            false => Fate::Pass,
        }
    }
}

/// A function behind a proxy that refuses some commands, and the same in a process that has all.
macro_rules! behind_a_proxy {
    ($server:expr, $key:literal, $refused:expr,
        |$tier:ident, $here:ident, $there:ident, $client:ident| $act:expr) => {{
        static HERE: Tier = Tier::new();
        static THERE: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = $key, tier = HERE, l1_ttl = "1s"))]
        fn $here(n: u64) -> u64 {
            n
        }
        #[lru_cache(ttl = "60s", redis(key = $key, tier = THERE))]
        fn $there(n: u64) -> u64 {
            n + 10
        }
        let server = $server;
        let proxy = Proxy::to(server.port());
        proxy.rule(without($refused));
        let _there = install(&THERE, &server);
        let mut $client = server.client();
        let $tier = Installed::new(&HERE, at(&proxy.url()).timeout(5 * SECOND));
        $act
    }};
}

/// What is shared by such a server.
macro_rules! shares {
    ($server:expr, $key:literal, $refused:expr, $level:expr, $missing:expr) => {
        behind_a_proxy!($server, $key, $refused, |tier, here, there, client| {
            let status = tier.status();
            assert_eq!(status.level, $level, "{status:?}");
            assert!(status.reads && status.removes && status.stores, "{status:?}");
            let missing = status.missing.clone().unwrap_or_default();
            assert!(missing.contains($missing), "{status:?}");
            assert_eq!(here::with_status(1), (1, CacheStatus::Miss));
            assert_eq!(there::with_status(1), (1, CacheStatus::Shared));
            assert_eq!(there::with_status(2), (12, CacheStatus::Miss));
            assert_eq!(here::with_status(2), (12, CacheStatus::Shared));
            assert_eq!(here::cache_invalidate(1), Invalidation::Confirmed);
            eventually("others are told", || !there::cache_contains(1));
            set(&mut client, &$key.replace("{n}", "2"), "7");
            eventually("a change is seen", || here(2) == 7);
            assert_eq!(here::cache_clear(), Invalidation::Confirmed);
            assert_eq!(text(&mut client, &$key.replace("{n}", "2")), None);
            let stats = tier.stats();
            assert!(stats.connected && stats.connections == 1, "{stats:?}");
            assert_eq!(stats.level, $level);
        })
    };
}

/// What is shared by such a server without scripts.
macro_rules! only_reads {
    ($server:expr, $key:literal) => {
        behind_a_proxy!($server, $key, &["EVAL", "EVALSHA"], |tier, here, there, client| {
            let status = tier.status();
            assert_eq!(status.level, Level::Refused, "{status:?}");
            assert!(status.reads && !status.removes && !status.stores, "{status:?}");
            let missing = status.missing.unwrap_or_default();
            assert!(missing.contains("remove") && missing.contains("store"), "{missing}");
            there(1);
            assert_eq!(here::with_status(1), (11, CacheStatus::Shared));
            assert_eq!(here::with_status(2), (2, CacheStatus::Miss));
            assert_eq!(text(&mut client, &$key.replace("{n}", "2")), None);
            assert_eq!(here::cache_invalidate(1), Invalidation::Queued);
            assert_eq!(here(1), 1, "what could not be removed is not read");
        })
    };
}

mod kinds;

#[test]
fn with_everything() {
    shares!(Server::start(), "everything:{n}", &[], Level::Tracked, "");
}

#[test]
fn without_resp3() {
    shares!(Server::start(), "resp3:{n}", &["HELLO"], Level::Untracked, "HELLO");
}

#[test]
fn closing_the_connection_at_hello() {
    shares!(Server::start(), "closing:{n}", &["HELLO close"], Level::Untracked, "HELLO");
}

#[test]
fn without_tracking() {
    shares!(Server::start(), "tracking:{n}", &["CLIENT TRACKING"], Level::Untracked, "push");
}

#[test]
fn without_client() {
    shares!(Server::start(), "client:{n}", &["CLIENT"], Level::Untracked, "push");
}

#[test]
fn without_rename() {
    shares!(Server::start(), "rename:{n}", &["RENAME"], Level::Untracked, "RENAME");
}

#[test]
fn without_evalsha() {
    shares!(Server::start(), "evalsha:{n}", &["EVALSHA"], Level::Tracked, "");
}

#[test]
fn without_info_and_ping() {
    shares!(Server::start(), "info:{n}", &["INFO", "PING"], Level::Tracked, "");
}

#[test]
fn without_scripts_what_is_there_is_read() {
    only_reads!(Server::start(), "scripts:{n}");
}

/// A clear needs it, and nothing else does.
#[test]
fn without_scan() {
    behind_a_proxy!(Server::start(), "scan:{n}", &["SCAN"], |tier, here, there, client| {
        assert_eq!(here::with_status(1), (1, CacheStatus::Miss));
        assert_eq!(there(1), 1);
        assert_eq!(here::cache_clear(), Invalidation::Queued);
        set(&mut client, "scan:1", "7");
        assert_eq!(here(1), 1, "what could not be removed is not read");
        eventually("it is said", || tier.last_error().is_some_and(|error| error.contains("SCAN")));
        eventually("calls of other functions read", || tier.stats().connected);
        let is_there: bool = client.exists("scan:1").expect("EXISTS");
        assert!(is_there);
    });
}

#[test]
fn without_reading_nothing_is_shared() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "blind:{n}", tier = TIER))]
    fn blind(n: u64) -> u64 {
        n
    }
    let server = Server::start();
    let proxy = Proxy::to(server.port());
    proxy.rule(without(&["GETRANGE"]));
    TIER.install(at(&proxy.url()).timeout(5 * SECOND));
    eventually("it is said", || TIER.status().level == Level::Refused);
    let status = TIER.status();
    assert!(status.missing.as_deref().unwrap_or_default().contains("GETRANGE"), "{status:?}");
    assert!(!status.reads && !TIER.stats().connected, "{status:?}");
    assert_eq!(blind::with_status(1), (1, CacheStatus::Miss));
    proxy.rule(|_| Fate::Pass);
    eventually("it is told", || TIER.status().level == Level::Tracked);
    TIER.uninstall();
}

#[test]
fn without_a_redis() {
    static TIER: Tier = Tier::new();
    assert_eq!(TIER.status().level, Level::Away);
    TIER.install(at("redis://127.0.0.1:1"));
    eventually("it is said", || TIER.status().missing.is_some());
    assert_eq!(TIER.status().level, Level::Away);
    TIER.uninstall();
}
