//! Keys in Redis: how they are made of arguments, and which are a function's.
//!
//! What an argument becomes is made of letters, digits and `-._~%` alone, as by Python's
//! `urllib.parse.quote(text, safe="")`. The macro has seen to it that literals keep that apart.
//! Where a literal is made of these characters, too, one of them is escaped in all arguments.

// A ladder chooses by a method call, though the choice is in the type.
#![allow(clippy::unused_self)]

use std::fmt::{self, Debug, Display, Write as _};

use crate::args::{ByCopy, ByEq, ByTotal, NotAKey, UnsharedKey};
use crate::ladder::ladder;

/// A piece of a template.
#[derive(PartialEq, Eq)]
pub enum Part {
    /// Text that is in every key.
    Literal(&'static str),
    /// What an argument is written as.
    Argument {
        /// ASCII characters that are escaped in it besides what is in all arguments.
        escaped: &'static str,
    },
    /// The hash of an argument.
    Hash,
}

/// Whether two templates make the same keys.
pub(super) fn is_same(one: &[Part], other: &[Part]) -> bool {
    one == other
}

/// The text that all keys begin with.
pub(super) fn prefix(parts: &[Part]) -> &'static str {
    match parts.first() {
        Some(Part::Literal(literal)) => literal,
        _ => "",
    }
}

/// Whether this could be a key of the function.
pub(super) fn matches(parts: &[Part], key: &str) -> bool {
    let key = key.as_bytes();
    // Where the parts so far may end. There are several places, since a literal may look like what
    // an argument ends with.
    let mut ends = vec![0];
    for part in parts {
        let mut next = Vec::new();
        match part {
            Part::Literal(literal) => {
                let behind = |&end: &usize| {
                    key[end..].starts_with(literal.as_bytes()).then_some(end + literal.len())
                };
                next.extend(ends.iter().filter_map(behind));
            }
            Part::Argument { escaped } => {
                for end in ends {
                    // A place from which another went on leads nowhere else.
                    let mut at = Some(end).filter(|end| !next.contains(end));
                    while let Some(end) = at {
                        next.push(end);
                        at = Some(end + character_length(&key[end..], escaped.as_bytes()))
                            .filter(|&at| at != end && !next.contains(&at));
                    }
                }
            }
            Part::Hash => {
                let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                let behind = |&end: &usize| {
                    let hash = key.get(end..end + HASH_LENGTH)?;
                    hash.iter().all(is_digit).then_some(end + HASH_LENGTH)
                };
                next.extend(ends.iter().filter_map(behind));
            }
        }
        ends = next;
    }
    ends.contains(&key.len())
}

/// The length of the character of an argument that this begins with, escaped or not; 0 if there is
/// none.
fn character_length(key: &[u8], escaped: &[u8]) -> usize {
    match key {
        [b'%', first, second, ..] if first.is_ascii_hexdigit() && second.is_ascii_hexdigit() => 3,
        [byte, ..] if is_plain(*byte) && !escaped.contains(byte) => 1,
        _ => 0,
    }
}

/// A pattern for `SCAN` that finds all keys of the function, and their leases, and maybe others.
pub(super) fn pattern(parts: &[Part]) -> String {
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
const PLACE: &str = "functools:place:";

/// A key, as part of a name that is in the same slot of a cluster.
fn in_slot(key: &str) -> String {
    let is_tagged = key
        .split_once('{')
        .is_some_and(|(_, rest)| rest.split_once('}').is_some_and(|(tag, _)| !tag.is_empty()));
    if is_tagged { key.to_owned() } else { format!("{{{key}}}") }
}

/// Where the lease of a key is. No function's keys are there.
pub(super) fn lease_of(key: &str) -> String {
    format!("{LEASE}{}", in_slot(key))
}

/// Where who has the lease puts the result.
pub(super) fn place_of(key: &str, token: &str) -> String {
    format!("{PLACE}{token}:{}", in_slot(key))
}

/// What is before the token there, and behind it.
pub(super) fn place_around(key: &str) -> (&'static str, String) {
    (PLACE, format!(":{}", in_slot(key)))
}

/// What the names of all notices of removed keys begin with.
pub(super) const REMOVED: &str = "functools:removed:";

/// What those of cleared functions begin with.
pub(super) const CLEARED: &str = "functools:cleared:";

/// The name of the notice that a key was removed, in the slot of the key.
pub(super) fn removal_notice(key: &str) -> String {
    format!("{REMOVED}{}", in_slot(key))
}

/// The name of the notice that all keys of a function were removed.
pub(super) fn clear_notice(parts: &[Part]) -> String {
    parts.iter().fold(CLEARED.to_owned(), |name, part| match part {
        Part::Literal(literal) => name + literal,
        Part::Argument { .. } | Part::Hash => name + "*",
    })
}

/// Of which key this is the notice of removal, if it is one.
pub(super) fn removed(name: &str) -> Option<&str> {
    name.strip_prefix(REMOVED).map(out_of_slot)
}

/// The key of a name made by [`in_slot`].
fn out_of_slot(name: &str) -> &str {
    let bare = name.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
    bare.filter(|bare| in_slot(bare) == name).unwrap_or(name)
}

/// Of which key this is the lease, or the place of its result, if it is one.
pub(super) fn leased(name: &str) -> Option<&str> {
    let key = match name.strip_prefix(LEASE) {
        Some(key) => key,
        None => name.strip_prefix(PLACE)?.split_once(':')?.1,
    };
    Some(out_of_slot(key))
}

/// A key that is being written.
pub struct KeyWriter<'a> {
    key: String,
    secret: &'a [u8; 32],
    /// What is escaped in arguments besides what is in all templates.
    escaped: &'static str,
    /// Whether an argument could not be written.
    failed: bool,
}

impl<'a> KeyWriter<'a> {
    /// The key that `write` makes; `None` if an argument could not be written.
    pub(super) fn key(secret: &'a [u8; 32], write: impl FnOnce(&mut Self)) -> Option<String> {
        let mut writer =
            KeyWriter { key: String::with_capacity(32), secret, escaped: "", failed: false };
        write(&mut writer);
        (!writer.failed).then_some(writer.key)
    }

    /// Adds what is in every key.
    pub fn literal(&mut self, literal: &str) {
        self.key.push_str(literal);
    }

    /// Has these ASCII characters escaped in the arguments that follow, too.
    pub fn escape(&mut self, escaped: &'static str) {
        self.escaped = escaped;
    }

    fn argument(&mut self, argument: fmt::Arguments<'_>) {
        let mut key = Escaped { key: &mut self.key, also: self.escaped };
        self.failed |= key.write_fmt(argument).is_err();
    }

    fn hashed(&mut self, argument: fmt::Arguments<'_>) {
        let mut hasher = Hasher(blake3::Hasher::new_keyed(self.secret));
        self.failed |= hasher.write_fmt(argument).is_err();
        self.key.push_str(&hasher.0.finalize().to_hex());
    }
}

struct Hasher(blake3::Hasher);

impl fmt::Write for Hasher {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// The length of a hash in a key.
const HASH_LENGTH: usize = 2 * blake3::OUT_LEN;

/// Escapes what is written.
struct Escaped<'a> {
    key: &'a mut String,
    also: &'static str,
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        for byte in text.bytes() {
            if is_plain(byte) && !self.also.as_bytes().contains(&byte) {
                self.key.push(char::from(byte));
            } else {
                self.key.push('%');
                self.key.push(char::from(DIGITS[usize::from(byte >> 4)]));
                self.key.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
        Ok(())
    }
}

ladder!(['a, T: ?Sized] ['a, T]: TryFloat TryDisplay NoText);

/// The last step: an argument that cannot be written.
pub struct NoText<'a, T: ?Sized>(&'a T);

/// Chooses how an argument is written: `segment(&x).segment().write(key)`, by the first step whose
/// bounds the type meets.
pub fn segment<T: ?Sized>(argument: &T) -> TryFloat<'_, T> {
    TryFloat(TryDisplay(NoText(argument)))
}

ladder!(['a, T: ?Sized] ['a, T]: TryDebugFloat TryDebug NoDebugText);

/// The last step: an argument that cannot be written by its `Debug`.
pub struct NoDebugText<'a, T: ?Sized>(&'a T);

/// Same as [`segment`] for an argument that is written by its `Debug`.
pub fn debug_segment<T: ?Sized>(argument: &T) -> TryDebugFloat<'_, T> {
    TryDebugFloat(TryDebug(NoDebugText(argument)))
}

/// A float. `-0.0` is `0.0`, and there is one NaN, as in memory.
pub struct FloatText<F>(F);

/// By `Display`.
pub struct Text<'a, T: ?Sized>(&'a T);

/// By `Debug`.
pub struct DebugText<'a, T: ?Sized>(&'a T);

/// Stands in for what cannot be written; the error is reported at the argument's type.
pub struct Unwritable;

macro_rules! floats {
    ($($float:ty)+) => {$(
        impl TryFloat<'_, $float> {
            pub fn segment(&self) -> FloatText<$float> {
                FloatText(*self.0.0.0)
            }
        }

        impl TryDebugFloat<'_, $float> {
            pub fn segment(&self) -> FloatText<$float> {
                FloatText(*self.0.0.0)
            }
        }

        impl FloatText<$float> {
            /// Writes it.
            pub fn write(self, key: &mut KeyWriter<'_>) {
                // All zeros are the one without a sign.
                key.argument(format_args!("{:?}", self.0 + 0.0));
            }

            /// Writes its hash.
            pub fn hash(self, key: &mut KeyWriter<'_>) {
                key.hashed(format_args!("{:?}", self.0 + 0.0));
            }
        }
    )+};
}

floats!(f32 f64);

impl<'a, T: ?Sized + Display> TryDisplay<'a, T> {
    pub fn segment(&self) -> Text<'a, T> {
        Text(self.0.0)
    }
}

impl<T: ?Sized + Display> Text<'_, T> {
    /// Writes it.
    pub fn write(self, key: &mut KeyWriter<'_>) {
        key.argument(format_args!("{}", self.0));
    }

    /// Writes its hash.
    pub fn hash(self, key: &mut KeyWriter<'_>) {
        key.hashed(format_args!("{}", self.0));
    }
}

impl<'a, T: ?Sized + Debug> TryDebug<'a, T> {
    pub fn segment(&self) -> DebugText<'a, T> {
        DebugText(self.0.0)
    }
}

impl<T: ?Sized + Debug> DebugText<'_, T> {
    /// Writes it.
    pub fn write(self, key: &mut KeyWriter<'_>) {
        key.argument(format_args!("{:?}", self.0));
    }
}

impl<T: ?Sized> NoDebugText<'_, T> {
    pub fn segment(&self) -> Unwritable {
        Unwritable
    }
}

impl<T: ?Sized> NoText<'_, T> {
    pub fn segment(&self) -> Unwritable {
        Unwritable
    }
}

/// Stands in for an argument that can be no key in memory either, about which there is an error
/// already.
pub struct Said;

macro_rules! unwritable {
    ($($unwritable:ident)+) => {$(
        impl $unwritable {
            /// Writes no key.
            pub fn write(self, key: &mut KeyWriter<'_>) {
                key.failed = true;
            }

            /// Writes no key.
            pub fn hash(self, key: &mut KeyWriter<'_>) {
                key.failed = true;
            }
        }
    )+};
}

unwritable!(Unwritable Said);

/// How an argument takes part in a key in memory, as far as it matters to that in Redis.
pub trait InMemory {
    /// How it is written, given how it could be.
    type Segment<S>;

    /// Returns `segment`, unless there is an error about the argument already.
    fn segment<S>(&self, segment: S) -> Self::Segment<S>;
}

macro_rules! in_memory {
    ($([$($generics:tt)*] $argument:ty;)+) => {$(
        impl<$($generics)*> InMemory for $argument {
            type Segment<S> = S;

            fn segment<S>(&self, segment: S) -> S {
                segment
            }
        }
    )+};
}

in_memory! {
    [A] ByCopy<'_, A>;
    [A: ?Sized] ByEq<'_, A>;
    [A: ?Sized] ByTotal<'_, A>;
    [] UnsharedKey;
}

impl InMemory for NotAKey {
    type Segment<S> = Said;

    fn segment<S>(&self, _: S) -> Said {
        Said
    }
}

#[cfg(test)]
mod tests {
    use super::{
        KeyWriter, Part, debug_segment, lease_of, leased, matches, pattern, place_of,
        removal_notice, removed, segment,
    };

    const ARGUMENT: Part = Part::Argument { escaped: "" };

    #[test]
    fn whose_key_it_is() {
        let item = [Part::Literal("item:"), ARGUMENT];
        for key in ["item:", "item:42", "item:%C3%A4"] {
            assert!(matches(&item, key), "{key}");
        }
        for key in ["item", "items:4", "item:4:5", "item:a b", "", "x:item:4"] {
            assert!(!matches(&item, key), "{key}");
        }
        let two =
            [Part::Literal("a:"), ARGUMENT, Part::Literal("x:y"), ARGUMENT, Part::Literal("z")];
        assert!(matches(&two, "a:1x:y2z") && matches(&two, "a:xxx:yzz"));
        assert!(
            !matches(&two, "a:1:y2z") && !matches(&two, "a:1x:y2") && !matches(&two, "a:1x:y2zz:")
        );
        assert!(
            matches(&[Part::Literal("all")], "all") && !matches(&[Part::Literal("all")], "all2")
        );
        assert_eq!(pattern(&[Part::Literal("a*[")]), r"*a\*\[*");
    }

    #[test]
    fn whose_key_it_is_by_a_separator() {
        const ESCAPED: Part = Part::Argument { escaped: "_" };
        let two = [Part::Literal("a__"), ESCAPED, Part::Literal("__"), ESCAPED];
        for key in ["a____", "a__b__c", "a__%5F__c", "a__1__%5F2"] {
            assert!(matches(&two, key), "{key}");
        }
        for key in ["a__b", "a__b__c__d", "a__b_c__d", "a__b__%5", "a__b__%zz", "a__b:__c"] {
            assert!(!matches(&two, key), "{key}");
        }
        let zero = Part::Argument { escaped: "0" };
        let digits = [Part::Literal("a:"), zero, Part::Literal("0"), ARGUMENT];
        assert!(matches(&digits, "a:%3001") && !matches(&digits, "a:%301"));
        let hash = "0123456789abcdef".repeat(4);
        let hashed = [Part::Literal("a:"), Part::Hash, ESCAPED];
        assert!(matches(&hashed, &format!("a:{hash}ab")));
        assert!(!matches(&hashed, &format!("a:{}", &hash[1..])));
    }

    /// Whatever the arguments, no two lists of them have one key, and each is the function's.
    #[test]
    fn separators_keep_arguments_apart() {
        const PIECES: [&str; 7] = ["_", "-", "0", "A", "%", "%5F", "%30"];
        let texts = || {
            let longer = PIECES.iter().flat_map(|one| PIECES.map(|other| format!("{one}{other}")));
            PIECES.iter().map(|&piece| piece.to_owned()).chain(longer).chain([String::new()])
        };
        for (between, escaped) in
            [("__", "_"), ("_-", "_"), ("-0", "-"), ("0", "0"), ("00", "0"), ("0%", "0"), (":", "")]
        {
            let parts = [
                Part::Literal("k:"),
                Part::Argument { escaped },
                Part::Literal(between),
                Part::Argument { escaped },
            ];
            let mut seen = std::collections::HashSet::new();
            for (one, other) in
                texts().flat_map(|one| texts().map(move |other| (one.clone(), other)))
            {
                let key = KeyWriter::key(&[7; 32], |key| {
                    key.escape(escaped);
                    key.literal("k:");
                    segment(&one).segment().write(key);
                    key.literal(between);
                    segment(&other).segment().write(key);
                });
                let key = key.expect("a key");
                assert!(matches(&parts, &key), "{key}");
                assert!(
                    seen.insert(key.clone()),
                    "{one:?} and {other:?} by {between:?} have {key}"
                );
            }
        }
    }

    #[test]
    fn leases() {
        for key in ["item:4", "{item}:4", "a{}b", "a}b"] {
            assert_eq!(leased(&lease_of(key)), Some(key));
            assert_eq!(leased(&place_of(key, "1f-2")), Some(key));
            assert_eq!(removed(&removal_notice(key)), Some(key));
        }
        assert_eq!((leased("item:4"), removed("item:4")), (None, None));
    }

    #[test]
    fn segments() {
        let key = KeyWriter::key(&[7; 32], |key| {
            key.literal("k:");
            segment("a:ü%").segment().write(key);
            key.literal(":");
            segment(&-0.0_f64).segment().write(key);
            key.literal(":");
            segment(&f32::NAN).segment().write(key);
            segment(&-3_i8).segment().write(key);
            key.escape("-.");
            debug_segment(&Some("a-b")).segment().write(key);
            debug_segment(&-0.0_f32).segment().write(key);
        });
        let expected = "k:a%3A%C3%BC%25:0.0:NaN-3Some%28%22a%2Db%22%290%2E0";
        assert_eq!(key.as_deref(), Some(expected));
        let hashed =
            |secret| KeyWriter::key(&[secret; 32], |key| segment("token").segment().hash(key));
        assert_ne!(hashed(1), hashed(2));
        assert_eq!(hashed(1).map(|key| key.len()), Some(64));
        assert_eq!(KeyWriter::key(&[7; 32], |key| segment(&()).segment().write(key)), None);
    }
}
