//! Dates as people write them: which of the numbers is the day. What can be read in two ways is
//! not guessed.

use chrono::{Datelike, NaiveDate};

/// The order of day, month and year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DateOrder {
    /// 12/31/2024
    Mdy,
    /// 31.12.2024
    Dmy,
    /// 24-12-31; with four digits, the year first is always understood
    Ymd,
    /// 2024-12-31 throughout: there is nothing to say
    #[value(skip)]
    Iso,
}

impl DateOrder {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Mdy => "mdy",
            Self::Dmy => "dmy",
            Self::Ymd => "ymd",
            Self::Iso => "iso",
        }
    }
}

/// What one date says about the order in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateHint {
    /// Only one order gives a date.
    Only(DateOrder),
    /// Month first and day first both give a date, and not the same one.
    Either,
    /// It is the same in every order.
    Neither,
    /// The year is first, with four digits.
    Iso,
    /// The name of the month tells.
    Named,
}

/// The first year that is believed. No asset on the books is older, and spreadsheets and databases have
/// their zero dates before it (1899, 1900, 1904, and the last day of 1969 west of Greenwich).
const FIRST_YEAR: i32 = 1970;
/// How many years from now on are believed. No term in this field is longer; 2206 is a slip for 2026.
const YEARS_AHEAD: i32 = 50;

/// Whether a date can be one of an asset's life; the error is a sentence.
pub(crate) fn believe(day: NaiveDate, today: NaiveDate) -> Result<NaiveDate, String> {
    let last = today.year().saturating_add(YEARS_AHEAD);
    if (FIRST_YEAR..=last).contains(&day.year()) {
        return Ok(day);
    }
    Err(format!("the year {:04} is not believed: it is not within {FIRST_YEAR} and {last}", day.year()))
}

/// Two-digit years up to this one are of this century, later ones of the last (as POSIX
/// `strptime` has it: 69 is 1969, 68 is 2068).
const PIVOT: i32 = 68;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// What one cell tells about how its column is written; nothing if it is no date at all.
pub(crate) fn survey(cell: &str) -> Option<DateHint> {
    let parts = parts(cell)?;
    if is_year_first(&parts) {
        return Some(DateHint::Iso);
    }
    if certain(&parts).is_some() {
        return Some(DateHint::Named);
    }
    match (read(&parts, DateOrder::Mdy), read(&parts, DateOrder::Dmy)) {
        (Some(one), Some(other)) if one == other => Some(DateHint::Neither),
        (Some(_), Some(_)) => Some(DateHint::Either),
        (Some(_), None) => Some(DateHint::Only(DateOrder::Mdy)),
        (None, Some(_)) => Some(DateHint::Only(DateOrder::Dmy)),
        (None, None) => None,
    }
}

/// Reads a date; the error is a sentence.
pub(crate) fn parse(cell: &str, order: DateOrder) -> Result<NaiveDate, String> {
    let parts = parts(cell).ok_or_else(|| not_a_date(cell))?;
    if let Some(date) = certain(&parts) {
        return Ok(date);
    }
    if is_year_first(&parts) {
        return Err(format!("{cell:?} is no day of the calendar"));
    }
    let sentence = || format!("{cell:?} is no date in the order {}", order.as_str());
    read(&parts, order).ok_or_else(sentence)
}

fn is_year_first(parts: &[&str; 3]) -> bool {
    parts[0].len() == 4 && parts.iter().all(|part| number(part).is_some())
}

fn not_a_date(cell: &str) -> String {
    let is_number = cell.len() >= 4 && cell.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_number {
        format!(
            "{cell:?} is a spreadsheet's number of a day; format the column as a date before exporting it"
        )
    } else {
        format!("{cell:?} is not a date")
    }
}

/// Whether a cell holds no date: blank, or the zero date of a database.
pub(crate) fn is_blank(cell: &str) -> bool {
    cell.is_empty() || cell.starts_with("0000-00-00")
}

/// The three parts of the date, without a time of day.
fn parts(cell: &str) -> Option<[&str; 3]> {
    let is_digit = |c: char| c.is_ascii_digit();
    let day =
        cell.split_once('T').filter(|(day, time)| day.ends_with(is_digit) && time.starts_with(is_digit));
    let day = day.map_or(cell, |(day, _)| day);
    let mut words: Vec<&str> = day
        .split(|c: char| matches!(c, '/' | '-' | '.' | ',') || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect();
    if words.len() > 3 && words[3..].iter().all(|word| is_time(word)) {
        words.truncate(3);
    }
    words.try_into().ok()
}

fn is_time(word: &str) -> bool {
    let is_half = matches!(word.to_ascii_lowercase().as_str(), "am" | "pm");
    is_half || word.chars().all(|c| c.is_ascii_digit() || c == ':')
}

/// The date, if it is written so that only one is meant: with the name of the month, or with the
/// four-digit year first.
fn certain(parts: &[&str; 3]) -> Option<NaiveDate> {
    let [first, second, third] = *parts;
    if first.len() == 4 {
        return date(number(first)?, number(second)?, number(third)?);
    }
    if let Some(month) = month_named(second) {
        return date(year(third)?, month, number(first)?);
    }
    date(year(third)?, month_named(first)?, number(second)?)
}

fn read(parts: &[&str; 3], order: DateOrder) -> Option<NaiveDate> {
    let [first, second, third] = *parts;
    match order {
        DateOrder::Mdy => date(year(third)?, number(first)?, number(second)?),
        DateOrder::Dmy => date(year(third)?, number(second)?, number(first)?),
        DateOrder::Ymd | DateOrder::Iso => date(year(first)?, number(second)?, number(third)?),
    }
}

fn date<Y: TryInto<i32>>(year: Y, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day)
}

fn number(word: &str) -> Option<u32> {
    let is_short = (1..=4).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    if is_short { word.parse().ok() } else { None }
}

fn year(word: &str) -> Option<i32> {
    let value = i32::try_from(number(word)?).ok()?;
    match word.len() {
        4 => Some(value),
        2 if value <= PIVOT => Some(2000 + value),
        2 => Some(1900 + value),
        _ => None,
    }
}

fn month_named(word: &str) -> Option<u32> {
    let short: String = word.to_lowercase().chars().take(3).collect();
    let is_word = word.chars().all(char::is_alphabetic);
    let index = MONTHS.iter().position(|month| is_word && *month == short)?;
    u32::try_from(index + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).expect("date")
    }

    #[test]
    fn a_date_reads_by_the_order_of_its_column() {
        assert_eq!(parse("3/4/23", DateOrder::Mdy), Ok(day(2023, 3, 4)));
        assert_eq!(parse("3/4/23", DateOrder::Dmy), Ok(day(2023, 4, 3)));
        assert_eq!(parse("03.04.2023", DateOrder::Dmy), Ok(day(2023, 4, 3)));
        assert_eq!(parse("23-04-03", DateOrder::Ymd), Ok(day(2023, 4, 3)));
        assert!(parse("13/4/23", DateOrder::Mdy).is_err());
    }

    #[test]
    fn what_is_certain_is_read_alike_in_every_order() {
        for order in [DateOrder::Mdy, DateOrder::Dmy, DateOrder::Ymd] {
            for cell in [
                "2023-04-03",
                "2023/4/3",
                "2023-04-03 00:00:00",
                "2023-04-03T10:00:00Z",
                "3 Apr 2023",
                "April 3, 2023",
                "03-apr-23",
            ] {
                assert_eq!(parse(cell, order), Ok(day(2023, 4, 3)), "{cell}");
            }
        }
    }

    #[test]
    fn two_digit_years_turn_at_69() {
        assert_eq!(parse("1/1/68", DateOrder::Mdy), Ok(day(2068, 1, 1)));
        assert_eq!(parse("1/1/69", DateOrder::Mdy), Ok(day(1969, 1, 1)));
        assert_eq!(parse("1/1/2069", DateOrder::Mdy), Ok(day(2069, 1, 1)));
    }

    #[test]
    fn one_date_can_tell_the_order_of_its_column() {
        assert_eq!(survey("1/23/23"), Some(DateHint::Only(DateOrder::Mdy)));
        assert_eq!(survey("23/1/23"), Some(DateHint::Only(DateOrder::Dmy)));
        assert_eq!(survey("3/1/23"), Some(DateHint::Either));
        assert_eq!(survey("5/5/23"), Some(DateHint::Neither));
        assert_eq!(survey("2023-01-03"), Some(DateHint::Iso));
        assert_eq!(survey("3 Jan 2023"), Some(DateHint::Named));
        assert_eq!(survey("soon"), None);
    }

    #[test]
    fn a_year_that_cannot_be_is_not_believed() {
        let believed = |year| believe(day(year, 1, 1), day(2026, 1, 15)).is_ok();
        assert_eq!(
            [23, 1969, 1970, 2076, 2077, 2206].map(believed),
            [false, false, true, true, false, false]
        );
        let sentence = believe(day(23, 5, 1), day(2026, 1, 15)).expect_err("long ago");
        assert_eq!(sentence, "the year 0023 is not believed: it is not within 1970 and 2076");
    }

    #[test]
    fn numbers_of_days_and_impossible_days_are_no_dates() {
        assert!(parse("44927", DateOrder::Mdy).expect_err("number").contains("spreadsheet"));
        assert!(parse("2/30/2023", DateOrder::Mdy).expect_err("no such day").contains("in the order mdy"));
        assert!(parse("2023-02-30", DateOrder::Mdy).expect_err("no such day").contains("of the calendar"));
        assert!(parse("soon", DateOrder::Mdy).expect_err("word").contains("not a date"));
        assert!(is_blank("0000-00-00"));
    }
}
