//! What calls cost a server: the commands that each kind of call sends. Section 8 of the contract.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use functools::redis::Tier;
use functools::{CacheStatus, lru_cache};

use crate::common::{SECOND, in_threads};
use crate::proxy::{Fate, Proxy};
use crate::server::{Server, eventually};
use crate::{Installed, at, set};

/// The commands that are about keys with this prefix.
fn commands_about(proxy: &Proxy, prefix: &'static str) -> Arc<Mutex<Vec<String>>> {
    let commands = Arc::new(Mutex::new(Vec::new()));
    let seen = commands.clone();
    proxy.rule(move |words| {
        if words[0] != "CLIENT" && words.iter().any(|word| word.contains(prefix)) {
            seen.lock().expect("no panic").push(words[0].clone());
        }
        Fate::Pass
    });
    commands
}

#[test]
fn a_miss_takes_six_commands_and_a_shared_hit_two() {
    const READ: [&str; 2] = ["GETRANGE", "PTTL"];
    const STORE: [&str; 3] = ["SET", "RENAME", "EVALSHA"];
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 1, ttl = "60s", redis(key = "cost:{n}", tier = TIER))]
    fn item(n: u64) -> u64 {
        n
    }
    let server = Server::start();
    let proxy = Proxy::to(server.port());
    let tier = Installed::new(&TIER, at(&proxy.url()).timeout(SECOND));
    let commands = commands_about(&proxy, "cost:");
    let sent = || std::mem::take(&mut *commands.lock().expect("no panic"));

    assert_eq!(item::with_status(1), (1, CacheStatus::Miss));
    assert_eq!(sent(), [&READ[..], &["EVALSHA"], &STORE].concat(), "it reads first");
    for n in 2..10 {
        item(n);
    }
    sent();
    assert_eq!(item::with_status(10), (10, CacheStatus::Miss));
    assert_eq!(sent(), [&["EVALSHA"], &READ[..], &STORE].concat(), "most calls have been misses");
    let pushed = tier.stats().invalidations;
    set(&mut server.client(), "cost:11", "7");
    eventually("the value is known", || tier.stats().invalidations > pushed);
    assert_eq!(item::with_status(11), (7, CacheStatus::Shared));
    assert_eq!(sent().len(), 3, "read by the request for the lease");
    for _ in 0..10 {
        item(1);
        item(10);
    }
    sent();
    assert_eq!(item::with_status(1), (1, CacheStatus::Shared));
    assert_eq!(sent(), READ);
}

/// A value that is stored between the read and the request for the lease is read, and no body runs.
#[test]
fn a_value_that_comes_before_the_lease_is_read() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "late:{n}", tier = TIER))]
    fn item(n: u64) -> u64 {
        n
    }
    let server = Server::start();
    let proxy = Proxy::to(server.port());
    let _tier = Installed::new(&TIER, at(&proxy.url()).timeout(SECOND));
    for (n, text, expected) in
        [(1, "7", (7, CacheStatus::Shared)), (2, "\"seven\"", (2, CacheStatus::Miss))]
    {
        let client = Mutex::new(server.client());
        proxy.rule(move |words| {
            // No tracked client is told: the value is there before it asks.
            if words[0] == "EVALSHA" && words.iter().any(|word| word.contains("{late:")) {
                set(&mut client.lock().expect("no panic"), &format!("late:{n}"), text);
            }
            Fate::Pass
        });
        assert_eq!(item::with_status(n), expected, "{text}");
    }
}

/// A process is a tier of its own, with a function of its own for the same keys.
type Process = (&'static Tier, fn(usize) -> usize);

/// Eight processes that miss the same keys at the same time.
#[test]
fn a_fleet_sends_at_most_seven_commands_for_each_miss() {
    const PROCESSES: usize = 8;
    const KEYS: usize = 100;
    static COMMANDS: AtomicUsize = AtomicUsize::new(0);
    static BODIES: AtomicUsize = AtomicUsize::new(0);
    macro_rules! processes {
        ($($name:ident)+) => {
            [$({
                static TIER: Tier = Tier::new();
                #[lru_cache(ttl = "60s", redis(key = "fleet:{n}", tier = TIER))]
                fn $name(n: usize) -> usize {
                    BODIES.fetch_add(1, SeqCst);
                    thread::sleep(Duration::from_millis(1));
                    n
                }
                (&TIER, $name as fn(usize) -> usize)
            }),+]
        };
    }
    let processes: [Process; PROCESSES] = processes!(a b c d e f g h);
    let server = Server::start();
    let ways: Vec<_> = processes
        .map(|(tier, _)| {
            let proxy = Proxy::to(server.port());
            let tier =
                Installed::new(tier, at(&proxy.url()).timeout(5 * SECOND).lease(10 * SECOND));
            proxy.rule(|words| {
                if words.iter().any(|word| word.contains("fleet:")) {
                    COMMANDS.fetch_add(1, SeqCst);
                }
                Fate::Pass
            });
            (tier, proxy)
        })
        .into();
    in_threads(PROCESSES, |process| {
        for key in 0..KEYS {
            assert_eq!(processes[process].1(key), key);
        }
    });
    drop(ways);
    let (commands, bodies) = (COMMANDS.load(SeqCst), BODIES.load(SeqCst));
    assert_eq!(bodies, KEYS, "each key is computed once");
    assert!(commands <= 7 * PROCESSES * KEYS, "{commands} commands");
}
