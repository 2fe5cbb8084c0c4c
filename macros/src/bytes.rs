//! Numbers of bytes as text, such as `"64MiB"`.

/// The units, in bytes.
const UNITS: [(&str, u64); 13] = [
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("PB", 1_000_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("PiB", 1 << 50),
    // Also usual for the first of each kind.
    ("KB", 1_000),
    ("kiB", 1 << 10),
];

/// The number of units that a message lists.
const LISTED: usize = 11;

/// Reads a number with a unit.
///
/// # Errors
///
/// A message for the user: the mistake and the fix.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let given = text.trim();
    let is_digit = |c: char| c.is_ascii_digit() || c == '_';
    let digits = given.len() - given.trim_start_matches(is_digit).len();
    let (number, unit) = given.split_at(digits);
    let (number, unit) = (number.replace('_', ""), unit.trim_start());
    if number.is_empty() {
        return Err(if given.starts_with('-') {
            "a number of bytes must not be negative: write `\"64MiB\"`".to_owned()
        } else {
            format!("expected a number and a unit, such as `\"64MiB\"`, found `\"{text}\"`")
        });
    }
    if unit.is_empty() {
        return Err(format!(
            "`\"{text}\"` has no unit: write `\"{number}MiB\"`, `\"{number}B\"`, or the number \
             without quotes"
        ));
    }
    if unit.starts_with(['.', ',']) {
        return Err(
            "fractions are not supported: write `\"1536MiB\"` for one and a half GiB".to_owned()
        );
    }
    let Some((_, bytes)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(match suggest_unit(unit) {
            Some(meant) => format!("unknown unit `{unit}`: write `\"{number}{meant}\"`"),
            None => {
                let units: Vec<_> = UNITS[..LISTED].iter().map(|(name, _)| *name).collect();
                format!("unknown unit `{unit}`, expected one of `{}`", units.join("`, `"))
            }
        });
    };
    let total = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*bytes));
    total.ok_or_else(|| format!("`\"{text}\"` is too large: the largest is `\"16383PiB\"`"))
}

/// The unit that has another name elsewhere, or other capitals.
fn suggest_unit(unit: &str) -> Option<&'static str> {
    let unit = unit.to_lowercase();
    let listed = UNITS[..LISTED].iter().map(|(name, _)| *name);
    let mut same = listed.filter(|name| name.to_lowercase() == unit);
    same.next().or_else(|| {
        Some(match unit.as_str() {
            "byte" | "bytes" => "B",
            "k" | "ki" | "kibibyte" | "kibibytes" => "KiB",
            "m" | "mi" | "mebibyte" | "mebibytes" => "MiB",
            "g" | "gi" | "gibibyte" | "gibibytes" => "GiB",
            "t" | "ti" | "tebibyte" | "tebibytes" => "TiB",
            "kilobyte" | "kilobytes" => "kB",
            "megabyte" | "megabytes" => "MB",
            "gigabyte" | "gigabytes" => "GB",
            "terabyte" | "terabytes" => "TB",
            _ => return None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_a_number_of_bytes() {
        for (text, bytes) in [
            ("0B", 0),
            ("512B", 512),
            ("3kB", 3_000),
            ("3KB", 3_000),
            ("3KiB", 3_072),
            ("64MiB", 64 << 20),
            (" 64 MiB ", 64 << 20),
            ("1_000MB", 1_000_000_000),
            ("2GB", 2_000_000_000),
            ("2GiB", 2 << 30),
            ("1TB", 1_000_000_000_000),
            ("1TiB", 1 << 40),
            ("16383PiB", 16_383 << 50),
            ("18446744073709551615B", u64::MAX),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong_with_a_text() {
        for (text, message) in [
            ("", "expected a number and a unit, such as `\"64MiB\"`, found `\"\"`"),
            ("much", "expected a number and a unit, such as `\"64MiB\"`, found `\"much\"`"),
            ("MiB", "expected a number and a unit"),
            ("64", "`\"64\"` has no unit: write `\"64MiB\"`"),
            ("1.5GiB", "fractions are not supported"),
            ("-1MiB", "must not be negative"),
            ("64mib", "unknown unit `mib`: write `\"64MiB\"`"),
            ("64Mb", "write `\"64MB\"`"),
            ("64M", "write `\"64MiB\"`"),
            ("64 bytes", "write `\"64B\"`"),
            ("64 pages", "unknown unit `pages`, expected one of `B`, `kB`"),
            ("1GiB 512MiB", "unknown unit"),
            ("16384PiB", "`\"16384PiB\"` is too large"),
            ("18446744073709551616B", "is too large"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
