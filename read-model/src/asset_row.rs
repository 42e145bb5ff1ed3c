//! The stored form of an asset: postcard, with ordinals for ids and day numbers for dates.
//!
//! It is a form of its own and not the domain types' serialization, because theirs is JSON-shaped
//! (absent fields are left out) and three times as long.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use itam_domain::asset::{
    Acceptance, AcquisitionCosts, Asset, AssetFacts, Custodian, Custody, OrderLine, Reservation,
    Sanitization, Stage,
};
use itam_domain::vocabulary::{
    AssetKind, Condition, Criticality, DataClassification, DisposalMethod, HardwareKind, HoldKind, LossKind,
    MaintenanceKind, Ownership, RetirementCause, SanitizationMethod,
};
use itam_domain::{
    AggregateKind, AssetId, Currency, DepartmentId, LocationId, ModelId, Money, Note, PersonId,
    PurchaseOrderId, Serial, ShortText, Tag, VendorId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::asset_record::{
    AssetRecord, Disposal, Hold, Loss, Maintenance, Retirement, SanitizationRecord, Stamp, Transit,
};
use crate::error::{ReadModelError, Result};
use crate::key::Ordinal;

const VERSION: u8 = 1;

/// Gives an id's ordinal. Every id of a record was given one when its event was applied.
pub(crate) type OrdinalOf<'a> = &'a dyn Fn(AggregateKind, Uuid) -> Result<Ordinal>;
/// Gives an ordinal's id.
pub(crate) type IdOf<'a> = &'a dyn Fn(AggregateKind, Ordinal) -> Result<Uuid>;

#[derive(Serialize, Deserialize)]
struct AssetRow {
    id: [u8; 16],
    model: Ordinal,
    kind: AssetKind,
    hardware_kind: Option<HardwareKind>,
    manufacturer: Option<ShortText>,
    data_bearing: bool,
    tag: Option<Tag>,
    serial: Option<Serial>,
    name: Option<ShortText>,
    ownership: Ownership,
    condition: Option<Condition>,
    criticality: Option<Criticality>,
    data_classification: Option<DataClassification>,
    costs: Option<(MoneyRow, [Option<MoneyRow>; 3])>,
    acquired_on: Option<i32>,
    order_number: Option<ShortText>,
    order_line: Option<(Ordinal, u32)>,
    vendor: Option<Ordinal>,
    warranty_until: Option<i32>,
    end_of_life_on: Option<i32>,
    location: Option<Ordinal>,
    department: Option<Ordinal>,
    notes: Option<Note>,
    stage: StageRow,
    reservation: Option<(CustodianRow, Option<i32>, i64)>,
    sanitization: Option<SanitizationMethod>,
    custody_since: Option<i64>,
    expected_on: Option<i32>,
    holds: Vec<(HoldKind, i64, Option<ShortText>)>,
    transit: Option<(i64, Option<ShortText>, Option<ShortText>)>,
    maintenance: Option<MaintenanceRow>,
    loss: Option<(LossKind, i64, Option<CustodianRow>, Option<ShortText>)>,
    retirement: Option<(RetirementCause, i64)>,
    disposal: Option<DisposalRow>,
    sanitized: Option<SanitizedRow>,
    verified_at: Option<i64>,
    registered: (i64, i64, u64),
    changed: (i64, i64, u64),
    version: u64,
}

/// Minor units and the currency's code.
type MoneyRow = (i64, [u8; 3]);
type MaintenanceRow = (
    MaintenanceKind,
    i64,
    Option<CustodianRow>,
    Option<Ordinal>,
    Option<i32>,
    Option<Note>,
);
type DisposalRow = (
    i64,
    Option<DisposalMethod>,
    Option<Ordinal>,
    Option<MoneyRow>,
    Option<ShortText>,
);
type SanitizedRow = (
    SanitizationMethod,
    i64,
    Option<ShortText>,
    Option<ShortText>,
    Option<Ordinal>,
);

#[derive(Serialize, Deserialize)]
enum StageRow {
    OnOrder,
    Received,
    InStock,
    Deployed(CustodianRow, u8, Option<i32>),
    InTransit(Box<StageRow>, Ordinal),
    InMaintenance,
    Missing,
    Retired,
    Disposed,
    Voided,
    Cancelled,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum CustodianRow {
    Person(Ordinal),
    Department(Ordinal),
    Location(Ordinal),
    /// Assets have no way back from ordinal to id but their row, hence the id.
    Asset([u8; 16]),
}

const ACCEPTANCES: [Acceptance; 4] = [
    Acceptance::NotRequired,
    Acceptance::Pending,
    Acceptance::Accepted,
    Acceptance::Declined,
];

/// The bytes of a record.
pub(crate) fn encode(record: &AssetRecord, ordinal_of: OrdinalOf<'_>) -> Result<Vec<u8>> {
    let row = Writing(ordinal_of).row(record)?;
    let buffer = Vec::with_capacity(256);
    let mut buffer = buffer;
    buffer.push(VERSION);
    postcard::to_extend(&row, buffer)
        .map_err(|error| ReadModelError::Damaged(format!("an asset row: {error}")))
}

/// The record of some bytes.
pub(crate) fn decode(bytes: &[u8], id_of: IdOf<'_>) -> Result<AssetRecord> {
    let damaged = |reason: String| ReadModelError::Damaged(format!("an asset row: {reason}"));
    let Some((&VERSION, row)) = bytes.split_first() else {
        return Err(damaged("its version is not known".to_owned()));
    };
    let row: AssetRow = postcard::from_bytes(row).map_err(|error| damaged(error.to_string()))?;
    Reading(id_of).record(row)
}

struct Writing<'a>(OrdinalOf<'a>);

impl Writing<'_> {
    fn row(&self, record: &AssetRecord) -> Result<AssetRow> {
        let asset = &record.asset;
        let facts = asset.facts.clone();
        let order_line = facts.order_line.map(|line| {
            Ok::<_, ReadModelError>((
                self.0(AggregateKind::PurchaseOrder, line.purchase_order_id.0)?,
                line.line,
            ))
        });
        let reservation = asset.reservation.as_ref().map(|reservation| {
            let since = record.reserved_since.map_or(0, |since| since.timestamp_millis());
            Ok::<_, ReadModelError>((
                self.custodian(reservation.reserved_for)?,
                reservation.until.map(day),
                since,
            ))
        });
        Ok(AssetRow {
            id: *asset.id.0.as_bytes(),
            model: self.0(AggregateKind::AssetModel, facts.model_id.0)?,
            kind: facts.kind,
            hardware_kind: facts.hardware_kind,
            manufacturer: facts.manufacturer,
            data_bearing: facts.data_bearing,
            tag: facts.tag,
            serial: facts.serial,
            name: facts.name,
            ownership: facts.ownership,
            condition: facts.condition,
            criticality: facts.criticality,
            data_classification: facts.data_classification,
            costs: facts.costs.map(write_costs),
            acquired_on: facts.acquired_on.map(day),
            order_number: facts.order_number,
            order_line: order_line.transpose()?,
            vendor: self.maybe(AggregateKind::Vendor, facts.vendor_id.map(|id| id.0))?,
            warranty_until: facts.warranty_until.map(day),
            end_of_life_on: facts.end_of_life_on.map(day),
            location: self.maybe(AggregateKind::Location, facts.location_id.map(|id| id.0))?,
            department: self.maybe(AggregateKind::Department, facts.department_id.map(|id| id.0))?,
            notes: facts.notes,
            stage: self.stage(&asset.stage)?,
            reservation: reservation.transpose()?,
            sanitization: asset.sanitization.map(|sanitization| sanitization.method),
            custody_since: record.custody_since.map(millis),
            expected_on: record.expected_on.map(day),
            holds: record
                .holds
                .iter()
                .map(|hold| (hold.kind, millis(hold.since), hold.case_number.clone()))
                .collect(),
            transit: record
                .transit
                .as_deref()
                .cloned()
                .map(|transit| (millis(transit.since), transit.carrier, transit.tracking_number)),
            maintenance: record
                .maintenance
                .as_deref()
                .map(|maintenance| self.maintenance(maintenance))
                .transpose()?,
            loss: record.loss.as_deref().map(|loss| self.loss(loss)).transpose()?,
            retirement: record
                .retirement
                .as_deref()
                .map(|retirement| (retirement.cause, millis(retirement.since))),
            disposal: record
                .disposal
                .as_deref()
                .map(|disposal| self.disposal(disposal))
                .transpose()?,
            sanitized: record
                .sanitized
                .as_deref()
                .map(|sanitized| self.sanitized(sanitized))
                .transpose()?,
            verified_at: record.verified_at.map(millis),
            registered: write_stamp(record.registered),
            changed: write_stamp(record.changed),
            version: record.version,
        })
    }

    fn maybe(&self, kind: AggregateKind, id: Option<Uuid>) -> Result<Option<Ordinal>> {
        id.map(|id| self.0(kind, id)).transpose()
    }

    fn custodian(&self, custodian: Custodian) -> Result<CustodianRow> {
        Ok(match custodian {
            Custodian::Person(id) => CustodianRow::Person(self.0(AggregateKind::Person, id.0)?),
            Custodian::Department(id) => CustodianRow::Department(self.0(AggregateKind::Department, id.0)?),
            Custodian::Location(id) => CustodianRow::Location(self.0(AggregateKind::Location, id.0)?),
            Custodian::Asset(id) => CustodianRow::Asset(*id.0.as_bytes()),
        })
    }

    fn stage(&self, stage: &Stage) -> Result<StageRow> {
        Ok(match stage {
            Stage::OnOrder => StageRow::OnOrder,
            Stage::Received => StageRow::Received,
            Stage::InStock => StageRow::InStock,
            Stage::Deployed(custody) => {
                let acceptance = ACCEPTANCES
                    .iter()
                    .position(|acceptance| *acceptance == custody.acceptance);
                let acceptance = acceptance.and_then(|index| u8::try_from(index).ok()).unwrap_or(0);
                StageRow::Deployed(
                    self.custodian(custody.custodian)?,
                    acceptance,
                    custody.due_back_on.map(day),
                )
            }
            Stage::InTransit {
                origin,
                destination_id,
            } => {
                let destination = self.0(AggregateKind::Location, destination_id.0)?;
                StageRow::InTransit(Box::new(self.stage(origin)?), destination)
            }
            Stage::InMaintenance => StageRow::InMaintenance,
            Stage::Missing => StageRow::Missing,
            Stage::Retired => StageRow::Retired,
            Stage::Disposed => StageRow::Disposed,
            Stage::Voided => StageRow::Voided,
            Stage::Cancelled => StageRow::Cancelled,
        })
    }

    fn maintenance(&self, maintenance: &Maintenance) -> Result<MaintenanceRow> {
        let from = maintenance.from.map(|from| self.custodian(from)).transpose()?;
        let vendor = self.maybe(AggregateKind::Vendor, maintenance.vendor_id.map(|id| id.0))?;
        let expected = maintenance.expected_back_on.map(day);
        Ok((
            maintenance.kind,
            millis(maintenance.since),
            from,
            vendor,
            expected,
            maintenance.description.clone(),
        ))
    }

    fn loss(&self, loss: &Loss) -> Result<(LossKind, i64, Option<CustodianRow>, Option<ShortText>)> {
        let last = loss
            .last_custodian
            .map(|custodian| self.custodian(custodian))
            .transpose()?;
        Ok((loss.kind, millis(loss.since), last, loss.report_number.clone()))
    }

    fn disposal(&self, disposal: &Disposal) -> Result<DisposalRow> {
        let vendor = self.maybe(AggregateKind::Vendor, disposal.vendor_id.map(|id| id.0))?;
        let proceeds = disposal.proceeds.map(write_money);
        Ok((
            millis(disposal.since),
            disposal.method,
            vendor,
            proceeds,
            disposal.certificate_number.clone(),
        ))
    }

    fn sanitized(&self, record: &SanitizationRecord) -> Result<SanitizedRow> {
        let vendor = self.maybe(AggregateKind::Vendor, record.vendor_id.map(|id| id.0))?;
        let (tool, certificate) = (record.tool.clone(), record.certificate_number.clone());
        Ok((record.method, millis(record.since), tool, certificate, vendor))
    }
}

struct Reading<'a>(IdOf<'a>);

impl Reading<'_> {
    fn record(&self, row: AssetRow) -> Result<AssetRecord> {
        let reserved_since = row
            .reservation
            .as_ref()
            .map(|(_, _, since)| instant(*since))
            .transpose()?;
        let holds = row.holds.iter().map(|(kind, since, case_number)| {
            Ok(Hold {
                kind: *kind,
                since: instant(*since)?,
                case_number: case_number.clone(),
            })
        });
        let holds = holds.collect::<Result<Vec<_>>>()?;
        Ok(AssetRecord {
            custody_since: row.custody_since.map(instant).transpose()?,
            reserved_since,
            expected_on: row.expected_on.map(date).transpose()?,
            transit: row.transit.clone().map(read_transit).transpose()?,
            maintenance: row
                .maintenance
                .clone()
                .map(|maintenance| self.maintenance(maintenance))
                .transpose()?,
            loss: row.loss.clone().map(|loss| self.loss(loss)).transpose()?,
            retirement: row
                .retirement
                .map(|(cause, since)| {
                    Ok::<_, ReadModelError>(Box::new(Retirement {
                        cause,
                        since: instant(since)?,
                    }))
                })
                .transpose()?,
            disposal: row
                .disposal
                .clone()
                .map(|disposal| self.disposal(disposal))
                .transpose()?,
            sanitized: row
                .sanitized
                .clone()
                .map(|sanitized| self.sanitized(sanitized))
                .transpose()?,
            verified_at: row.verified_at.map(instant).transpose()?,
            registered: read_stamp(row.registered)?,
            changed: read_stamp(row.changed)?,
            version: row.version,
            asset: self.asset(row, holds.iter().map(|hold| hold.kind).collect())?,
            holds,
        })
    }

    fn asset(&self, row: AssetRow, holds: std::collections::BTreeSet<HoldKind>) -> Result<Asset> {
        let reservation = row.reservation.as_ref().map(|(custodian, until, _)| {
            let until = until.map(date).transpose()?;
            Ok::<_, ReadModelError>(Reservation {
                reserved_for: self.custodian(*custodian)?,
                until,
            })
        });
        let reservation = reservation.transpose()?;
        let sanitization = row.sanitization.map(|method| Sanitization { method });
        let stage = self.stage(&row.stage)?;
        Ok(Asset {
            id: AssetId(Uuid::from_bytes(row.id)),
            facts: self.facts(row)?,
            stage,
            holds,
            reservation,
            sanitization,
        })
    }

    fn facts(&self, row: AssetRow) -> Result<AssetFacts> {
        let order_line = row.order_line.map(|(order, line)| {
            let purchase_order_id = PurchaseOrderId(self.0(AggregateKind::PurchaseOrder, order)?);
            Ok::<_, ReadModelError>(OrderLine {
                purchase_order_id,
                line,
            })
        });
        Ok(AssetFacts {
            model_id: ModelId(self.0(AggregateKind::AssetModel, row.model)?),
            kind: row.kind,
            hardware_kind: row.hardware_kind,
            manufacturer: row.manufacturer,
            data_bearing: row.data_bearing,
            tag: row.tag,
            serial: row.serial,
            name: row.name,
            ownership: row.ownership,
            condition: row.condition,
            criticality: row.criticality,
            data_classification: row.data_classification,
            costs: row.costs.map(read_costs).transpose()?,
            acquired_on: row.acquired_on.map(date).transpose()?,
            order_number: row.order_number,
            order_line: order_line.transpose()?,
            vendor_id: self.vendor(row.vendor)?,
            warranty_until: row.warranty_until.map(date).transpose()?,
            end_of_life_on: row.end_of_life_on.map(date).transpose()?,
            location_id: self.maybe(AggregateKind::Location, row.location)?.map(LocationId),
            department_id: self
                .maybe(AggregateKind::Department, row.department)?
                .map(DepartmentId),
            notes: row.notes,
        })
    }

    fn maybe(&self, kind: AggregateKind, ordinal: Option<Ordinal>) -> Result<Option<Uuid>> {
        ordinal.map(|ordinal| self.0(kind, ordinal)).transpose()
    }

    fn vendor(&self, ordinal: Option<Ordinal>) -> Result<Option<VendorId>> {
        Ok(self.maybe(AggregateKind::Vendor, ordinal)?.map(VendorId))
    }

    fn custodian(&self, row: CustodianRow) -> Result<Custodian> {
        Ok(match row {
            CustodianRow::Person(ordinal) => {
                Custodian::Person(PersonId(self.0(AggregateKind::Person, ordinal)?))
            }
            CustodianRow::Department(ordinal) => {
                Custodian::Department(DepartmentId(self.0(AggregateKind::Department, ordinal)?))
            }
            CustodianRow::Location(ordinal) => {
                Custodian::Location(LocationId(self.0(AggregateKind::Location, ordinal)?))
            }
            CustodianRow::Asset(id) => Custodian::Asset(AssetId(Uuid::from_bytes(id))),
        })
    }

    fn stage(&self, row: &StageRow) -> Result<Stage> {
        Ok(match row {
            StageRow::OnOrder => Stage::OnOrder,
            StageRow::Received => Stage::Received,
            StageRow::InStock => Stage::InStock,
            StageRow::Deployed(custodian, acceptance, due) => {
                let acceptance = ACCEPTANCES.get(usize::from(*acceptance)).copied();
                let acceptance =
                    acceptance.ok_or_else(|| ReadModelError::Damaged("an acceptance".to_owned()))?;
                let due_back_on = due.map(date).transpose()?;
                Stage::Deployed(Custody {
                    custodian: self.custodian(*custodian)?,
                    acceptance,
                    due_back_on,
                })
            }
            StageRow::InTransit(origin, destination) => Stage::InTransit {
                origin: Box::new(self.stage(origin)?),
                destination_id: LocationId(self.0(AggregateKind::Location, *destination)?),
            },
            StageRow::InMaintenance => Stage::InMaintenance,
            StageRow::Missing => Stage::Missing,
            StageRow::Retired => Stage::Retired,
            StageRow::Disposed => Stage::Disposed,
            StageRow::Voided => Stage::Voided,
            StageRow::Cancelled => Stage::Cancelled,
        })
    }

    fn maintenance(&self, row: MaintenanceRow) -> Result<Box<Maintenance>> {
        let (kind, since, from, vendor, expected, description) = row;
        Ok(Box::new(Maintenance {
            kind,
            since: instant(since)?,
            from: from.map(|from| self.custodian(from)).transpose()?,
            vendor_id: self.vendor(vendor)?,
            expected_back_on: expected.map(date).transpose()?,
            description,
        }))
    }

    fn loss(&self, row: (LossKind, i64, Option<CustodianRow>, Option<ShortText>)) -> Result<Box<Loss>> {
        let (kind, since, last, report_number) = row;
        let last_custodian = last.map(|custodian| self.custodian(custodian)).transpose()?;
        Ok(Box::new(Loss {
            kind,
            since: instant(since)?,
            last_custodian,
            report_number,
        }))
    }

    fn disposal(&self, row: DisposalRow) -> Result<Box<Disposal>> {
        let (since, method, vendor, proceeds, certificate_number) = row;
        let (vendor_id, proceeds) = (self.vendor(vendor)?, proceeds.map(read_money).transpose()?);
        Ok(Box::new(Disposal {
            since: instant(since)?,
            method,
            vendor_id,
            proceeds,
            certificate_number,
        }))
    }

    fn sanitized(&self, row: SanitizedRow) -> Result<Box<SanitizationRecord>> {
        let (method, since, tool, certificate_number, vendor) = row;
        let vendor_id = self.vendor(vendor)?;
        Ok(Box::new(SanitizationRecord {
            method,
            since: instant(since)?,
            tool,
            certificate_number,
            vendor_id,
        }))
    }
}

fn read_transit(row: (i64, Option<ShortText>, Option<ShortText>)) -> Result<Box<Transit>> {
    let (since, carrier, tracking_number) = row;
    Ok(Box::new(Transit {
        since: instant(since)?,
        carrier,
        tracking_number,
    }))
}

fn write_costs(costs: AcquisitionCosts) -> (MoneyRow, [Option<MoneyRow>; 3]) {
    let extras = [costs.non_recoverable_tax, costs.freight, costs.set_up];
    (write_money(costs.price), extras.map(|part| part.map(write_money)))
}

fn read_costs(row: (MoneyRow, [Option<MoneyRow>; 3])) -> Result<AcquisitionCosts> {
    let (price, [tax, freight, set_up]) = row;
    Ok(AcquisitionCosts {
        price: read_money(price)?,
        non_recoverable_tax: tax.map(read_money).transpose()?,
        freight: freight.map(read_money).transpose()?,
        set_up: set_up.map(read_money).transpose()?,
    })
}

/// A currency's three letters.
pub(crate) fn write_currency(currency: Currency) -> [u8; 3] {
    currency
        .code()
        .as_bytes()
        .first_chunk()
        .copied()
        .unwrap_or(*b"XXX")
}

/// A currency by its three letters.
pub(crate) fn read_currency(code: [u8; 3]) -> Result<Currency> {
    let currency = std::str::from_utf8(&code)
        .ok()
        .and_then(|code| Currency::try_new(code).ok());
    currency.ok_or_else(|| ReadModelError::Damaged(format!("the currency {code:?}")))
}

fn write_money(money: Money) -> MoneyRow {
    (money.minor(), write_currency(money.currency()))
}

fn read_money((minor, code): MoneyRow) -> Result<Money> {
    Money::from_minor(minor, read_currency(code)?).map_err(|error| ReadModelError::Damaged(error.to_string()))
}

fn write_stamp(stamp: Stamp) -> (i64, i64, u64) {
    (
        millis(stamp.effective_at),
        millis(stamp.recorded_at),
        stamp.position,
    )
}

fn read_stamp((effective, recorded, position): (i64, i64, u64)) -> Result<Stamp> {
    Ok(Stamp {
        effective_at: instant(effective)?,
        recorded_at: instant(recorded)?,
        position,
    })
}

fn day(date: NaiveDate) -> i32 {
    date.num_days_from_ce()
}

fn date(day: i32) -> Result<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(day).ok_or_else(|| ReadModelError::Damaged(format!("the day {day}")))
}

fn millis(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_millis()
}

fn instant(millis: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis)
        .ok_or_else(|| ReadModelError::Damaged(format!("the instant {millis}")))
}
