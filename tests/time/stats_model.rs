//! Random operations, with the expected numbers of `cache_stats`, by a model (CONTRACT 1, 5).

use std::time::Duration;

use functools::lru_cache;
use functools_test_support::{Model, SECOND, advance, clock};
use proptest::prelude::*;

/// An operation on the cache and on the model.
#[derive(Debug, Clone, Copy)]
enum Step {
    Call(u8),
    Insert(u8),
    Refresh(u8),
    Invalidate(u8),
    Clear,
    Pass(u8),
    Look,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..12_u8).prop_map(Step::Call),
        2 => (0..12_u8).prop_map(Step::Insert),
        2 => (0..12_u8).prop_map(Step::Refresh),
        2 => (0..12_u8).prop_map(Step::Invalidate),
        1 => Just(Step::Clear),
        6 => (1..5_u8).prop_map(Step::Pass),
        2 => Just(Step::Look),
    ]
}

const TTL: u64 = 10;
const MAXSIZE: usize = 4;

/// Odd numbers take as many seconds as they are; 5 and 10 are refused, and 7 is an error.
#[lru_cache(maxsize = MAXSIZE, ttl = "10s", cache_if = |n| *n != Ok(5) && *n != Ok(10))]
fn modelled(n: u8) -> Result<u8, String> {
    advance(u32::from(n % 2) * SECOND);
    if n == 7 { Err("seven".to_owned()) } else { Ok(n) }
}

/// The expected counts. The model is not bounded: the cache decides which of its entries are left.
struct Expected {
    model: Model<u8, ()>,
    computations: u64,
    seconds: u64,
    refused: u64,
    failures: u64,
    stored: u64,
    /// Fresh entries that were replaced or removed: neither evicted nor expired.
    removed: u64,
}

impl Expected {
    fn new(now: u64) -> Self {
        let model = Model { now, ..Model::new(None) };
        let (computations, seconds, refused, failures, stored, removed) = (0, 0, 0, 0, 0, 0);
        Expected { model, computations, seconds, refused, failures, stored, removed }
    }

    fn store(&mut self, n: u8) {
        self.model.store(n, (), self.model.now + TTL);
        self.stored += 1;
    }

    fn compute(&mut self, n: u8) {
        self.computations += 1;
        self.seconds += u64::from(n % 2);
        self.model.now += u64::from(n % 2);
        match n {
            7 => self.failures += 1,
            5 | 10 => self.refused += 1,
            _ => self.store(n),
        }
    }

    /// Performs a step on the cache and on the model.
    fn perform(&mut self, step: Step) {
        match step {
            Step::Call(n) => {
                if self.model.peek(&n).is_none() {
                    self.compute(n);
                }
                let _ = modelled(n);
            }
            Step::Insert(n) => {
                if !matches!(n, 5 | 10) {
                    let is_fresh = self.model.peek(&n).is_some();
                    self.removed += u64::from(is_fresh && modelled::cache_contains(n));
                    self.store(n);
                }
                modelled::cache_insert(n, Ok(n));
            }
            Step::Refresh(n) => {
                let place = self.model.position(&n);
                let deadline = place.map(|place| self.model.entries[place].deadline);
                let is_replaced = modelled::cache_contains(n) && !matches!(n, 5 | 7 | 10);
                self.compute(n);
                let _ = modelled::cache_refresh(n);
                // It may have expired while it was computed again.
                let is_fresh = deadline.is_some_and(|deadline| self.model.now < deadline);
                self.removed += u64::from(is_replaced && is_fresh);
            }
            Step::Invalidate(n) => {
                self.removed += u64::from(modelled::cache_invalidate(n));
                self.model.remove(&n);
            }
            Step::Clear => {
                modelled::cache_clear();
                *self = Expected::new(self.model.now);
            }
            Step::Pass(seconds) => {
                advance(u32::from(seconds) * SECOND);
                self.model.now += u64::from(seconds);
            }
            Step::Look => (),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn counts_agree(steps in prop::collection::vec(step(), 1..80)) {
        let _turn = clock();
        modelled::cache_clear();
        let mut expected = Expected::new(0);
        for step in steps {
            expected.perform(step);
            let stats = modelled::cache_stats();
            expected.model.purge(0);
            expected.model.entries.retain(|entry| modelled::cache_contains(entry.key));
            prop_assert_eq!(stats.computations, expected.computations);
            prop_assert_eq!(stats.compute_time, Duration::from_secs(expected.seconds));
            prop_assert_eq!((stats.refused, stats.failures), (expected.refused, expected.failures));
            // Every entry is still there, or was evicted, expired or removed.
            let left = stats.evictions + stats.expirations + expected.removed;
            prop_assert_eq!(expected.stored, left + stats.currsize as u64, "{:?}", stats);
            prop_assert_eq!(expected.model.entries.len(), stats.currsize);
        }
    }
}
