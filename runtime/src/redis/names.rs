//! The names of Redis keys beside values: leases, staging keys and notices, all below `functools:`.
//!
//! A name contains the key that it belongs to, so that a cluster keeps both in one slot.

use super::hash_slot;
use crate::tier::{TemplatePart, outline, prefix};

/// Returns a pattern for `SCAN` that finds all keys of the function, and their leases, and maybe
/// others.
pub(super) fn pattern(parts: &[TemplatePart]) -> String {
    let mut pattern = "*".to_owned();
    for c in prefix(parts).chars() {
        if "*?[]^-\\".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "*"
}

const LEASE: &str = "functools:lease:";
/// Part of the protocol among processes, of whatever version: it must not change.
const STAGING: &str = "functools:place:";

/// Returns a key as the part of a name that is in the same slot of a cluster.
fn with_hash_tag(key: &str) -> String {
    if hash_slot::hash_tag(key).is_some() {
        return key.to_owned();
    }
    if !key.contains('}') {
        return format!("{{{key}}}");
    }
    // In braces, the key would end at the first of its own.
    let tag = hash_slot::tag_of(hash_slot::of_key(key));
    format!("{{{tag}}}}}{key}")
}

/// Returns the key of a name made by [`with_hash_tag`].
fn without_hash_tag(name: &str) -> &str {
    let in_braces = name.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
    let after_tag = name.split_once("}}").map(|(_, key)| key);
    let keys = [in_braces, after_tag].into_iter().flatten();
    let mut keys = keys.filter(|key| with_hash_tag(key) == name);
    keys.next().unwrap_or(name)
}

/// Returns the name of a key's lease. No function's keys begin like it.
pub(super) fn lease_key(key: &str) -> String {
    format!("{LEASE}{}", with_hash_tag(key))
}

/// Returns the name under which the holder of the lease stores the result first.
pub(super) fn staging_key(key: &str, token: &str) -> String {
    format!("{STAGING}{token}:{}", with_hash_tag(key))
}

/// Returns the text before the token in the name of a staging key, and the text after it.
pub(super) fn staging_affixes(key: &str) -> (&'static str, String) {
    (STAGING, format!(":{}", with_hash_tag(key)))
}

/// Returns the key to which a lease or a staging key belongs; `None` for another name.
pub(super) fn leased_key(name: &str) -> Option<&str> {
    let key = match name.strip_prefix(LEASE) {
        Some(key) => key,
        None => name.strip_prefix(STAGING)?.split_once(':')?.1,
    };
    Some(without_hash_tag(key))
}

/// The prefix of notices of removed keys.
pub(super) const REMOVED: &str = "functools:removed:";

/// The prefix of notices of cleared functions.
pub(super) const CLEARED: &str = "functools:cleared:";

/// Returns the name of the notice that a key was removed, in the slot of the key. It contains the
/// identity of its sender, which ignores it: a script's writes are pushed to the very client that
/// sent it.
pub(super) fn removal_notice(key: &str, sender: &str) -> String {
    format!("{REMOVED}{sender}:{}", with_hash_tag(key))
}

/// Returns the name of the notice that all keys of a function were removed.
pub(super) fn clear_notice(parts: &[TemplatePart], sender: &str) -> String {
    format!("{CLEARED}{sender}:{}", outline(parts))
}

/// The prefix of the sets of tags. Part of the protocol among processes, of whatever version.
const TAG: &str = "functools:tag:";

/// The prefix of notices of invalidated tags.
pub(super) const UNTAGGED: &str = "functools:untagged:";

/// Returns the name of the set that has the keys of a tag's values.
pub(super) fn tag_set(tag: &str) -> String {
    format!("{TAG}{tag}")
}

/// Returns the tag whose set has this name.
pub(super) fn tag_of_set(name: &str) -> Option<&str> {
    name.strip_prefix(TAG)
}

/// Returns a pattern for `SCAN` that finds the sets of all tags.
pub(super) fn tag_pattern() -> String {
    format!("{TAG}*")
}

/// Returns the name of the notice that a tag was invalidated.
pub(super) fn tag_notice(tag: &str, sender: &str) -> String {
    format!("{UNTAGGED}{sender}:{tag}")
}

/// The subject of a notice.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Notice<'a> {
    /// The key that was removed.
    Removed(&'a str),
    /// The outline of a function that was cleared.
    Cleared(&'a str),
    /// The tag that was invalidated.
    Untagged(&'a str),
}

/// Returns the notice that has this name, with the identity of its sender.
pub(super) fn notice(name: &str) -> Option<(&str, Notice<'_>)> {
    if let Some(rest) = name.strip_prefix(REMOVED) {
        let (sender, key) = rest.split_once(':')?;
        return Some((sender, Notice::Removed(without_hash_tag(key))));
    }
    if let Some(rest) = name.strip_prefix(UNTAGGED) {
        let (sender, tag) = rest.split_once(':')?;
        return Some((sender, Notice::Untagged(tag)));
    }
    let (sender, outline) = name.strip_prefix(CLEARED)?.split_once(':')?;
    Some((sender, Notice::Cleared(outline)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_slot_of_their_key_and_lead_back_to_it() {
        for key in ["item:4", "{item}:4", "a{b", "a{}b", "a}b", "}{a}", "}{", "{1}}a", "{1}}a}"] {
            let names = [lease_key(key), staging_key(key, "1f-2"), removal_notice(key, "1f")];
            for name in names {
                assert_eq!(hash_slot::of_key(&name), hash_slot::of_key(key), "{name}");
            }
            assert_eq!(leased_key(&lease_key(key)), Some(key));
            assert_eq!(leased_key(&staging_key(key, "1f-2")), Some(key));
            assert_eq!(notice(&removal_notice(key, "1f")), Some(("1f", Notice::Removed(key))));
        }
        assert_eq!((leased_key("item:4"), notice("item:4")), (None, None));
        let parts = [TemplatePart::Literal("a:"), TemplatePart::Argument { escaped: "" }];
        let cleared = Notice::Cleared("a:*");
        assert_eq!(notice(&clear_notice(&parts, "1f")), Some(("1f", cleared)));
        let untagged = Notice::Untagged("user:4:2");
        assert_eq!(notice(&tag_notice("user:4:2", "1f")), Some(("1f", untagged)));
        assert_eq!(tag_of_set(&tag_set("user:4")), Some("user:4"));
    }

    #[test]
    fn a_pattern_takes_the_prefix_literally() {
        assert_eq!(pattern(&[TemplatePart::Literal("a*[")]), r"*a\*\[*");
    }
}
