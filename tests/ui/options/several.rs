use functools::lru_cache;

// 5 errors: all mistakes are reported together.
#[lru_cache(maxsize = "128", typd = true, skip(nobody))]
fn first(words: &mut Vec<String>) -> &str {
    words.sort();
    &words[0]
}

fn main() {
    let mut words = vec!["b".to_owned(), "a".to_owned()];
    println!("{}", first(&mut words));
    println!("{}", first::cache_info());
    first::cache_clear();
}
