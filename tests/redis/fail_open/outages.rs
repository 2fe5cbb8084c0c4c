//! A server that is away, hung or paused, from the start or all of a sudden.

use functools::redis::Tier;
use redis::Commands;

use super::load::{CALLS, RECOVERY, installed, right, service, turn};
use crate::server::{Server, eventually_within};
use crate::{at, text};

#[test]
fn absent_server_holds_up_no_call() {
    let _turn = turn();
    let service = service!();
    let mut server = Server::start();
    server.kill();
    service.tier.install(at(&server.url()));
    service.under_load("absent at the start", || ());
    let stats = service.tier.stats();
    assert_eq!((stats.connected, stats.connections), (false, 0), "{stats:?}");
    assert_eq!(stats.bypassed, 2 * CALLS as u64);
    server.restart();
    service.recovers("absent at the start", 0, server.client());
    assert_eq!(service.tier.stats().connections, 1);
    service.tier.uninstall();
}

#[test]
fn killed_server_holds_up_no_call() {
    let _turn = turn();
    let service = service!();
    let mut server = Server::start();
    let tier = installed(service.tier, &server);
    service.under_load("killed", || server.kill());
    let stats = tier.stats();
    assert!(!stats.connected && stats.bypassed > CALLS as u64, "{stats:?}");
    server.restart();
    service.recovers("killed", stats.connections, server.client());
}

#[test]
fn server_restarted_empty_is_filled_again() {
    let _turn = turn();
    let service = service!();
    let mut server = Server::start();
    let tier = installed(service.tier, &server);
    let before = tier.stats();
    service.under_load("restarted empty", || server.restart());
    service.recovers("restarted empty", before.connections, server.client());
    // What was stored again after that is what is there.
    let mut client = server.client();
    let keys = server.keys();
    assert!(!keys.is_empty());
    for key in keys.iter().filter(|key| key.starts_with("task:") || key.starts_with("thread:")) {
        let id = key.split_once(':').expect("a colon").1.parse().expect("a number");
        // A result may be on its way under a name of its own.
        assert_eq!(text(&mut client, key), Some(right(id).to_string()));
    }
}

#[test]
fn killed_connections_hold_up_no_call() {
    let _turn = turn();
    let service = service!();
    let server = Server::start();
    let tier = installed(service.tier, &server);
    let before = tier.stats();
    let mut client = server.client();
    service.under_load("connections killed", || {
        for _ in 0..3 {
            let connections = tier.stats().connections;
            let mut command = redis::cmd("CLIENT");
            let killed = command.arg("KILL").arg("TYPE").arg("NORMAL").arg("SKIPME").arg("YES");
            let killed: u32 = killed.query(&mut client).expect("CLIENT KILL");
            assert!(killed > 0);
            let again = || tier.stats().connections > connections;
            eventually_within(RECOVERY, "it is connected again", again);
        }
    });
    service.recovers("connections killed", before.connections, server.client());
}

#[test]
fn paused_server_holds_up_no_call() {
    let _turn = turn();
    let service = service!();
    let server = Server::start();
    let tier = installed(service.tier, &server);
    let before = tier.stats();
    let mut client = server.client();
    // The second kind still reads.
    for (what, kind) in [("paused", "ALL"), ("writes paused", "WRITE")] {
        service.under_load(what, || {
            let mut command = redis::cmd("CLIENT");
            let () = command.arg("PAUSE").arg(1200).arg(kind).query(&mut client).expect("PAUSE");
        });
        let () = redis::cmd("PING").exec(&mut client).expect("PING");
        service.recovers(what, before.connections, server.client());
        let () = client.flushall().expect("FLUSHALL");
    }
    assert!(tier.stats().timeouts > before.timeouts);
}

#[test]
fn hung_server_holds_up_no_call() {
    let _turn = turn();
    let service = service!();
    let server = Server::start();
    let tier = installed(service.tier, &server);
    service.under_load("stopped", || server.suspend());
    let stats = tier.stats();
    assert!(!stats.connected && stats.timeouts > 0 && stats.bypassed > CALLS as u64, "{stats:?}");
    server.resume();
    service.recovers("stopped", stats.connections, server.client());
}
