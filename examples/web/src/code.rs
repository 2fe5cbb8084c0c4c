//! The codes of airports, as they are written in paths.

use std::fmt;
use std::str::FromStr;

/// Three letters or digits, such as `SFO`; the letters are capitals, however they were written, so
/// that one airport has one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Code([u8; 3]);

impl Code {
    /// As text.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        // Nothing but ASCII is ever put in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// A text that is no code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no code of an airport: write its three letters or digits, as in SFO, whatever their case"
)]
pub(crate) struct CodeError(String);

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let code: Option<[u8; 3]> = text.as_bytes().try_into().ok();
        code.filter(|code| code.iter().all(u8::is_ascii_alphanumeric))
            .map(|code| Code(code.map(|byte| byte.to_ascii_uppercase())))
            .ok_or_else(|| CodeError(text.to_owned()))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
