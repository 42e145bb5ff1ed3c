//! The organization's own rules, which are configuration and come in with every decision.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::approval_policy::ApprovalPolicy;
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
