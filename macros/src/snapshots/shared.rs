// #[lru_cache(redis = "item:{id}")]
// pub async fn item(id: u64) -> String {
//     query(id).await
// }

#[cfg_attr(
    doc,
    doc = " Cached by [`#[lru_cache]`](macro@::functools::lru_cache): up to 128 results in memory, and more in Redis. Handle: [`item`](struct@item)."
)]
#[allow(clippy::too_many_arguments, clippy::single_call_fn, clippy::used_underscore_binding)]
pub async fn item(id: u64) -> String {
    let missed = match {
        let part0 = ::functools::__private::Process::probe(&id).argument();
        let outcome = ::functools::__private::Process::returns::<String>().outcome();
        let codec = ::functools::__private::tier::codec::<String, _>(&outcome).codec();
        item::__cache().entry::<_, String, _, _, _, _>(
            (part0, ()),
            outcome,
            codec,
            |key: &mut ::functools::__private::tier::KeyWriter| {
                key.literal("item:");
                ::functools::__private::tier::segment(&id).segment().write(key);
            },
            |_: &String| true,
        )
    }
    .lookup_async()
    {
        ::core::result::Result::Ok(hit) => return hit.0,
        ::core::result::Result::Err(missed) => missed,
    };
    let miss = match missed.resolve().await {
        ::core::result::Result::Ok(hit) => return hit.0,
        ::core::result::Result::Err(miss) => miss,
    };
    {
        let body = ::core::pin::pin!(item::uncached(id));
        let miss = miss;
        let result = ::functools::__private::Compute::run(&miss, body).await;
        let storing = match miss.finish_async(result) {
            ::core::result::Result::Ok(filled) => return filled.0,
            ::core::result::Result::Err(storing) => storing,
        };
        storing.await.0
    }
}
/// The handle of the cached function [`item`](fn@item).
#[allow(non_camel_case_types, missing_debug_implementations, missing_copy_implementations)]
pub struct item {}
#[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
impl item {
    /// Returns the [`CacheInfo`](::functools::CacheInfo) of `item`: its hits, misses, bound and size.
    #[inline]
    pub fn cache_info() -> ::functools::CacheInfo {
        item::__cache().info()
    }
    /// Returns the [`CacheStats`](::functools::CacheStats) of `item`: all its counters.
    #[inline]
    pub fn cache_stats() -> ::functools::CacheStats {
        item::__cache().stats()
    }
    /// Removes all entries of `item`, in memory and in Redis, and resets its counters.
    ///
    /// Returns whether Redis confirmed it, as an [`Invalidation`](::functools::redis::Invalidation).
    #[inline]
    pub async fn cache_clear() -> ::functools::redis::Invalidation {
        item::__cache().clear_async().await
    }
    /// Returns the [`CacheParameters`](::functools::CacheParameters) of `item`: the options of its cache.
    #[inline]
    pub fn cache_parameters() -> ::functools::CacheParameters {
        item::__cache().parameters()
    }
    /// Removes the entry of `item` for these arguments, in memory and in Redis, and discards results that are still being computed for them.
    ///
    /// Returns whether Redis confirmed it, as an [`Invalidation`](::functools::redis::Invalidation).
    #[inline]
    pub async fn cache_invalidate(id: u64) -> ::functools::redis::Invalidation {
        {
            let part0 = ::functools::__private::Process::probe(&id).argument();
            let outcome = ::functools::__private::Process::returns::<String>().outcome();
            let codec = ::functools::__private::tier::codec::<String, _>(&outcome).codec();
            item::__cache().entry::<_, String, _, _, _, _>(
                (part0, ()),
                outcome,
                codec,
                |key: &mut ::functools::__private::tier::KeyWriter| {
                    key.literal("item:");
                    ::functools::__private::tier::segment(&id).segment().write(key);
                },
                |_: &String| true,
            )
        }
        .invalidate_async()
        .await
    }
    /// Whether `item` has an entry for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    pub fn cache_contains(id: u64) -> ::core::primitive::bool {
        ::functools::__private::Entry::contains(item::__entry(&id))
    }
    /// Returns the stored result of `item` for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    pub fn cache_peek(id: u64) -> ::core::option::Option<String> {
        ::functools::__private::Entry::peek(item::__entry(&id))
    }
    /// Returns how long the entry of `item` for these arguments is still fresh: `None` without an entry, `Duration::MAX` if it does not expire.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    pub fn cache_ttl(id: u64) -> ::core::option::Option<::core::time::Duration> {
        ::functools::__private::Entry::ttl(item::__entry(&id))
    }
    /// Stores a result of `item` for these arguments without running its body.
    ///
    /// A result that a call would not store is not stored.
    #[inline]
    pub fn cache_insert(id: u64, value: String) {
        ::functools::__private::Entry::store(item::__entry(&id), value)
    }
    #[doc(hidden)]
    #[inline]
    fn __cache() -> ::functools::__private::tier::SharedFunctionCache<()> {
        let _ = item;
        static __FUNCTOOLS_FUNCTION: ::functools::__private::Function =
            ::functools::__private::Function::new("item", &["item", "__cache"], ::core::line!());
        static __FUNCTOOLS: ::functools::__private::InstanceMap =
            ::functools::__private::InstanceMap::new();
        static __FUNCTOOLS_SHARED: ::functools::__private::tier::SharedFunction =
            ::functools::__private::tier::SharedFunction::new(
                &[
                    ::functools::__private::tier::TemplatePart::Literal("item:"),
                    ::functools::__private::tier::TemplatePart::Argument { escaped: "" },
                ],
                ::functools::__private::redis::default_tier(),
                || ::core::option::Option::None,
            );
        ::functools::__private::tier::SharedFunctionCache::new(
            &__FUNCTOOLS,
            (),
            || {
                ::functools::__private::Spec::of_function(
                    &__FUNCTOOLS_FUNCTION,
                    ::core::module_path!(),
                    ::core::any::type_name_of_val(&|| ()),
                    ::core::option::Option::Some(128),
                )
                .expiring(::functools::__private::Expiry::never())
            },
            &__FUNCTOOLS_SHARED,
        )
    }
    #[doc(hidden)]
    #[inline]
    fn __entry(
        id: &u64,
    ) -> impl ::functools::__private::Entry<::functools::redis::Invalidation, Return = String> {
        let __arg0 = ::functools::__private::Process::probe(id).argument();
        let __key0 = ::functools::requirements::KeyArgument::<u64>::check(__arg0);
        let part0 = ::functools::requirements::SharedByThreads::<u64>::check(__key0);
        let __result = ::functools::__private::Process::returns::<String>().outcome();
        let __stored = ::functools::requirements::Storable::<String>::check(__result);
        let outcome = ::functools::requirements::SharedByThreads::<String>::check(__stored);
        let codec = ::functools::requirements::Serializable::<String>::check(
            ::functools::__private::tier::codec::<String, _>(&outcome).codec(),
        );
        item::__cache().entry::<_, String, _, _, _, _>(
            (part0, ()),
            outcome,
            codec,
            |key: &mut ::functools::__private::tier::KeyWriter| {
                key.literal("item:");
                ::functools::requirements::KeySegment::<u64>::check(
                    ::functools::__private::tier::InMemory::segment(
                        &::functools::__private::Process::probe(id).argument(),
                        ::functools::__private::tier::segment(id).segment(),
                    ),
                )
                .write(key);
            },
            |_: &String| true,
        )
    }
}
#[allow(clippy::missing_const_for_fn, clippy::multiple_inherent_impl, clippy::must_use_candidate)]
impl item {
    /// Runs the body of `item` without its cache.
    pub async fn uncached(id: u64) -> String {
        query(id).await
    }
    /// Runs the body of `item` and replaces the entry with its result.
    ///
    /// A result that is not stored leaves the entry.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub async fn cache_refresh(id: u64) -> String {
        let miss = {
            let part0 = ::functools::__private::Process::probe(&id).argument();
            let outcome = ::functools::__private::Process::returns::<String>().outcome();
            let codec = ::functools::__private::tier::codec::<String, _>(&outcome).codec();
            item::__cache().entry::<_, String, _, _, _, _>(
                (part0, ()),
                outcome,
                codec,
                |key: &mut ::functools::__private::tier::KeyWriter| {
                    key.literal("item:");
                    ::functools::__private::tier::segment(&id).segment().write(key);
                },
                |_: &String| true,
            )
        }
        .refresh_async()
        .await;
        {
            let body = ::core::pin::pin!(item::uncached(id));
            let miss = miss;
            let result = ::functools::__private::Compute::run(&miss, body).await;
            let storing = match miss.finish_async(result) {
                ::core::result::Result::Ok(filled) => return filled.0,
                ::core::result::Result::Err(storing) => storing,
            };
            storing.await.0
        }
    }
    /// Calls `item` and returns its result with the [`CacheStatus`](::functools::CacheStatus).
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub async fn with_status(id: u64) -> (String, ::functools::CacheStatus) {
        let missed = match {
            let part0 = ::functools::__private::Process::probe(&id).argument();
            let outcome = ::functools::__private::Process::returns::<String>().outcome();
            let codec = ::functools::__private::tier::codec::<String, _>(&outcome).codec();
            item::__cache().entry::<_, String, _, _, _, _>(
                (part0, ()),
                outcome,
                codec,
                |key: &mut ::functools::__private::tier::KeyWriter| {
                    key.literal("item:");
                    ::functools::__private::tier::segment(&id).segment().write(key);
                },
                |_: &String| true,
            )
        }
        .lookup_async()
        {
            ::core::result::Result::Ok(hit) => return hit,
            ::core::result::Result::Err(missed) => missed,
        };
        let miss = match missed.resolve().await {
            ::core::result::Result::Ok(hit) => return hit,
            ::core::result::Result::Err(miss) => miss,
        };
        {
            let body = ::core::pin::pin!(item::uncached(id));
            let miss = miss;
            let result = ::functools::__private::Compute::run(&miss, body).await;
            let storing = match miss.finish_async(result) {
                ::core::result::Result::Ok(filled) => return filled,
                ::core::result::Result::Err(storing) => storing,
            };
            storing.await
        }
    }
}
