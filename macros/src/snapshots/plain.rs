// #[lru_cache(maxsize = 128)]
// pub fn item(id: u64, lang: &str) -> String {
//     query(id, lang)
// }

#[cfg_attr(
    doc,
    doc = " Cached by [`#[lru_cache]`](macro@::functools::lru_cache): up to 128 results. Handle: [`item`](struct@item)."
)]
#[allow(clippy::too_many_arguments, clippy::single_call_fn, clippy::used_underscore_binding)]
pub fn item(id: u64, lang: &str) -> String {
    let miss = match ::functools::__private::Entry::lookup(item::__entry(&id, lang)) {
        ::core::result::Result::Ok(hit) => return hit.0,
        ::core::result::Result::Err(miss) => miss,
    };
    ::functools::__private::Finish::finish(miss, item::uncached(id, lang)).0
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
    pub fn cache_invalidate(id: u64, lang: &str) -> ::core::primitive::bool {
        ::functools::__private::Entry::invalidate(item::__entry(&id, lang))
    }
    /// Whether `item` has an entry for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    pub fn cache_contains(id: u64, lang: &str) -> ::core::primitive::bool {
        ::functools::__private::Entry::contains(item::__entry(&id, lang))
    }
    /// Returns the stored result of `item` for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    pub fn cache_peek(id: u64, lang: &str) -> ::core::option::Option<String> {
        ::functools::__private::Entry::peek(item::__entry(&id, lang))
    }
    /// Returns how long the entry of `item` for these arguments is still fresh: `None` without an entry, `Duration::MAX` if it does not expire.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    pub fn cache_ttl(id: u64, lang: &str) -> ::core::option::Option<::core::time::Duration> {
        ::functools::__private::Entry::ttl(item::__entry(&id, lang))
    }
    /// Stores a result of `item` for these arguments without running its body.
    ///
    /// A result that a call would not store is not stored.
    #[inline]
    pub fn cache_insert(id: u64, lang: &str, value: String) {
        ::functools::__private::Entry::store(item::__entry(&id, lang), value)
    }
    #[doc(hidden)]
    #[inline]
    fn __cache() -> ::functools::__private::FunctionCache {
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
        })
    }
    #[doc(hidden)]
    #[inline]
    fn __entry(id: &u64, lang: &str) -> impl ::functools::__private::Entry<Return = String> {
        let __arg0 = ::functools::__private::Process::probe(id).argument();
        let __key0 = ::functools::requirements::KeyArgument::<u64>::check(__arg0);
        let part0 = ::functools::requirements::SharedByThreads::<u64>::check(__key0);
        let __arg1 = ::functools::__private::Process::probe(lang).argument();
        let __key1 = ::functools::requirements::KeyArgument::<str>::check(__arg1);
        let part1 = ::functools::requirements::SharedByThreads::<str>::check(__key1);
        let __result = ::functools::__private::Process::returns::<String>().outcome();
        let __stored = ::functools::requirements::Storable::<String>::check(__result);
        let outcome = ::functools::requirements::SharedByThreads::<String>::check(__stored);
        item::__cache().entry::<_, String, _>((part0, (part1, ())), outcome)
    }
}
#[allow(clippy::missing_const_for_fn, clippy::multiple_inherent_impl, clippy::must_use_candidate)]
impl item {
    /// Runs the body of `item` without its cache.
    pub fn uncached(id: u64, lang: &str) -> String {
        query(id, lang)
    }
    /// Runs the body of `item` and replaces the entry with its result.
    ///
    /// A result that is not stored leaves the entry.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub fn cache_refresh(id: u64, lang: &str) -> String {
        let miss = ::functools::__private::Entry::refresh(item::__entry(&id, lang));
        ::functools::__private::Finish::finish(miss, item::uncached(id, lang)).0
    }
    /// Calls `item` and returns its result with the [`CacheStatus`](::functools::CacheStatus).
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub fn with_status(id: u64, lang: &str) -> (String, ::functools::CacheStatus) {
        let miss = match ::functools::__private::Entry::lookup(item::__entry(&id, lang)) {
            ::core::result::Result::Ok(hit) => return hit,
            ::core::result::Result::Err(miss) => miss,
        };
        ::functools::__private::Finish::finish(miss, item::uncached(id, lang))
    }
}
