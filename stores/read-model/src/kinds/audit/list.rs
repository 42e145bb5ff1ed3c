//! What is asked about audits.

use std::ops::Bound;

use itam_domain::vocabulary::AuditVerdict;
use itam_domain::{AggregateKind, AuditCampaignId, LocationId};

use crate::kinds::audit::batch::{count, settle};
use crate::kinds::audit::course::finding_at;
use crate::kinds::audit::record::{AuditCounts, AuditRecord, FindingRecord};
use crate::kinds::audit::row as audit_row;
use crate::kinds::record::definition::Record;
use crate::primitive::page::{Cursor, Direction, KeyWalk, ListCode, Page};
use crate::register::moment::Moment;
use crate::register::plain_versions::{self, HeldVersion};
use crate::register::view::RegisterView;
use crate::store::error::{During, READING, ReadModelError, Result};
use crate::store::key::{
    Ordinal, audit_bounds, finding_of_verdict, finding_version_key, split_finding_version, verdict_bounds,
};
use crate::store::tables::{COUNTS_BY_AUDIT, FINDING_BY_AUDIT, FINDING_BY_VERDICT, VERSION_BY_FINDING};

/// Which findings of an audit: those of one verdict that are all left to settle, or all not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindingFilters {
    /// What was found.
    pub verdict: AuditVerdict,
    /// Whether nothing is left to do about them.
    pub is_resolved: bool,
    /// Only those that were seen at this location or, if not seen, expected there.
    pub location: Option<LocationId>,
}

impl FindingFilters {
    /// Tells their lists apart.
    fn variant(self) -> u8 {
        (self.verdict as u8) << 1 | u8::from(self.is_resolved)
    }

    /// Whether a finding stands under this verdict.
    fn is_of(self, record: &FindingRecord) -> bool {
        record.verdict == self.verdict && record.is_resolved() == self.is_resolved
    }

    fn admits(self, record: &FindingRecord) -> bool {
        let seen = record.scan.as_ref().and_then(|scan| scan.location_id);
        let expected = record.expected.as_ref().and_then(|expected| expected.location_id);
        self.location.is_none_or(|wanted| seen.or(expected) == Some(wanted))
    }
}

impl RegisterView<'_> {
    /// An audit, with what it counted so far.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn audit(self, id: AuditCampaignId) -> Result<Option<(AuditRecord, AuditCounts)>> {
        let Some(record) = self.find::<AuditRecord>(id.0)? else { return Ok(None) };
        let counts = self.audit_counts(&record)?;
        Ok(Some((record, counts)))
    }

    /// Whether there is an audit, without what it counted.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn knows_audit(self, id: AuditCampaignId) -> Result<bool> {
        Ok(self.record(AggregateKind::AuditCampaign, id.0)?.is_some())
    }

    /// What an audit counted so far; before its start it has counted nothing.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn audit_counts(self, record: &AuditRecord) -> Result<AuditCounts> {
        let campaign = record.campaign.id;
        let audit = self.snapshot.ordinal(AggregateKind::AuditCampaign, campaign.0)?;
        let Some(audit) = audit.filter(|_| record.started.is_some()) else {
            return Ok(AuditCounts::default());
        };
        let table = self.snapshot.table(COUNTS_BY_AUDIT)?;
        let row = table.get(audit).during(READING)?;
        let counts = row.map(|row| audit_row::decode_counts(row.value())).transpose()?.unwrap_or_default();
        match self.moment {
            None => Ok(counts),
            Some(moment) => self.counted_by(moment, audit, campaign, counts),
        }
    }

    /// What an audit had counted by a moment: what it expected at its start, with each finding that events
    /// had changed by then put in its place. Looks at every event of its findings.
    fn counted_by(
        self,
        moment: Moment,
        audit: Ordinal,
        campaign: AuditCampaignId,
        now: AuditCounts,
    ) -> Result<AuditCounts> {
        let mut counts = AuditCounts::expecting(now.expected, now.expected_cost);
        let versions = self.snapshot.table(VERSION_BY_FINDING)?;
        let (low, high) = audit_bounds(audit);
        let bounds = (finding_version_key(low, 0), finding_version_key(high, u64::MAX));
        let mut enter = |held: &[HeldVersion]| -> Result<()> {
            let Some(record) = finding_at(campaign, held, moment)? else { return Ok(()) };
            if let Some(expected) = expected_at_start(&record) {
                count(&mut counts, &expected, -1);
            }
            count(&mut counts, &record, 1);
            Ok(())
        };
        // The versions of a finding follow one another.
        let (mut last, mut held) = (None, Vec::new());
        for entry in versions.range::<&[u8; 17]>(&bounds.0..=&bounds.1).during(READING)? {
            let (key, value) = entry.during(READING)?;
            let (finding, position) = split_finding_version(key.value());
            if last.replace(finding) != Some(finding) {
                enter(&held)?;
                held.clear();
            }
            if position <= moment.known_at {
                let (heading, row) = plain_versions::split(key.value(), value.value())?;
                held.push((heading, row.to_vec()));
            }
        }
        enter(&held)?;
        settle(&mut counts);
        Ok(counts)
    }

    /// A page of what an audit found, of one verdict and standing: assets as they entered the register,
    /// then labels that nothing bore.
    ///
    /// # Errors
    /// [`ReadModelError::Cursor`] if the cursor is another list's.
    pub fn findings(
        self,
        campaign: AuditCampaignId,
        filters: FindingFilters,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<FindingRecord>> {
        let kind = AggregateKind::AuditCampaign;
        let Some(audit) = self.snapshot.ordinal(kind, campaign.0)? else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        match self.moment {
            None => self.findings_now(campaign, audit, filters, cursor, limit),
            Some(moment) => match self.record_at(kind, audit)? {
                Some(Record::Audit(record)) if record.started.is_some() => {
                    self.findings_by(moment, campaign, audit, filters, cursor, limit)
                }
                _ => Ok(Page { items: Vec::new(), next: None }),
            },
        }
    }

    fn findings_now(
        self,
        campaign: AuditCampaignId,
        audit: Ordinal,
        filters: FindingFilters,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<FindingRecord>> {
        let code = self.code(ListCode::Findings, filters.variant());
        let after = cursor.map(|cursor| cursor.sized_key::<11>(code)).transpose()?;
        let (low, high) = verdict_bounds(audit, filters.verdict, filters.is_resolved);
        let index = self.snapshot.table(FINDING_BY_VERDICT)?;
        let mut walk = KeyWalk::keys(&index, (&low, &high), after.as_ref(), Direction::Ascending)?;
        let rows = self.snapshot.table(FINDING_BY_AUDIT)?;
        Page::fill(code, limit, || {
            let Some(key) = walk.next()? else { return Ok(None) };
            let row = rows.get(&finding_of_verdict(key)).during(READING)?;
            let missing = || ReadModelError::Damaged("an index names a finding that has no row".to_owned());
            let record = audit_row::decode(campaign, row.ok_or_else(missing)?.value())?;
            Ok(Some((key.to_vec(), filters.admits(&record).then_some(record))))
        })
    }

    /// The findings as they were by a moment: no index says under which verdict they stood.
    fn findings_by(
        self,
        moment: Moment,
        campaign: AuditCampaignId,
        audit: Ordinal,
        filters: FindingFilters,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<FindingRecord>> {
        let code = self.code(ListCode::Findings, filters.variant());
        let after = cursor.map(|cursor| cursor.sized_key::<9>(code)).transpose()?;
        let (low, high) = audit_bounds(audit);
        if after.is_some_and(|after| after < low || after > high) {
            return Err(ReadModelError::Cursor);
        }
        let from = after.as_ref().map_or(Bound::Included(&low), Bound::Excluded);
        let rows = self.snapshot.table(FINDING_BY_AUDIT)?;
        let mut range = rows.range::<&[u8; 9]>((from, Bound::Included(&high))).during(READING)?;
        let versions = self.snapshot.table(VERSION_BY_FINDING)?;
        Page::fill(code, limit, || {
            let Some((key, row)) = range.next().transpose().during(READING)? else { return Ok(None) };
            let key = *key.value();
            let [low, high] = [0, moment.known_at].map(|position| finding_version_key(key, position));
            let standing = plain_versions::standing(&versions, (&low, &high), moment)?;
            let mut record = finding_at(campaign, &standing, moment)?;
            if record.is_none() {
                record = expected_at_start(&audit_row::decode(campaign, row.value())?);
            }
            Ok(Some((key.to_vec(), record.filter(|record| filters.is_of(record) && filters.admits(record)))))
        })
    }
}

/// The finding as the start of its audit made it; `None` of what nobody expected.
fn expected_at_start(record: &FindingRecord) -> Option<FindingRecord> {
    record.expected.as_ref()?;
    let (verdict, scan, settlement) = (AuditVerdict::Missing, None, None);
    Some(FindingRecord { verdict, scan, settlement, ..record.clone() })
}
