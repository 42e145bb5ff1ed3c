//! An asset as it is shown.

use chrono::NaiveDate;
use itam_domain::asset::{Acceptance, AssetFacts, Custodian, Stage};
use itam_domain::vocabulary::{
    AssetState, DisposalMethod, HoldKind, LossKind, MaintenanceKind, RetirementCause, SanitizationMethod,
};
use itam_domain::{
    AggregateKind, AssetId, Currency, LocationId, Money, Note, ShortText, VendorId, format_minor,
};
use itam_read_model::{AssetRecord, ReadModelError};
use serde::Serialize;

use crate::csv_text::Column;
use crate::names::Name;
use crate::row::instant::{Instant, StampRow};
use crate::view::View;

/// The columns of assets in CSV.
pub(crate) const ASSET_COLUMNS: &[Column] = &[
    ("id", "/id"),
    ("tag", "/tag"),
    ("serial", "/serial"),
    ("name", "/name"),
    ("state", "/state"),
    ("kind", "/kind"),
    ("hardware_kind", "/hardware_kind"),
    ("manufacturer", "/manufacturer"),
    ("model_id", "/model_id"),
    ("model_name", "/model_name"),
    ("location_id", "/location_id"),
    ("location_name", "/location_name"),
    ("department_id", "/department_id"),
    ("department_name", "/department_name"),
    ("project_id", "/project_id"),
    ("project_name", "/project_name"),
    ("person_id", "/custodian/person"),
    ("custodian_name", "/custodian_name"),
    ("custody_since", "/custody/since"),
    ("due_back_on", "/custody/due_back_on"),
    ("ownership", "/ownership"),
    ("condition", "/condition"),
    ("criticality", "/criticality"),
    ("data_classification", "/data_classification"),
    ("vendor_id", "/vendor_id"),
    ("vendor_name", "/vendor_name"),
    ("purchase_order_id", "/order_line/purchase_order_id"),
    ("order_number", "/order_number"),
    ("acquired_on", "/acquired_on"),
    ("acquisition_cost", "/acquisition_cost/0/amount"),
    ("currency", "/acquisition_cost/0/currency"),
    ("warranty_until", "/warranty_until"),
    ("end_of_life_on", "/end_of_life_on"),
    ("verified_at", "/verified_at"),
    ("notes", "/notes"),
    ("version", "/version"),
    ("changed", "/changed/effective_time"),
    ("position", "/changed/position"),
];

/// An asset as it is shown.
#[derive(Serialize)]
pub(crate) struct AssetRow<'a> {
    id: AssetId,
    version: u64,
    state: AssetState,
    #[serde(flatten)]
    facts: &'a AssetFacts,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_name: Option<Name>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    acquisition_cost: Vec<Cost>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custodian: Option<Custodian>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custodian_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custody: Option<CustodyRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_on: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    holds: Vec<HoldRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation: Option<ReservationRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transit: Option<TransitRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maintenance: Option<MaintenanceRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    loss: Option<LossRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retirement: Option<RetirementRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disposal: Option<DisposalRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sanitization: Option<SanitizationRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_at: Option<Instant>,
    registered: StampRow,
    changed: StampRow,
}

/// A sum in one currency, which may be larger than one amount of money.
#[derive(Serialize)]
pub(crate) struct Cost {
    pub(crate) amount: String,
    pub(crate) currency: Currency,
}

impl Cost {
    pub(crate) fn new((currency, minor): (Currency, i128)) -> Self {
        Self { amount: format_minor(minor, currency), currency }
    }
}

#[derive(Serialize)]
struct CustodyRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Instant>,
    acceptance: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_back_on: Option<NaiveDate>,
}

#[derive(Serialize)]
struct HoldRow<'a> {
    kind: HoldKind,
    since: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    case_number: Option<&'a ShortText>,
}

#[derive(Serialize)]
struct ReservationRow {
    reserved_for: Custodian,
    #[serde(skip_serializing_if = "Option::is_none")]
    reserved_for_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<NaiveDate>,
}

#[derive(Serialize)]
struct TransitRow<'a> {
    origin_state: AssetState,
    destination_id: LocationId,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_name: Option<Name>,
    since: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier: Option<&'a ShortText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracking_number: Option<&'a ShortText>,
}

#[derive(Serialize)]
struct MaintenanceRow<'a> {
    kind: MaintenanceKind,
    since: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Custodian>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_id: Option<VendorId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_back_on: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a Note>,
}

#[derive(Serialize)]
struct LossRow<'a> {
    kind: LossKind,
    since: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_custodian: Option<Custodian>,
    #[serde(skip_serializing_if = "Option::is_none")]
    report_number: Option<&'a ShortText>,
}

#[derive(Serialize)]
struct RetirementRow {
    cause: RetirementCause,
    since: Instant,
}

#[derive(Serialize)]
struct DisposalRow<'a> {
    since: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<DisposalMethod>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_id: Option<VendorId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proceeds: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_number: Option<&'a ShortText>,
}

#[derive(Serialize)]
struct SanitizationRow<'a> {
    method: SanitizationMethod,
    since: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<&'a ShortText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_number: Option<&'a ShortText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_id: Option<VendorId>,
}

impl<'a> AssetRow<'a> {
    pub(crate) fn new(view: &View, record: &'a AssetRecord) -> Result<Self, ReadModelError> {
        let facts = &record.asset.facts;
        let custodian = record.asset.custodian();
        Ok(Self {
            id: record.id(),
            version: record.version,
            state: record.state(),
            facts,
            model_name: view.name(AggregateKind::AssetModel, facts.model_id.0)?,
            location_name: view.name_if(AggregateKind::Location, facts.location_id.map(|id| id.0))?,
            department_name: view.name_if(AggregateKind::Department, facts.department_id.map(|id| id.0))?,
            project_name: view.name_if(AggregateKind::Project, facts.project_id.map(|id| id.0))?,
            vendor_name: view.name_if(AggregateKind::Vendor, facts.vendor_id.map(|id| id.0))?,
            acquisition_cost: record.acquisition_cost().into_iter().map(Cost::new).collect(),
            custodian,
            custodian_name: match custodian {
                Some(custodian) => view.custodian_name(custodian)?,
                None => None,
            },
            custody: custody(record),
            expected_on: record.expected_on,
            holds: holds(record),
            reservation: reservation(view, record)?,
            transit: transit(view, record)?,
            maintenance: maintenance(record),
            loss: loss(record),
            retirement: record.retirement.as_deref().map(|retirement| RetirementRow {
                cause: retirement.cause,
                since: Instant(retirement.since),
            }),
            disposal: disposal(record),
            sanitization: sanitization(record),
            verified_at: record.verified_at.map(Instant),
            registered: record.registered.into(),
            changed: record.changed.into(),
        })
    }
}

fn custody(record: &AssetRecord) -> Option<CustodyRow> {
    let Stage::Deployed(custody) = &record.asset.stage else {
        return None;
    };
    Some(CustodyRow {
        since: record.custody_since.map(Instant),
        acceptance: match custody.acceptance {
            Acceptance::NotRequired => "not_required",
            Acceptance::Pending => "pending",
            Acceptance::Accepted => "accepted",
            Acceptance::Declined => "declined",
        },
        due_back_on: custody.due_back_on,
    })
}

fn holds(record: &AssetRecord) -> Vec<HoldRow<'_>> {
    let holds = record.holds.iter().map(|hold| HoldRow {
        kind: hold.kind,
        since: Instant(hold.since),
        case_number: hold.case_number.as_ref(),
    });
    holds.collect()
}

fn reservation(view: &View, record: &AssetRecord) -> Result<Option<ReservationRow>, ReadModelError> {
    let Some(reservation) = &record.asset.reservation else {
        return Ok(None);
    };
    Ok(Some(ReservationRow {
        reserved_for: reservation.reserved_for,
        reserved_for_name: view.custodian_name(reservation.reserved_for)?,
        since: record.reserved_since.map(Instant),
        until: reservation.until,
    }))
}

fn transit<'a>(view: &View, record: &'a AssetRecord) -> Result<Option<TransitRow<'a>>, ReadModelError> {
    let (Stage::InTransit { destination_id, .. }, Some(transit)) = (&record.asset.stage, &record.transit)
    else {
        return Ok(None);
    };
    Ok(Some(TransitRow {
        origin_state: record.settled_stage().state(),
        destination_id: *destination_id,
        destination_name: view.name(AggregateKind::Location, destination_id.0)?,
        since: Instant(transit.since),
        carrier: transit.carrier.as_ref(),
        tracking_number: transit.tracking_number.as_ref(),
    }))
}

fn maintenance(record: &AssetRecord) -> Option<MaintenanceRow<'_>> {
    let maintenance = record.maintenance.as_deref()?;
    Some(MaintenanceRow {
        kind: maintenance.kind,
        since: Instant(maintenance.since),
        from: maintenance.from,
        vendor_id: maintenance.vendor_id,
        expected_back_on: maintenance.expected_back_on,
        description: maintenance.description.as_ref(),
    })
}

fn loss(record: &AssetRecord) -> Option<LossRow<'_>> {
    let loss = record.loss.as_deref()?;
    Some(LossRow {
        kind: loss.kind,
        since: Instant(loss.since),
        last_custodian: loss.last_custodian,
        report_number: loss.report_number.as_ref(),
    })
}

fn disposal(record: &AssetRecord) -> Option<DisposalRow<'_>> {
    let disposal = record.disposal.as_deref()?;
    Some(DisposalRow {
        since: Instant(disposal.since),
        method: disposal.method,
        vendor_id: disposal.vendor_id,
        proceeds: disposal.proceeds,
        certificate_number: disposal.certificate_number.as_ref(),
    })
}

fn sanitization(record: &AssetRecord) -> Option<SanitizationRow<'_>> {
    let sanitized = record.sanitized.as_deref()?;
    Some(SanitizationRow {
        method: sanitized.method,
        since: Instant(sanitized.since),
        tool: sanitized.tool.as_ref(),
        certificate_number: sanitized.certificate_number.as_ref(),
        vendor_id: sanitized.vendor_id,
    })
}
