//! Following the log live: an ephemeral consumer, and a new one at the next position whenever
//! anything is amiss with it.
//!
//! The client library's own consumers took up to 14.8 s to resume after a server's restart, or
//! never did. Here silence of a second, a new connection or any odd status is enough.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use async_nats::{Client, Message, Subscriber};
use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};

use super::api;
use super::stored::{Assembly, Gap, Piece};
use crate::{LogError, StoredMessage};

/// How many messages are asked for at once.
const PULL: u64 = 4096;
/// The bytes of one pull, which bounds what waits in memory.
const PULL_BYTES: u64 = 16 * 1024 * 1024;
const PULL_EXPIRES: Duration = Duration::from_secs(30);
const HEARTBEAT: Duration = Duration::from_millis(300);
/// Silence after which a consumer is taken for lost: three heartbeats.
const SILENCE: Duration = Duration::from_millis(900);
/// How long making a consumer may take. A cluster may give it to a server that has just died, and
/// then never answers; the next one goes elsewhere.
const MAKING: Duration = Duration::from_millis(800);
/// How often a waiting follower looks whether the connection is still the same.
const LOOK: Duration = Duration::from_millis(50);
/// How long the server keeps a consumer that nobody asks.
const INACTIVE: Duration = Duration::from_secs(10);

/// How long a follower may rest between two pages: well before the server drops it.
const MOST_REST: Duration = Duration::from_secs(5);

const FOLLOWING: &str = "following the stream";

/// Why a follower gave nothing.
pub(super) enum Lost {
    /// It cannot go on; another one can, from its next position.
    Consumer(String),
    /// Something is missing between two messages: on the way to us, or in the log itself. The next
    /// consumer tells, which delivers it or misses it again.
    Gap(Gap),
    /// What it was given is not what was written.
    Log(LogError),
}

/// One consumer and what it has delivered.
pub(super) struct Follower {
    client: Client,
    messages: Subscriber,
    inbox: String,
    pull_subject: String,
    assembly: Assembly,
    /// Asked for and not yet delivered.
    outstanding: u64,
    /// Which connection of the client it lives on.
    connection: u64,
    heard: Instant,
    /// When it last gave out a page.
    used: Instant,
    /// Whether it has delivered anything: only then may a message have been lost on the way.
    is_proven: bool,
}

impl Follower {
    /// Makes a consumer from a position on.
    pub(super) async fn start(client: &Client, stream: &str, from: u64) -> Result<Self, LogError> {
        let failed = |source: crate::Cause| LogError::Unavailable { operation: FOLLOWING, source };
        let connection = connection(client);
        let inbox = client.new_inbox();
        let name = format!("itam-{}", inbox.rsplit('.').next().unwrap_or(&inbox));
        let messages = client.subscribe(inbox.clone()).await.map_err(|error| failed(error.into()))?;
        let consumer = json!({
            "stream_name": stream,
            "config": {
                "name": name,
                "deliver_policy": "by_start_sequence",
                "opt_start_seq": from,
                "ack_policy": "none",
                "replay_policy": "instant",
                "mem_storage": true,
                "num_replicas": 1,
                "inactive_threshold": nanoseconds(INACTIVE),
            }
        });
        let subject = format!("$JS.API.CONSUMER.CREATE.{stream}.{name}");
        let making = api::demand::<Value>(client, FOLLOWING, subject, &consumer);
        tokio::time::timeout(MAKING, making).await.map_err(|error| failed(error.into()))??;
        Ok(Self {
            client: client.clone(),
            messages,
            inbox,
            pull_subject: format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}"),
            assembly: Assembly::new(from),
            outstanding: 0,
            connection,
            heard: Instant::now(),
            used: Instant::now(),
            is_proven: false,
        })
    }

    /// Whether it has rested so long that the server may have dropped it.
    pub(super) fn is_stale(&self) -> bool {
        self.used.elapsed() > MOST_REST
    }

    /// The position with which its next page begins.
    pub(super) fn next(&self) -> u64 {
        self.assembly.first()
    }

    /// Waits for the commits up to position `to`, or for a first one if that is 0, and gives them
    /// out with what has arrived behind them, up to about `limit` messages. Fewer, or none, when
    /// the deadline has passed.
    pub(super) async fn page(
        &mut self,
        limit: usize,
        to: u64,
        deadline: Instant,
    ) -> Result<Vec<StoredMessage>, Lost> {
        self.used = deadline.max(Instant::now());
        while self.assembly.whole() < limit {
            self.ask_for_more().await?;
            match self.messages.next().now_or_never() {
                Some(Some(message)) => self.take(message)?,
                Some(None) => return Err(Lost::Consumer("the subscription ended".to_owned())),
                None if self.assembly.whole() > 0 && self.assembly.whole_to() >= to => break,
                None if Instant::now() >= deadline => break,
                None => self.wait(deadline).await?,
            }
        }
        Ok(self.assembly.take())
    }

    /// Keeps a pull open, so that the server need not be asked when something comes.
    async fn ask_for_more(&mut self) -> Result<(), Lost> {
        if self.outstanding > PULL / 2 {
            return Ok(());
        }
        let pull = json!({
            "batch": PULL,
            "max_bytes": PULL_BYTES,
            "expires": nanoseconds(PULL_EXPIRES),
            "idle_heartbeat": nanoseconds(HEARTBEAT),
        });
        self.outstanding += PULL;
        self.client
            .publish_with_reply(self.pull_subject.clone(), self.inbox.clone(), pull.to_string().into())
            .await
            .map_err(|error| Lost::Consumer(error.to_string()))
    }

    async fn wait(&mut self, deadline: Instant) -> Result<(), Lost> {
        if connection(&self.client) != self.connection {
            return Err(Lost::Consumer("the connection is a new one".to_owned()));
        }
        if self.heard.elapsed() > SILENCE {
            return Err(Lost::Consumer("it has fallen silent".to_owned()));
        }
        let until = deadline.min(Instant::now() + LOOK);
        match tokio::time::timeout_at(until.into(), self.messages.next()).await {
            Ok(Some(message)) => self.take(message),
            Ok(None) => Err(Lost::Consumer("the subscription ended".to_owned())),
            Err(_) => Ok(()),
        }
    }

    fn take(&mut self, message: Message) -> Result<(), Lost> {
        self.heard = Instant::now();
        let Some(status) = message.status else {
            return self.take_stored(message);
        };
        match status.as_u16() {
            100 => Ok(()),
            // A pull has ended: by time, by size, or because all it asked for was delivered.
            404 | 408 => {
                self.end_pull(&message);
                Ok(())
            }
            409 if is_end_of_pull(&message) => {
                self.end_pull(&message);
                Ok(())
            }
            status => {
                let description = message.description.unwrap_or_default();
                Err(Lost::Consumer(format!("the server answered {status}: {description}")))
            }
        }
    }

    fn take_stored(&mut self, message: Message) -> Result<(), Lost> {
        self.outstanding = self.outstanding.saturating_sub(1);
        let piece = Piece::from_consumer(message).map_err(Lost::Log)?;
        if !self.is_proven && piece.message.position < self.assembly.next {
            // A consumer that begins beyond the head delivers what comes before it, too.
            return Ok(());
        }
        match self.assembly.push(piece) {
            Ok(()) => {
                self.is_proven = true;
                Ok(())
            }
            Err(gap) if self.is_proven => Err(Lost::Gap(gap)),
            Err(gap) => Err(Lost::Log(gap.into())),
        }
    }

    fn end_pull(&mut self, message: &Message) {
        let pending = message
            .headers
            .as_ref()
            .and_then(|headers| headers.get("Nats-Pending-Messages")?.as_str().parse::<u64>().ok());
        self.outstanding = pending.map_or(0, |pending| self.outstanding.saturating_sub(pending));
    }
}

fn is_end_of_pull(message: &Message) -> bool {
    let description = message.description.as_deref().unwrap_or_default();
    ["Message Size Exceeds MaxBytes", "Batch Completed"].contains(&description)
}

/// Counts the client's connections: another count is another connection.
fn connection(client: &Client) -> u64 {
    client.statistics().connects.load(Ordering::Relaxed)
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
