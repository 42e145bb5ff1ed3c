//! How an audit counts what it found, without all scanners waiting for each other.
//!
//! Each finding has a subject of its own, so nothing stands in the way of a hundred scanners; but an
//! audit may be closed only when every finding is settled, and no scan may slip in beside that. So each
//! scan and each settlement counts on one of [`AuditLane::COUNT`] lanes, chosen by its command's id,
//! and whoever closes counts on all of them.

use serde::{Deserialize, Serialize};

use crate::ids::{AuditCampaignId, CommandId};

/// One of the lanes on which an audit's findings are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AuditLane {
    /// The audit.
    pub campaign_id: AuditCampaignId,
    /// Which lane.
    pub number: u8,
}

/// What a lane counts: a difference, which may be below zero, since what is counted on one lane may
/// be counted off another. The sum over all lanes is what the audit found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Tally {
    /// Expected assets that were found where they were expected.
    pub found: i64,
    /// Expected assets that were found elsewhere.
    pub found_elsewhere: i64,
    /// Expected assets that were not found, and are settled.
    pub missing: i64,
    /// Things that were found and not expected.
    pub unexpected: i64,
    /// Those of the above that nobody settled yet.
    pub unsettled: i64,
}

impl AuditLane {
    /// How many lanes an audit has. A scan waits for another with one chance in so many, and whoever
    /// closes writes so many.
    pub const COUNT: u8 = 64;

    /// All lanes of an audit.
    pub fn all(campaign_id: AuditCampaignId) -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(move |number| Self { campaign_id, number })
    }

    /// The subject token.
    #[must_use]
    pub fn token(self) -> String {
        format!("audit-{}-{}", self.campaign_id, self.number)
    }

    /// The lane on which a command counts: any would do, if only a retry takes the same.
    #[must_use]
    pub fn of(campaign_id: AuditCampaignId, command: CommandId) -> Self {
        let number = command.derived_id("lane", 0).as_bytes()[15] % Self::COUNT;
        Self { campaign_id, number }
    }
}

impl Tally {
    /// The expected assets that were found or settled.
    #[must_use]
    pub fn accounted(self) -> i64 {
        self.found.saturating_add(self.found_elsewhere).saturating_add(self.missing)
    }

    /// The sum of two.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.with(other, i64::saturating_add)
    }

    /// The difference of two.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.with(other, i64::saturating_sub)
    }

    fn with(self, other: Self, of: fn(i64, i64) -> i64) -> Self {
        Self {
            found: of(self.found, other.found),
            found_elsewhere: of(self.found_elsewhere, other.found_elsewhere),
            missing: of(self.missing, other.missing),
            unexpected: of(self.unexpected, other.unexpected),
            unsettled: of(self.unsettled, other.unsettled),
        }
    }
}
