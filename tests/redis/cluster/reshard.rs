//! Slots that move from one master to another.

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use redis::{Connection, cmd};

use super::{Cluster, cluster_command, id, slot};
use crate::common::SECOND;
use crate::server::{Server, eventually};
use crate::{Installed, set, text};

/// A slot on its way.
struct Move<'a> {
    slot: String,
    from: &'a Server,
    to: &'a Server,
}

impl<'a> Move<'a> {
    fn begin(cluster: &'a Cluster, key: &str) -> Self {
        let place = cluster.place_of(key);
        let (from, to) = (&cluster.masters[place], &cluster.masters[1 - place]);
        let slot = slot(from, key).to_string();
        let () = cluster_command("SETSLOT", &[&slot, "IMPORTING", &id(from)], to);
        let () = cluster_command("SETSLOT", &[&slot, "MIGRATING", &id(to)], from);
        Move { slot, from, to }
    }

    fn migrate(&self, key: &str) {
        let (port, timeout) = (self.to.port(), 5000);
        let migrate =
            cmd("MIGRATE").arg("127.0.0.1").arg(port).arg(key).arg(0).arg(timeout).clone();
        let _: String = migrate.query(&mut self.from.client()).expect("MIGRATE");
    }

    fn end(&self) {
        for node in [self.to, self.from] {
            let () = cluster_command("SETSLOT", &[&self.slot, "NODE", &id(self.to)], node);
        }
    }

    fn target(&self) -> Connection {
        self.to.client()
    }
}

#[test]
fn calls_go_on_while_a_slot_moves() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "{{moving}}:{n}", tier = HERE, l1_ttl = "1s"))]
    fn here(n: u64) -> u64 {
        n
    }
    #[lru_cache(ttl = "60s", redis(key = "{{moving}}:{n}", tier = THERE, l1_ttl = "1s"))]
    fn there(n: u64) -> u64 {
        n + 100
    }
    let cluster = Cluster::start(2, false);
    let tier = Installed::new(&HERE, cluster.redis());
    let _there = Installed::new(&THERE, cluster.redis());
    for n in 0..5 {
        assert_eq!(here(n), n);
    }
    let moving = Move::begin(&cluster, "{moving}:1");
    moving.migrate("{moving}:1");

    // It answers ASK for what has moved, and has the rest still.
    eventually("the move of a key is a change", || !here::cache_contains(1));
    let bypassed = tier.stats().bypassed;
    assert_eq!(here::with_status(1), (1, CacheStatus::Miss));
    assert!(tier.stats().bypassed > bypassed, "{:?}", tier.stats());
    assert_eq!(there::with_status(2), (2, CacheStatus::Shared));
    // What another program writes there, and what is removed meanwhile.
    let () = cmd("ASKING").query(&mut moving.target()).expect("ASKING");
    assert_eq!(here::cache_invalidate(1), Invalidation::Queued);
    assert_eq!(here::cache_invalidate(3), Invalidation::Queued);
    let stats = tier.stats();
    assert_eq!((stats.queued, stats.connected), (2, true), "{stats:?}");

    for n in [0, 2, 3, 4] {
        moving.migrate(&format!("{{moving}}:{n}"));
    }
    moving.end();
    // The old node answers MOVED.
    eventually("what was queued is removed where it is now", || {
        here(9);
        tier.stats().queued == 0
    });
    for n in [1, 3] {
        assert_eq!(text(&mut moving.target(), &format!("{{moving}}:{n}")), None);
    }
    eventually("the new node is read", || {
        there::cache_invalidate(20);
        here(20);
        there::with_status(20).1 == CacheStatus::Shared
    });
    assert_eq!(there::with_status(4).0, 4);
    set(&mut moving.target(), "{moving}:4", "7");
    eventually("the new node pushes", || here(4) == 7 && there(4) == 7);
    assert_eq!(here::cache_clear(), Invalidation::Confirmed);
    assert_eq!(cluster.keys(), [""; 0]);
    let stats = tier.stats();
    assert_eq!((stats.errors, stats.timeouts, stats.connections), (0, 0, 2), "{stats:?}");
}

/// Callers in several threads while slots move to and fro: each gets its value, and in the end all
/// is shared.
#[test]
fn callers_are_right_while_slots_move_to_and_fro() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "{{fro}}:{n}", tier = TIER, l1_ttl = "1s"))]
    fn fro(n: u64) -> u64 {
        n
    }
    let cluster = Cluster::start(2, false);
    let tier = Installed::new(&TIER, cluster.redis());
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let is_over = &is_over;
            scope.spawn(move || {
                let mut n = thread;
                while !is_over.load(std::sync::atomic::Ordering::SeqCst) {
                    assert_eq!(fro(n % 50), n % 50);
                    if n % 10 == 0 {
                        fro::cache_invalidate(n % 50);
                    }
                    n += 1;
                }
            });
        }
        let there = Move::begin(&cluster, "{fro}:1");
        let back = Move { slot: there.slot.clone(), from: there.to, to: there.from };
        for (turn, moving) in [&there, &back, &there].into_iter().enumerate() {
            if turn > 0 {
                let (from, to) = (id(moving.from), id(moving.to));
                let () = cluster_command("SETSLOT", &[&moving.slot, "IMPORTING", &from], moving.to);
                let () = cluster_command("SETSLOT", &[&moving.slot, "MIGRATING", &to], moving.from);
            }
            eventually("all keys have moved", || {
                let arguments = [moving.slot.as_str(), "10"];
                let keys: Vec<String> = cluster_command("GETKEYSINSLOT", &arguments, moving.from);
                keys.iter().for_each(|key| moving.migrate(key));
                keys.is_empty()
            });
            moving.end();
            let before = tier.stats().stores;
            eventually("results are stored where the slot is", || tier.stats().stores > before);
        }
        is_over.store(true, std::sync::atomic::Ordering::SeqCst);
    });
    assert!(tier.wait_connected(10 * SECOND), "{:?}", tier.stats());
    assert_eq!(tier.stats().errors, 0, "{:?}", tier.last_error());
    assert_eq!(fro::cache_clear(), Invalidation::Confirmed);
    assert_eq!(cluster.keys(), [""; 0]);
}
