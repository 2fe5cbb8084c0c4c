//! Waiting for at most so long, on any runtime or none. One task of the supervisor keeps the time for all.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::{Poll, Waker};
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// Those who wait, by when they stop to.
#[derive(Default)]
pub(super) struct Timer {
    state: Mutex<State>,
    /// Somebody stops to wait before the next time to look.
    earlier: Notify,
}

#[derive(Default)]
struct State {
    waiting: BTreeMap<(Instant, u64), Waker>,
    last: u64,
    looks_at: Option<Instant>,
}

/// One who waits. Dropped, he does not any more.
struct Seat<'a> {
    timer: &'a Timer,
    due: Instant,
    number: Option<u64>,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let waker = self
            .number
            .and_then(|number| self.timer.state.lock().waiting.remove(&(self.due, number)));
        drop(waker);
    }
}

impl Timer {
    /// Waits until `poll` is ready, which is asked whenever it, or this timer, wakes; `None` if it is not in time.
    pub(super) async fn until<T>(
        &self,
        due: Instant,
        mut poll: impl FnMut(&mut std::task::Context<'_>) -> Poll<T>,
    ) -> Option<T> {
        let mut seat = Seat { timer: self, due, number: None };
        poll_fn(|context| {
            if let Poll::Ready(ready) = poll(context) {
                return Poll::Ready(Some(ready));
            }
            if Instant::now() >= due {
                return Poll::Ready(None);
            }
            self.seat(&mut seat, context.waker());
            // What was changed before there was a seat woke nobody.
            match poll(context) {
                Poll::Ready(ready) => Poll::Ready(Some(ready)),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    fn seat(&self, seat: &mut Seat<'_>, waker: &Waker) {
        let waker = waker.clone();
        let mut state = self.state.lock();
        let number = *seat.number.get_or_insert_with(|| {
            state.last += 1;
            state.last
        });
        let before = state.waiting.insert((seat.due, number), waker);
        let is_earlier = state.looks_at.is_none_or(|looks_at| seat.due < looks_at);
        if is_earlier {
            state.looks_at = Some(seat.due);
        }
        drop(state);
        drop(before);
        if is_earlier {
            self.earlier.notify_one();
        }
    }

    /// Lets all who wait look whether they still have to.
    pub(super) fn wake_all(&self) {
        let wakers: Vec<_> = self.state.lock().waiting.values().cloned().collect();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Keeps the time.
    pub(super) async fn run(&self) {
        loop {
            let looks_at = {
                let mut state = self.state.lock();
                state.looks_at = state.waiting.keys().next().map(|&(due, _)| due);
                state.looks_at
            };
            let Some(looks_at) = looks_at else {
                self.earlier.notified().await;
                continue;
            };
            if tokio::time::timeout_at(looks_at.into(), self.earlier.notified()).await.is_ok() {
                continue;
            }
            let now = Instant::now();
            let due = {
                let mut state = self.state.lock();
                let later = state.waiting.split_off(&(now, u64::MAX));
                std::mem::replace(&mut state.waiting, later)
            };
            due.into_values().for_each(Waker::wake);
        }
    }
}
