//! The organization's own rules, which are configuration and come in with every decision.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::money::{Currency, Money};
use crate::vocabulary::{DataClassification, SanitizationMethod};

/// All policies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policies {
    /// Who may approve how much.
    pub approval: ApprovalPolicy,
    /// How thoroughly data must be removed.
    pub sanitization: SanitizationPolicy,
}

/// Amount thresholds per role. A role approves a requisition whose total is at or below its
/// limit in every currency that occurs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalPolicy {
    /// The limits of each role. A role that is not listed approves nothing.
    pub roles: BTreeMap<String, ApprovalLimit>,
}

/// How much one role may approve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ApprovalLimit {
    /// Any amount.
    Unlimited,
    /// Up to these amounts, one for each currency. A currency that is not listed: nothing.
    UpTo(Vec<Money>),
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
        Self { roles: roles.into_iter().map(|(role, limit)| (role.to_owned(), limit)).collect() }
    }
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

/// The weakest sanitization that is enough, by the classification of the data (NIST SP 800-88
/// Rev. 1, §4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SanitizationPolicy {
    /// Where no classification was given.
    pub unclassified: SanitizationMethod,
    /// By classification; what is missing falls back to `unclassified`.
    pub classified: BTreeMap<DataClassification, SanitizationMethod>,
}

impl Default for SanitizationPolicy {
    fn default() -> Self {
        let classified = [
            (DataClassification::Public, SanitizationMethod::Clear),
            (DataClassification::Internal, SanitizationMethod::Clear),
            (DataClassification::Confidential, SanitizationMethod::Purge),
            (DataClassification::Restricted, SanitizationMethod::Destroy),
        ];
        Self { unclassified: SanitizationMethod::Clear, classified: classified.into_iter().collect() }
    }
}

impl SanitizationPolicy {
    /// The weakest method that is enough.
    #[must_use]
    pub fn required(&self, classification: Option<DataClassification>) -> SanitizationMethod {
        let listed = classification.and_then(|class| self.classified.get(&class));
        listed.copied().unwrap_or(self.unclassified)
    }
}
