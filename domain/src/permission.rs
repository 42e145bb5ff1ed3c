//! Who may send which command, and about whose things. The table is that of the commands.
//!
//! What one may not read one may not write: whoever may send a command only about what is her own is
//! told of anything else what she would be told if it did not exist.

use crate::actor::Actor;
use crate::aggregate::{AggregateKind, AggregateRef};
use crate::asset::{AssetName, Custodian};
use crate::command::{Command, CommandName};
use crate::context::Context;
use crate::ids::{AssetId, PersonId, RequisitionId};
use crate::rejection::Rejection;
use crate::role::Role::{self, Administrator, Auditor};
use crate::target::Target;
use crate::unique_label::UniqueLabel;
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

/// How far `role` reaches with `command`.
#[must_use]
pub fn reach(role: Role, command: CommandName) -> Reach {
    let senders = command.senders();
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
        Target::Asset(AssetName::Tag(tag)) => match world.bearer(&UniqueLabel::tag(&tag))? {
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
    let custodian = world.find(id)?.and_then(crate::asset::Asset::custodian);
    Ok(custodian == Some(Custodian::Person(person)))
}

fn owns(world: &World, aggregate: AggregateRef, person: PersonId) -> Result<bool, Stop> {
    if aggregate.kind == AggregateKind::Asset {
        return has(world, AssetId(aggregate.id), person);
    }
    if aggregate.kind == AggregateKind::Requisition {
        let requisition = world.find(RequisitionId(aggregate.id))?;
        let requester = requisition.map(|requisition| uuid::Uuid::try_parse(&requisition.requester));
        return Ok(requester.is_some_and(|requester| requester == Ok(person.0)));
    }
    Ok(aggregate == person.into())
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
    use crate::role::Role::Requester;

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
