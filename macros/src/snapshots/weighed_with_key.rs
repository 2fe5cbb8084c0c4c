// #[lru_cache(maxweight = LIMIT, weight = |key: &String, page| weight(key, page))]
// async fn page(url: &str) -> String {
//     fetch(url).await
// }

#[cfg_attr(
    doc,
    doc = " Cached by [`#[lru_cache]`](macro@::functools::lru_cache): results up to a total weight. Handle: [`page`](struct@page)."
)]
#[allow(clippy::too_many_arguments, clippy::single_call_fn, clippy::used_underscore_binding)]
async fn page(url: &str) -> String {
    let missed = match ::functools::__private::AsyncEntry::lookup_async(page::__entry(url)) {
        ::core::result::Result::Ok(hit) => return hit.0,
        ::core::result::Result::Err(missed) => missed,
    };
    let miss = match ::functools::__private::Waiting::<String, _, _>::new(missed).await {
        ::core::result::Result::Ok(hit) => return hit.0,
        ::core::result::Result::Err(miss) => miss,
    };
    {
        let body = ::core::pin::pin!(page::uncached(url));
        let miss = miss;
        let result = ::functools::__private::Compute::run(&miss, body).await;
        ::functools::__private::Finish::finish(miss, result).0
    }
}
/// The handle of the cached function [`page`](fn@page).
#[allow(non_camel_case_types, missing_debug_implementations, missing_copy_implementations)]
struct page {}
#[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
impl page {
    /// Returns the [`CacheInfo`](::functools::CacheInfo) of `page`: its hits, misses, bound and size.
    #[inline]
    fn cache_info() -> ::functools::CacheInfo {
        page::__cache().info()
    }
    /// Returns the [`CacheStats`](::functools::CacheStats) of `page`: all its counters.
    #[inline]
    fn cache_stats() -> ::functools::CacheStats {
        page::__cache().stats()
    }
    /// Removes all entries of `page` and resets its counters.
    #[inline]
    fn cache_clear() {
        page::__cache().clear()
    }
    /// Returns the [`CacheParameters`](::functools::CacheParameters) of `page`: the options of its cache.
    #[inline]
    fn cache_parameters() -> ::functools::CacheParameters {
        page::__cache().parameters()
    }
    /// Removes the entry of `page` for these arguments and discards results that are still being computed for them.
    ///
    /// Returns whether there was an entry.
    #[inline]
    fn cache_invalidate(url: &str) -> ::core::primitive::bool {
        ::functools::__private::Entry::invalidate(page::__entry(url))
    }
    /// Whether `page` has an entry for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    fn cache_contains(url: &str) -> ::core::primitive::bool {
        ::functools::__private::Entry::contains(page::__entry(url))
    }
    /// Returns the stored result of `page` for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    fn cache_peek(url: &str) -> ::core::option::Option<String> {
        ::functools::__private::Entry::peek(page::__entry(url))
    }
    /// Returns how long the entry of `page` for these arguments is still fresh: `None` without an entry, `Duration::MAX` if it does not expire.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    fn cache_ttl(url: &str) -> ::core::option::Option<::core::time::Duration> {
        ::functools::__private::Entry::ttl(page::__entry(url))
    }
    /// Stores a result of `page` for these arguments without running its body.
    ///
    /// A result that a call would not store is not stored.
    #[inline]
    fn cache_insert(url: &str, value: String) {
        ::functools::__private::Entry::store(page::__entry(url), value)
    }
    #[doc(hidden)]
    #[inline]
    fn __cache() -> ::functools::__private::FunctionCache {
        let _ = page;
        static __FUNCTOOLS_FUNCTION: ::functools::__private::Function =
            ::functools::__private::Function::new("page", &["page", "__cache"], ::core::line!());
        static __FUNCTOOLS: ::functools::__private::InstanceMap =
            ::functools::__private::InstanceMap::new();
        ::functools::__private::FunctionCache::new(&__FUNCTOOLS, (), || {
            ::functools::__private::Spec::of_function(
                &__FUNCTOOLS_FUNCTION,
                ::core::module_path!(),
                ::core::any::type_name_of_val(&|| ()),
                ::core::option::Option::None,
            )
            .maxweight({
                let value = LIMIT;
                ::functools::options::Maxweight::bound(value)
            })
        })
    }
    #[doc(hidden)]
    #[inline]
    fn __entry(
        url: &str,
    ) -> impl ::functools::__private::AsyncEntry<
        Return = String,
        Miss: ::core::marker::Send,
        Missed: ::core::marker::Send,
    > {
        let __arg0 = ::functools::__private::Process::probe(url).argument();
        let __key0 = ::functools::requirements::KeyArgument::<str>::check(__arg0);
        let part0 = ::functools::requirements::SharedByThreads::<str>::check(__key0);
        let __result = ::functools::__private::Process::returns::<String>().outcome();
        let __stored = ::functools::requirements::Storable::<String>::check(__result);
        let outcome = ::functools::requirements::SharedByThreads::<String>::check(__stored);
        page::__cache().entry::<_, String, _>((part0, ()), outcome).weighed(|key, value| {
            let key: &String = key;
            let page = value;
            weight(key, page)
        })
    }
}
#[allow(clippy::missing_const_for_fn, clippy::multiple_inherent_impl, clippy::must_use_candidate)]
impl page {
    /// Runs the body of `page` without its cache.
    async fn uncached(url: &str) -> String {
        fetch(url).await
    }
    /// Runs the body of `page` and replaces the entry with its result.
    ///
    /// A result that is not stored leaves the entry.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    async fn cache_refresh(url: &str) -> String {
        let miss = ::functools::__private::AsyncEntry::refresh_async(page::__entry(url));
        {
            let body = ::core::pin::pin!(page::uncached(url));
            let miss = miss;
            let result = ::functools::__private::Compute::run(&miss, body).await;
            ::functools::__private::Finish::finish(miss, result).0
        }
    }
    /// Calls `page` and returns its result with the [`CacheStatus`](::functools::CacheStatus).
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    async fn with_status(url: &str) -> (String, ::functools::CacheStatus) {
        let missed = match ::functools::__private::AsyncEntry::lookup_async(page::__entry(url)) {
            ::core::result::Result::Ok(hit) => return hit,
            ::core::result::Result::Err(missed) => missed,
        };
        let miss = match ::functools::__private::Waiting::<String, _, _>::new(missed).await {
            ::core::result::Result::Ok(hit) => return hit,
            ::core::result::Result::Err(miss) => miss,
        };
        {
            let body = ::core::pin::pin!(page::uncached(url));
            let miss = miss;
            let result = ::functools::__private::Compute::run(&miss, body).await;
            ::functools::__private::Finish::finish(miss, result)
        }
    }
}
