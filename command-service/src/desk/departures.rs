//! The tokens of persons who leave: they are revoked when the person is deactivated or erased.
//!
//! The event goes first: a crash behind it leaves tokens that the next start, or a repetition of the
//! command, revokes. Whoever makes a token stores it first and asks for the person's standing again
//! afterwards, so of a departure and a token at the same moment one sees the other.

use itam_domain::person::PersonStanding;
use itam_domain::{Aggregate, AggregateKind, AggregateRef, PersonId};
use itam_event_log::{EventLog, Tenant};
use itam_service_kit::{JournalEvent, TokenChange};
use itam_vault::{TokenRecord, VaultError};
use uuid::Uuid;

use crate::desk::CommandDesk;
use crate::disowned::fold_believed;
use crate::refusal::Refusal;
use crate::unreadable::unreadable;

impl CommandDesk {
    /// What the log says of a person now; `None` if nobody of this id was ever added.
    ///
    /// # Errors
    /// If the log cannot be asked, or her history cannot be read.
    pub async fn person_standing(&self, id: Uuid) -> Result<Option<PersonStanding>, Refusal> {
        standing(self.log.as_ref(), self.tenant(), id).await
    }

    /// Revokes the tokens of those who left, where a crash kept that from being done. To be called once at
    /// the start. Says how many were revoked.
    ///
    /// # Errors
    /// If the tokens or the log cannot be asked.
    pub async fn finish_departures(&self) -> Result<usize, Refusal> {
        let mut revoked = 0;
        for token in self.live_tokens(|token| token.person_id.is_some()).await? {
            let Some(person) = token.person_id else { continue };
            match self.person_standing(person).await? {
                Some(PersonStanding::Active) => {}
                Some(PersonStanding::Inactive | PersonStanding::Erased) => {
                    self.revoke(&token, None).await?;
                    revoked += 1;
                }
                None => {
                    tracing::warn!(token.id = %token.id, person.id = %person, "a token is tied to a person whom nobody knows");
                }
            }
        }
        Ok(revoked)
    }

    /// Revokes the tokens of a person, if she has left: a late repetition of her departure must not take
    /// what she was given after she came back.
    pub(crate) async fn revoke_tokens_of(&self, person: PersonId, by: &str) -> Result<(), Refusal> {
        if self.tokens.is_none() || self.person_standing(person.0).await? == Some(PersonStanding::Active) {
            return Ok(());
        }
        for token in self.live_tokens(|token| token.person_id == Some(person.0)).await? {
            self.revoke(&token, Some(by)).await?;
        }
        Ok(())
    }

    async fn live_tokens(&self, wanted: impl Fn(&TokenRecord) -> bool) -> Result<Vec<TokenRecord>, Refusal> {
        let Some(tokens) = &self.tokens else { return Ok(Vec::new()) };
        let mut listed = tokens.list().await.map_err(Refusal::Vault)?;
        listed.retain(|token| token.is_active() && wanted(token));
        Ok(listed)
    }

    async fn revoke(&self, token: &TokenRecord, by: Option<&str>) -> Result<(), Refusal> {
        let Some(tokens) = &self.tokens else { return Ok(()) };
        match tokens.revoke(token.id, self.clock.now()).await {
            Ok(()) | Err(VaultError::UnknownToken(_)) => {}
            Err(error) => return Err(Refusal::Vault(error)),
        }
        tracing::info!(token.id = %token.id, "a token of somebody who left was revoked");
        if let Some(journal) = &self.journal {
            let change = TokenChange { token: token.id, role: None, person: token.person_id, by };
            journal.note_token(JournalEvent::TokenRevoked, change);
        }
        Ok(())
    }
}

/// What the log says of a person now.
pub(crate) async fn standing(
    log: &dyn EventLog,
    tenant: &Tenant,
    id: Uuid,
) -> Result<Option<PersonStanding>, Refusal> {
    let person = AggregateRef::new(AggregateKind::Person, id);
    let messages = log.load_latest(&tenant.event_subject("person", id)).await.map_err(unreadable)?;
    let history = fold_believed(log, tenant, person, &messages).await?;
    Ok(match history.loaded.state.as_deref() {
        Some(Aggregate::Person(person)) => Some(person.standing),
        _ => None,
    })
}
