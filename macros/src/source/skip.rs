//! Skips words, comments, strings and characters: returns the length of the one at the beginning of
//! a text.

pub(super) fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

pub(super) fn word_at(source: &str, at: usize) -> &str {
    let rest = &source[at..];
    let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
    &rest[..end]
}

/// The length of a block comment; block comments nest.
pub(super) fn skip_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of a string.
pub(super) fn skip_string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    rest.len()
}

/// The length of a character literal or a lifetime.
pub(super) fn skip_quote(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            rest.get(3..).and_then(|rest| rest.find('\'')).map_or(rest.len(), |end| end + 4)
        }
        Some((at, c)) => match chars.next() {
            Some((end, '\'')) => end + 1,
            _ => at + c.len_utf8(),
        },
        None => rest.len(),
    }
}

/// The length after `word` of the raw string or identifier whose prefix it is; `None` if it is not
/// one.
pub(super) fn skip_raw(word: &str, behind: &str) -> Option<usize> {
    if !matches!(word, "r" | "br" | "cr") {
        return None;
    }
    let hashes = behind.len() - behind.trim_start_matches('#').len();
    if behind[hashes..].starts_with('"') {
        let close = format!("\"{}", "#".repeat(hashes));
        let body = &behind[hashes + 1..];
        return Some(body.find(&close).map_or(behind.len(), |end| hashes + 1 + end + close.len()));
    }
    (hashes == 1).then(|| 1 + word_at(behind, 1).len())
}
