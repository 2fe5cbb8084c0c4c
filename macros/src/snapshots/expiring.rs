// #[lru_cache(ttl = "60s", stale = "30s", cache_if = |rate| rate.is_finite())]
// fn rate(currency: &str) -> f64 {
//     ask(currency)
// }

#[cfg_attr(
    doc,
    doc = " Cached by [`#[lru_cache]`](macro@::functools::lru_cache): up to 128 results, each for 1m. Handle: [`rate`](struct@rate)."
)]
#[allow(clippy::too_many_arguments, clippy::single_call_fn, clippy::used_underscore_binding)]
fn rate(currency: &str) -> f64 {
    let miss = match ::functools::__private::Entry::lookup(rate::__entry(currency)) {
        ::core::result::Result::Ok(hit) => return hit.0,
        ::core::result::Result::Err(miss) => miss,
    };
    ::functools::__private::Finish::finish_if(miss, rate::uncached(currency), rate::__cache_if).0
}
/// The handle of the cached function [`rate`](fn@rate).
#[allow(non_camel_case_types, missing_debug_implementations, missing_copy_implementations)]
struct rate {}
#[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
impl rate {
    /// Returns the [`CacheInfo`](::functools::CacheInfo) of `rate`: its hits, misses, bound and size.
    #[inline]
    fn cache_info() -> ::functools::CacheInfo {
        rate::__cache().info()
    }
    /// Returns the [`CacheStats`](::functools::CacheStats) of `rate`: all its counters.
    #[inline]
    fn cache_stats() -> ::functools::CacheStats {
        rate::__cache().stats()
    }
    /// Removes all entries of `rate` and resets its counters.
    #[inline]
    fn cache_clear() {
        rate::__cache().clear()
    }
    /// Returns the [`CacheParameters`](::functools::CacheParameters) of `rate`: the options of its cache.
    #[inline]
    fn cache_parameters() -> ::functools::CacheParameters {
        rate::__cache().parameters()
    }
    /// Removes the entry of `rate` for these arguments and discards results that are still being computed for them.
    ///
    /// Returns whether there was an entry.
    #[inline]
    fn cache_invalidate(currency: &str) -> ::core::primitive::bool {
        ::functools::__private::Entry::invalidate(rate::__entry(currency))
    }
    /// Whether `rate` has an entry for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    fn cache_contains(currency: &str) -> ::core::primitive::bool {
        ::functools::__private::Entry::contains(rate::__entry(currency))
    }
    /// Returns the stored result of `rate` for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    fn cache_peek(currency: &str) -> ::core::option::Option<f64> {
        ::functools::__private::Entry::peek(rate::__entry(currency))
    }
    /// Returns how long the entry of `rate` for these arguments is still fresh: `None` without an entry, `Duration::MAX` if it does not expire.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    fn cache_ttl(currency: &str) -> ::core::option::Option<::core::time::Duration> {
        ::functools::__private::Entry::ttl(rate::__entry(currency))
    }
    /// Stores a result of `rate` for these arguments without running its body.
    ///
    /// A result that a call would not store is not stored.
    #[inline]
    fn cache_insert(currency: &str, value: f64) {
        ::functools::__private::Entry::store_if(rate::__entry(currency), value, rate::__cache_if)
    }
    #[doc(hidden)]
    #[inline]
    fn __cache() -> ::functools::__private::FunctionCache<::functools::__private::Process, (), true>
    {
        let _ = rate;
        static __FUNCTOOLS_FUNCTION: ::functools::__private::Function =
            ::functools::__private::Function::new("rate", &["rate", "__cache"], ::core::line!());
        static __FUNCTOOLS: ::functools::__private::InstanceMap =
            ::functools::__private::InstanceMap::new();
        ::functools::__private::FunctionCache::new(&__FUNCTOOLS, (), || {
            ::functools::__private::Spec::of_function(
                &__FUNCTOOLS_FUNCTION,
                ::core::module_path!(),
                ::core::any::type_name_of_val(&|| ()),
                ::core::option::Option::Some(128),
            )
            .expiring(
                ::functools::__private::Expiry::new(
                    ::core::time::Duration::new(60u64, 0u32),
                    ::core::option::Option::None,
                    false,
                )
                .with_stale(
                    ::core::option::Option::Some(::core::time::Duration::new(30u64, 0u32)),
                    ::core::option::Option::None,
                ),
            )
        })
    }
    #[doc(hidden)]
    #[inline]
    fn __entry(currency: &str) -> impl ::functools::__private::Entry<Return = f64> {
        let __arg0 = ::functools::__private::Process::probe(currency).argument();
        let __key0 = ::functools::requirements::KeyArgument::<str>::check(__arg0);
        let part0 = ::functools::requirements::SharedByThreads::<str>::check(__key0);
        let __result = ::functools::__private::Process::returns::<f64>().outcome();
        let __stored = ::functools::requirements::Storable::<f64>::check(__result);
        let outcome = ::functools::requirements::SharedByThreads::<f64>::check(__stored);
        rate::__cache().entry::<_, f64, _>((part0, ()), outcome)
    }
    #[doc(hidden)]
    #[inline]
    fn __cache_if(result: &f64) -> ::core::primitive::bool {
        {
            let predicate: &dyn ::core::ops::Fn(&f64) -> ::core::primitive::bool =
                &|rate| rate.is_finite();
            predicate(result)
        }
    }
}
#[allow(clippy::missing_const_for_fn, clippy::multiple_inherent_impl, clippy::must_use_candidate)]
impl rate {
    /// Runs the body of `rate` without its cache.
    fn uncached(currency: &str) -> f64 {
        ask(currency)
    }
    /// Runs the body of `rate` and replaces the entry with its result.
    ///
    /// A result that is not stored leaves the entry.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    fn cache_refresh(currency: &str) -> f64 {
        let miss = ::functools::__private::Entry::refresh(rate::__entry(currency));
        ::functools::__private::Finish::finish_if(miss, rate::uncached(currency), rate::__cache_if)
            .0
    }
    /// Calls `rate` and returns its result with the [`CacheStatus`](::functools::CacheStatus).
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    fn with_status(currency: &str) -> (f64, ::functools::CacheStatus) {
        let miss = match ::functools::__private::Entry::lookup(rate::__entry(currency)) {
            ::core::result::Result::Ok(hit) => return hit,
            ::core::result::Result::Err(miss) => miss,
        };
        ::functools::__private::Finish::finish_if(miss, rate::uncached(currency), rate::__cache_if)
    }
}
