//! [`Buckets`], an array of buckets that is replaced by a larger one while readers search it, and
//! [`Array`], a view of it. It knows the place of the array, and not the meaning of its buckets.

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ptr::NonNull;

use super::shim::{
    AtomicPtr, AtomicU32,
    Ordering::{Relaxed, SeqCst},
    sequentially_consistent,
};

/// An array of buckets, or none, and its length less one, a power of two less one. Readers load the
/// mask first. It is stored last, and only ever increases, so that it never exceeds the array they
/// load then.
pub(super) struct Buckets {
    mask: AtomicU32,
    buckets: AtomicPtr<AtomicU32>,
}

/// An array of buckets that the index does not use any more. Readers may.
// It is kept to be dropped.
pub(super) struct RetiredBuckets(#[allow(dead_code)] Box<[AtomicU32]>);

#[cfg(functools_loom)]
impl Drop for RetiredBuckets {
    fn drop(&mut self) {
        super::shim::free_later(std::mem::take(&mut self.0), super::segments::Zeroed::end);
    }
}

/// Allocates an array of `len` empty buckets.
fn allocate(len: usize) -> Box<[AtomicU32]> {
    #[cfg(not(functools_loom))]
    {
        // Zeroed by the allocator, which touches no memory if there is much of it.
        let buckets: Box<[u32]> = vec![0; len].into_boxed_slice();
        // SAFETY: an atomic has the size, alignment and representation of its integer.
        unsafe { Box::from_raw(Box::into_raw(buckets) as *mut [AtomicU32]) }
    }
    #[cfg(functools_loom)]
    (0..len).map(|_| AtomicU32::new(0)).collect()
}

impl Buckets {
    /// Makes none.
    pub(super) fn none() -> Self {
        Buckets { mask: AtomicU32::new(0), buckets: AtomicPtr::new(std::ptr::null_mut()) }
    }

    /// Makes an array of so many empty buckets, a power of two.
    pub(super) fn with_len(len: usize) -> Self {
        let this = Buckets::none();
        drop(this.replace(Some(len)));
        this
    }

    #[inline(always)]
    pub(super) fn is_none(&self) -> bool {
        self.buckets.load(SeqCst).is_null()
    }

    /// Returns the length less one.
    #[inline]
    pub(super) fn mask(&self) -> u32 {
        self.mask.load(SeqCst)
    }

    /// Returns the array for a reader, if there is one.
    #[inline(always)]
    pub(super) fn array(&self) -> Option<Array<'_>> {
        let mask = self.mask.load(SeqCst);
        let buckets = NonNull::new(self.buckets.load(SeqCst))?;
        Some(Array { mask, buckets, owner: PhantomData })
    }

    /// Moves the array to `old`, and puts one of twice its length in its place. A reader that sees
    /// a part of this has one complete array to search: the array is in `old` before it is
    /// replaced.
    pub(super) fn grow(&self, old: &Buckets) {
        let mask = self.mask();
        old.buckets.store(self.buckets.load(Relaxed), SeqCst);
        old.mask.store(mask, SeqCst);
        let larger = allocate((mask as usize + 1) * 2);
        self.buckets.store(Box::into_raw(larger).cast(), SeqCst);
        self.mask.store(mask << 1 | 1, SeqCst);
    }

    /// Replaces the array by another one that is not shorter, or by none. Returns the old one.
    pub(super) fn replace(&self, len: Option<usize>) -> Option<RetiredBuckets> {
        let old = NonNull::new(self.buckets.load(Relaxed));
        let old_len = self.mask.load(Relaxed) as usize + 1;
        match len {
            Some(len) => {
                self.buckets.store(Box::into_raw(allocate(len)).cast(), SeqCst);
                self.mask.store(u32::try_from(len - 1).unwrap_or(0), SeqCst);
            }
            None => self.buckets.store(std::ptr::null_mut(), SeqCst),
        }
        sequentially_consistent();
        old.map(|old| {
            let buckets = std::ptr::slice_from_raw_parts_mut(old.as_ptr(), old_len);
            // SAFETY: from a box of this length, which was let go here alone.
            RetiredBuckets(unsafe { Box::from_raw(buckets) })
        })
    }
}

impl Drop for Buckets {
    fn drop(&mut self) {
        drop(self.replace(None));
    }
}

/// A view of an array of buckets.
#[derive(Clone, Copy)]
pub(super) struct Array<'a> {
    pub(super) mask: u32,
    buckets: NonNull<AtomicU32>,
    owner: PhantomData<&'a AtomicU32>,
}

impl<'a> Array<'a> {
    /// Returns the bucket of a fingerprint.
    #[inline(always)]
    pub(super) fn bucket(self, place: u32) -> &'a AtomicU32 {
        // SAFETY: the mask is that of this array or of a shorter one. Arrays are freed when no
        // reader is left that has pinned the engine before they were replaced, and a view is used
        // only within a pin or by the writer.
        unsafe { self.buckets.add((place & self.mask) as usize).as_ref() }
    }
}
