//! One thread for each tier that has a Redis. It has the [tasks of the nodes](super::node_task),
//! and keeps the time of all waits. No user code runs here but `Drop` of entries that have changed.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::cluster::supervise_all;
use super::link::{LONGEST_DELAY, Link};
use crate::inflight::timer::Timer;
use crate::tier::Functions;

/// Starts the thread. Without one calls go past Redis.
pub(super) fn start(functions: &'static Functions, link: Arc<Link>) {
    let supervised = link.clone();
    let thread = std::thread::Builder::new().name("functools-redis".to_owned());
    if let Err(error) = thread.spawn(move || run(functions, &link)) {
        supervised.common.record_error(&error.to_string());
        supervised.close();
    }
}

/// Closes the link when its thread ends, in whatever way: then nothing waits for it.
struct CloseOnDrop<'a>(&'a Link);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn run(functions: &'static Functions, link: &Arc<Link>) {
    let _close = CloseOnDrop(link);
    let common = &link.common;
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            common.record_error(&error.to_string());
            return;
        }
    };
    let _ = common.handle.set(runtime.handle().clone());
    let timed = common.clone();
    runtime.spawn(async move { drive(&timed.timer).await });
    while common.is_usable() {
        // User code may panic: then the supervisor starts again.
        let supervised = || runtime.block_on(supervise_all(functions, link));
        if catch_unwind(AssertUnwindSafe(supervised)).is_err() {
            common.record_error("the thread that connects has panicked, and connects again");
            link.sole().disconnect();
            runtime.block_on(tokio::time::sleep(LONGEST_DELAY));
        }
    }
}

/// Keeps the time of all waits for a Redis. What has arrived by the time that a wait ends is read
/// first: this thread may not have had its turn.
async fn drive(timer: &Timer) {
    let mut sleep = pin!(tokio::time::sleep(Duration::ZERO));
    loop {
        let next = poll_fn(|context| Poll::Ready(timer.fire(context.waker()))).await;
        if let Some(next) = next {
            sleep.as_mut().reset(next.into());
        }
        // Until it is due, or a wait that is due earlier wakes this task.
        let mut is_woken = false;
        poll_fn(|context| {
            let is_due = next.is_some() && sleep.as_mut().poll(context).is_ready();
            match is_due || std::mem::replace(&mut is_woken, true) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
        // This ends after the driver has read the replies that have arrived.
        tokio::task::yield_now().await;
    }
}
