//! Masters that die: another takes their place, or they come back.

use functools::redis::{Invalidation, Level, Tier};
use functools::{CacheStatus, lru_cache};

use super::{Cluster, field};
use crate::common::SECOND;
use crate::server::eventually;
use crate::{Installed, set, text};

#[test]
fn a_replica_takes_the_place_of_a_dead_master() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "fail:{n}", tier = HERE, l1_ttl = "1s"))]
    fn here(n: u64) -> u64 {
        n
    }
    #[lru_cache(ttl = "60s", redis(key = "fail:{n}", tier = THERE, l1_ttl = "1s"))]
    fn there(n: u64) -> u64 {
        n + 100
    }
    let key = |n: u64| format!("fail:{n}");
    let mut cluster = Cluster::start(3, true);
    let redis = || cluster.redis().timeout(SECOND / 2);
    let tier = Installed::new(&HERE, redis());
    let _there = Installed::new(&THERE, redis());
    let lost = cluster.numbers_on(0, key, 4);
    let left = cluster.numbers_on(1, key, 2);
    for &n in lost.iter().chain(&left) {
        assert_eq!(here(n), n);
    }
    // The seed of the link is the one that dies.
    cluster.masters[0].kill();

    eventually("the loss is noticed", || !tier.stats().connected);
    assert_eq!(here::cache_invalidate(lost[0]), Invalidation::Queued);
    assert_eq!(there::with_status(left[0]), (left[0], CacheStatus::Shared), "others are read");
    let status = tier.status();
    assert_eq!(status.level, Level::Away, "{status:?}");
    let away = status.nodes.iter().filter(|node| node.level == Level::Away).count();
    assert_eq!((away, status.nodes.len()), (1, 3), "{status:?}");

    let heir = &cluster.replicas[0];
    eventually("a replica is master", || field(heir, "role") == "master");
    assert!(tier.wait_connected(10 * SECOND), "{:?}", tier.status());
    assert_eq!(text(&mut heir.client(), &key(lost[0])), None, "what was queued is removed");
    eventually("it is read", || {
        there::cache_invalidate(lost[1]);
        here(lost[1]);
        there::with_status(lost[1]).1 == CacheStatus::Shared
    });
    set(&mut heir.client(), &key(lost[2]), "7");
    eventually("it pushes", || here(lost[2]) == 7 && there(lost[2]) == 7);
    assert_eq!(here::cache_clear(), Invalidation::Confirmed);
    assert_eq!(heir.keys(), [""; 0]);
    let status = tier.status();
    assert_eq!((status.level, status.nodes.len()), (Level::Tracked, 3), "{status:?}");
}

#[test]
fn a_master_that_comes_back_is_used_again() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "back:{n}", tier = TIER, l1_ttl = "1s"))]
    fn back(n: u64) -> u64 {
        n
    }
    let key = |n: u64| format!("back:{n}");
    let mut cluster = Cluster::start(3, false);
    let tier = Installed::new(&TIER, cluster.redis().timeout(SECOND / 2));
    let (lost, left) = (cluster.numbers_on(1, key, 3), cluster.numbers_on(2, key, 3));
    assert_eq!(back(lost[0]), lost[0]);
    assert_eq!(back::cache_invalidate(lost[0]), Invalidation::Confirmed);
    cluster.masters[1].kill();
    eventually("the loss is noticed", || !tier.stats().connected);
    for n in left {
        assert_eq!(back::with_status(n), (n, CacheStatus::Miss));
        assert_eq!(text(&mut cluster.client_of(&key(n)), &key(n)), Some(n.to_string()));
    }
    assert_eq!(back::with_status(lost[1]), (lost[1], CacheStatus::Miss));
    assert_eq!(back::cache_clear(), Invalidation::Queued);
    assert_eq!(tier.stats().queued, 1, "at one node");

    cluster.masters[1].restart();
    assert!(tier.wait_connected(20 * SECOND), "{:?}", tier.status());
    eventually("it is used", || {
        back::cache_invalidate(lost[2]);
        back(lost[2]);
        text(&mut cluster.masters[1].client(), &key(lost[2])).is_some()
    });
    assert_eq!(tier.status().level, Level::Tracked);
}
