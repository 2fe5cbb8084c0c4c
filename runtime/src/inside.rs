//! Which caches this thread is inside of: running `Eq` or `Clone` of what they hold.
//!
//! Such code may call the cached function again. Were that answered from the cache, it would run the same
//! `Eq` or `Clone` again, and so on; so it computes instead. Whoever looks finds nothing, and nothing
//! is stored.

use std::cell::Cell;

/// More caches than this, each inside the code of another, and the next one computes.
const DEPTH: usize = 16;

thread_local! {
    /// Addresses of caches, outermost first; 0 where there is none.
    static INSIDE: [Cell<usize>; DEPTH] = const { [const { Cell::new(0) }; DEPTH] };
}

/// While it lives, this thread is inside of a cache.
pub(crate) struct Inside {
    place: usize,
}

impl Inside {
    /// `None` if this thread is inside of it already.
    #[inline]
    pub(crate) fn enter<C>(cache: &C) -> Option<Self> {
        let address = std::ptr::from_ref(cache).addr();
        INSIDE.with(|inside| {
            for (place, cell) in inside.iter().enumerate() {
                match cell.get() {
                    0 => {
                        cell.set(address);
                        return Some(Inside { place });
                    }
                    other if other == address => return None,
                    _ => (),
                }
            }
            None
        })
    }
}

impl Drop for Inside {
    #[inline]
    fn drop(&mut self) {
        INSIDE.with(|inside| inside[self.place].set(0));
    }
}
