// #[lru_cache(handle = _, maxsize = SIZE, cache_if = |sum| *sum > 0)]
// fn sum(mut start: u64, (left, right): (u64, u64)) -> u64 {
//     start += left;
//     start + right
// }

#[cfg_attr(
    doc,
    doc = " Cached by [`#[lru_cache]`](macro@::functools::lru_cache): a limited number of results."
)]
#[allow(clippy::used_underscore_binding)]
fn sum(start: u64, arg1: (u64, u64)) -> u64 {
    fn __functools_maxsize() -> ::core::option::Option<::core::primitive::usize> {
        {
            let value = SIZE;
            ::functools::options::Maxsize::bound(value)
        }
    }
    static __FUNCTOOLS_FUNCTION: ::functools::__private::Function =
        ::functools::__private::Function::new("sum", &["sum"], ::core::line!());
    static __FUNCTOOLS: ::functools::__private::InstanceMap =
        ::functools::__private::InstanceMap::new();
    let cache_if = |result: &u64| {
        let predicate: &dyn ::core::ops::Fn(&u64) -> ::core::primitive::bool = &|sum| *sum > 0;
        predicate(result)
    };
    let miss = match ::functools::__private::Entry::lookup({
        let __arg0 = ::functools::__private::Process::probe(&start).argument();
        let __key0 = ::functools::requirements::KeyArgument::<u64>::check(__arg0);
        let part0 = ::functools::requirements::SharedByThreads::<u64>::check(__key0);
        let __arg1 = ::functools::__private::Process::probe(&arg1).argument();
        let __key1 = ::functools::requirements::KeyArgument::<(u64, u64)>::check(__arg1);
        let part1 = ::functools::requirements::SharedByThreads::<(u64, u64)>::check(__key1);
        let __result = ::functools::__private::Process::returns::<u64>().outcome();
        let __stored = ::functools::requirements::Storable::<u64>::check(__result);
        let outcome = ::functools::requirements::SharedByThreads::<u64>::check(__stored);
        ::functools::__private::FunctionCache::<::functools::__private::Process, _, false>::new(
            &__FUNCTOOLS,
            (),
            || {
                ::functools::__private::Spec::of_function(
                    &__FUNCTOOLS_FUNCTION,
                    ::core::module_path!(),
                    ::core::any::type_name_of_val(&|| ()),
                    __functools_maxsize(),
                )
            },
        )
        .entry::<_, u64, _>((part0, (part1, ())), outcome)
    }) {
        ::core::result::Result::Ok(hit) => return hit.0,
        ::core::result::Result::Err(miss) => miss,
    };
    ::functools::__private::Finish::finish_if(
        miss,
        (move || -> u64 {
            #[allow(clippy::shadow_reuse)]
            let mut start = start;
            #[allow(clippy::shadow_reuse)]
            let (left, right) = arg1;
            start += left;
            start + right
        })(),
        cache_if,
    )
    .0
}
