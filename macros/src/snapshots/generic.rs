// #[lru_cache(skip(compute))]
// pub fn computed<'a, T, F>(value: &'a T, compute: F) -> String
// where
//     T: Hash + Eq + Clone + Send + Sync + 'static,
//     F: FnOnce(&'a T) -> String,
// {
//     compute(value)
// }

#[cfg_attr(
    doc,
    doc = " Cached by [`#[lru_cache]`](macro@::functools::lru_cache): up to 128 results. Handle: [`computed`](struct@computed)."
)]
#[allow(
    clippy::too_many_arguments,
    clippy::single_call_fn,
    dead_code,
    clippy::used_underscore_binding
)]
pub fn computed<'a, T, F>(value: &'a T, compute: F) -> String
where
    T: Hash + Eq + Clone + Send + Sync + 'static,
    F: FnOnce(&'a T) -> String,
{
    computed::<T>::with_status(value, compute).0
}
/// The handle of the cached function [`computed`](fn@computed).
#[allow(non_camel_case_types, missing_debug_implementations, missing_copy_implementations)]
pub struct computed<T: ?::core::marker::Sized> {
    _types: (::core::marker::PhantomData<T>,),
}
#[allow(
    clippy::all,
    clippy::nursery,
    clippy::pedantic,
    deprecated,
    single_use_lifetimes,
    unused_lifetimes
)]
impl<T> computed<T>
where
    T: Hash + Eq + Clone + Send + Sync + 'static,
{
    /// Returns the [`CacheInfo`](::functools::CacheInfo) of `computed`: its hits, misses, bound and size.
    #[inline]
    pub fn cache_info() -> ::functools::CacheInfo {
        computed::<T>::__cache().info()
    }
    /// Returns the [`CacheStats`](::functools::CacheStats) of `computed`: all its counters.
    #[inline]
    pub fn cache_stats() -> ::functools::CacheStats {
        computed::<T>::__cache().stats()
    }
    /// Removes all entries of `computed` and resets its counters.
    #[inline]
    pub fn cache_clear() {
        computed::<T>::__cache().clear()
    }
    /// Returns the [`CacheParameters`](::functools::CacheParameters) of `computed`: the options of its cache.
    #[inline]
    pub fn cache_parameters() -> ::functools::CacheParameters {
        computed::<T>::__cache().parameters()
    }
    /// Removes the entry of `computed` for these arguments and discards results that are still being computed for them.
    ///
    /// Returns whether there was an entry.
    #[inline]
    pub fn cache_invalidate<'a>(value: &'a T) -> ::core::primitive::bool
    where
        T: 'static,
    {
        ::functools::__private::Entry::invalidate(computed::<T>::__entry(value))
    }
    /// Whether `computed` has an entry for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    pub fn cache_contains<'a>(value: &'a T) -> ::core::primitive::bool
    where
        T: 'static,
    {
        ::functools::__private::Entry::contains(computed::<T>::__entry(value))
    }
    /// Returns the stored result of `computed` for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    pub fn cache_peek<'a>(value: &'a T) -> ::core::option::Option<String>
    where
        T: 'static,
    {
        ::functools::__private::Entry::peek(computed::<T>::__entry(value))
    }
    /// Returns how long the entry of `computed` for these arguments is still fresh: `None` without an entry, `Duration::MAX` if it does not expire.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    pub fn cache_ttl<'a>(value: &'a T) -> ::core::option::Option<::core::time::Duration>
    where
        T: 'static,
    {
        ::functools::__private::Entry::ttl(computed::<T>::__entry(value))
    }
    /// Stores a result of `computed` for these arguments without running its body.
    ///
    /// A result that a call would not store is not stored.
    #[inline]
    pub fn cache_insert<'a>(value: &'a T, inserted: String)
    where
        T: 'static,
    {
        ::functools::__private::Entry::store(computed::<T>::__entry(value), inserted)
    }
    #[doc(hidden)]
    #[inline]
    fn __cache() -> ::functools::__private::FunctionCache<
        ::functools::__private::Process,
        impl ::core::marker::Sized,
        false,
    > {
        static __FUNCTOOLS_FUNCTION: ::functools::__private::Function =
            ::functools::__private::Function::new(
                "computed",
                &["computed", "__cache"],
                ::core::line!(),
            );
        static __FUNCTOOLS: ::functools::__private::InstanceMap =
            ::functools::__private::InstanceMap::new();
        ::functools::__private::FunctionCache::new(
            &__FUNCTOOLS,
            || (),
            || {
                ::functools::__private::Spec::of_function(
                    &__FUNCTOOLS_FUNCTION,
                    ::core::module_path!(),
                    ::core::any::type_name_of_val(&|| ()),
                    ::core::option::Option::Some(128),
                )
            },
        )
    }
    #[doc(hidden)]
    #[inline]
    fn __entry<'a>(value: &'a T) -> impl ::functools::__private::Entry<Return = String>
    where
        T: 'static,
    {
        let __arg0 = ::functools::__private::Process::probe(value).argument();
        let part0 = ::functools::requirements::KeyParameter::<T>::check(__arg0);
        let __result = ::functools::__private::Process::returns::<String>().outcome();
        let __stored = ::functools::requirements::Storable::<String>::check(__result);
        let outcome = ::functools::requirements::SharedByThreads::<String>::check(__stored);
        computed::<T>::__cache().entry::<_, String, _>((part0, ()), outcome)
    }
}
#[allow(clippy::missing_const_for_fn, clippy::multiple_inherent_impl, clippy::must_use_candidate)]
impl<T> computed<T>
where
    T: Hash + Eq + Clone + Send + Sync + 'static,
{
    /// Runs the body of `computed` without its cache.
    pub fn uncached<'a, F>(value: &'a T, compute: F) -> String
    where
        F: FnOnce(&'a T) -> String,
    {
        compute(value)
    }
    /// Runs the body of `computed` and replaces the entry with its result.
    ///
    /// A result that is not stored leaves the entry.
    #[allow(
        clippy::all,
        clippy::nursery,
        clippy::pedantic,
        deprecated,
        single_use_lifetimes,
        unused_lifetimes
    )]
    #[inline]
    pub fn cache_refresh<'a, F>(value: &'a T, compute: F) -> String
    where
        F: FnOnce(&'a T) -> String,
        T: 'static,
    {
        let miss = ::functools::__private::Entry::refresh(computed::<T>::__entry(value));
        ::functools::__private::Finish::finish(miss, computed::<T>::uncached(value, compute)).0
    }
    /// Calls `computed` and returns its result with the [`CacheStatus`](::functools::CacheStatus).
    #[allow(
        clippy::all,
        clippy::nursery,
        clippy::pedantic,
        deprecated,
        single_use_lifetimes,
        unused_lifetimes
    )]
    #[inline]
    pub fn with_status<'a, F>(value: &'a T, compute: F) -> (String, ::functools::CacheStatus)
    where
        F: FnOnce(&'a T) -> String,
        T: 'static,
    {
        let miss = match ::functools::__private::Entry::lookup(computed::<T>::__entry(value)) {
            ::core::result::Result::Ok(hit) => return hit,
            ::core::result::Result::Err(miss) => miss,
        };
        ::functools::__private::Finish::finish(miss, computed::<T>::uncached(value, compute))
    }
}
