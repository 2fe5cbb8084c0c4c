//! What an unknown option may mean: a word of another crate or of Python, or a slip of the pen.

use super::NAMES;
use syn::{Expr, ExprLit, Lit};

/// Words for options elsewhere, and what to write for them here; where it ends with a number, with
/// the user's in its place.
const ELSEWHERE: [(&[&str], &str); 14] = [
    (&["size", "capacity", "max_capacity", "max_size"], "write `maxsize = 128`"),
    (&["unbound", "unbounded"], "write `maxsize = None`, or `#[cache]`"),
    (&["time", "ttl_secs", "time_to_live"], "write `ttl = \"60s\"`"),
    (&["time_to_idle", "tti", "refresh"], "write `ttl = \"60s\", sliding = true`"),
    (&["result"], "an `Err` is not stored by default: leave it out"),
    (&["option"], "write `cache_none = false`, so that `None` is not stored"),
    (&["sync_writes"], "callers of one key compute once by default: leave it out"),
    (
        &["shared_cache", "sync", "sync_lock"],
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
pub(super) fn number(value: &Expr) -> Option<u64> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value().parse().ok(),
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
fn is_near(distance: usize, name: &str) -> bool {
    distance <= if name.len() > 5 { 2 } else { 1 }
}

/// How many characters have to be put in, taken out or changed to make one of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, c) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &d) in other.iter().enumerate() {
            let changed = diagonal + usize::from(c != d);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
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
            ("expires", "there are `maxsize`, `typed`"),
            ("stats", "there are `maxsize`, `typed`"),
        ] {
            let message = message(name, Some(7));
            assert!(message.contains(says), "{name}: {message}");
        }
        assert!(message("size", None).contains("`maxsize = 128`"));
    }
}
