//! What processes share through several masters.

use functools::redis::{Invalidation, Level, Tier};
use functools::{CacheStatus, lru_cache};
use redis::Commands;

use super::Cluster;
use crate::common::SECOND;
use crate::proxy::{Fate, Proxy};
use crate::server::eventually;
use crate::{Installed, assert_smooth, at, set, text};

/// How many keys: enough for some on each master.
const KEYS: u64 = 30;

#[test]
fn results_are_shared_and_changes_pushed_by_each_node() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "spread:{n}", tier = HERE))]
    fn here(n: u64) -> u64 {
        n
    }
    #[lru_cache(ttl = "60s", redis(key = "spread:{n}", tier = THERE))]
    fn there(n: u64) -> u64 {
        n + 100
    }
    let key = |n: u64| format!("spread:{n}");
    let cluster = Cluster::start(3, false);
    let here_tier = Installed::new(&HERE, cluster.redis());
    let there_tier = Installed::new(&THERE, cluster.redis());
    for n in 0..KEYS {
        assert_eq!(here::with_status(n), (n, CacheStatus::Miss), "{n}");
        assert_eq!(there::with_status(n), (n, CacheStatus::Shared), "{n}");
        assert_eq!(there::with_status(n), (n, CacheStatus::Hit), "{n}");
        assert_eq!(text(&mut cluster.client_of(&key(n)), &key(n)), Some(n.to_string()));
    }
    for (place, master) in cluster.masters.iter().enumerate() {
        assert!(!cluster.numbers_on(place, key, 1).is_empty());
        assert!(!master.keys().is_empty(), "each has some of the keys");
    }
    for n in 0..KEYS {
        set(&mut cluster.client_of(&key(n)), &key(n), "7");
        eventually("each node pushes", || here(n) == 7 && there(n) == 7);
        assert_eq!(here::cache_invalidate(n), Invalidation::Confirmed);
        eventually("others are told", || !there::cache_contains(n));
        assert_eq!(text(&mut cluster.client_of(&key(n)), &key(n)), None);
        assert_eq!(there(n), n + 100);
    }
    assert_eq!(here::cache_clear(), Invalidation::Confirmed);
    assert_eq!(cluster.keys(), [""; 0], "all masters are scanned");
    eventually("others are told of a clear", || !there::cache_contains(1));

    let status = here_tier.status();
    assert_eq!(status.level, Level::Tracked, "{status:?}");
    assert!(status.reads && status.removes && status.stores, "{status:?}");
    let addresses: Vec<_> = status.nodes.iter().filter_map(|node| node.address.clone()).collect();
    let mut expected: Vec<_> =
        cluster.masters.iter().map(|master| format!("127.0.0.1:{}", master.port())).collect();
    expected.sort_unstable();
    assert_eq!(addresses, expected);
    for tier in [&here_tier, &there_tier] {
        let mut stats = tier.stats();
        assert_eq!(stats.connections, 3, "one connection for each node: {stats:?}");
        stats.connections = 1;
        assert_smooth(stats);
    }
}

#[test]
fn another_address_leads_to_it_if_the_first_does_not() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "seeds:{n}", tier = TIER))]
    fn seeds(n: u64) -> u64 {
        n
    }
    let cluster = Cluster::start(2, false);
    let redis = at("redis://127.0.0.1:1").node(&cluster.masters[1].url()).expect("a valid URL");
    let tier = Installed::new(&TIER, redis.timeout(5 * SECOND));
    for n in 0..10 {
        let key = format!("seeds:{n}");
        set(&mut cluster.client_of(&key), &key, "7");
        assert_eq!(seeds::with_status(n), (7, CacheStatus::Shared));
    }
    assert_eq!(tier.status().nodes.len(), 2);
}

#[test]
fn a_node_that_does_not_say_who_the_others_are_is_used_like_a_server() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "silent:{n}", tier = TIER))]
    fn silent(n: u64) -> u64 {
        n
    }
    let key = |n: u64| format!("silent:{n}");
    let cluster = Cluster::start(2, false);
    let proxy = Proxy::to(cluster.masters[0].port());
    proxy.rule(|words| match &*words[0] {
        "CLUSTER" => Fate::error("NOPERM this user has no permissions to run it"),
        _ => Fate::Pass,
    });
    let tier = Installed::new(&TIER, at(&proxy.url()).timeout(5 * SECOND));
    let (own, other) = (cluster.numbers_on(0, key, 1)[0], cluster.numbers_on(1, key, 1)[0]);
    for n in [own, other] {
        set(&mut cluster.client_of(&key(n)), &key(n), "7");
    }
    assert_eq!(silent::with_status(own), (7, CacheStatus::Shared));
    assert_eq!(silent::with_status(other), (other, CacheStatus::Miss));
    let stats = tier.stats();
    assert!(stats.connected && stats.bypassed > 0 && stats.timeouts == 0, "{stats:?}");
}

#[test]
fn a_key_and_its_lease_are_on_one_node_whatever_the_key() {
    static TIER: Tier = Tier::new();
    macro_rules! stores {
        ($cluster:expr, $($name:ident $template:literal $key:literal;)+) => {$({
            #[lru_cache(ttl = "60s", redis(key = $template, tier = TIER))]
            fn $name(n: u64) -> u64 {
                n
            }
            assert_eq!($name(1), 1);
            let mut client = $cluster.client_of($key);
            assert_eq!(text(&mut client, $key).as_deref(), Some("1"), "{}", $template);
            assert_eq!($name::cache_invalidate(1), Invalidation::Confirmed, "{}", $template);
            assert!(!client.exists::<_, bool>($key).expect("EXISTS"));
        })+};
    }
    let cluster = Cluster::start(3, false);
    let tier = Installed::new(&TIER, cluster.redis());
    stores!(cluster,
        plain "plain:{n}" "plain:1";
        tagged "{{tagged}}:{n}" "{tagged}:1";
        of_argument "user:{{{n}}}" "user:{1}";
        unopened "un}}opened:{n}" "un}opened:1";
        unclosed "un{{closed:{n}" "un{closed:1";
        empty "empty{{}}:{n}" "empty{}:1";
        reversed "}}re{{versed:{n}" "}re{versed:1";
    );
    let stats = tier.stats();
    assert_eq!((stats.errors, stats.bypassed), (0, 0), "{:?}", tier.last_error());
}
