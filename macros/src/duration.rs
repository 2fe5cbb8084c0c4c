//! Durations as text, such as `"90s"` or `"1h 30m"`.

use std::time::Duration;

/// The units, in nanoseconds.
const UNITS: [(&str, u64); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

/// Reads numbers with units, which add up.
///
/// # Errors
///
/// A message for the user: the mistake and the fix.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let expected =
        || format!("expected a number and a unit, such as `\"90s\"`, found `\"{text}\"`");
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(expected());
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        if number.is_empty() {
            return Err(if rest.starts_with('-') {
                "a duration must not be negative: write `\"90s\"`".to_owned()
            } else {
                expected()
            });
        }
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let Some((_, nanos)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(describe_unit(text, number, unit, after));
        };
        let part = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(*nanos))
            .and_then(|nanos| total.checked_add(Duration::from_nanos(nanos)));
        total = part.ok_or_else(|| format!("`\"{text}\"` is too long: write at most 500 years"))?;
        rest = after.trim_start();
    }
    Ok(total)
}

/// The message about a part of `text` that has no unit, or an unknown one. `after` is the rest.
fn describe_unit(text: &str, number: &str, unit: &str, after: &str) -> String {
    if unit.is_empty() && after.starts_with(['.', ',']) {
        return "fractions are not supported: write `\"1500ms\"` for one and a half seconds"
            .to_owned();
    }
    if unit.is_empty() && number == text.trim() {
        return format!("`\"{text}\"` has no unit: write `\"{number}s\"`");
    }
    if unit.is_empty() {
        return format!("`{number}` in `\"{text}\"` has no unit: write `\"1h 30m\"`");
    }
    let is_only = after.is_empty() && text.trim().starts_with(number);
    match suggest_unit(unit).filter(|_| is_only) {
        Some(meant) => format!("unknown unit `{unit}`: write `\"{number}{meant}\"`"),
        None => {
            let units: Vec<_> = UNITS.iter().map(|(name, _)| *name).collect();
            format!("unknown unit `{unit}`, expected one of `{}`", units.join("`, `"))
        }
    }
}

/// The unit that has another name elsewhere.
fn suggest_unit(unit: &str) -> Option<&'static str> {
    Some(match unit.to_lowercase().as_str() {
        "msec" | "msecs" | "milli" | "millis" | "millisecond" | "milliseconds" => "ms",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::parse;

    #[test]
    fn reads_a_duration() {
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse(" 1h 30 m "), Ok(Duration::from_secs(5400)));
        assert_eq!(parse("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn says_what_is_wrong_with_a_text() {
        for (text, message) in [
            ("", "expected a number and a unit, such as `\"90s\"`, found `\"\"`"),
            ("soon", "expected a number and a unit, such as `\"90s\"`, found `\"soon\"`"),
            ("60", "`\"60\"` has no unit: write `\"60s\"`"),
            ("1h 30", "`30` in `\"1h 30\"` has no unit"),
            ("1.5s", "fractions are not supported"),
            ("5min", "unknown unit `min`: write `\"5m\"`"),
            ("5 Days", "write `\"5d\"`"),
            ("1h 30min", "unknown unit `min`, expected one of `ns`, `us`"),
            ("-1s", "must not be negative"),
            ("5 years", "unknown unit `years`, expected one of"),
            ("99999999999999999999s", "is too long"),
            ("300000000000d", "is too long"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
