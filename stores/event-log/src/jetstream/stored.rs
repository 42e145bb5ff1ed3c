//! Messages as the server hands them out, made into the log's messages.

use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::RawMessage;
use async_nats::{HeaderMap, Message, header};
use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::{LogError, StoredMessage, Subject};

/// When a message was stored in the log that it was taken over from.
pub(super) const STORED_AT_HEADER: &str = "Itam-Stored-At";
/// Whether a commit ends with a message that was taken over: several commits share a batch then.
pub(super) const COMMIT_HEADER: &str = "Itam-Commit";

/// What [`COMMIT_HEADER`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommitMark {
    Open,
    End,
}

impl CommitMark {
    pub(super) fn of(ends_commit: bool) -> Self {
        if ends_commit { Self::End } else { Self::Open }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::End => "end",
        }
    }
}

/// A message and whether its commit ends with it.
pub(super) struct StoredPiece {
    pub(super) message: StoredMessage,
    pub(super) ends_commit: bool,
}

impl StoredPiece {
    /// Reads the answer of a direct get: everything is in the headers.
    pub(super) fn from_direct(answer: Message) -> Result<Self, LogError> {
        let headers = answer.headers.unwrap_or_default();
        let text = |name: header::HeaderName| headers.get(name).map(header::HeaderValue::as_str);
        let parse = || {
            let position = text(header::NATS_SEQUENCE)?.parse().ok()?;
            let stored_at = DateTime::parse_from_rfc3339(text(header::NATS_TIME_STAMP)?).ok()?;
            Some((position, text(header::NATS_SUBJECT)?, stored_at.with_timezone(&Utc)))
        };
        let (position, subject, stored_at) =
            parse().ok_or_else(|| LogError::Corrupt("a direct get gave an unreadable message".to_owned()))?;
        Self::new(position, subject, stored_at, answer.payload, &headers)
    }

    /// Reads what the leader gives when it is asked for one message.
    pub(super) fn from_leader(raw: RawMessage) -> Result<Self, LogError> {
        let position = raw.sequence;
        let unreadable = || LogError::Corrupt(format!("the message at position {position} is unreadable"));
        let StreamMessage { subject, headers, payload, time, .. } =
            raw.try_into().map_err(|_| unreadable())?;
        let nanoseconds = i64::try_from(time.unix_timestamp_nanos()).map_err(|_| unreadable())?;
        Self::new(position, &subject, DateTime::from_timestamp_nanos(nanoseconds), payload, &headers)
    }

    /// A batch's messages carry its id, and the last one the commit mark.
    pub(super) fn new(
        position: u64,
        subject: &str,
        stored_at: DateTime<Utc>,
        body: Bytes,
        headers: &HeaderMap,
    ) -> Result<Self, LogError> {
        let subject = Subject::try_new(subject)
            .map_err(|error| LogError::Corrupt(format!("position {position}: {error}")))?;
        let text = |name: &str| headers.get(name).map(header::HeaderValue::as_str);
        let ends_commit = match text(COMMIT_HEADER) {
            Some(mark) => mark != CommitMark::Open.as_str(),
            None => {
                headers.get(header::NATS_BATCH_ID).is_none()
                    || headers.get(header::NATS_BATCH_COMMIT).is_some()
            }
        };
        let before = text(STORED_AT_HEADER).and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        let stored_at = before.map_or(stored_at, |before| before.with_timezone(&Utc));
        Ok(Self { message: StoredMessage { position, subject, stored_at, body }, ends_commit })
    }
}

/// Collects messages without gaps and gives out whole commits only.
pub(super) struct Assembly {
    /// The position that must come next.
    pub(super) next: u64,
    messages: Vec<StoredMessage>,
    /// How many of the messages belong to commits that are complete.
    whole: usize,
}

impl Assembly {
    pub(super) fn new(from: u64) -> Self {
        Self { next: from, messages: Vec::new(), whole: 0 }
    }

    /// Takes the next message.
    pub(super) fn push(&mut self, piece: StoredPiece) -> Result<(), Gap> {
        let found = piece.message.position;
        if found != self.next {
            return Err(Gap { expected: self.next, found });
        }
        self.next += 1;
        self.messages.push(piece.message);
        if piece.ends_commit {
            self.whole = self.messages.len();
        }
        Ok(())
    }

    /// How many messages can be given out.
    pub(super) fn whole(&self) -> usize {
        self.whole
    }

    /// Whether a commit has begun whose end has not come.
    pub(super) fn is_open(&self) -> bool {
        self.whole < self.messages.len()
    }

    /// Gives out the complete commits and keeps the rest.
    pub(super) fn take(&mut self) -> Vec<StoredMessage> {
        let rest = self.messages.split_off(self.whole);
        self.whole = 0;
        std::mem::replace(&mut self.messages, rest)
    }
}

/// A position that is missing between others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gap {
    pub(super) expected: u64,
    pub(super) found: u64,
}

impl From<Gap> for LogError {
    fn from(gap: Gap) -> Self {
        Self::Corrupt(format!("after position {} came {}", gap.expected.saturating_sub(1), gap.found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(position: u64, batch: &str, is_commit: &str) -> StoredPiece {
        let mut headers = HeaderMap::new();
        if !batch.is_empty() {
            headers.insert(header::NATS_BATCH_ID, batch);
        }
        if !is_commit.is_empty() {
            headers.insert(header::NATS_BATCH_COMMIT, is_commit);
        }
        let subject = "itam.main.guard.seats";
        StoredPiece::new(position, subject, DateTime::UNIX_EPOCH, Bytes::new(), &headers).unwrap()
    }

    #[test]
    fn rule_9_a_batch_is_given_out_only_when_its_commit_mark_has_arrived() {
        let mut assembly = Assembly::new(5);
        assembly.push(piece(5, "", "")).unwrap();
        assembly.push(piece(6, "b", "")).unwrap();
        assembly.push(piece(7, "b", "")).unwrap();
        assert!(assembly.is_open());
        assert_eq!(assembly.take().len(), 1);
        assert_eq!(assembly.take().len(), 0);
        assembly.push(piece(8, "b", "1")).unwrap();
        assert!(!assembly.is_open());
        let positions: Vec<u64> = assembly.take().iter().map(|message| message.position).collect();
        assert_eq!(positions, [6, 7, 8]);
    }

    #[test]
    fn rule_9_a_gap_is_an_error() {
        let mut assembly = Assembly::new(5);
        assembly.push(piece(5, "", "")).unwrap();
        let gap = assembly.push(piece(7, "", "")).unwrap_err();
        assert_eq!(
            LogError::from(gap).to_string(),
            "the log is damaged or was rewritten: after position 5 came 7"
        );
    }
}
