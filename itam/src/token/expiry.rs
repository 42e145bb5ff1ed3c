//! When a token ends: said as a span, an instant, or `never`.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Days, SubsecRound, TimeDelta, Utc};
use itam_domain::{Rejection, format_instant};
use itam_tools::args::duration;
use serde::Deserialize;

/// When a token ends if nothing is said: rights are to be looked at again in planned intervals (ISO/IEC
/// 27002:2022, 5.18).
const DEFAULT: TimeDelta = TimeDelta::days(365);
/// The latest end: a later one is a slip of the pen, or meant as `never`, which then is to be said.
const LATEST: Days = Days::new(3_653);

/// When a token ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Expiry {
    /// So long after it is made.
    After(TimeDelta),
    /// At an instant.
    At(DateTime<Utc>),
    /// Not at all.
    Never,
}

impl Default for Expiry {
    fn default() -> Self {
        Self::After(DEFAULT)
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(span) => write!(formatter, "{}ms", span.num_milliseconds()),
            Self::At(at) => formatter.write_str(&format_instant(*at)),
            Self::Never => formatter.write_str("never"),
        }
    }
}

impl FromStr for Expiry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::Never);
        }
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            // `23:59:60` is a time, which not every reader of a token takes for one.
            if at.timestamp_subsec_nanos() >= 1_000_000_000 {
                return Err(format!("{text:?} is a leap second: say the second before or after it"));
            }
            return Ok(Self::At(at.with_timezone(&Utc)));
        }
        let span = duration(text).ok().and_then(|span| TimeDelta::from_std(span).ok());
        span.map(Self::After).ok_or_else(|| {
            format!(
                "{text:?} is none of: a span such as 90d or 12h, an instant such as 2027-03-31T12:00:00Z, never"
            )
        })
    }
}

impl TryFrom<String> for Expiry {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl Expiry {
    /// The end of a token that is made now, in whole milliseconds; `None` if it has none.
    ///
    /// # Errors
    /// If that is not to come, or later than ten years from now.
    pub(super) fn end(self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Rejection> {
        let end = match self {
            Self::Never => return Ok(None),
            Self::After(span) => now.checked_add_signed(span),
            Self::At(at) => Some(at),
        };
        let end = end.map(|end| end.trunc_subsecs(3));
        let latest = now.checked_add_days(LATEST);
        let refuse = |detail: String| Err(Rejection::invalid("/expires", "expiry-out-of-range", detail));
        match end {
            Some(end) if end <= now => {
                refuse(format!("a token cannot end at {}, which is past", format_instant(end)))
            }
            Some(end) if latest.is_none_or(|latest| end <= latest) => Ok(Some(end)),
            _ => refuse("a token ends within ten years; say never for one that shall not end".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-02T07:00:00Z".parse().expect("an instant")
    }

    fn end(text: &str) -> Result<Option<String>, String> {
        let end = text.parse::<Expiry>()?.end(now()).map_err(|rejection| rejection.detail)?;
        Ok(end.map(format_instant))
    }

    #[test]
    fn an_end_is_a_span_an_instant_or_never() {
        for (text, expected) in [
            ("90d", Some("2026-05-31T07:00:00.000Z")),
            ("1ms", Some("2026-03-02T07:00:00.001Z")),
            ("2026-03-02T08:00:00.001+01:00", Some("2026-03-02T07:00:00.001Z")),
            ("2026-03-02T07:00:00.0019999Z", Some("2026-03-02T07:00:00.001Z")),
            ("2036-03-02T07:00:00Z", Some("2036-03-02T07:00:00.000Z")),
            ("never", None),
        ] {
            assert_eq!(end(text), Ok(expected.map(str::to_owned)), "{text}");
            let said_again = text.parse::<Expiry>().expect("it is read").to_string();
            assert_eq!(end(&said_again), end(text), "{said_again}");
        }
        assert_eq!(Expiry::default().end(now()).expect("in a year"), Some(now() + TimeDelta::days(365)));
    }

    #[test]
    fn what_is_past_or_beyond_ten_years_or_unreadable_is_refused_with_what_would_be_right() {
        for (text, complaint) in [
            ("2026-03-02T07:00:00Z", "is past"),
            ("1999-01-01T00:00:00Z", "is past"),
            ("0s", "is past"),
            ("2026-03-02T07:00:00.0001Z", "is past"),
            ("2026-12-31T23:59:60Z", "leap second"),
            ("2036-03-03T07:00:00Z", "within ten years"),
            ("99999999999999999999d", "none of"),
            ("3654d", "within ten years"),
            ("9999999999d", "within ten years"),
            ("9999-12-31T00:00:00Z", "within ten years"),
            ("", "none of"),
            ("tomorrow", "such as 90d"),
            ("-1d", "none of"),
            ("2026-13-01T00:00:00Z", "none of"),
        ] {
            let error = end(text).expect_err(text);
            assert!(error.contains(complaint), "{text}: {error}");
        }
    }
}
