//! An asset as it is shown.

use chrono::NaiveDate;
use itam_domain::asset::{Acceptance, AssetFacts, Custodian, Stage};
use itam_domain::vocabulary::{
    AssetState, DisposalMethod, HoldKind, LossKind, MaintenanceKind, RetirementCause, SanitizationMethod,
};
use itam_domain::{AggregateKind, AssetId, LocationId, Money, Note, ShortText, VendorId};
use itam_read_model::{AssetRecord, ReadModelError};
use serde::Serialize;

use crate::csv_text::Columns;
use crate::names::ShownName;
use crate::row::cost::Cost;
use crate::row::instant::{Instant, StampRow};
use crate::view::AnswerView;

/// The columns of assets in CSV.
pub(crate) const ASSET_COLUMNS: Columns = Columns(
    "id tag serial name state kind hardware_kind manufacturer model_id model_name location_id location_name \
     department_id department_name project_id project_name person_id=custodian/person custodian_name \
     custody_since=custody/since due_back_on=custody/due_back_on ownership condition criticality \
     data_classification vendor_id vendor_name purchase_order_id=order_line/purchase_order_id order_number \
     acquired_on acquisition_cost=acquisition_cost/0/amount currency=acquisition_cost/0/currency \
     warranty_until end_of_life_on verified_at notes version changed=changed/effective_time \
     position=changed/position",
);

/// An asset.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "Asset"))]
pub(crate) struct AssetRow<'a> {
    /// The asset's id.
    id: AssetId,
    /// How many events it has: what If-Match takes.
    version: u64,
    /// Where it is in its life.
    state: AssetState,
    #[serde(flatten)]
    facts: &'a AssetFacts,
    /// The model's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    model_name: Option<ShownName>,
    /// The location's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    location_name: Option<ShownName>,
    /// The department's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    department_name: Option<ShownName>,
    /// The project's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    project_name: Option<ShownName>,
    /// The vendor's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_name: Option<ShownName>,
    /// The sum of the costs, one for each currency.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    acquisition_cost: Vec<Cost>,
    /// Who or what has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    custodian: Option<Custodian>,
    /// What the custodian is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    custodian_name: Option<ShownName>,
    /// How the custodian has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    custody: Option<CustodyRow>,
    /// When it should arrive, if it is on order.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_on: Option<NaiveDate>,
    /// What it is held for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    holds: Vec<HoldRow<'a>>,
    /// For whom it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation: Option<ReservationRow>,
    /// Where it is on its way to.
    #[serde(skip_serializing_if = "Option::is_none")]
    transit: Option<TransitRow<'a>>,
    /// What is done to it, while it is in maintenance.
    #[serde(skip_serializing_if = "Option::is_none")]
    maintenance: Option<MaintenanceRow<'a>>,
    /// How it was lost, while it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    loss: Option<LossRow<'a>>,
    /// Why it is used no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    retirement: Option<RetirementRow>,
    /// How it left.
    #[serde(skip_serializing_if = "Option::is_none")]
    disposal: Option<DisposalRow<'a>>,
    /// How its data was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    sanitization: Option<SanitizationRow<'a>>,
    /// When it was last seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_at: Option<Instant>,
    /// Its first event.
    registered: StampRow,
    /// Its last event.
    changed: StampRow,
}

/// How whoever has an asset has it.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct CustodyRow {
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Instant>,
    /// Whether the custodian confirmed that she has it.
    acceptance: Acceptance,
    /// When it is due back.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_back_on: Option<NaiveDate>,
}

/// What an asset is held for.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct HoldRow<'a> {
    /// For what.
    kind: HoldKind,
    /// Since when.
    since: Instant,
    /// The number of the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    case_number: Option<&'a ShortText>,
}

/// For whom an asset is kept.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct ReservationRow {
    /// For whom or what.
    reserved_for: Custodian,
    /// What that is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    reserved_for_name: Option<ShownName>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Instant>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<NaiveDate>,
}

/// Where an asset is on its way to.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct TransitRow<'a> {
    /// The state in which it was sent.
    origin_state: AssetState,
    /// Whereto.
    destination_id: LocationId,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_name: Option<ShownName>,
    /// Since when.
    since: Instant,
    /// Who carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier: Option<&'a ShortText>,
    /// The carrier's number for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    tracking_number: Option<&'a ShortText>,
}

/// What is done to an asset that is in maintenance.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct MaintenanceRow<'a> {
    /// What sort of maintenance.
    kind: MaintenanceKind,
    /// Since when.
    since: Instant,
    /// Who or what had it before.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Custodian>,
    /// The vendor who does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_id: Option<VendorId>,
    /// When it should be back.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_back_on: Option<NaiveDate>,
    /// What is wrong or planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a Note>,
}

/// How an asset was lost.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct LossRow<'a> {
    /// In what way.
    kind: LossKind,
    /// Since when.
    since: Instant,
    /// Who or what had it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_custodian: Option<Custodian>,
    /// The number of the report.
    #[serde(skip_serializing_if = "Option::is_none")]
    report_number: Option<&'a ShortText>,
}

/// Why an asset is used no more.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct RetirementRow {
    /// Why.
    cause: RetirementCause,
    /// Since when.
    since: Instant,
}

/// How an asset left.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct DisposalRow<'a> {
    /// When.
    since: Instant,
    /// How; absent if it was written off.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<DisposalMethod>,
    /// The vendor who took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_id: Option<VendorId>,
    /// What it brought in.
    #[serde(skip_serializing_if = "Option::is_none")]
    proceeds: Option<Money>,
    /// The number of the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_number: Option<&'a ShortText>,
}

/// How the data was removed from an asset.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct SanitizationRow<'a> {
    /// By what method.
    method: SanitizationMethod,
    /// When.
    since: Instant,
    /// With which tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<&'a ShortText>,
    /// The number of the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_number: Option<&'a ShortText>,
    /// The vendor who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_id: Option<VendorId>,
}

impl<'a> AssetRow<'a> {
    pub(crate) fn new(view: &AnswerView, record: &'a AssetRecord) -> Result<Self, ReadModelError> {
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
        acceptance: custody.acceptance,
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

fn reservation(view: &AnswerView, record: &AssetRecord) -> Result<Option<ReservationRow>, ReadModelError> {
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

fn transit<'a>(view: &AnswerView, record: &'a AssetRecord) -> Result<Option<TransitRow<'a>>, ReadModelError> {
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
