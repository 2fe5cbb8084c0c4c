//! A server that refuses what calls need, by any one of its rules.

use std::time::{Duration, Instant};

use functools::redis::Tier;
use redis::Commands;

use super::load::{
    LATE, RECOVERY, Spread, TIMEOUT, Watch, installed, panics_of_supervisors, report, right,
    service, turn,
};
use super::rights::{allow, user};
use crate::common::block_on;
use crate::server::{Server, eventually_within};
use crate::{Installed, at};

#[test]
fn full_server_is_read() {
    let _turn = turn();
    let service = service!();
    let server = Server::with(&["--maxmemory-policy", "noeviction"]);
    let tier = installed(service.tier, &server);
    let before = tier.stats();
    let mut client = server.client();
    let mut set = |memory: u32| {
        let mut command = redis::cmd("CONFIG");
        let () = command.arg("SET").arg("maxmemory").arg(memory).query(&mut client).unwrap();
    };
    service.under_load("full", || set(1));
    assert!(tier.stats().errors > before.errors, "{:?}", tier.stats());
    assert!(tier.stats().connected, "what is there is read");
    set(0);
    service.recovers("full", before.connections - 1, server.client());
}

#[test]
fn wrong_password_holds_up_no_call() {
    let _turn = turn();
    let service = service!();
    let server = Server::start();
    let (mut client, control) = (server.client(), server.client());
    let mut set = |password: &str| {
        let mut command = redis::cmd("CONFIG");
        let () = command.arg("SET").arg("requirepass").arg(password).query(&mut client).unwrap();
    };
    set("another");
    service.tier.install(at(&format!("redis://:hunter2@127.0.0.1:{}", server.port())));
    service.under_load("another password", || ());
    let stats = service.tier.stats();
    assert_eq!((stats.connected, stats.connections), (false, 0), "{stats:?}");
    assert!(stats.errors > 0, "{stats:?}");
    set("hunter2");
    service.recovers("another password", 0, control);
    assert!(!format!("{:#?}", service.tier).contains("hunter2"));
    service.tier.uninstall();
}

#[test]
fn server_that_may_not_be_read_holds_up_no_call() {
    let _turn = turn();
    let service = service!();
    let server = Server::start();
    let mut client = server.client();
    service.tier.install(user(&server, &mut client, &["-getrange"]));
    service.under_load("without GETRANGE", || ());
    let stats = service.tier.stats();
    assert!(stats.errors > 0 || stats.bypassed > 0, "{stats:?}");
    allow(&mut client, "+getrange");
    service.recovers("without GETRANGE", 0, server.client());
    service.tier.uninstall();
}

#[test]
fn server_without_scripts_is_read() {
    let _turn = turn();
    let service = service!();
    let server = Server::start();
    let mut client = server.client();
    let tier = Installed::new(service.tier, user(&server, &mut client, &[]));
    let before = tier.stats();
    service.under_load("without scripts", || allow(&mut client, "-@scripting"));
    assert!(tier.stats().errors > before.errors, "{:?}", tier.stats());
    assert!(tier.stats().connected, "what is there is read");
    allow(&mut client, "+@scripting");
    service.recovers("without scripts", before.connections - 1, server.client());
}

/// With the time between calls left out.
#[test]
fn no_command_is_needed_for_an_answer() {
    let _turn = turn();
    let service = service!();
    let server = Server::start();
    let mut client = server.client();
    let mut id = 0;
    for command in [
        "hello",
        "auth",
        "ping",
        "client",
        "client|setname",
        "client|tracking",
        "getrange",
        "pttl",
        "eval",
        "evalsha",
        "@scripting",
        "get",
        "set",
        "rename",
        "unlink",
        "pexpire",
        "multi",
        "@write",
        "@read",
        "@all",
    ] {
        let redis = user(&server, &mut client, &[&format!("-{command}")]);
        service.tier.install(redis);
        let watch = Watch::start();
        let begun = Instant::now();
        let mut took = Vec::new();
        while took.len() < 1000 || begun.elapsed() < Duration::from_millis(300) {
            id += 1;
            let call = Instant::now();
            assert_eq!(block_on((service.task)(id)), right(id), "without {command}");
            assert_eq!((service.thread)(id), right(id), "without {command}");
            took.push(call.elapsed());
        }
        let late = watch.stop();
        let Spread { median, most, longest } = Spread::of(took);
        report(format_args!(
            "without {command}: two calls: median {median:.1?}, p99 {most:.1?}, \
                 longest {longest:.1?}"
        ));
        assert!(longest <= 2 * TIMEOUT + LATE + 2 * late, "without {command}: {longest:?}");

        allow(&mut client, "+@all");
        let took = eventually_within(RECOVERY, "results are shared again", || {
            id += 1;
            (service.thread)(id);
            client.exists(format!("thread:{id}")).expect("EXISTS")
        });
        report(format_args!("without {command}: shared again after {took:.1?}"));
        service.tier.uninstall();
        assert_eq!(*panics_of_supervisors(), [""; 0]);
        let () = client.flushall().expect("FLUSHALL");
    }
}
