//! Amounts of money as people write them: which sign separates the decimals, and which currency
//! is meant. What can be read in two ways is not guessed.

use itam_domain::{Currency, Money};

/// The sign before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Decimal {
    /// 1,234.56
    Point,
    /// 1.234,56
    Comma,
}

/// What the digits of one amount say about the sign before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecimalHint {
    /// Only one reading is possible.
    Only(Decimal),
    /// "1.234" or "1,234": a thousand or a fraction.
    Either,
    /// There is no sign.
    Neither,
}

/// Which currency an amount itself names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// None.
    Absent,
    /// This one, by its code or by a sign that only it has.
    Certain(Currency),
    /// A sign that several currencies share.
    Shared(char),
}

/// The currencies that are written with a sign that several share.
fn sharing(sign: char) -> &'static [&'static str] {
    match sign {
        '$' => &[
            "USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP", "BRL", "UYU", "JMD",
            "TTD", "BSD", "BBD", "BZD", "XCD", "FJD", "NAD",
        ],
        '¥' => &["JPY", "CNY"],
        _ => &[],
    }
}

/// Takes an amount apart: its currency, and its digits with their separators.
fn split(cell: &str) -> Result<(Sign, String), String> {
    let mut digits = String::new();
    let mut letters = String::new();
    let mut sign = Sign::Absent;
    for c in cell.chars() {
        match c {
            '€' => sign = certain("EUR")?,
            '£' => sign = certain("GBP")?,
            '₹' => sign = certain("INR")?,
            '$' | '¥' => sign = Sign::Shared(c),
            c if c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+' | '(' | ')') => digits.push(c),
            '−' => digits.push('-'),
            '\'' | '’' => {}
            c if c.is_whitespace() => {}
            c if c.is_ascii_alphabetic() => letters.push(c.to_ascii_uppercase()),
            _ => return Err(format!("{cell:?} is not an amount")),
        }
    }
    if letters == "E" && cell.chars().any(|c| c.is_ascii_digit()) && sign == Sign::Absent {
        return Err(format!("{cell:?} was turned into a power of ten by a spreadsheet: digits are lost"));
    }
    let code = if letters == "US" && matches!(sign, Sign::Shared('$')) { "USD" } else { letters.as_str() };
    if !code.is_empty() {
        sign = certain(code)?;
    }
    Ok((sign, digits))
}

fn certain(code: &str) -> Result<Sign, String> {
    Currency::try_new(code).map(Sign::Certain).map_err(|error| error.to_string())
}

/// What one cell tells about how its column is written; nothing if it is no amount at all.
pub(crate) fn survey(cell: &str) -> Option<(DecimalHint, Sign)> {
    let (sign, digits) = split(cell).ok()?;
    let points = digits.matches('.').count();
    let commas = digits.matches(',').count();
    let hint = match (points, commas) {
        (0, 0) => DecimalHint::Neither,
        (1, 0) => lone(&digits, '.', Decimal::Point),
        (0, 1) => lone(&digits, ',', Decimal::Comma),
        (_, 0) => DecimalHint::Only(Decimal::Comma),
        (0, _) => DecimalHint::Only(Decimal::Point),
        _ if digits.rfind('.') > digits.rfind(',') => DecimalHint::Only(Decimal::Point),
        _ => DecimalHint::Only(Decimal::Comma),
    };
    Some((hint, sign))
}

/// One separator and no other: it separates thousands only if three digits follow and one to
/// three, the first of them no zero, go before.
fn lone(digits: &str, separator: char, as_decimal: Decimal) -> DecimalHint {
    let (before, after) = digits.split_once(separator).unwrap_or((digits, ""));
    let before = before.trim_start_matches(['-', '+', '(']);
    let may_group = after.trim_end_matches([')', '-']).len() == 3
        && (1..=3).contains(&before.len())
        && !before.starts_with('0');
    if may_group { DecimalHint::Either } else { DecimalHint::Only(as_decimal) }
}

/// Reads an amount. `currency` is the one to take where the amount names none; the error is a
/// sentence.
pub(crate) fn parse(cell: &str, decimal: Decimal, currency: Option<Currency>) -> Result<Money, String> {
    let (sign, digits) = split(cell)?;
    let currency = match (sign, currency) {
        (Sign::Certain(named), _) => named,
        (Sign::Shared(sign), Some(given)) if !sharing(sign).contains(&given.code()) => {
            return Err(format!("{cell:?} is written with {sign}, which is not {given}"));
        }
        (_, Some(given)) => given,
        (_, None) => return Err(format!("{cell:?} names no currency")),
    };
    if digits.starts_with('(') || digits.contains('-') {
        return Err(format!("{cell:?} is negative: costs are zero or more"));
    }
    let plain = ungroup(digits.trim_start_matches('+'), decimal)
        .ok_or_else(|| format!("{cell:?} is not an amount with {}", described(decimal)))?;
    Money::parse(&plain, currency).map_err(|error| error.to_string())
}

fn described(decimal: Decimal) -> &'static str {
    match decimal {
        Decimal::Point => "a decimal point, such as 1,234.56",
        Decimal::Comma => "a decimal comma, such as 1.234,56",
    }
}

/// The digits with a decimal point and without separators of thousands; `None` if a separator
/// stands where it cannot.
fn ungroup(digits: &str, decimal: Decimal) -> Option<String> {
    let (group, point) = match decimal {
        Decimal::Point => (',', '.'),
        Decimal::Comma => ('.', ','),
    };
    let (whole, fraction) = digits.split_once(point).unwrap_or((digits, ""));
    let is_digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let groups: Vec<&str> = whole.split(group).collect();
    let is_grouped = groups.len() == 1
        || ((1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|part| part.len() == 3));
    let whole: String = groups.concat();
    if !is_grouped || !is_digits(&whole) || !is_digits(fraction) || (whole.is_empty() && fraction.is_empty())
    {
        return None;
    }
    let whole = if whole.is_empty() { "0" } else { &whole };
    Some(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eur() -> Option<Currency> {
        Currency::try_new("EUR").ok()
    }

    fn read(cell: &str, decimal: Decimal) -> Result<String, String> {
        parse(cell, decimal, eur()).map(|money| money.to_string())
    }

    #[test]
    fn a_decimal_comma_is_never_lost() {
        assert_eq!(read("1234,56", Decimal::Comma), Ok("1234.56 EUR".to_owned()));
        assert!(read("1234,56", Decimal::Point).is_err());
        assert_eq!(read("1.234,56", Decimal::Comma), Ok("1234.56 EUR".to_owned()));
        assert_eq!(read("1,234,567.8", Decimal::Point), Ok("1234567.80 EUR".to_owned()));
        assert!(read("1,23,4.5", Decimal::Point).is_err());
        assert_eq!(read("1'234.50", Decimal::Point), Ok("1234.50 EUR".to_owned()));
        assert_eq!(read("1 234,5", Decimal::Comma), Ok("1234.50 EUR".to_owned()));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_told_from_what_cannot() {
        let hint = |cell: &str| survey(cell).map(|(hint, _)| hint);
        assert_eq!(hint("1.234"), Some(DecimalHint::Either));
        assert_eq!(hint("12,345"), Some(DecimalHint::Either));
        assert_eq!(hint("1234.567"), Some(DecimalHint::Only(Decimal::Point)));
        assert_eq!(hint("0.125"), Some(DecimalHint::Only(Decimal::Point)));
        assert_eq!(hint("9.99"), Some(DecimalHint::Only(Decimal::Point)));
        assert_eq!(hint("9,9"), Some(DecimalHint::Only(Decimal::Comma)));
        assert_eq!(hint("1.234.567"), Some(DecimalHint::Only(Decimal::Comma)));
        assert_eq!(hint("1,234.5"), Some(DecimalHint::Only(Decimal::Point)));
        assert_eq!(hint("1200"), Some(DecimalHint::Neither));
        assert_eq!(hint("n/a"), None);
    }

    #[test]
    fn a_currency_in_the_cell_wins_and_a_shared_sign_must_fit() {
        let shown = |cell: &str, code: &str| {
            parse(cell, Decimal::Point, Currency::try_new(code).ok()).map(|money| money.to_string())
        };
        assert_eq!(shown("£5", "EUR"), Ok("5.00 GBP".to_owned()));
        assert_eq!(shown("12.50 chf", "EUR"), Ok("12.50 CHF".to_owned()));
        assert_eq!(shown("$9.99", "CAD"), Ok("9.99 CAD".to_owned()));
        assert_eq!(shown("US$9.99", "CAD"), Ok("9.99 USD".to_owned()));
        assert!(shown("$9.99", "EUR").expect_err("not a dollar").contains("not EUR"));
        assert!(parse("$9.99", Decimal::Point, None).is_err());
    }

    #[test]
    fn negative_over_precise_and_mangled_amounts_are_refused() {
        for cell in ["-5", "(5.00)", "5-", "\u{2212}5", "$-5"] {
            let refusal = parse(cell, Decimal::Point, Currency::try_new("USD").ok()).expect_err(cell);
            assert!(refusal.contains("negative"), "{cell}: {refusal}");
        }
        assert!(read("9.999", Decimal::Point).expect_err("precise").contains("decimals"));
        assert!(read("6.38E+15", Decimal::Point).expect_err("mangled").contains("power of ten"));
        assert!(read("free", Decimal::Point).is_err());
        assert!(read("12#", Decimal::Point).is_err());
    }
}
