// #[lru_cache(tags("user:{user_id}", "orders"))]
// fn orders(user_id: u64, page: u32) -> Vec<Order> {
//     query(user_id, page)
// }

#[cfg_attr(
    doc,
    doc = " Cached by [`#[lru_cache]`](macro@::functools::lru_cache): up to 128 results. Handle: [`orders`](struct@orders)."
)]
#[allow(clippy::too_many_arguments, clippy::single_call_fn, clippy::used_underscore_binding)]
fn orders(user_id: u64, page: u32) -> Vec<Order> {
    let miss = match ::functools::__private::Entry::lookup(orders::__entry(&user_id, &page)) {
        ::core::result::Result::Ok(hit) => return hit.0,
        ::core::result::Result::Err(miss) => miss,
    };
    ::functools::__private::Finish::finish(miss, orders::uncached(user_id, page)).0
}
/// The handle of the cached function [`orders`](fn@orders).
#[allow(non_camel_case_types, missing_debug_implementations, missing_copy_implementations)]
struct orders {}
#[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
impl orders {
    /// Returns the [`CacheInfo`](::functools::CacheInfo) of `orders`: its hits, misses, bound and size.
    #[inline]
    fn cache_info() -> ::functools::CacheInfo {
        orders::__cache().info()
    }
    /// Returns the [`CacheStats`](::functools::CacheStats) of `orders`: all its counters.
    #[inline]
    fn cache_stats() -> ::functools::CacheStats {
        orders::__cache().stats()
    }
    /// Removes all entries of `orders` and resets its counters.
    #[inline]
    fn cache_clear() {
        orders::__cache().clear()
    }
    /// Returns the [`CacheParameters`](::functools::CacheParameters) of `orders`: the options of its cache.
    #[inline]
    fn cache_parameters() -> ::functools::CacheParameters {
        orders::__cache().parameters()
    }
    /// Removes the entry of `orders` for these arguments and discards results that are still being computed for them.
    ///
    /// Returns whether there was an entry.
    #[inline]
    fn cache_invalidate(user_id: u64, page: u32) -> ::core::primitive::bool {
        ::functools::__private::Entry::invalidate(orders::__entry(&user_id, &page))
    }
    /// Whether `orders` has an entry for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    fn cache_contains(user_id: u64, page: u32) -> ::core::primitive::bool {
        ::functools::__private::Entry::contains(orders::__entry(&user_id, &page))
    }
    /// Returns the stored result of `orders` for these arguments.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    fn cache_peek(user_id: u64, page: u32) -> ::core::option::Option<Vec<Order>> {
        ::functools::__private::Entry::peek(orders::__entry(&user_id, &page))
    }
    /// Returns how long the entry of `orders` for these arguments is still fresh: `None` without an entry, `Duration::MAX` if it does not expire.
    ///
    /// Changes neither the order nor the counters.
    #[inline]
    fn cache_ttl(user_id: u64, page: u32) -> ::core::option::Option<::core::time::Duration> {
        ::functools::__private::Entry::ttl(orders::__entry(&user_id, &page))
    }
    /// Stores a result of `orders` for these arguments without running its body.
    ///
    /// A result that a call would not store is not stored.
    #[inline]
    fn cache_insert(user_id: u64, page: u32, value: Vec<Order>) {
        ::functools::__private::Entry::store(orders::__entry(&user_id, &page), value)
    }
    #[doc(hidden)]
    #[inline]
    fn __cache() -> ::functools::__private::FunctionCache {
        let _ = orders;
        static __FUNCTOOLS_FUNCTION: ::functools::__private::Function =
            ::functools::__private::Function::new(
                "orders",
                &["orders", "__cache"],
                ::core::line!(),
            );
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
    fn __entry(
        user_id: &u64,
        page: &u32,
    ) -> impl ::functools::__private::Entry<Return = Vec<Order>> {
        let __arg0 = ::functools::__private::Process::probe(user_id).argument();
        let __key0 = ::functools::requirements::KeyArgument::<u64>::check(__arg0);
        let part0 = ::functools::requirements::SharedByThreads::<u64>::check(__key0);
        let __arg1 = ::functools::__private::Process::probe(page).argument();
        let __key1 = ::functools::requirements::KeyArgument::<u32>::check(__arg1);
        let part1 = ::functools::requirements::SharedByThreads::<u32>::check(__key1);
        let __result = ::functools::__private::Process::returns::<Vec<Order>>().outcome();
        let __stored = ::functools::requirements::Storable::<Vec<Order>>::check(__result);
        let outcome = ::functools::requirements::SharedByThreads::<Vec<Order>>::check(__stored);
        orders::__cache().entry::<_, Vec<Order>, _>((part0, (part1, ())), outcome).tagged(
            |tags: &mut ::functools::__private::Tags| {
                tags.add(|tag: &mut ::functools::__private::KeyWriter| {
                    tag.literal("user:");
                    ::functools::requirements::TagSegment::<u64>::check(
                        ::functools::__private::InMemory::segment(
                            &::functools::__private::Process::probe(user_id).argument(),
                            ::functools::__private::segment(user_id).segment(),
                        ),
                    )
                    .write(tag);
                });
                tags.add(|tag: &mut ::functools::__private::KeyWriter| {
                    tag.literal("orders");
                });
            },
        )
    }
}
#[allow(clippy::missing_const_for_fn, clippy::multiple_inherent_impl, clippy::must_use_candidate)]
impl orders {
    /// Runs the body of `orders` without its cache.
    fn uncached(user_id: u64, page: u32) -> Vec<Order> {
        query(user_id, page)
    }
    /// Runs the body of `orders` and replaces the entry with its result.
    ///
    /// A result that is not stored leaves the entry.
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    fn cache_refresh(user_id: u64, page: u32) -> Vec<Order> {
        let miss = ::functools::__private::Entry::refresh(orders::__entry(&user_id, &page));
        ::functools::__private::Finish::finish(miss, orders::uncached(user_id, page)).0
    }
    /// Calls `orders` and returns its result with the [`CacheStatus`](::functools::CacheStatus).
    #[allow(clippy::all, clippy::nursery, clippy::pedantic, deprecated)]
    #[inline]
    fn with_status(user_id: u64, page: u32) -> (Vec<Order>, ::functools::CacheStatus) {
        let miss = match ::functools::__private::Entry::lookup(orders::__entry(&user_id, &page)) {
            ::core::result::Result::Ok(hit) => return hit,
            ::core::result::Result::Err(miss) => miss,
        };
        ::functools::__private::Finish::finish(miss, orders::uncached(user_id, page))
    }
}
