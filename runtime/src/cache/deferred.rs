//! What is asked for from inside of `Eq` or `Clone` of an entry, where this thread must wait for nothing: it is
//! done when the call that they are part of lets go.

use std::mem;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, ThreadId};

use parking_lot::Mutex;

use super::{Cache, Stored as _};
use crate::flight::Ending;
use crate::scope::Scope;
use crate::store::counts::Took;
use crate::store::slot::Begun;
use crate::store::thread::Reading;

/// What was asked for.
pub(super) enum Deferred<K> {
    Clear,
    Invalidate(u32, K, fn(&K, &K) -> bool),
    Abandon(Begun),
}

/// All that was asked for, and who does it now.
pub(super) struct Queue<K> {
    all: Vec<Deferred<K>>,
    doing: Option<ThreadId>,
}

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Queue { all: Vec::new(), doing: None }
    }
}

/// Does what user code asked for while this thread read, even if it panicked.
pub(super) struct CatchUp<'a, K: 'static, V: 'static, W: 'static, S: Scope>(
    pub(super) &'a Cache<K, V, W, S>,
);

impl<K: 'static, V: 'static, W: 'static, S: Scope> Drop for CatchUp<'_, K, V, W, S> {
    #[inline]
    fn drop(&mut self) {
        if self.0.has_deferred.load(Relaxed) {
            self.0.do_deferred();
        }
    }
}

impl<K: 'static, V: 'static, W: 'static, S: Scope> Cache<K, V, W, S> {
    #[cold]
    pub(super) fn do_deferred(&self) {
        /// Nobody does them any more, even if `Eq` panics.
        struct Done<'a, K>(&'a Mutex<Queue<K>>);

        impl<K> Drop for Done<'_, K> {
            fn drop(&mut self) {
                self.0.lock().doing = None;
            }
        }

        if Reading::now() {
            return;
        }
        let mut queue = self.deferred.lock();
        if queue.doing.is_some() {
            return;
        }
        queue.doing = Some(thread::current().id());
        self.has_deferred.store(false, Relaxed);
        let all = mem::take(&mut queue.all);
        drop(queue);
        let _done = Done(&self.deferred);
        // Notes may be full.
        let _ = self.write(|_, _| ());
        for deferred in all {
            match deferred {
                Deferred::Clear => self.clear(),
                Deferred::Invalidate(tag, key, same) => {
                    let _ = self.invalidate_where(tag, |other| same(&key, other));
                }
                Deferred::Abandon(computation) => {
                    self.end(computation, Took::NOTHING.into(), || Ending::Abandoned);
                }
            }
        }
    }

    pub(super) fn defer(&self, deferred: Deferred<K>) {
        let mut queue = self.deferred.lock();
        // An `Eq` that asks each time it is asked would never come to an end. Nobody may wait in vain, though.
        let is_needed = matches!(deferred, Deferred::Abandon(_));
        if queue.doing == Some(thread::current().id()) && !is_needed {
            drop(queue);
            return drop(deferred);
        }
        queue.all.push(deferred);
        self.has_deferred.store(true, Relaxed);
    }
}
