//! The process that writes need not have called the function, nor have the options of the one that
//! reads.

use functools::lru_cache;
use functools::redis::{Invalidation, Tier};

use super::{Database, expires, gone};
use crate::install;
use crate::server::{Server, eventually};

macro_rules! invalidated_by {
    ($key:literal, [$($option:tt)*], $remove:expr) => {{
        static HERE: Tier = Tier::new();
        static THERE: Tier = Tier::new();
        static DATABASE: Database = Database::new();
        #[lru_cache(ttl = "300ms", stale_on_error = "60s", redis(key = $key, tier = HERE))]
        fn here(n: u64) -> Result<u64, String> {
            DATABASE.query(n)
        }
        #[lru_cache(ttl = "300ms", $($option)* redis(key = $key, tier = THERE))]
        #[allow(dead_code)]
        fn there(n: u64) -> Result<u64, String> {
            Ok(n)
        }
        let server = Server::start();
        let mut client = server.client();
        let (_here, _there) = (install(&HERE, &server), install(&THERE, &server));
        assert_eq!(here(1), Ok(1));
        expires(&HERE, &mut client, &$key.replace("{n}", "1"), || here::cache_contains(1));
        let announced = HERE.stats().invalidations;
        let remove: fn(fn() -> Invalidation, fn() -> Invalidation) -> Invalidation = $remove;
        let done = remove(|| there::cache_invalidate(1), || there::cache_clear());
        assert_eq!(done, Invalidation::Confirmed);
        eventually("it is announced", || HERE.stats().invalidations > announced);
        DATABASE.goes_away();
        assert_eq!(here::with_status(1), gone());
    }};
}

#[test]
fn invalidation_by_a_writer_removes_the_entry() {
    invalidated_by!("writer:{n}", [stale_on_error = "60s",], |invalidate, _| invalidate());
}

#[test]
fn invalidation_by_a_writer_without_the_option_removes_the_entry() {
    invalidated_by!("writer2:{n}", [], |invalidate, _| invalidate());
}

#[test]
fn clear_by_a_writer_removes_the_entry() {
    invalidated_by!("writer3:{n}", [], |_, clear| clear());
}
