//! Unknown options: words of other crates and of Python, and misspelt names. For each it knows what
//! the user should write, and which options that gives, so that a missing option is not reported as
//! well.

use proc_macro2::TokenStream;
use syn::Lit;

use super::OPTION_NAMES;

/// An unknown option, and the advice about it.
pub(super) struct Unknown {
    pub(super) message: String,
    /// The options that the user meant; the first has the value.
    pub(super) meant: &'static [&'static str],
}

/// Words for options elsewhere.
struct Elsewhere {
    words: &'static [&'static str],
    /// The replacement; the user's number replaces the one in it.
    advice: &'static str,
    /// The options that the advice gives.
    meant: &'static [&'static str],
}

const fn elsewhere(
    words: &'static [&'static str],
    advice: &'static str,
    meant: &'static [&'static str],
) -> Elsewhere {
    Elsewhere { words, advice, meant }
}

const ELSEWHERE: [Elsewhere; 22] = [
    elsewhere(
        &["group", "groups", "label", "labels", "depends_on", "surrogate_key", "cache_tags"],
        "write `tags(\"user:{user_id}\")`, and `functools::invalidate_tag(\"user:42\")`",
        &["tags"],
    ),
    elsewhere(
        &["tier", "l1_ttl"],
        "write it in `redis(key = \"item:{id}\", tier = ITEMS, l1_ttl = \"5s\")`",
        &[],
    ),
    elsewhere(
        &["max_bytes", "maxbytes", "bytes", "memory", "max_memory", "maxmemory"],
        "write `maxweight = \"64MiB\", weight = |value| value.len() as u64`",
        &["maxweight", "weight"],
    ),
    elsewhere(
        &["adaptive", "lfu", "tinylfu", "s3fifo", "arc"],
        "write `policy = \"adaptive\"`",
        &["policy"],
    ),
    elsewhere(
        &["eviction_policy", "eviction", "evict", "strategy", "algorithm"],
        "write `policy = \"adaptive\"` for fewer misses; `policy = \"lru\"` is the default",
        &["policy"],
    ),
    elsewhere(
        &["size", "capacity", "max_capacity", "max_size", "max", "max_entries", "limit"],
        "write `maxsize = 128`",
        &["maxsize"],
    ),
    elsewhere(&["unbound", "unbounded"], "write `maxsize = None`, or `#[cache]`", &["maxsize"]),
    elsewhere(
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
        &["ttl"],
    ),
    elsewhere(&["ttl_millis", "ttl_ms"], "write `ttl = \"60ms\"`", &["ttl"]),
    elsewhere(&["time_to_idle", "tti"], "write `ttl = \"60s\", sliding = true`", &["ttl"]),
    elsewhere(
        &["refresh_after_write", "refresh_ahead", "background", "stale_while_revalidate"],
        "write `ttl = \"48s\", stale = \"12s\", refresh = \"background\"`",
        &["refresh", "ttl", "stale"],
    ),
    elsewhere(
        &["thread_local", "local", "unsync", "unsync_cache"],
        "write `scope = \"thread\"` for one cache per thread",
        &["scope"],
    ),
    elsewhere(&["result"], "remove it, an `Err` is not stored by default", &[]),
    elsewhere(&["option"], "write `cache_none = false`, and `None` is not stored", &[]),
    elsewhere(
        &["sync_writes"],
        "remove it, concurrent calls with one key compute once by default",
        &[],
    ),
    elsewhere(
        &["shared_cache", "shared", "sync", "sync_lock"],
        "remove it, all threads share one cache by default",
        &[],
    ),
    elsewhere(
        &["ty", "type", "create", "convert"],
        "remove it, the types of a cache are inferred; for a key of your own, write `key = ..`",
        &["key"],
    ),
    elsewhere(&["name"], "write `handle = item_cache` to name the handle", &["handle"]),
    elsewhere(
        &["ignore", "skip_all"],
        "write `skip(a, b)` with the arguments that are not part of the key",
        &["skip"],
    ),
    elsewhere(
        &["with_cached_flag", "wrap_return"],
        "remove it, and call `f::with_status(..)`",
        &[],
    ),
    elsewhere(
        &["weigher", "weigh", "weights", "cost"],
        "write `weight = |value| ..` with a `maxweight`, such as `maxweight = \"64MiB\"`",
        &["weight", "maxweight"],
    ),
    elsewhere(&["user_function"], "remove it, the function below the attribute is cached", &[]),
];

/// Describes an option that does not exist, with this value, if that is a number.
pub(super) fn describe(name: &str, number: Option<u64>) -> Unknown {
    if name == "None" {
        let message = "`None` is a value, not an option: write `maxsize = None`".to_owned();
        return Unknown { message, meant: &["maxsize"] };
    }
    if let Some(Elsewhere { advice, meant, .. }) = find_elsewhere(name) {
        let advice = match number {
            Some(number) => {
                advice.replace("128", &number.to_string()).replace("60", &number.to_string())
            }
            None => (*advice).to_owned(),
        };
        return Unknown { message: format!("unknown option `{name}`: {advice}"), meant };
    }
    let nearest =
        OPTION_NAMES.iter().enumerate().map(|(at, known)| (distance(name, known), at)).min();
    match nearest {
        Some((distance, at)) if is_near(distance, name) => {
            let known = OPTION_NAMES[at];
            let meant = match known {
                // Each needs the other, and a misspelling of one is not also reported for that.
                "maxweight" => &["maxweight", "weight"],
                "weight" => &["weight", "maxweight"],
                _ => &OPTION_NAMES[at..=at],
            };
            let message = format!("unknown option `{name}`: did you mean `{known}`?");
            Unknown { message, meant }
        }
        _ => {
            let names = OPTION_NAMES.join("`, `");
            let message = format!("unknown option `{name}`, expected one of `{names}`");
            Unknown { message, meant: &[] }
        }
    }
}

/// The value of an option, if it is a number.
pub(super) fn parse_number(value: TokenStream) -> Option<u64> {
    match syn::parse2(value).ok()? {
        Lit::Int(number) => number.base10_parse().ok(),
        Lit::Str(text) => text.value().parse().ok(),
        _ => None,
    }
}

/// Finds a word from elsewhere, however its words are joined: `TimeToLive` is `time_to_live`.
fn find_elsewhere(name: &str) -> Option<&'static Elsewhere> {
    let bare = |word: &str| word.replace('_', "").to_lowercase();
    let name = bare(name);
    ELSEWHERE.iter().find(|known| known.words.iter().any(|word| bare(word) == name))
}

/// Whether a number of edits is a misspelling: one, or two in a long word.
pub(crate) fn is_near(distance: usize, name: &str) -> bool {
    distance <= if name.len() > 5 { 2 } else { 1 }
}

/// The number of insertions, deletions, changes and swaps of neighbours that turn one text into the
/// other.
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
    use super::{ELSEWHERE, OPTION_NAMES, describe};

    #[test]
    fn each_unknown_option_has_advice() {
        for (name, advice) in [
            ("capacity", "`maxsize = 7`"),
            ("Capacity", "`maxsize = 7`"),
            ("unbound", "`maxsize = None`"),
            ("TimeToLive", "`ttl = \"7s\"`"),
            ("ttl_secs", "`ttl = \"7s\"`"),
            ("SharedCache", "by default"),
            ("sync_writes", "by default"),
            ("create", "`key = ..`"),
            ("None", "`maxsize = None`"),
            ("weigher", "`weight = |value| ..`"),
            ("eviction", "`policy = \"adaptive\"`"),
            ("max_weight", "did you mean `maxweight`?"),
            ("maxsise", "did you mean `maxsize`?"),
            ("skp", "did you mean `skip`?"),
            ("single_fligt", "did you mean `single_flight`?"),
            ("kye", "did you mean `key`?"),
            ("expires", "`ttl = \"7s\"`"),
            ("on_hit", "expected one of `maxsize`, `maxweight`"),
            ("stats", "expected one of `maxsize`, `maxweight`"),
        ] {
            let message = describe(name, Some(7)).message;
            assert!(message.contains(advice), "{name}: {message}");
        }
        assert!(describe("size", None).message.contains("`maxsize = 128`"));
    }

    #[test]
    fn what_is_meant_is_an_option() {
        for known in ELSEWHERE.iter().flat_map(|elsewhere| elsewhere.meant) {
            assert!(OPTION_NAMES.contains(known), "{known}");
        }
        assert_eq!(describe("weihgt", None).meant, ["weight", "maxweight"]);
        assert_eq!(describe("slidin", None).meant, ["sliding"]);
        assert!(describe("stats", None).meant.is_empty());
    }
}
