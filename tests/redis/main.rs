//! Functions whose results are in Redis, too: by the contract, with a real `redis-server` for each
//! test. Where there is none, it is installed, or the tests say what to install.
#![cfg(unix)]

mod chaos;
mod cluster;
mod codec;
mod codecs;
mod common;
mod confirmed;
mod cooperative;
mod cost;
mod counters;
mod fail_open;
mod fleet;
mod forks;
mod hostile;
mod interop;
mod invalidation;
mod keys;
mod leases;
mod levels;
mod proxy;
mod python;
#[cfg(any(feature = "sentinel", feature = "tls"))]
mod reached;
mod refused;
mod result_ttl;
mod rights;
mod runtimes;
mod secrets;
mod server;
mod stale;
mod start;
mod switch;
mod tags;
mod tracking;
mod versions;
mod waits;
mod watched;
mod weights;
mod wire;

use std::ops::Deref;

use functools::redis::{Redis, Stats, Tier};
use redis::{Commands, Connection};

use common::SECOND;
use server::{Server, eventually};

/// A tier with a server. It lets go of it at the end.
struct Installed(&'static Tier);

impl Installed {
    /// Comes back when it is connected.
    fn new(tier: &'static Tier, redis: Redis) -> Self {
        tier.install(redis);
        let installed = Installed(tier);
        eventually("the tier is connected", || tier.stats().connected);
        installed
    }
}

impl Deref for Installed {
    type Target = Tier;

    fn deref(&self) -> &Tier {
        self.0
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        self.0.uninstall();
    }
}

/// Connects a tier to a server, with more patience than a service would have: what is asserted
/// must not depend on how busy the machine is.
fn install(tier: &'static Tier, server: &Server) -> Installed {
    Installed::new(tier, patient(server))
}

fn patient(server: &Server) -> Redis {
    at(&server.url()).timeout(5 * SECOND).lease(10 * SECOND)
}

fn at(url: &str) -> Redis {
    Redis::new(url).expect("a valid URL")
}

/// Nothing went wrong so far, and the link has never been lost.
fn assert_smooth(stats: Stats) {
    let wrong = (stats.errors, stats.timeouts, stats.bypassed, stats.connections);
    assert_eq!(wrong, (0, 0, 0, 1), "{stats:?}");
}

/// What is stored under a key, as text.
fn text(client: &mut Connection, key: &str) -> Option<String> {
    client.get(key).expect("GET")
}

/// Stores what another program might, for a minute.
fn set(client: &mut Connection, key: &str, value: &str) {
    let () = client.set_ex(key, value, 60).expect("SET");
}

fn stored(client: &mut Connection, key: &str) {
    eventually("the result is in Redis", || client.exists(key).expect("EXISTS"));
}
