//! What two commands do beside the log: a person's name goes into the vault, and leaves it.
//!
//! The order makes a crash harmless. Adding writes the vault first: a name without an event is
//! found by nobody, and the retry writes both. Erasing marks the person in the vault, appends, and
//! erases last: a mark that a crash left behind is settled at the next start by what the log says.

use itam_domain::person::{AddPerson, PersonStanding};
use itam_domain::{Aggregate, AggregateKind, AggregateRef, Command};
use itam_event_log::{EventLog, Tenant};
use itam_vault::{PersonDetails, PersonVault, VaultError};
use uuid::Uuid;

use crate::history::History;
use crate::refusal::Refusal;
use crate::submission::Submission;
use crate::view::unreadable;

pub(crate) async fn before_append(
    vault: &dyn PersonVault,
    submission: &Submission,
    own: AggregateRef,
) -> Result<(), Refusal> {
    match &submission.command {
        Command::AddPerson(body) => vault.put(own.id, details(body)).await.map_err(Refusal::Vault),
        Command::ErasePerson(_) => match vault.begin_erasure(own.id).await {
            Ok(()) | Err(VaultError::UnknownPerson { .. }) => Ok(()),
            Err(error) => Err(Refusal::Vault(error)),
        },
        _ => Ok(()),
    }
}

pub(crate) async fn after_append(vault: &dyn PersonVault, submission: &Submission) -> Result<(), Refusal> {
    let Command::ErasePerson(body) = &submission.command else {
        return Ok(());
    };
    vault.erase(body.person_id.0).await.map_err(Refusal::Vault)
}

/// A repetition finishes what a crash cut short: the erasure, or nothing. A name is not written
/// again, because it may have changed since.
pub(crate) async fn after_replay(
    vault: &dyn PersonVault,
    submission: &Submission,
    _own: AggregateRef,
) -> Result<(), Refusal> {
    after_append(vault, submission).await
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
        if is_erased(log, tenant, *id).await? {
            vault.erase(*id).await.map_err(Refusal::Vault)?;
        } else {
            vault.cancel_erasure(*id).await.map_err(Refusal::Vault)?;
        }
    }
    Ok(pending.len())
}

async fn is_erased(log: &dyn EventLog, tenant: &Tenant, id: Uuid) -> Result<bool, Refusal> {
    let person = AggregateRef::new(AggregateKind::Person, id);
    let messages = log
        .load_latest(&tenant.event_subject("person", id))
        .await
        .map_err(unreadable)?;
    let history = History::fold(person, &messages)?;
    let Some(Aggregate::Person(person)) = history.loaded.state.as_deref() else {
        return Ok(false);
    };
    Ok(person.standing == PersonStanding::Erased)
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
