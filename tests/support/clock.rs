//! The clock of all caches of the process, set by hand. The tests of the binary `it` run beside
//! each other, so they must not set it.

use std::env;
use std::ffi::OsStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use functools::__private::set_clock;

/// One second.
pub const SECOND: Duration = Duration::from_secs(1);
/// One nanosecond, the clock's unit.
pub const NANOSECOND: Duration = Duration::from_nanos(1);

/// The time to which the clock is set.
static NOW: AtomicU64 = AtomicU64::new(1_000_000_000_000);

/// Whether this is the binary `it`.
static IS_SHARED: LazyLock<bool> = LazyLock::new(|| {
    let binary = env::current_exe().expect("the path of the test");
    let name = binary.file_name().and_then(OsStr::to_str).expect("its name");
    name.starts_with("it-")
});

/// Stops the clock, and gives it to this test alone while the guard lives.
pub fn clock() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    advance(SECOND);
    turn
}

/// Sets the clock forward.
///
/// # Panics
///
/// In the binary `it`, and if the duration is longer than 584 years.
pub fn advance(by: Duration) {
    assert!(!*IS_SHARED, "a test that sets the clock belongs into the binary `time`");
    let by = u64::try_from(by.as_nanos()).expect("a duration below 584 years");
    set_clock(Duration::from_nanos(NOW.fetch_add(by, Ordering::Relaxed) + by));
}
