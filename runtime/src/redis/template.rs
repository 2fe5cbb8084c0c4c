//! Keys in Redis: how they are made of arguments, and which are a function's.
//!
//! What an argument becomes is made of letters, digits and `-._~%` alone, as by Python's
//! `urllib.parse.quote(text, safe="")`. The macro has seen to it that literals keep that apart.

// A ladder is asked by method calls, though the answer is in the type.
#![allow(clippy::unused_self)]

use std::fmt::{self, Display, Write as _};

use crate::ladder::ladder;

/// A piece of a template.
pub enum Part {
    /// Text that is in every key.
    Literal(&'static str),
    /// What an argument is written as.
    Argument,
}

/// Whether two templates make the same keys.
pub(super) fn is_same(one: &[Part], other: &[Part]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|pair| match pair {
            (Part::Literal(one), Part::Literal(other)) => one == other,
            (Part::Argument, Part::Argument) => true,
            _ => false,
        })
}

/// The text that all keys begin with.
pub(super) fn prefix(parts: &[Part]) -> &'static str {
    match parts.first() {
        Some(Part::Literal(literal)) => literal,
        _ => "",
    }
}

/// Whether this could be a key of the function.
pub(super) fn matches(parts: &[Part], mut key: &str) -> bool {
    let mut parts = parts.iter().peekable();
    while let Some(part) = parts.next() {
        match part {
            Part::Literal(literal) => match key.strip_prefix(literal) {
                Some(rest) => key = rest,
                None => return false,
            },
            Part::Argument => {
                let end = key.bytes().take_while(|&byte| is_plain(byte) || byte == b'%').count();
                let (argument, rest) = key.split_at(end);
                key = match parts.peek() {
                    Some(Part::Literal(literal)) => {
                        // As much of the literal as an argument could go on with.
                        let shared = literal
                            .bytes()
                            .take_while(|&byte| is_plain(byte) || byte == b'%')
                            .count();
                        let Some(kept) = argument.len().checked_sub(shared) else { return false };
                        &key[kept..]
                    }
                    _ => rest,
                };
            }
        }
    }
    key.is_empty()
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
        Part::Argument => name + "*",
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
    /// Whether an argument could not be written.
    failed: bool,
}

impl<'a> KeyWriter<'a> {
    /// The key that `write` makes; `None` if an argument could not be written.
    pub(super) fn key(secret: &'a [u8; 32], write: impl FnOnce(&mut Self)) -> Option<String> {
        let mut writer = KeyWriter { key: String::with_capacity(32), secret, failed: false };
        write(&mut writer);
        (!writer.failed).then_some(writer.key)
    }

    /// Adds what is in every key.
    pub fn literal(&mut self, literal: &str) {
        self.key.push_str(literal);
    }

    fn argument(&mut self, argument: fmt::Arguments<'_>) {
        self.failed |= Escaped(&mut self.key).write_fmt(argument).is_err();
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

/// Escapes what is written.
struct Escaped<'a>(&'a mut String);

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        for byte in text.bytes() {
            if is_plain(byte) {
                self.0.push(char::from(byte));
            } else {
                self.0.push('%');
                self.0.push(char::from(DIGITS[usize::from(byte >> 4)]));
                self.0.push(char::from(DIGITS[usize::from(byte & 15)]));
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

/// A float. `-0.0` is `0.0`, and there is one NaN, as in memory.
pub struct FloatText<F>(F);

/// By `Display`.
pub struct Text<'a, T: ?Sized>(&'a T);

/// Stands in for what cannot be written; the error is reported at the argument's type.
pub struct Unwritable;

macro_rules! floats {
    ($($float:ty)+) => {$(
        impl TryFloat<'_, $float> {
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

impl<T: ?Sized> NoText<'_, T> {
    pub fn segment(&self) -> Unwritable {
        Unwritable
    }
}

impl Unwritable {
    pub fn write(self, key: &mut KeyWriter<'_>) {
        key.failed = true;
    }

    pub fn hash(self, key: &mut KeyWriter<'_>) {
        key.failed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::{
        KeyWriter, Part, lease_of, leased, matches, pattern, place_of, removal_notice, removed,
        segment,
    };

    #[test]
    fn whose_key_it_is() {
        let item = [Part::Literal("item:"), Part::Argument];
        for key in ["item:", "item:42", "item:%C3%A4"] {
            assert!(matches(&item, key), "{key}");
        }
        for key in ["item", "items:4", "item:4:5", "item:a b", "", "x:item:4"] {
            assert!(!matches(&item, key), "{key}");
        }
        let two = [
            Part::Literal("a:"),
            Part::Argument,
            Part::Literal("x:y"),
            Part::Argument,
            Part::Literal("z"),
        ];
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
        });
        assert_eq!(key.as_deref(), Some("k:a%3A%C3%BC%25:0.0:NaN-3"));
        let hashed =
            |secret| KeyWriter::key(&[secret; 32], |key| segment("token").segment().hash(key));
        assert_ne!(hashed(1), hashed(2));
        assert_eq!(hashed(1).map(|key| key.len()), Some(64));
        assert_eq!(KeyWriter::key(&[7; 32], |key| segment(&()).segment().write(key)), None);
    }
}
