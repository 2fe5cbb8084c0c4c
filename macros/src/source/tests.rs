//! Tests of `scan`, by snippets that end with the function in question.

use super::enclosing::{Enclosing, Namesake, Surroundings};
use super::scan::Scan;
use super::skip::is_word;

/// The name of the last `fn` of the source.
fn name_of(source: &str) -> &str {
    let (_, name) = source.rsplit_once("fn ").expect("a function");
    name.trim_start_matches("r#").split(|c: char| !is_word(c)).next().expect("a name")
}

/// Returns the code around the last `fn` of the source.
fn surroundings(source: &str) -> Surroundings {
    let mut scan = Scan::default();
    scan.read_to(source.to_owned(), source.rfind("fn").expect("a function"));
    scan.surroundings(name_of(source))
}

fn place(source: &str) -> Enclosing {
    surroundings(source).enclosing
}

#[test]
fn finds_functions_in_a_macro() {
    for (source, expected) in [
        ("fn f() {}", false),
        ("#![allow(x)] mod m { fn f() {} }", false),
        ("const A: bool = !{ fn f() {} };", true),
        ("fn g() { println!(\"{\"); fn f() {} }", false),
        ("m! { fn f() {} }", true),
        ("macro_rules! m { ($x:ty) => { fn f() {} } }", true),
        ("macro_rules! m { () => {} } fn f() {}", false),
        ("macro m($x:ty) { fn f() {} }", true),
        ("m!(fn f() {});", true),
        ("vec![1]; fn f() {}", false),
    ] {
        assert_eq!(surroundings(source).is_in_macro, expected, "{source}");
    }
}

#[test]
fn finds_free_functions() {
    for source in [
        "fn f() {}",
        "pub(crate) mod m { pub fn f() {} }",
        "impl Foo { fn g() { if x { } fn f() {} } }",
        "impl Foo { fn g(); } fn f() {}",
        "impl Foo { const C: u8 = { fn f() {} }; }",
        "struct S { a: u8 } fn f() {}",
        "// impl Foo {\nfn f() {}",
        "/* impl /* nested */ Foo { */ fn f() {}",
        "const S: &str = \"impl Foo {\"; fn f() {}",
        "const S: &str = r#\"impl \"Foo\" {\"#; fn f() {}",
        "const S: u8 = b'{'; const T: char = '\\''; const U: char = '\\u{7b}'; fn f() {}",
        "macro_rules! m { ($x:ty) => { fn f() {} } }",
        "fn g() -> impl Fn(u8) { fn f() {} }",
        "type T = impl Foo; fn f() {}",
    ] {
        assert_eq!(place(source), Enclosing::Module, "{source}");
    }
}

#[test]
fn finds_impls_without_parameters() {
    for (source, expected) in [
        ("impl Foo { fn f() {} }", true),
        ("impl Foo<u8, Vec<u8>> { fn g<'a, T>(x: &'a T) {} fn f() {} }", true),
        ("impl Foo<'static> { fn f() {} }", true),
        ("fn g<'a>(x: &'a u8) { impl Foo { fn f() {} } }", true),
        ("type T = &'static str; #[doc = \"'a\"] /* <'a> */ impl Foo { fn f() {} }", true),
        ("impl<T> Foo<T> { fn f() {} }", false),
        ("impl <'a> Foo<'a> { fn f() {} }", false),
        ("impl Foo<'_> { fn f() {} }", false),
        ("impl Foo<&u8> { fn f() {} }", false),
        ("impl Foo<(u8, &str)> { fn f() {} }", false),
        ("impl Foo<[fn(&'_ u8); { 4 }]> { fn f() {} }", false),
        ("m! { impl Foo { fn f() {} } }", false),
        ("impl Foo { fn g() { fn f() {} } }", false),
        ("trait Foo { fn f() {} }", false),
    ] {
        assert_eq!(surroundings(source).is_in_plain_impl, expected, "{source}");
    }
}

#[test]
fn finds_functions_in_an_impl() {
    for source in [
        "impl Foo { fn f() {} }",
        "impl<'a, T: for<'b> Fn(&'b u8)> Foo<'a, T> where T: Copy, { #[a] pub fn f() {} }",
        "impl Foo { fn g() { } /* } */ fn f() {} }",
        "impl Foo<{ N }> { fn f() {} }",
        "impl Foo<[u8; 4]> { const C: char = '}'; fn f() {} }",
        "fn g() { impl Foo { fn f() {} } }",
        "m! { impl Foo { fn f() {} } }",
        "macro_rules! m { ($t:ty) => { impl $t { fn f() {} } } }",
        "impl Foo { m! { fn f() {} } }",
        "impl r#for { fn f() {} }",
    ] {
        assert_eq!(place(source), Enclosing::Impl, "{source}");
    }
}

#[test]
fn finds_functions_of_one_name() {
    for (source, expected) in [
        ("#[lru_cache] fn a() {} #[lru_cache] fn a() {}", true),
        ("#[lru_cache(maxsize = 3)] pub fn a<T>() {} /* fn */ #[cache] pub const fn a() {}", true),
        (
            "impl A { #[functools::cache] #[doc = \"a\"] fn a(&self) {} #[must_use] fn a() {} }",
            true,
        ),
        ("fn g() { #[lru_cache] fn a() {} let b = 1; #[lru_cache] fn a() {} }", true),
        ("#[lru_cache] fn a() {} #[lru_cache] fn b() {}", false),
        ("fn a() {} #[lru_cache] fn a() {}", false),
        ("#[lru_cache] fn r#type<a>() {} #[lru_cache] fn a() {}", false),
        ("mod m { #[lru_cache] fn a() {} } #[lru_cache] fn a() {}", false),
        ("impl A { #[lru_cache] fn a() {} } impl B { #[lru_cache] fn a() {} }", false),
        ("#[lru_cache] fn a() {} mod m { #[lru_cache] fn a() {} }", false),
        ("#[cfg(a)] #[lru_cache] fn a() {} #[lru_cache] fn a() {}", false),
        ("#[lru_cache] fn a() {} #[since(1.5)] #[lru_cache] fn a() {}", false),
        ("#[lru_cache] fn a() {} #[lru_cache] #[cfg_attr(a, b)] fn a() {}", false),
        ("macro_rules! m { () => { #[lru_cache] fn a() {} #[lru_cache] fn a() {} } }", false),
    ] {
        assert_eq!(surroundings(source).namesake == Some(Namesake::Cached), expected, "{source}");
    }
}

#[test]
fn finds_functions_in_an_extern_block() {
    for source in ["extern { fn f(); }", "unsafe extern \"C\" { static X: u8; pub fn f(); }"] {
        assert_eq!(place(source), Enclosing::ExternBlock, "{source}");
    }
    for source in [
        "extern \"C\" fn g() { fn f() {} }",
        "extern crate a; mod m { fn f() {} }",
        "extern \"C\" { fn g(); } fn f() {}",
        "const A: extern \"C\" fn() = { fn f() {} };",
    ] {
        assert_eq!(place(source), Enclosing::Module, "{source}");
    }
}

#[test]
fn finds_functions_in_a_trait() {
    for source in [
        "impl Shape for Foo { fn f() {} }",
        "unsafe impl<T> Shape for Foo<T> where T: Copy { fn f() {} }",
        "impl Shape<{ N }> for Foo { fn f() {} }",
        "impl Shape for Foo<[u8; 4]> { type T = u8; fn f() {} }",
        "impl<T> Shape for for<'a> fn(&'a T) { fn f() {} }",
        "pub trait Shape: Sized { fn g(); fn f() {} }",
    ] {
        assert_eq!(place(source), Enclosing::Trait, "{source}");
    }
}

#[test]
fn finds_items_with_the_name_of_a_function() {
    for (source, expected) in [
        ("mod f; fn f() {}", Some(Namesake::Module)),
        ("pub mod f { fn g() {} } fn f() {}", Some(Namesake::Module)),
        ("#[derive(Debug)] struct f { a: u8 } fn f() {}", Some(Namesake::Type)),
        ("fn g() { type f = u8; fn f() {} }", Some(Namesake::Type)),
        ("#[cfg(a)] mod f; fn f() {}", None),
        ("mod f; #[cfg(a)] fn f() {}", None),
        ("mod g { mod f; } fn f() {}", None),
        ("mod f; mod g { fn f() {} }", None),
        ("use a::f; fn f() {}", None),
        ("let f = 1; fn f() {}", None),
    ] {
        assert_eq!(surroundings(source).namesake, expected, "{source}");
    }
}

#[test]
fn a_scan_continues_at_the_next_function() {
    let source = include_str!("scan.rs");
    let mut continued = Scan::default();
    for (at, _) in source.match_indices("\nfn ").chain(source.match_indices("\n    fn ")) {
        let at = at + source[at..].find('f').expect("fn");
        let mut fresh = Scan::default();
        fresh.read_to(source.to_owned(), at);
        if !continued.is_prefix_of(source, at) {
            continued = Scan::default();
        }
        continued.read_to(source.to_owned(), at);
        assert_eq!(
            continued.surroundings("f"),
            fresh.surroundings("f"),
            "{}",
            &source[at..at + 40]
        );
    }
}

#[test]
fn a_scan_does_not_continue_in_a_changed_source() {
    let source = "fn f() {} fn g() {}";
    let mut scan = Scan::default();
    scan.read_to(source.to_owned(), 10);
    assert!(scan.is_prefix_of("fn f() {} impl Foo { fn g() {} }", 21));
    assert!(!scan.is_prefix_of("fn e() {} fn g() {}", 10));
    assert!(!scan.is_prefix_of(source, 0), "an earlier function");
    assert!(!scan.is_prefix_of("fn f()", 12), "a shorter source");
}
