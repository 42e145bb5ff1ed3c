//! The stream of checkpoints, beside the log's.

use async_trait::async_trait;
use itam_event_log::{AppendError, CheckpointStream, StoredMessage, Tenant};
use itam_nats::NatsClient;
use itam_proof::{KeptCheckpoint, SignedCheckpoint};
use itam_sealer::{Archive, Cause};
use tokio::sync::Mutex;

/// Keeps checkpoints in a stream of their own.
pub(super) struct StreamArchive {
    client: NatsClient,
    tenant: Tenant,
    replicas: usize,
    /// The stream, once it was reached, and its last position.
    reached: Mutex<Option<(CheckpointStream, u64)>>,
}

impl StreamArchive {
    pub(super) fn new(client: NatsClient, tenant: Tenant, replicas: usize) -> Self {
        Self { client, tenant, replicas, reached: Mutex::new(None) }
    }

    /// Reaches the stream and looks at its end.
    async fn look(&self) -> Result<(CheckpointStream, Option<StoredMessage>), Cause> {
        let stream = CheckpointStream::connect(self.client.clone(), &self.tenant, self.replicas).await?;
        let newest = stream.newest().await?;
        Ok((stream, newest))
    }
}

#[async_trait]
impl Archive for StreamArchive {
    fn name(&self) -> String {
        format!("the stream {}", self.tenant.checkpoint_stream_name())
    }

    async fn newest(&self) -> Result<Option<String>, Cause> {
        let mut reached = self.reached.lock().await;
        *reached = None;
        let (stream, newest) = self.look().await?;
        *reached = Some((stream, newest.as_ref().map_or(0, |message| message.position)));
        let note = newest.map(|message| String::from_utf8(message.body.to_vec()));
        Ok(note.transpose()?)
    }

    async fn keep(&self, checkpoint: &KeptCheckpoint) -> Result<(), Cause> {
        let mut reached = self.reached.lock().await;
        let (stream, last) = if let Some(reached) = reached.take() {
            reached
        } else {
            let (stream, newest) = self.look().await?;
            let newest_size = newest.as_ref().map_or(0, size_of);
            let last = newest.map_or(0, |message| message.position);
            if newest_size >= checkpoint.size {
                *reached = Some((stream, last));
                return Ok(());
            }
            (stream, last)
        };
        // After a failure the stream is looked at again: it may have been stored all the same.
        match stream.append(last, checkpoint.note.clone().into()).await {
            Ok(last) => {
                *reached = Some((stream, last));
                Ok(())
            }
            Err(error @ AppendError::Conflict { .. }) => {
                Err(format!("somebody else writes to it: {error}").into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// How many positions a note covers; one that cannot be read covers none.
fn size_of(message: &StoredMessage) -> u64 {
    let note = std::str::from_utf8(&message.body).unwrap_or_default();
    SignedCheckpoint::size_of(note).unwrap_or(0)
}
