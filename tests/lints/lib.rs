//! What a user's crate looks like under the strictest lints: nothing here may warn, by `rustc`, by
//! `clippy` or by `rustdoc`. It is a library, so that what it exports is linted as such.

#![deny(
    warnings,
    future_incompatible,
    nonstandard_style,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility,
    unused,
    missing_docs,
    missing_debug_implementations,
    missing_copy_implementations,
    unsafe_code,
    let_underscore_drop,
    explicit_outlives_requirements,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery, clippy::doc_markdown)]
#![deny(
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::missing_docs_in_private_items,
    clippy::missing_inline_in_public_items,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unimplemented,
    clippy::indexing_slicing,
    clippy::multiple_inherent_impl,
    clippy::absolute_paths,
    clippy::single_call_fn,
    clippy::shadow_reuse,
    clippy::shadow_unrelated,
    clippy::implicit_return,
    clippy::question_mark_used,
    clippy::let_underscore_must_use,
    clippy::let_underscore_untyped,
    clippy::redundant_type_annotations,
    clippy::impl_trait_in_params,
    clippy::pattern_type_mismatch
)]
#![expect(
    clippy::implicit_return,
    clippy::missing_inline_in_public_items,
    reason = "of the code below, not of what is generated"
)]

use std::fmt;
use std::future::ready;
use std::hash::Hash;
use std::{fs, io};

use functools::{cache, lru_cache};

/// A free function.
#[lru_cache(maxsize = 32)]
#[must_use]
pub fn square(n: u64) -> u64 {
    n * n
}

/// A function that can fail.
///
/// # Errors
///
/// If there is no such file.
#[lru_cache(typed = true, cache_err = false)]
pub fn contents(path: &str) -> io::Result<String> {
    fs::read_to_string(path)
}

/// A generic function.
///
/// # Panics
///
/// If the value is long.
#[cache(cache_if = |text| !text.is_empty(), skip(suffix))]
#[must_use]
pub fn text<T>(value: &T, suffix: &str) -> String
where
    T: fmt::Display + Clone + PartialEq + Eq + Hash + Send + Sync + 'static,
{
    let text = format!("{value}{suffix}");
    assert!(text.len() < 100, "too long");
    text
}

/// A function that ignores an argument.
#[lru_cache]
#[must_use]
pub fn one(_ignored: &str, also: u64) -> u64 {
    also.min(1)
}

/// A function of this thread.
#[lru_cache(scope = "thread", cache_none = false, key = words.len())]
#[must_use]
#[inline]
pub fn first(words: &[&str]) -> Option<String> {
    words.first().map(|word| (*word).to_owned())
}

/// The low bits.
#[lru_cache]
#[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
fn truncated(n: u64) -> u8 {
    n as u8
}

/// A type with methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Circle {
    /// In some unit.
    pub radius: u64,
}

impl Circle {
    /// A method.
    #[lru_cache]
    #[must_use]
    pub fn diameter(&self) -> u64 {
        self.radius * 2
    }

    /// A method that takes the value.
    #[lru_cache(maxsize = None)]
    #[must_use]
    pub fn area(self, (numerator, denominator): (u64, u64)) -> u64 {
        self.radius * self.radius * numerator / denominator
    }

    /// An associated function.
    #[lru_cache]
    #[must_use]
    pub fn unit() -> u64 {
        u64::from(truncated(300))
    }

    /// An asynchronous method.
    #[lru_cache(ttl = "60s", ttl_jitter = "5s", stale = "30s")]
    #[must_use]
    pub async fn drawn(&self, scale: u64) -> String {
        ready(()).await;
        ".".repeat(usize::from(truncated(self.radius.wrapping_mul(scale))))
    }

    /// A method that takes a closure.
    #[lru_cache(skip(self, compute))]
    pub fn computed<'a, T, F: Fn(&'a u64) -> T>(&'a self, compute: F) -> u64
    where
        T: Into<u64>,
    {
        compute(&self.radius).into()
    }

    /// An asynchronous method with types and without a handle.
    #[lru_cache(handle = _, cache_none = false)]
    pub async fn labelled<T>(self, (first, _): (T, T)) -> Option<String>
    where
        T: fmt::Display + Clone + Eq + Hash + Send + Sync + 'static,
    {
        ready(()).await;
        let label = first.to_string();
        (!label.is_empty()).then_some(label)
    }
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.radius)
    }
}

/// A trait.
pub trait Shape {
    /// Its sides.
    #[must_use]
    fn sides(&self) -> u64;
}

impl Shape for Circle {
    #[lru_cache]
    fn sides(&self) -> u64 {
        self.radius.min(1)
    }
}

impl Shape for u64 {
    #[rustfmt::skip]
    #[lru_cache]
    fn sides(&self) -> Self { *self }
}

/// An asynchronous trait.
pub trait Remote {
    /// Its name.
    fn name(&self, language: &str) -> impl Future<Output = String> + Send;

    /// Its length.
    ///
    /// # Errors
    ///
    /// If it has none.
    fn length(&self) -> impl Future<Output = io::Result<u64>> + Send;
}

impl Remote for Circle {
    #[lru_cache]
    async fn name(&self, language: &str) -> String {
        ready(()).await;
        format!("{self} {language}")
    }

    #[lru_cache(ttl = "60s", stale_on_error = "5m")]
    async fn length(&self) -> io::Result<u64> {
        ready(()).await;
        Ok(self.radius)
    }
}

/// An asynchronous function that can fail.
///
/// # Errors
///
/// If there is no such file.
#[lru_cache(ttl = "60s", stale = "30s", stale_on_error = "5m", cache_if = Result::is_ok)]
pub async fn fetched(path: &str) -> io::Result<String> {
    ready(()).await;
    fs::read_to_string(path)
}

/// An asynchronous function with types.
#[cache(skip(suffix))]
#[must_use]
pub async fn shown<T>(value: &T, suffix: &str) -> String
where
    T: fmt::Display + Clone + Eq + Hash + Send + Sync + 'static,
{
    ready(()).await;
    format!("{value}{suffix}")
}

/// An asynchronous function that waits for nothing.
#[lru_cache]
#[must_use]
#[expect(clippy::unused_async, reason = "others of its kind do wait")]
pub async fn immediate(n: u64) -> u64 {
    n
}

/// What waits.
#[lru_cache]
async fn internal(n: u64) -> u64 {
    ready(()).await;
    n
}

/// A caller of asynchronous functions.
pub async fn called() -> u64 {
    let (one, other) = (internal(1).await, internal::with_status(2).await.0);
    one.wrapping_add(other)
}

/// A function whose key leaves out an argument.
#[lru_cache(key = *one)]
#[must_use]
pub fn sum(one: &u64, other: u64) -> u64 {
    one.wrapping_add(other)
}

/// A function that takes closures.
#[lru_cache(skip(compute, show))]
#[must_use]
pub fn computed<'a, T, F, G, U, const N: usize>(value: &'a T, mut compute: F, show: &G) -> String
where
    T: fmt::Display + Clone + Eq + Hash + Send + Sync + 'static,
    F: FnMut(&'a T) -> [U; N],
    G: Fn(U) -> String + ?Sized,
{
    compute(value).into_iter().map(show).collect()
}

/// An asynchronous function that takes a closure.
///
/// # Errors
///
/// If the closure fails.
#[lru_cache(ttl = "60s", skip(fetch))]
pub async fn fetched_by<F, Fut>(id: u64, fetch: F) -> io::Result<u64>
where
    F: FnOnce(u64) -> Fut + Send,
    Fut: Future<Output = io::Result<u64>> + Send,
{
    fetch(id).await
}

/// What a closure computes.
#[lru_cache(handle = _, skip(compute))]
fn computed_without_a_handle<T: Copy + Eq + Hash + Send + Sync + 'static, F: Fn(T) -> u64>(
    value: T,
    compute: F,
) -> u64 {
    compute(value)
}

/// A caller of a function that takes a closure.
#[must_use]
pub fn with_closures() -> u64 {
    computed_without_a_handle(1_u8, u64::from) + computed_without_a_handle(1_u16, u64::from)
}

/// What only its handle calls.
#[lru_cache]
fn by_its_handle(n: u64) -> u64 {
    n
}

/// A caller of nothing but a handle.
#[must_use]
pub fn only_a_handle() -> u64 {
    by_its_handle::with_status(1).0
}

/// A cached function that should not be called any more.
#[deprecated = "call another"]
#[lru_cache]
#[must_use]
pub fn old(n: u64) -> u64 {
    n
}
