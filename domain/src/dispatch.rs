//! Which rule decides which command: one line each.

use crate::asset::{
    Desk, decide_correction as correction, decide_custody as custody, decide_facts as facts,
    decide_life as life,
};
use crate::audit_campaign::decide as audit;
use crate::audit_finding::decide as finding;
use crate::command::Command;
use crate::context::Context;
use crate::outcome::Outcome;
use crate::person::decide as person;
use crate::purchase_order::decide as purchase_order;
use crate::purchase_order::decide_delivery as delivery;
use crate::requisition::decide as requisition;
use crate::world::World;
use crate::{asset_model, department, location, vendor};

/// What the command's own rules say.
pub(crate) fn dispatch(world: &World, command: &Command, context: &Context<'_>) -> Outcome {
    let desk = Desk { world, command: command.name(), context };
    match command {
        Command::SubmitRequisition(body) => requisition::submit(world, body, context),
        Command::ApproveRequisition(body) => requisition::approve(world, body, context),
        Command::RejectRequisition(body) => requisition::reject(world, body, context),
        Command::CancelRequisition(body) => requisition::cancel(world, body),
        Command::IssuePurchaseOrder(body) => purchase_order::issue(world, body, context),
        Command::AmendPurchaseOrder(body) => purchase_order::amend(world, body, context),
        Command::CancelPurchaseOrder(body) => purchase_order::cancel(world, body),
        Command::ReceiveDelivery(body) => delivery::receive(world, body, context),
        Command::ClosePurchaseOrder(body) => purchase_order::close(world, body),
        Command::OrderAsset(body) => facts::order(&desk, body),
        Command::RegisterAsset(body) => facts::register(&desk, body),
        Command::TagAsset(body) => facts::tag(&desk, body),
        Command::CorrectAsset(body) => correction::correct(&desk, body),
        Command::VerifyAsset(body) => facts::verify(&desk, body),
        Command::ReserveAsset(body) => custody::reserve(&desk, body),
        Command::ReleaseReservation(body) => custody::release_reservation(&desk, body),
        Command::DeployAsset(body) => custody::deploy(&desk, body),
        Command::AcceptCustody(body) => custody::accept(&desk, body),
        Command::DeclineCustody(body) => custody::decline(&desk, body),
        Command::ReassignAsset(body) => custody::reassign(&desk, body),
        Command::ReturnAsset(body) => custody::take_back(&desk, body),
        Command::ReceiveAsset(body) => life::receive(&desk, body),
        Command::CancelAsset(body) => life::cancel(&desk, body),
        Command::ShipAsset(body) => life::ship(&desk, body),
        Command::ArriveAsset(body) => life::arrive(&desk, body),
        Command::StartMaintenance(body) => life::start_maintenance(&desk, body),
        Command::CompleteMaintenance(body) => life::complete_maintenance(&desk, body),
        Command::ReportMissing(body) => life::report_missing(&desk, body),
        Command::RecoverAsset(body) => life::recover(&desk, body),
        Command::WriteOffAsset(body) => life::write_off(&desk, body),
        Command::PlaceHold(body) => life::place_hold(&desk, body),
        Command::ReleaseHold(body) => life::release_hold(&desk, body),
        Command::RetireAsset(body) => life::retire(&desk, body),
        Command::ReinstateAsset(body) => life::reinstate(&desk, body),
        Command::RecordSanitization(body) => life::sanitize(&desk, body),
        Command::DisposeAsset(body) => life::dispose(&desk, body),
        Command::VoidAsset(body) => life::void(&desk, body),
        Command::PlanAudit(body) => audit::plan(world, body, context),
        Command::StartAudit(body) => audit::start(world, body, context),
        Command::CloseAudit(body) => audit::close(world, body),
        Command::CancelAudit(body) => audit::cancel(world, body, context),
        Command::ScanAsset(body) => finding::scan(world, body, context),
        Command::ResolveFinding(body) => finding::resolve(world, body, context),
        Command::WaiveFinding(body) => finding::waive(world, body, context),
        Command::DefineModel(body) => asset_model::decide(world, body, context),
        Command::DefineLocation(body) => location::decide(world, body, context),
        Command::DefineVendor(body) => vendor::decide(world, body, context),
        Command::DefineDepartment(body) => department::decide(world, body, context),
        Command::AddPerson(body) => person::add(world, body, context),
        Command::DeactivatePerson(body) => person::deactivate(world, body),
        Command::ErasePerson(body) => person::erase(world, body),
    }
}
