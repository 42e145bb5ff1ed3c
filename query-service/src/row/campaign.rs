//! A physical audit and its findings as they are shown.

use chrono::NaiveDate;
use itam_domain::audit_campaign::{AuditClosed, AuditScope, CampaignStage};
use itam_domain::audit_finding::FindingSubject;
use itam_domain::vocabulary::{AssetState, AuditVerdict, Condition, FindingResolution};
use itam_domain::{
    AggregateKind, AssetId, AuditCampaignId, AuditFindingId, LocationId, PersonId, Serial, ShortText, Tag,
};
use itam_read_model::{
    AssetRecord, AuditCounts, AuditRecord, AuditStatus, FindingRecord, FindingSettlement, ReadModelError,
};
use serde::Serialize;

use crate::csv_text::Columns;
use crate::names::ShownName;
use crate::row::cost::Cost;
use crate::row::instant::{Instant, RevisionRow, StampRow};
use crate::view::AnswerView;

/// The columns of audits in CSV.
pub(crate) const CAMPAIGN_COLUMNS: Columns = Columns(
    "id name stage as_of lead_id started=started/effective_time frozen_at=started/position \
     ended=ended/effective_time expected=counts/expected found=counts/found \
     found_elsewhere=counts/found_elsewhere missing=counts/missing unexpected=counts/unexpected \
     unresolved=counts/unresolved accuracy shrinkage expected_cost missing_cost version",
);

/// The columns of findings in CSV.
pub(crate) const FINDING_COLUMNS: Columns = Columns(
    "id asset_id tag serial asset_name model_name verdict status expected_location_id expected_location_name \
     location_id=scan/location_id location_name=scan/location_name condition=scan/condition \
     scanned=scan/effective_time scanned_by=scan/scanned_by actor=scan/actor resolution=settlement/resolution \
     reason=settlement/reason settled=settlement/effective_time acquisition_cost=acquisition_cost/0/amount \
     currency=acquisition_cost/0/currency",
);

/// A physical audit.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "Audit"))]
pub(crate) struct CampaignRow<'a> {
    /// Its id.
    id: AuditCampaignId,
    /// What it is called.
    name: &'a ShortText,
    /// How far it is.
    stage: AuditStatus,
    /// Which assets it is about.
    scope: &'a AuditScope,
    /// The day whose end the count is held against, if not the moment of the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    as_of: Option<NaiveDate>,
    /// Who leads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead_id: Option<PersonId>,
    /// Her name.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead_name: Option<ShownName>,
    /// The event that started it.
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<StampRow>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<EndRow<'a>>,
    /// What it counted.
    counts: CountsRow,
    /// The share of what was expected that was found where it was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(range(min = 0, max = 1)))]
    accuracy: Option<f64>,
    /// The share of what was expected that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(range(min = 0, max = 1)))]
    shrinkage: Option<f64>,
    /// What the expected assets cost to acquire.
    expected_cost: Vec<Cost>,
    /// What the missing ones of them cost.
    missing_cost: Vec<Cost>,
    /// What whoever closed it stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<AuditClosed>,
    /// Whether the result that was stated is not what was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_contradicted: Option<bool>,
    #[serde(flatten)]
    revision: RevisionRow,
}

/// How an audit ended.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct EndRow<'a> {
    /// Who ended it.
    actor: &'a str,
    /// What the actor is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_name: Option<ShownName>,
    /// When.
    effective_time: Instant,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// What an audit counted.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct CountsRow {
    /// Assets that were expected when it started; close-audit states this number.
    expected: u64,
    /// Expected, and found where they were expected.
    found: u64,
    /// Expected, and found at another location.
    found_elsewhere: u64,
    /// Expected, and not found.
    missing: u64,
    /// Found, and not expected.
    unexpected: u64,
    /// Findings that are left to settle.
    unresolved: u64,
}

impl<'a> CampaignRow<'a> {
    pub(crate) fn new(view: &AnswerView, record: &'a AuditRecord, counts: &AuditCounts) -> Self {
        let campaign = &record.campaign;
        let result = if let CampaignStage::Closed(closed) = campaign.stage { Some(closed) } else { None };
        let costs = |costs: &[_]| costs.iter().copied().map(Cost::new).collect();
        Self {
            id: campaign.id,
            name: &campaign.plan.name,
            stage: record.status(),
            scope: campaign.scope(),
            as_of: campaign.as_of(),
            lead_id: campaign.plan.lead_id,
            lead_name: campaign.plan.lead_id.and_then(|id| view.person_name(id)),
            started: record.started.map(StampRow::from),
            ended: record.ended.as_ref().map(|ended| EndRow {
                actor: &ended.actor,
                actor_name: view.actor_name(&ended.actor),
                effective_time: Instant(ended.at),
                reason: ended.reason.as_deref(),
            }),
            counts: CountsRow {
                expected: counts.expected,
                found: counts.of(AuditVerdict::Found),
                found_elsewhere: counts.of(AuditVerdict::FoundElsewhere),
                missing: counts.of(AuditVerdict::Missing),
                unexpected: counts.of(AuditVerdict::Unexpected),
                unresolved: counts.unresolved(),
            },
            accuracy: share(counts.of(AuditVerdict::Found), counts.expected),
            shrinkage: share(counts.of(AuditVerdict::Missing), counts.expected),
            expected_cost: costs(&counts.expected_cost),
            missing_cost: costs(&counts.missing_cost),
            result,
            is_contradicted: result.map(|_| record.is_contradicted(counts)),
            revision: record.revision.into(),
        }
    }
}

/// A share of a whole to four places, rounded down so that only all is 1; `None` of nothing.
fn share(part: u64, whole: u64) -> Option<f64> {
    let basis_points = (u128::from(part) * 10_000).checked_div(u128::from(whole))?;
    u32::try_from(basis_points).ok().map(|points| f64::from(points) / 10_000.0)
}

/// What an audit found about one thing.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "AuditFinding"))]
pub(crate) struct FindingRow<'a> {
    /// Which finding.
    id: AuditFindingId,
    /// What the audit says of it.
    verdict: AuditVerdict,
    /// Whether something is left to do about it.
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["open", "settled"])))]
    status: &'static str,
    /// The asset, unless it is about a label that nothing bore.
    #[serde(skip_serializing_if = "Option::is_none")]
    asset_id: Option<AssetId>,
    /// The tag that the asset bears now, or that was scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<Tag>,
    /// The serial number that the asset bears now, or that was scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<Serial>,
    /// The maker.
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer: Option<ShortText>,
    /// What the asset is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    asset_name: Option<ShortText>,
    /// The model's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    model_name: Option<ShownName>,
    /// Where the asset is in its life now, or was at the moment that is asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<AssetState>,
    /// Where it was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_location_id: Option<LocationId>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_location_name: Option<ShownName>,
    /// What an expected asset cost to acquire.
    #[serde(skip_serializing_if = "Option::is_none")]
    acquisition_cost: Option<Vec<Cost>>,
    /// How it was seen, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    scan: Option<ScanRow<'a>>,
    /// How it was settled, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    settlement: Option<FindingSettlementRow<'a>>,
}

/// How a thing was seen.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct ScanRow<'a> {
    /// When.
    effective_time: Instant,
    /// The position of the event.
    position: u64,
    /// Who sent it.
    actor: &'a str,
    /// What the actor is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_name: Option<ShownName>,
    /// Who saw it, if not the actor.
    #[serde(skip_serializing_if = "Option::is_none")]
    scanned_by: Option<PersonId>,
    /// Her name.
    #[serde(skip_serializing_if = "Option::is_none")]
    scanned_by_name: Option<ShownName>,
    /// Where it was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    location_id: Option<LocationId>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    location_name: Option<ShownName>,
    /// In what condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Condition>,
}

/// How a finding was settled.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct FindingSettlementRow<'a> {
    /// What was done; absent if it was waived.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution: Option<FindingResolution>,
    /// When.
    effective_time: Instant,
    /// The position of the event.
    position: u64,
    /// Who sent it.
    actor: &'a str,
    /// What the actor is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_name: Option<ShownName>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> FindingRow<'a> {
    pub(crate) fn new(view: &AnswerView, record: &'a FindingRecord) -> Result<Self, ReadModelError> {
        let asset = match &record.subject {
            FindingSubject::Asset(id) => view.register().asset(*id)?,
            FindingSubject::Tag(_) | FindingSubject::Serial(_) => None,
        };
        let expected = record.expected.as_ref();
        let expected_location_id = expected.and_then(|expected| expected.location_id);
        let model = asset.as_ref().map(|asset| asset.asset.facts.model_id.0);
        let mut row = Self {
            id: record.id,
            verdict: record.verdict,
            status: if record.is_resolved() { "settled" } else { "open" },
            asset_id: None,
            tag: None,
            serial: None,
            manufacturer: None,
            asset_name: None,
            model_name: view.name_if(AggregateKind::AssetModel, model)?,
            state: asset.as_ref().map(AssetRecord::state),
            expected_location_id,
            expected_location_name: view
                .name_if(AggregateKind::Location, expected_location_id.map(|id| id.0))?,
            acquisition_cost: expected.map(|expected| expected.cost.iter().copied().map(Cost::new).collect()),
            scan: scan(view, record)?,
            settlement: record.settlement.as_ref().map(|settled| settlement(view, settled)),
        };
        row.label(&record.subject, asset);
        Ok(row)
    }

    /// What can be read off the thing: of an asset what the register says, else what was scanned.
    fn label(&mut self, subject: &FindingSubject, asset: Option<AssetRecord>) {
        match subject {
            FindingSubject::Asset(id) => {
                self.asset_id = Some(*id);
                let Some(asset) = asset else { return };
                let facts = asset.asset.facts;
                (self.tag, self.serial) = (facts.tag, facts.serial);
                (self.manufacturer, self.asset_name) = (facts.manufacturer, facts.name);
            }
            FindingSubject::Tag(tag) => self.tag = Some(tag.clone()),
            FindingSubject::Serial(label) => {
                self.serial = Some(label.serial.clone());
                self.manufacturer.clone_from(&label.manufacturer);
            }
        }
    }
}

fn scan<'a>(view: &AnswerView, record: &'a FindingRecord) -> Result<Option<ScanRow<'a>>, ReadModelError> {
    let Some(scan) = &record.scan else { return Ok(None) };
    Ok(Some(ScanRow {
        effective_time: Instant(scan.at),
        position: scan.position,
        actor: &scan.actor,
        actor_name: view.actor_name(&scan.actor),
        scanned_by: scan.scanned_by,
        scanned_by_name: scan.scanned_by.and_then(|id| view.person_name(id)),
        location_id: scan.location_id,
        location_name: view.name_if(AggregateKind::Location, scan.location_id.map(|id| id.0))?,
        condition: scan.condition,
    }))
}

fn settlement<'a>(view: &AnswerView, settled: &'a FindingSettlement) -> FindingSettlementRow<'a> {
    FindingSettlementRow {
        resolution: settled.resolution,
        effective_time: Instant(settled.at),
        position: settled.position,
        actor: &settled.actor,
        actor_name: view.actor_name(&settled.actor),
        reason: settled.reason.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_between_nothing_and_all_and_only_all_is_one() {
        assert_eq!(share(0, 0), None);
        assert_eq!(share(0, 3), Some(0.0));
        assert_eq!(share(2, 3), Some(0.6666));
        assert_eq!(share(3, 3), Some(1.0));
        assert_eq!(share(999_999, 1_000_000), Some(0.9999));
    }
}
