//! The replaced words.
//!
//! A word of [`WORDS`] counts everywhere, also as a part of a name. An entry of [`NAMES`] counts as
//! a whole name, since its parts are common words.

use std::collections::HashMap;

/// A replaced word, its replacement, and the words after which it means something else.
const WORDS: &[(&str, &str, &[&str])] = &[
    ("crew", "threads", &[]),
    ("flight", "in-flight computation", &["in", "single"]),
    ("ladder", "probe", &[]),
    ("landing", "completion", &[]),
    ("lane", "stripe", &[]),
    ("lest", "so that .. not", &[]),
    ("passenger", "waiter", &[]),
    ("rung", "autoderef", &[]),
    ("seat", "waker slot", &[]),
    ("trip", "round trip", &["round"]),
    ("whoever", "a caller that", &[]),
];

/// A replaced name of the runtime or the macros, and its replacement.
const NAMES: &[(&str, &str)] = &[
    ("AllNotes", "AllLogs"),
    ("ByTotal", "ByTotalEq"),
    ("CatchUp", "RunDeferredOnDrop"),
    ("CodecOf", "CodecProbe"),
    ("EPOCHS", "LINK_EPOCHS"),
    ("GIVE_BACK", "RELEASE_ON_EXIT"),
    ("HeldAll", "AllStripesGuard"),
    ("KeyExpression", "KeyProbe"),
    ("Keyed", "ExplicitKey"),
    ("PATIENCE", "DETACHED_TIMEOUT"),
    ("PerType", "InstanceMap"),
    ("SharedMiss", "SharedMissGuard"),
    ("Unfound", "LookupMiss"),
    ("Unsought", "NotTried"),
    ("Unusable", "InvalidKey"),
    ("YIELDS", "REPLACES"),
    ("ask_apart", "query_detached"),
    ("ask_nearby", "query_from_task"),
    ("begin_or_wait", "run_blocking"),
    ("by_itself", "fast_now"),
    ("by_system", "system_now"),
    ("copied_key", "copy_key"),
    ("count_kept", "count_stored"),
    ("count_unkept", "count_discarded"),
    ("do_deferred", "run_deferred"),
    ("enter_alone", "try_read_uncontended"),
    ("enter_slowly", "read"),
    ("fill_begun", "finish_if"),
    ("fill_returned", "finish_timed"),
    ("find_again", "lookup_again"),
    ("forget_gone", "prune"),
    ("gone_before", "purge_cutoff"),
    ("in_slot", "with_hash_tag"),
    ("is_circle", "would_deadlock"),
    ("is_kept", "is_entry or should_store"),
    ("is_loose", "has_untracked_entries"),
    ("is_told", "is_tracking"),
    ("keep_briefly", "store_for_l1_ttl"),
    ("keep_slowly", "store_slow"),
    ("keep_until", "store_until"),
    ("let_go", "untrack_lease"),
    ("look_back", "recheck_tracking"),
    ("look_slowly", "lookup_slow"),
    ("measure_without", "set_sampling_mask"),
    ("missed_by_task", "miss_async"),
    ("missed_by_thread", "miss_blocking"),
    ("missed_shared", "miss_shared"),
    ("outlasts_errors", "usable_on_error"),
    ("place_around", "staging_affixes"),
    ("place_of", "staging_key"),
    ("put_in_use", "activate"),
    ("remove_later", "queue_removal"),
    ("serving_stale", "with_stale"),
    ("set_told", "set_tracking"),
    ("start_afresh", "drop_entries"),
    ("status_in_time", "status_at"),
    ("tell_others", "invalidate_siblings"),
    ("turned_away", "reentrant_misses"),
    ("until_woken", "park"),
    ("write_about", "write_key"),
];

/// Where [`NAMES`] count. Tests and benches may choose the same names for other things.
const NAMED: &[&str] = &["macros/", "runtime/"];

/// Files with another meaning of the words: history, these tables, flights between airports.
const FREE: &[&str] = &["CHANGELOG.md", "benches/service/", "examples/", "xtask/"];

/// The tables as maps.
pub(super) struct Words {
    words: HashMap<&'static str, (&'static str, &'static [&'static str])>,
    names: HashMap<&'static str, &'static str>,
}

impl Words {
    pub(super) fn new() -> Self {
        let words = WORDS.iter().map(|(word, instead, behind)| (*word, (*instead, *behind)));
        Words { words: words.collect(), names: NAMES.iter().copied().collect() }
    }

    /// Returns the line of each replaced word of a text, and a message.
    pub(super) fn find(&self, file: &str, text: &str) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        if super::starts_with_any(file, FREE) {
            return found;
        }
        let mut add = |index: usize, word: &str, instead: &str| {
            found.push((index + 1, format!("`{word}`: write `{instead}`")));
        };
        let has_names = super::starts_with_any(file, NAMED);
        // The previous word may be in the previous line.
        let mut before = String::new();
        for (index, line) in text.lines().enumerate() {
            for name in line.split(|it: char| !it.is_alphanumeric() && it != '_') {
                if has_names && let Some(instead) = self.names.get(name) {
                    add(index, name, instead);
                }
                for word in parts(name) {
                    let singular = word.strip_suffix('s').unwrap_or(&word);
                    let entry = self.words.get(word.as_str()).or(self.words.get(singular));
                    if let Some((instead, behind)) = entry
                        && !behind.contains(&before.as_str())
                    {
                        add(index, &word, instead);
                    }
                    before = word;
                }
            }
        }
        found
    }
}

/// Returns the words of a name in lower case: `in`, `flight` for `in_flight` and `InFlight`.
fn parts(name: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for part in name.split('_').filter(|part| !part.is_empty()) {
        let mut word = String::new();
        let mut was_small = false;
        for letter in part.chars() {
            if letter.is_uppercase() && was_small {
                parts.push(std::mem::take(&mut word));
            }
            was_small = letter.is_lowercase();
            word.extend(letter.to_lowercase());
        }
        parts.push(word);
    }
    parts
}
