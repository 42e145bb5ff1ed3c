//! Which messages an administrator has disowned, and histories without them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use itam_domain::{AggregateRef, CommandId, Envelope, Note};
use itam_event_log::{LogReader, StoredMessage, Subject, Tenant};
use serde::{Deserialize, Serialize};

use crate::history::History;
use crate::refusal::Refusal;
use crate::unreadable::unreadable;

/// The stored message that disowns another, and the answer to who disowned it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Disowned {
    /// The command by which it was said, as every record names one.
    pub(crate) commandid: CommandId,
    /// Where the message stands that is no event.
    pub(crate) position: u64,
    /// Its subject.
    pub(crate) subject: String,
    /// Who said so, as events name her.
    pub(crate) actor: String,
    /// Why.
    pub(crate) reason: Note,
    /// When.
    pub(crate) time: DateTime<Utc>,
}

/// Folds a history without what was disowned in it.
///
/// # Errors
/// As [`History::fold`], for what nobody has disowned.
pub(crate) async fn fold_believed<L: LogReader + ?Sized>(
    log: &L,
    tenant: &Tenant,
    aggregate: AggregateRef,
    messages: &[StoredMessage],
) -> Result<History, Refusal> {
    let mut disowned = BTreeSet::new();
    // Ends: each round disowns one message more.
    loop {
        match History::fold(aggregate, messages, &disowned) {
            Err(Refusal::HistoryUnreadable { position, .. })
                if find(log, tenant, position).await?.is_some() =>
            {
                disowned.insert(position);
            }
            folded => return folded,
        }
    }
}

/// Which of an asset's messages were disowned: asked of those alone that cannot be read.
pub(crate) async fn disowned_in<L: LogReader + ?Sized>(
    log: &L,
    tenant: &Tenant,
    messages: &[StoredMessage],
) -> Result<BTreeSet<u64>, Refusal> {
    let mut disowned = BTreeSet::new();
    for message in messages {
        let read = Envelope::decode_at(message.subject.as_str(), &message.body);
        let waits = read.is_err_and(|error| !error.is_alien());
        if waits && find(log, tenant, message.position).await?.is_some() {
            disowned.insert(message.position);
        }
    }
    Ok(disowned)
}

/// The word about a message, if there is one.
pub(crate) async fn find<L: LogReader + ?Sized>(
    log: &L,
    tenant: &Tenant,
    position: u64,
) -> Result<Option<Disowned>, Refusal> {
    let words = log.load_latest(&subject(tenant, position)).await.map_err(unreadable)?;
    // What cannot be read here was written by a stranger as well.
    let word = words.iter().find_map(|word| serde_json::from_slice::<Disowned>(&word.body).ok());
    Ok(word.filter(|word| word.position == position))
}

pub(crate) fn subject(tenant: &Tenant, position: u64) -> Subject {
    tenant.guard_subject(&format!("disowned-{position}"))
}
