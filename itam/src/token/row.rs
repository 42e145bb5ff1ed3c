//! A token as it is shown: neither its text nor its hash.

use chrono::{DateTime, Utc};
use itam_domain::format_instant;
use itam_vault::{PersonDirectory, TokenRecord};
use serde::Serialize;
use uuid::Uuid;

/// A token as it is shown.
#[derive(Debug, Serialize)]
pub(crate) struct TokenRow {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) state: TokenState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) person_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) person_name: Option<String>,
    pub(crate) created_at: String,
    /// Who made it, as events name actors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revoked_at: Option<String>,
    /// Noted every ten minutes at most, by processes that may write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_used_at: Option<String>,
}

/// Whether a token is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TokenState {
    Active,
    Expired,
    Revoked,
}

impl TokenState {
    /// The state of a token at an instant.
    pub(crate) fn of(record: &TokenRecord, now: DateTime<Utc>) -> Self {
        match record {
            record if !record.is_active() => Self::Revoked,
            record if record.has_expired(now) => Self::Expired,
            _ => Self::Active,
        }
    }
}

impl TokenRow {
    /// A token, with the name of its person where the people are at hand.
    pub(crate) fn new(
        record: &TokenRecord,
        last_used_at: Option<DateTime<Utc>>,
        people: Option<&PersonDirectory>,
        now: DateTime<Utc>,
    ) -> Self {
        let person = record.person_id.and_then(|person| people?.find(person));
        Self {
            id: record.id,
            name: record.name.clone(),
            role: record.role.clone(),
            state: TokenState::of(record, now),
            person_id: record.person_id,
            person_name: person.map(|details| details.display_name.clone()),
            created_at: format_instant(record.created_at),
            created_by: record.created_by.clone(),
            expires_at: record.expires_at.map(format_instant),
            revoked_at: record.revoked_at.map(format_instant),
            last_used_at: last_used_at.map(format_instant),
        }
    }
}
