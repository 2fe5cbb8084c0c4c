//! A crate with a cached function in each kind of place, whose documentation `tests/docs.rs` reads.
//! Nothing here may be a finding of rustdoc.

#![deny(warnings, missing_docs, rustdoc::all)]

use functools::{CacheInfo, cache, lru_cache};

/// Returns an item, unlike [`renamed()`].
///
/// ```
/// let item = functools_docs::item(1, "en");
/// assert_eq!(item, "1en");
/// ```
#[lru_cache(maxsize = 64, ttl = "30m")]
#[must_use]
pub fn item(id: u64, lang: &str) -> String {
    format!("{id}{lang}")
}

/// Returns the [`CacheInfo`] of [`item()`].
#[must_use]
pub fn info() -> CacheInfo {
    item::cache_info()
}

/// Returns a number, by a name that is a keyword.
#[cache]
#[must_use]
pub fn r#type(id: u64) -> u64 {
    id
}

/// Returns a number.
#[lru_cache(handle = cache_of_renamed, maxsize = None)]
#[must_use]
pub fn renamed(id: u64) -> u64 {
    id
}

/// Returns a number.
#[lru_cache(handle = _, maxsize = size())]
#[must_use]
pub fn without_handle(id: u64) -> u64 {
    id
}

/// Returns a number.
#[doc(hidden)]
#[lru_cache]
#[must_use]
pub fn hidden(id: u64) -> u64 {
    id
}

/// Returns a number.
#[lru_cache(scope = "thread", ttl = size_of_time())]
#[must_use]
pub fn generic<T: Into<u64> + Copy + Eq + std::hash::Hash + 'static>(id: T) -> u64 {
    id.into()
}

/// Returns a number.
#[lru_cache(redis = "docs:{id}")]
pub async fn shared(id: u64) -> u64 {
    id
}

/// Returns a number.
#[lru_cache]
#[cfg(not(doc))]
#[must_use]
pub fn conditional(id: u64) -> u64 {
    id
}

/// Returns a number under this condition.
#[lru_cache]
#[cfg(doc)]
#[must_use]
pub fn conditional(id: u64) -> u64 {
    id
}

/// Returns the size of a cache, and has a cached function in its body.
#[must_use]
pub fn size() -> usize {
    /// A number.
    #[lru_cache]
    fn inner(id: usize) -> usize {
        id
    }

    #[expect(non_local_definitions, reason = "it has a page, unlike other items of a body")]
    impl Plain {
        /// Returns a number from a body.
        #[lru_cache]
        #[must_use]
        pub fn inside(&self) -> u64 {
            self.0
        }
    }
    inner(10)
}

#[lru_cache]
fn size_of_time() -> std::time::Duration {
    std::time::Duration::from_secs(60)
}

/// A type without parameters.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Plain(u64);

impl Plain {
    /// Returns a number.
    #[lru_cache]
    #[must_use]
    pub fn double(&self) -> u64 {
        self.0 * 2
    }

    /// Returns a type that owns what it has.
    #[lru_cache]
    #[must_use]
    pub fn make(id: u64) -> Self {
        Plain(id)
    }
}

/// A type with parameters.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Parsed<'a, T>(&'a str, T);

impl<T: Clone + Eq + std::hash::Hash + Send + Sync + 'static> Parsed<'static, T> {
    /// Returns a number.
    #[lru_cache]
    #[must_use]
    pub fn length(&self) -> usize {
        self.0.len()
    }
}

impl<T> Parsed<'_, T> {
    /// Returns a number.
    #[lru_cache(skip(self))]
    #[must_use]
    pub fn skipped(&self, id: u64) -> u64 {
        id
    }
}

/// A trait.
pub trait Shape {
    /// Returns how many sides it has.
    fn sides(&self) -> u64;

    /// Returns how many corners it has.
    fn corners(&self) -> u64;
}

impl Shape for Plain {
    #[lru_cache]
    fn sides(&self) -> u64 {
        self.0
    }

    /// Counts the corners.
    #[lru_cache]
    fn corners(&self) -> u64 {
        self.0
    }
}

/// A module with `functools` under another name.
pub mod elsewhere {
    pub extern crate functools as other;

    /// Returns a number.
    #[other::lru_cache(crate = other)]
    #[must_use]
    pub fn by_path(id: u64) -> u64 {
        id
    }

    macro_rules! cached {
        ($name:ident) => {
            /// Returns a number.
            #[other::lru_cache(crate = $crate::elsewhere::other)]
            #[must_use]
            pub fn $name(id: u64) -> u64 {
                id
            }
        };
    }
    cached!(by_macro);
}

mod private {
    /// Returns a number.
    #[functools::lru_cache]
    #[must_use]
    pub(crate) fn internal(id: u64) -> u64 {
        id
    }
}

/// Returns what is private.
#[must_use]
pub fn public() -> u64 {
    private::internal(1)
}
