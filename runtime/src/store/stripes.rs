//! A lock for what is read all the time and written seldom, whose readers never write where another
//! thread reads. The only module with unsafe code; it knows nothing of caches.
//!
//! Each thread has a *stripe*, on cache lines of its own: a lock word and private data. Who holds one
//! stripe may read what is shared, and write that stripe's private data. Who holds all of them, and the
//! writer's mutex, may write everything. So readers meet only the writer, never each other, unless there
//! are more threads than stripes.
//!
//! The lock word names its holder, so that a thread that asks again while it reads is told so, and need
//! not wait for itself. Nor does it wait for others while it reads, here or elsewhere: what cannot be had
//! at once it is refused.

#![allow(unsafe_code)]

use super::shim::{
    AtomicBool, AtomicU32, AtomicUsize, Mutex, MutexGuard, OnceBox, Ordering, UnsafeCell, hint,
    yield_now,
};
use super::thread::{Reading, ThreadId};
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
    /// How many stripes, from the first on, may be there. Changes only with the writer's mutex held.
    used: AtomicUsize,
    stripes: [OnceBox<Stripe<P>>; STRIPES],
    writer: Mutex<W>,
}

// SAFETY: `S` is reached by `&` from several threads at once, under a stripe each, and by `&mut` from one
// that holds all stripes: `Send + Sync`. A `P` and the `W` are reached only by whoever holds their lock:
// `Send`.
unsafe impl<S: Send + Sync, P: Send, W: Send> Sync for Striped<S, P, W> {}

// SAFETY: it owns what it holds, each by value or in a box of its own.
unsafe impl<S: Send, P: Send, W: Send> Send for Striped<S, P, W> {}

/// Whether to wait for what cannot be had at once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    Waits,
    Refuses,
}

impl Patience {
    /// Who reads a cache must not wait.
    #[inline]
    fn of_this_thread() -> Self {
        if Reading::now() { Patience::Refuses } else { Patience::Waits }
    }
}

/// A stripe that this thread holds.
struct Held<'a, P>(&'a Stripe<P>);

impl<P> Drop for Held<'_, P> {
    #[inline]
    fn drop(&mut self) {
        self.0.holder.store(FREE, Ordering::Release);
    }
}

/// All stripes there are, held by the writer.
pub struct HeldAll<'a, P> {
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
        patience: Patience,
        read: impl FnOnce(&S, &mut P, usize) -> R,
    ) -> Result<R, Inside> {
        let index = me.index() % STRIPES;
        let stripe = match self.stripes[index].get() {
            Some(stripe) => stripe,
            None => self.add(index, patience)?,
        };
        if self.waiting.load(Ordering::Relaxed) || !stripe.try_lock(me.number()) {
            self.wait(stripe, me, patience)?;
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

    /// Writes as the thread `me`. No user code may run in `write`: others wait.
    pub(crate) fn write_as<R>(
        &self,
        me: ThreadId,
        patience: Patience,
        write: impl FnOnce(&mut S, &mut W, &mut HeldAll<'_, P>) -> R,
    ) -> Result<R, Inside> {
        if let Some(own) = self.stripes[me.index() % STRIPES].get()
            && own.holder.load(Ordering::Relaxed) == me.number()
        {
            return Err(Inside);
        }
        let mut writer = self.lock_writer(patience)?;
        let mut held = self.lock_all(patience)?;
        Ok(self.shared.with_mut(|shared| {
            // SAFETY: this thread holds the writer's mutex and every stripe, and no stripe can be added
            // without that mutex. So nobody reads, and nobody else writes.
            let shared = unsafe { &mut *shared };
            write(shared, &mut writer, &mut held)
        }))
    }

    /// For who holds the writer's mutex.
    #[inline]
    fn lock_all(&self, patience: Patience) -> Result<HeldAll<'_, P>, Inside> {
        let all = &self.stripes[..self.used.load(Ordering::Relaxed)];
        let mut held = HeldAll { stripes: &all[..0], waiting: &self.waiting };
        for (index, stripe) in all.iter().enumerate() {
            if let Some(stripe) = stripe.get()
                && !stripe.try_lock(WRITER)
            {
                if patience == Patience::Refuses {
                    return Err(Inside);
                }
                // From now on readers wait at the mutex; whoever reads now is waited for.
                self.waiting.store(true, Ordering::Relaxed);
                let mut pause = Pause::default();
                while !stripe.try_lock(WRITER) {
                    pause.wait();
                }
            }
            held.stripes = &all[..=index];
        }
        Ok(held)
    }

    #[cold]
    #[inline(never)]
    fn add(&self, index: usize, patience: Patience) -> Result<&Stripe<P>, Inside> {
        // Keeps writers away, who hold all stripes that there are.
        let _writer = self.lock_writer(patience)?;
        let used = self.used.load(Ordering::Relaxed).max(index + 1);
        self.used.store(used, Ordering::Relaxed);
        Ok(self.stripes[index].get_or_init(|| {
            let private = UnsafeCell::new(P::default());
            Box::new(Stripe { holder: AtomicU32::new(FREE), private })
        }))
    }

    #[inline]
    fn lock_writer(&self, patience: Patience) -> Result<MutexGuard<'_, W>, Inside> {
        match patience {
            Patience::Waits => Ok(self.writer.lock()),
            Patience::Refuses => self.writer.try_lock().ok_or(Inside),
        }
    }

    /// Waits for a stripe, unless this thread holds it itself.
    #[cold]
    #[inline(never)]
    fn wait(&self, stripe: &Stripe<P>, me: ThreadId, patience: Patience) -> Result<(), Inside> {
        if patience == Patience::Refuses || stripe.holder.load(Ordering::Relaxed) == me.number() {
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
    #[inline]
    fn each(&mut self, mut visit: impl FnMut(&mut P)) {
        for index in 0..self.stripes.len() {
            if let Some(private) = self.get(index) {
                visit(private);
            }
        }
    }

    #[inline]
    fn get(&mut self, stripe: usize) -> Option<&mut P> {
        let stripe = self.stripes.get(stripe)?.get()?;
        stripe.private.with_mut(|private| {
            // SAFETY: the writer holds every stripe for as long as `self` lives, and the reference keeps
            // `self` borrowed, so that there is no other to any stripe's data.
            Some(unsafe { &mut *private })
        })
    }
}

impl<S, P: Default + 'static, W> Lock<S, P, W> for Striped<S, P, W> {
    type Privates<'a> = HeldAll<'a, P>;

    fn new(shared: S, writer: W) -> Self {
        Striped {
            shared: UnsafeCell::new(shared),
            waiting: AtomicBool::new(false),
            used: AtomicUsize::new(0),
            stripes: std::array::from_fn(|_| OnceBox::new()),
            writer: Mutex::new(writer),
        }
    }

    #[inline]
    fn read<R>(&self, read: impl FnOnce(&S, &mut P, usize) -> R) -> Result<R, Inside> {
        let patience = Patience::of_this_thread();
        let _reading = Reading::begin();
        self.read_as(ThreadId::current(), patience, read)
    }

    #[inline]
    fn write<R>(
        &self,
        write: impl FnOnce(&mut S, &mut W, &mut HeldAll<'_, P>) -> R,
    ) -> Result<R, Inside> {
        self.write_as(ThreadId::current(), Patience::of_this_thread(), write)
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

/// Every way in which these threads can go ahead of each other, by the model checker.
#[cfg(all(test, loom))]
mod models {
    use loom::sync::Arc;
    use loom::thread;

    use super::{Inside, Lock, Patience, Privates, Striped, ThreadId};

    /// Both halves are always equal; readers count in private how often they looked.
    type Pair = Striped<(u32, u32), u32, u32>;

    const ONE: ThreadId = ThreadId::of_model(1);
    const TWO: ThreadId = ThreadId::of_model(2);
    /// Has the stripe of `ONE`.
    const THREE: ThreadId = ThreadId::of_model(3);

    fn read(pair: &Pair, me: ThreadId) {
        let read = pair.read_as(me, Patience::Waits, |shared, looks, _| {
            *looks += 1;
            // A reader that asks again is told so, whatever others do.
            assert!(matches!(pair.read_as(me, Patience::Waits, |_, _, _| ()), Err(Inside)));
            assert!(matches!(pair.write_as(me, Patience::Waits, |_, _, _| ()), Err(Inside)));
            *shared
        });
        let (one, two) = read.expect("not inside");
        assert_eq!(one, two);
    }

    fn write(pair: &Pair, me: ThreadId) {
        let written = pair.write_as(me, Patience::Waits, |shared, writes, _| {
            shared.0 += 1;
            *writes += 1;
            shared.1 += 1;
        });
        written.expect("not inside");
    }

    /// All looks since the last time, which are forgotten.
    fn collect(pair: &Pair, me: ThreadId) -> u32 {
        let collected = pair.write_as(me, Patience::Waits, |_, _, readers| {
            let mut sum = 0;
            readers.each(|looks| sum += std::mem::take(looks));
            sum
        });
        collected.expect("not inside")
    }

    fn model(threads: &'static [fn(&Pair)], looks: u32, writes: u32) {
        let mut checker = loom::model::Builder::new();
        // Three threads in every order with three preemptions take the better part of an hour.
        checker.preemption_bound = Some(if threads.len() > 2 { 2 } else { 3 });
        checker.check(move || {
            let pair: Arc<Pair> = Arc::new(Lock::new((0, 0), 0));
            let started: Vec<_> = threads
                .iter()
                .map(|&act| {
                    let pair = Arc::clone(&pair);
                    thread::spawn(move || act(&pair))
                })
                .collect();
            for thread in started {
                thread.join().expect("it does not panic");
            }
            let written =
                pair.write_as(ONE, Patience::Waits, |shared, writes, _| (*shared, *writes));
            assert_eq!(written.expect("not inside"), ((writes, writes), writes));
            assert_eq!(collect(&pair, ONE), looks);
        });
    }

    #[test]
    fn two_readers_and_a_writer() {
        model(&[|pair| read(pair, ONE), |pair| read(pair, TWO), |pair| write(pair, THREE)], 2, 1);
    }

    #[test]
    fn a_reader_that_reads_twice_and_a_writer() {
        model(
            &[
                |pair| {
                    read(pair, ONE);
                    read(pair, ONE);
                },
                |pair| write(pair, TWO),
            ],
            2,
            1,
        );
    }

    #[test]
    fn two_writers() {
        model(&[|pair| write(pair, ONE), |pair| write(pair, TWO)], 0, 2);
    }

    #[test]
    fn more_threads_than_stripes() {
        model(&[|pair| read(pair, ONE), |pair| read(pair, THREE), |pair| write(pair, TWO)], 2, 1);
    }

    /// One thread's stripe is there before, the other's is added while somebody writes.
    #[test]
    fn a_stripe_is_added() {
        model(
            &[
                |pair| {
                    write(pair, ONE);
                    read(pair, ONE);
                },
                |pair| read(pair, TWO),
            ],
            2,
            1,
        );
    }

    /// The next thread of its number finds what the last one left.
    #[test]
    fn a_thread_ends() {
        model(
            &[
                |pair| {
                    read(pair, ONE);
                    read(pair, ONE);
                },
                |pair| write(pair, THREE),
            ],
            2,
            1,
        );
    }

    /// Nothing that a reader notes is lost or counted twice, whenever it is collected.
    #[test]
    fn collecting_during_reads() {
        let mut checker = loom::model::Builder::new();
        checker.preemption_bound = Some(3);
        checker.check(|| {
            let pair: Arc<Pair> = Arc::new(Lock::new((0, 0), 0));
            let reader = {
                let pair = Arc::clone(&pair);
                thread::spawn(move || {
                    read(&pair, ONE);
                    read(&pair, ONE);
                })
            };
            let first = collect(&pair, TWO);
            reader.join().expect("it does not panic");
            assert_eq!(first + collect(&pair, TWO), 2);
        });
    }
}
