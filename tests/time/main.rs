//! The tests that set the clock of all caches by hand, in one binary: they take turns with
//! `functools_test_support::clock`. No test sleeps.

mod background;
mod entries;
mod expiry;
#[cfg(target_os = "linux")]
mod leak;
mod model;
mod programs;
mod result_ttl;
mod stale;
mod stale_on_error;
mod stale_windows;
mod stats;
mod stats_model;
mod weights;
