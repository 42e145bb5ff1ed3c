//! Who may send which command, and about whose things: the one table.
//!
//! What one may not read one may not write: whoever may send a command only about what is her own is
//! told of anything else what she would be told if it did not exist.

use crate::actor::Actor;
use crate::aggregate::{AggregateKind, AggregateRef};
use crate::asset::{AssetName, Custodian};
use crate::command::{Command, CommandName};
use crate::context::Context;
use crate::ids::{AssetId, PersonId, RequisitionId};
use crate::key::UniqueKey;
use crate::rejection::Rejection;
use crate::role::Role::{
    self, Administrator, AssetAnalyst, AssetManager, Auditor, ComplianceOfficer, FinancialAnalyst,
    ProcurementManager, Requester, Service,
};
use crate::target::Target;
use crate::world::{Stop, World};

/// How far a role reaches, with a command or with a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To whatever there is.
    All,
    /// To what is the caller's own.
    Own,
    /// To nothing.
    None,
}

/// The roles that may send a command.
struct Senders {
    /// About whatever there is.
    about_all: &'static [Role],
    /// About what is their own.
    about_own: &'static [Role],
}

const fn about_all(roles: &'static [Role]) -> Senders {
    Senders { about_all: roles, about_own: &[] }
}

/// The table. An administrator may send everything and an auditor nothing, so neither is in it.
const fn senders(command: CommandName) -> Senders {
    use CommandName as C;
    match command {
        // About nothing that exists yet, so it is about nobody's thing, also if it is asked for another.
        C::SubmitRequisition => about_all(&[
            Requester,
            AssetAnalyst,
            AssetManager,
            ProcurementManager,
            FinancialAnalyst,
            ComplianceOfficer,
            Service,
        ]),
        C::CancelRequisition => {
            Senders { about_all: &[AssetManager, ProcurementManager, Service], about_own: &[Requester] }
        }
        C::AcceptCustody | C::DeclineCustody => {
            Senders { about_all: &[AssetAnalyst, AssetManager, Service], about_own: &[Requester] }
        }
        C::ReportMissing => Senders {
            about_all: &[AssetAnalyst, AssetManager, ComplianceOfficer, Service],
            about_own: &[Requester],
        },
        C::ApproveRequisition | C::RejectRequisition => {
            about_all(&[AssetManager, ProcurementManager, FinancialAnalyst])
        }
        C::IssuePurchaseOrder | C::AmendPurchaseOrder | C::CancelPurchaseOrder | C::ClosePurchaseOrder => {
            about_all(&[ProcurementManager, Service])
        }
        C::ReceiveDelivery | C::ReceiveAsset => {
            about_all(&[AssetAnalyst, AssetManager, ProcurementManager, Service])
        }
        C::OrderAsset | C::CancelAsset | C::DefineVendor => {
            about_all(&[AssetManager, ProcurementManager, Service])
        }
        C::RegisterAsset
        | C::TagAsset
        | C::ReserveAsset
        | C::ReleaseReservation
        | C::DeployAsset
        | C::ReassignAsset
        | C::ReturnAsset
        | C::ShipAsset
        | C::ArriveAsset
        | C::StartMaintenance
        | C::CompleteMaintenance
        | C::RecoverAsset
        | C::VerifyAsset
        | C::CorrectAsset
        | C::DefineModel
        | C::DefineLocation
        | C::DefineDepartment
        | C::ScanAsset
        | C::ResolveFinding => about_all(&[AssetAnalyst, AssetManager, Service]),
        C::RetireAsset
        | C::ReinstateAsset
        | C::DisposeAsset
        | C::WriteOffAsset
        | C::VoidAsset
        | C::PlanAudit
        | C::StartAudit
        | C::WaiveFinding
        | C::CloseAudit
        | C::CancelAudit => about_all(&[AssetManager]),
        C::PlaceHold | C::ReleaseHold => about_all(&[ComplianceOfficer, AssetManager]),
        C::RecordSanitization => about_all(&[AssetAnalyst, AssetManager, ComplianceOfficer, Service]),
        C::AddPerson | C::DeactivatePerson => about_all(&[AssetManager, Service]),
        // What cannot be taken back is for the administrator alone.
        C::ErasePerson => about_all(&[]),
    }
}

/// How far `role` reaches with `command`.
#[must_use]
pub fn reach(role: Role, command: CommandName) -> Reach {
    let senders = senders(command);
    if role == Administrator || (role != Auditor && senders.about_all.contains(&role)) {
        return Reach::All;
    }
    if role != Auditor && senders.about_own.contains(&role) { Reach::Own } else { Reach::None }
}

/// Whether `role` may send the command of that name at all: a command that nobody knows, nobody may.
#[must_use]
pub fn may_send(role: Role, command: &str) -> bool {
    CommandName::find(command).is_some_and(|command| reach(role, command) != Reach::None)
}

/// Refuses a command that the actor may not send, or not about this thing. What it is about comes from
/// the world that the command is decided on, so that the append checks this rule as it checks the others.
///
/// # Errors
/// [`Stop`]: what must be seen first, or the refusal.
pub fn permit(world: &World, command: &Command, context: &Context<'_>) -> Result<(), Stop> {
    let actor = context.actor;
    let name = CommandName::of(command);
    match actor.role.parse().map_or(Reach::None, |role| reach(role, name)) {
        Reach::All => Ok(()),
        Reach::Own => check_own(world, command, context),
        Reach::None => {
            let detail = format!("the role {} may not use {}", actor.role, name.as_str());
            let rejection = Rejection::forbidden("role-may-not", detail);
            Err(rejection.fact("role", actor.role.as_str()).fact("action", name.as_str()).into())
        }
    }
}

fn check_own(world: &World, command: &Command, context: &Context<'_>) -> Result<(), Stop> {
    let Some(person) = context.actor.person() else {
        return Err(not_own(command, context).into());
    };
    let is_own = match command.target(context.command_id) {
        Target::Asset(AssetName::Id(id)) => has(world, id, person)?,
        Target::Asset(AssetName::Tag(tag)) => match world.holder(&UniqueKey::tag(&tag))? {
            Some(id) => has(world, AssetId(id), person)?,
            None => false,
        },
        Target::Aggregate(aggregate) => owns(world, aggregate, person)?,
        // An audit is the organization's.
        Target::Finding(_) => false,
    };
    if is_own { Ok(()) } else { Err(not_own(command, context).into()) }
}

/// Whether an asset is in a person's custody.
fn has(world: &World, id: AssetId, person: PersonId) -> Result<bool, Stop> {
    let custodian = world.find_asset(id)?.and_then(crate::asset::Asset::custodian);
    Ok(custodian == Some(Custodian::Person(person)))
}

fn owns(world: &World, aggregate: AggregateRef, person: PersonId) -> Result<bool, Stop> {
    match aggregate.kind {
        AggregateKind::Asset => has(world, AssetId(aggregate.id), person),
        AggregateKind::Requisition => {
            let requisition = world.find_requisition(RequisitionId(aggregate.id))?;
            let requester = requisition.map(|requisition| uuid::Uuid::try_parse(&requisition.requester));
            Ok(requester.is_some_and(|requester| requester == Ok(person.0)))
        }
        AggregateKind::Person => Ok(aggregate.id == person.0),
        AggregateKind::PurchaseOrder
        | AggregateKind::AssetModel
        | AggregateKind::Location
        | AggregateKind::Vendor
        | AggregateKind::Department
        | AggregateKind::AuditCampaign
        | AggregateKind::AuditFinding => Ok(false),
    }
}

/// Says the same of what is another's and of what does not exist.
fn not_own(command: &Command, context: &Context<'_>) -> Rejection {
    match command.target(context.command_id) {
        Target::Asset(name) => {
            Rejection::not_found("/asset", format!("there is no asset {name} in your custody"))
        }
        Target::Aggregate(AggregateRef { kind: AggregateKind::Requisition, id }) => {
            Rejection::not_found("/requisition_id", format!("there is no requisition {id} of yours"))
        }
        Target::Aggregate(_) | Target::Finding(_) => {
            Rejection::not_found("", format!("there is nothing of yours that {} is about", command.name()))
        }
    }
}

impl Actor {
    /// The person that acts; `None` behind a token that is tied to nobody, to whom nothing belongs.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        let is_person = self.kind == crate::actor::ActorKind::Person;
        is_person.then(|| uuid::Uuid::try_parse(&self.id).ok().map(PersonId)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auditor_writes_nothing_and_an_administrator_everything() {
        for command in CommandName::ALL {
            assert_eq!(reach(Auditor, command), Reach::None, "{command:?}");
            assert_eq!(reach(Administrator, command), Reach::All, "{command:?}");
        }
    }

    #[test]
    fn every_command_but_erasure_has_a_role_of_its_own() {
        let is_only_administrators = |command: &CommandName| {
            Role::ALL.iter().all(|role| *role == Administrator || reach(*role, *command) == Reach::None)
        };
        let found: Vec<_> = CommandName::ALL.into_iter().filter(is_only_administrators).collect();
        assert_eq!(found, [CommandName::ErasePerson]);
    }

    #[test]
    fn what_a_requester_may_send_is_about_her_own_or_about_nothing_yet() {
        for command in CommandName::ALL {
            let is_new = command == CommandName::SubmitRequisition;
            assert!(is_new || reach(Requester, command) != Reach::All, "{command:?}");
        }
    }

    #[test]
    fn a_name_that_is_no_command_is_for_nobody() {
        assert!(!may_send(Administrator, "drop-everything"));
    }
}
