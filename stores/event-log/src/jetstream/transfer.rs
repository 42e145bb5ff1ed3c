//! Handing a `JetStream` log over, and taking a history over into a new stream.
//!
//! While it is taken over, the stream's metadata says so, and services refuse it: half a history
//! is never taken for a whole one. Each batch says after which position it comes, so that what is
//! there is always a prefix of the source, whatever happens to the connection; whoever comes back
//! goes on where it ends.

use std::num::NonZeroUsize;
use std::time::Duration;

use async_nats::{HeaderMap, Request, header};
use async_trait::async_trait;
use chrono::SecondsFormat;
use itam_nats::NatsClient;
use serde_json::json;

use super::batch_id::BatchIds;
use super::direct::DirectReader;
use super::progress::ReadProgress;
use super::stored::{COMMIT_HEADER, CommitMark, STORED_AT_HEADER, StoredPiece};
use super::{JetStreamLog, JetStreamOptions, api, monitoring, publisher, setup};
use crate::transfer::check_sequel;
use crate::{LogError, LogExport, LogImport, Tenant, TransferRecord};

const IMPORTING: &str = "taking a history over into the stream";
/// The most messages of one batch; a server takes 1,000.
const BATCH: usize = 990;
/// The most bytes of one batch, apart from its last commit.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// How many messages one request of an export asks for.
const REQUEST: usize = 2048;
const PATIENCE: Duration = Duration::from_secs(30);

#[async_trait]
impl LogExport for JetStreamLog {
    async fn export(&self, from: u64, limit: NonZeroUsize) -> Result<Vec<TransferRecord>, LogError> {
        export(&self.direct, from, limit.get()).await
    }
}

/// Reads by direct get, which needs no consumer.
async fn export(direct: &DirectReader, from: u64, limit: usize) -> Result<Vec<TransferRecord>, LogError> {
    let head = direct.head().await?;
    let mut records: Vec<TransferRecord> = Vec::new();
    let mut next = from.max(1);
    let mut progress = ReadProgress::from(next);
    let is_open = |records: &[TransferRecord]| records.last().is_some_and(|record| !record.ends_commit);
    while next <= head && records.len() < limit || is_open(&records) {
        let request = json!({ "seq": next, "batch": (limit - limit.min(records.len())).clamp(16, REQUEST) });
        direct
            .get(&request, |piece| {
                if records.len() >= limit && !is_open(&records) {
                    return Ok(());
                }
                if piece.message.position != next {
                    let found = piece.message.position;
                    return Err(LogError::Corrupt(format!("position {next} is missing: {found} came")));
                }
                next += 1;
                records.push(TransferRecord { message: piece.message, ends_commit: piece.ends_commit });
                Ok(())
            })
            .await?;
        let wanted = limit.saturating_sub(records.len());
        for StoredPiece { message, ends_commit } in direct.pieces_instead(&mut progress, next, wanted).await?
        {
            next = message.position + 1;
            records.push(TransferRecord { message, ends_commit });
        }
    }
    Ok(records)
}

/// A new stream that takes a history over.
pub struct JetStreamImport {
    client: NatsClient,
    tenant: Tenant,
    stream: String,
    direct: DirectReader,
    batches: BatchIds,
}

impl JetStreamImport {
    /// Checks the server, and makes the tenant's stream, closed to services; or goes on with one
    /// that was not finished. The user must be allowed to update the stream.
    ///
    /// # Errors
    /// [`LogError::Misconfigured`] if the stream holds something else; else as
    /// [`JetStreamLog::connect`].
    pub async fn begin(
        client: impl Into<NatsClient>,
        tenant: Tenant,
        options: &JetStreamOptions,
    ) -> Result<Self, LogError> {
        let client = client.into();
        setup::check_server(&client)?;
        monitoring::check_sync_always(options).await?;
        setup::begin_import(&client, &tenant, options.replicas).await?;
        let stream = tenant.stream_name();
        let direct = DirectReader::new(client.clone(), stream.clone());
        Ok(Self { client, tenant, stream, direct, batches: BatchIds::new() })
    }

    /// Stores one batch after the position before it, and nowhere else.
    async fn store(&self, records: &[TransferRecord]) -> Result<(), LogError> {
        let unavailable = |source: crate::Cause| LogError::Unavailable { operation: IMPORTING, source };
        api::check_connected(&self.client).map_err(|error| unavailable(error.into()))?;
        let (_, batch) = self.batches.next();
        let last = records.len() - 1;
        for (index, record) in records.iter().enumerate() {
            let mut headers = headers(record);
            if index == 0 {
                let before = record.message.position - 1;
                headers.insert(header::NATS_EXPECTED_LAST_SEQUENCE, before.to_string());
            }
            if last > 0 {
                headers.insert(header::NATS_BATCH_ID, batch.as_str());
                headers.insert(header::NATS_BATCH_SEQUENCE, (index + 1).to_string());
            }
            let (subject, body) = (record.message.subject.as_str().to_owned(), record.message.body.clone());
            if index < last {
                let published = self.client.publish_with_headers(subject, headers, body).await;
                published.map_err(|error| unavailable(error.into()))?;
                continue;
            }
            if last > 0 {
                headers.insert(header::NATS_BATCH_COMMIT, header::NATS_BATCH_COMMIT_FINAL);
            }
            let request = Request::new().headers(headers).payload(body).timeout(Some(PATIENCE));
            let sent =
                self.client.permitted(&subject.clone(), self.client.send_request(subject, request)).await;
            let answer = sent.map_err(|denial| LogError::NotPermitted { operation: IMPORTING, denial })?;
            let answer = answer.map_err(|error| unavailable(error.into()))?;
            let stored = publisher::read_acknowledgement(&answer.payload, &self.stream, records.len() as u64)
                .map_err(|failure| unavailable(format!("{failure:?}").into()))?;
            if stored.last != record.message.position {
                let wanted = record.message.position;
                let found = stored.last;
                return Err(LogError::Corrupt(format!("position {wanted} was stored as {found}")));
            }
        }
        Ok(())
    }
}

/// When it was stored first, and whether its commit ends with it, which the batch does not say.
fn headers(record: &TransferRecord) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let stored_at = record.message.stored_at.to_rfc3339_opts(SecondsFormat::Nanos, true);
    headers.insert(STORED_AT_HEADER, stored_at);
    headers.insert(COMMIT_HEADER, CommitMark::of(record.ends_commit).as_str());
    headers
}

impl std::fmt::Debug for JetStreamImport {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("JetStreamImport").field("stream", &self.stream).finish_non_exhaustive()
    }
}

#[async_trait]
impl LogImport for JetStreamImport {
    async fn head(&self) -> Result<u64, LogError> {
        self.direct.head().await
    }

    async fn export(&self, from: u64, limit: NonZeroUsize) -> Result<Vec<TransferRecord>, LogError> {
        export(&self.direct, from, limit.get()).await
    }

    async fn import(&self, records: &[TransferRecord]) -> Result<(), LogError> {
        check_sequel(records, self.head().await?, &self.tenant)?;
        for batch in batches(records) {
            api::again(|| self.store(batch), api::is_unheard).await?;
        }
        Ok(())
    }

    async fn finish(&self) -> Result<(), LogError> {
        setup::finish_import(&self.client, &self.tenant).await
    }
}

/// Whole commits together, as many as one batch takes.
fn batches(records: &[TransferRecord]) -> Vec<&[TransferRecord]> {
    let mut batches = Vec::new();
    let (mut start, mut end, mut bytes) = (0, 0, 0);
    for commit in records.split_inclusive(|record| record.ends_commit) {
        let size: usize = commit.iter().map(|record| record.message.body.len()).sum();
        if end > start && (end - start + commit.len() > BATCH || bytes + size > BATCH_BYTES) {
            batches.push(&records[start..end]);
            (start, bytes) = (end, 0);
        }
        end += commit.len();
        bytes += size;
    }
    if end > start {
        batches.push(&records[start..end]);
    }
    batches
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{StoredMessage, Subject};

    fn record(position: u64, ends_commit: bool, bytes: usize) -> TransferRecord {
        let subject = Subject::try_new("itam.main.guard.seats").unwrap();
        let body = vec![b'x'; bytes].into();
        let message = StoredMessage { position, subject, stored_at: DateTime::UNIX_EPOCH, body };
        TransferRecord { message, ends_commit }
    }

    fn sizes(records: &[TransferRecord]) -> Vec<usize> {
        batches(records).iter().map(|batch| batch.len()).collect()
    }

    #[test]
    fn batches_end_where_commits_end_and_stay_within_the_servers_limit() {
        let single: Vec<TransferRecord> = (1..=2000).map(|position| record(position, true, 1)).collect();
        assert_eq!(sizes(&single), [990, 990, 20]);
        let commits: Vec<TransferRecord> =
            (1..=1200).map(|position| record(position, position % 400 == 0, 1)).collect();
        assert_eq!(sizes(&commits), [800, 400]);
        assert_eq!(sizes(&[]), Vec::<usize>::new());
    }

    #[test]
    fn batches_hold_a_bounded_number_of_bytes() {
        let large: Vec<TransferRecord> =
            (1..=10).map(|position| record(position, true, 1024 * 1024)).collect();
        assert_eq!(sizes(&large), [4, 4, 2]);
    }
}
