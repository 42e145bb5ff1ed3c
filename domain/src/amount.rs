//! Amounts that may be below zero: what is left of a budget, a credit note, a share of a cost.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::money::{Currency, Money, MoneyError, format_minor, parse_magnitude};

/// An amount of money of either sign, in whole minor units of one currency: beside [`Money`], which is zero or more. On
/// the wire `{"amount":"-1234.50","currency":"EUR"}`. Nothing that is calculated with it is rounded or overflows unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Amount {
    minor: i64,
    currency: Currency,
}

impl Amount {
    /// Takes whole minor units (cents).
    #[must_use]
    pub fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads a plain decimal such as `-1234.50`, exactly.
    ///
    /// # Errors
    /// [`MoneyError`] says what is wrong with it.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (is_negative, digits) = amount.strip_prefix('-').map_or((false, amount), |digits| (true, digits));
        let magnitude = parse_magnitude(digits, amount, currency)?;
        let minor = signed(is_negative, magnitude).ok_or_else(|| MoneyError::TooLarge(amount.to_owned()))?;
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

    /// The amount as a decimal string with the currency's own number of decimals.
    #[must_use]
    pub fn amount(self) -> String {
        format_minor(i128::from(self.minor), self.currency)
    }

    /// Adds within one currency.
    ///
    /// # Errors
    /// [`MoneyError::MixedCurrencies`], or [`MoneyError::TooLarge`] on overflow.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, '+', i64::checked_add)
    }

    /// Subtracts within one currency.
    ///
    /// # Errors
    /// [`MoneyError::MixedCurrencies`], or [`MoneyError::TooLarge`] on overflow.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, '−', i64::checked_sub)
    }

    fn combine(self, other: Self, sign: char, of: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::MixedCurrencies(self.currency, other.currency));
        }
        let too_large = || MoneyError::TooLarge(format!("{self} {sign} {other}"));
        Ok(Self { minor: of(self.minor, other.minor).ok_or_else(too_large)?, currency: self.currency })
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

    /// The amount of the other sign.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] for the one amount that has none.
    pub fn checked_neg(self) -> Result<Self, MoneyError> {
        let too_large = || MoneyError::TooLarge(format!("−({self})"));
        Ok(Self { minor: self.minor.checked_neg().ok_or_else(too_large)?, currency: self.currency })
    }

    /// Divides the amount into shares in the proportion of the weights, one for each, whose sum is the amount: each gets
    /// its part rounded toward zero, and the minor units that are left go one each to the largest remainders (Hamilton's
    /// method), among equal ones to the earlier. What weighs nothing gets nothing.
    ///
    /// # Errors
    /// [`MoneyError::NothingWeighs`] if there is no weight above zero.
    pub fn allocate(self, weights: &[u64]) -> Result<Vec<Self>, MoneyError> {
        let total = weights.iter().fold(0_u128, |total, weight| total.saturating_add(u128::from(*weight)));
        let magnitude = u128::from(self.minor.unsigned_abs());
        let mut shares = Vec::with_capacity(weights.len());
        let mut remainders = Vec::with_capacity(weights.len());
        for (index, weight) in weights.iter().enumerate() {
            // At most 2^63 times 2^64, which fits.
            let part = magnitude.saturating_mul(u128::from(*weight));
            shares.push(part.checked_div(total).ok_or(MoneyError::NothingWeighs)?);
            remainders.push((part.checked_rem(total).ok_or(MoneyError::NothingWeighs)?, index));
        }
        if shares.is_empty() {
            return Err(MoneyError::NothingWeighs);
        }
        let given = shares.iter().fold(0_u128, |given, share| given.saturating_add(*share));
        let left = usize::try_from(magnitude.saturating_sub(given)).unwrap_or(usize::MAX);
        remainders.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
        for (_, index) in remainders.into_iter().take(left) {
            if let Some(share) = shares.get_mut(index) {
                *share = share.saturating_add(1);
            }
        }
        shares.into_iter().map(|share| self.share(share)).collect()
    }

    /// A share of so many minor units, of the amount's sign.
    fn share(self, magnitude: u128) -> Result<Self, MoneyError> {
        let too_large = || MoneyError::TooLarge(magnitude.to_string());
        let magnitude = u64::try_from(magnitude).map_err(|_| too_large())?;
        let minor = signed(self.minor < 0, magnitude).ok_or_else(too_large)?;
        Ok(Self { minor, currency: self.currency })
    }
}

/// A magnitude with its sign, if that is a number of minor units.
fn signed(is_negative: bool, magnitude: u64) -> Option<i64> {
    if is_negative { 0_i64.checked_sub_unsigned(magnitude) } else { 0_i64.checked_add_unsigned(magnitude) }
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { minor: money.minor(), currency: money.currency() }
    }
}

impl TryFrom<Amount> for Money {
    type Error = MoneyError;

    /// Takes what is zero or more.
    fn try_from(amount: Amount) -> Result<Self, MoneyError> {
        if amount.minor < 0 {
            return Err(MoneyError::Negative(amount.amount()));
        }
        Self::from_minor(amount.minor, amount.currency)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.amount(), self.currency)
    }
}

/// What amounts come to, one total for each currency: money is never added across currencies. A total holds more than
/// one amount can, so that the order in which amounts come is no matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals(BTreeMap<Currency, i128>);

impl Totals {
    /// Adds an amount.
    pub fn add(&mut self, amount: Amount) {
        self.add_minor(amount.currency, i128::from(amount.minor));
    }

    /// Takes an amount off.
    pub fn subtract(&mut self, amount: Amount) {
        self.add_minor(amount.currency, i128::from(amount.minor).saturating_neg());
    }

    /// Adds all of other totals.
    pub fn add_all(&mut self, others: &Self) {
        others.iter().for_each(|(currency, minor)| self.add_minor(currency, minor));
    }

    /// So many amounts that 128 bits would not hold their sum, nobody counts.
    fn add_minor(&mut self, currency: Currency, minor: i128) {
        let total = self.0.entry(currency).or_default();
        *total = total.saturating_add(minor);
    }

    /// The total of a currency, in minor units; zero if there is nothing of it.
    #[must_use]
    pub fn minor(&self, currency: Currency) -> i128 {
        self.0.get(&currency).copied().unwrap_or(0)
    }

    /// The totals, in minor units, in the order of the currencies' codes.
    pub fn iter(&self) -> impl Iterator<Item = (Currency, i128)> {
        self.0.iter().map(|(currency, minor)| (*currency, *minor))
    }

    /// The totals as amounts.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] for the first total that is none.
    pub fn amounts(&self) -> Result<Vec<Amount>, MoneyError> {
        let amount = |(currency, minor)| {
            let too_large = |_| MoneyError::TooLarge(format!("{} {currency}", format_minor(minor, currency)));
            Ok(Amount::from_minor(i64::try_from(minor).map_err(too_large)?, currency))
        };
        self.iter().map(amount).collect()
    }
}

impl Extend<Amount> for Totals {
    fn extend<I: IntoIterator<Item = Amount>>(&mut self, amounts: I) {
        amounts.into_iter().for_each(|amount| self.add(amount));
    }
}

impl FromIterator<Amount> for Totals {
    fn from_iter<I: IntoIterator<Item = Amount>>(amounts: I) -> Self {
        let mut totals = Self::default();
        totals.extend(amounts);
        totals
    }
}

/// The wire form.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct AmountWire {
    #[cfg_attr(feature = "schemars", schemars(regex(pattern = r"^-?[0-9]+(\.[0-9]+)?$")))]
    amount: String,
    currency: Currency,
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        AmountWire { amount: self.amount(), currency: self.currency }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = AmountWire::deserialize(deserializer)?;
        Self::parse(&wire.amount, wire.currency).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        AmountWire::json_schema(generator)
    }
}
