//! Tags whose values and sets are on several masters.

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, invalidate_tag, lru_cache};
use redis::Commands;

use super::Cluster;
use crate::server::eventually;
use crate::{Installed, assert_smooth, text};

/// Enough for some on each master.
const KEYS: u64 = 30;

#[test]
fn values_in_all_slots_are_removed() {
    static HERE: Tier = Tier::new();
    #[lru_cache(
        ttl = "60s",
        redis(key = "wide:{n}:{parity}", tier = HERE),
        tags("wide", "wide:{n}", "wide:parity:{parity}"),
        skip(calls),
    )]
    fn wide(n: u64, parity: u64, calls: &mut u64) -> u64 {
        *calls += 1;
        n + parity
    }
    let cluster = Cluster::start(3, false);
    let tier = Installed::new(&HERE, cluster.redis());
    let key = |n: u64| format!("wide:{n}:{}", n % 2);
    let mut calls = 0;
    let mut call_all = || {
        (0..KEYS).for_each(|n| assert_eq!(wide(n, n % 2, &mut calls), n + n % 2));
        calls
    };
    call_all();
    let set = "functools:tag:wide";
    let mut members: Vec<String> = cluster.client_of(set).zrange(set, 0, -1).expect("ZRANGE");
    members.sort_unstable();
    let mut expected: Vec<_> = (0..KEYS).map(key).collect();
    expected.sort_unstable();
    assert_eq!(members, expected);

    let removed = invalidate_tag("wide:parity:1");
    let half = usize::try_from(KEYS).expect("few") / 2;
    assert_eq!((removed.entries, removed.shared), (half, half));
    assert_eq!(removed.outcome, Invalidation::Confirmed);
    for n in 0..KEYS {
        let left = (n % 2 == 0).then(|| (n + n % 2).to_string());
        assert_eq!(text(&mut cluster.client_of(&key(n)), &key(n)), left, "{n}");
    }
    assert_eq!(invalidate_tag("wide:4").shared, 1);
    assert_eq!(invalidate_tag("wide").shared, half - 1);
    assert!(cluster.keys().iter().all(|key| key.starts_with("functools:tag:")));
    assert_eq!(call_all(), 2 * KEYS);

    wide::cache_insert(4, 0, 7);
    let inserted = || text(&mut cluster.client_of(&key(4)), &key(4)).as_deref() == Some("7");
    eventually("it is inserted", inserted);
    eventually("its tags are on other nodes", || {
        let set = "functools:tag:wide:4";
        let members: Vec<String> = cluster.client_of(set).zrange(set, 0, -1).expect("ZRANGE");
        members == [key(4)]
    });
    assert_eq!(invalidate_tag("wide:4").shared, 1);
    let mut calls = 0;
    assert_eq!(wide::with_status(4, 0, &mut calls), (4, CacheStatus::Miss));
    let mut stats = tier.stats();
    assert_eq!(stats.connections, 3);
    stats.connections = 1;
    assert_smooth(stats);
}
