//! Writing an asset's row.

use itam_domain::AggregateKind;
use itam_domain::ShortText;
use itam_domain::asset::{Acceptance, AssetFacts, Custodian, Stage};
use itam_domain::vocabulary::LossKind;
use uuid::Uuid;

use super::{
    OrdinalOf, StoredAsset, StoredCustodian, StoredDisposal, StoredFacts, StoredMaintenance, StoredSanitized,
    StoredStage, day, millis, write_costs, write_money, write_stamp,
};
use crate::kinds::asset::record::{AssetRecord, Disposal, Loss, Maintenance, SanitizationRecord};
use crate::store::error::{ReadModelError, Result};
use crate::store::key::Ordinal;

/// Writes rows with the ordinals that it is given.
pub(super) struct AssetRowWriter<'a>(pub(super) OrdinalOf<'a>);

impl AssetRowWriter<'_> {
    pub(super) fn row(&self, record: &AssetRecord) -> Result<StoredAsset> {
        let asset = &record.asset;
        let reservation = asset.reservation.as_ref().map(|reservation| {
            let since = record.reserved_since.map_or(0, |since| since.timestamp_millis());
            Ok::<_, ReadModelError>((
                self.custodian(reservation.reserved_for)?,
                reservation.until.map(day),
                since,
            ))
        });
        Ok(StoredAsset {
            id: *asset.id.0.as_bytes(),
            facts: self.facts(&asset.facts)?,
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
            disposal: record.disposal.as_deref().map(|disposal| self.disposal(disposal)).transpose()?,
            sanitized: record.sanitized.as_deref().map(|sanitized| self.sanitized(sanitized)).transpose()?,
            verified_at: record.verified_at.map(millis),
            registered: write_stamp(record.registered),
            changed: write_stamp(record.changed),
            version: record.version,
        })
    }

    fn facts(&self, facts: &AssetFacts) -> Result<StoredFacts> {
        let facts = facts.clone();
        let order_line = facts.order_line.map(|line| {
            Ok::<_, ReadModelError>((
                self.0(AggregateKind::PurchaseOrder, line.purchase_order_id.0)?,
                line.line,
            ))
        });
        Ok(StoredFacts {
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
            project: self.maybe(AggregateKind::Project, facts.project_id.map(|id| id.0))?,
            notes: facts.notes,
        })
    }

    fn maybe(&self, kind: AggregateKind, id: Option<Uuid>) -> Result<Option<Ordinal>> {
        id.map(|id| self.0(kind, id)).transpose()
    }

    fn custodian(&self, custodian: Custodian) -> Result<StoredCustodian> {
        Ok(match custodian {
            Custodian::Person(id) => StoredCustodian::Person(self.0(AggregateKind::Person, id.0)?),
            Custodian::Department(id) => {
                StoredCustodian::Department(self.0(AggregateKind::Department, id.0)?)
            }
            Custodian::Location(id) => StoredCustodian::Location(self.0(AggregateKind::Location, id.0)?),
            Custodian::Asset(id) => StoredCustodian::Asset(*id.0.as_bytes()),
        })
    }

    fn stage(&self, stage: &Stage) -> Result<StoredStage> {
        Ok(match stage {
            Stage::OnOrder => StoredStage::OnOrder,
            Stage::Received => StoredStage::Received,
            Stage::InStock => StoredStage::InStock,
            Stage::Deployed(custody) => {
                let acceptance =
                    Acceptance::ALL.iter().position(|acceptance| *acceptance == custody.acceptance);
                let acceptance = acceptance.and_then(|index| u8::try_from(index).ok()).unwrap_or(0);
                StoredStage::Deployed(
                    self.custodian(custody.custodian)?,
                    acceptance,
                    custody.due_back_on.map(day),
                )
            }
            Stage::InTransit { origin, destination_id } => {
                let destination = self.0(AggregateKind::Location, destination_id.0)?;
                StoredStage::InTransit(Box::new(self.stage(origin)?), destination)
            }
            Stage::InMaintenance => StoredStage::InMaintenance,
            Stage::Missing => StoredStage::Missing,
            Stage::Retired => StoredStage::Retired,
            Stage::Disposed => StoredStage::Disposed,
            Stage::Voided => StoredStage::Voided,
            Stage::Cancelled => StoredStage::Cancelled,
        })
    }

    fn maintenance(&self, maintenance: &Maintenance) -> Result<StoredMaintenance> {
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

    fn loss(&self, loss: &Loss) -> Result<(LossKind, i64, Option<StoredCustodian>, Option<ShortText>)> {
        let last = loss.last_custodian.map(|custodian| self.custodian(custodian)).transpose()?;
        Ok((loss.kind, millis(loss.since), last, loss.report_number.clone()))
    }

    fn disposal(&self, disposal: &Disposal) -> Result<StoredDisposal> {
        let vendor = self.maybe(AggregateKind::Vendor, disposal.vendor_id.map(|id| id.0))?;
        let proceeds = disposal.proceeds.map(write_money);
        Ok((millis(disposal.since), disposal.method, vendor, proceeds, disposal.certificate_number.clone()))
    }

    fn sanitized(&self, record: &SanitizationRecord) -> Result<StoredSanitized> {
        let vendor = self.maybe(AggregateKind::Vendor, record.vendor_id.map(|id| id.0))?;
        let (tool, certificate) = (record.tool.clone(), record.certificate_number.clone());
        Ok((record.method, millis(record.since), tool, certificate, vendor))
    }
}
