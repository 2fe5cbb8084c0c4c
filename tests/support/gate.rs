//! Waits for events, and gates at which bodies stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use smol::future;
use tokio::sync::Semaphore;

use crate::{PATIENCE, Runs};

/// Lets other threads run until the event has happened.
///
/// # Panics
///
/// If it has not happened after [`PATIENCE`].
pub fn eventually(has_happened: impl Fn() -> bool) {
    let start = Instant::now();
    while !has_happened() {
        assert!(start.elapsed() < PATIENCE, "the event did not happen in {PATIENCE:?}");
        thread::yield_now();
    }
}

/// Same as [`eventually`], for a task.
///
/// # Panics
///
/// If it has not happened after [`PATIENCE`].
pub async fn eventually_async(has_happened: impl Fn() -> bool) {
    let start = Instant::now();
    while !has_happened() {
        assert!(start.elapsed() < PATIENCE, "the event did not happen in {PATIENCE:?}");
        future::yield_now().await;
    }
}

/// Waits until the gate has a permit, and takes it.
///
/// # Panics
///
/// If the gate is closed.
pub async fn take_permit(gate: &Semaphore) {
    gate.acquire().await.expect("an open semaphore").forget();
}

/// Stops bodies until it is opened. Opens when it is dropped, so that a test that fails ends.
#[derive(Debug, Default)]
pub struct Gate {
    arrived: Runs,
    is_open: AtomicBool,
}

impl Gate {
    /// Returns a closed gate.
    pub const fn new() -> Self {
        Gate { arrived: Runs::new(), is_open: AtomicBool::new(false) }
    }

    /// Counts the body that calls this, and stops it until the gate is open.
    pub fn pass(&self) {
        self.arrived.next();
        eventually(|| self.is_open());
    }

    /// Same as [`Gate::pass`], in the body of a task.
    pub async fn pass_async(&self) {
        self.arrived.next();
        eventually_async(|| self.is_open()).await;
    }

    /// Waits until this many bodies have arrived at the gate.
    pub fn wait_for(&self, bodies: u32) {
        eventually(|| self.arrived.count() == bodies);
    }

    /// Opens the gate for good.
    pub fn open(&self) {
        self.is_open.store(true, Ordering::SeqCst);
    }

    fn is_open(&self) -> bool {
        self.is_open.load(Ordering::SeqCst)
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
    }
}
