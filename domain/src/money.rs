//! Money: whole minor units of one currency (ISO 4217), never a float, never negative.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A currency by its ISO 4217 code, with the number of decimals that code has.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Reads an upper-case ISO 4217 code.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`] if there is no such code, or it names no money (`XXX`).
    pub fn try_new(code: &str) -> Result<Self, MoneyError> {
        let unknown = || MoneyError::UnknownCurrency(code.to_owned());
        let currency = iso_currency::Currency::from_code(code).ok_or_else(unknown)?;
        if matches!(code, "XXX" | "XTS") { Err(unknown()) } else { Ok(Self(currency)) }
    }

    /// The code, such as `EUR`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Decimals of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD.
    #[must_use]
    pub fn exponent(self) -> u32 {
        u32::from(self.0.exponent().unwrap_or(0))
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::try_new(&code).map_err(serde::de::Error::custom)
    }
}

/// What is wrong with an amount.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MoneyError {
    /// No such ISO 4217 code.
    #[error("{0:?} is not an ISO 4217 currency code such as \"EUR\"")]
    UnknownCurrency(String),
    /// Not a plain decimal number.
    #[error("{0:?} is not an amount: write digits with an optional decimal point, such as \"1234.50\"")]
    NotANumber(String),
    /// Below zero.
    #[error("{0:?} is negative: amounts are zero or more")]
    Negative(String),
    /// More decimals than the currency has.
    #[error("{amount:?} has more than the {exponent} decimals of {currency}")]
    TooPrecise {
        /// The amount as written.
        amount: String,
        /// Its currency.
        currency: Currency,
        /// The decimals that the currency has.
        exponent: u32,
    },
    /// More than fits (about 9.2 × 10^18 minor units).
    #[error("{0:?} is too large")]
    TooLarge(String),
    /// Two currencies in one sum.
    #[error("{0} and {1} cannot be added: money is never added across currencies")]
    MixedCurrencies(Currency, Currency),
    /// No share to divide an amount into.
    #[error("an amount is divided among at least one weight above zero")]
    NothingWeighs,
}

/// An amount of money, zero or more. On the wire `{"amount":"1234.50","currency":"EUR"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// Takes whole minor units (cents).
    ///
    /// # Errors
    /// [`MoneyError::Negative`] below zero.
    pub fn from_minor(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if minor < 0 { Err(MoneyError::Negative(minor.to_string())) } else { Ok(Self { minor, currency }) }
    }

    /// Reads a plain decimal such as `1234.50`, exactly.
    ///
    /// # Errors
    /// [`MoneyError`] says what is wrong with it.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        let malformed = || MoneyError::NotANumber(amount.to_owned());
        if let Some(rest) = amount.strip_prefix('-') {
            let is_number =
                !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            return Err(if is_number { MoneyError::Negative(amount.to_owned()) } else { malformed() });
        }
        let magnitude = parse_magnitude(amount, amount, currency)?;
        let minor = i64::try_from(magnitude).map_err(|_| MoneyError::TooLarge(amount.to_owned()))?;
        Ok(Self { minor, currency })
    }

    /// Whole minor units.
    #[must_use]
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Adds within one currency.
    ///
    /// # Errors
    /// [`MoneyError::MixedCurrencies`], or [`MoneyError::TooLarge`] on overflow.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::MixedCurrencies(self.currency, other.currency));
        }
        let too_large = || MoneyError::TooLarge(format!("{self} + {other}"));
        let minor = self.minor.checked_add(other.minor).ok_or_else(too_large)?;
        Ok(Self { minor, currency: self.currency })
    }

    /// Multiplies by a number of pieces.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] on overflow.
    pub fn checked_mul(self, pieces: u32) -> Result<Self, MoneyError> {
        let too_large = || MoneyError::TooLarge(format!("{self} × {pieces}"));
        let minor = self.minor.checked_mul(i64::from(pieces)).ok_or_else(too_large)?;
        Ok(Self { minor, currency: self.currency })
    }

    /// The amount as a decimal string with the currency's own number of decimals.
    #[must_use]
    pub fn amount(self) -> String {
        format_minor(i128::from(self.minor), self.currency)
    }
}

/// Reads the digits of an amount, which stand in it with or without a sign, as whole minor units.
///
/// # Errors
/// [`MoneyError`] says what is wrong with the amount.
pub(crate) fn parse_magnitude(digits: &str, amount: &str, currency: Currency) -> Result<u64, MoneyError> {
    let too_large = || MoneyError::TooLarge(amount.to_owned());
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(decimals) || digits.ends_with('.') {
        return Err(MoneyError::NotANumber(amount.to_owned()));
    }
    let exponent = currency.exponent();
    let significant = decimals.trim_end_matches('0');
    let places = u32::try_from(significant.len()).map_err(|_| too_large())?;
    let missing = exponent.checked_sub(places).ok_or_else(|| MoneyError::TooPrecise {
        amount: amount.to_owned(),
        currency,
        exponent,
    })?;
    let digits: u64 = format!("{whole}{significant}").parse().map_err(|_| too_large())?;
    let scale = 10_u64.checked_pow(missing).ok_or_else(too_large)?;
    digits.checked_mul(scale).ok_or_else(too_large)
}

/// Writes minor units (also of a total that is larger than one [`Money`]) as a decimal string.
#[must_use]
pub fn format_minor(minor: i128, currency: Currency) -> String {
    let exponent = currency.exponent() as usize;
    if exponent == 0 {
        return minor.to_string();
    }
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = exponent.saturating_add(1));
    let (whole, decimals) = digits.split_at(digits.len().saturating_sub(exponent));
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{whole}.{decimals}")
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.amount(), self.currency)
    }
}

/// The wire form.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct MoneyWire {
    #[cfg_attr(feature = "schemars", schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)?$")))]
    amount: String,
    #[cfg_attr(feature = "schemars", schemars(regex(pattern = r"^[A-Z]{3}$")))]
    currency: String,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wire = MoneyWire { amount: self.amount(), currency: self.currency.code().to_owned() };
        wire.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = MoneyWire::deserialize(deserializer)?;
        let read = || Self::parse(&wire.amount, Currency::try_new(&wire.currency)?);
        read().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schemars")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{Currency, Money, MoneyWire};

    impl JsonSchema for Money {
        fn schema_name() -> Cow<'static, str> {
            "Money".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            MoneyWire::json_schema(generator)
        }
    }

    impl JsonSchema for Currency {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "Currency".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "string", "pattern": "^[A-Z]{3}$" })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::try_new(code).expect("code")
    }

    #[test]
    fn amounts_are_read_exactly_with_the_currency_s_own_decimals() {
        assert_eq!(Money::parse("1234.5", currency("EUR")).map(Money::minor), Ok(123_450));
        assert_eq!(Money::parse("1234.500", currency("EUR")).map(Money::minor), Ok(123_450));
        assert_eq!(Money::parse("1200", currency("JPY")).map(Money::amount), Ok("1200".to_owned()));
        assert_eq!(Money::parse("0.005", currency("KWD")).map(Money::amount), Ok("0.005".to_owned()));
    }

    #[test]
    fn wrong_amounts_are_refused_with_the_reason() {
        let parse = |amount: &str| Money::parse(amount, currency("EUR"));
        assert_eq!(parse("-1"), Err(MoneyError::Negative("-1".into())));
        assert!(matches!(parse("1.234"), Err(MoneyError::TooPrecise { exponent: 2, .. })));
        for amount in ["", "1,5", ".5", "5.", "1e3", "+1", " 1", "--1", "-x"] {
            assert_eq!(parse(amount), Err(MoneyError::NotANumber(amount.into())), "{amount}");
        }
        assert!(matches!(parse("99999999999999999999"), Err(MoneyError::TooLarge(_))));
        assert!(matches!(Currency::try_new("EURO"), Err(MoneyError::UnknownCurrency(_))));
        assert!(matches!(Currency::try_new("XXX"), Err(MoneyError::UnknownCurrency(_))));
    }

    #[test]
    fn money_is_never_added_across_currencies() {
        let euro = Money::parse("1", currency("EUR")).expect("amount");
        let yen = Money::parse("1", currency("JPY")).expect("amount");
        assert_eq!(euro.checked_add(yen), Err(MoneyError::MixedCurrencies(currency("EUR"), currency("JPY"))));
    }

    proptest! {
        #[test]
        fn writing_and_reading_money_gives_it_back(minor in 0..=i64::MAX, code in "EUR|USD|JPY|KWD|CLF") {
            let money = Money::from_minor(minor, currency(&code)).expect("not negative");
            prop_assert_eq!(Money::parse(&money.amount(), money.currency()), Ok(money));
        }
    }
}
