//! The demo's commands as they are written down: each with its moment, its sender and its key.

use chrono::{DateTime, SecondsFormat, Utc};
use itam_domain::CommandId;
use itam_service_kit::{ActorKind, Identity, Role};
use serde_json::Value;
use uuid::{Builder, Uuid};

use super::dice::Dice;

/// Who sends a command of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DemoActor {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    /// The person of the register that acts, if one does.
    person: Option<Uuid>,
}

impl DemoActor {
    const fn nobody(name: &'static str, role: Role) -> Self {
        Self { name, role, person: None }
    }

    /// A person of the register, who acts about what is her own.
    pub(super) const fn requester(person: Uuid) -> Self {
        Self { name: "demo-requester", role: Role::Requester, person: Some(person) }
    }

    /// The same, as a person of the register: whoever approves is one.
    pub(super) const fn as_person(self, person: Uuid) -> Self {
        Self { person: Some(person), ..self }
    }

    /// As whom the command is sent.
    pub(crate) fn identity(self) -> Identity {
        Identity {
            actor: self.person.map_or_else(|| self.name.to_owned(), |person| person.to_string()),
            actor_kind: if self.person.is_some() { ActorKind::Person } else { ActorKind::Service },
            name: self.name.to_owned(),
            role: self.role,
        }
    }
}

pub(super) const REQUESTER: DemoActor = DemoActor::nobody("demo-requester", Role::Requester);
pub(super) const ANALYST: DemoActor = DemoActor::nobody("demo-asset-analyst", Role::AssetAnalyst);
pub(super) const MANAGER: DemoActor = DemoActor::nobody("demo-asset-manager", Role::AssetManager);
pub(super) const BUYER: DemoActor = DemoActor::nobody("demo-procurement-manager", Role::ProcurementManager);
pub(super) const FINANCE: DemoActor = DemoActor::nobody("demo-financial-analyst", Role::FinancialAnalyst);
pub(super) const COMPLIANCE: DemoActor =
    DemoActor::nobody("demo-compliance-officer", Role::ComplianceOfficer);
pub(super) const ADMINISTRATOR: DemoActor = DemoActor::nobody("demo-administrator", Role::Administrator);

/// One command of the demo.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DemoCommand {
    pub(crate) actor: DemoActor,
    /// A `UUIDv7` of the moment it happened, so that ids sort by business time.
    pub(crate) idempotency_key: String,
    pub(crate) name: &'static str,
    /// The command's fields, with its effective time unless that is when it is loaded.
    pub(crate) data: Value,
}

/// Collects commands in any order and gives them back in the order of business time.
pub(super) struct Script {
    pub(super) dice: Dice,
    pub(super) start: DateTime<Utc>,
    pub(super) now: DateTime<Utc>,
    written: Vec<(DateTime<Utc>, DemoCommand)>,
}

impl Script {
    pub(super) fn new(seed: u64, start: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self { dice: Dice::new(seed), start, now, written: Vec::new() }
    }

    /// Writes a command down. What does not lie in the past is not written: the story ends there.
    pub(super) fn say(
        &mut self,
        actor: DemoActor,
        at: DateTime<Utc>,
        name: &'static str,
        data: Value,
    ) -> Option<CommandId> {
        if at >= self.now {
            return None;
        }
        let effective_time = at.to_rfc3339_opts(SecondsFormat::Millis, true);
        self.write(actor, at, name, data, Some(effective_time))
    }

    /// Writes a command down that has no time: it happens when it is loaded.
    pub(super) fn say_now(&mut self, actor: DemoActor, name: &'static str, data: Value) -> Option<CommandId> {
        self.write(actor, self.now, name, data, None)
    }

    fn write(
        &mut self,
        actor: DemoActor,
        at: DateTime<Utc>,
        name: &'static str,
        data: Value,
        effective_time: Option<String>,
    ) -> Option<CommandId> {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.dice.next().to_be_bytes());
        random[8..].copy_from_slice(&self.dice.next().to_be_bytes()[..2]);
        let moment = u64::try_from(at.timestamp_millis()).unwrap_or_default();
        let id = Builder::from_unix_timestamp_millis(moment, &random).into_uuid();
        let Value::Object(mut fields) = data else {
            return None;
        };
        fields.retain(|_, value| !value.is_null());
        fields.extend(effective_time.map(|at| ("effective_time".to_owned(), Value::from(at))));
        let command =
            DemoCommand { actor, idempotency_key: id.to_string(), name, data: Value::Object(fields) };
        self.written.push((at, command));
        Some(CommandId(id))
    }

    /// Takes the commands that were written down, in the order of business time; those of one moment
    /// as they were written down.
    pub(super) fn take_commands(&mut self) -> Vec<DemoCommand> {
        self.written.sort_by_key(|(at, _)| *at);
        self.written.drain(..).map(|(_, command)| command).collect()
    }
}
