//! An administrator's word that a message is no event, though it reads like one of a newer build.
//!
//! Whoever may write to the stream can write what looks like an event of a type that no build knows, and
//! nothing is decided about its thing then, since a newer build may have written it. If none did, an
//! administrator says so. The word is a record of the log itself, so every process goes by it, and it is
//! proven with the rest; the message stays where it is, parked and shown.

use std::num::NonZeroUsize;

use bytes::Bytes;
use itam_domain::{CommandId, Envelope, EnvelopeError, Note};
use itam_event_log::{AppendError, Commit, StoredMessage, Write};
use itam_service_kit::{Identity, Problem, ProblemCode};
use serde::Deserialize;

use crate::desk::CommandDesk;
use crate::disowned::{Disowned, find, subject};
use crate::refusal::Refusal;
use crate::unreadable::unreadable;

/// What a message is disowned with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DisownMessage {
    pub(crate) position: u64,
    pub(crate) reason: Note,
}

impl CommandDesk {
    /// Stores an administrator's word about a message; the first one stays.
    ///
    /// # Errors
    /// `not-found` if there is no event there; `rejected-by-rule` if it can be read, or is alien, which
    /// nobody believes anyway; or the log's.
    pub(crate) async fn disown(
        &self,
        request: DisownMessage,
        sender: &Identity,
    ) -> Result<Disowned, Problem> {
        let DisownMessage { position, reason } = request;
        let message = self.unreadable_at(position).await?;
        let word = Disowned {
            commandid: CommandId(self.fresh_id()),
            position,
            subject: message.subject.as_str().to_owned(),
            actor: sender.actor.clone(),
            reason,
            time: self.clock.now(),
        };
        let body = Bytes::from(serde_json::to_vec(&word).map_err(|error| Problem::internal(&error))?);
        if let Some(earlier) = find(self.log.as_ref(), self.tenant(), position).await? {
            return Ok(earlier);
        }
        let subject = subject(self.tenant(), position);
        let last = self.log.load_last(&subject).await.map_err(unreadable)?;
        let expected = last.map_or(0, |message| message.position);
        let appended = self.log.append(Commit::of(vec![Write { subject, expected, body }])).await;
        match appended {
            Ok(_) => Ok(word),
            Err(AppendError::Conflict { .. }) => Err(Refusal::Contended { attempts: 1 }.into()),
            Err(error @ AppendError::Unknown { .. }) => Err(Refusal::OutcomeUnknown(Box::new(error)).into()),
            Err(AppendError::NotPermitted(denial)) => Err(Refusal::NotPermitted(denial).into()),
            Err(error) => Err(Refusal::Unavailable(Box::new(error)).into()),
        }
    }

    /// The message at a position, if it may be an event and this build cannot read it.
    async fn unreadable_at(&self, position: u64) -> Result<StoredMessage, Problem> {
        let page = self.log.read(position.max(1), NonZeroUsize::MIN).await.map_err(unreadable)?;
        let message = page.messages.into_iter().find(|message| message.position == position);
        let Some(message) = message.filter(|message| message.subject.is_event()) else {
            let detail = format!("There is no event at position {position}.");
            return Err(Problem::new(ProblemCode::NotFound, detail).with_error(
                "/position",
                "not-found",
                "there is no event there",
            ));
        };
        let rule = |reason: &str, detail: &str| {
            Problem::new(ProblemCode::RejectedByRule, detail).with("reason", reason)
        };
        match Envelope::decode_at(message.subject.as_str(), &message.body) {
            Ok(_) => Err(rule("readable", "The message is an event that this build reads.")),
            Err(alien) if alien.is_alien() => {
                Err(rule("alien", "The message is alien: nobody believes it, and nothing waits for it."))
            }
            Err(EnvelopeError::UnknownType { .. } | EnvelopeError::Data { .. }) => Ok(message),
            Err(other) => Err(Problem::internal(&other)),
        }
    }
}
