//! A user of the server who may do some things and not others.

use std::time::Duration;

use functools::redis::{Invalidation, Redis, Tier};
use functools::{CacheStatus, lru_cache};
use redis::{Commands, Connection};

use super::load::{RECOVERY, report, right, service, turn};
use crate::common::{Runs, SECOND};
use crate::server::{Server, eventually, eventually_within};
use crate::{Installed, assert_smooth, at, stored, text};

/// A user who may do all but some.
pub(super) fn user(server: &Server, client: &mut Connection, but: &[&str]) -> Redis {
    let mut command = redis::cmd("ACL");
    command.arg("SETUSER").arg("app").arg("on").arg(">hunter2").arg("~*").arg("+@all");
    for rule in but {
        command.arg(rule);
    }
    let () = command.query(client).expect("ACL SETUSER");
    at(&format!("redis://app:hunter2@127.0.0.1:{}", server.port()))
}

pub(super) fn allow(client: &mut Connection, rule: &str) {
    let mut command = redis::cmd("ACL");
    let () = command.arg("SETUSER").arg("app").arg(rule).query(client).expect("ACL SETUSER");
}

/// The user that the guide has.
#[test]
fn user_of_the_guide_needs_no_further_right() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "item:{id}", tier = TIER))]
    fn item(id: u32) -> u64 {
        right(id)
    }
    const RULES: &str = "resetkeys ~item:* ~functools:* resetchannels -@all +hello +ping \
        +client|setname +client|tracking +getrange +pttl +get +set +rename +unlink +pexpire \
        +eval +evalsha +scan +info";
    let server = Server::start();
    let mut client = server.client();
    let rules: Vec<_> = RULES.split_whitespace().collect();
    let user = user(&server, &mut client, &rules);
    let tier = Installed::new(&TIER, user.timeout(5 * SECOND));
    for id in 0..20 {
        assert_eq!(item(id), right(id));
    }
    assert_eq!(server.keys().len(), 20);
    assert_eq!(item::cache_invalidate(1), Invalidation::Confirmed);
    assert_eq!(text(&mut client, "item:1"), None);
    item::cache_insert(2, 5);
    eventually("it is stored", || text(&mut client, "item:2").as_deref() == Some("5"));
    assert_eq!(item::cache_refresh(2), right(2));
    crate::set(&mut client, "item:3", "7");
    eventually("it is told of changes", || item(3) == 7);
    assert_eq!(item::cache_clear(), Invalidation::Confirmed);
    assert!(server.keys().is_empty());
    assert_smooth(tier.stats());
    let log: Vec<redis::Value> = redis::cmd("ACL").arg("LOG").query(&mut client).expect("ACL LOG");
    assert!(log.is_empty(), "{log:?}");
}

/// Then results are shared, and memory believes what it has for a short time alone.
#[test]
fn without_tracking_memory_is_valid_for_l1_ttl() {
    const L1_TTL: Duration = Duration::from_secs(1);
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "told:{id}", tier = TIER))]
    fn told(id: u32) -> u32 {
        id + 1000 * RUNS.next()
    }
    static RUNS: Runs = Runs::new();
    let service = service!();
    let _turn = turn();
    let server = Server::start();
    let mut client = server.client();
    let redis = user(&server, &mut client, &["-client|tracking"]);
    service.tier.install(redis.clone());
    service.under_load("without CLIENT TRACKING", || ());
    service.tier.uninstall();

    TIER.install(redis.timeout(5 * SECOND).l1_ttl(L1_TTL));
    let mut id = 100;
    eventually("results are shared", || {
        id += 1;
        told(id);
        client.exists(format!("told:{id}")).expect("EXISTS")
    });
    let first = told(1);
    stored(&mut client, "told:1");
    assert_eq!(told::with_status(1), (first, CacheStatus::Hit));
    crate::set(&mut client, "told:1", "7");
    let took = eventually_within(L1_TTL + SECOND, "the change is seen", || told(1) == 7);
    report(format_args!("without CLIENT TRACKING: l1_ttl 1 s, a change is seen after {took:.1?}"));
    TIER.uninstall();
}

/// By itself, once it may tell.
#[test]
fn changes_are_pushed_once_tracking_is_allowed() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "told:{id}", tier = TIER))]
    fn told(id: u32) -> u64 {
        right(id)
    }
    let _turn = turn();
    let server = Server::start();
    let mut client = server.client();
    let redis = user(&server, &mut client, &["-client|tracking"]);
    let tier = Installed::new(&TIER, redis.timeout(5 * SECOND).l1_ttl(SECOND / 10));
    told(1);
    allow(&mut client, "+client|tracking");
    let mut value = 10;
    let took = eventually_within(RECOVERY, "changes are told of", || {
        value += 1;
        crate::set(&mut client, "told:1", &value.to_string());
        // It is read anew, at the latest when `l1_ttl` has ended.
        eventually("the change is seen", || told(1) == value);
        tier.stats().invalidations > 0
    });
    report(format_args!("with CLIENT TRACKING again: told of changes after {took:.1?}"));
}

/// One call after the other, each of which is refused, opens the breaker of what is refused.
#[test]
fn repeated_refusals_open_the_breaker_of_the_refused_right() {
    let _turn = turn();
    for (rule, reads) in [("-@scripting", true), ("-getrange", false)] {
        let service = service!();
        let server = Server::start();
        let mut client = server.client();
        let redis = user(&server, &mut client, &[]);
        let tier = Installed::new(service.tier, redis.timeout(5 * SECOND));
        allow(&mut client, rule);
        for id in 0..1000 {
            assert_eq!((service.thread)(id), right(id), "{rule}");
        }
        let stats = tier.stats();
        assert!((1..100).contains(&stats.errors), "{rule}: {stats:?}");
        assert_eq!(stats.connected, reads, "{rule}: {stats:?}");
        let bypassed = if reads { 0..1 } else { 500..1000 };
        assert!(bypassed.contains(&stats.bypassed), "{rule}: {stats:?}");
    }
}
