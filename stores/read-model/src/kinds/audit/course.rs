//! The course of a finding: its versions, with what corrections of a scan set right in them.

use itam_domain::AuditCampaignId;
use itam_domain::course::{Correctable, EffectiveReach};

use crate::kinds::audit::record::{FindingRecord, Scan};
use crate::kinds::audit::row as audit_row;
use crate::register::heading::course;
use crate::register::moment::Moment;
use crate::register::plain_versions::HeldVersion;
use crate::store::error::Result;

/// What can be corrected of how a thing was seen.
#[derive(Clone, Copy)]
pub enum ScanFact {
    /// Where the thing was seen.
    Location,
    /// In what condition.
    Condition,
    /// By whom.
    ScannedBy,
}

impl ScanFact {
    const ALL: [Self; 3] = [Self::Location, Self::Condition, Self::ScannedBy];

    fn agrees(self, one: &Scan, other: &Scan) -> bool {
        match self {
            Self::Location => one.location_id == other.location_id,
            Self::Condition => one.condition == other.condition,
            Self::ScannedBy => one.scanned_by == other.scanned_by,
        }
    }
}

/// Two scans of a thing say nothing of each other, so a correction sets one right and ends at those before it.
impl Correctable for FindingRecord {
    type Fact = ScanFact;

    fn differing(&self, other: &Self) -> Vec<ScanFact> {
        ScanFact::ALL.into_iter().filter(|fact| !self.agrees(other, fact)).collect()
    }

    fn agrees(&self, other: &Self, fact: &ScanFact) -> bool {
        match (&self.scan, &other.scan) {
            (Some(one), Some(other)) => one.position == other.position && fact.agrees(one, other),
            (None, None) => true,
            _ => false,
        }
    }

    fn adopt(&mut self, other: &Self, fact: &ScanFact) {
        let (Some(scan), Some(right)) = (&mut self.scan, &other.scan) else { return };
        match fact {
            ScanFact::Location => {
                scan.location_id = right.location_id;
                self.verdict = other.verdict;
            }
            ScanFact::Condition => scan.condition = right.condition,
            ScanFact::ScannedBy => scan.scanned_by = right.scanned_by,
        }
    }
}

/// The finding as it was at a moment, by versions of it, oldest first; `None` if none held by then.
pub(crate) fn finding_at(
    campaign: AuditCampaignId,
    versions: &[HeldVersion],
    moment: Moment,
) -> Result<Option<FindingRecord>> {
    if versions.iter().all(|(heading, _)| heading.reach == EffectiveReach::Own) {
        let held = versions.iter().rev().find(|(heading, _)| heading.effective <= moment.as_of_ms());
        return held.map(|(_, row)| audit_row::decode(campaign, row)).transpose();
    }
    let read = |(heading, row): &HeldVersion| Ok((*heading, audit_row::decode(campaign, row)?));
    let versions = versions.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(course(versions).at(moment.as_of_ms()).cloned())
}
