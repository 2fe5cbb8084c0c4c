//! A process that was forked after `install`, and a supervisor that panics: never a hang. Section 8
//! of the contract, "Fail open".

use std::env;
use std::panic;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use fork::{Fork, fork};
use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use redis::Commands;
use serde::{Deserialize, Serialize};

use crate::common::SECOND;
use crate::server::{Server, eventually};
use crate::{at, install, text};

const URL: &str = "FUNCTOOLS_TESTS_FORK";

static TIER: Tier = Tier::new();

#[lru_cache(ttl = "60s", redis(key = "fork:{n}", tier = TIER))]
fn item(n: u64) -> u64 {
    n + 1
}

/// What the test starts as a program of its own, whose child says by keys how far it has come.
#[test]
#[ignore = "what the process does that the other test starts"]
fn worker() {
    let Ok(url) = env::var(URL) else { return };
    let client = || redis::Client::open(&*url).expect("an address").get_connection().expect("it");
    let say = |key: &str| {
        let () = client().set(key, 1).expect("SET");
    };
    TIER.install(at(&url).timeout(SECOND));
    assert!(TIER.wait_connected(20 * SECOND));
    assert_eq!(item(1), 2);
    if let Fork::Child = fork().expect("a child") {
        // Its child asks what it has before it calls.
        if let Fork::Child = fork().expect("a child") {
            assert!(TIER.wait_connected(20 * SECOND), "{:?}", TIER.last_error());
            assert_eq!(item::with_status(200), (8, CacheStatus::Shared));
            say("grandchild:shares");
            end();
        }
        // The thread that connects is not here.
        assert_eq!(item(2), 3);
        say("child:called");
        assert!(TIER.wait_connected(20 * SECOND), "{:?}", TIER.last_error());
        assert_eq!(item(3), 4);
        assert_eq!(item::with_status(100), (7, CacheStatus::Shared));
        assert_eq!(item::cache_invalidate(100), Invalidation::Confirmed);
        say("child:shares");
    } else {
        assert_eq!(item(4), 5);
        say("parent:called");
    }
    end();
}

/// Ends this process without what is registered for its end.
fn end() {
    let this = rustix::process::getpid();
    rustix::process::kill_process(this, rustix::process::Signal::KILL).expect("it is this one");
}

#[test]
fn a_forked_process_has_a_link_of_its_own() {
    let server = Server::start();
    let mut client = server.client();
    crate::set(&mut client, "fork:100", "7");
    crate::set(&mut client, "fork:200", "8");
    let mut command = Command::new(env::current_exe().expect("this program"));
    command.args(["--exact", "forks::worker", "--ignored", "--nocapture"]);
    command.env(URL, server.url()).stdin(Stdio::null()).stdout(Stdio::null());
    let mut parent = command.spawn().expect("it starts");
    for key in ["child:called", "child:shares", "grandchild:shares", "parent:called"] {
        eventually(key, || client.exists(key).expect("EXISTS"));
    }
    assert_eq!(text(&mut client, "fork:3").as_deref(), Some("4"));
    assert_eq!(text(&mut client, "fork:100"), None);
    parent.wait().expect("it is our child");
}

static IS_ARMED: AtomicBool = AtomicBool::new(false);

/// The drop of one of them panics in the thread that connects, when that is wanted. No hook is
/// told.
#[derive(Clone, Serialize, Deserialize)]
struct Fragile(u64);

impl Drop for Fragile {
    fn drop(&mut self) {
        let is_ours = thread::current().name().is_some_and(|name| name.starts_with("functools"));
        if is_ours && IS_ARMED.swap(false, SeqCst) {
            panic::resume_unwind(Box::new("on purpose"));
        }
    }
}

#[test]
fn a_panic_in_the_drop_of_a_removed_entry_affects_no_other() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "fragile:{n}", tier = TIER))]
    fn fragile(n: u64) -> Fragile {
        Fragile(n)
    }
    let mut server = Server::start();
    let tier = install(&TIER, &server);
    (0..10).for_each(|n| drop(fragile(n)));
    IS_ARMED.store(true, SeqCst);
    crate::set(&mut server.client(), "fragile:1", "7");
    server.restart();
    eventually("it is connected again", || tier.stats().connections > 1 && tier.stats().connected);
    eventually("a drop has panicked", || !IS_ARMED.load(SeqCst));
    let mut client = server.client();
    let mut n = 100;
    eventually("results are shared", || {
        n += 1;
        assert_eq!(fragile(n).0, n);
        client.exists(format!("fragile:{n}")).expect("EXISTS")
    });
    assert_eq!(fragile::cache_invalidate(n), Invalidation::Confirmed);
}
