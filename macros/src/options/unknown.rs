//! What an unknown option may mean: a word of another crate or of Python, or a slip of the pen.

use super::NAMES;
use proc_macro2::TokenStream;
use syn::Lit;

/// Words for options elsewhere, and what to write for them here; where it ends with a number, with
/// the user's in its place.
const ELSEWHERE: [(&[&str], &str); 16] = [
    (
        &["size", "capacity", "max_capacity", "max_size", "max", "max_entries", "limit"],
        "write `maxsize = 128`",
    ),
    (&["unbound", "unbounded"], "write `maxsize = None`, or `#[cache]`"),
    (
        &[
            "time",
            "timeout",
            "time_to_live",
            "ttl_secs",
            "ttl_seconds",
            "expire",
            "expires",
            "expires_in",
            "expiry",
            "expiration",
            "max_age",
        ],
        "write `ttl = \"60s\"`",
    ),
    (&["ttl_millis", "ttl_ms"], "write `ttl = \"60ms\"`"),
    (
        &["thread_local", "local", "unsync", "unsync_cache"],
        "write `scope = \"thread\"` for a cache of each thread",
    ),
    (&["time_to_idle", "tti", "refresh"], "write `ttl = \"60s\", sliding = true`"),
    (&["result"], "an `Err` is not stored by default: leave it out"),
    (&["option"], "write `cache_none = false`, so that `None` is not stored"),
    (&["sync_writes"], "callers of one key compute once by default: leave it out"),
    (
        &["shared_cache", "shared", "sync", "sync_lock"],
        "all threads share one cache by default: leave it out",
    ),
    (
        &["ty", "type", "create", "convert"],
        "the types of a cache are inferred; for a key of your own, write `key = ..`",
    ),
    (&["name"], "write `handle = item_cache` for a handle of another name"),
    (&["ignore", "skip_all"], "write `skip(a, b)` with the arguments that are no part of the key"),
    (&["with_cached_flag", "wrap_return"], "leave it out, and call `f::with_status(..)`"),
    (&["weigher"], "entries have no weight: bound their number with `maxsize`"),
    (&["user_function"], "the function below the attribute is cached: leave it out"),
];

/// The message about an option that there is not, with this value, if it is a number.
pub(super) fn message(name: &str, number: Option<u64>) -> String {
    if name == "None" {
        return "`None` is a value: write `maxsize = None`".to_owned();
    }
    if let Some(what) = elsewhere(name) {
        let what = match number {
            Some(number) => {
                what.replace("128", &number.to_string()).replace("60", &number.to_string())
            }
            None => what.to_owned(),
        };
        return format!("there is no option `{name}`: {what}");
    }
    let nearest = NAMES.iter().map(|known| (distance(name, known), known)).min();
    match nearest {
        Some((distance, known)) if is_near(distance, name) => {
            format!("unknown option `{name}`; did you mean `{known}`?")
        }
        _ => format!("unknown option `{name}`; there are `{}`", NAMES.join("`, `")),
    }
}

/// The value of an option, if it is a number.
pub(super) fn number(value: TokenStream) -> Option<u64> {
    match syn::parse2(value).ok()? {
        Lit::Int(number) => number.base10_parse().ok(),
        Lit::Str(text) => text.value().parse().ok(),
        _ => None,
    }
}

/// What to write for a word from elsewhere, however its words are joined: `TimeToLive` is
/// `time_to_live`.
fn elsewhere(name: &str) -> Option<&'static str> {
    let bare = |word: &str| word.replace('_', "").to_lowercase();
    let name = bare(name);
    let known = ELSEWHERE.iter().find(|(words, _)| words.iter().any(|word| bare(word) == name));
    known.map(|(_, what)| *what)
}

/// Whether so many letters are a slip of the pen: one, or two of a long word.
pub(crate) fn is_near(distance: usize, name: &str) -> bool {
    distance <= if name.len() > 5 { 2 } else { 1 }
}

/// How many characters have to be put in, taken out, changed or swapped with the next to make one
/// of the other.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![vec![0; other.len() + 1]; one.len() + 1];
    for i in 0..=one.len() {
        for j in 0..=other.len() {
            if i == 0 || j == 0 {
                rows[i][j] = i + j;
                continue;
            }
            let changed = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn each_unknown_option_says_what_to_write() {
        for (name, says) in [
            ("capacity", "`maxsize = 7`"),
            ("Capacity", "`maxsize = 7`"),
            ("unbound", "`maxsize = None`"),
            ("TimeToLive", "`ttl = \"7s\"`"),
            ("ttl_secs", "`ttl = \"7s\"`"),
            ("SharedCache", "by default"),
            ("sync_writes", "by default"),
            ("create", "`key = ..`"),
            ("None", "`maxsize = None`"),
            ("maxsise", "did you mean `maxsize`?"),
            ("skp", "did you mean `skip`?"),
            ("single_fligt", "did you mean `single_flight`?"),
            ("kye", "did you mean `key`?"),
            ("expires", "`ttl = \"7s\"`"),
            ("on_hit", "there are `maxsize`, `typed`"),
            ("stats", "there are `maxsize`, `typed`"),
        ] {
            let message = message(name, Some(7));
            assert!(message.contains(says), "{name}: {message}");
        }
        assert!(message("size", None).contains("`maxsize = 128`"));
    }
}
