//! What the macro writes: the code that an attribute adds to a crate, function by function.
//!
//! The full expansions of six typical functions are in `macros/src/snapshots` of the repository; a
//! test compares them with what the macro writes. `cargo expand` (`cargo install cargo-expand`)
//! shows those of your own crate:
//!
//! ```text
//! cargo expand --lib path::to::module
//! ```
//!
//! # A plain function
//!
//! ```
//! use functools::lru_cache;
//!
//! #[lru_cache(maxsize = 128)]
//! pub fn item(id: u64, lang: &str) -> String {
//!     query(id, lang)
//! }
//! # fn query(id: u64, lang: &str) -> String { format!("{id} {lang}") }
//! # assert_eq!(item(1, "en"), "1 en");
//! ```
//!
//! becomes the function, a type of the same name, and the functions of that type. It is 80 lines
//! without comments and attributes. With shorter paths, and without the functions that look like
//! others:
//!
//! ```text
//! pub fn item(id: u64, lang: &str) -> String {
//!     let miss = match Entry::lookup(item::__entry(&id, lang)) {
//!         Ok(hit) => return hit.0,
//!         Err(miss) => miss,
//!     };
//!     Fill::fill(miss, item::uncached(id, lang)).0
//! }
//!
//! pub struct item {}
//!
//! impl item {
//!     pub fn cache_info() -> CacheInfo {
//!         item::__cache().info()
//!     }
//!
//!     pub fn cache_contains(id: u64, lang: &str) -> bool {
//!         Entry::contains(item::__entry(&id, lang))
//!     }
//!
//!     fn __cache() -> Cached {
//!         let _ = item;
//!         static __FUNCTOOLS_FUNCTION: Function =
//!             Function::new("item", &["item", "__cache"], line!());
//!         static __FUNCTOOLS: PerType = PerType::new();
//!         Cached::new(&__FUNCTOOLS, (), || {
//!             Spec::of_function(
//!                 &__FUNCTOOLS_FUNCTION,
//!                 module_path!(),
//!                 type_name_of_val(&|| ()),
//!                 Some(128),
//!             )
//!         })
//!     }
//!
//!     fn __entry(id: &u64, lang: &str) -> impl Entry<Return = String> {
//!         let __arg0 = Process::probe(id).argument();
//!         let __key0 = KeyArgument::<u64>::check(__arg0);
//!         let part0 = SharedByThreads::<u64>::check(__key0);
//!         // .. the same for `lang` and for the result
//!         item::__cache().entry::<_, String, _>((part0, (part1, ())), outcome)
//!     }
//! }
//!
//! impl item {
//!     pub fn uncached(id: u64, lang: &str) -> String {
//!         query(id, lang)
//!     }
//!
//!     pub fn cache_refresh(id: u64, lang: &str) -> String {
//!         let miss = Entry::refresh(item::__entry(&id, lang));
//!         Fill::fill(miss, item::uncached(id, lang)).0
//!     }
//! }
//! ```
//!
//! - `uncached` has the body as it was written, with the attributes that are about a body, such as
//!   `#[inline]` and `#[expect(..)]`. It stands in a second `impl`, since the first
//!   silences lints that must be reported here.
//! - `__cache` returns the cache. Its two statics are all that a function adds to the data of a
//!   program: one holds the caches, of which a generic function has several; the address of the
//!   other identifies the function. The closure has the options; it runs once, at the first use. The
//!   type name of a closure has the path of the function, by which [`crate::caches`] lists it.
//!   `let _ = item;` uses the function, so that it is no dead code where only its handle is used.
//! - `__entry` returns the entry for some arguments, whether it exists or not. Only this
//!   function depends on the types of the cache, but for those below. `probe` chooses how an argument takes part in the key
//!   (by `Hash` and `Eq`, or as a float), and `check` is where the compiler reports a type that cannot
//!   be cached: each has the place of the type in the signature.
//! - `__cache_if`, with `cache_if` or `cache_none = false`, returns whether a result may be stored.
//! - All other functions call one of these, and those that run the body call `uncached`, too. They are
//!   `#[inline]`, so that those that nobody calls are not compiled to machine code.
//!
//! The docs of the function have one more paragraph, for rustdoc alone (`#[cfg_attr(doc, ..)]`).
//!
//! # Other functions
//!
//! - **Methods** have no type beside them. The functions stand in the same `impl`, as
//!   `area_cache_info`, `area_uncached`, `__area_cache` and so on, and are called by `Self::`. Where
//!   the `impl` has parameters, functions that take the arguments require `Self: 'static`, if `Self`
//!   is part of a key or a result, and the method itself calls `with_status`.
//! - **Methods of traits, and `handle = _`**: the function has all of it in its body, with the
//!   user's body in a closure, and nothing stands beside it. Options that are expressions are in
//!   functions `__functools_maxsize` and so on in that body.
//! - **`async fn`**: a call that finds nothing awaits a `Waiting`, which is ready when another call
//!   has computed the result, or when this one is to compute it. Then it runs the body, pinned, and
//!   stores what that returns. `__entry` promises that what a call waits for, and the right to
//!   compute, are `Send`.
//! - **Generic functions**: the type has the function's type parameters, and its functions the
//!   lifetimes. `__cache` passes a closure in place of `()`, whose type has all parameters in scope
//!   and tells the caches of a function apart. The types of closures that are skipped are parameters
//!   of `uncached`, `cache_refresh` and `with_status` alone. The function calls `with_status`, so that
//!   a type that is not `'static` is one error.
//! - **`key = ..`**: no `__entry`, since the type of the expression has no name; each function
//!   computes the key itself.
//! - **`redis = ..`**: `__cache` has one more static, with the parts of the key in Redis, and `__entry`
//!   a closure that writes the key, and the way in which results are written. An `async fn`
//!   looks up and stores with `.await`: it, `with_status`, `cache_refresh` and `cache_invalidate`
//!   have the content of `__entry` in their own bodies, and await Redis by `missed.resolve()`.
//! - **`scope = "thread"`**: the caches are in a `thread_local!`, and nothing has to be `Send`.
//!
//! # Names
//!
//! Paths begin with `::functools`, `::core` or `::std`, or with the path in `crate = ..`, so that no
//! item of yours is taken for one of these. Local variables are hygienic: an expression in an option
//! can use the arguments, and nothing that the macro writes. Exceptions are `__arg0`, `__key0` and
//! so on in `__entry`, where an error would have the wrong place otherwise, the statics
//! `__FUNCTOOLS..` and the functions `__functools_..`. So no name of yours should begin with one of
//! these two, and no argument's with `__arg` or `__key`.
//!
//! Names that begin with `__`, and all in `functools::__private`, are not API: they change in any
//! release.
//!
//! # What it costs to compile
//!
//! The checks of `__entry` and the bodies of the handle are most of it. `cargo check` checks all of
//! them, and a build compiles the function, `__cache`, `__entry`, and what you call. What depends on
//! types alone is compiled once for all functions with the same types of key and result.
//! `scripts/compile-time` of the repository measures it, beside the crate `cached` and beside no
//! attribute.
