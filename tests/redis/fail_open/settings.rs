//! Settings of any value, and passwords in them.

use std::time::Duration;

use functools::redis::{Redis, Tier};

use super::load::{right, service, turn};
use crate::common::block_on;
use crate::server::{Server, eventually};
use crate::{Installed, at};

/// Whatever is said, calls answer.
fn are_taken(with: impl FnOnce(Redis) -> Redis, stores: bool) {
    let service = service!();
    let server = Server::start();
    let tier = Installed::new(service.tier, with(at(&server.url())));
    for id in 0..20 {
        assert_eq!((service.thread)(id), right(id));
        assert_eq!(block_on((service.task)(id)), right(id));
    }
    if stores {
        eventually("results are shared", || {
            (service.thread)(100 + u32::try_from(server.keys().len()).expect("few"));
            server.keys().iter().any(|key| key.starts_with("thread:"))
        });
    } else {
        eventually("nothing is stored, and no lease is left", || server.keys().is_empty());
    }
    eventually("it is connected", || tier.stats().connected);
}

#[test]
fn zero_and_empty_values_are_taken() {
    let _turn = turn();
    are_taken(|redis| redis.breaker(0), true);
    are_taken(|redis| redis.lease(Duration::ZERO), true);
    are_taken(|redis| redis.l1_ttl(Duration::ZERO), true);
    are_taken(|redis| redis.value_cap(0), false);
    are_taken(|redis| redis.key_secret(""), true);
    are_taken(|redis| redis.name(""), true);
}

#[test]
fn odd_values_are_taken() {
    let _turn = turn();
    are_taken(|redis| redis.name("a name\nof two lines"), true);
    are_taken(|redis| redis.l1_ttl(Duration::MAX), true);
    are_taken(|redis| redis.breaker(u32::MAX), true);
}

/// Then there is no time for Redis at all.
#[test]
fn timeout_of_zero_holds_up_no_call() {
    let _turn = turn();
    let service = service!();
    let server = Server::start();
    service.tier.install(at(&server.url()).timeout(Duration::ZERO));
    for id in 0..1000 {
        assert_eq!((service.thread)(id), right(id));
        assert_eq!(block_on((service.task)(id)), right(id));
    }
    service.tier.uninstall();
}

#[test]
fn unlimited_values_are_taken() {
    let _turn = turn();
    are_taken(|redis| redis.timeout(Duration::MAX), true);
    are_taken(|redis| redis.lease(Duration::MAX), true);
    are_taken(|redis| redis.value_cap(usize::MAX), true);
}

#[test]
fn passwords_are_not_shown() {
    static TIER: Tier = Tier::new();
    const SECRETS: [&str; 3] = ["hunter2", "pepper", "user3"];
    let check = |shown: &str| {
        assert!(!SECRETS.iter().any(|secret| shown.contains(secret)), "{shown}");
    };
    for url in [
        "redis://me:hunter2@localhost",
        "redis://:hunter2@localhost:1/3",
        "redis://hunter2@localhost",
        "redis+unix:///tmp/socket?pass=hunter2&user=me",
        "unix:///tmp/socket?db=1&pass=hunter2",
        "rediss://me:hunter2@localhost",
        "redis://me:hunter2@localhost:port",
        "redis://me:hunter2@localhost/hunter2",
        "redis://me:hunter2@localhost:99999",
        "redis://me:hunter2@",
        "redis://me:hunter2",
        "redis//me:hunter2@localhost",
        "http://me:hunter2@localhost",
        "redis://me:hun%zzter2hunter2@localhost",
        "redis://me:hunter2@[::1",
        "me:hunter2@localhost",
        "hunter2",
    ] {
        match Redis::new(url) {
            Ok(redis) => {
                let redis = redis.key_secret("pepper");
                check(&format!("{redis:?} {redis:#?}"));
                TIER.install(redis);
                check(&format!("{TIER:?} {TIER:#?} {:?}", TIER.stats()));
            }
            Err(error) => {
                check(&format!("{error} {error:?} {error:#?}"));
                let boxed: Box<dyn std::error::Error> = error.into();
                check(&format!("{boxed} {boxed:?} {:?}", boxed.source()));
            }
        }
    }
    TIER.uninstall();
}
