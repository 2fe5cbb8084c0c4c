//! Tags of entries that expire (CONTRACT 2).

use std::sync::Arc;

use functools::{CacheStatus, invalidate_tag, lru_cache};
use functools_test_support::{Body, Runs, SECOND, advance, clock, eventually};

#[test]
fn an_expired_entry_is_not_counted_and_is_gone_for_stale_windows_too() {
    #[lru_cache(ttl = "10s", stale_on_error = "60s", skip(result), tags("expired:{id}", "expired"))]
    fn f(id: u32, result: Result<u32, u32>) -> Result<u32, u32> {
        let _ = id;
        result
    }
    let _clock = clock();
    assert_eq!((f(1, Ok(1)), f(2, Ok(2))), (Ok(1), Ok(2)));
    advance(10 * SECOND);
    assert_eq!(f(1, Err(0)), Ok(1), "it is in reserve");
    assert_eq!(invalidate_tag("expired:1").entries, 0, "it has expired");
    assert_eq!(f(1, Err(0)), Err(0));
    assert_eq!(f(2, Err(0)), Ok(2), "another tag");
    assert_eq!(f::with_status(2, Ok(3)), (Ok(3), CacheStatus::Miss));
    assert_eq!(invalidate_tag("expired").entries, 1);
}

#[test]
fn a_refresh_in_the_background_is_discarded() {
    #[lru_cache(ttl = "10s", stale = "20s", refresh = "background", skip(body), tags("background"))]
    fn f(id: u32, body: &Arc<Body<u32>>) -> u32 {
        let run = RUNS.next();
        if run == 2 { body.run() } else { 100 * id + run }
    }
    static RUNS: Runs = Runs::new();
    let _clock = clock();
    let (body, switch) = Body::new();
    let body = Arc::new(body);
    assert_eq!(f(1, &body), 101);
    advance(10 * SECOND);
    assert_eq!(f::with_status(1, &body), (101, CacheStatus::Stale));
    switch.wait_for_start();
    invalidate_tag("background");
    assert_eq!(f::with_status(1, &body), (103, CacheStatus::Miss));
    switch.end_with(7);
    drop(switch);
    eventually(|| Arc::strong_count(&body) == 1);
    assert_eq!(f(1, &body), 103, "the refresh replaced nothing");
    assert_eq!(invalidate_tag("background").entries, 1);
}
