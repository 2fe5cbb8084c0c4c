//! The template of a function's keys in a second tier, and which keys are the function's.
//!
//! An argument is written with letters, digits and `-._~%` alone, as by Python's
//! `urllib.parse.quote(text, safe="")`. The macro has checked that literals keep arguments apart.
//! If a literal consists of these characters, too, arguments escape one of them.

use super::is_unreserved;

/// A part of a template.
#[derive(PartialEq, Eq, Debug)]
pub enum TemplatePart {
    /// Text that is in every key.
    Literal(&'static str),
    /// An argument.
    Argument {
        /// ASCII characters that are escaped in it, besides those that all arguments escape.
        escaped: &'static str,
    },
    /// The hash of an argument.
    Hash,
}

/// Whether two templates make the same keys.
pub(super) fn same_keys(one: &[TemplatePart], other: &[TemplatePart]) -> bool {
    one == other
}

/// Returns the text that all keys begin with.
pub(crate) fn prefix(parts: &[TemplatePart]) -> &'static str {
    match parts.first() {
        Some(TemplatePart::Literal(literal)) => literal,
        _ => "",
    }
}

/// Returns the outline of a template. Templates that make the same keys have the same outline.
pub(crate) fn outline(parts: &[TemplatePart]) -> String {
    parts.iter().fold(String::new(), |outline, part| match part {
        TemplatePart::Literal(literal) => outline + literal,
        TemplatePart::Argument { .. } | TemplatePart::Hash => outline + "*",
    })
}

/// Whether this could be a key of the function.
pub(crate) fn could_be_key(parts: &[TemplatePart], key: &str) -> bool {
    let key = key.as_bytes();
    // The possible ends of the parts so far. There are several, since a literal may look like the
    // end of an argument.
    let mut ends = vec![0];
    for part in parts {
        ends = match part {
            TemplatePart::Literal(literal) => ends_after_literal(key, &ends, literal.as_bytes()),
            TemplatePart::Argument { escaped } => {
                ends_after_argument(key, &ends, escaped.as_bytes())
            }
            TemplatePart::Hash => ends_after_hash(key, &ends),
        };
    }
    ends.contains(&key.len())
}

fn ends_after_literal(key: &[u8], ends: &[usize], literal: &[u8]) -> Vec<usize> {
    let is_next = |&&end: &&usize| key[end..].starts_with(literal);
    ends.iter().filter(is_next).map(|end| end + literal.len()).collect()
}

fn ends_after_argument(key: &[u8], ends: &[usize], escaped: &[u8]) -> Vec<usize> {
    let mut next = Vec::new();
    for &end in ends {
        // The places after one that was found from another end have been found, too.
        let mut at = Some(end).filter(|end| !next.contains(end));
        while let Some(end) = at {
            next.push(end);
            at = Some(end + character_length(&key[end..], escaped))
                .filter(|&at| at != end && !next.contains(&at));
        }
    }
    next
}

fn ends_after_hash(key: &[u8], ends: &[usize]) -> Vec<usize> {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_next = |&end: &usize| {
        key.get(end..end + HASH_LENGTH).is_some_and(|hash| hash.iter().all(is_digit))
    };
    ends.iter().copied().filter(is_next).map(|end| end + HASH_LENGTH).collect()
}

/// Returns the length of the character of an argument that this begins with, escaped or not; 0
/// without one.
fn character_length(key: &[u8], escaped: &[u8]) -> usize {
    match key {
        [b'%', first, second, ..] if first.is_ascii_hexdigit() && second.is_ascii_hexdigit() => 3,
        [byte, ..] if is_unreserved(*byte) && !escaped.contains(byte) => 1,
        _ => 0,
    }
}

/// The length of a hash in a key.
const HASH_LENGTH: usize = 2 * blake3::OUT_LEN;

#[cfg(test)]
mod tests {
    use super::TemplatePart::{Argument, Hash, Literal};
    use super::*;

    const ARGUMENT: TemplatePart = Argument { escaped: "" };

    #[test]
    fn a_key_matches_its_template() {
        let item = [Literal("item:"), ARGUMENT];
        for key in ["item:", "item:42", "item:%C3%A4"] {
            assert!(could_be_key(&item, key), "{key}");
        }
        for key in ["item", "items:4", "item:4:5", "item:a b", "", "x:item:4"] {
            assert!(!could_be_key(&item, key), "{key}");
        }
        let two = [Literal("a:"), ARGUMENT, Literal("x:y"), ARGUMENT, Literal("z")];
        for key in ["a:1x:y2z", "a:xxx:yzz"] {
            assert!(could_be_key(&two, key), "{key}");
        }
        for key in ["a:1:y2z", "a:1x:y2", "a:1x:y2zz:"] {
            assert!(!could_be_key(&two, key), "{key}");
        }
        assert!(could_be_key(&[Literal("all")], "all"));
        assert!(!could_be_key(&[Literal("all")], "all2"));
    }

    #[test]
    fn a_key_matches_a_template_with_separators() {
        const ESCAPED: TemplatePart = Argument { escaped: "_" };
        let two = [Literal("a__"), ESCAPED, Literal("__"), ESCAPED];
        for key in ["a____", "a__b__c", "a__%5F__c", "a__1__%5F2"] {
            assert!(could_be_key(&two, key), "{key}");
        }
        for key in ["a__b", "a__b__c__d", "a__b_c__d", "a__b__%5", "a__b__%zz", "a__b:__c"] {
            assert!(!could_be_key(&two, key), "{key}");
        }
        let zero = Argument { escaped: "0" };
        let digits = [Literal("a:"), zero, Literal("0"), ARGUMENT];
        assert!(could_be_key(&digits, "a:%3001") && !could_be_key(&digits, "a:%301"));
        let hash = "0123456789abcdef".repeat(4);
        let hashed = [Literal("a:"), Hash, ESCAPED];
        assert!(could_be_key(&hashed, &format!("a:{hash}ab")));
        assert!(!could_be_key(&hashed, &format!("a:{}", &hash[1..])));
    }

    #[test]
    fn the_outline_is_that_of_all_keys() {
        assert_eq!(outline(&[Literal("a:"), ARGUMENT, Literal(":b")]), "a:*:b");
    }
}
