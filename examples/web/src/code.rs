//! The codes of airports in paths.

use std::fmt;

use serde::Deserialize;

/// Three letters or digits, such as `SFO`, or four for some small fields. Letters are made
/// capitals, so that one airport has one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "&str")]
pub(crate) struct Code {
    /// A code of three characters ends with a zero byte.
    bytes: [u8; 4],
}

impl Code {
    /// Returns the code as text.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        let [.., last] = self.bytes;
        let code = if last == 0 { &self.bytes[..3] } else { &self.bytes };
        // The bytes are ASCII: `try_from` has checked it.
        std::str::from_utf8(code).unwrap_or_default()
    }
}

/// Two codes of airports, as in `SFO-JFK`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "&str")]
pub(crate) struct CodePair {
    pub(crate) origin: Code,
    pub(crate) destination: Code,
}

/// The error of a text that is not a code, or not a pair. The client gets it with the status 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CodeError {
    #[error(
        "{0:?} is not an airport's code: write its three or four letters and digits, as in SFO"
    )]
    Code(String),
    #[error("{0:?} is not a route: write the codes of two airports, as in SFO-JFK")]
    Pair(String),
}

impl TryFrom<&str> for Code {
    type Error = CodeError;

    fn try_from(text: &str) -> Result<Self, CodeError> {
        let bytes = match *text.as_bytes() {
            [one, two, three] => [one, two, three, 0],
            [one, two, three, four] => [one, two, three, four],
            _ => return Err(CodeError::Code(text.to_owned())),
        };
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(CodeError::Code(text.to_owned()));
        }
        Ok(Code { bytes: bytes.map(|byte| byte.to_ascii_uppercase()) })
    }
}

impl TryFrom<&str> for CodePair {
    type Error = CodeError;

    fn try_from(text: &str) -> Result<Self, CodeError> {
        let (origin, destination) =
            text.split_once('-').ok_or_else(|| CodeError::Pair(text.to_owned()))?;
        Ok(CodePair { origin: origin.try_into()?, destination: destination.try_into()? })
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Result<Code, CodeError> {
        text.try_into()
    }

    #[test]
    fn whatever_the_case_a_code_is_one_key() {
        assert_eq!(code("sFo"), Ok(Code { bytes: *b"SFO\0" }));
        assert_eq!(code("sFo").map(|code| code.to_string()), Ok("SFO".to_owned()));
        assert_eq!(code("35a5").map(|code| code.to_string()), Ok("35A5".to_owned()));
        assert_eq!(code("0g7").map(|code| code.to_string()), Ok("0G7".to_owned()));
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in ["", "SF", "SFOOO", "S O", "S-O", "SFO\0", "é1", "\u{1F6EB}"] {
            assert_eq!(code(text), Err(CodeError::Code(text.to_owned())));
        }
    }

    #[test]
    fn a_pair_is_two_codes() {
        let pair = |text: &'static str| CodePair::try_from(text);
        let expected =
            CodePair { origin: Code { bytes: *b"SFO\0" }, destination: Code { bytes: *b"JFK\0" } };
        assert_eq!(pair("sfo-jfk"), Ok(expected));
        assert_eq!(pair("SFOJFK"), Err(CodeError::Pair("SFOJFK".to_owned())));
        assert_eq!(pair("SFO-"), Err(CodeError::Code(String::new())));
        assert_eq!(pair("SFO-JFK-LAX"), Err(CodeError::Code("JFK-LAX".to_owned())));
    }
}
