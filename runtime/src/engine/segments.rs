//! Storage that grows and never moves: a first block, and further blocks that double it.
//!
//! Readers follow its pointers while one writer adds blocks. Growing allocates one block, zeroed by
//! the allocator, so its memory is touched only as it is used.

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ptr::NonNull;

use super::shim::{AtomicPtr, Ordering::SeqCst};

/// A type of which a block of zeroed memory is an array of default values.
///
/// # Safety
///
/// All bits zero is a valid value, the same as that of `Default`.
pub(super) unsafe trait Zeroed: Default {
    /// Shows the model checker that no thread uses it any more.
    #[cfg(functools_loom)]
    fn end(&mut self);
}

// SAFETY: an atomic has the representation of its integer.
unsafe impl Zeroed for super::shim::AtomicU32 {
    #[cfg(functools_loom)]
    fn end(&mut self) {
        self.with_mut(|_| ());
    }
}

// SAFETY: likewise.
unsafe impl Zeroed for super::shim::AtomicU64 {
    #[cfg(functools_loom)]
    fn end(&mut self) {
        self.with_mut(|_| ());
    }
}

/// The type of a block's elements, by the functions that know it.
#[derive(Clone, Copy)]
struct Element {
    size: usize,
    allocate: fn(usize) -> *mut u8,
    free: unsafe fn(*mut u8, usize),
}

impl Element {
    const fn of<T: Zeroed>() -> Self {
        Element { size: size_of::<T>(), allocate: allocate::<T>, free: free::<T> }
    }
}

/// Allocates an array of `len` default values, at least one.
#[cfg(not(any(functools_loom, miri)))]
fn allocate<T: Zeroed>(len: usize) -> *mut u8 {
    use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
    let Ok(layout) = Layout::array::<T>(len) else {
        handle_alloc_error(Layout::new::<T>());
    };
    // SAFETY: no element is of size zero, and `len` is not 0.
    let block = unsafe { alloc_zeroed(layout) };
    if block.is_null() {
        handle_alloc_error(layout);
    }
    block
}

#[cfg(any(functools_loom, miri))]
fn allocate<T: Zeroed>(len: usize) -> *mut u8 {
    let block: Box<[T]> = (0..len).map(|_| T::default()).collect();
    Box::into_raw(block).cast()
}

/// Drops an array that `allocate` made.
///
/// # Safety
///
/// `block` is from `allocate::<T>(len)`, and nothing refers to it any more.
unsafe fn free<T: Zeroed>(block: *mut u8, len: usize) {
    let block = std::ptr::slice_from_raw_parts_mut(block.cast::<T>(), len);
    // SAFETY: an array of initialized elements, allocated with the layout that `Box` uses.
    let block = unsafe { Box::from_raw(block) };
    #[cfg(functools_loom)]
    super::shim::free_later(block, T::end);
    #[cfg(not(functools_loom))]
    drop(block);
}

/// The most blocks after the first.
const BLOCKS: usize = if cfg!(functools_loom) { 2 } else { 26 };

/// An array by number, in blocks. It does not know the type of its elements, so that its code is
/// compiled once.
// In this order, so that the fields of most lookups are on one cache line.
#[repr(C)]
pub(super) struct RawSegments {
    first: AtomicPtr<u8>,
    /// The length of the first block: two to the power of `first_bits`.
    first_len: u32,
    first_bits: u32,
    element: Element,
    /// Each as long as all before it.
    rest: [AtomicPtr<u8>; BLOCKS],
}

// SAFETY: it owns its blocks. What may be done with an element from another thread is for the types
// that hold it to say.
unsafe impl Send for RawSegments {}
// SAFETY: likewise; its own fields are atomics and constants.
unsafe impl Sync for RawSegments {}

impl RawSegments {
    pub(super) fn new<T: Zeroed>(first_bits: u32) -> Self {
        RawSegments {
            first: AtomicPtr::default(),
            rest: std::array::from_fn(|_| AtomicPtr::default()),
            first_len: 1 << first_bits,
            first_bits,
            element: Element::of::<T>(),
        }
    }

    /// Returns where the element of this number is, if its block exists. `size` is that of an
    /// element: a constant where its type is known.
    #[inline(always)]
    pub(super) fn get(&self, number: u32, size: usize) -> Option<NonNull<u8>> {
        debug_assert_eq!(size, self.element.size);
        // Most arrays are one block. A predicted branch takes less time than to find the block.
        if number >= self.first_len {
            return self.get_rest(number, size);
        }
        let block = NonNull::new(self.first.load(SeqCst))?;
        // SAFETY: the number is less than the length of the block, which was allocated, so that the
        // product does not overflow.
        Some(unsafe { block.add(number as usize * size) })
    }

    /// Same as [`RawSegments::get`] of an element that is not in the first block.
    #[inline(always)]
    fn get_rest(&self, number: u32, size: usize) -> Option<NonNull<u8>> {
        let bits = number.checked_ilog2()?;
        let block = self.rest.get(bits.checked_sub(self.first_bits)? as usize)?;
        let block = NonNull::new(block.load(SeqCst))?;
        // SAFETY: as in `get`; a block begins at a power of two.
        Some(unsafe { block.add((number ^ (1 << bits)) as usize * size) })
    }

    /// Same as [`RawSegments::get`] where the type is not known.
    #[inline(always)]
    pub(super) fn get_erased(&self, number: u32) -> Option<NonNull<u8>> {
        self.get(number, self.element.size)
    }

    /// Makes the element of this number exist. By one thread at a time.
    #[cold]
    #[inline(never)]
    pub(super) fn reserve(&self, number: u32) {
        let (block, len) = if number >> self.first_bits == 0 {
            (&self.first, 1 << self.first_bits)
        } else {
            let bits = number.ilog2();
            let Some(block) = self.rest.get((bits - self.first_bits) as usize) else { return };
            (block, 1 << bits)
        };
        if block.load(SeqCst).is_null() {
            block.store((self.element.allocate)(len), SeqCst);
        }
    }

    /// Makes all elements up to this one exist. By one thread at a time.
    pub(super) fn reserve_to(&self, number: u32) {
        self.reserve(0);
        for bits in self.first_bits..=number.checked_ilog2().unwrap_or(0) {
            self.reserve(1 << bits);
        }
    }

    /// Takes all blocks out, for another owner. A reader may still be using them.
    pub(super) fn take(&self) -> Self {
        let take = |block: &AtomicPtr<u8>| AtomicPtr::new(block.swap(std::ptr::null_mut(), SeqCst));
        RawSegments {
            first: take(&self.first),
            rest: std::array::from_fn(|index| take(&self.rest[index])),
            first_len: self.first_len,
            first_bits: self.first_bits,
            element: self.element,
        }
    }

    /// Whether one of the blocks has an element at this address.
    pub(super) fn contains(&self, address: usize) -> bool {
        let size = self.element.size;
        self.blocks().any(|(block, len)| {
            let first = block.addr().get();
            (first..first + len * size).contains(&address)
        })
    }

    /// Visits the blocks that exist, as pointers to their first element and lengths.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (NonNull<u8>, usize)> {
        let first = (self.first.load(SeqCst), 1 << self.first_bits);
        let rest = self.rest.iter().enumerate();
        let rest = rest.map(|(n, block)| (block.load(SeqCst), 1 << (n + self.first_bits as usize)));
        let blocks = std::iter::once(first).chain(rest);
        blocks.filter_map(|(block, len)| NonNull::new(block).map(|block| (block, len)))
    }
}

impl Drop for RawSegments {
    fn drop(&mut self) {
        for (block, len) in self.blocks() {
            // SAFETY: from `allocate` of the same element and length; a `&mut self` has no readers.
            unsafe { (self.element.free)(block.as_ptr(), len) };
        }
    }
}

/// An array by number of values that threads may share.
pub(super) struct Segments<T> {
    raw: RawSegments,
    elements: PhantomData<T>,
}

impl<T: Zeroed + Sync> Segments<T> {
    pub(super) fn new(first_bits: u32) -> Self {
        Segments { raw: RawSegments::new::<T>(first_bits), elements: PhantomData }
    }

    #[inline(always)]
    pub(super) fn get(&self, number: u32) -> Option<&T> {
        let element = self.raw.get(number, size_of::<T>())?;
        // SAFETY: the blocks are arrays of `T`, all initialized, and live as long as `self`: only
        // `take` lets one go, whose result is kept until no reader is left.
        Some(unsafe { element.cast().as_ref() })
    }

    pub(super) fn reserve(&self, number: u32) {
        self.raw.reserve(number);
    }

    pub(super) fn reserve_to(&self, number: u32) {
        self.raw.reserve_to(number);
    }

    /// Returns the element of this number, which is made to exist.
    #[inline]
    pub(super) fn get_or_reserve(&self, number: u32) -> Option<&T> {
        if self.get(number).is_none() {
            self.reserve(number);
        }
        self.get(number)
    }

    /// Takes all blocks out, for another owner. A reader may still be using them.
    pub(super) fn take(&self) -> Self {
        Segments { raw: self.raw.take(), elements: PhantomData }
    }

    /// Visits all elements that exist, with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let mut number = 0;
        self.raw.blocks().flat_map(move |(block, len)| {
            // SAFETY: as in `get`.
            let block = unsafe { std::slice::from_raw_parts(block.cast::<T>().as_ptr(), len) };
            let first = number;
            number += u32::try_from(len).unwrap_or(u32::MAX);
            (first..).zip(block)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::shim::{AtomicU32, Ordering::Relaxed};
    use super::Segments;

    #[test]
    #[cfg(not(functools_loom))]
    fn each_number_has_an_element_of_its_own_that_does_not_move() {
        let segments = Segments::<AtomicU32>::new(2);
        assert!(segments.get(0).is_none());
        let mut places = Vec::new();
        for number in 0..100 {
            let element = segments.get_or_reserve(number).expect("it exists");
            assert_eq!(element.load(Relaxed), 0);
            element.store(number, Relaxed);
            places.push(std::ptr::from_ref(element));
        }
        assert!(segments.get(128).is_none());
        let numbers: Vec<_> = segments.iter().map(|(n, e)| (n, e.load(Relaxed))).collect();
        assert_eq!(numbers.len(), 128);
        assert!(numbers[..100].iter().all(|(number, element)| number == element));
        for (number, place) in (0..).zip(places) {
            assert_eq!(segments.get(number).map(std::ptr::from_ref), Some(place));
        }
        let taken = segments.take();
        assert!(segments.get(99).is_none());
        assert_eq!(taken.get(99).map(|element| element.load(Relaxed)), Some(99));
    }
}
