//! Waits with a deadline, on any async runtime or none.
//!
//! A [`Timer`] holds the wakers of all waits by deadline. A *driver* calls [`Timer::fire`] when the
//! earliest is due: the thread of [`limit`] here, a task of its supervisor for a Redis.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::parker::{Parker, wake_all};

/// The wakers of waits with a deadline.
pub struct Timer(Mutex<TimerState>);

struct TimerState {
    waits: BTreeMap<(Instant, u64), Waker>,
    last_id: u64,
    /// When the driver fires next.
    next_fire: Option<Instant>,
    /// Wakes the driver earlier than that.
    driver: Option<Waker>,
}

/// A wait with a deadline. Dropping it unregisters it.
pub(crate) struct Limit<'a> {
    timer: &'a Timer,
    deadline: Instant,
    /// Once it is registered.
    id: Option<u64>,
}

impl Limit<'_> {
    /// Calls `poll`; `None` if it is not ready by the deadline. The task is woken at the deadline,
    /// and whenever this timer wakes all waits.
    fn poll<T>(
        &mut self,
        context: &mut Context<'_>,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Option<T>> {
        if let Poll::Ready(ready) = poll(context) {
            return Poll::Ready(Some(ready));
        }
        if Instant::now() >= self.deadline {
            return Poll::Ready(None);
        }
        self.timer.register(self, context.waker());
        // A change before the registration woke nothing.
        poll(context).map(Some)
    }
}

impl Drop for Limit<'_> {
    #[inline(never)]
    fn drop(&mut self) {
        let waker = self.id.and_then(|id| self.timer.0.lock().waits.remove(&(self.deadline, id)));
        drop(waker);
    }
}

impl Timer {
    pub(crate) const fn new() -> Self {
        Timer(Mutex::new(TimerState {
            waits: BTreeMap::new(),
            last_id: 0,
            next_fire: None,
            driver: None,
        }))
    }

    /// Waits until `poll` is ready; `None` if it is not by the deadline. `poll` runs whenever the
    /// task or this timer is woken.
    pub(crate) async fn until<T>(
        &self,
        deadline: Instant,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Option<T> {
        let mut limit = self.limit(deadline);
        poll_fn(|context| limit.poll(context, &mut poll)).await
    }

    fn limit(&self, deadline: Instant) -> Limit<'_> {
        Limit { timer: self, deadline, id: None }
    }

    fn register(&self, limit: &mut Limit<'_>, waker: &Waker) {
        let waker = waker.clone();
        let mut state = self.0.lock();
        let id = *limit.id.get_or_insert_with(|| {
            state.last_id += 1;
            state.last_id
        });
        let deadline = limit.deadline;
        let before = state.waits.insert((deadline, id), waker);
        let is_earlier = state.next_fire.is_none_or(|next_fire| deadline < next_fire);
        let driver = if is_earlier {
            state.next_fire = Some(deadline);
            state.driver.clone()
        } else {
            None
        };
        drop(state);
        drop(before);
        // Wakers run without the lock: they are an executor's code.
        wake_all(driver);
    }

    /// Wakes the waits that are due, and returns when to call this again. `driver` is woken if that
    /// becomes earlier.
    pub(crate) fn fire(&self, driver: &Waker) -> Option<Instant> {
        let driver = driver.clone();
        let now = Instant::now();
        let mut state = self.0.lock();
        let later = state.waits.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut state.waits, later);
        let next_fire = state.waits.keys().next().map(|&(deadline, _)| deadline);
        state.next_fire = next_fire;
        let before = state.driver.replace(driver);
        drop(state);
        drop(before);
        wake_all(due.into_values());
        next_fire
    }

    /// Wakes all waits, whose condition has changed.
    pub(crate) fn wake_all(&self) {
        let wakers: Vec<_> = self.0.lock().waits.values().cloned().collect();
        wake_all(wakers);
    }
}

/// The timer of waits for other computations in this process.
static TIMER: Timer = Timer::new();

/// Whether a thread drives it.
static IS_DRIVEN: Mutex<bool> = Mutex::new(false);

/// The time for which that thread stays without waits.
const IDLE: Duration = Duration::from_secs(10);

/// Begins a wait with a deadline. The timer is driven by a thread of its own, which ends when
/// nothing has waited for 10 s.
pub(crate) fn limit(deadline: Instant) -> Limit<'static> {
    TIMER.limit(deadline)
}

/// Calls `poll`; `None` if it is not ready by the deadline, or if the timer has no thread and none
/// can be started.
pub(crate) fn poll<T>(
    limit: &mut Limit<'static>,
    context: &mut Context<'_>,
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
) -> Poll<Option<T>> {
    let poll = |context: &mut Context<'_>| match poll(context) {
        Poll::Ready(ready) => Poll::Ready(Some(ready)),
        // At each poll: before the wait is registered, the thread may end.
        Poll::Pending if ensure_driven() => Poll::Pending,
        Poll::Pending => Poll::Ready(None),
    };
    limit.poll(context, poll).map(Option::flatten)
}

/// Starts a thread that drives the timer, if there is none. Returns whether there is one now.
fn ensure_driven() -> bool {
    let mut is_driven = IS_DRIVEN.lock();
    if !*is_driven {
        let thread = thread::Builder::new().name("functools-timer".to_owned());
        *is_driven = thread.spawn(drive).is_ok();
    }
    *is_driven
}

fn drive() {
    let parker = Parker::new();
    loop {
        let next_fire = TIMER.fire(parker.waker());
        let is_woken = parker.park_until(Some(next_fire.unwrap_or_else(|| Instant::now() + IDLE)));
        if next_fire.is_none() && !is_woken {
            let mut is_driven = IS_DRIVEN.lock();
            // A wait that comes after this look finds no driver, and starts one.
            if TIMER.0.lock().waits.is_empty() {
                *is_driven = false;
                return;
            }
        }
    }
}
