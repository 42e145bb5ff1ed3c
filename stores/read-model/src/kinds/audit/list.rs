//! What is asked about audits.

use itam_domain::vocabulary::AuditVerdict;
use itam_domain::{AggregateKind, AuditCampaignId, LocationId};

use crate::kinds::audit::record::{AuditCounts, AuditRecord, AuditStatus, FindingRecord};
use crate::kinds::audit::row as audit_row;
use crate::kinds::record::definition::Record;
use crate::kinds::record::index::ANY_STAGE;
use crate::primitive::page::{Cursor, Direction, ListCode, MAX_EXAMINED, MAX_PAGE, Page, Walk};
use crate::store::error::{During, READING, ReadModelError, Result};
use crate::store::key::{Ordinal, finding_of_verdict, verdict_bounds};
use crate::store::snapshot::Snapshot;
use crate::store::tables::{COUNTS_BY_AUDIT, FINDING_BY_AUDIT, FINDING_BY_VERDICT};

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
    fn admits(&self, record: &FindingRecord) -> bool {
        let seen = record.scan.as_ref().and_then(|scan| scan.location_id);
        let expected = record.expected.as_ref().and_then(|expected| expected.location_id);
        self.location.is_none_or(|wanted| seen.or(expected) == Some(wanted))
    }
}

impl Snapshot {
    /// An audit, with what it counted so far; before its start it has counted nothing.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn audit(&self, id: AuditCampaignId) -> Result<Option<(AuditRecord, AuditCounts)>> {
        let kind = AggregateKind::AuditCampaign;
        let Some(ordinal) = self.ordinal(kind, id.0)? else {
            return Ok(None);
        };
        match self.record_at(kind, ordinal)? {
            Some(Record::Audit(record)) => Ok(Some((record, self.counts(ordinal)?))),
            _ => Ok(None),
        }
    }

    /// A page of audits by age, oldest first or newest first.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn audits(
        &self,
        status: Option<AuditStatus>,
        direction: Direction,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<(AuditRecord, AuditCounts)>> {
        let stage = status.map_or(ANY_STAGE, |status| status as u8 + 1);
        let pick = |record| if let Record::Audit(record) = record { Some(record) } else { None };
        let kind = AggregateKind::AuditCampaign;
        let page = self.now().by_stage(kind, stage, direction, cursor, limit, pick)?;
        let mut items = Vec::with_capacity(page.items.len());
        for record in page.items {
            let ordinal = self.ordinal(kind, record.campaign.id.0)?;
            let counts = ordinal.map(|ordinal| self.counts(ordinal)).transpose()?;
            items.push((record, counts.unwrap_or_default()));
        }
        Ok(Page { items, next: page.next })
    }

    fn counts(&self, audit: Ordinal) -> Result<AuditCounts> {
        let table = self.table(COUNTS_BY_AUDIT)?;
        let row = table.get(audit).during(READING)?;
        Ok(row.map(|row| audit_row::decode_counts(row.value())).transpose()?.unwrap_or_default())
    }

    /// A page of what an audit found, of one verdict and standing: assets as they entered the register,
    /// then labels that nothing bore.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn findings(
        &self,
        campaign: AuditCampaignId,
        filters: FindingFilters,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<FindingRecord>> {
        let mut page = Page { items: Vec::new(), next: None };
        let Some(audit) = self.ordinal(AggregateKind::AuditCampaign, campaign.0)? else {
            return Ok(page);
        };
        let code = [ListCode::Findings as u8, (filters.verdict as u8) << 1 | u8::from(filters.is_resolved)];
        let after = cursor.map(|cursor| cursor.sized_key::<11>(code)).transpose()?;
        let (low, high) = verdict_bounds(audit, filters.verdict, filters.is_resolved);
        let index = self.table(FINDING_BY_VERDICT)?;
        let mut walk = Walk::keys(&index, (&low, &high), after.as_ref(), Direction::Ascending)?;
        let rows = self.table(FINDING_BY_AUDIT)?;
        for _ in 0..MAX_EXAMINED {
            let Some(key) = walk.next()? else {
                page.next = None;
                return Ok(page);
            };
            let row = rows.get(&finding_of_verdict(key)).during(READING)?;
            let missing = || ReadModelError::Damaged("an index names a finding that has no row".to_owned());
            let record = audit_row::decode(campaign, row.ok_or_else(missing)?.value())?;
            page.items.extend(filters.admits(&record).then_some(record));
            page.next = Some(Cursor::new(code, &key));
            if page.items.len() == limit.clamp(1, MAX_PAGE) {
                break;
            }
        }
        Ok(page)
    }
}
