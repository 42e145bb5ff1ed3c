//! The raw engine, `JetStream`: publishes of given bytes with given expectations, and no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_nats::{Client, HeaderMap, Request, header};
use itam_event_log::{Commit, JetStreamLog, JetStreamOptions, Tenant};
use serde::Deserialize;
use tokio::task::JoinSet;

use crate::ledger::Ledger;
use crate::measure::{Outcome, Sample, failure};

const TIMEOUT: Duration = Duration::from_secs(30);

/// A stream of its own, set up as the log's, and what is known of it.
pub(crate) struct RawStream {
    client: Client,
    ledger: Ledger,
}

#[derive(Deserialize)]
struct Acknowledgement {
    #[serde(default)]
    seq: u64,
    error: Option<serde_json::Value>,
}

impl RawStream {
    /// Makes the stream.
    pub(crate) async fn create(client: &Client, name: &str) -> Outcome<Self> {
        let tenant = Tenant::try_new(name)?;
        JetStreamLog::connect(client.clone(), tenant.clone(), JetStreamOptions::default()).await?;
        Ok(Self { client: client.clone(), ledger: Ledger::new(tenant) })
    }

    /// Publishes every commit by itself, `clients` at a time: a plain publish, or a batch where a
    /// commit holds several messages.
    pub(crate) async fn one_by_one(&mut self, commits: &[Commit], clients: usize) -> Outcome<Sample> {
        let groups = self.ledger.adopt(commits)?.into_iter().map(|commit| vec![commit]).collect();
        self.publish(groups, clients).await
    }

    /// Publishes batches of `group` commits, `in_flight` batches at a time.
    pub(crate) async fn in_groups(
        &mut self,
        commits: &[Commit],
        group: usize,
        in_flight: usize,
    ) -> Outcome<Sample> {
        let writes = commits.first().map_or(1, |commit| commit.writes.len());
        let group = group.clamp(1, Commit::MAX_WRITES / writes.max(1));
        let mut groups: Vec<Vec<Commit>> = Vec::new();
        let mut commits = self.ledger.adopt(commits)?.into_iter().peekable();
        while commits.peek().is_some() {
            groups.push(commits.by_ref().take(group).collect());
        }
        self.publish(groups, in_flight).await
    }

    async fn publish(&mut self, groups: Vec<Vec<Commit>>, in_flight: usize) -> Outcome<Sample> {
        let groups = Arc::new(groups);
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = JoinSet::new();
        let begun = Instant::now();
        for _ in 0..in_flight {
            let (groups, next, client) = (Arc::clone(&groups), Arc::clone(&next), self.client.clone());
            let prefix = self.ledger.tenant().clone();
            workers.spawn(async move {
                let mut sample = Sample::empty();
                let mut lasts = Vec::new();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(group) = groups.get(index) else {
                        return Ok::<_, Box<dyn std::error::Error + Send + Sync>>((sample, lasts));
                    };
                    let sent = Instant::now();
                    let last = publish_group(&client, group, &format!("{prefix}-{index}")).await?;
                    sample.record(sent.elapsed(), group.len() as u64);
                    lasts.push((index, last));
                }
            });
        }
        let mut sample = Sample::empty();
        let mut lasts = Vec::new();
        while let Some(worker) = workers.join_next().await {
            let (part, positions) = worker??;
            sample.merge(&part);
            lasts.extend(positions);
        }
        sample.elapsed = begun.elapsed();
        for (index, last) in lasts {
            let count: usize = groups[index].iter().map(|commit| commit.writes.len()).sum();
            self.ledger.note(&groups[index], last + 1 - count as u64);
        }
        Ok(sample)
    }
}

/// Publishes the commits as one, and gives the position of the last message.
async fn publish_group(client: &Client, group: &[Commit], batch: &str) -> Outcome<u64> {
    let count: usize = group.iter().map(|commit| commit.writes.len()).sum();
    for (index, write) in group.iter().flat_map(|commit| &commit.writes).enumerate() {
        let mut headers = HeaderMap::new();
        headers.insert(header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, write.expected.to_string());
        if count > 1 {
            headers.insert(header::NATS_BATCH_ID, batch);
            headers.insert(header::NATS_BATCH_SEQUENCE, (index + 1).to_string());
        }
        let subject = write.subject.as_str().to_owned();
        if index + 1 < count {
            client.publish_with_headers(subject, headers, write.body.clone()).await?;
            continue;
        }
        if count > 1 {
            headers.insert(header::NATS_BATCH_COMMIT, header::NATS_BATCH_COMMIT_FINAL);
        }
        let request = Request::new().headers(headers).payload(write.body.clone()).timeout(Some(TIMEOUT));
        let answer = client.send_request(subject, request).await?;
        let answer: Acknowledgement = serde_json::from_slice(&answer.payload)?;
        return match answer.error {
            None => Ok(answer.seq),
            Some(error) => Err(failure(format!("the raw publish was refused: {error}"))),
        };
    }
    Err(failure("an empty group"))
}
