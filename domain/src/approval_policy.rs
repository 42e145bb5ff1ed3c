//! Who approves how much, who orders what nobody approved, and how far an order may stray from what was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::money::{Currency, Money};

/// Amount thresholds per role. A role approves a requisition whose total is at or below its limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalPolicy {
    /// The limits of each role. A role that is not listed approves nothing.
    pub roles: BTreeMap<String, ApprovalLimit>,
    /// How much each role may order at once without an approved requisition. A role that is not
    /// listed orders nothing without one.
    #[serde(default = "administrator_alone")]
    pub without_requisition: BTreeMap<String, ApprovalLimit>,
    /// By how many percent the price of an ordered piece may lie above the approved one.
    #[serde(default)]
    pub tolerance_percent: u32,
    /// Whose approval counts.
    #[serde(default)]
    pub approvers: Approvers,
}

/// Whose approval counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approvers {
    /// A person's. A token that is tied to nobody cannot show that somebody else approves than asked.
    #[default]
    Persons,
    /// Any token's: two tokens are taken for two who approve and ask.
    AnyToken,
}

/// How much one role may approve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ApprovalLimit {
    /// Any amount.
    Unlimited,
    /// Up to these amounts, whichever currency it is in: they are one limit, said in several
    /// currencies. A currency that is not listed: nothing.
    UpTo(Vec<Money>),
}

/// Whether totals are within a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// They are.
    Covered,
    /// This one is not.
    Beyond(Money),
    /// They are in several currencies, which no limit adds up.
    Mixed,
}

fn administrator_alone() -> BTreeMap<String, ApprovalLimit> {
    BTreeMap::from([("administrator".to_owned(), ApprovalLimit::Unlimited)])
}

impl Default for ApprovalPolicy {
    fn default() -> Self {
        let limit = |units: i64| {
            let codes = [("EUR", 1), ("USD", 1), ("GBP", 1), ("CHF", 1), ("JPY", 2)];
            let money = |&(code, factor): &(&str, i64)| {
                let currency = Currency::try_new(code).ok()?;
                let minor = units.checked_mul(100)?.checked_mul(factor)?;
                Money::from_minor(minor, currency).ok()
            };
            ApprovalLimit::UpTo(codes.iter().filter_map(money).collect())
        };
        let roles = [
            ("asset-manager", limit(5_000)),
            ("procurement-manager", limit(50_000)),
            ("financial-analyst", limit(250_000)),
            ("administrator", ApprovalLimit::Unlimited),
        ];
        Self {
            roles: roles.into_iter().map(|(role, limit)| (role.to_owned(), limit)).collect(),
            without_requisition: administrator_alone(),
            tolerance_percent: 0,
            approvers: Approvers::default(),
        }
    }
}

impl ApprovalPolicy {
    /// Whether a role may approve totals, one for each currency.
    #[must_use]
    pub fn approves(&self, role: &str, totals: &[Money]) -> Coverage {
        coverage(self.roles.get(role), totals)
    }

    /// Whether a role may order for totals that nobody approved.
    #[must_use]
    pub fn orders_directly(&self, role: &str, totals: &[Money]) -> Coverage {
        coverage(self.without_requisition.get(role), totals)
    }

    /// Whether a piece may cost `ordered` where `approved` was approved, in the same currency.
    #[must_use]
    pub fn tolerates(&self, approved: Money, ordered: Money) -> bool {
        let most = i128::from(approved.minor())
            .saturating_mul(i128::from(self.tolerance_percent).saturating_add(100));
        i128::from(ordered.minor()).saturating_mul(100) <= most
    }
}

fn coverage(limit: Option<&ApprovalLimit>, totals: &[Money]) -> Coverage {
    if limit == Some(&ApprovalLimit::Unlimited) {
        return Coverage::Covered;
    }
    let mut amounts = totals.iter().filter(|total| total.minor() != 0);
    let Some(total) = amounts.next().or(totals.first()) else { return Coverage::Covered };
    if !limit.is_some_and(|limit| limit.covers(*total)) {
        return Coverage::Beyond(*total);
    }
    if let Some(other) = amounts.next() {
        let is_covered = limit.is_some_and(|limit| limit.covers(*other));
        return if is_covered { Coverage::Mixed } else { Coverage::Beyond(*other) };
    }
    Coverage::Covered
}

impl ApprovalLimit {
    /// Whether `total` is within the limit.
    #[must_use]
    pub fn covers(&self, total: Money) -> bool {
        match self {
            Self::Unlimited => true,
            Self::UpTo(limits) => limits
                .iter()
                .any(|limit| limit.currency() == total.currency() && total.minor() <= limit.minor()),
        }
    }
}
