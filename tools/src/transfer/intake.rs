//! Taking a history over, and proving that it arrived.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use itam_event_log::{Tenant, TransferRecord};
use itam_vault::{PersonDetails, TokenRecord, TokenStore};
use uuid::Uuid;

use super::{CHUNK, Census, HistoryHash, TransferError, TransferTarget, positions_bar};
use crate::failure::Failure;

/// How many people or tokens are written at once: they share their fsyncs.
const AT_ONCE: usize = 256;

/// Takes everything into a target, in order: records, then people, then tokens.
pub(crate) struct Intake {
    target: TransferTarget,
    tenant: Tenant,
    /// The last position that was in the target before.
    found: u64,
    census: Census,
    barred: Barred,
    read: HistoryHash,
    summary: IntakeSummary,
}

/// What of a history shall not come back, whatever is said in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Barred {
    /// Persons, with the tokens that are theirs.
    pub(crate) persons: HashSet<Uuid>,
    /// Every token.
    pub(crate) tokens: bool,
    /// Since when their tokens count as revoked: at each try the same.
    pub(crate) since: DateTime<Utc>,
}

impl Barred {
    fn apply(&self, token: TokenRecord) -> TokenRecord {
        let is_theirs = token.person_id.is_some_and(|person| self.persons.contains(&person));
        if !(self.tokens || is_theirs) {
            return token;
        }
        TokenRecord { revoked_at: token.revoked_at.or(Some(self.since)), ..token }
    }
}

/// What was taken over.
#[derive(Clone, Debug, Default)]
pub(crate) struct IntakeSummary {
    /// The last position.
    pub(crate) head: u64,
    /// How many people, with their details.
    pub(crate) people: usize,
    /// How many people were left out: erased, unknown to the log, or named on the command line.
    pub(crate) left_out: usize,
    /// How many tokens.
    pub(crate) tokens: usize,
    /// How many of them are not revoked.
    pub(crate) good_tokens: usize,
    /// The hash of the history.
    pub(crate) hash: String,
}

impl Intake {
    pub(crate) async fn begin(
        target: TransferTarget,
        tenant: Tenant,
        barred: Barred,
    ) -> Result<Self, Failure> {
        let found = target.log.head().await.map_err(Failure::Log)?;
        let (census, read, summary) = (Census::default(), HistoryHash::default(), IntakeSummary::default());
        Ok(Self { target, tenant, found, census, barred, read, summary })
    }

    /// Takes the next records. What an earlier try has left in the target must be the same.
    pub(crate) async fn records(&mut self, records: &[TransferRecord]) -> Result<(), Failure> {
        for record in records {
            self.census.note(record);
            self.read.add(record);
        }
        let is_there = |record: &TransferRecord| record.message.position <= self.found;
        let (there, new) = records.split_at(records.partition_point(is_there));
        if let (Some(first), Some(count)) = (there.first(), NonZeroUsize::new(there.len())) {
            let first = first.message.position;
            let found = self.target.log.export(first, count).await.map_err(Failure::Log)?;
            if found.get(..there.len()) != Some(there) {
                let what = format!("positions {first} to {} differ", first + there.len() as u64 - 1);
                return Err(TransferError::OtherHistory(what).into());
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        self.target.log.import(new).await.map_err(Failure::Log)
    }

    /// Takes people, apart from those who may not come back.
    pub(crate) async fn people(&mut self, people: Vec<(Uuid, Arc<PersonDetails>)>) -> Result<(), Failure> {
        let count = people.len();
        let may_come = |id: &Uuid| self.census.may_keep(*id) && !self.barred.persons.contains(id);
        let people: Vec<_> = people.into_iter().filter(|(id, _)| may_come(id)).collect();
        self.summary.left_out += count - people.len();
        self.summary.people += people.len();
        let vault = &self.target.people;
        let puts = people.into_iter().map(|(id, details)| vault.adopt(id, PersonDetails::clone(&details)));
        stream::iter(puts).buffer_unordered(AT_ONCE).try_collect::<()>().await.map_err(Failure::Vault)
    }

    /// Takes tokens. What an earlier try has left in the target must be the same.
    pub(crate) async fn tokens(&mut self, tokens: Vec<TokenRecord>) -> Result<(), Failure> {
        let tokens: Vec<_> = tokens.into_iter().map(|token| self.barred.apply(token)).collect();
        self.summary.tokens += tokens.len();
        self.summary.good_tokens += tokens.iter().filter(|token| token.is_active()).count();
        take_tokens(self.target.tokens.as_ref(), tokens).await
    }

    /// The hash of what was read so far.
    pub(crate) fn hash(&self) -> &HistoryHash {
        &self.read
    }

    /// Reads everything back, compares it with what was read, and opens the target to services.
    pub(crate) async fn finish(mut self) -> Result<IntakeSummary, Failure> {
        let written = self.read_back().await?;
        let (wanted, found) = (self.read.text(), written.text());
        if wanted != found || self.read.messages != written.messages {
            let counts = format!("{} messages instead of {}", written.messages, self.read.messages);
            return Err(TransferError::Differs(format!("{counts}, hash {found} instead of {wanted}")).into());
        }
        let people = self.target.people.directory().count();
        if people != self.summary.people {
            let what = format!("{people} people instead of {}", self.summary.people);
            return Err(TransferError::Differs(what).into());
        }
        let tokens = self.target.tokens.list().await.map_err(Failure::Vault)?.len();
        if tokens != self.summary.tokens {
            let what = format!("{tokens} tokens instead of {}", self.summary.tokens);
            return Err(TransferError::Differs(what).into());
        }
        self.target.finish(&self.tenant).await?;
        self.summary.head = written.messages;
        self.summary.hash = found;
        Ok(self.summary)
    }

    async fn read_back(&self) -> Result<HistoryHash, Failure> {
        let head = self.target.log.head().await.map_err(Failure::Log)?;
        let bar = positions_bar("verifying", head);
        let mut written = HistoryHash::default();
        while written.messages < head {
            let records = self.target.log.export(written.messages + 1, CHUNK).await.map_err(Failure::Log)?;
            for record in &records {
                written.add(record);
            }
            bar.set_position(written.messages);
        }
        bar.finish_and_clear();
        Ok(written)
    }
}

async fn take_tokens(store: &dyn TokenStore, tokens: Vec<TokenRecord>) -> Result<(), Failure> {
    let there = store.list().await.map_err(Failure::Vault)?;
    let there: HashMap<Uuid, TokenRecord> = there.into_iter().map(|token| (token.id, token)).collect();
    for token in tokens {
        match there.get(&token.id) {
            None => store.create(token).await.map_err(Failure::Vault)?,
            Some(found) if *found == token => {}
            Some(_) => {
                let what = format!("the token {} is there and is another", token.id);
                return Err(TransferError::Differs(what).into());
            }
        }
    }
    Ok(())
}

impl fmt::Display for IntakeSummary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { head, people, left_out, tokens, good_tokens, hash } = self;
        write!(
            formatter,
            "{head} messages up to position {head}, {people} people ({left_out} left out), {tokens} tokens \
             ({good_tokens} not revoked), history {hash}, read back and equal"
        )
    }
}

#[cfg(test)]
mod tests {
    use itam_vault::embedded::FileTokens;

    use super::*;

    #[tokio::test]
    async fn a_token_that_is_there_already_must_be_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FileTokens::open(folder.path()).expect("opened");
        let token = |number: u128, role: &str| TokenRecord {
            id: Uuid::from_u128(number),
            name: "somebody".to_owned(),
            role: role.to_owned(),
            token_hash: format!("{number:064x}"),
            created_at: chrono::DateTime::UNIX_EPOCH,
            revoked_at: None,
            person_id: None,
            expires_at: None,
            created_by: None,
        };
        take_tokens(&store, vec![token(1, "auditor")]).await.expect("taken");
        take_tokens(&store, vec![token(1, "auditor"), token(2, "auditor")]).await.expect("gone on with");
        assert_eq!(store.list().await.expect("listed").len(), 2);
        let refused = take_tokens(&store, vec![token(1, "administrator")]).await.expect_err("another");
        assert!(refused.to_string().contains("is another"), "{refused}");
    }
}
