//! The check of imports on small crates.

use super::*;

fn files<const N: usize>(files: [(&str, &str); N]) -> Files {
    files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
}

/// The problems of a crate with these files and allowed edges.
fn problems<const N: usize>(sources: [(&str, &str); N], allowed: &[&str]) -> Vec<String> {
    let sources = files(sources);
    let homes = [("old.rs".to_owned(), "cache".to_owned())];
    let homes = if sources.contains_key("old.rs") { homes.into() } else { [].into() };
    let imports = imports::find(&sources).expect("it parses");
    let allowed = allowed.iter().map(|row| row.parse().expect("an edge")).collect();
    let report = check(&sources, &imports, &Rooms::new(homes), &allowed).expect("rooms");
    report.problems().collect()
}

/// The edges of a crate with these files.
fn edges<const N: usize>(sources: [(&str, &str); N]) -> Vec<String> {
    let imports = imports::find(&files(sources)).expect("it parses");
    imports.iter().map(|import| import.edge().to_string()).collect()
}

#[test]
fn an_import_of_a_lower_room_is_right() {
    let sources = [
        ("cache/core.rs", "use crate::{base::clock::now, engine};\nfn f() { engine::get(now()) }"),
        ("base/clock.rs", "pub(crate) fn now() {}"),
        ("engine/mod.rs", "pub(crate) fn get(_: ()) {}"),
    ];
    assert_eq!(problems(sources, &[]), [""; 0]);
}

#[test]
fn an_import_of_a_higher_room_is_found_with_its_line() {
    let sources = [
        ("engine/slot.rs", "use std::fmt;\nuse crate::cache::core::Cache;"),
        ("cache/mod.rs", "mod core;"),
        ("cache/core.rs", "pub(crate) struct Cache;"),
    ];
    assert_eq!(
        problems(sources, &[]),
        ["runtime/src/engine/slot.rs:2: `crate::cache::core::Cache` is in cache/core.rs: \
          `engine` must not import `cache`"]
    );
    assert_eq!(problems(sources, &["engine/slot.rs -> cache/core.rs"]), [""; 0]);
}

#[test]
fn rooms_of_one_level_do_not_import_each_other() {
    let sources = [("engine/mod.rs", ""), ("base/spec.rs", "use crate::engine::Table;")];
    assert!(problems(sources, &[])[0].ends_with("`base` must not import `engine`"));
}

#[test]
fn what_the_crate_exports_is_an_import_of_the_top() {
    let sources = [("lib.rs", "mod base;"), ("base/info.rs", "fn f(_: crate::CacheInfo) {}")];
    assert!(problems(sources, &[])[0].ends_with("`base` must not import `lib`"));
}

#[test]
fn a_circle_within_a_room_is_found_once() {
    let sources = [
        ("cache/core.rs", "use super::call::Call;"),
        ("cache/call.rs", "use super::end;\nfn f() { end::f() }"),
        ("cache/end.rs", "\nfn f(_: crate::cache::core::Cache) {}"),
        ("cache/mod.rs", "mod call;\nmod core;\nmod end;\npub(crate) use core::Cache;"),
    ];
    assert_eq!(
        problems(sources, &[]),
        ["circle of 3 files:\
          \n  runtime/src/cache/call.rs:1: `super::end` is in cache/end.rs\
          \n  runtime/src/cache/end.rs:2: `crate::cache::core::Cache` is in cache/core.rs\
          \n  runtime/src/cache/core.rs:1: `super::call::Call` is in cache/call.rs"]
    );
    assert_eq!(problems(sources, &["cache/end.rs -> cache/core.rs"]), [""; 0]);
}

#[test]
fn a_file_that_imports_from_its_parent_which_exports_it_is_a_circle() {
    let sources = [
        ("cache/mod.rs", "mod call;\npub(crate) use call::Call;\npub(crate) struct Cache;"),
        ("cache/call.rs", "pub(crate) struct Call<'a>(&'a super::Cache);"),
    ];
    assert!(problems(sources, &[])[0].starts_with("circle of 2 files"));
}

#[test]
fn exceptions_that_are_not_needed_are_found() {
    let sources = [
        ("engine/mod.rs", "use crate::cache::Cache;"),
        ("cache/mod.rs", "use crate::engine::Table;"),
        ("old.rs", ""),
    ];
    let allowed = [
        "engine/mod.rs -> cache/mod.rs",
        "cache/mod.rs -> engine/mod.rs",
        "cache/mod.rs -> base/mod.rs",
    ];
    let rows: Vec<String> = problems(sources, &allowed);
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows[0].starts_with("exception no longer needed: `cache/mod.rs -> base/mod.rs`"));
    assert!(rows[1].starts_with("exception no longer needed: `cache/mod.rs -> engine/mod.rs`"));
}

#[test]
fn the_edges_to_except_are_those_that_make_the_check_pass() {
    let sources = files([
        ("engine/mod.rs", "use crate::cache::Cache;"),
        ("cache/mod.rs", "use crate::cache::a::A;\nuse crate::cache::b::B;"),
        ("cache/a.rs", "use super::Cache;\nuse super::b::B;"),
        ("cache/b.rs", "use super::Cache;\nuse super::a::A;"),
    ]);
    let imports = imports::find(&sources).expect("it parses");
    let rooms = Rooms::new([].into());
    let report = check(&sources, &imports, &rooms, &BTreeSet::new()).expect("rooms");
    let edges = report.edges_to_except();
    let report = check(&sources, &imports, &rooms, &edges).expect("rooms");
    assert_eq!(report.problems().collect::<Vec<_>>(), [""; 0]);
    assert_eq!(edges.len(), 4, "{edges:?}");
}

#[test]
fn a_file_in_no_room_is_an_error() {
    let sources = files([("extra.rs", "use crate::cache::Cache;"), ("cache/mod.rs", "")]);
    let imports = imports::find(&sources).expect("it parses");
    let result = check(&sources, &imports, &Rooms::new([].into()), &BTreeSet::new());
    assert!(result.err().expect("no room").to_string().starts_with("extra.rs is in no room"));
}

#[test]
fn tests_documentation_and_visibility_are_no_imports() {
    let sources = [
        (
            "engine/mod.rs",
            "//! See [`crate::cache::Cache`].
            #[cfg(test)]
            mod tests;
            #[cfg(all(test, not(loom)))]
            mod more { use crate::cache::Cache; }
            pub(in crate::engine) fn f() {}
            impl S { #[cfg(test)] fn f() { crate::cache::f() } }",
        ),
        ("engine/tests.rs", "use crate::cache::Cache;"),
        ("engine/tests/drops.rs", "use crate::cache::Cache;"),
        ("cache/mod.rs", ""),
    ];
    assert_eq!(edges(sources), [""; 0]);
}

#[test]
fn code_that_is_not_for_tests_alone_is_checked() {
    let sources = [
        (
            "engine/mod.rs",
            "#[cfg(any(test, loom))] use crate::cache::Cache;
            #[cfg(not(test))] use crate::cache::f;",
        ),
        ("cache/mod.rs", ""),
    ];
    assert_eq!(edges(sources), ["engine/mod.rs -> cache/mod.rs"; 2]);
}

#[test]
fn paths_in_macros_and_in_types_are_imports() {
    let sources = [
        (
            "engine/mod.rs",
            "macro_rules! m { () => { $crate::a::f() } }
            fn f() { assert!([1].contains(&{ crate::b::X }), \"{}\", ::crate_like::c::Y) }
            struct S<T: crate::c::Trait>(Vec<super::d::D<T>>);",
        ),
        ("a.rs", ""),
        ("b.rs", ""),
        ("c.rs", ""),
        ("d.rs", ""),
    ];
    let expected = ["a", "b", "c", "d"].map(|file| format!("engine/mod.rs -> {file}.rs"));
    assert_eq!(edges(sources), expected);
}

#[test]
fn a_name_that_a_use_gives_to_a_module_leads_to_its_children() {
    let sources = [
        (
            "cache/mod.rs",
            "use crate::engine as table;
            mod inner { use super::table; fn f() { table::slot::f() } }",
        ),
        ("engine/mod.rs", ""),
        ("engine/slot.rs", ""),
    ];
    assert_eq!(
        edges(sources),
        [
            "cache/mod.rs -> engine/mod.rs",
            "cache/mod.rs -> engine/mod.rs",
            "cache/mod.rs -> engine/slot.rs"
        ]
    );
}
