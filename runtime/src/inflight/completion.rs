//! Waiting for an in-flight computation: its completion, and the wakers of its waiters.
//!
//! It relies on the wait list that the engine keeps for a computation, and never looks into a
//! cache. Wakers run with no lock held: they are an executor's code.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Instant;

use super::parker::{Parker, wake_all};
use crate::base::info::CacheStatus;
use crate::engine::shim::{Mutex, OnceCell};

/// The end of an in-flight computation, as its waiters get it.
pub(crate) enum Completion<W> {
    /// A result, for all waiters, and its status.
    Value(W, CacheStatus),
    /// The result belongs to its caller alone: all waiters compute, at once.
    NotCloneable,
    /// No result: the leader panicked or was dropped. The next waiter leads.
    Cancelled,
}

/// The completion and the wakers of one computation.
pub(crate) struct WaitList<W> {
    completion: OnceCell<Completion<W>>,
    wakers: Wakers,
}

impl<W> WaitList<W> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(WaitList { completion: OnceCell::new(), wakers: Wakers::new() })
    }
}

/// Completes a wait list when it is dropped: cancelled, unless a completion was set.
pub(crate) struct CompletionGuard<W>(pub(crate) Arc<WaitList<W>>);

impl<W> CompletionGuard<W> {
    /// Sets the completion and wakes the waiters.
    pub(crate) fn complete(self, completion: Completion<W>) {
        let _ = self.0.completion.set(completion);
    }
}

impl<W> Drop for CompletionGuard<W> {
    fn drop(&mut self) {
        let _ = self.0.completion.set(Completion::Cancelled);
        // A waiter that registers after this point finds the completion set.
        self.0.wakers.wake();
    }
}

/// A call that waits for a computation: a task, by its waker, or a thread, by that of its parker.
pub(crate) struct Waiter<W> {
    wait_list: Arc<WaitList<W>>,
    /// Its number in the wait list, once it is registered.
    id: Option<u64>,
}

impl<W> Waiter<W> {
    pub(crate) fn new(wait_list: &Arc<WaitList<W>>) -> Self {
        Waiter { wait_list: wait_list.clone(), id: None }
    }

    /// Returns the completion, if the computation has ended.
    pub(crate) fn completion(&self) -> Option<&Completion<W>> {
        self.wait_list.completion.get()
    }

    /// Ready once the computation has ended; until then its end wakes the waker.
    pub(crate) fn poll(&mut self, waker: &Waker) -> Poll<()> {
        if self.completion().is_some() {
            return Poll::Ready(());
        }
        let Waiter { wait_list, id } = self;
        wait_list.wakers.register(id, waker, &|| wait_list.completion.get().is_some())
    }

    /// Blocks this thread until the computation has ended, at most until the deadline. Returns
    /// whether it has ended.
    pub(crate) fn park(&mut self, deadline: Option<Instant>) -> bool {
        let parker = Parker::new();
        while self.poll(parker.waker()).is_pending() {
            if !parker.park_until(deadline) {
                return self.completion().is_some();
            }
        }
        true
    }
}

impl<W> Drop for Waiter<W> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.wait_list.wakers.remove(id);
        }
    }
}

/// The wakers of a wait list. Its functions are neither generic nor inlined, so that they are
/// compiled once, and not for each cache.
struct Wakers(Mutex<WakersById>);

/// The wakers in the order of their registration. A tree: it gives the memory of removed wakers
/// back.
#[derive(Default)]
struct WakersById {
    last_id: u64,
    by_id: BTreeMap<u64, Waker>,
}

impl Wakers {
    fn new() -> Self {
        Wakers(Mutex::new(WakersById::default()))
    }

    /// Registers the waker of the waiter with this number; a new waiter gets a number. Ready if
    /// the wait is over: then nothing would wake it.
    #[inline(never)]
    fn register(
        &self,
        id: &mut Option<u64>,
        waker: &Waker,
        is_over: &dyn Fn() -> bool,
    ) -> Poll<()> {
        // Cloned and dropped without the lock: a waker is an executor's code.
        let waker = waker.clone();
        let mut wakers = self.0.lock();
        // The completion is set before `wake` takes the wakers.
        if is_over() {
            return Poll::Ready(());
        }
        let id = *id.get_or_insert_with(|| {
            wakers.last_id += 1;
            wakers.last_id
        });
        let replaced = wakers.by_id.insert(id, waker);
        drop(wakers);
        drop(replaced);
        Poll::Pending
    }

    #[inline(never)]
    fn remove(&self, id: u64) {
        let waker = self.0.lock().by_id.remove(&id);
        drop(waker);
    }

    /// Wakes all waiters. The completion must be set.
    #[inline(never)]
    fn wake(&self) {
        let wakers = mem::take(&mut self.0.lock().by_id);
        wake_all(wakers.into_values());
    }
}
