//! Which aggregate each command is about.

use crate::aggregate::{AggregateKind, AggregateRef};
use crate::audit_finding::{FindingChoice, FindingName};
use crate::command::Command;
use crate::ids::{AuditCampaignId, CommandId, PurchaseOrderId};
use crate::target::Target;

impl Command {
    /// Which aggregate the command is about; its event comes first in what the command decides.
    #[must_use]
    pub fn target(&self, command_id: CommandId) -> Target {
        let created = command_id.created_id();
        let aggregate = |kind, id| Target::Aggregate(AggregateRef::new(kind, id));
        let order = |id: PurchaseOrderId| aggregate(AggregateKind::PurchaseOrder, id.0);
        match self {
            Self::SubmitRequisition(_) => aggregate(AggregateKind::Requisition, created),
            Self::ApproveRequisition(body) => aggregate(AggregateKind::Requisition, body.requisition_id.0),
            Self::RejectRequisition(body) => aggregate(AggregateKind::Requisition, body.requisition_id.0),
            Self::CancelRequisition(body) => aggregate(AggregateKind::Requisition, body.requisition_id.0),
            Self::IssuePurchaseOrder(_) => aggregate(AggregateKind::PurchaseOrder, created),
            Self::AmendPurchaseOrder(body) => order(body.purchase_order_id),
            Self::CancelPurchaseOrder(body) => order(body.purchase_order_id),
            Self::ReceiveDelivery(body) => order(body.purchase_order_id),
            Self::ClosePurchaseOrder(body) => order(body.purchase_order_id),
            Self::OrderAsset(_) | Self::RegisterAsset(_) => aggregate(AggregateKind::Asset, created),
            Self::ReceiveAsset(body) => Target::Asset(body.asset.clone()),
            Self::CancelAsset(body) => Target::Asset(body.asset.clone()),
            Self::TagAsset(body) => Target::Asset(body.asset.clone()),
            Self::ReserveAsset(body) => Target::Asset(body.asset.clone()),
            Self::ReleaseReservation(body) => Target::Asset(body.asset.clone()),
            Self::DeployAsset(body) => Target::Asset(body.asset.clone()),
            Self::AcceptCustody(body) => Target::Asset(body.asset.clone()),
            Self::DeclineCustody(body) => Target::Asset(body.asset.clone()),
            Self::ReassignAsset(body) => Target::Asset(body.asset.clone()),
            Self::ReturnAsset(body) => Target::Asset(body.asset.clone()),
            Self::ShipAsset(body) => Target::Asset(body.asset.clone()),
            Self::ArriveAsset(body) => Target::Asset(body.asset.clone()),
            Self::StartMaintenance(body) => Target::Asset(body.asset.clone()),
            Self::CompleteMaintenance(body) => Target::Asset(body.asset.clone()),
            Self::ReportMissing(body) => Target::Asset(body.asset.clone()),
            Self::RecoverAsset(body) => Target::Asset(body.asset.clone()),
            Self::WriteOffAsset(body) => Target::Asset(body.asset.clone()),
            Self::VerifyAsset(body) => Target::Asset(body.asset.clone()),
            Self::PlaceHold(body) => Target::Asset(body.asset.clone()),
            Self::ReleaseHold(body) => Target::Asset(body.asset.clone()),
            Self::CorrectAsset(body) => Target::Asset(body.asset.clone()),
            Self::RetireAsset(body) => Target::Asset(body.asset.clone()),
            Self::ReinstateAsset(body) => Target::Asset(body.asset.clone()),
            Self::RecordSanitization(body) => Target::Asset(body.asset.clone()),
            Self::DisposeAsset(body) => Target::Asset(body.asset.clone()),
            Self::VoidAsset(body) => Target::Asset(body.asset.clone()),
            Self::PlanAudit(_) => aggregate(AggregateKind::AuditCampaign, created),
            Self::StartAudit(body) => aggregate(AggregateKind::AuditCampaign, body.campaign_id.0),
            Self::CloseAudit(body) => aggregate(AggregateKind::AuditCampaign, body.campaign_id.0),
            Self::CancelAudit(body) => aggregate(AggregateKind::AuditCampaign, body.campaign_id.0),
            Self::ScanAsset(body) => {
                Target::Finding(FindingName { campaign_id: body.campaign_id, scan: body.asset.clone() })
            }
            Self::ResolveFinding(body) => finding(body.campaign_id, &body.finding),
            Self::WaiveFinding(body) => finding(body.campaign_id, &body.finding),
            Self::DefineModel(body) => {
                aggregate(AggregateKind::AssetModel, body.model_id.map_or(created, |id| id.0))
            }
            Self::DefineLocation(body) => {
                aggregate(AggregateKind::Location, body.location_id.map_or(created, |id| id.0))
            }
            Self::DefineVendor(body) => {
                aggregate(AggregateKind::Vendor, body.vendor_id.map_or(created, |id| id.0))
            }
            Self::DefineDepartment(body) => {
                aggregate(AggregateKind::Department, body.department_id.map_or(created, |id| id.0))
            }
            Self::AddPerson(body) => {
                aggregate(AggregateKind::Person, body.person_id.map_or(created, |id| id.0))
            }
            Self::DeactivatePerson(body) => aggregate(AggregateKind::Person, body.person_id.0),
            Self::ErasePerson(body) => aggregate(AggregateKind::Person, body.person_id.0),
        }
    }
}

fn finding(campaign_id: AuditCampaignId, choice: &FindingChoice) -> Target {
    match choice {
        FindingChoice::Id(id) => Target::Aggregate(AggregateRef::new(AggregateKind::AuditFinding, id.0)),
        FindingChoice::Asset(scan) => Target::Finding(FindingName { campaign_id, scan: scan.clone() }),
    }
}
