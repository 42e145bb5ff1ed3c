//! A stream beside the log's, for what is said about the log: `ITAM_<tenant>_CHECKPOINTS`.
//!
//! It has a name, subjects and permissions of its own, so that whoever may append events can be
//! kept from rewriting what was signed about them. It knows no more of its notes than that they
//! are bytes and that each comes behind the one before.

use std::num::NonZeroUsize;

use async_nats::{HeaderMap, Request, header};
use bytes::Bytes;
use itam_nats::NatsClient;
use serde_json::{Value, json};

use super::direct::DirectReader;
use super::publisher::{self, GroupFailure};
use super::{api, setup};
use crate::{AppendError, LogError, StoredMessage, Subject, Tenant};

/// How long an append waits for its acknowledgement.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// The stream of one tenant's checkpoints.
pub struct CheckpointStream {
    client: NatsClient,
    stream: String,
    subject: Subject,
    direct: DirectReader,
}

impl CheckpointStream {
    /// Makes the stream or checks the one that is there.
    ///
    /// # Errors
    /// [`LogError::Misconfigured`] if it has other settings; [`LogError::Unavailable`] if the
    /// server does not answer; [`LogError::NotPermitted`].
    pub async fn connect(
        client: impl Into<NatsClient>,
        tenant: &Tenant,
        replicas: usize,
    ) -> Result<Self, LogError> {
        let client = client.into();
        let stream = tenant.checkpoint_stream_name();
        let subject = tenant.checkpoint_subject();
        setup::ensure(&client, &stream, &wanted_config(&stream, &subject, replicas)).await?;
        let direct = DirectReader::new(client.clone(), stream.clone());
        Ok(Self { client, stream, subject, direct })
    }

    /// Makes the stream if it is missing, and says nothing of one that is there. For whoever makes the
    /// log's stream, so that who only seals need not have the right: a stream can be made so that the
    /// server copies what is stored in it to any subject.
    ///
    /// # Errors
    /// [`LogError::NotPermitted`], or [`LogError::Unavailable`].
    pub async fn make(
        client: impl Into<NatsClient>,
        tenant: &Tenant,
        replicas: usize,
    ) -> Result<(), LogError> {
        let (stream, subject) = (tenant.checkpoint_stream_name(), tenant.checkpoint_subject());
        let wanted = wanted_config(&stream, &subject, replicas);
        setup::make(&client.into(), &stream, &wanted).await
    }

    /// The stream as it is, to read it; `None` if nobody has made it. Nothing is made or compared.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] as in [`Self::connect`].
    pub async fn find(client: impl Into<NatsClient>, tenant: &Tenant) -> Result<Option<Self>, LogError> {
        let client = client.into();
        let stream = tenant.checkpoint_stream_name();
        let found = setup::find(&client, &stream).await?;
        Ok(found.map(|_| {
            let direct = DirectReader::new(client.clone(), stream.clone());
            Self { subject: tenant.checkpoint_subject(), client, stream, direct }
        }))
    }

    /// Notes from a position of the stream on, about `limit` of them; none behind its end.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] if one is missing between others; [`LogError::Unavailable`].
    pub async fn read(&self, from: u64, limit: NonZeroUsize) -> Result<Vec<StoredMessage>, LogError> {
        let head = self.direct.head().await?;
        Ok(self.direct.read(from.max(1), limit.get(), head).await?.messages)
    }

    /// The newest note, as the leader knows it; its position is the stream's, not the log's.
    ///
    /// # Errors
    /// [`LogError::Unavailable`].
    pub async fn newest(&self) -> Result<Option<StoredMessage>, LogError> {
        self.direct.get_from_leader(&json!({ "last_by_subj": self.subject.as_str() })).await
    }

    /// Stores a note behind position `after` (0 for the first one), and nowhere else.
    ///
    /// # Errors
    /// [`AppendError::Conflict`] if another note is there already.
    pub async fn append(&self, after: u64, note: Bytes) -> Result<u64, AppendError> {
        let conflict = || AppendError::Conflict { subjects: vec![self.subject.clone()] };
        let failed = |failure: GroupFailure| failure.answer(conflict);
        api::check_connected(&self.client)
            .map_err(|error| failed(GroupFailure::Unavailable(error.to_string())))?;
        let mut headers = HeaderMap::new();
        headers.insert(header::NATS_EXPECTED_LAST_SEQUENCE, after.to_string());
        let request = Request::new().headers(headers).payload(note).timeout(Some(PATIENCE));
        let subject = self.subject.as_str();
        let asking = self.client.while_connected(self.client.send_request(subject.to_owned(), request));
        let sent = self.client.permitted(subject, asking).await;
        let answer = sent.map_err(|denied| failed(denied.into()))?;
        let answer = answer.map_err(|broken| failed(GroupFailure::Unknown(broken.to_string())))?;
        let answer = answer.map_err(|error| failed(GroupFailure::Unknown(error.to_string())))?;
        let stored = publisher::read_acknowledgement(&answer.payload, &self.stream, 1).map_err(failed)?;
        Ok(stored.last)
    }
}

impl std::fmt::Debug for CheckpointStream {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CheckpointStream").field("stream", &self.stream).finish_non_exhaustive()
    }
}

/// Nothing that is stored is changed, removed or forgotten.
pub(super) fn wanted_config(stream: &str, subject: &Subject, replicas: usize) -> Value {
    json!({
        "name": stream,
        "subjects": [subject.as_str()],
        "storage": "file",
        "retention": "limits",
        "discard": "new",
        "compression": "none",
        "num_replicas": replicas,
        "max_msgs": -1,
        "max_bytes": -1,
        "max_msgs_per_subject": -1,
        "max_age": 0,
        "allow_direct": true,
        "deny_delete": true,
        "deny_purge": true,
        "allow_rollup_hdrs": false,
        "no_ack": false,
        "sealed": false,
        "republish": null,
        "mirror": null,
        "sources": null,
        "subject_transform": null,
    })
}
