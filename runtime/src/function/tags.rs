//! [`invalidate_tag`], which removes what carries a tag, and how a call tags what it computes.

use crate::base::invalidation::Invalidation;
use crate::cache::{self, Cache, MemoryTier, tag_tiers};
use crate::engine::InFlightId;
use crate::inflight::parker::block_on;
use crate::types::storable::Process;
use crate::types::tag::{Tag, TaggedBy, Tags, Untagged, WriteTags};

/// Result of [`invalidate_tag`]: what was removed, and what a second tier has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TagInvalidation {
    /// How many entries were removed from the memory of this process.
    pub entries: usize,
    /// How many values were removed from second tiers, such as Redis.
    pub shared: usize,
    /// Whether second tiers have confirmed it. [`Invalidation::Local`] without any.
    pub outcome: Invalidation,
}

/// Removes every entry that carries this tag, of all functions with the option `tags`.
///
/// Results that are being computed for such entries are discarded: their callers and waiters get
/// them, and nothing is stored. The other results of these functions stay. An unknown tag removes
/// nothing.
///
/// A tag is the text that a template makes of the arguments, in which all characters except
/// letters, digits and `-._~` are escaped, as by Python's `urllib.parse.quote(text, safe="")`: an
/// argument `"a b"` makes `"user:a%20b"` with `tags("user:{name}")`.
///
/// With Redis, the tag's values are removed there, and from the memory of all processes, whichever
/// function has stored them; the call blocks for no longer than Redis may take. What is not
/// confirmed is queued, as by `f::cache_invalidate`. In a task, await [`invalidate_tag_async`].
///
/// # Cost
///
/// In memory, a lookup for each function with tags, and a write for each entry that is removed.
/// Hits do not look at tags. With Redis, four round trips for up to 500 values.
///
/// ```
/// use functools::lru_cache;
///
/// #[lru_cache(maxsize = 1024, tags("user:{user_id}", "orders"))]
/// fn orders(user_id: u64, page: u32) -> Vec<String> {
///     // queries a database
///     # vec![format!("order {page} of {user_id}")]
/// }
///
/// orders(42, 1);
/// orders(42, 2);
/// orders(7, 1);
/// assert_eq!(functools::invalidate_tag("user:42").entries, 2);
/// assert_eq!(orders::cache_info().currsize, 1);
/// assert_eq!(functools::invalidate_tag("orders").entries, 1);
/// ```
pub fn invalidate_tag(tag: &str) -> TagInvalidation {
    block_on(invalidate_tag_async(tag))
}

/// Same as [`invalidate_tag`], for a task: it awaits the answer of second tiers, such as Redis.
///
/// It needs no async runtime.
///
/// ```
/// use functools::{Invalidation, lru_cache};
///
/// #[lru_cache(ttl = "60s", tags("user:{user_id}"))]
/// async fn profile(user_id: u64) -> String {
///     // queries a database
///     # format!("user {user_id}")
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// profile(42).await;
/// let removed = functools::invalidate_tag_async("user:42").await;
/// assert_eq!((removed.entries, removed.outcome), (1, Invalidation::Local));
/// # }
/// ```
pub async fn invalidate_tag_async(tag: &str) -> TagInvalidation {
    let tag = Tag::new(tag);
    let entries = cache::invalidate_tag(&tag);
    let removals: Vec<_> =
        tag_tiers().into_iter().filter_map(|tier| tier.invalidate_tag(&tag)).collect();
    let mut total = TagInvalidation { entries, shared: 0, outcome: Invalidation::Local };
    for removal in removals {
        let removed = removal.await;
        total.shared += removed.values;
        total.outcome = total.outcome.and(removed.outcome);
    }
    total
}

/// Writes the tags of what is computed for the cache behind `P`.
pub trait Tagger<P> {
    /// The tags, kept by a task's call until it computes.
    type Kept: Attach<P> + Send + 'static;

    /// Writes the tags.
    fn keep(self) -> Self::Kept;
}

/// Tags for the cache behind `P`.
pub trait Attach<P> {
    /// Tags a computation whose body has not started.
    fn attach(&self, cache: &P, id: InFlightId);
}

impl<P> Tagger<P> for Untagged {
    type Kept = ();

    #[inline(always)]
    fn keep(self) {}
}

impl<P> Attach<P> for () {
    #[inline(always)]
    fn attach(&self, _: &P, _: InFlightId) {}
}

impl<P, F: FnOnce(&mut Tags)> Tagger<P> for TaggedBy<F>
where
    Tags: Attach<P>,
{
    type Kept = Tags;

    fn keep(self) -> Tags {
        self.write()
    }
}

impl<K: 'static, V: 'static, W: 'static> Attach<&'static Cache<K, V, W, Process>> for Tags
where
    Cache<K, V, W, Process>: MemoryTier,
{
    fn attach(&self, cache: &&'static Cache<K, V, W, Process>, id: InFlightId) {
        cache.tag(id, self);
    }
}
