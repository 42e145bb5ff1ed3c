//! A key-value bucket: its set-up, its conditional writes and its authoritative reads.

use std::ops::Deref as _;
use std::time::Duration;

use async_nats::header::{self, HeaderName, HeaderValue};
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{Info, LastRawMessageErrorKind, Stream};
use async_nats::jetstream::{self, Context, ErrorCode};
use async_nats::{HeaderMap, Message};
use itam_nats::{DirectError, NatsClient};
use serde::Deserialize;
use serde_json::json;

use super::bucket_config::{check, configuration};
use crate::error::fault;
use crate::{Cause, VaultError};

/// The most changes of one request.
const PAGE: usize = 1000;

const OPENING: &str = "opening a bucket";
const FOLLOWING: &str = "following a bucket";

/// How the buckets are made if they are not there.
#[derive(Debug, Clone)]
pub struct BucketOptions {
    /// Whose buckets: a subject token of letters, digits, `-` and `_`.
    pub tenant: String,
    /// How many servers hold each entry.
    pub replicas: usize,
}

const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

const OPERATION_HEADER: &str = "KV-Operation";
const EXPECTED_HEADER: &str = "Nats-Expected-Last-Subject-Sequence";

/// One key with its last value.
#[derive(Debug, Clone)]
pub(super) struct BucketEntry {
    pub(super) key: String,
    /// 0 if the key was never written.
    pub(super) revision: u64,
    /// `None` if it was never written or was deleted.
    pub(super) value: Option<Vec<u8>>,
}

/// A write of one key, if its revision is still `expected`.
#[derive(Debug)]
pub(super) struct BucketWrite {
    pub(super) key: String,
    pub(super) expected: u64,
    /// `None` deletes the key.
    pub(super) value: Option<Vec<u8>>,
}

/// Why nothing was written.
#[derive(Debug)]
pub(super) enum WriteError {
    /// Another writer was first.
    Conflict,
    /// Anything else.
    Fault(VaultError),
}

#[derive(Debug, Clone)]
pub(super) struct Bucket {
    client: NatsClient,
    stream: Stream<Info>,
    name: String,
    prefix: String,
}

/// Changes of a bucket, in their order.
pub(super) struct BucketChanges {
    pub(super) entries: Vec<BucketEntry>,
    /// The revision behind which the next ones come.
    pub(super) up_to: u64,
}

/// What the server says to a publish.
#[derive(Deserialize)]
struct Acknowledgement {
    seq: u64,
}

impl Bucket {
    /// Opens the bucket `ITAM_<tenant>_<kind>`, made if it is not there.
    pub(super) async fn open(
        client: NatsClient,
        options: &BucketOptions,
        kind: &str,
    ) -> Result<Self, VaultError> {
        let name = bucket_name(&options.tenant, kind)?;
        let context = jetstream::with_prefix(client.deref().clone(), client.api_prefix());
        let stream = find_or_make(&client, &context, &name, options.replicas).await?;
        check(&name, &stream.cached_info().config)?;
        let (stream_name, prefix) = (format!("KV_{name}"), format!("$KV.{name}."));
        Ok(Self { client, stream, name: stream_name, prefix })
    }

    /// The key of a message of this bucket.
    fn key_of<'a>(&self, subject: &'a str) -> Option<&'a str> {
        subject.strip_prefix(&self.prefix)
    }

    /// The last revision, as the server knows it that accepts the writes. A bucket that was made anew
    /// since this one was opened is another one.
    pub(super) async fn last_revision(&self) -> Result<u64, VaultError> {
        let info = self.permitted(FOLLOWING, "STREAM.INFO", self.stream.get_info()).await?;
        let info = info.map_err(|error| fault(FOLLOWING, error))?;
        if info.created != self.stream.cached_info().created {
            return Err(fault(FOLLOWING, std::io::Error::other("the bucket is another one than before")));
        }
        Ok(info.state.last_sequence)
    }

    /// What some replica knows behind a revision; it may be a moment late.
    pub(super) async fn changes(&self, behind: u64) -> Result<BucketChanges, VaultError> {
        let request =
            json!({ "seq": behind + 1, "next_by_subj": format!("{}>", self.prefix), "batch": PAGE });
        let page = self.client.direct_get(&self.name, &request).await.map_err(|error| match error {
            DirectError::NotPermitted(denial) => VaultError::NotPermitted { operation: FOLLOWING, denial },
            error => fault(FOLLOWING, error),
        })?;
        let entries: Vec<BucketEntry> =
            page.messages.iter().map(|message| self.entry_of(message)).collect::<Result<_, _>>()?;
        let up_to = entries.last().map_or(behind, |last| last.revision);
        Ok(BucketChanges { entries, up_to })
    }

    /// Whether the leader holds a message behind a revision.
    pub(super) async fn is_there_beyond(&self, revision: u64) -> Result<bool, VaultError> {
        let reading = self.stream.get_first_raw_message_by_subject(format!("{}>", self.prefix), revision + 1);
        match self.permitted(FOLLOWING, "STREAM.MSG.GET", reading).await? {
            Ok(_) => Ok(true),
            Err(error) if is_absent(&error.kind()) => Ok(false),
            Err(error) => Err(fault(FOLLOWING, error)),
        }
    }

    fn entry_of(&self, message: &Message) -> Result<BucketEntry, VaultError> {
        let unreadable = || VaultError::Misconfigured("a bucket gave an unreadable message".to_owned());
        let headers = message.headers.as_ref().ok_or_else(unreadable)?;
        let text = |name: HeaderName| headers.get(name).map(HeaderValue::as_str);
        let revision =
            text(header::NATS_SEQUENCE).and_then(|text| text.parse().ok()).ok_or_else(unreadable)?;
        let subject = text(header::NATS_SUBJECT).ok_or_else(unreadable)?;
        let key = self.key_of(subject).ok_or_else(unreadable)?.to_owned();
        let value = (!is_deletion(headers)).then(|| message.payload.to_vec());
        Ok(BucketEntry { key, revision, value })
    }

    /// Waits for something that takes the right to use a verb of the servers' interface.
    async fn permitted<T>(
        &self,
        operation: &'static str,
        verb: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, VaultError> {
        let subject = self.client.api(&format!("{verb}.{}", self.name));
        let done = self.client.permitted(&subject, self.client.while_connected(work)).await;
        let done = done.map_err(|denial| VaultError::NotPermitted { operation, denial })?;
        done.map_err(|broken| fault(operation, broken))
    }

    /// The last value of a key, from the server that accepts the writes: never stale.
    pub(super) async fn load(&self, key: &str) -> Result<BucketEntry, VaultError> {
        let subject = format!("{}{key}", self.prefix);
        let key = key.to_owned();
        let reading = self.stream.get_last_raw_message_by_subject(&subject);
        match self.permitted("reading an entry", "STREAM.MSG.GET", reading).await? {
            Ok(message) => {
                let value = (!is_deletion(&message.headers)).then(|| message.payload.to_vec());
                Ok(BucketEntry { key, revision: message.sequence, value })
            }
            Err(error) if is_absent(&error.kind()) => Ok(BucketEntry { key, revision: 0, value: None }),
            Err(error) => Err(fault("reading an entry", error)),
        }
    }

    /// Writes all or nothing (ADR-50), and says the revision of the last.
    pub(super) async fn write(&self, writes: Vec<BucketWrite>) -> Result<u64, WriteError> {
        // An inbox is a name that no other writer uses.
        let batch = (writes.len() > 1).then(|| self.client.new_inbox());
        let last = writes.len();
        for (index, write) in writes.into_iter().enumerate() {
            let number = index + 1;
            let mut headers = write.headers();
            if let Some(batch) = &batch {
                headers.insert("Nats-Batch-Id", batch.as_str());
                headers.insert("Nats-Batch-Sequence", number.to_string());
            }
            let subject = format!("{}{}", self.prefix, write.key);
            let payload = write.value.unwrap_or_default();
            if number == last {
                if batch.is_some() {
                    headers.insert("Nats-Batch-Commit", "1");
                }
                return self.publish_last(subject, headers, payload).await;
            }
            // Only the last message of a batch says whether it was stored.
            self.client
                .publish_with_headers(subject, headers, payload.into())
                .await
                .map_err(|error| WriteError::Fault(fault("writing an entry", error)))?;
        }
        Err(WriteError::Fault(VaultError::Misconfigured("a write of nothing".to_owned())))
    }

    /// Deletes every value of a key but the last, and overwrites their bytes on disk.
    pub(super) async fn shred_earlier_values(&self, key: &str) -> Result<(), VaultError> {
        const SHREDDING: &str = "shredding the earlier values of an entry";
        let subject = format!("{}{key}", self.prefix);
        let last = self.load(key).await?.revision;
        // Bounded: each round deletes one of a bounded number of values.
        loop {
            let earliest = match self.stream.get_first_raw_message_by_subject(&subject, 1).await {
                Ok(message) => message.sequence,
                Err(error) if is_absent(&error.kind()) => return Ok(()),
                Err(error) => return Err(fault(SHREDDING, error)),
            };
            if earliest >= last {
                return Ok(());
            }
            self.shred(earliest).await?;
        }
    }

    /// The server overwrites what is deleted so. Harmless if it is gone already.
    async fn shred(&self, revision: u64) -> Result<(), VaultError> {
        let deleting = self.stream.delete_message(revision);
        let Err(error) = self.permitted("shredding an entry", "STREAM.MSG.DELETE", deleting).await? else {
            return Ok(());
        };
        // The server has one error code for every failed deletion.
        match self.stream.get_raw_message(revision).await {
            Err(absence) if is_absent(&absence.kind()) => Ok(()),
            _ => Err(fault("shredding an entry", error)),
        }
    }

    async fn publish_last(
        &self,
        subject: String,
        headers: HeaderMap,
        payload: Vec<u8>,
    ) -> Result<u64, WriteError> {
        let writing = |cause: Cause| WriteError::Fault(fault("writing an entry", cause));
        let request = self.client.request_with_headers(subject, headers, payload.into());
        let is_own = |denied: &str| denied.starts_with(&self.prefix);
        let answer = self.client.permitted_all(is_own, tokio::time::timeout(WRITE_TIMEOUT, request)).await;
        let answer = answer
            .map_err(|denial| VaultError::NotPermitted { operation: "writing an entry", denial })?
            .map_err(|elapsed| writing(elapsed.into()))?
            .map_err(|error| writing(error.into()))?;
        match serde_json::from_slice(&answer.payload).map_err(|error| writing(error.into()))? {
            Response::Ok(Acknowledgement { seq }) => Ok(seq),
            Response::Err { error } if is_conflict(error.error_code()) => Err(WriteError::Conflict),
            Response::Err { error } => Err(writing(error.into())),
        }
    }
}

impl BucketEntry {
    /// A write that replaces exactly this entry.
    pub(super) fn overwritten(self, value: Option<Vec<u8>>) -> BucketWrite {
        BucketWrite { key: self.key, expected: self.revision, value }
    }
}

impl From<VaultError> for WriteError {
    fn from(error: VaultError) -> Self {
        Self::Fault(error)
    }
}

impl BucketWrite {
    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(EXPECTED_HEADER, self.expected.to_string());
        if self.value.is_none() {
            headers.insert(OPERATION_HEADER, "DEL");
        }
        headers
    }
}

pub(super) fn is_deletion(headers: &HeaderMap) -> bool {
    headers.get(OPERATION_HEADER).is_some_and(|value| matches!(value.as_str(), "DEL" | "PURGE"))
}

fn bucket_name(tenant: &str, kind: &str) -> Result<String, VaultError> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if tenant.is_empty() || !tenant.chars().all(is_token) {
        return Err(VaultError::Misconfigured(format!("{tenant:?} cannot be in the name of a bucket")));
    }
    Ok(format!("ITAM_{tenant}_{kind}"))
}

/// The bucket's stream, made if it is not there: who may only read may not make one.
async fn find_or_make(
    client: &NatsClient,
    context: &Context,
    name: &str,
    replicas: usize,
) -> Result<Stream<Info>, VaultError> {
    let stream = format!("KV_{name}");
    let denied = |denial| VaultError::NotPermitted { operation: OPENING, denial };
    let subject = client.api(&format!("STREAM.INFO.{stream}"));
    match client.permitted(&subject, context.get_stream(&stream)).await.map_err(denied)? {
        Ok(found) => return Ok(found),
        Err(error) if !is_missing(&error.kind()) => return Err(fault(OPENING, error)),
        Err(_) => {}
    }
    let subject = client.api(&format!("STREAM.CREATE.{stream}"));
    let making = context.create_stream(configuration(name, replicas));
    match client.permitted(&subject, making).await.map_err(denied)? {
        Ok(made) => Ok(made),
        Err(error) if is_made_otherwise(&error.kind()) => {
            context.get_stream(&stream).await.map_err(|error| fault(OPENING, error))
        }
        Err(error) => Err(fault(OPENING, error)),
    }
}

fn is_missing(kind: &GetStreamErrorKind) -> bool {
    match kind {
        GetStreamErrorKind::JetStream(cause) => cause.error_code() == ErrorCode::STREAM_NOT_FOUND,
        _ => false,
    }
}

/// The stream is there with other settings, such as another number of replicas.
fn is_made_otherwise(kind: &CreateStreamErrorKind) -> bool {
    match kind {
        CreateStreamErrorKind::JetStream(cause) => cause.error_code() == ErrorCode::STREAM_NAME_EXIST,
        _ => false,
    }
}

fn is_absent(kind: &LastRawMessageErrorKind) -> bool {
    match kind {
        LastRawMessageErrorKind::NoMessageFound => true,
        LastRawMessageErrorKind::JetStream(cause) => cause.error_code() == ErrorCode::NO_MESSAGE_FOUND,
        _ => false,
    }
}

/// The second code is what replicated streams mostly say.
fn is_conflict(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::STREAM_WRONG_LAST_SEQUENCE | ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT)
}
