//! A lock for what is read all the time and written seldom, whose readers never write where another
//! thread reads. The only module with unsafe code; it knows nothing of caches.
//!
//! Each thread has a *stripe*, on cache lines of its own: a lock word and private data. Who holds one
//! stripe may read what is shared, and write that stripe's private data. Who holds all of them, and the
//! writer's mutex, may write everything. So readers meet only the writer, never each other, unless there
//! are more threads than stripes.
//!
//! The lock word names its holder, so that a thread that asks again while it reads is told so, and need
//! not wait for itself.

#![allow(unsafe_code)]

use super::shim::{AtomicBool, AtomicU32, Mutex, OnceBox, Ordering, UnsafeCell, hint, yield_now};
use super::thread::ThreadId;
use super::{Inside, Lock, Privates};

/// How many threads can read without meeting each other.
#[cfg(not(loom))]
pub(crate) const STRIPES: usize = 32;
#[cfg(loom)]
pub(crate) const STRIPES: usize = 2;

/// Nobody holds the stripe.
const FREE: u32 = 0;
/// The writer holds it. No thread has this number.
const WRITER: u32 = u32::MAX;

/// The private data of some threads, and its lock.
// Two cache lines, since they are fetched in pairs.
#[repr(align(128))]
pub(crate) struct Stripe<P> {
    holder: AtomicU32,
    private: UnsafeCell<P>,
}

/// `S` is shared, each stripe has a `P` of its own, and `W` belongs to writers.
pub struct Striped<S, P, W> {
    shared: UnsafeCell<S>,
    /// A writer waits for a stripe: readers let it pass.
    waiting: AtomicBool,
    stripes: [OnceBox<Stripe<P>>; STRIPES],
    writer: Mutex<W>,
}

// SAFETY: `S` is reached by `&` from several threads at once, under a stripe each, and by `&mut` from one
// that holds all stripes: `Send + Sync`. A `P` and the `W` are reached only by whoever holds their lock:
// `Send`.
unsafe impl<S: Send + Sync, P: Send, W: Send> Sync for Striped<S, P, W> {}

/// A stripe that this thread holds.
struct Held<'a, P>(&'a Stripe<P>);

impl<P> Drop for Held<'_, P> {
    #[inline]
    fn drop(&mut self) {
        self.0.holder.store(FREE, Ordering::Release);
    }
}

/// All stripes there are, held by the writer.
struct HeldAll<'a, P> {
    stripes: &'a [OnceBox<Stripe<P>>],
    waiting: &'a AtomicBool,
}

impl<P> Drop for HeldAll<'_, P> {
    fn drop(&mut self) {
        for stripe in self.stripes.iter().filter_map(OnceBox::get) {
            stripe.holder.store(FREE, Ordering::Release);
        }
        self.waiting.store(false, Ordering::Relaxed);
    }
}

impl<S, P: Default, W> Striped<S, P, W> {
    /// Reads as the thread `me`.
    #[inline]
    pub(crate) fn read_as<R>(
        &self,
        me: ThreadId,
        read: impl FnOnce(&S, &mut P, usize) -> R,
    ) -> Result<R, Inside> {
        let index = me.index() % STRIPES;
        let stripe = match self.stripes[index].get() {
            Some(stripe) => stripe,
            None => self.add(index),
        };
        if self.waiting.load(Ordering::Relaxed) || !stripe.try_lock(me.number()) {
            self.wait(stripe, me)?;
        }
        let _held = Held(stripe);
        Ok(self.shared.with(|shared| {
            stripe.private.with_mut(|private| {
                // SAFETY: this thread holds the stripe. A writer takes every stripe before it makes a
                // `&mut` of what is shared, and a stripe is added only with the writer's mutex held, so
                // there is none while this one is held. Acquiring the lock word makes the last writer's
                // writes visible.
                let shared = unsafe { &*shared };
                // SAFETY: likewise; and this thread does not get here again while it holds the stripe,
                // for `wait` sends it away.
                let private = unsafe { &mut *private };
                read(shared, private, index)
            })
        }))
    }

    /// Reaches one stripe's private data from any thread.
    pub(crate) fn private_as<R>(
        &self,
        me: ThreadId,
        index: usize,
        act: impl FnOnce(&mut P) -> R,
    ) -> Result<R, Inside> {
        let stripe = match self.stripes[index].get() {
            Some(stripe) => stripe,
            None => self.add(index),
        };
        if !stripe.try_lock(me.number()) {
            self.wait(stripe, me)?;
        }
        let _held = Held(stripe);
        Ok(stripe.private.with_mut(|private| {
            // SAFETY: this thread holds the stripe, and does not get here again while it does.
            act(unsafe { &mut *private })
        }))
    }

    /// Writes as the thread `me`. No user code may run in `write`: others wait.
    pub(crate) fn write_as<R>(
        &self,
        me: ThreadId,
        write: impl FnOnce(&mut S, &mut W, &mut dyn Privates<P>) -> R,
    ) -> Result<R, Inside> {
        if let Some(own) = self.stripes[me.index() % STRIPES].get()
            && own.holder.load(Ordering::Relaxed) == me.number()
        {
            return Err(Inside);
        }
        let mut writer = self.writer.lock();
        let mut held = self.lock_all();
        Ok(self.shared.with_mut(|shared| {
            // SAFETY: this thread holds the writer's mutex and every stripe, and no stripe can be added
            // without that mutex. So nobody reads, and nobody else writes.
            let shared = unsafe { &mut *shared };
            write(shared, &mut writer, &mut held)
        }))
    }

    fn lock_all(&self) -> HeldAll<'_, P> {
        for stripe in self.stripes.iter().filter_map(OnceBox::get) {
            if !stripe.try_lock(WRITER) {
                // From now on readers wait at the mutex; whoever reads now is waited for.
                self.waiting.store(true, Ordering::Relaxed);
                let mut pause = Pause::default();
                while !stripe.try_lock(WRITER) {
                    pause.wait();
                }
            }
        }
        HeldAll { stripes: &self.stripes, waiting: &self.waiting }
    }

    #[cold]
    #[inline(never)]
    fn add(&self, index: usize) -> &Stripe<P> {
        // Keeps writers away, who hold all stripes that there are.
        let _writer = self.writer.lock();
        self.stripes[index].get_or_init(|| {
            let private = UnsafeCell::new(P::default());
            Box::new(Stripe { holder: AtomicU32::new(FREE), private })
        })
    }

    /// Waits for a stripe, unless this thread holds it itself.
    #[cold]
    #[inline(never)]
    fn wait(&self, stripe: &Stripe<P>, me: ThreadId) -> Result<(), Inside> {
        if stripe.holder.load(Ordering::Relaxed) == me.number() {
            return Err(Inside);
        }
        let mut pause = Pause::default();
        loop {
            if stripe.holder.load(Ordering::Relaxed) == WRITER
                || self.waiting.load(Ordering::Relaxed)
            {
                drop(self.writer.lock());
            }
            if stripe.try_lock(me.number()) {
                return Ok(());
            }
            pause.wait();
        }
    }
}

impl<P> Stripe<P> {
    #[inline]
    fn try_lock(&self, holder: u32) -> bool {
        self.holder.compare_exchange(FREE, holder, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }
}

impl<P> Privates<P> for HeldAll<'_, P> {
    fn each(&mut self, act: &mut dyn FnMut(usize, &mut P)) {
        for (index, stripe) in self.stripes.iter().enumerate() {
            if let Some(stripe) = stripe.get() {
                stripe.private.with_mut(|private| {
                    // SAFETY: the writer holds every stripe for as long as `self` lives, and `&mut self`
                    // lets nobody else have this reference.
                    act(index, unsafe { &mut *private });
                });
            }
        }
    }
}

impl<S, P: Default, W> Lock<S, P, W> for Striped<S, P, W> {
    fn new(shared: S, writer: W) -> Self {
        Striped {
            shared: UnsafeCell::new(shared),
            waiting: AtomicBool::new(false),
            stripes: std::array::from_fn(|_| OnceBox::new()),
            writer: Mutex::new(writer),
        }
    }

    #[inline]
    fn read<R>(&self, read: impl FnOnce(&S, &mut P, usize) -> R) -> Result<R, Inside> {
        self.read_as(ThreadId::current(), read)
    }

    fn private<R>(&self, index: usize, act: impl FnOnce(&mut P) -> R) -> Result<R, Inside> {
        self.private_as(ThreadId::current(), index, act)
    }

    #[inline]
    fn write<R>(
        &self,
        write: impl FnOnce(&mut S, &mut W, &mut dyn Privates<P>) -> R,
    ) -> Result<R, Inside> {
        self.write_as(ThreadId::current(), write)
    }
}

/// Waits ever longer. What is waited for is short, unless user code runs in it.
#[derive(Default)]
struct Pause(u32);

impl Pause {
    fn wait(&mut self) {
        if self.0 < 6 {
            for _ in 0..1 << self.0 {
                hint::spin_loop();
            }
            self.0 += 1;
        } else {
            yield_now();
        }
    }
}
