//! The names under which `functools::caches()` lists caches (CONTRACT 1).

use std::any::type_name;

use functools::{cache, lru_cache};

/// Returns the names of the caches of functions of this name in this module, each as often as it
/// is listed.
fn names_of(function: &str) -> Vec<String> {
    let is_of = |name: &String| {
        if !name.contains(module_path!()) {
            return false;
        }
        let last = name.rsplit("::").next().unwrap_or(name);
        last == function || last.strip_prefix(function).is_some_and(|line| line.starts_with(':'))
    };
    let names = functools::caches().map(|cache| cache.name().to_owned());
    let mut names: Vec<_> = names.filter(is_of).collect();
    names.sort();
    names
}

mod shop {
    #[functools::cache]
    pub(crate) fn price(id: u32) -> u32 {
        id
    }

    pub(crate) mod r#type {
        #[functools::cache]
        pub(crate) fn r#match(id: u32) -> u32 {
            id
        }
    }
}

#[test]
fn function_in_a_module_has_its_path() {
    shop::price(1);
    assert_eq!(names_of("price"), ["it::handle::names::shop::price"]);
    shop::r#type::r#match(1);
    let name = names_of("match").pop().expect("it was used");
    assert!(
        ["it::handle::names::shop::type::match", "it::handle::names::shop::r#type::match"]
            .contains(&&*name),
        "{name}"
    );
}

#[test]
fn handle_does_not_change_the_name() {
    mod functions {
        #[functools::cache(handle = other)]
        pub(crate) fn renamed(id: u32) -> u32 {
            id
        }
        #[functools::cache(handle = _)]
        pub(crate) fn nameless(id: u32) -> u32 {
            id
        }
    }
    functions::renamed(1);
    functions::nameless(1);
    let module = "it::handle::names::handle_does_not_change_the_name::functions";
    assert_eq!(names_of("renamed"), [format!("{module}::renamed")]);
    assert_eq!(names_of("nameless"), [format!("{module}::nameless")]);
    assert_eq!(functions::other::cache_info().misses, 1);
}

#[cache]
fn generic<T: Copy + Eq + std::hash::Hash + Send + Sync + 'static>(value: T) -> T {
    value
}

#[cache(handle = _)]
fn generic_without_a_handle<T: Copy + Eq + std::hash::Hash + Send + Sync + 'static>(value: T) -> T {
    value
}

#[test]
fn generic_function_has_one_name_for_all_types() {
    generic(1_u8);
    generic('a');
    assert_eq!(names_of("generic"), ["it::handle::names::generic"; 2]);
    generic_without_a_handle(1_u8);
    generic_without_a_handle('a');
    let name = "it::handle::names::generic_without_a_handle";
    assert_eq!(names_of("generic_without_a_handle"), [name; 2]);
}

struct Crate<'a, T>(&'a T);

impl<T: 'static> Crate<'_, T> {
    #[cache]
    fn volume(side: u32) -> u32 {
        side * side * side
    }

    #[cache]
    fn scaled<U: 'static>(by: u32) -> u32 {
        by
    }
}

mod elsewhere {
    impl super::Crate<'_, u64> {
        #[functools::cache]
        pub(crate) fn weight(n: u32) -> u32 {
            n
        }
    }
}

#[test]
fn method_has_the_name_of_its_type() {
    assert_eq!((Crate::<u8>::volume(2), Crate::<u16>::volume(2)), (8, 8));
    let of = |ty: &str, method: &str| format!("{ty}::{method}");
    let (byte, word) = (type_name::<Crate<u8>>(), type_name::<Crate<u16>>());
    assert_eq!(names_of("volume"), [of(word, "volume"), of(byte, "volume")]);
    Crate::<u8>::scaled::<u8>(1);
    Crate::<u8>::scaled::<char>(1);
    assert_eq!(names_of("scaled"), [of(byte, "scaled"), of(byte, "scaled")]);
    Crate::<u64>::weight(1);
    assert_eq!(names_of("weight"), [of(type_name::<Crate<u64>>(), "weight")]);
    assert_eq!(Crate(&1_u8).0, &1);
}

/// Defines a module with functions of one name in all kinds of places, and `call`, which calls
/// each.
macro_rules! functions {
    ($module:ident, $scope:literal) => {
        mod $module {
            use std::future::Future;
            use std::pin::pin;
            use std::task::{Context, Waker};

            pub(super) const LINE: u32 = line!();

            pub(super) struct Foo<T>(T);
            pub(super) struct Bar;

            pub(super) trait Shape {
                fn same() -> u8;
                fn outer() -> u8;
                #[functools::cache(scope = $scope)]
                fn default() -> u8 {
                    #[functools::cache(scope = $scope)]
                    fn same() -> u8 {
                        1
                    }
                    same()
                }
            }

            pub(super) trait Convert<T> {
                fn same() -> u8;
            }

            impl<T: 'static> Foo<T> {
                #[functools::cache(scope = $scope)]
                fn same() -> u8 {
                    2
                }

                fn one() -> u8 {
                    #[functools::cache(scope = $scope)]
                    fn same() -> u8 {
                        3
                    }
                    same()
                }

                fn two() -> u8 {
                    #[functools::cache(scope = $scope, handle = _)]
                    fn same() -> u8 {
                        4
                    }
                    let in_closure = || {
                        #[functools::cache(scope = $scope, handle = other)]
                        fn same() -> u8 {
                            5
                        }
                        same()
                    };
                    // Equal to the first, as the compiler writes it.
                    assert_eq!(in_closure(), 5);
                    same()
                }

                async fn task() -> u8 {
                    #[functools::cache(scope = $scope)]
                    async fn same() -> u8 {
                        6
                    }
                    async { same().await }.await
                }
            }

            impl<T: 'static> Shape for Foo<T> {
                #[functools::cache(scope = $scope)]
                fn same() -> u8 {
                    7
                }
                fn outer() -> u8 {
                    #[functools::cache(scope = $scope)]
                    fn same() -> u8 {
                        8
                    }
                    same()
                }
            }

            impl Shape for Bar {
                #[functools::cache(scope = $scope)]
                fn same() -> u8 {
                    9
                }
                fn outer() -> u8 {
                    #[functools::cache(scope = $scope)]
                    fn same() -> u8 {
                        10
                    }
                    same()
                }
            }

            impl Convert<u8> for Foo<u8> {
                #[functools::cache(scope = $scope)]
                fn same() -> u8 {
                    11
                }
            }

            impl Convert<u16> for Foo<u8> {
                #[functools::cache(scope = $scope)]
                fn same() -> u8 {
                    12
                }
            }

            fn generic<T: Default>() -> u8 {
                #[functools::cache(scope = $scope)]
                fn same<T: 'static>() -> u8 {
                    13
                }
                drop(T::default());
                same::<u8>() + same::<u16>()
            }

            fn blocks() -> [u8; 2] {
                [
                    {
                        #[functools::cache(scope = $scope)]
                        fn same() -> u8 {
                            14
                        }
                        same()
                    },
                    {
                        #[functools::cache(scope = $scope)]
                        fn same() -> u8 {
                            15
                        }
                        same()
                    },
                ]
            }

            #[functools::cache(scope = $scope)]
            fn same() -> u8 {
                16
            }

            #[functools::cache(scope = $scope)]
            fn nested() -> u8 {
                #[functools::cache(scope = $scope)]
                fn same() -> u8 {
                    #[functools::cache(scope = $scope)]
                    fn same() -> u8 {
                        17
                    }
                    same() + 1
                }
                same()
            }

            const _: () = {
                impl Foo<char> {
                    pub(super) fn in_const() -> u8 {
                        #[functools::cache(scope = $scope)]
                        fn same() -> u8 {
                            19
                        }
                        same()
                    }
                }
            };

            pub(super) fn call() {
                let task = pin!(Foo::<u8>::task());
                let mut context = Context::from_waker(Waker::noop());
                assert!(task.poll(&mut context).is_ready());
                assert_eq!(Foo(0_u8).0, 0);
                assert_eq!((Foo::<u8>::same(), Foo::<u8>::one(), Foo::<u8>::two()), (2, 3, 4));
                assert_eq!((<Bar as Shape>::same(), <Bar as Shape>::outer()), (9, 10));
                assert_eq!(<Foo<u8> as Shape>::same(), 7);
                assert_eq!((<Foo<u8> as Shape>::outer(), <Foo<u8> as Shape>::default()), (8, 1));
                assert_eq!(<Foo<u8> as Convert<u8>>::same(), 11);
                assert_eq!(<Foo<u8> as Convert<u16>>::same(), 12);
                assert_eq!((generic::<u8>(), blocks()), (26, [14, 15]));
                assert_eq!((same(), nested(), Foo::in_const()), (16, 18, 19));
            }
        }
    };
}

functions!(process, "process");
functions!(thread, "thread");

/// The names of these functions, sorted, where `M` is the module and `LINE` that of the macro's
/// call.
const NAMES: [&str; 20] = [
    "<M::Bar as M::Shape>::outer::same",
    "<M::Bar as M::Shape>::same",
    "<M::Foo<_> as M::Shape>::outer::same",
    "<M::Foo<u8> as M::Convert<u16>>::same",
    "<M::Foo<u8> as M::Convert<u8>>::same",
    "<M::Foo<u8> as M::Shape>::same",
    "M::Foo<_>::one::same",
    "M::Foo<_>::task::same",
    "M::Foo<_>::two::same",
    "M::Foo<_>::two::same:LINE",
    "M::Foo<char>::in_const::same",
    "M::Foo<u8>::same",
    "M::Shape::default::same",
    "M::blocks::same",
    "M::blocks::same:LINE",
    "M::generic::same",
    "M::generic::same",
    "M::nested::uncached::same",
    "M::nested::uncached::same::uncached::same",
    "M::same",
];

fn check(module: &str, line: u32) {
    let module = format!("it::handle::names::{module}");
    let mut names = names_of("same");
    names.retain(|name| name.contains(&format!("{module}::")));
    let expected = NAMES.map(|name| name.replace('M', &module).replace("LINE", &line.to_string()));
    assert_eq!(names, expected);
    names.dedup();
    assert_eq!(names.len(), NAMES.len() - 1, "the two caches of a generic function have one name");
}

#[test]
fn functions_of_one_name_have_different_names() {
    process::call();
    check("process", process::LINE);
}

#[test]
fn functions_of_one_name_and_a_thread_have_different_names() {
    let names = || {
        thread::call();
        check("thread", thread::LINE);
    };
    names();
    // Another thread has other caches, of the same names.
    std::thread::spawn(names).join().expect("no panic");
}

#[test]
fn functions_in_blocks_have_their_lines_in_their_names() {
    const LINE: u32 = line!();
    fn blocks() -> (u8, u8) {
        let one = {
            #[lru_cache]
            fn in_block() -> u8 {
                1
            }
            in_block()
        };
        let other = {
            #[lru_cache(scope = "thread")]
            fn in_block() -> u8 {
                2
            }
            in_block()
        };
        (one, other)
    }
    blocks();
    let path =
        "it::handle::names::functions_in_blocks_have_their_lines_in_their_names::blocks::in_block";
    assert_eq!(names_of("in_block"), [path.to_owned(), format!("{path}:{}", LINE + 10)]);
}
