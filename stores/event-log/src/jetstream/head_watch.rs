//! Noticing that something was stored, for all who wait for it.
//!
//! Nobody is told: a consumer, which is, may deliver to any subject with the server's rights, so only
//! the administrator may make one. One of those who wait looks instead, at intervals that lengthen
//! while nothing comes.

use std::time::{Duration, Instant};

use async_nats::header;
use serde_json::json;
use tokio::sync::{Mutex, watch};

use super::api;
use super::direct::{BATCH, DirectReader, number, refused, status, unavailable};
use super::progress::{LAG_PAUSE, MOST_LAG};
use super::stored::Assembly;
use crate::{LogError, StoredMessage};

const FOLLOWING: &str = "following the stream";

const FIRST_PAUSE: Duration = Duration::from_millis(1);
/// How late a message is noticed on a log on which nothing happened before.
const LONGEST_PAUSE: Duration = Duration::from_millis(16);

/// How long one look may take: another replica may have died with the question, and the next look is
/// as good.
const LOOK_PATIENCE: Duration = Duration::from_secs(1);

/// Looks for new messages of one stream.
pub(super) struct HeadWatch {
    /// The last position that is known to be there.
    seen: watch::Sender<u64>,
    /// Held by the one that looks.
    looking: Mutex<()>,
}

impl HeadWatch {
    pub(super) fn new() -> Self {
        Self { seen: watch::Sender::new(0), looking: Mutex::new(()) }
    }

    /// Waits until a position is there, but not beyond the deadline, and says whether it is.
    pub(super) async fn await_beyond(
        &self,
        direct: &DirectReader,
        position: u64,
        deadline: Instant,
    ) -> Result<bool, LogError> {
        let mut seen = self.seen.subscribe();
        let told = seen.wait_for(|seen| *seen >= position);
        let looking = async {
            let _turn = self.looking.lock().await;
            self.look(direct, position).await
        };
        tokio::select! {
            biased;
            // The sender lives as long as this does.
            _ = told => Ok(true),
            found = tokio::time::timeout_at(deadline.into(), looking) => match found {
                Ok(found) => found.map(|()| true),
                Err(_) => Ok(false),
            },
        }
    }

    /// Looks until a position is there.
    async fn look(&self, direct: &DirectReader, position: u64) -> Result<(), LogError> {
        let mut pause = FIRST_PAUSE;
        // Bounded by the caller's deadline.
        loop {
            let last = direct.last().await?;
            self.seen.send_if_modified(|seen| {
                let is_news = last > *seen;
                *seen = last.max(*seen);
                is_news
            });
            if last >= position {
                return Ok(());
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }
}

impl DirectReader {
    /// Whole commits from a position on, about `limit` messages: what replicas give out now. None if
    /// they hold nothing there yet.
    pub(super) async fn read_on(&self, from: u64, limit: usize) -> Result<Vec<StoredMessage>, LogError> {
        let mut assembly = Assembly::new(from);
        let begun = Instant::now();
        loop {
            let before = assembly.next;
            let wanted = limit.saturating_sub(assembly.whole()).clamp(64, BATCH);
            let request = json!({ "seq": assembly.next, "batch": wanted });
            let is_full = self.take(&request, &mut assembly, limit).await?;
            if is_full || assembly.next == before && (!assembly.is_open() || begun.elapsed() > MOST_LAG) {
                return Ok(assembly.take());
            }
            // The rest of an open commit is there already, but perhaps not with this replica.
            if assembly.next == before {
                tokio::time::sleep(LAG_PAUSE).await;
            }
        }
    }

    /// The last position that some replica gives out; 0 if there is none.
    async fn last(&self) -> Result<u64, LogError> {
        let subject = self.client.api(&format!("DIRECT.GET.{}", self.stream));
        let request = json!({ "last_by_subj": ">" }).to_string();
        let answer = api::ask_within(&self.client, FOLLOWING, subject, request.into(), LOOK_PATIENCE).await?;
        match status(&answer) {
            None => number(&answer, header::NATS_SEQUENCE)
                .ok_or_else(|| unavailable("an answer without a position")),
            Some(404) => Ok(0),
            Some(_) => Err(refused(&answer)),
        }
    }
}
