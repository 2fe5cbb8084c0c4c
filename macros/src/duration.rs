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
/// A message for the user that says what to write.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = |why: &str| {
        format!("{why} in `\"{text}\"`: write a duration as `\"250ms\"`, `\"90s\"` or `\"1h 30m\"`")
    };
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong("there is no number"));
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 {
            return Err(wrong(if rest.starts_with('-') {
                "a duration cannot be negative"
            } else {
                "a number is expected"
            }));
        }
        let (number, behind) = rest.split_at(digits);
        let behind = behind.trim_start();
        let letters = behind.find(|c: char| !c.is_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        let Some((_, nanos)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            let why = match unit {
                "" if behind.starts_with(['.', ',']) => "only whole numbers are read".to_owned(),
                "" if number == text.trim() => {
                    return Err(format!(
                        "the unit is missing in `\"{text}\"`: write `\"{number}s\"`"
                    ));
                }
                "" => "the unit is missing".to_owned(),
                _ if behind.is_empty() && text.trim().starts_with(number) => {
                    let units: Vec<_> = UNITS.iter().map(|(name, _)| *name).collect();
                    let units = units.join("`, `");
                    return Err(match meant(unit) {
                        Some(meant) => format!(
                            "unknown unit `{unit}` in `\"{text}\"`: write `\"{number}{meant}\"`"
                        ),
                        None => wrong(&format!("unknown unit `{unit}` (there are `{units}`)")),
                    });
                }
                _ => {
                    let units: Vec<_> = UNITS.iter().map(|(name, _)| *name).collect();
                    format!("unknown unit `{unit}` (there are `{}`)", units.join("`, `"))
                }
            };
            return Err(wrong(&why));
        };
        let part = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(*nanos))
            .and_then(|nanos| total.checked_add(Duration::from_nanos(nanos)));
        total = part.ok_or_else(|| wrong("the number is too large"))?;
        rest = behind.trim_start();
    }
    Ok(total)
}

/// The unit that has another name elsewhere.
fn meant(unit: &str) -> Option<&'static str> {
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
    fn durations() {
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse(" 1h 30 m "), Ok(Duration::from_secs(5400)));
        assert_eq!(parse("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn what_is_none() {
        for (text, why) in [
            ("", "no number"),
            ("soon", "a number is expected"),
            ("60", "the unit is missing in `\"60\"`: write `\"60s\"`"),
            ("1h 30", "the unit is missing"),
            ("1.5s", "only whole numbers"),
            ("5min", "unknown unit `min` in `\"5min\"`: write `\"5m\"`"),
            ("5 Days", "write `\"5d\"`"),
            ("1h 30min", "unknown unit `min` (there are `ns`, `us`"),
            ("-1s", "negative"),
            ("5 years", "unknown unit"),
            ("99999999999999999999s", "too large"),
            ("300000000000d", "too large"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
