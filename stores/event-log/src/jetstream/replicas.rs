//! Looks after the copies of our streams on the servers of a cluster.
//!
//! A leader is believed about who is there and who is behind; of a server that is there and holds
//! nothing, or cannot use what it holds, only that server itself says so, at its monitoring address.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::join_all;
use itam_nats::NatsClient;
use serde::Deserialize;

use super::api::{self, ApiError};
use super::group::ReplicaGroup;
use super::monitoring;
use super::replica_fault::{FaultAges, LASTS, LastingFault, Leadership, OwnWord, judge};
use super::rights::streams;
use super::setup::StreamState;
use crate::{Cause, LogError, Tenant};

const OPERATION: &str = "asking for the replicas";
/// How long an answer may take. One that takes longer is no news.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often is looked while nothing is wrong, and while something is.
const CALM: Duration = Duration::from_secs(2);
const IN_DOUBT: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
struct StreamInfo {
    state: StreamState,
    /// Missing where there is no cluster.
    cluster: Option<ReplicaGroup>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ReplicaAnswer {
    Failure { error: ApiError },
    Info(StreamInfo),
}

/// The monitoring address of a server, and its name once it was heard.
struct Monitored {
    url: String,
    name: Option<String>,
}

/// Looks after the copies of a tenant's streams: the log, the checkpoints, people and tokens.
pub struct ReplicaWatch {
    client: NatsClient,
    /// Those that this user may ask about.
    streams: Vec<String>,
    monitored: Vec<Monitored>,
    ages: FaultAges,
}

impl ReplicaWatch {
    /// A watch that has seen nothing yet. Of servers whose monitoring address is not named, only the
    /// leaders speak.
    #[must_use]
    pub fn new(client: NatsClient, tenant: &Tenant, monitoring_urls: &[String]) -> Self {
        let monitored = monitoring_urls.iter().map(|url| Monitored { url: url.clone(), name: None });
        let streams = streams(tenant).to_vec();
        Self { client, streams, monitored: monitored.collect(), ages: FaultAges::default() }
    }

    /// Looks once, and gives what has been seen to be wrong for 5 s and more.
    pub async fn look(&mut self) -> Vec<LastingFault> {
        let own_words = join_all(self.monitored.iter_mut().map(own_word));
        let told = join_all(self.streams.iter().map(|stream| ask(&self.client, stream)));
        let (own_words, told) = tokio::join!(own_words, told);
        let own_words: Vec<OwnWord> = own_words.into_iter().flatten().collect();
        let told = std::mem::take(&mut self.streams).into_iter().zip(told);
        let told: Vec<(String, Leadership)> =
            told.filter_map(|(stream, told)| told.map(|told| (stream, told))).collect();
        self.ages.note(judge(&told, &own_words), Instant::now());
        self.streams = told.into_iter().map(|(stream, _)| stream).collect();
        self.ages.lasting(Instant::now())
    }

    /// Looks until it is clear whether something is wrong that lasts, and gives that.
    pub async fn look_twice(&mut self) -> Vec<LastingFault> {
        let begun = Instant::now();
        loop {
            let lasting = self.look().await;
            // What begins meanwhile lasts no longer than this look.
            if !self.ages.is_in_doubt() || begun.elapsed() > LASTS + PATIENCE + PATIENCE {
                return lasting;
            }
            tokio::time::sleep(IN_DOUBT).await;
        }
    }

    /// Waits until it is time to look again.
    pub async fn pause(&self) {
        tokio::time::sleep(if self.ages.is_in_doubt() { IN_DOUBT } else { CALM }).await;
    }

    /// The streams that are looked after.
    #[must_use]
    pub fn streams(&self) -> &[String] {
        &self.streams
    }

    /// Every copy that was ever heard of: the stream, and the server's name.
    #[must_use]
    pub fn copies(&self) -> BTreeSet<(String, String)> {
        self.ages.copies()
    }
}

impl std::fmt::Debug for ReplicaWatch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ReplicaWatch").field("streams", &self.streams).finish_non_exhaustive()
    }
}

/// What is said of a stream; `None` if this user may not ask, and then is not asked again.
async fn ask(client: &NatsClient, stream: &str) -> Option<Leadership> {
    let subject = client.api(&format!("STREAM.INFO.{stream}"));
    let answer = match api::ask_within(client, OPERATION, subject, Bytes::new(), PATIENCE).await {
        Ok(answer) => serde_json::from_slice::<ReplicaAnswer>(&answer.payload),
        Err(LogError::NotPermitted { .. }) => return None,
        Err(_) => return Some(Leadership::Leaderless("nobody answers who leads it".to_owned())),
    };
    Some(match answer {
        Ok(ReplicaAnswer::Info(info)) if info.cluster.as_ref().is_none_or(ReplicaGroup::is_heard) => {
            Leadership::Led(info.cluster, info.state.messages)
        }
        Ok(ReplicaAnswer::Info(_)) => {
            Leadership::Leaderless("nobody leads it who hears from a majority".to_owned())
        }
        Ok(ReplicaAnswer::Failure { error }) if error.err_code == ApiError::STREAM_NOT_FOUND => {
            Leadership::Absent
        }
        Ok(ReplicaAnswer::Failure { error }) => Leadership::Leaderless(error.to_string()),
        Err(error) => Leadership::Leaderless(format!("the answer cannot be read: {error}")),
    })
}

/// What a server says against itself, if it says anything.
async fn own_word(monitored: &mut Monitored) -> Option<OwnWord> {
    let asking = async {
        if monitored.name.is_none() {
            monitored.name = Some(monitoring::server_name(&monitored.url).await?);
        }
        let complaints = monitoring::complaints(&monitored.url).await?;
        let held = if complaints.is_empty() { None } else { monitoring::held(&monitored.url).await.ok() };
        Ok::<_, Cause>((complaints, held))
    };
    // A server that does not answer is missed by its leaders.
    let (complaints, held) = tokio::time::timeout(PATIENCE, asking).await.ok()?.ok()?;
    let server = monitored.name.clone().unwrap_or_default();
    (!complaints.is_empty()).then_some(OwnWord { server, complaints, held })
}
