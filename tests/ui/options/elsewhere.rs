//! Options of other crates, and of Python.

use functools::{cache, lru_cache};

#[lru_cache(size = 7)]
fn size(n: u64) -> u64 {
    n
}

#[lru_cache(capacity = 7)]
fn capacity(n: u64) -> u64 {
    n
}

#[lru_cache(capacity(7))]
fn capacity_in_parentheses(n: u64) -> u64 {
    n
}

#[lru_cache(Capacity = 7)]
fn capacity_in_capitals(n: u64) -> u64 {
    n
}

#[lru_cache(max_capacity = 7)]
fn max_capacity(n: u64) -> u64 {
    n
}

#[lru_cache(limit = 7)]
fn limit(n: u64) -> u64 {
    n
}

#[lru_cache(MAXSIZE = 7)]
fn capitals(n: u64) -> u64 {
    n
}

#[cache(unbound)]
fn unbound(n: u64) -> u64 {
    n
}

#[lru_cache(time = 60)]
fn time(n: u64) -> u64 {
    n
}

#[lru_cache(ttl_secs = 60)]
fn ttl_secs(n: u64) -> u64 {
    n
}

#[lru_cache(ttl_millis = 250)]
fn ttl_millis(n: u64) -> u64 {
    n
}

#[lru_cache(time_to_live = 60)]
fn time_to_live(n: u64) -> u64 {
    n
}

#[lru_cache(TimeToLive = 60)]
fn time_to_live_in_capitals(n: u64) -> u64 {
    n
}

#[lru_cache(expires = "60s")]
fn expires(n: u64) -> u64 {
    n
}

#[lru_cache(time_to_idle = 60)]
fn time_to_idle(n: u64) -> u64 {
    n
}

#[lru_cache(refresh = true)]
fn refresh(n: u64) -> u64 {
    n
}

#[lru_cache(result = true)]
fn result(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(option = true)]
fn option(n: u64) -> Option<u64> {
    Some(n)
}

#[lru_cache(SharedCache)]
fn shared(n: u64) -> u64 {
    n
}

#[lru_cache(sync_writes = true)]
fn sync_writes(n: u64) -> u64 {
    n
}

#[lru_cache(sync_writes = "by_key")]
fn sync_writes_by_key(n: u64) -> u64 {
    n
}

#[lru_cache(ty = "UnboundCache<u64, u64>")]
fn ty(n: u64) -> u64 {
    n
}

#[lru_cache(create = "{ UnboundCache::new() }")]
fn create(n: u64) -> u64 {
    n
}

#[lru_cache(convert = r#"{ n }"#)]
fn convert(n: u64) -> u64 {
    n
}

#[lru_cache(type = "UnboundCache<u64, u64>")]
fn of_type(n: u64) -> u64 {
    n
}

#[lru_cache(name = "NAMES")]
fn name(n: u64) -> u64 {
    n
}

#[lru_cache(ignore = log)]
fn ignore(n: u64, log: &mut Vec<u64>) -> u64 {
    log.push(n);
    n
}

#[lru_cache(Ignore(log))]
fn ignore_in_capitals(n: u64, log: &mut Vec<u64>) -> u64 {
    log.push(n);
    n
}

#[lru_cache(skip_all)]
fn skip_all(n: u64) -> u64 {
    n
}

#[lru_cache(with_cached_flag = true)]
fn with_cached_flag(n: u64) -> u64 {
    n
}

#[lru_cache(weigher = |_, _| 1)]
fn weigher(n: u64) -> u64 {
    n
}

#[lru_cache(user_function = square)]
fn user_function(n: u64) -> u64 {
    n
}

#[lru_cache(thread_local)]
fn thread_local(n: u64) -> u64 {
    n
}

#[lru_cache(256)]
fn a_number(n: u64) -> u64 {
    n
}

#[lru_cache(-1)]
fn a_negative_number(n: u64) -> u64 {
    n
}

#[lru_cache("256")]
fn a_text(n: u64) -> u64 {
    n
}

#[lru_cache(None)]
fn none(n: u64) -> u64 {
    n
}

#[lru_cache("None")]
fn none_as_a_text(n: u64) -> u64 {
    n
}

#[lru_cache(on_hit = notify)]
fn on_hit(n: u64) -> u64 {
    n
}

#[lru_cache(crate::path)]
fn path(n: u64) -> u64 {
    n
}

#[lru_cache(redis = "item:{n}", l1_ttl = "5s")]
fn of_redis(n: u64) -> u64 {
    n
}

fn main() {
    let _ = of_redis(1);
    let _ = size(1);
    let _ = capacity(1);
    let _ = capacity_in_parentheses(1);
    let _ = capacity_in_capitals(1);
    let _ = max_capacity(1);
    let _ = limit(1);
    let _ = capitals(1);
    let _ = unbound(1);
    let _ = time(1);
    let _ = ttl_secs(1);
    let _ = ttl_millis(1);
    let _ = time_to_live(1);
    let _ = time_to_live_in_capitals(1);
    let _ = expires(1);
    let _ = time_to_idle(1);
    let _ = refresh(1);
    let _ = result(1);
    let _ = option(1);
    let _ = shared(1);
    let _ = sync_writes(1);
    let _ = sync_writes_by_key(1);
    let _ = ty(1);
    let _ = create(1);
    let _ = convert(1);
    let _ = of_type(1);
    let _ = name(1);
    let _ = skip_all(1);
    let _ = with_cached_flag(1);
    let _ = weigher(1);
    let _ = user_function(1);
    let _ = thread_local(1);
    let _ = a_number(1);
    let _ = a_negative_number(1);
    let _ = a_text(1);
    let _ = none(1);
    let _ = none_as_a_text(1);
    let _ = on_hit(1);
    let _ = path(1);
    println!("{}", capacity::cache_info());
    println!("{}", ignore::cache_contains(1));
    println!("{}", ignore_in_capitals::cache_contains(1));
}
