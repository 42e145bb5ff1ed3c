//! Stores one group of commits: by a plain publish, or by an atomic batch.
//!
//! The client library has no call for batches: three headers do it. Acknowledgements are read
//! here and not by the library, which does not know all codes.

use std::time::Duration;

use async_nats::client::RequestErrorKind;
use async_nats::{HeaderMap, Request, header};
use bytes::Bytes;
use itam_nats::{NatsClient, NotPermitted};
use serde::Deserialize;

use super::api::{self, ApiError};
use super::batch_id::BatchIds;
use crate::{AppendError, Appended, Commit, Fence, Write};

/// Wrong last sequence.
const WRONG_LAST_SEQUENCE: u64 = 10071;
/// Another message that expects something of this subject, or writes it, is on its way. On replicated
/// streams 45 to 90 of 100 losers get this code.
const IN_PROCESS: u64 = 10164;
/// Codes below 500 that say "try again", not "no".
const UNCERTAIN: [u64; 3] = [10163, 10176, 10210];

/// Of which subject a message expects a last sequence, if not of its own.
const EXPECTED_SUBJECT_HEADER: &str = "Nats-Expected-Last-Subject-Sequence-Subject";
/// The body of a message that only holds an expectation.
const CARRIER_BODY: &[u8] = b"{}";

/// The acknowledgement of a publish or of a batch.
#[derive(Deserialize)]
struct Acknowledgement {
    error: Option<ApiError>,
    #[serde(default)]
    stream: String,
    #[serde(default)]
    seq: u64,
    count: Option<u64>,
}

/// Sends commits to one stream.
pub(super) struct Publisher {
    client: NatsClient,
    stream: String,
    timeout: Duration,
    batches: BatchIds,
    /// The lane with which this process begins, so that two processes seldom have the same.
    first_lane: u64,
}

impl Publisher {
    pub(super) fn new(client: NatsClient, stream: String, timeout: Duration) -> Self {
        let batches = BatchIds::new();
        let first_lane = batches.process() / 2;
        Self { client, stream, timeout, batches, first_lane }
    }

    /// Stores one commit by itself.
    pub(super) async fn store_one(&self, commit: &Commit) -> Result<Appended, AppendError> {
        let outcome = match (commit.writes.as_slice(), &commit.fence) {
            ([write], None) => {
                api::again(|| self.publish(write), |failure| matches!(failure, GroupFailure::Unheard)).await
            }
            _ => self.store_batch(&[commit]).await,
        };
        outcome.map_err(|failure| failure.answer(|| commit.conflict()))
    }

    /// Stores several commits, or none of them, in one batch. Their positions follow one another.
    /// Those that have a fence have the same.
    pub(super) async fn store_batch(&self, commits: &[&Commit]) -> Result<Appended, GroupFailure> {
        let fence = commits.iter().find_map(|commit| commit.fence.as_deref());
        // Whoever is on the way may only rest on the same, or fail. Who was really second is told so when
        // the first has arrived.
        let is_passing =
            |failure: &GroupFailure| matches!(failure, GroupFailure::InProcess | GroupFailure::Unheard);
        api::again(|| self.send_batch(commits, fence), is_passing).await
    }

    async fn send_batch(&self, commits: &[&Commit], fence: Option<&Fence>) -> Result<Appended, GroupFailure> {
        self.check_connected()?;
        let (number, id) = self.batches.next();
        let carrier = fence.map(|fence| self.carrier(fence, number));
        let carriers = u64::from(carrier.is_some());
        let own = commits.iter().flat_map(|commit| &commit.writes).map(|write| (write, expectation(write)));
        let messages: Vec<(&Write, HeaderMap)> =
            carrier.iter().map(|(write, headers)| (write, headers.clone())).chain(own).collect();
        let count = messages.len();
        for (index, (write, mut headers)) in messages.into_iter().enumerate() {
            headers.insert(header::NATS_BATCH_ID, id.as_str());
            headers.insert(header::NATS_BATCH_SEQUENCE, (index + 1).to_string());
            if index + 1 == count {
                headers.insert(header::NATS_BATCH_COMMIT, header::NATS_BATCH_COMMIT_FINAL);
                let storing = self.request(write, headers, count as u64);
                let is_of_batch = |subject: &str| is_written_by(commits, fence, subject);
                let stored = self.client.permitted_all(is_of_batch, storing).await??;
                return Ok(Appended { first: stored.first + carriers, last: stored.last });
            }
            self.client
                .publish_with_headers(write.subject.as_str().to_owned(), headers, write.body.clone())
                .await
                .map_err(|error| GroupFailure::Unavailable(error.to_string()))?;
        }
        Err(GroupFailure::Refused("an empty batch".to_owned()))
    }

    /// The message that holds a fence's expectation: a message holds one, and each of the others
    /// expects something of its own subject. Stands first, so that it is about what is stored
    /// before the batch. Which lane is as good as any, if batches on their way have others.
    fn carrier(&self, fence: &Fence, number: u64) -> (Write, HeaderMap) {
        let lane = usize::try_from(self.first_lane.wrapping_add(number)).unwrap_or_default();
        let lane = lane % fence.lanes.len();
        let body = Bytes::from_static(CARRIER_BODY);
        let write = Write { subject: fence.carrier.clone(), expected: fence.expected(lane), body };
        let mut headers = expectation(&write);
        headers.insert(EXPECTED_SUBJECT_HEADER, fence.lanes[lane].as_str());
        (write, headers)
    }

    async fn publish(&self, write: &Write) -> Result<Appended, GroupFailure> {
        self.check_connected()?;
        let storing = self.request(write, expectation(write), 1);
        self.client.permitted(write.subject.as_str(), storing).await?
    }

    /// A disconnected client would keep the message and send it much later.
    fn check_connected(&self) -> Result<(), GroupFailure> {
        api::check_connected(&self.client).map_err(|error| GroupFailure::Unavailable(error.to_string()))
    }

    /// Sends the message that is acknowledged and reads the acknowledgement of `count` messages.
    async fn request(&self, write: &Write, headers: HeaderMap, count: u64) -> Result<Appended, GroupFailure> {
        let request = Request::new().headers(headers).payload(write.body.clone()).timeout(Some(self.timeout));
        let asking = self.client.send_request(write.subject.as_str().to_owned(), request);
        let answer = self.client.while_connected(asking).await;
        let answer = answer.map_err(|broken| GroupFailure::Unknown(broken.to_string()))?;
        let answer = answer.map_err(|error| match error.kind() {
            RequestErrorKind::NoResponders => GroupFailure::Unheard,
            RequestErrorKind::MaxPayloadExceeded | RequestErrorKind::InvalidSubject => {
                GroupFailure::Refused(error.to_string())
            }
            RequestErrorKind::TimedOut => GroupFailure::Unknown(format!("no answer in {:?}", self.timeout)),
            RequestErrorKind::Other => GroupFailure::Unknown(error.to_string()),
        })?;
        read_acknowledgement(&answer.payload, &self.stream, count)
    }
}

/// What became of a group that was not stored, or perhaps was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GroupFailure {
    Conflict,
    /// Another message on one of the subjects is on its way. A conflict, as far as anybody knows.
    InProcess,
    Refused(String),
    NotPermitted(NotPermitted),
    Unknown(String),
    /// No server takes writes of the stream now: nothing of it is stored.
    Unheard,
    Unavailable(String),
}

impl From<NotPermitted> for GroupFailure {
    fn from(denial: NotPermitted) -> Self {
        Self::NotPermitted(denial)
    }
}

impl GroupFailure {
    /// The failure as the appender is told it, who says what a conflict would be about.
    pub(super) fn answer(self, conflict: impl FnOnce() -> AppendError) -> AppendError {
        match self {
            Self::Conflict | Self::InProcess => conflict(),
            Self::Refused(reason) => AppendError::Refused { reason },
            Self::NotPermitted(denial) => AppendError::NotPermitted(denial),
            Self::Unknown(reason) => AppendError::Unknown { reason, source: None },
            Self::Unheard => {
                AppendError::Unavailable { reason: "no server takes writes".to_owned(), source: None }
            }
            Self::Unavailable(reason) => AppendError::Unavailable { reason, source: None },
        }
    }
}

/// Whether a batch of these commits writes a subject.
fn is_written_by(commits: &[&Commit], fence: Option<&Fence>, subject: &str) -> bool {
    let is_carrier = fence.is_some_and(|fence| fence.carrier.as_str() == subject);
    is_carrier
        || commits.iter().flat_map(|commit| &commit.writes).any(|write| write.subject.as_str() == subject)
}

/// The literal expectation: without a subject of its own it is about the message's subject.
fn expectation(write: &Write) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, write.expected.to_string());
    headers
}

/// Success is what has no error and names this stream and this count, never just a sequence: an
/// acknowledgement with an error has one too.
pub(super) fn read_acknowledgement(
    payload: &[u8],
    stream: &str,
    count: u64,
) -> Result<Appended, GroupFailure> {
    let acknowledgement: Acknowledgement = serde_json::from_slice(payload)
        .map_err(|error| GroupFailure::Unknown(format!("the acknowledgement is unreadable: {error}")))?;
    if let Some(error) = acknowledgement.error {
        return Err(classify(&error));
    }
    let last = acknowledgement.seq;
    if acknowledgement.stream != stream || acknowledgement.count.unwrap_or(1) != count || last < count {
        let text = String::from_utf8_lossy(payload);
        return Err(GroupFailure::Unknown(format!("{count} message(s) were acknowledged by {text}")));
    }
    Ok(Appended { first: last - count + 1, last })
}

fn classify(error: &ApiError) -> GroupFailure {
    if error.err_code == WRONG_LAST_SEQUENCE {
        return GroupFailure::Conflict;
    }
    if error.err_code == IN_PROCESS {
        return GroupFailure::InProcess;
    }
    if UNCERTAIN.contains(&error.err_code) || error.code >= 500 {
        return GroupFailure::Unknown(error.to_string());
    }
    GroupFailure::Refused(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(payload: &str, count: u64) -> Result<Appended, GroupFailure> {
        read_acknowledgement(payload.as_bytes(), "ITAM_main", count)
    }

    fn error(code: u16, err_code: u64) -> Result<Appended, GroupFailure> {
        let payload = format!(
            r#"{{"error":{{"code":{code},"err_code":{err_code},"description":"d"}},"stream":"ITAM_main","seq":0}}"#
        );
        read(&payload, 1)
    }

    #[test]
    fn rule_5_every_error_code_is_classified() {
        assert_eq!(error(400, 10071), Err(GroupFailure::Conflict));
        assert_eq!(error(400, 10164), Err(GroupFailure::InProcess));
        for err_code in [10163, 10176, 10210] {
            assert!(matches!(error(400, err_code), Err(GroupFailure::Unknown(_))), "{err_code}");
        }
        assert!(matches!(error(503, 10077), Err(GroupFailure::Unknown(_))));
        assert!(matches!(error(400, 10054), Err(GroupFailure::Refused(_))));
    }

    #[test]
    fn rule_5_success_is_never_inferred_from_a_sequence() {
        let with_error = r#"{"error":{"code":400,"err_code":10071},"stream":"ITAM_main","seq":7}"#;
        assert_eq!(read(with_error, 1), Err(GroupFailure::Conflict));
        assert!(matches!(read(r#"{"seq":7}"#, 1), Err(GroupFailure::Unknown(_))));
        assert!(matches!(read(r#"{"stream":"ITAM_main","seq":0}"#, 1), Err(GroupFailure::Unknown(_))));
        assert!(matches!(read("", 1), Err(GroupFailure::Unknown(_))));
    }

    #[test]
    fn rule_7_a_batch_that_was_stored_as_separate_messages_is_no_success() {
        let batch = r#"{"stream":"ITAM_main","seq":9,"batch":"b","count":3}"#;
        assert_eq!(read(batch, 3), Ok(Appended { first: 7, last: 9 }));
        let single = r#"{"stream":"ITAM_main","seq":9}"#;
        assert_eq!(read(single, 1), Ok(Appended { first: 9, last: 9 }));
        assert!(matches!(read(single, 3), Err(GroupFailure::Unknown(_))));
    }
}
