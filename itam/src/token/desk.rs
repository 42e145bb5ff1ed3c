//! Making, listing and revoking tokens: for the command line and for HTTP alike.

use std::sync::Arc;

use itam_command_service::{CommandDesk, Refusal};
use itam_domain::person::PersonStanding;
use itam_domain::{Rejection, ShortText, find_hidden_character};
use itam_service_kit::{
    Clock, IdSource, Role, Secret, SecurityJournal, SystemClock, SystemIds, generate_token, hash_token,
};
use itam_vault::{PersonDirectory, TokenRecord, TokenStore};
use uuid::Uuid;

use super::expiry::Expiry;
use super::row::TokenRow;
use crate::journal;

/// Makes, lists and revokes tokens.
pub(crate) struct TokenDesk {
    tokens: Arc<dyn TokenStore>,
    /// Who is known, and who left; nobody is, where there is no log at hand.
    register: Option<KnownPeople>,
    journal: SecurityJournal,
}

/// The persons that a token can be made for.
pub(crate) struct KnownPeople {
    pub(crate) commands: Arc<CommandDesk>,
    pub(crate) people: Arc<PersonDirectory>,
}

/// What token is wanted.
pub(crate) struct TokenWish {
    /// A name for people; not that of a person.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// The person who uses it.
    pub(crate) person: Option<Uuid>,
    pub(crate) expiry: Expiry,
    /// Who asks for it, as events name actors; none at the command line.
    pub(crate) created_by: Option<String>,
}

/// A new token, whose text is shown once and kept nowhere.
pub(crate) struct MadeToken {
    pub(crate) row: TokenRow,
    pub(crate) text: Secret,
}

impl TokenDesk {
    pub(crate) fn new(
        tokens: Arc<dyn TokenStore>,
        register: Option<KnownPeople>,
        journal: SecurityJournal,
    ) -> Self {
        Self { tokens, register, journal }
    }

    /// Makes a token.
    ///
    /// # Errors
    /// If the name or the end is not acceptable, the person is unknown or has left, or the store fails.
    pub(crate) async fn make(&self, wish: TokenWish) -> Result<MadeToken, Refusal> {
        let now = SystemClock.now();
        let name = read_name(&wish.name)?;
        let expires_at = wish.expiry.end(now)?;
        if let Some(person) = wish.person {
            self.check_person(person).await?;
            self.check_name(name.as_str(), person)?;
        }
        let text = generate_token();
        let record = TokenRecord {
            id: SystemIds.next_id(),
            name: name.as_str().to_owned(),
            role: wish.role.as_str().to_owned(),
            token_hash: hash_token(text.expose()),
            created_at: now,
            revoked_at: None,
            person_id: wish.person,
            expires_at,
            created_by: wish.created_by,
        };
        self.tokens.create(record.clone()).await.map_err(Refusal::Vault)?;
        journal::note_created(&self.journal, &record);
        if let Some(person) = wish.person {
            // Whoever left between the first look and now had no such token to lose.
            let outcome = self.check_person(person).await;
            if outcome.is_err() {
                self.revoke(record.id, record.created_by.as_deref()).await?;
            }
            outcome?;
        }
        Ok(MadeToken { row: TokenRow::new(&record, None, self.people(), now), text })
    }

    /// Every token, revoked and expired ones too, in the order in which they were made.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn list(&self) -> Result<Vec<TokenRow>, Refusal> {
        let now = SystemClock.now();
        let uses = self.tokens.last_uses().await.map_err(Refusal::Vault)?;
        let records = self.tokens.list().await.map_err(Refusal::Vault)?;
        let row =
            |record: &TokenRecord| TokenRow::new(record, uses.get(&record.id).copied(), self.people(), now);
        Ok(records.iter().map(row).collect())
    }

    /// Revokes a token for whoever asked, and says what became of it. Twice is harmless: the first time
    /// stays, and is noted alone.
    ///
    /// # Errors
    /// If there is none of this id, or the store fails.
    pub(crate) async fn revoke(&self, id: Uuid, by: Option<&str>) -> Result<TokenRow, Refusal> {
        // Read before, so that what was revoked is not answered with an error.
        let last_use = self.tokens.last_uses().await.map_err(Refusal::Vault)?.get(&id).copied();
        let before = self.find(id).await?;
        let now = SystemClock.now();
        self.tokens.revoke(id, now).await.map_err(Refusal::Vault)?;
        if before.is_active() {
            journal::note_revoked(&self.journal, &before, by);
        }
        let revoked = TokenRecord { revoked_at: before.revoked_at.or(Some(now)), ..before };
        Ok(TokenRow::new(&revoked, last_use, self.people(), now))
    }

    async fn find(&self, id: Uuid) -> Result<TokenRecord, Refusal> {
        let records = self.tokens.list().await.map_err(Refusal::Vault)?;
        let found = records.into_iter().find(|record| record.id == id);
        found.ok_or_else(|| Rejection::not_found("", format!("there is no token {id}")).into())
    }

    fn people(&self) -> Option<&PersonDirectory> {
        self.register.as_ref().map(|register| register.people.as_ref())
    }

    async fn check_person(&self, person: Uuid) -> Result<(), Refusal> {
        let standing = match &self.register {
            Some(register) => register.commands.person_standing(person).await?,
            None => None,
        };
        let refuse = |detail: String| Rejection::unknown_reference("/person_id", detail);
        let rejection = match standing {
            Some(PersonStanding::Active) => return Ok(()),
            Some(standing) => {
                let standing = standing.as_str();
                refuse(format!("person {person} is {standing}: a token is made for an active person"))
                    .fact("standing", standing)
            }
            None => refuse(format!(
                "there is no person {person}: a token is made for somebody whom add-person has added"
            )),
        };
        Err(rejection.into())
    }

    /// A token's name outlives the erasure of its person, whose name it must not repeat.
    fn check_name(&self, name: &str, person: Uuid) -> Result<(), Rejection> {
        let Some(details) = self.people().and_then(|people| people.find(person)) else { return Ok(()) };
        details.named_in(name).map_or(Ok(()), |what| {
            let detail = format!(
                "it repeats the person's {what}, which could not be erased there; the token is tied to her anyway, \
                 so say what it is for"
            );
            Err(Rejection::invalid("/name", "names-a-person", detail))
        })
    }
}

/// A name of which people see all.
fn read_name(text: &str) -> Result<ShortText, Rejection> {
    if let Some(hidden) = find_hidden_character(text) {
        let detail = format!("the name {hidden}, which nobody would see");
        return Err(Rejection::invalid("/name", "hidden-character", detail));
    }
    ShortText::try_new(text)
        .map_err(|error| Rejection::invalid("/name", "invalid-value", format!("the name {error}")))
}
