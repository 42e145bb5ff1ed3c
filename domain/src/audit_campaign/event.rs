//! What has happened to an audit campaign.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::scope::AuditScope;
use crate::corrections::Corrected;
use crate::events::events;
use crate::ids::PersonId;
use crate::text::ShortText;

events! {
    /// Everything that can have happened to an audit campaign.
    AuditCampaignEvent of "audit_campaign" {
        /// It was planned.
        "audit_campaign.planned" v 1 => Planned(AuditPlanned),
        /// It began, and the expected assets were frozen.
        "audit_campaign.started" v 1 => Started(AuditStarted),
        /// It ended with a result.
        "audit_campaign.closed" v 1 => Closed(AuditClosed),
        /// It was recorded wrongly.
        "audit_campaign.corrected" v 1 => Corrected(AuditCorrected),
        /// It was given up.
        "audit_campaign.cancelled" v 1 => Cancelled(AuditCancelled),
    }
}

/// It was planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AuditPlanned {
    /// What it is called.
    pub name: ShortText,
    /// Which assets it is about.
    pub scope: Box<AuditScope>,
    /// The day whose end the count is held against, if not the moment of the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<NaiveDate>,
    /// Who leads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<PersonId>,
}

/// It began. The expected assets are those that the scope admits in the register as this event's
/// position found it: a function of the log up to here, which nothing that follows can change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AuditStarted {
    /// Which assets it is about.
    pub scope: Box<AuditScope>,
    /// The day whose end the count is held against, if not the moment of the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<NaiveDate>,
}

/// It ended with a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AuditClosed {
    /// How many assets were expected, as whoever closed it stated.
    pub expected: u64,
    /// How many of them were found where they were expected.
    pub found: u64,
    /// How many of them were found elsewhere.
    pub found_elsewhere: u64,
    /// How many of them were not found.
    pub missing: u64,
    /// How many things were found that were not expected.
    pub unexpected: u64,
}

/// It was given up; the envelope's reason says why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AuditCancelled {}

/// It was recorded wrongly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AuditCorrected {
    /// Each corrected fact, with what was recorded and what it should read.
    pub changes: Vec<AuditFact>,
}

/// A fact of an audit that can be corrected, with what was recorded and what it should read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "field", rename_all = "snake_case")]
pub enum AuditFact {
    /// What it is called.
    Name(Corrected<ShortText>),
    /// Who leads it.
    Lead(Corrected<Option<PersonId>>),
}
