//! The stored forms of findings and of what audits count: a version byte and postcard.

use chrono::DateTime;
use itam_domain::audit_finding::{FindingSubject, MakerSerial};
use itam_domain::vocabulary::{AuditVerdict, Condition, FindingResolution};
use itam_domain::{
    AssetId, AuditCampaignId, AuditFindingId, Currency, LocationId, PersonId, Serial, ShortText, Tag,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kinds::asset::row::{read_currency, write_currency};
use crate::kinds::audit::record::{AuditCounts, Expectation, FindingRecord, FindingSettlement, Scan};
use crate::store::error::{ReadModelError, Result};

const VERSION: u8 = 1;

type Costs = Vec<([u8; 3], i128)>;

#[derive(Serialize, Deserialize)]
struct StoredFinding {
    subject: StoredSubject,
    verdict: AuditVerdict,
    expected: Option<(Option<LocationId>, Costs)>,
    scan: Option<StoredScan>,
    settlement: Option<StoredSettlement>,
}

#[derive(Serialize, Deserialize)]
enum StoredSubject {
    Asset([u8; 16]),
    Tag(ShortText),
    Serial(ShortText, Option<ShortText>),
}

#[derive(Serialize, Deserialize)]
struct StoredScan {
    at: i64,
    actor: String,
    scanned_by: Option<PersonId>,
    location: Option<LocationId>,
    condition: Option<Condition>,
    position: u64,
}

#[derive(Serialize, Deserialize)]
struct StoredSettlement {
    resolution: Option<FindingResolution>,
    at: i64,
    actor: String,
    reason: Option<String>,
    position: u64,
}

#[derive(Serialize, Deserialize)]
struct StoredCounts {
    expected: u64,
    expected_cost: Costs,
    missing_cost: Costs,
    by_verdict: [(u64, u64); 4],
}

/// The bytes of a finding.
pub(crate) fn encode(record: &FindingRecord) -> Result<Vec<u8>> {
    let subject = match &record.subject {
        FindingSubject::Asset(id) => StoredSubject::Asset(*id.0.as_bytes()),
        FindingSubject::Tag(tag) => StoredSubject::Tag(tag.0.clone()),
        FindingSubject::Serial(label) => {
            StoredSubject::Serial(label.serial.0.clone(), label.manufacturer.clone())
        }
    };
    let row = StoredFinding {
        subject,
        verdict: record.verdict,
        expected: record
            .expected
            .as_ref()
            .map(|expected| (expected.location_id, write_costs(&expected.cost))),
        scan: record.scan.as_ref().map(|scan| StoredScan {
            at: scan.at.timestamp_millis(),
            actor: scan.actor.clone(),
            scanned_by: scan.scanned_by,
            location: scan.location_id,
            condition: scan.condition,
            position: scan.position,
        }),
        settlement: record.settlement.as_ref().map(|settled| StoredSettlement {
            resolution: settled.resolution,
            at: settled.at.timestamp_millis(),
            actor: settled.actor.clone(),
            reason: settled.reason.clone(),
            position: settled.position,
        }),
    };
    to_bytes(&row)
}

/// The finding of some bytes.
pub(crate) fn decode(campaign: AuditCampaignId, bytes: &[u8]) -> Result<FindingRecord> {
    let row: StoredFinding = from_bytes(bytes)?;
    let subject = match row.subject {
        StoredSubject::Asset(id) => FindingSubject::Asset(AssetId(Uuid::from_bytes(id))),
        StoredSubject::Tag(tag) => FindingSubject::Tag(Tag(tag)),
        StoredSubject::Serial(serial, manufacturer) => {
            FindingSubject::Serial(MakerSerial { serial: Serial(serial), manufacturer })
        }
    };
    let expected = row.expected.map(|(location_id, cost)| {
        Ok::<_, ReadModelError>(Expectation { location_id, cost: read_costs(&cost)? })
    });
    let scan = row.scan.map(|scan| {
        Ok::<_, ReadModelError>(Scan {
            at: instant(scan.at)?,
            actor: scan.actor,
            scanned_by: scan.scanned_by,
            location_id: scan.location,
            condition: scan.condition,
            position: scan.position,
        })
    });
    let settlement = row.settlement.map(|settled| {
        Ok::<_, ReadModelError>(FindingSettlement {
            resolution: settled.resolution,
            at: instant(settled.at)?,
            actor: settled.actor,
            reason: settled.reason,
            position: settled.position,
        })
    });
    Ok(FindingRecord {
        id: AuditFindingId::of(campaign, &subject),
        subject,
        verdict: row.verdict,
        expected: expected.transpose()?,
        scan: scan.transpose()?,
        settlement: settlement.transpose()?,
    })
}

/// The bytes of what an audit counted.
pub(crate) fn encode_counts(counts: &AuditCounts) -> Result<Vec<u8>> {
    to_bytes(&StoredCounts {
        expected: counts.expected,
        expected_cost: write_costs(&counts.expected_cost),
        missing_cost: write_costs(&counts.missing_cost),
        by_verdict: counts.by_verdict,
    })
}

/// What an audit counted, of some bytes.
pub(crate) fn decode_counts(bytes: &[u8]) -> Result<AuditCounts> {
    let row: StoredCounts = from_bytes(bytes)?;
    Ok(AuditCounts {
        expected: row.expected,
        expected_cost: read_costs(&row.expected_cost)?,
        missing_cost: read_costs(&row.missing_cost)?,
        by_verdict: row.by_verdict,
    })
}

fn write_costs(costs: &[(Currency, i128)]) -> Costs {
    costs.iter().map(|(currency, minor)| (write_currency(*currency), *minor)).collect()
}

fn read_costs(costs: &Costs) -> Result<Vec<(Currency, i128)>> {
    costs.iter().map(|(code, minor)| Ok((read_currency(*code)?, *minor))).collect()
}

fn instant(ms: i64) -> Result<DateTime<chrono::Utc>> {
    DateTime::from_timestamp_millis(ms).ok_or_else(|| damaged(&format!("the time {ms}")))
}

fn to_bytes(row: &impl Serialize) -> Result<Vec<u8>> {
    postcard::to_extend(row, vec![VERSION]).map_err(|error| damaged(&error))
}

fn from_bytes<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T> {
    let Some((&VERSION, row)) = bytes.split_first() else {
        return Err(damaged(&"its version is not known"));
    };
    postcard::from_bytes(row).map_err(|error| damaged(&error))
}

fn damaged(reason: &dyn std::fmt::Display) -> ReadModelError {
    ReadModelError::Damaged(format!("a row of an audit: {reason}"))
}
