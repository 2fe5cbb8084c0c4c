// #[lru_cache(ttl = "48s", stale = "12s", refresh = "background", skip(pool))]
// async fn user(name: &str, pool: Pool) -> Option<User> {
//     query(pool, name).await
// }

#[cfg_attr(
    doc,
    doc = " Cached by [`#[lru_cache]`](macro@::functools::lru_cache): up to 128 results, each for 48s. Handle: [`user`](struct@user)."
)]
#[allow(clippy::too_many_arguments, clippy::single_call_fn, clippy::used_underscore_binding)]
async fn user(name: &str, pool: Pool) -> Option<User> {
    let missed = match ::functools::__private::RefreshedAsyncEntry::lookup_or_refresh_async(
        user::__entry(name),
    ) {
        ::core::result::Result::Ok(hit) => return hit.0,
        ::core::result::Result::Err(::functools::__private::Missed::Refresh(refresh)) => {
            return user::__refresh(refresh, name, pool).0;
        }
        ::core::result::Result::Err(::functools::__private::Missed::Compute(missed)) => missed,
    };
    let miss = match ::functools::__private::Waiting::<Option<User>, _, _>::new(missed).await {
        ::core::result::Result::Ok(hit) => return hit.0,
        ::core::result::Result::Err(miss) => miss,
    };
    {
        let body = ::core::pin::pin!(user::uncached(name, pool));
        let miss = miss;
        let result = ::functools::__private::Compute::run(&miss, body).await;
        ::functools::__private::Finish::finish(miss, result).0
    }
}
/// The handle of the cached function [`user`](fn@user).
#[allow(non_camel_case_types, missing_debug_implementations, missing_copy_implementations)]
struct user {}
#[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
impl user {
    /// Returns the [`CacheInfo`](::functools::CacheInfo) of `user`: its hits, misses, bound and size.
    #[inline]
    fn cache_info() -> ::functools::CacheInfo {
        user::__cache().info()
    }
    /// Returns the [`CacheStats`](::functools::CacheStats) of `user`: all its counters.
    #[inline]
    fn cache_stats() -> ::functools::CacheStats {
        user::__cache().stats()
    }
    /// Removes all entries of `user` and resets its counters.
    #[inline]
    fn cache_clear() {
        user::__cache().clear()
    }
    /// Returns the [`CacheParameters`](::functools::CacheParameters) of `user`: the options of its cache.
    #[inline]
    fn cache_parameters() -> ::functools::CacheParameters {
        user::__cache().parameters()
    }
    /// Removes the entry of `user` for these arguments and discards results that are still being computed for them.
    ///
    /// Returns whether there was an entry.
    #[inline]
    fn cache_invalidate(name: &str) -> ::core::primitive::bool {
        ::functools::__private::Entry::invalidate(user::__entry(name))
    }
    /// Whether `user` has an entry for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    fn cache_contains(name: &str) -> ::core::primitive::bool {
        ::functools::__private::Entry::contains(user::__entry(name))
    }
    /// Returns the stored result of `user` for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    fn cache_peek(name: &str) -> ::core::option::Option<Option<User>> {
        ::functools::__private::Entry::peek(user::__entry(name))
    }
    /// Returns how long the entry of `user` for these arguments is still fresh: `None` without an entry, `Duration::MAX` if it does not expire.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    fn cache_ttl(name: &str) -> ::core::option::Option<::core::time::Duration> {
        ::functools::__private::Entry::ttl(user::__entry(name))
    }
    /// Stores a result of `user` for these arguments without running its body.
    ///
    /// A result that a call would not store is not stored.
    #[inline]
    fn cache_insert(name: &str, value: Option<User>) {
        ::functools::__private::Entry::store(user::__entry(name), value)
    }
    #[doc(hidden)]
    #[inline]
    fn __cache() -> ::functools::__private::FunctionCache<::functools::__private::Process, (), true>
    {
        let _ = user;
        static __FUNCTOOLS_FUNCTION: ::functools::__private::Function =
            ::functools::__private::Function::new("user", &["user", "__cache"], ::core::line!());
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
                    ::core::time::Duration::new(48u64, 0u32),
                    ::core::option::Option::None,
                    false,
                )
                .with_stale(
                    ::core::option::Option::Some(::core::time::Duration::new(12u64, 0u32)),
                    ::core::option::Option::None,
                ),
            )
        })
    }
    #[doc(hidden)]
    #[inline]
    fn __entry(
        name: &str,
    ) -> impl ::functools::__private::RefreshedAsyncEntry<
        Return = Option<User>,
        Miss: ::core::marker::Send,
        Missed: ::core::marker::Send,
    > {
        let __arg0 = ::functools::__private::Process::probe(name).argument();
        let __key0 = ::functools::requirements::KeyArgument::<str>::check(__arg0);
        let part0 = ::functools::requirements::SharedByThreads::<str>::check(__key0);
        let __result = ::functools::__private::Process::returns::<Option<User>>().outcome();
        let __stored = ::functools::requirements::Storable::<Option<User>>::check(__result);
        let outcome = ::functools::requirements::SharedByThreads::<Option<User>>::check(__stored);
        user::__cache().entry::<_, Option<User>, _>((part0, ()), outcome)
    }
    #[doc(hidden)]
    #[inline]
    fn __refresh(
        refresh: ::functools::__private::Refresh<
            Option<User>,
            impl ::functools::__private::Finish<Option<User>> + ::core::marker::Send + 'static,
            ::functools::__private::Spawner,
        >,
        name: &str,
        pool: Pool,
    ) -> (Option<User>, ::functools::CacheStatus) {
        let ::functools::__private::Refresh { hit, miss, place } = refresh;
        let owned0 = ::functools::requirements::SentToBackground::<str>::check(
            ::functools::__private::owned(name).argument(),
        );
        _ = ::functools::requirements::SentToBackground::<Pool>::check(
            ::functools::__private::movable(&pool).verdict(),
        );
        let job: ::core::pin::Pin<
            ::std::boxed::Box<dyn ::core::future::Future<Output = ()> + ::core::marker::Send>,
        > = ::std::boxed::Box::pin(async move {
            let mut miss = miss;
            if ::functools::__private::Compute::begin_refresh(&mut miss) {
                let name = owned0.get();
                let body = ::core::pin::pin!(user::uncached(name, pool));
                let miss = miss;
                let result = ::functools::__private::Compute::run(&miss, body).await;
                ::core::mem::drop(::functools::__private::Finish::finish(miss, result));
            }
        });
        place.run(job);
        hit
    }
}
#[allow(clippy::missing_const_for_fn, clippy::multiple_inherent_impl, clippy::must_use_candidate)]
impl user {
    /// Runs the body of `user` without its cache.
    async fn uncached(name: &str, pool: Pool) -> Option<User> {
        query(pool, name).await
    }
    /// Runs the body of `user` and replaces the entry with its result.
    ///
    /// A result that is not stored leaves the entry.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    async fn cache_refresh(name: &str, pool: Pool) -> Option<User> {
        let miss = ::functools::__private::AsyncEntry::refresh_async(user::__entry(name));
        {
            let body = ::core::pin::pin!(user::uncached(name, pool));
            let miss = miss;
            let result = ::functools::__private::Compute::run(&miss, body).await;
            ::functools::__private::Finish::finish(miss, result).0
        }
    }
    /// Calls `user` and returns its result with the [`CacheStatus`](::functools::CacheStatus).
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    async fn with_status(name: &str, pool: Pool) -> (Option<User>, ::functools::CacheStatus) {
        let missed = match ::functools::__private::RefreshedAsyncEntry::lookup_or_refresh_async(
            user::__entry(name),
        ) {
            ::core::result::Result::Ok(hit) => return hit,
            ::core::result::Result::Err(::functools::__private::Missed::Refresh(refresh)) => {
                return user::__refresh(refresh, name, pool);
            }
            ::core::result::Result::Err(::functools::__private::Missed::Compute(missed)) => missed,
        };
        let miss = match ::functools::__private::Waiting::<Option<User>, _, _>::new(missed).await {
            ::core::result::Result::Ok(hit) => return hit,
            ::core::result::Result::Err(miss) => miss,
        };
        {
            let body = ::core::pin::pin!(user::uncached(name, pool));
            let miss = miss;
            let result = ::functools::__private::Compute::run(&miss, body).await;
            ::functools::__private::Finish::finish(miss, result)
        }
    }
}
