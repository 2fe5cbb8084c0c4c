//! `CacheInfo` and `CacheStatus` as values and as text (CONTRACT 1).

use functools::{CacheInfo, CacheStatus};

#[test]
fn cache_info_displays_as_in_python() {
    let info = CacheInfo { hits: 3, misses: 8, maxsize: Some(32), currsize: 8 };
    assert_eq!(info.to_string(), "CacheInfo(hits=3, misses=8, maxsize=32, currsize=8)");
    let info = CacheInfo { maxsize: None, ..info };
    assert_eq!(info.to_string(), "CacheInfo(hits=3, misses=8, maxsize=None, currsize=8)");
    let many = CacheInfo { hits: u64::MAX, misses: 0, maxsize: Some(0), currsize: 0 };
    assert_eq!(
        many.to_string(),
        "CacheInfo(hits=18446744073709551615, misses=0, maxsize=0, currsize=0)"
    );
}

/// Each status, and whether it is a hit.
const STATUSES: [(CacheStatus, bool); 7] = [
    (CacheStatus::Hit, true),
    (CacheStatus::Miss, false),
    (CacheStatus::Joined, true),
    (CacheStatus::Stale, true),
    (CacheStatus::Shared, true),
    (CacheStatus::Bypass, false),
    (CacheStatus::TooHeavy, false),
];

#[test]
fn status_is_a_hit_unless_miss_bypass_or_too_heavy() {
    for (status, is_hit) in STATUSES {
        assert_eq!(status.is_hit(), is_hit, "{status:?}");
    }
}

#[test]
fn status_displays_as_a_cache_status_header() {
    assert_eq!(CacheStatus::Hit.to_string(), "functools; hit");
    assert_eq!(CacheStatus::Miss.to_string(), "functools; fwd=miss; stored");
    for (status, _) in STATUSES {
        let value = status.to_string();
        let mut parts = value.split("; ");
        assert_eq!(parts.next(), Some("functools"), "{value}");
        let parameters: Vec<_> = parts.collect();
        let (how, details) = parameters.split_first().expect("hit or forwarded");
        assert!(["hit", "fwd=miss", "fwd=bypass", "fwd=stale"].contains(how), "{value}");
        for detail in details {
            let known = match *detail {
                "stored" | "collapsed" => *how != "hit",
                _ => detail.starts_with("detail="),
            };
            assert!(known, "{value}");
        }
    }
}
