//! A lock for what is read all the time and written seldom, whose readers never write where another
//! thread reads. It knows nothing of caches.
//!
//! Each thread has a *stripe*, on cache lines of its own: a lock word, a tally and private data. Who holds
//! one stripe may read what is shared, and write that stripe's tally and private data. Who holds all
//! stripes in use may write everything. So readers meet only the writer, never each other, unless there are
//! more threads than stripes.
//!
//! A stripe comes into use when its thread reads, and goes out of use when that has not been for many
//! writes. While one is in use alone, its holder holds them all: a thread that has the cache to itself
//! writes for the price of one lock. Which are in use changes only with the writer's mutex *and* all of them
//! held, so that either is enough to know it.
//!
//! A thread that asks again while it reads is refused what it cannot have at once, since it would wait for
//! itself, or for others who wait for it.

#![allow(unsafe_code)]

use super::shim::{
    AtomicBool, AtomicU32, AtomicU64, Mutex, MutexGuard, OnceBox, Ordering, UnsafeCell, hint,
    yield_now,
};
use super::thread::{self, Caller, Reading};
use super::{Inside, Lock, Privates, Reader, Tally};

/// How many threads can read without meeting each other.
#[cfg(not(functools_loom))]
pub(crate) const STRIPES: usize = 32;
#[cfg(functools_loom)]
pub(crate) const STRIPES: usize = 2;

/// After how many writes without a read a stripe goes out of use.
#[cfg(not(functools_loom))]
const IDLE_WRITES: u32 = 64;
#[cfg(functools_loom)]
const IDLE_WRITES: u32 = 1;

/// The states of a stripe: nobody holds it; somebody does, or it is not in use.
const FREE: u32 = 0;
const HELD: u32 = 1;

/// The private data of some threads, and its lock.
// Two cache lines, since they are fetched in pairs.
#[repr(align(128))]
struct Stripe<P> {
    state: AtomicU32,
    /// Writes by others since the last call that was counted, and how many that were.
    idle: AtomicU32,
    counted: AtomicU64,
    bit: Mask,
    /// As `in_use` says, for who holds nothing yet: it may be out of date.
    in_use: AtomicBool,
    tally: Tally,
    private: UnsafeCell<P>,
}

/// A bit for each stripe.
type Mask = u32;

/// `S` is shared, each stripe has a `P` of its own.
pub struct Striped<S, P> {
    shared: UnsafeCell<S>,
    /// A writer waits for a stripe: readers let it pass.
    waiting: AtomicBool,
    /// As the count of `in_use` says, for who holds nothing yet: it may be out of date.
    crowded: AtomicBool,
    in_use: UnsafeCell<Mask>,
    stripes: Stripes<P>,
    writer: Mutex<()>,
}

// SAFETY: `S` is reached by `&` from several threads at once, under a stripe each, and by `&mut` from one
// that holds all stripes: `Send + Sync`. A `P` is reached only by whoever holds its stripe: `Send`. A tally
// is made of atomics, and `in_use` is written only by who holds everything.
unsafe impl<S: Send + Sync, P: Send> Sync for Striped<S, P> {}

// SAFETY: it owns what it holds, each by value or in a box of its own.
unsafe impl<S: Send, P: Send> Send for Striped<S, P> {}

/// A stripe that this thread holds.
struct Held<'a, P>(&'a Stripe<P>);

impl<P> Drop for Held<'_, P> {
    #[inline]
    fn drop(&mut self) {
        self.0.state.store(FREE, Ordering::Release);
    }
}

/// A thread that reads. What is declared first is let go first.
pub struct StripeReader<'a, S, P> {
    lock: &'a Striped<S, P>,
    _reading: Reading,
    held: Held<'a, P>,
}

impl<S, P> Reader<S, P> for StripeReader<'_, S, P> {
    #[inline(always)]
    fn parts(&mut self) -> (&S, &mut P, &Tally) {
        let stripe = self.held.0;
        // SAFETY: this thread holds the stripe as long as `self` lives. A writer holds every stripe in use
        // before it makes a `&mut` of what is shared, and this one cannot go out of use while it is held.
        // Acquiring the lock word made the last writer's writes visible.
        let shared = self.lock.shared.with(|shared| unsafe { &*shared });
        // SAFETY: likewise; and there is one reader for a stripe at a time, of which `self` is borrowed.
        let private = stripe.private.with_mut(|private| unsafe { &mut *private });
        (shared, private, &stripe.tally)
    }

    #[inline(always)]
    fn alone(&mut self) -> Option<(&mut S, &mut P)> {
        let Held(stripe) = self.held;
        // SAFETY: written only by who holds all stripes in use, of which this thread holds one.
        let in_use = self.lock.in_use.with(|in_use| unsafe { *in_use });
        if in_use != stripe.bit {
            return None;
        }
        // SAFETY: this is the one stripe in use, and no other can come into use while it is held. So nobody
        // else reads or writes; and this thread has no other reference, since `self` is borrowed.
        let shared = self.lock.shared.with_mut(|shared| unsafe { &mut *shared });
        // SAFETY: as in `parts`.
        let private = stripe.private.with_mut(|private| unsafe { &mut *private });
        Some((shared, private))
    }

    // Field by field: their drops are inlined. That of a struct without a `Drop` of its own is
    // compiled once, in another codegen unit than most hits.
    #[inline(always)]
    fn leave(self) {
        let StripeReader { lock: _, _reading: reading, held } = self;
        drop(reading);
        drop(held);
    }
}

/// All stripes in use, held by one thread.
pub struct HeldAll<'a, P> {
    stripes: &'a Stripes<P>,
    held: Mask,
}

type Stripes<P> = [OnceBox<Stripe<P>>; STRIPES];

/// The stripes of a mask, with their place.
#[inline]
fn of_mask<P>(stripes: &Stripes<P>, mask: Mask) -> impl Iterator<Item = (usize, &Stripe<P>)> {
    let mut left = mask;
    std::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        let index = left.trailing_zeros() as usize;
        left &= left - 1;
        Some((index, stripes.get(index)?.get()?))
    })
}

impl<P> Drop for HeldAll<'_, P> {
    #[inline]
    fn drop(&mut self) {
        for (_, stripe) in of_mask(self.stripes, self.held) {
            stripe.state.store(FREE, Ordering::Release);
        }
    }
}

/// The writer's mutex. Readers that wait for a writer wait for it.
struct Waiting<'a> {
    _mutex: MutexGuard<'a, ()>,
    waiting: &'a AtomicBool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.waiting.store(false, Ordering::Relaxed);
    }
}

/// Everything is held. What is declared first is let go first.
struct Exclusive<'a, P> {
    all: HeldAll<'a, P>,
    _waiting: Waiting<'a>,
}

impl<S, P: Default> Striped<S, P> {
    /// Holds a stripe, if that is simple.
    #[inline(always)]
    fn hold(&self, index: usize) -> Option<Held<'_, P>> {
        let stripe = self.stripes.get(index)?.get()?;
        // Not `then_some`, which would make a `Held`, and drop it, in any case.
        (!self.waiting.load(Ordering::Relaxed) && stripe.try_hold()).then(|| Held(stripe))
    }

    /// Holds the caller's stripe.
    #[cold]
    #[inline(never)]
    fn hold_slowly(&self, caller: Caller) -> Result<Held<'_, P>, Inside> {
        let index = caller.stripe;
        let mut pause = Pause::default();
        loop {
            if caller.waits && self.waiting.load(Ordering::Relaxed) {
                drop(self.writer.lock());
            }
            let Some(stripe) = self.stripes[index].get() else {
                self.put_in_use(index, caller)?;
                continue;
            };
            if stripe.try_hold() {
                return Ok(Held(stripe));
            }
            if !stripe.in_use.load(Ordering::Relaxed) {
                self.put_in_use(index, caller)?;
            } else if caller.waits {
                pause.wait();
            } else {
                return Err(Inside);
            }
        }
    }

    /// Makes the stripe one of those that writers hold.
    fn put_in_use(&self, index: usize, caller: Caller) -> Result<(), Inside> {
        let held = self.hold_all(caller)?;
        let stripe = self.stripes[index].get_or_init(|| Box::new(Stripe::new(index)));
        if held.all.held & (1 << index) == 0 {
            let in_use = held.all.held | (1 << index);
            self.set_in_use(in_use, &held);
            stripe.idle.store(0, Ordering::Relaxed);
            stripe.in_use.store(true, Ordering::Relaxed);
            stripe.state.store(FREE, Ordering::Release);
        }
        Ok(())
    }

    /// Holds everything.
    #[inline]
    fn hold_all(&self, caller: Caller) -> Result<Exclusive<'_, P>, Inside> {
        let mutex =
            if caller.waits { self.writer.lock() } else { self.writer.try_lock().ok_or(Inside)? };
        let waiting = Waiting { _mutex: mutex, waiting: &self.waiting };
        // SAFETY: written only by who holds the mutex, as this thread does.
        let in_use = self.in_use.with(|in_use| unsafe { *in_use });
        let mut all = HeldAll { stripes: &self.stripes, held: 0 };
        for (index, stripe) in of_mask(&self.stripes, in_use) {
            if !stripe.try_hold() {
                if !caller.waits {
                    return Err(Inside);
                }
                // From now on readers wait at the mutex; whoever reads now is waited for.
                self.waiting.store(true, Ordering::Relaxed);
                let mut pause = Pause::default();
                while !stripe.try_hold() {
                    pause.wait();
                }
            }
            all.held |= 1 << index;
        }
        Ok(Exclusive { all, _waiting: waiting })
    }

    /// Reads with a stripe held.
    #[inline(always)]
    fn reader<'a>(&'a self, held: Held<'a, P>, reading: Reading) -> StripeReader<'a, S, P> {
        StripeReader { lock: self, _reading: reading, held }
    }

    /// Writes with everything held.
    #[inline]
    fn write_with<R>(
        &self,
        held: &mut Exclusive<'_, P>,
        write: impl FnOnce(&mut S, &mut HeldAll<'_, P>) -> R,
    ) -> R {
        self.shared.with_mut(|shared| {
            // SAFETY: this thread holds every stripe in use, and none can come into use meanwhile, since
            // that takes all of them. So nobody reads, and nobody else writes.
            let shared = unsafe { &mut *shared };
            write(shared, &mut held.all)
        })
    }

    /// Takes stripes out of use that have not been read from for long, but for the caller's own.
    fn retire_idle(&self, mut held: Exclusive<'_, P>, caller: Caller) {
        let mut idle = 0;
        for (index, stripe) in of_mask(&self.stripes, held.all.held) {
            if index != caller.stripe {
                let (hits, misses) = stripe.tally.both();
                let writes =
                    if stripe.counted.swap(hits + misses, Ordering::Relaxed) == hits + misses {
                        stripe.idle.load(Ordering::Relaxed) + 1
                    } else {
                        0
                    };
                stripe.idle.store(writes, Ordering::Relaxed);
                if writes > IDLE_WRITES {
                    idle |= 1 << index;
                }
            }
        }
        if idle != 0 {
            held.all.held &= !idle;
            self.set_in_use(held.all.held, &held);
            for (_, stripe) in of_mask(&self.stripes, idle) {
                // Nobody can hold it, since nobody lets it go.
                stripe.in_use.store(false, Ordering::Relaxed);
            }
        }
    }

    /// Says which stripes are in use. Everything is held, the mutex too.
    fn set_in_use(&self, mask: Mask, _: &Exclusive<'_, P>) {
        self.in_use.with_mut(|in_use| {
            // SAFETY: read only by who holds the mutex or a stripe in use, and this thread holds them all.
            unsafe { *in_use = mask }
        });
        self.crowded.store(mask.count_ones() > 1, Ordering::Relaxed);
    }
}

impl<P: Default> Stripe<P> {
    fn new(index: usize) -> Self {
        Stripe {
            bit: 1 << index,
            state: AtomicU32::new(HELD),
            idle: AtomicU32::new(0),
            counted: AtomicU64::new(0),
            in_use: AtomicBool::new(false),
            tally: Tally::default(),
            private: UnsafeCell::new(P::default()),
        }
    }
}

impl<P> Stripe<P> {
    #[inline(always)]
    fn try_hold(&self) -> bool {
        self.state.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }
}

impl<P> Privates<P> for HeldAll<'_, P> {
    #[inline]
    fn each(&mut self, mut act: impl FnMut(&mut P)) {
        for (_, stripe) in of_mask(self.stripes, self.held) {
            stripe.private.with_mut(|private| {
                // SAFETY: the stripe is held for as long as `self` lives, and `self` is borrowed, so that
                // there is no other reference to its data.
                act(unsafe { &mut *private });
            });
        }
    }
}

impl<S, P: Default + 'static> Lock<S, P> for Striped<S, P> {
    type Reader<'a>
        = StripeReader<'a, S, P>
    where
        Self: 'a;
    type Privates<'a> = HeldAll<'a, P>;

    fn new(shared: S) -> Self {
        Striped {
            shared: UnsafeCell::new(shared),
            waiting: AtomicBool::new(false),
            crowded: AtomicBool::new(false),
            in_use: UnsafeCell::new(0),
            stripes: std::array::from_fn(|_| OnceBox::new()),
            writer: Mutex::new(()),
        }
    }

    #[inline(always)]
    fn enter(&self) -> Option<StripeReader<'_, S, P>> {
        Some(self.reader(self.hold(thread::stripe())?, Reading::begin(false)))
    }

    #[inline(always)]
    fn enter_alone(&self) -> Option<StripeReader<'_, S, P>> {
        if self.crowded.load(Ordering::Relaxed) { None } else { self.enter() }
    }

    fn enter_slowly(&self) -> Result<StripeReader<'_, S, P>, Inside> {
        let caller = Caller::current();
        let held = self.hold_slowly(caller)?;
        Ok(self.reader(held, Reading::begin(!caller.waits)))
    }

    #[inline]
    fn write<R>(&self, write: impl FnOnce(&mut S, &mut HeldAll<'_, P>) -> R) -> Result<R, Inside> {
        let caller = Caller::current();
        let mut held = self.hold_all(caller)?;
        let done = self.write_with(&mut held, write);
        self.retire_idle(held, caller);
        Ok(done)
    }

    fn tallies(&self, visit: impl FnMut(&Tally)) {
        self.stripes.iter().filter_map(OnceBox::get).map(|stripe| &stripe.tally).for_each(visit);
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

#[cfg(all(test, functools_loom))]
mod models;
