// #[lru_cache(ttl = "60s")]
// pub async fn item(id: u64) -> Result<String, Error> {
//     query(id).await
// }

#[cfg_attr(
    doc,
    doc = " Cached by [`#[lru_cache]`](macro@::functools::lru_cache): up to 128 results, each for 1m. Handle: [`item`](struct@item)."
)]
#[allow(clippy::too_many_arguments, clippy::single_call_fn, clippy::used_underscore_binding)]
pub async fn item(id: u64) -> Result<String, Error> {
    let missed = match ::functools::__private::AsyncEntry::lookup_async(item::__entry(&id)) {
        ::core::result::Result::Ok(hit) => return hit.0,
        ::core::result::Result::Err(missed) => missed,
    };
    let miss =
        match ::functools::__private::Waiting::<Result<String, Error>, _, _>::new(missed).await {
            ::core::result::Result::Ok(hit) => return hit.0,
            ::core::result::Result::Err(miss) => miss,
        };
    {
        let body = ::core::pin::pin!(item::uncached(id));
        let miss = miss;
        let result = ::functools::__private::Compute::run(&miss, body).await;
        ::functools::__private::Finish::finish(miss, result).0
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
    /// Removes all entries of `item` and resets its counters.
    #[inline]
    pub fn cache_clear() {
        item::__cache().clear()
    }
    /// Returns the [`CacheParameters`](::functools::CacheParameters) of `item`: the options of its cache.
    #[inline]
    pub fn cache_parameters() -> ::functools::CacheParameters {
        item::__cache().parameters()
    }
    /// Removes the entry of `item` for these arguments and discards results that are still being computed for them.
    ///
    /// Returns whether there was an entry.
    #[inline]
    pub fn cache_invalidate(id: u64) -> ::core::primitive::bool {
        ::functools::__private::Entry::invalidate(item::__entry(&id))
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
    pub fn cache_peek(id: u64) -> ::core::option::Option<Result<String, Error>> {
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
    pub fn cache_insert(id: u64, value: Result<String, Error>) {
        ::functools::__private::Entry::store(item::__entry(&id), value)
    }
    #[doc(hidden)]
    #[inline]
    fn __cache() -> ::functools::__private::FunctionCache<::functools::__private::Process, (), true>
    {
        let _ = item;
        static __FUNCTOOLS_FUNCTION: ::functools::__private::Function =
            ::functools::__private::Function::new("item", &["item", "__cache"], ::core::line!());
        static __FUNCTOOLS: ::functools::__private::InstanceMap =
            ::functools::__private::InstanceMap::new();
        ::functools::__private::FunctionCache::new(&__FUNCTOOLS, (), || {
            ::functools::__private::Spec::of_function(
                &__FUNCTOOLS_FUNCTION,
                ::core::module_path!(),
                ::core::any::type_name_of_val(&|| ()),
                ::core::option::Option::Some(128),
            )
            .expiring(::functools::__private::Expiry::new(
                ::core::time::Duration::new(60u64, 0u32),
                ::core::option::Option::None,
                false,
            ))
        })
    }
    #[doc(hidden)]
    #[inline]
    fn __entry(
        id: &u64,
    ) -> impl ::functools::__private::AsyncEntry<
        Return = Result<String, Error>,
        Miss: ::core::marker::Send,
        Missed: ::core::marker::Send,
    > {
        let __arg0 = ::functools::__private::Process::probe(id).argument();
        let __key0 = ::functools::requirements::KeyArgument::<u64>::check(__arg0);
        let part0 = ::functools::requirements::SharedByThreads::<u64>::check(__key0);
        let __result =
            ::functools::__private::Process::returns::<Result<String, Error>>().outcome();
        let __stored = ::functools::requirements::Storable::<String>::check(__result);
        let outcome = ::functools::requirements::SharedByThreads::<String>::check(__stored);
        item::__cache().entry::<_, Result<String, Error>, _>((part0, ()), outcome)
    }
}
#[allow(clippy::missing_const_for_fn, clippy::multiple_inherent_impl, clippy::must_use_candidate)]
impl item {
    /// Runs the body of `item` without its cache.
    pub async fn uncached(id: u64) -> Result<String, Error> {
        query(id).await
    }
    /// Runs the body of `item` and replaces the entry with its result.
    ///
    /// A result that is not stored leaves the entry.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub async fn cache_refresh(id: u64) -> Result<String, Error> {
        let miss = ::functools::__private::AsyncEntry::refresh_async(item::__entry(&id));
        {
            let body = ::core::pin::pin!(item::uncached(id));
            let miss = miss;
            let result = ::functools::__private::Compute::run(&miss, body).await;
            ::functools::__private::Finish::finish(miss, result).0
        }
    }
    /// Calls `item` and returns its result with the [`CacheStatus`](::functools::CacheStatus).
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub async fn with_status(id: u64) -> (Result<String, Error>, ::functools::CacheStatus) {
        let missed = match ::functools::__private::AsyncEntry::lookup_async(item::__entry(&id)) {
            ::core::result::Result::Ok(hit) => return hit,
            ::core::result::Result::Err(missed) => missed,
        };
        let miss = match ::functools::__private::Waiting::<Result<String, Error>, _, _>::new(missed)
            .await
        {
            ::core::result::Result::Ok(hit) => return hit,
            ::core::result::Result::Err(miss) => miss,
        };
        {
            let body = ::core::pin::pin!(item::uncached(id));
            let miss = miss;
            let result = ::functools::__private::Compute::run(&miss, body).await;
            ::functools::__private::Finish::finish(miss, result)
        }
    }
}
