// #[lru_cache(scope = "thread")]
// pub fn area(&self, scale: u32) -> u32 {
//     self.side * self.side * scale
// }

impl Square {
    #[cfg_attr(
        doc,
        doc = " Cached by [`#[lru_cache]`](macro@::functools::lru_cache): up to 128 results per thread. Handle: [`area_cache_info`](Self::area_cache_info) and the functions after it."
    )]
    #[allow(clippy::too_many_arguments, clippy::single_call_fn, clippy::used_underscore_binding)]
    pub fn area(&self, scale: u32) -> u32 {
        let miss = match ::functools::__private::Entry::lookup(Self::__area_entry(self, &scale)) {
            ::core::result::Result::Ok(hit) => return hit.0,
            ::core::result::Result::Err(miss) => miss,
        };
        ::functools::__private::Finish::finish(miss, Self::area_uncached(self, scale)).0
    }
    /// Returns the [`CacheInfo`](::functools::CacheInfo) of `area`: its hits, misses, bound and size.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub fn area_cache_info() -> ::functools::CacheInfo {
        Self::__area_cache().info()
    }
    /// Returns the [`CacheStats`](::functools::CacheStats) of `area`: all its counters.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub fn area_cache_stats() -> ::functools::CacheStats {
        Self::__area_cache().stats()
    }
    /// Removes all entries of `area` and resets its counters.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub fn area_cache_clear() {
        Self::__area_cache().clear()
    }
    /// Returns the [`CacheParameters`](::functools::CacheParameters) of `area`: the options of its cache.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub fn area_cache_parameters() -> ::functools::CacheParameters {
        Self::__area_cache().parameters()
    }
    /// Runs the body of `area` without its cache.
    #[allow(clippy::missing_const_for_fn, clippy::must_use_candidate)]
    pub fn area_uncached(&self, scale: u32) -> u32 {
        self.side * self.side * scale
    }
    /// Removes the entry of `area` for these arguments and discards results that are still being computed for them.
    ///
    /// Returns whether there was an entry.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub fn area_cache_invalidate(&self, scale: u32) -> ::core::primitive::bool {
        ::functools::__private::Entry::invalidate(Self::__area_entry(self, &scale))
    }
    /// Whether `area` has an entry for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub fn area_cache_contains(&self, scale: u32) -> ::core::primitive::bool {
        ::functools::__private::Entry::contains(Self::__area_entry(self, &scale))
    }
    /// Returns the stored result of `area` for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub fn area_cache_peek(&self, scale: u32) -> ::core::option::Option<u32> {
        ::functools::__private::Entry::peek(Self::__area_entry(self, &scale))
    }
    /// Returns how long the entry of `area` for these arguments is still fresh: `None` without an entry, `Duration::MAX` if it does not expire.
    ///
    /// Changes neither the order nor the counters.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub fn area_cache_ttl(&self, scale: u32) -> ::core::option::Option<::core::time::Duration> {
        ::functools::__private::Entry::ttl(Self::__area_entry(self, &scale))
    }
    /// Stores a result of `area` for these arguments without running its body.
    ///
    /// A result that a call would not store is not stored.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub fn area_cache_insert(&self, scale: u32, value: u32) {
        ::functools::__private::Entry::store(Self::__area_entry(self, &scale), value)
    }
    /// Runs the body of `area` and replaces the entry with its result.
    ///
    /// A result that is not stored leaves the entry.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub fn area_cache_refresh(&self, scale: u32) -> u32 {
        let miss = ::functools::__private::Entry::refresh(Self::__area_entry(self, &scale));
        ::functools::__private::Finish::finish(miss, Self::area_uncached(self, scale)).0
    }
    /// Calls `area` and returns its result with the [`CacheStatus`](::functools::CacheStatus).
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    pub fn area_with_status(&self, scale: u32) -> (u32, ::functools::CacheStatus) {
        let miss = match ::functools::__private::Entry::lookup(Self::__area_entry(self, &scale)) {
            ::core::result::Result::Ok(hit) => return hit,
            ::core::result::Result::Err(miss) => miss,
        };
        ::functools::__private::Finish::finish(miss, Self::area_uncached(self, scale))
    }
    #[doc(hidden)]
    #[inline]
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    fn __area_cache() -> ::functools::__private::FunctionCache<
        ::functools::__private::Thread,
        impl ::core::marker::Sized,
        false,
    > {
        let _ = Self::area;
        static __FUNCTOOLS_FUNCTION: ::functools::__private::Function =
            ::functools::__private::Function::new("area", &["__area_cache"], ::core::line!());
        ::std::thread_local! { static __FUNCTOOLS : :: functools :: __private :: InstanceMap < :: functools :: __private :: Thread > = const { :: functools :: __private :: InstanceMap :: new () } ; }
        ::functools::__private::FunctionCache::new(
            &__FUNCTOOLS,
            || (),
            || {
                ::functools::__private::Spec::of_method::<Self>(
                    &__FUNCTOOLS_FUNCTION,
                    ::core::any::type_name_of_val(&|| ()),
                    ::core::option::Option::Some(128),
                )
            },
        )
    }
    #[doc(hidden)]
    #[inline]
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    fn __area_entry(&self, scale: &u32) -> impl ::functools::__private::Entry<Return = u32> {
        let __arg0 = ::functools::__private::Thread::probe(self).argument();
        let __key0 = ::functools::requirements::KeyArgument::<Self>::check(__arg0);
        let part0 = ::functools::requirements::SharedByThreads::<Self>::check(__key0);
        let __arg1 = ::functools::__private::Thread::probe(scale).argument();
        let __key1 = ::functools::requirements::KeyArgument::<u32>::check(__arg1);
        let part1 = ::functools::requirements::SharedByThreads::<u32>::check(__key1);
        let __result = ::functools::__private::Thread::returns::<u32>().outcome();
        let __stored = ::functools::requirements::Storable::<u32>::check(__result);
        let outcome = ::functools::requirements::SharedByThreads::<u32>::check(__stored);
        Self::__area_cache().entry::<_, u32, _>((part0, (part1, ())), outcome)
    }
}
