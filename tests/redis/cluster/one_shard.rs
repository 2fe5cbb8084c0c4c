//! A cluster of one shard, as clouds sell it; and slots that no node has.

use functools::redis::{Invalidation, Level, Tier};
use functools::{CacheStatus, lru_cache};

use super::{Cluster, cluster_command, slot};
use crate::Installed;
use crate::server::eventually;

#[test]
fn it_is_used_like_one_server() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "shard:{n}", tier = TIER))]
    fn shard(n: u64) -> u64 {
        n
    }
    let cluster = Cluster::start(1, false);
    let tier = Installed::new(&TIER, cluster.redis());
    for n in 0..20 {
        assert_eq!(shard::with_status(n), (n, CacheStatus::Miss));
    }
    assert_eq!(cluster.keys().len(), 20);
    assert_eq!(shard::cache_invalidate(1), Invalidation::Confirmed);
    assert_eq!(cluster.keys().len(), 19);
    assert_eq!(shard::cache_clear(), Invalidation::Confirmed);
    assert_eq!(cluster.keys().len(), 0);
    let status = tier.status();
    assert_eq!((status.level, status.nodes.len()), (Level::Tracked, 1), "{status:?}");
    crate::assert_smooth(tier.stats());
}

#[test]
fn calls_of_a_slot_that_no_node_has_bypass_it() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "unserved:{n}", tier = TIER, l1_ttl = "1s"))]
    fn unserved(n: u64) -> u64 {
        n
    }
    let cluster = Cluster::start(1, false);
    let tier = Installed::new(&TIER, cluster.redis());
    let server = &cluster.masters[0];
    let lost = slot(server, "unserved:1").to_string();
    let () = cluster_command("DELSLOTS", &[&lost], server);
    assert_eq!(unserved::with_status(1), (1, CacheStatus::Miss));
    assert_eq!(unserved::cache_invalidate(1), Invalidation::Queued);
    assert_eq!(unserved::with_status(2), (2, CacheStatus::Miss));
    assert_eq!(cluster.keys(), ["unserved:2"], "the others are served");
    let stats = tier.stats();
    assert!(stats.bypassed > 0 && stats.connected, "{stats:?}");
    assert_eq!((stats.errors, stats.timeouts), (0, 0), "{stats:?}");
    let () = cluster_command("ADDSLOTS", &[&lost], server);
    eventually("what was queued is removed", || tier.stats().queued == 0);
    eventually("it is served again", || {
        unserved::cache_invalidate(1);
        unserved(1);
        cluster.keys().len() == 2
    });
}
