//! Durations and sizes as people write them in settings: `5s`, `250ms`, `1MiB`.

use std::time::Duration;

/// Text that is not a duration or size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {expected}")]
pub struct UnitError {
    text: String,
    expected: &'static str,
}

/// Reads a whole number followed by `ms`, `s`, `m`, `h` or `d`.
///
/// # Errors
/// If it is anything else, or too large.
pub fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    let refuse =
        || UnitError { text: text.to_owned(), expected: "a duration such as 250ms, 5s, 10m, 2h or 7d" };
    let (number, unit) = split(text).ok_or_else(refuse)?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(refuse()),
    };
    number.checked_mul(unit_ms).map(Duration::from_millis).ok_or_else(refuse)
}

/// Reads a whole number of bytes, followed by nothing, `B`, `KiB`, `MiB`, `GiB`, `kB`, `MB` or
/// `GB`.
///
/// # Errors
/// If it is anything else, or too large.
pub fn parse_size(text: &str) -> Result<u64, UnitError> {
    let refuse = || UnitError { text: text.to_owned(), expected: "a size such as 4096, 64KiB, 1MiB or 2GB" };
    let (number, unit) = split(text).ok_or_else(refuse)?;
    let unit_bytes = match unit {
        "" | "B" => 1,
        "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(refuse()),
    };
    number.checked_mul(unit_bytes).ok_or_else(refuse)
}

fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, ms) in
            [("0s", 0), ("250ms", 250), ("5s", 5_000), (" 2 h ", 7_200_000), ("7d", 604_800_000)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [("4096", 4096), ("1B", 1), ("1MiB", 1 << 20), ("2GB", 2_000_000_000)] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_an_example() {
        for text in ["", "5", "s", "-5s", "1.5s", "5 minutes", "99999999999999999d"] {
            assert!(parse_duration(text).unwrap_err().to_string().contains("250ms"), "{text}");
        }
        for text in ["", "MiB", "1mb", "-1", "99999999999GiB"] {
            assert!(parse_size(text).unwrap_err().to_string().contains("64KiB"), "{text}");
        }
    }
}
