//! The first example of the README: a slow function, and one line above it.

use std::thread;
use std::time::Duration;

use functools::lru_cache;

#[lru_cache(maxsize = 128)]
fn get_expensive_data(param: &str) -> String {
    external_service_query(param)
}

/// Simulates a database, a web service or a long computation.
fn external_service_query(param: &str) -> String {
    thread::sleep(Duration::from_millis(200));
    format!("all about {param}")
}

fn main() {
    println!("{}", get_expensive_data("otters")); // slow: queries the service
    println!("{}", get_expensive_data("otters")); // immediate: returns the stored result
    println!("{}", get_expensive_data::cache_info());

    let (answer, status) = get_expensive_data::with_status("otters");
    println!("{answer} ({status})");

    println!("removed: {}", get_expensive_data::cache_invalidate("otters"));
    println!("{}", get_expensive_data("otters")); // slow again
    println!("{}", get_expensive_data::cache_info());

    get_expensive_data::cache_clear();
    println!("{}", get_expensive_data::cache_info());
}
