//! Runs deferred requests and the engine's maintenance, once this thread holds no pin.

use std::mem;
use std::thread;

use parking_lot::Mutex;

use super::core::{Cache, CachePin};
use super::deferred::{Deferred, DeferredQueue, Reset};
use super::scope::Scope;
use crate::engine::{Elapsed, Engine as _, Garbage, Pin as _, ReadScope};
use crate::inflight::completion::Completion;

/// Runs deferred requests when it is dropped, also if user code panicked.
pub(super) struct RunDeferredOnDrop<'a, K: 'static, V: 'static, W: 'static, S: Scope>(
    pub(super) &'a Cache<K, V, W, S>,
);

impl<K: 'static, V: 'static, W: 'static, S: Scope> Drop for RunDeferredOnDrop<'_, K, V, W, S> {
    #[inline]
    fn drop(&mut self) {
        // A pin that a panic releases does not say whether the engine needs maintenance.
        if self.0.deferrals.is_pending() || thread::panicking() {
            self.0.run_deferred();
        }
    }
}

impl<K: 'static, V: 'static, W: 'static, S: Scope> Cache<K, V, W, S> {
    /// Adds a request, to be run when the outer call ends.
    pub(super) fn defer(&self, request: Deferred<K>) {
        let mut queue = self.deferrals.queue.lock();
        match queue.push(request) {
            Some(request) => {
                drop(queue);
                drop(request);
            }
            None => self.deferrals.set_pending(),
        }
    }

    /// Releases a pin that has found nothing to return.
    #[inline]
    pub(super) fn release(&self, pin: CachePin<'_, K, V, W, S>) {
        if pin.leave() {
            self.run_deferred();
        }
    }

    /// Runs deferred requests, unless within a pin.
    #[cold]
    pub(super) fn run_deferred(&self) {
        /// Ends the run, also if an `Eq` panics.
        struct AbortOnDrop<'a, K>(&'a Mutex<DeferredQueue<K>>);

        impl<K> Drop for AbortOnDrop<'_, K> {
            fn drop(&mut self) {
                self.0.lock().abort_run();
            }
        }

        if ReadScope::is_active() {
            return;
        }
        let mut queue = self.deferrals.queue.lock();
        if !queue.start_running() {
            return;
        }
        let abort = AbortOnDrop(&self.deferrals.queue);
        loop {
            self.deferrals.clear_pending();
            let requests = queue.take();
            drop(queue);
            self.run_requests(requests);
            queue = self.deferrals.queue.lock();
            // With the same lock held, so that no request is overlooked.
            if queue.stop_running() {
                mem::forget(abort);
                return;
            }
        }
    }

    fn run_requests(&self, requests: Vec<Deferred<K>>) {
        let mut garbage = Garbage::new();
        self.engine.maintain(&mut garbage);
        drop(garbage);
        for request in requests {
            match request {
                Deferred::Clear(Reset::Counters) => self.clear(),
                Deferred::Clear(Reset::Nothing) => self.drop_all(),
                Deferred::Resize(maxsize) => self.resize(maxsize),
                Deferred::Invalidate(fingerprint, key, keys_equal) => {
                    let _ = self.invalidate_where(fingerprint, |other| keys_equal(&key, other));
                }
                Deferred::Cancel(id) => {
                    self.finish_unstored(id, Elapsed::NotRun.into(), || Completion::Cancelled);
                }
            }
        }
    }
}
