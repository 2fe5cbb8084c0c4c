//! The words of a server as they are shown: what was sent to it is removed, control characters are
//! escaped, and at most 300 characters remain.
//!
//! A server may repeat text that it was sent: Redis does if it does not know a command, and so its
//! error has the password in it. It may cut it short, quote it or encode it. So no four characters
//! in a row are shown that are in a secret, be it as it is, in any case, with spaces between,
//! percent-encoded, with backslashes, in hexadecimal or in base64.

use std::collections::HashSet;

use redis::{Arg, Pipeline};

/// The maximum number of characters that are shown, and that are examined.
const SHOWN: usize = 300;
const READ: usize = 4096;

/// The least number of characters in a row that reveal a password, and an argument.
const RUN_OF_SECRET: usize = 4;
const RUN_OF_ARGUMENT: usize = 8;

/// The characters of an argument that are compared: servers repeat fewer.
const COMPARED: usize = 256;

/// The replacement of removed text.
const HIDDEN: &str = "***";

/// Texts that are not shown.
#[derive(Clone, Default)]
pub(super) struct Secrets(Vec<Runs>);

/// The runs of characters of a text, by which a part of it is recognized.
#[derive(Clone)]
struct Runs {
    length: usize,
    runs: HashSet<Vec<char>>,
}

impl Runs {
    /// `None` for a text that is empty.
    fn of(text: &[char], length: usize) -> Option<Self> {
        let length = length.min(text.len());
        let runs = (length > 0).then(|| text.windows(length).map(<[char]>::to_vec).collect())?;
        Some(Runs { length, runs })
    }
}

impl Secrets {
    /// Adds a password, or a name that was sent with it.
    pub(super) fn add(&mut self, secret: &str) {
        let forms = [secret.to_owned(), hexadecimal(secret.as_bytes())];
        let forms = forms.into_iter().chain(base64_forms(secret.as_bytes()));
        self.0.extend(forms.filter_map(|form| Runs::of(&plain(&form), RUN_OF_SECRET)));
    }

    /// Adds the arguments of commands.
    pub(super) fn add_arguments(&mut self, pipeline: &Pipeline) {
        for command in pipeline.cmd_iter().take(20) {
            for argument in command.args_iter().skip(1) {
                let Arg::Simple(argument) = argument else { continue };
                let text = String::from_utf8_lossy(&argument[..argument.len().min(COMPARED)]);
                let is_word = text.len() < 3 || text.bytes().all(|byte| byte.is_ascii_uppercase());
                if !is_word {
                    self.0.extend(Runs::of(&plain(&text), RUN_OF_ARGUMENT));
                }
            }
        }
    }

    /// Returns a text without secrets, as it may be shown.
    pub(super) fn shown(&self, text: &str) -> String {
        let text: Vec<char> = text.chars().take(READ).collect();
        let mut is_hidden = vec![false; text.len()];
        let mut decoded: Vec<_> = text.iter().enumerate().map(|(at, &c)| (c, at..at + 1)).collect();
        // Encoded twice is not unheard of.
        for _ in 0..3 {
            self.hide(&decoded, &mut is_hidden);
            decoded = decode(&decoded);
        }
        hide_words(&text, &mut is_hidden);
        let mut shown = String::new();
        let mut count = 0;
        for (at, &c) in text.iter().enumerate() {
            if count == SHOWN {
                shown.push('…');
                break;
            }
            if !is_hidden[at] {
                push_escaped(&mut shown, c);
                count += 1;
            } else if at == 0 || !is_hidden[at - 1] {
                shown.push_str(HIDDEN);
                count += 1;
            }
        }
        shown
    }

    fn hide(&self, text: &[(char, std::ops::Range<usize>)], is_hidden: &mut [bool]) {
        let text: Vec<_> = text.iter().filter(|(c, _)| !is_space(*c)).collect();
        let folded: Vec<char> = text.iter().map(|(c, _)| fold(*c)).collect();
        for Runs { length, runs } in &self.0 {
            for (at, run) in folded.windows(*length).enumerate() {
                if runs.contains(run) {
                    let (first, last) = (text[at].1.start, text[at + length - 1].1.end);
                    is_hidden[first..last].fill(true);
                }
            }
        }
    }
}

/// Hides the rest of each word of which a part is hidden: it may be the end of a secret, or share a
/// digit with it.
fn hide_words(text: &[char], is_hidden: &mut [bool]) {
    let ends_word = |c: char| is_space(c) || "'\"`,;()[]<>".contains(c);
    let mut start = 0;
    while start < text.len() {
        let length = text[start..].iter().position(|&c| ends_word(c));
        let end = length.map_or(text.len(), |length| start + length);
        if is_hidden[start..end].contains(&true) {
            is_hidden[start..end].fill(true);
        }
        start = end + 1;
    }
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

fn fold(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// The characters by which texts are compared.
fn plain(text: &str) -> Vec<char> {
    text.chars().filter(|&c| !is_space(c)).map(fold).collect()
}

/// Returns the text with percent-encoding and backslashes decoded once.
fn decode(text: &[(char, std::ops::Range<usize>)]) -> Vec<(char, std::ops::Range<usize>)> {
    let digit = |at: usize| text.get(at).and_then(|(c, _)| c.to_digit(16));
    let byte = |at: usize| char::from_u32(digit(at)? * 16 + digit(at + 1)?);
    let mut decoded = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some((c, range)) = text.get(at) {
        let next = text.get(at + 1).map(|(next, _)| *next);
        let (c, length) = match (*c, next) {
            ('%', _) if byte(at + 1).is_some() => (byte(at + 1).unwrap_or('%'), 3),
            ('\\', Some('x')) if byte(at + 2).is_some() => (byte(at + 2).unwrap_or('x'), 4),
            ('\\', Some('u')) if byte(at + 4).is_some() => (byte(at + 4).unwrap_or('u'), 6),
            ('\\', Some(next)) => (next, 2),
            (c, _) => (c, 1),
        };
        let end = text[(at + length).min(text.len()) - 1].1.end;
        decoded.push((c, range.start..end));
        at += length;
    }
    decoded
}

fn push_escaped(shown: &mut String, c: char) {
    let turns_text = matches!(
        u32::from(c),
        0x200b..=0x200f | 0x2028..=0x202e | 0x2066..=0x2069 | 0xfeff
    );
    if c.is_control() || turns_text {
        shown.extend(c.escape_default());
    } else {
        shown.push(c);
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// Returns the base64 of these bytes at each position in a text, without the characters that depend
/// on their neighbours.
fn base64_forms(bytes: &[u8]) -> impl Iterator<Item = String> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..3).filter_map(move |before: usize| {
        let bits = (0..before * 8).map(|_| 0).chain(
            bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| usize::from(byte >> bit & 1))),
        );
        let bits: Vec<usize> = bits.collect();
        let digits = bits.chunks_exact(6).map(|six| six.iter().fold(0, |sum, bit| 2 * sum + bit));
        // There, the digits with a bit of the text before differ.
        let digits = digits.skip((before * 8).div_ceil(6));
        let form: String = digits.map(|digit| char::from(DIGITS[digit])).collect();
        (form.len() >= RUN_OF_SECRET).then_some(form)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = "s3cret/of+all";

    fn shown(text: &str) -> String {
        let mut secrets = Secrets::default();
        secrets.add(PASSWORD);
        secrets.shown(text)
    }

    #[test]
    fn other_words_are_shown_as_they_are() {
        let text = "WRONGPASS invalid username-password pair or user is disabled.";
        assert_eq!(shown(text), text);
        assert_eq!(shown(""), "");
    }

    #[test]
    fn a_password_is_taken_out_in_any_form() {
        for form in [
            "s3cret/of+all",
            "S3CRET/OF+ALL",
            "s3cret%2Fof%2Ball",
            "s3cret%2fof%2ball",
            "s3cret%252Fof%252Ball",
            "s3cret\\/of\\+all",
            "\\x733cret\\x2fof+all",
            "\\u0073\\u0033cret/of+all",
            "s3cr et/ of\n+all",
            "7333637265742f6f662b616c6c",
            "7333637265742F6F662B616C6C",
            "czNjcmV0L29mK2FsbA==",
            "OnMzY3JldC9vZithbGw=",
            "dXM6czNjcmV0L29mK2FsbA",
            "s3cr",
            "cret/o",
        ] {
            let text = format!("unknown command 'HELLO', with args: '3' 'AUTH' '{form}' ..");
            let shown = shown(&text);
            assert!(
                shown.starts_with("unknown command 'HELLO', with args: '3' 'AUTH' '***"),
                "{shown}"
            );
            assert!(!shown.contains(form), "{shown}");
        }
    }

    #[test]
    fn a_short_password_is_taken_out_too() {
        let mut secrets = Secrets::default();
        secrets.add("ab");
        assert_eq!(secrets.shown("cab, 42"), "***, 42");
    }

    #[test]
    fn control_characters_are_escaped_and_long_texts_are_cut() {
        assert_eq!(shown("a\nb\u{1b}[31m\u{202e}"), "a\\nb\\u{1b}[31m\\u{202e}");
        let long = shown(&"x".repeat(10 << 20));
        assert_eq!(long.chars().count(), SHOWN + 1);
    }

    #[test]
    fn arguments_are_taken_out() {
        let mut secrets = Secrets::default();
        let mut pipeline = redis::pipe();
        pipeline.cmd("GETRANGE").arg("session:3fa9c0de").arg(0).arg(1_048_576);
        secrets.add_arguments(&pipeline);
        let shown =
            secrets.shown("ERR unknown command 'GETRANGE', with args: 'session:3fa9c0de' '0'");
        assert_eq!(shown, "ERR unknown command 'GETRANGE', with args: '***' '0'");
    }
}
