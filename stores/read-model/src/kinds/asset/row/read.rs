//! Reading an asset's row.

use std::collections::BTreeSet;

use itam_domain::asset::{
    Acceptance, Asset, AssetFacts, Custodian, Custody, OrderLine, Reservation, Sanitization, Stage,
};
use itam_domain::vocabulary::{HoldKind, LossKind};
use itam_domain::{
    AggregateKind, AssetId, DepartmentId, LocationId, ModelId, PersonId, ProjectId, PurchaseOrderId,
    ShortText, VendorId,
};
use uuid::Uuid;

use super::{
    IdOf, StoredAsset, StoredCustodian, StoredDisposal, StoredFacts, StoredMaintenance, StoredSanitized,
    StoredStage, date, instant, read_costs, read_money, read_stamp,
};
use crate::kinds::asset::record::{
    AssetRecord, Disposal, Hold, Loss, Maintenance, Retirement, SanitizationRecord, Transit,
};
use crate::store::error::{ReadModelError, Result};
use crate::store::key::Ordinal;

/// Reads rows with the ids that it is given.
pub(super) struct AssetRowReader<'a>(pub(super) IdOf<'a>);

impl AssetRowReader<'_> {
    pub(super) fn record(&self, row: StoredAsset) -> Result<AssetRecord> {
        let reserved_since = row.reservation.as_ref().map(|(_, _, since)| instant(*since)).transpose()?;
        let holds = row.holds.iter().map(|(kind, since, case_number)| {
            Ok(Hold { kind: *kind, since: instant(*since)?, case_number: case_number.clone() })
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
                    Ok::<_, ReadModelError>(Box::new(Retirement { cause, since: instant(since)? }))
                })
                .transpose()?,
            disposal: row.disposal.clone().map(|disposal| self.disposal(disposal)).transpose()?,
            sanitized: row.sanitized.clone().map(|sanitized| self.sanitized(sanitized)).transpose()?,
            verified_at: row.verified_at.map(instant).transpose()?,
            registered: read_stamp(row.registered)?,
            changed: read_stamp(row.changed)?,
            version: row.version,
            asset: self.asset(row, holds.iter().map(|hold| hold.kind).collect())?,
            holds,
        })
    }

    fn asset(&self, row: StoredAsset, holds: BTreeSet<HoldKind>) -> Result<Asset> {
        let reservation = row.reservation.as_ref().map(|(custodian, until, _)| {
            let until = until.map(date).transpose()?;
            Ok::<_, ReadModelError>(Reservation { reserved_for: self.custodian(*custodian)?, until })
        });
        let reservation = reservation.transpose()?;
        let sanitization = row.sanitization.map(|method| Sanitization { method });
        let stage = self.stage(&row.stage)?;
        Ok(Asset {
            id: AssetId(Uuid::from_bytes(row.id)),
            facts: self.facts(row.facts)?,
            stage,
            holds,
            reservation,
            sanitization,
        })
    }

    fn facts(&self, row: StoredFacts) -> Result<AssetFacts> {
        let order_line = row.order_line.map(|(order, line)| {
            let purchase_order_id = PurchaseOrderId(self.0(AggregateKind::PurchaseOrder, order)?);
            Ok::<_, ReadModelError>(OrderLine { purchase_order_id, line })
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
            department_id: self.maybe(AggregateKind::Department, row.department)?.map(DepartmentId),
            project_id: self.maybe(AggregateKind::Project, row.project)?.map(ProjectId),
            notes: row.notes,
        })
    }

    fn maybe(&self, kind: AggregateKind, ordinal: Option<Ordinal>) -> Result<Option<Uuid>> {
        ordinal.map(|ordinal| self.0(kind, ordinal)).transpose()
    }

    fn vendor(&self, ordinal: Option<Ordinal>) -> Result<Option<VendorId>> {
        Ok(self.maybe(AggregateKind::Vendor, ordinal)?.map(VendorId))
    }

    fn custodian(&self, row: StoredCustodian) -> Result<Custodian> {
        Ok(match row {
            StoredCustodian::Person(ordinal) => {
                Custodian::Person(PersonId(self.0(AggregateKind::Person, ordinal)?))
            }
            StoredCustodian::Department(ordinal) => {
                Custodian::Department(DepartmentId(self.0(AggregateKind::Department, ordinal)?))
            }
            StoredCustodian::Location(ordinal) => {
                Custodian::Location(LocationId(self.0(AggregateKind::Location, ordinal)?))
            }
            StoredCustodian::Asset(id) => Custodian::Asset(AssetId(Uuid::from_bytes(id))),
        })
    }

    fn stage(&self, row: &StoredStage) -> Result<Stage> {
        Ok(match row {
            StoredStage::OnOrder => Stage::OnOrder,
            StoredStage::Received => Stage::Received,
            StoredStage::InStock => Stage::InStock,
            StoredStage::Deployed(custodian, acceptance, due) => {
                let acceptance = Acceptance::ALL.get(usize::from(*acceptance)).copied();
                let acceptance =
                    acceptance.ok_or_else(|| ReadModelError::Damaged("an acceptance".to_owned()))?;
                let due_back_on = due.map(date).transpose()?;
                Stage::Deployed(Custody { custodian: self.custodian(*custodian)?, acceptance, due_back_on })
            }
            StoredStage::InTransit(origin, destination) => Stage::InTransit {
                origin: Box::new(self.stage(origin)?),
                destination_id: LocationId(self.0(AggregateKind::Location, *destination)?),
            },
            StoredStage::InMaintenance => Stage::InMaintenance,
            StoredStage::Missing => Stage::Missing,
            StoredStage::Retired => Stage::Retired,
            StoredStage::Disposed => Stage::Disposed,
            StoredStage::Voided => Stage::Voided,
            StoredStage::Cancelled => Stage::Cancelled,
        })
    }

    fn maintenance(&self, row: StoredMaintenance) -> Result<Box<Maintenance>> {
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

    fn loss(&self, row: (LossKind, i64, Option<StoredCustodian>, Option<ShortText>)) -> Result<Box<Loss>> {
        let (kind, since, last, report_number) = row;
        let last_custodian = last.map(|custodian| self.custodian(custodian)).transpose()?;
        Ok(Box::new(Loss { kind, since: instant(since)?, last_custodian, report_number }))
    }

    fn disposal(&self, row: StoredDisposal) -> Result<Box<Disposal>> {
        let (since, method, vendor, proceeds, certificate_number) = row;
        let (vendor_id, proceeds) = (self.vendor(vendor)?, proceeds.map(read_money).transpose()?);
        Ok(Box::new(Disposal { since: instant(since)?, method, vendor_id, proceeds, certificate_number }))
    }

    fn sanitized(&self, row: StoredSanitized) -> Result<Box<SanitizationRecord>> {
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
    Ok(Box::new(Transit { since: instant(since)?, carrier, tracking_number }))
}
