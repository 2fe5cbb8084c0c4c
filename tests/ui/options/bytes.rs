//! Numbers of bytes for the wrong option, or in the wrong form.

use functools::lru_cache;

#[lru_cache(maxweight = 64MiB, weight = |value| value.len() as u64)]
fn without_quotes(n: u64) -> String {
    n.to_string()
}

#[lru_cache(maxsize = "64MiB")]
fn as_a_number_of_entries(n: u64) -> String {
    n.to_string()
}

#[lru_cache(max_bytes = 1000)]
fn by_another_name(n: u64) -> String {
    n.to_string()
}

#[lru_cache(maxsize = 10, adaptive)]
fn a_policy_alone(n: u64) -> String {
    n.to_string()
}

fn main() {
    let _ = without_quotes(1);
    let _ = as_a_number_of_entries(1);
    let _ = by_another_name(1);
    let _ = a_policy_alone(1);
}
