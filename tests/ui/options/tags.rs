//! Wrong uses of `tags`.

use functools::lru_cache;

struct Opaque;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Named(String);

#[lru_cache(tags)]
fn no_list(user_id: u64) -> u64 {
    user_id
}

#[lru_cache(tags = "user:{user_id}")]
fn no_parentheses(user_id: u64) -> u64 {
    user_id
}

#[lru_cache(tags())]
fn no_tag(user_id: u64) -> u64 {
    user_id
}

#[lru_cache(tags(user_id))]
fn no_text(user_id: u64) -> u64 {
    user_id
}

#[lru_cache(tags(7))]
fn a_number(user_id: u64) -> u64 {
    user_id
}

#[lru_cache(tags(""))]
fn empty(user_id: u64) -> u64 {
    user_id
}

#[lru_cache(tags("user:{user_id}", "user:{user_id}"))]
fn twice(user_id: u64) -> u64 {
    user_id
}

#[lru_cache(tags("orders"), tags("users"))]
fn two_options(user_id: u64) -> u64 {
    user_id
}

#[lru_cache(tags("{user_id}"))]
fn no_prefix(user_id: u64) -> u64 {
    user_id
}

#[lru_cache(tags("user{user_id}"))]
fn prefix_without_an_end(user_id: u64) -> u64 {
    user_id
}

#[lru_cache(tags("user:{user_id}{page}"))]
fn nothing_between(user_id: u64, page: u32) -> u64 {
    user_id + u64::from(page)
}

#[lru_cache(tags("user:{user_id:hash}"))]
fn hashed(user_id: u64) -> u64 {
    user_id
}

#[lru_cache(tags("user:{user_id"))]
fn unclosed(user_id: u64) -> u64 {
    user_id
}

#[lru_cache(tags("user:{user}"))]
fn unknown_name(user_id: u64) -> u64 {
    user_id
}

#[lru_cache(tags("user:{user_id}", "page:{pages}"))]
fn one_of_several_names(user_id: u64, page: u32) -> u64 {
    user_id + u64::from(page)
}

#[lru_cache(tags("user:{user_id}"))]
fn no_arguments() -> u64 {
    7
}

#[lru_cache(skip(log), tags("log:{log}"))]
fn skipped(user_id: u64, log: &str) -> u64 {
    user_id + log.len() as u64
}

#[lru_cache(tags("user:{user_id}"))]
fn of_a_pattern((user_id, page): (u64, u32)) -> u64 {
    user_id + u64::from(page)
}

#[lru_cache(scope = "thread", tags("user:{user_id}"))]
fn of_a_thread(user_id: u64) -> u64 {
    user_id
}

#[lru_cache(tags("name:{name}"))]
fn without_display(name: Named) -> usize {
    name.0.len()
}

#[lru_cache(tags("name:{name}", "also:{name}"))]
fn option(name: Option<u32>) -> Option<u32> {
    name
}

#[lru_cache(key = name.0.len(), tags("name:{name:?}"))]
fn without_debug(name: &Named) -> usize {
    name.0.len()
}

#[lru_cache(tags("opaque:{opaque}"))]
fn not_even_a_key(opaque: Opaque) -> usize {
    let _ = opaque;
    7
}

#[lru_cache(tags("name:{name}"))]
fn part((name,): (Option<u32>,)) -> Option<u32> {
    name
}

#[lru_cache(tag("user:{user_id}"))]
fn misspelt(user_id: u64) -> u64 {
    user_id
}

#[lru_cache(group = "users")]
fn of_another_crate(user_id: u64) -> u64 {
    user_id
}

fn main() {
    let _ = no_list(1);
    let _ = no_parentheses::cache_info();
    functools::invalidate_tag("user:42");
}
