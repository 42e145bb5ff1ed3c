//! What the events of one flush make of audits: the freeze, the findings, the counts.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use itam_domain::audit_campaign::{AuditCampaign, AuditCampaignEvent};
use itam_domain::audit_finding::{AuditFindingEvent, FindingFact, FindingSubject};
use itam_domain::vocabulary::AuditVerdict;
use itam_domain::{AggregateKind, AuditCampaignId, AuditFindingId, Currency, Envelope, Event};
use redb::{ReadOnlyTable, ReadTransaction, ReadableTable, WriteTransaction};
use uuid::Uuid;

use crate::kinds::asset::course::record_at;
use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row as asset_row;
use crate::kinds::audit::record::{AuditCounts, Expectation, FindingRecord, FindingSettlement, Scan};
use crate::kinds::audit::row as audit_row;
use crate::register::heading::Heading;
use crate::register::moment::Moment;
use crate::register::plain_versions::{self, VersionTable};
use crate::register::version::Versions;
use crate::store::error::{During, Result};
use crate::store::key::{Ordinal, finding_key, finding_version_key, verdict_key};
use crate::store::tables::{COUNTS_BY_AUDIT, FINDING_BY_AUDIT, FINDING_BY_VERDICT, VERSION_BY_FINDING};

const READING: &str = "reading the findings of audits";
const WRITING: &str = "writing the findings of audits";

/// The findings, as the file holds them.
pub(crate) struct AuditTables {
    findings: ReadOnlyTable<&'static [u8; 9], &'static [u8]>,
    versions: VersionTable<17>,
    counts: ReadOnlyTable<u32, &'static [u8]>,
}

impl AuditTables {
    pub(crate) fn open(transaction: &ReadTransaction) -> Result<Self> {
        Ok(Self {
            findings: transaction.open_table(FINDING_BY_AUDIT).during(READING)?,
            versions: transaction.open_table(VERSION_BY_FINDING).during(READING)?,
            counts: transaction.open_table(COUNTS_BY_AUDIT).during(READING)?,
        })
    }

    fn finding(&self, key: [u8; 9], campaign: AuditCampaignId) -> Result<TouchedFinding> {
        let row = self.findings.get(&key).during(READING)?;
        let record = row.map(|row| audit_row::decode(campaign, row.value())).transpose()?;
        let before = record.as_ref().map(|record| index_key(key, record));
        let [low, high] = [0, u64::MAX].map(|position| finding_version_key(key, position));
        let latest = plain_versions::latest(&self.versions, (&low, &high))?;
        Ok(TouchedFinding { before, record, latest })
    }

    fn counts(&self, audit: Ordinal) -> Result<AuditCounts> {
        let row = self.counts.get(audit).during(READING)?;
        Ok(row.map(|row| audit_row::decode_counts(row.value())).transpose()?.unwrap_or_default())
    }
}

/// What the events since the last flush made of audits.
#[derive(Default)]
pub(crate) struct AuditBatch {
    findings: HashMap<[u8; 9], TouchedFinding>,
    versions: Vec<([u8; 17], Vec<u8>)>,
    counts: HashMap<Ordinal, AuditCounts>,
}

/// A finding that the batch touched.
struct TouchedFinding {
    /// Where the index of the file has it.
    before: Option<[u8; 11]>,
    record: Option<FindingRecord>,
    /// From when on its last version holds.
    latest: Option<i64>,
}

impl AuditBatch {
    /// Enters the expected assets of an audit, in the order of their ordinals: each is missing until
    /// it is seen.
    pub(crate) fn freeze(
        &mut self,
        audit: Ordinal,
        campaign: &AuditCampaign,
        assets: impl Iterator<Item = Result<(Ordinal, AssetRecord)>>,
    ) -> Result<()> {
        let mut counts = AuditCounts::default();
        for asset in assets {
            let (ordinal, asset) = asset?;
            if !campaign.scope().admits(&asset.asset) {
                continue;
            }
            let subject = FindingSubject::Asset(asset.id());
            let record = FindingRecord {
                id: AuditFindingId::of(campaign.id, &subject),
                subject,
                verdict: AuditVerdict::Missing,
                expected: Some(Expectation {
                    location_id: asset.asset.facts.location_id,
                    cost: asset.acquisition_cost(),
                }),
                scan: None,
                settlement: None,
            };
            count(&mut counts, &record, 1);
            let key = finding_key(audit, AggregateKind::Asset, ordinal);
            let touched = TouchedFinding { before: None, record: Some(record), latest: None };
            self.findings.insert(key, touched);
        }
        settle(&mut counts);
        self.counts.insert(audit, counts);
        Ok(())
    }

    /// Applies what happened to a finding. It stands under its asset, or under itself if it is about
    /// a label that nothing bore.
    pub(crate) fn apply(
        &mut self,
        tables: &AuditTables,
        audit: Ordinal,
        (kind, ordinal): (AggregateKind, Ordinal),
        (envelope, event): (&Envelope, &AuditFindingEvent),
        position: u64,
    ) -> Result<()> {
        let key = finding_key(audit, kind, ordinal);
        let touched = match self.findings.entry(key) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(tables.finding(key, event.finding().0)?),
        };
        let counts = match self.counts.entry(audit) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(tables.counts(audit)?),
        };
        if let Some(before) = &touched.record {
            count(counts, before, -1);
        }
        let after = change(touched.record.take(), envelope, event, position);
        count(counts, &after, 1);
        settle(counts);
        let heading = Heading::of(envelope, position, touched.latest);
        touched.latest = Some(heading.effective);
        let version = plain_versions::encode(&heading, &audit_row::encode(&after)?);
        self.versions.push((finding_version_key(key, position), version));
        touched.record = Some(after);
        Ok(())
    }

    /// Writes what changed into `transaction`.
    pub(crate) fn write(self, transaction: &WriteTransaction) -> Result<()> {
        if self.counts.is_empty() {
            return Ok(());
        }
        let mut findings: Vec<_> = self.findings.into_iter().collect();
        findings.sort_unstable_by_key(|(key, _)| *key);
        let mut versions = self.versions;
        versions.sort_unstable();
        let mut rows = transaction.open_table(FINDING_BY_AUDIT).during(WRITING)?;
        let mut index = transaction.open_table(FINDING_BY_VERDICT).during(WRITING)?;
        for (key, touched) in &findings {
            let Some(record) = &touched.record else { continue };
            let after = index_key(*key, record);
            if touched.before != Some(after) {
                if let Some(before) = &touched.before {
                    index.remove(before).during(WRITING)?;
                }
                index.insert(&after, ()).during(WRITING)?;
            }
            let row = audit_row::encode(record)?;
            rows.insert(key, row.as_slice()).during(WRITING)?;
        }
        let mut table = transaction.open_table(VERSION_BY_FINDING).during(WRITING)?;
        for (key, version) in &versions {
            table.insert(key, version.as_slice()).during(WRITING)?;
        }
        let mut table = transaction.open_table(COUNTS_BY_AUDIT).during(WRITING)?;
        for (audit, counts) in &self.counts {
            let row = audit_row::encode_counts(counts)?;
            table.insert(audit, row.as_slice()).during(WRITING)?;
        }
        Ok(())
    }
}

/// Every asset of the file, as it was at a moment or is now, in the order of their ordinals.
pub(crate) fn all_assets<'a>(
    assets: &'a ReadOnlyTable<u32, &'static [u8]>,
    versions: &'a Versions,
    id_of: impl Fn(AggregateKind, Ordinal) -> Result<Uuid> + 'a,
    moment: Option<Moment>,
) -> Result<impl Iterator<Item = Result<(Ordinal, AssetRecord)>> + 'a> {
    let rows = assets.iter().during(READING)?;
    let found = rows.map(move |entry| {
        let (ordinal, row) = entry.during(READING)?;
        let record = match moment {
            Some(moment) => record_at(versions, ordinal.value(), moment, &id_of)?,
            None => Some(asset_row::decode(row.value(), &id_of)?),
        };
        Ok(record.map(|record| (ordinal.value(), record)))
    });
    Ok(found.filter_map(Result::transpose))
}

/// Whether an event freezes what an audit expects. That is read from the file, so all that came before
/// has to be there.
pub(crate) fn is_freeze(event: &Event) -> bool {
    matches!(event, Event::AuditCampaign(AuditCampaignEvent::Started(_)))
}

fn index_key(key: [u8; 9], record: &FindingRecord) -> [u8; 11] {
    verdict_key(key, record.verdict, record.is_resolved())
}

/// The finding after an event.
fn change(
    record: Option<FindingRecord>,
    envelope: &Envelope,
    event: &AuditFindingEvent,
    position: u64,
) -> FindingRecord {
    let (_, subject, verdict) = event.finding();
    let (expected, scan, settlement) =
        record.map_or((None, None, None), |record| (record.expected, record.scan, record.settlement));
    let settled = |resolution| FindingSettlement {
        resolution,
        at: envelope.effective_at,
        actor: envelope.actor.clone(),
        reason: envelope.reason.clone(),
        position,
    };
    let (scan, settlement) = match event {
        AuditFindingEvent::Scanned(data) => {
            let scan = Scan {
                at: envelope.effective_at,
                actor: envelope.actor.clone(),
                scanned_by: data.scanned_by,
                location_id: data.location_id,
                condition: data.condition,
                position,
            };
            (Some(scan), None)
        }
        AuditFindingEvent::Resolved(data) => (scan, Some(settled(Some(data.resolution)))),
        AuditFindingEvent::Waived(_) => (scan, Some(settled(None))),
        AuditFindingEvent::Corrected(data) => (scan.map(|scan| correct(scan, &data.changes)), settlement),
    };
    let id = AuditFindingId(envelope.aggregate.id);
    FindingRecord { id, subject: subject.clone(), verdict, expected, scan, settlement }
}

fn correct(mut scan: Scan, changes: &[FindingFact]) -> Scan {
    for fact in changes {
        match fact {
            FindingFact::Location(fact) => scan.location_id = fact.new,
            FindingFact::Condition(fact) => scan.condition = fact.new,
            FindingFact::ScannedBy(fact) => scan.scanned_by = fact.new,
        }
    }
    scan
}

/// Adds a finding to what its audit counted, or takes it off.
pub(super) fn count(counts: &mut AuditCounts, record: &FindingRecord, sign: i64) {
    let (open, resolved) = &mut counts.by_verdict[record.verdict as usize];
    let number = if record.is_resolved() { resolved } else { open };
    *number = number.saturating_add_signed(sign);
    let Some(expected) = &record.expected else { return };
    counts.expected = counts.expected.saturating_add_signed(sign);
    add(&mut counts.expected_cost, &expected.cost, sign);
    if record.verdict == AuditVerdict::Missing {
        add(&mut counts.missing_cost, &expected.cost, sign);
    }
}

fn add(total: &mut Vec<(Currency, i128)>, cost: &[(Currency, i128)], sign: i64) {
    for (currency, minor) in cost {
        let minor = *minor * i128::from(sign);
        match total.iter_mut().find(|(known, _)| known == currency) {
            Some((_, sum)) => *sum += minor,
            None => total.push((*currency, minor)),
        }
    }
}

/// Puts the currencies in order and drops those of which nothing is left, so that equal counts have
/// equal bytes.
pub(super) fn settle(counts: &mut AuditCounts) {
    for costs in [&mut counts.expected_cost, &mut counts.missing_cost] {
        costs.retain(|(_, minor)| *minor != 0);
        costs.sort_unstable_by_key(|(currency, _)| currency.code());
    }
}
