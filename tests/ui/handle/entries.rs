//! Wrong uses of `cache_entries` and `cache_retain`.

use functools::lru_cache;

#[derive(Clone)]
struct User {
    id: u64,
}

#[lru_cache(key = user.id)]
fn name(user: &User) -> String {
    user.id.to_string()
}

#[derive(PartialEq, Eq, Hash)]
struct Token(u64);

#[lru_cache(key: Token = Token(n))]
fn by_token(n: u64) -> u64 {
    n
}

#[lru_cache]
fn sum(one: u64, other: u64) -> u64 {
    one + other
}

#[lru_cache]
fn lines(path: &str) -> std::io::Result<usize> {
    Ok(path.len())
}

fn entries_of_an_unnamed_key() {
    name::cache_entries();
}

fn retain_by_an_unnamed_key() {
    name::cache_retain(|_, _| true);
}

fn entries_of_a_key_that_cannot_be_cloned() {
    by_token::cache_entries();
}

fn two_parts_as_two_parameters() {
    sum::cache_retain(|one, other, result| one + other == *result);
}

fn result_without_its_error() {
    lines::cache_retain(|_, count: &usize| *count > 1);
}

fn no_predicate() {
    sum::cache_retain();
}

fn predicate_that_returns_nothing() {
    sum::cache_retain(|_, _| ());
}

#[lru_cache(key: u64 = (n, 1))]
fn type_of_a_tuple_is_none(n: u64) -> u64 {
    n
}

#[lru_cache(key: (u64, u64) = (n, n, n))]
fn type_of_a_longer_tuple(n: u64) -> u64 {
    n
}

#[lru_cache(key: u32 = n)]
fn another_type(n: u64) -> u64 {
    n
}

type Text = &'static str;

#[lru_cache(key: Text = text)]
fn a_reference_by_another_name(text: &'static str) -> usize {
    text.len()
}

fn main() {}
