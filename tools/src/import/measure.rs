//! Numbers with a unit, as people write them: spans of time and counts of pieces. A unit that is not
//! known is refused, never taken for another.

use chrono::{Days, Months, NaiveDate};

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeSpan {
    Months(u32),
    Days(u32),
}

/// The longest span that is believed: a hundred years.
const MAX_MONTHS: u32 = 1_200;
const MAX_DAYS: u32 = 36_525;

/// Words for units of time, in English, German, French and Spanish.
const MONTH: &[&str] = &[
    "m", "mo", "mos", "mth", "mths", "mon", "month", "months", "monat", "monate", "monaten", "mois", "mes",
    "meses",
];
const YEAR: &[&str] = &[
    "y", "yr", "yrs", "year", "years", "j", "jahr", "jahre", "jahren", "an", "ans", "année", "années", "año",
    "años",
];
const DAY: &[&str] =
    &["d", "day", "days", "t", "tag", "tage", "tagen", "jour", "jours", "día", "días", "dia", "dias"];
const WEEK: &[&str] =
    &["w", "wk", "wks", "week", "weeks", "woche", "wochen", "semaine", "semaines", "semana", "semanas"];

/// Words for a piece.
const PIECE: &[&str] =
    &["pc", "pcs", "piece", "pieces", "unit", "units", "ea", "each", "st", "stk", "stück", "x"];

impl TimeSpan {
    /// Reads a span; a number alone counts months. The error is a sentence.
    pub(crate) fn parse(cell: &str) -> Result<Self, String> {
        let (number, unit) = split(cell);
        let number =
            Decimal::parse(number).ok_or_else(|| "is no span such as 36 months or 3 years".to_owned())?;
        let is = |units: &[&str]| units.contains(&unit.as_str());
        let span = if unit.is_empty() || is(MONTH) {
            number.times(1).map(Self::Months)
        } else if is(YEAR) {
            number.times(12).map(Self::Months)
        } else if is(DAY) {
            number.times(1).map(Self::Days)
        } else if is(WEEK) {
            number.times(7).map(Self::Days)
        } else {
            return Err(format!("{unit:?} is no unit that is known: write months, years, weeks or days"));
        };
        let fits = |span: &Self| match span {
            Self::Months(months) => *months <= MAX_MONTHS,
            Self::Days(days) => *days <= MAX_DAYS,
        };
        span.filter(fits)
            .ok_or_else(|| "is no whole number of months or days up to a hundred years".to_owned())
    }

    pub(crate) fn is_zero(self) -> bool {
        matches!(self, Self::Months(0) | Self::Days(0))
    }

    /// The day on which it ends that begins on this one.
    pub(crate) fn from(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Months(months) => day.checked_add_months(Months::new(months)),
            Self::Days(days) => day.checked_add_days(Days::new(days.into())),
        }
    }
}

/// Whether a quantity is one piece.
pub(crate) fn is_one_piece(cell: &str) -> bool {
    let (number, unit) = split(cell);
    let is_piece = unit.is_empty() || PIECE.contains(&unit.as_str());
    is_piece && Decimal::parse(number).and_then(|number| number.times(1)) == Some(1)
}

/// The number and the word behind it, in lower case and without a point.
fn split(cell: &str) -> (&str, String) {
    let cell = cell.trim();
    let end = cell.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(cell.len());
    let (number, unit) = cell.split_at(end);
    (number, unit.trim().trim_end_matches('.').trim_matches(['(', ')']).to_lowercase())
}

/// A number with at most a few decimals.
struct Decimal {
    digits: u64,
    /// Ten to the power of the number of decimals.
    scale: u64,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once(['.', ',']).unwrap_or((text, ""));
        // Three digits behind the sign may be a thousand.
        let is_number = (1..=6).contains(&whole.len()) && decimals.len() <= 2;
        let digits = [whole, decimals].concat();
        let digits = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
        let scale = 10_u64.pow(u32::try_from(decimals.len()).ok()?);
        is_number.then_some(Self { digits, scale })
    }

    /// So many times it, if that is a whole number.
    fn times(&self, factor: u64) -> Option<u32> {
        let product = self.digits * factor;
        product.is_multiple_of(self.scale).then(|| u32::try_from(product / self.scale).ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_with_its_unit() {
        for (cell, months) in [
            ("36", 36),
            ("36 months", 36),
            ("36 Monate", 36),
            ("36.0", 36),
            ("3 years", 36),
            ("3 yrs", 36),
            ("3yr.", 36),
            ("3 YEARS", 36),
            ("3 Jahre", 36),
            ("1,5 years", 18),
            ("2.50 y", 30),
            ("12 (months)", 12),
            ("0", 0),
        ] {
            assert_eq!(TimeSpan::parse(cell), Ok(TimeSpan::Months(months)), "{cell}");
        }
        assert_eq!(TimeSpan::parse("90 days"), Ok(TimeSpan::Days(90)));
        assert_eq!(TimeSpan::parse("2 weeks"), Ok(TimeSpan::Days(14)));
    }

    #[test]
    fn what_is_no_span_is_refused_and_no_unit_is_taken_for_another() {
        assert!(TimeSpan::parse("3 quarters").expect_err("unit").contains("\"quarters\" is no unit"));
        for cell in
            ["lifetime", "1.5", "1.3 years", "-3", "", "1.234", "2001", "three", "1e3", "3 years 6 months"]
        {
            assert!(TimeSpan::parse(cell).is_err(), "{cell}");
        }
    }

    #[test]
    fn spans_end_on_days() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        assert_eq!(TimeSpan::Months(1).from(day("2024-01-31")), Some(day("2024-02-29")));
        assert_eq!(TimeSpan::Days(90).from(day("2024-01-01")), Some(day("2024-03-31")));
    }

    #[test]
    fn one_piece_is_one_however_it_is_written() {
        for cell in ["1", "1.0", "1,00", "1 pc", "1 Stück", "1x"] {
            assert!(is_one_piece(cell), "{cell}");
        }
        for cell in ["2", "0", "1.5", "10", "1 box", "one", ""] {
            assert!(!is_one_piece(cell), "{cell}");
        }
    }
}
