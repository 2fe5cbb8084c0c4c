//! Durations and numbers of bytes as text, beside a reader that knows no message.

use crate::{bytes, duration};

/// The units of durations, in nanoseconds.
const DURATIONS: [(&str, u128); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

const BYTES: [(&str, u128); 13] = [
    ("B", 1),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("PB", 1_000_000_000_000_000),
    ("kiB", 1 << 10),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("PiB", 1 << 50),
];

/// Reads a text both as a duration and as a number of bytes.
///
/// # Panics
///
/// If a reader panics or reads another number than this, or if a text is refused that has a value.
pub fn check(text: &str) {
    let expected = sum(text, &DURATIONS, false).filter(|sum| !sum.is_empty());
    let expected = expected.map(|parts| parts.iter().sum::<u128>());
    match duration::parse(text) {
        Ok(read) => assert_eq!(Some(read.as_nanos()), expected, "{text:?}"),
        Err(message) => {
            assert!(is_message(&message), "{message}");
            // Each part, in nanoseconds, must be one of 64 bits.
            let is_long = expected.is_some_and(|sum| sum > u128::from(u64::MAX));
            assert!(expected.is_none() || is_long, "{text:?}: {message}");
        }
    }
    let expected = sum(text, &BYTES, true).and_then(|parts| <[u128; 1]>::try_from(parts).ok());
    let expected = expected.and_then(|[bytes]| u64::try_from(bytes).ok());
    match bytes::parse(text) {
        Ok(read) => assert_eq!(Some(read), expected, "{text:?}"),
        Err(message) => {
            assert!(is_message(&message), "{message}");
            assert_eq!(expected, None, "{text:?}: {message}");
        }
    }
}

/// Whether this may be shown to a user.
fn is_message(message: &str) -> bool {
    !message.is_empty() && !message.ends_with('.')
}

/// The parts of a text: numbers with units. `None` if it is anything else.
fn sum(text: &str, units: &[(&str, u128)], with_underscores: bool) -> Option<Vec<u128>> {
    let mut parts = Vec::new();
    let mut chars = text.trim().chars().peekable();
    while chars.peek().is_some() {
        let (mut number, mut digits) = (0_u128, 0);
        while let Some(c) = chars.next_if(|c| c.is_ascii_digit() || with_underscores && *c == '_') {
            if let Some(digit) = c.to_digit(10) {
                // More than fits stays more than fits.
                number = number.saturating_mul(10).saturating_add(digit.into());
                digits += 1;
            }
        }
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let mut unit = String::new();
        while let Some(c) = chars.next_if(|c| c.is_alphabetic()) {
            unit.push(c);
        }
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
        parts.push(number.saturating_mul(*factor).min(u128::MAX >> 8));
        if digits == 0 {
            return None;
        }
    }
    Some(parts)
}
