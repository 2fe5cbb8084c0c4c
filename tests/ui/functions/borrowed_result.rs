use functools::lru_cache;

#[lru_cache]
fn head<'a>(text: &'a str) -> &'a str {
    &text[..1]
}

#[lru_cache]
fn tail(text: &str) -> Option<&str> {
    text.get(1..)
}

#[lru_cache]
fn shout(text: &str) -> std::borrow::Cow<'_, str> {
    text.into()
}

#[lru_cache]
fn trim(text: &str) -> std::borrow::Cow<str> {
    text.trim().into()
}

fn main() {
    trim("ab");
    head("ab");
    tail("ab");
    shout("ab");
    println!("{}", head::cache_info());
    println!("{}", tail::cache_peek("ab").is_some());
}
