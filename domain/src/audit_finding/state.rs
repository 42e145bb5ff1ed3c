//! What an audit finding is, as its events tell.

use super::event::FindingScanned;
use super::name::FindingSubject;
use super::tally::{FINDINGS, Tally};
use crate::counter::Counted;
use crate::ids::{AuditCampaignId, AuditFindingId};
use crate::master::LocationId;
use crate::vocabulary::AuditVerdict;

/// What an audit found about one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditFinding {
    /// Which one.
    pub id: AuditFindingId,
    /// The audit.
    pub campaign_id: AuditCampaignId,
    /// What it is about.
    pub subject: FindingSubject,
    /// What was found.
    pub verdict: AuditVerdict,
    /// How the thing was last seen, if it was, with what corrections set right.
    pub scan: Option<FindingScanned>,
    /// Whether it was resolved or waived since the thing was last seen.
    pub is_settled: bool,
}

impl AuditVerdict {
    /// What it says of a thing that it was seen somewhere, if the audit expected it or not, and where.
    #[must_use]
    pub(crate) fn of_seen(is_expected: bool, expected: Option<LocationId>, seen: Option<LocationId>) -> Self {
        match expected.zip(seen) {
            _ if !is_expected => Self::Unexpected,
            Some((expected, seen)) if expected != seen => Self::FoundElsewhere,
            _ => Self::Found,
        }
    }
}

impl AuditFinding {
    /// Whether nothing is left to do about it.
    #[must_use]
    pub fn is_resolved(&self) -> bool {
        self.is_settled || self.verdict == AuditVerdict::Found
    }

    /// What it counts for in its audit.
    pub(crate) fn counted(&self) -> Counted {
        Counted { of: self.campaign_id.into(), what: &FINDINGS, counts: self.tally().into() }
    }

    fn tally(&self) -> Tally {
        let mut tally = Tally { unsettled: i64::from(!self.is_resolved()), ..Tally::default() };
        match self.verdict {
            AuditVerdict::Found => tally.found = 1,
            AuditVerdict::FoundElsewhere => tally.found_elsewhere = 1,
            AuditVerdict::Missing => tally.missing = 1,
            AuditVerdict::Unexpected => tally.unexpected = 1,
        }
        tally
    }
}
