//! What the commands about persons do beside the log: a person's name goes into the vault, and leaves it; and the
//! tokens of who leaves are revoked.
//!
//! The order makes a crash harmless. Adding writes the vault first: a name without an event is
//! found by nobody, and the retry writes both. If the log certainly stored nothing, the name is
//! taken back. Erasing marks the person in the vault, appends, and
//! erases last: a mark that a crash left behind is settled at the next start by what the log says.

use std::sync::Arc;

use itam_domain::Command;
use itam_domain::person::{AddPerson, PersonStanding};
use itam_event_log::{EventLog, Tenant};
use itam_service_kit::error_chain;
use itam_vault::{PersonDetails, PersonVault, VaultError};
use uuid::Uuid;

use crate::answer::Answer;
use crate::desk::CommandDesk;
use crate::desk::departures::standing;
use crate::refusal::Refusal;
use crate::submission::Submission;

/// What one execution of a command does to the vault, and takes back if the log stored nothing.
pub(crate) struct VaultStep<'a> {
    desk: &'a CommandDesk,
    submission: &'a Submission,
    /// What was written over which earlier details.
    written: Option<Written>,
    is_superseded: bool,
}

struct Written {
    id: Uuid,
    before: Option<Arc<PersonDetails>>,
}

impl<'a> VaultStep<'a> {
    pub(crate) fn new(desk: &'a CommandDesk, submission: &'a Submission) -> Self {
        Self { desk, submission, written: None, is_superseded: false }
    }

    /// Notes that the command turned out to be a repetition, and whether more happened since.
    pub(crate) fn found(&mut self, is_superseded: bool) {
        self.is_superseded = is_superseded;
    }

    /// What goes first: the name, or the mark that it is about to go.
    pub(crate) async fn before_append(&mut self, own: Uuid) -> Result<(), Refusal> {
        match &self.submission.command {
            Command::AddPerson(body) => self.write(own, details(body)).await,
            Command::ErasePerson(_) => match self.desk.vault.begin_erasure(own).await {
                Ok(()) | Err(VaultError::UnknownPerson { .. }) => Ok(()),
                Err(error) => Err(Refusal::Vault(error)),
            },
            _ => Ok(()),
        }
    }

    async fn write(&mut self, id: Uuid, details: PersonDetails) -> Result<(), Refusal> {
        let vault = &self.desk.vault;
        let before = vault.directory().find(id);
        match vault.put(id, details.clone()).await {
            // Left behind by an erasure that the log may not have stored.
            Err(VaultError::ErasurePending(_)) if !self.finish_erasure(id).await? => {
                vault.put(id, details).await.map_err(Refusal::Vault)?;
            }
            written => written.map_err(Refusal::Vault)?,
        }
        // The first attempt saw what was there before this command.
        self.written.get_or_insert(Written { id, before });
        Ok(())
    }

    /// Brings the vault to what became of the command: the erasure goes through, and what was
    /// written for a command that was not stored is taken back. While the outcome is unknown,
    /// everything stays; a repetition finds out.
    pub(crate) async fn settle(self, outcome: Result<Answer, Refusal>) -> Result<Answer, Refusal> {
        match (&outcome, &self.submission.command) {
            (Err(Refusal::OutcomeUnknown(_)), _) => {}
            (Ok(_), Command::ErasePerson(body)) => {
                let erased = self.desk.vault.erase(body.person_id.0).await;
                erased.map_err(Refusal::Vault)?;
                self.desk.revoke_tokens_of(body.person_id, &self.submission.sender.actor).await?;
            }
            (Ok(_), Command::DeactivatePerson(body)) => {
                self.desk.revoke_tokens_of(body.person_id, &self.submission.sender.actor).await?;
            }
            (Ok(answer), Command::AddPerson(_)) if answer.replayed && self.is_superseded => {
                self.take_back().await;
            }
            // Under this key another command of the sender added the person: the name that stands there,
            // if this execution has not seen it, is hers.
            (Err(Refusal::KeyReused), Command::AddPerson(_)) => self.put_back().await,
            (Err(_), Command::AddPerson(_)) => self.take_back().await,
            (Err(_), Command::ErasePerson(body)) => {
                let id = body.person_id.0;
                if self.desk.vault.directory().pending_erasures().contains(&id)
                    && let Err(error) = self.finish_erasure(id).await
                {
                    tracing::warn!(error = %error_chain(&error), "an erasure stays marked until the log can be asked");
                }
            }
            _ => {}
        }
        outcome
    }

    /// Takes back what was written under an id that turned out to be another's.
    pub(crate) async fn withdraw(&mut self) {
        self.put_back().await;
        self.written = None;
    }

    /// Puts back what this execution wrote over.
    async fn put_back(&self) {
        if let Some(Written { id, before: Some(before) }) = &self.written {
            let put = self.desk.vault.adopt(*id, PersonDetails::clone(before)).await;
            warn_of_left_name(*id, put);
        }
    }

    /// Puts back what this execution wrote over, or erases what it added.
    async fn take_back(&self) {
        if let Some(Written { id, before: None }) = &self.written {
            warn_of_left_name(*id, self.desk.vault.erase(*id).await);
        }
        self.put_back().await;
    }

    async fn finish_erasure(&self, id: Uuid) -> Result<bool, Refusal> {
        finish_erasure(self.desk.vault.as_ref(), self.desk.log.as_ref(), self.desk.tenant(), id).await
    }
}

/// Settles the erasures that were begun and not finished: erased where the log says so, else the
/// mark is taken back.
pub(crate) async fn finish_erasures(
    vault: &dyn PersonVault,
    log: &dyn EventLog,
    tenant: &Tenant,
) -> Result<usize, Refusal> {
    let pending = vault.directory().pending_erasures();
    for id in &pending {
        finish_erasure(vault, log, tenant, *id).await?;
    }
    Ok(pending.len())
}

/// Settles one erasure; says whether the person is erased.
async fn finish_erasure(
    vault: &dyn PersonVault,
    log: &dyn EventLog,
    tenant: &Tenant,
    id: Uuid,
) -> Result<bool, Refusal> {
    let is_erased = standing(log, tenant, id).await? == Some(PersonStanding::Erased);
    let settled = if is_erased { vault.erase(id).await } else { vault.cancel_erasure(id).await };
    settled.map_err(Refusal::Vault)?;
    Ok(is_erased)
}

fn warn_of_left_name<T>(id: Uuid, outcome: Result<T, VaultError>) {
    if let Err(error) = outcome {
        tracing::warn!(error = %error_chain(&error), person.id = %id, "a name that was not added stays in the vault");
    }
}

fn details(body: &AddPerson) -> PersonDetails {
    let text = |text: &Option<itam_domain::ShortText>| text.as_ref().map(ToString::to_string);
    PersonDetails {
        display_name: body.name.to_string(),
        email: text(&body.email),
        username: text(&body.username),
        employee_number: text(&body.employee_number),
        job_title: text(&body.job_title),
    }
}
