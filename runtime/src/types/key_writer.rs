//! [`KeyWriter`], which writes arguments as text: a key of a second tier, or a tag.
//!
//! `segment` chooses how each argument is written; generated code calls it for each part.

use std::fmt::{self, Write as _};

/// A key that is being written.
pub struct KeyWriter<'a> {
    key: String,
    secret: &'a [u8; 32],
    /// Characters that arguments escape, besides those that all templates escape.
    escaped: &'static str,
    /// Whether an argument could not be written.
    has_failed: bool,
}

impl<'a> KeyWriter<'a> {
    /// Returns the key that `write` makes; `None` if an argument could not be written.
    pub(crate) fn key(secret: &'a [u8; 32], write: impl FnOnce(&mut Self)) -> Option<String> {
        let mut writer =
            KeyWriter { key: String::with_capacity(32), secret, escaped: "", has_failed: false };
        write(&mut writer);
        (!writer.has_failed).then_some(writer.key)
    }

    /// Adds text that is in every key.
    pub fn literal(&mut self, literal: &str) {
        self.key.push_str(literal);
    }

    /// Escapes these ASCII characters in the arguments that follow, too.
    pub fn escape(&mut self, escaped: &'static str) {
        self.escaped = escaped;
    }

    /// Adds an argument.
    pub(super) fn argument(&mut self, argument: fmt::Arguments<'_>) {
        let mut key = Escaped { key: &mut self.key, also: self.escaped };
        self.has_failed |= key.write_fmt(argument).is_err();
    }

    /// Adds the keyed hash of an argument.
    #[cfg(feature = "__tier")]
    pub(super) fn hash(&mut self, argument: fmt::Arguments<'_>) {
        let mut hasher = Hasher(blake3::Hasher::new_keyed(self.secret));
        self.has_failed |= hasher.write_fmt(argument).is_err();
        self.key.push_str(&hasher.0.finalize().to_hex());
    }

    /// Makes no key.
    pub(super) fn fail(&mut self) {
        self.has_failed = true;
    }
}

#[cfg(feature = "__tier")]
struct Hasher(blake3::Hasher);

#[cfg(feature = "__tier")]
impl fmt::Write for Hasher {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// Whether all arguments contain this character as it is.
pub(crate) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Escapes text on its way into a key.
struct Escaped<'a> {
    key: &'a mut String,
    also: &'static str,
}

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        for byte in text.bytes() {
            if is_unreserved(byte) && !self.also.as_bytes().contains(&byte) {
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
