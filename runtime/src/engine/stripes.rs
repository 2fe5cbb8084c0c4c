//! Stripes: the part of the engine that each thread has to itself, on cache lines of its own. To
//! hold one's stripe is to pin the engine.

use super::recency::RecencyLog;
use super::shim::{
    AtomicBool, AtomicU64, AtomicUsize, OnceBox,
    Ordering::{Relaxed, Release, SeqCst},
    hint, sequentially_consistent, yield_now,
};
use super::slot::Address;
use super::thread::STRIPES;

/// A bit for each stripe.
pub(super) type StripeSet = u32;

/// The objects that the holder of a stripe may still use. The value of `Stripe::reader`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reader {
    /// None: the stripe is free.
    None,
    /// Anything: it searches.
    Searching,
    /// One slot, whose value it clones. It has logged its hit.
    Cloning(Address),
}

const NONE: usize = 0;
/// No slot has this address.
const SEARCHING: usize = 1;

// Two cache lines, since they are fetched in pairs. In this order, so that a hit uses few.
#[repr(C, align(128))]
pub(super) struct Stripe {
    reader: AtomicUsize,
    /// Something waits for this reader to leave.
    attention: AtomicBool,
    /// In a [`StripeSet`].
    pub(super) bit: StripeSet,
    /// The hits and misses of this stripe. Only its holder counts.
    hits: AtomicU64,
    misses: AtomicU64,
    pub(super) log: RecencyLog,
}

impl Stripe {
    fn new(bit: StripeSet, slot_bits: u32) -> Self {
        Stripe {
            bit,
            reader: AtomicUsize::new(NONE),
            attention: AtomicBool::new(false),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            log: RecencyLog::new(slot_bits),
        }
    }

    /// Holds the stripe, if it is free.
    #[inline(always)]
    pub(super) fn try_pin(&self) -> Option<StripePin<'_>> {
        let is_free = self.reader.compare_exchange(NONE, SEARCHING, SeqCst, Relaxed).is_ok();
        sequentially_consistent();
        // Not `then_some`, which would make a `StripePin`, and drop it, in any case.
        is_free.then(|| StripePin(self))
    }

    /// Returns the objects that its reader may use, for a writer that has made one unreachable by a
    /// `SeqCst` operation before: a reader that comes later does not find it.
    #[inline]
    pub(super) fn reader(&self) -> Reader {
        match self.reader.load(SeqCst) {
            NONE => Reader::None,
            SEARCHING => Reader::Searching,
            slot => Reader::Cloning(Address(slot)),
        }
    }

    #[inline(always)]
    pub(super) fn count_hit(&self) {
        self.hits.store(self.hits.load(Relaxed) + 1, Relaxed);
    }

    #[inline(always)]
    pub(super) fn count_miss(&self) {
        self.misses.store(self.misses.load(Relaxed) + 1, Relaxed);
    }

    /// Returns hits and misses.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.hits.load(Relaxed), self.misses.load(Relaxed))
    }

    /// Requests that its reader calls `Engine::maintain` when it leaves. Returns whether this is
    /// the first request.
    pub(super) fn request_attention(&self) -> bool {
        let is_new = !self.attention.swap(true, SeqCst);
        sequentially_consistent();
        is_new
    }

    pub(super) fn forget_request(&self) {
        self.attention.store(false, SeqCst);
        sequentially_consistent();
    }
}

/// A stripe that this thread holds.
pub(super) struct StripePin<'a>(pub(super) &'a Stripe);

impl StripePin<'_> {
    /// Says that from now on this reader uses one slot, and that it has logged its hit.
    #[inline(always)]
    pub(super) fn narrow(&self, slot: Address) {
        self.0.reader.store(slot.0, Release);
    }

    /// Releases the pin. Returns whether something waited for that.
    #[inline(always)]
    pub(super) fn leave(self) -> bool {
        let stripe = self.0;
        drop(self);
        stripe.attention.load(Relaxed)
    }
}

impl Drop for StripePin<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.0.reader.store(NONE, Release);
    }
}

/// The stripes of an engine, each made when a thread first uses it.
pub(super) struct Stripes([OnceBox<Stripe>; STRIPES]);

impl Stripes {
    pub(super) fn new() -> Self {
        Stripes(std::array::from_fn(|_| OnceBox::new()))
    }

    #[inline(always)]
    pub(super) fn get(&self, index: usize) -> Option<&Stripe> {
        self.0.get(index)?.get()
    }

    /// Creates a stripe, with room to log hits of this many slots, if they are logged. The
    /// writer's mutex is held, so that a writer knows all that exist.
    pub(super) fn make(&self, index: usize, slot_bits: u32, logged_slots: Option<u32>) {
        if let Some(place) = self.0.get(index) {
            let _ = place.get_or_init(|| {
                let stripe = Box::new(Stripe::new(1 << index, slot_bits));
                if let Some(slots) = logged_slots {
                    stripe.log.reserve(slots.saturating_sub(1));
                }
                stripe
            });
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Stripe> {
        self.0.iter().filter_map(OnceBox::get)
    }

    /// The stripes of a set, with their bits.
    #[inline]
    pub(super) fn of_set(&self, set: StripeSet) -> impl Iterator<Item = (StripeSet, &Stripe)> {
        let mut left = set;
        std::iter::from_fn(move || {
            let bit = left & left.wrapping_neg();
            left &= !bit;
            Some((bit, self.get(bit.trailing_zeros() as usize)?))
        })
    }
}

/// Waits ever longer for something that is short, unless user code runs in it.
#[derive(Default)]
pub(super) struct Backoff(u32);

impl Backoff {
    pub(super) fn wait(&mut self) {
        // The model checker needs to know only that it waits.
        if self.0 < 6 && !cfg!(functools_loom) {
            for _ in 0..1 << self.0 {
                hint::spin_loop();
            }
            self.0 += 1;
        } else {
            yield_now();
        }
    }
}
