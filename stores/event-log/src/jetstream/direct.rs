//! Reading by direct get: loads of one subject, and pages from a position.
//!
//! Any replica answers a direct get, and may be a moment behind. The leader is asked where that
//! would matter, and where a replica stays behind, as one does that was cut off for a while.

use std::time::{Duration, Instant};

use async_nats::Message;
use async_nats::header::{self, IntoHeaderName};
use async_nats::jetstream::stream::RawMessage;
use bytes::Bytes;
use futures_util::StreamExt;
use itam_nats::NatsClient;
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::{self, ApiError};
use super::group::ReplicaGroup;
use super::progress::{LAG_PAUSE, ReadProgress};
use super::stored::{Assembly, StoredPiece};
use crate::{LogError, MessagePage, StoredMessage, Subject};

/// How many messages one request asks for. The server also ends its answer after some 64 MiB.
pub(super) const BATCH: usize = 4096;
/// How long an answer may take, with everything that is asked again meanwhile.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one message of it may take, before what is missing is asked for again: the server that was
/// asked may have died, and others have the stream, too.
const MESSAGE_PATIENCE: Duration = Duration::from_secs(1);
/// How many messages the leader is asked for, one by one, before a replica is tried again.
const FROM_LEADER: usize = 64;
/// How long to wait before a new leader is asked again, who has not heard from his peers yet.
const NEW_PAUSE: Duration = Duration::from_millis(50);
/// How long a replica may take to give out what a stream holds, after the stream was made or the
/// server started.
const READY_WITHIN: Duration = Duration::from_secs(2);
/// What a server answers for a stream that it does not give out yet.
const NOT_READY: u16 = 503;

const READING: &str = "reading the stream";

#[derive(Deserialize)]
struct StreamInfo {
    state: StreamState,
    /// Missing where there is no cluster.
    cluster: Option<ReplicaGroup>,
}

#[derive(Deserialize)]
struct StreamState {
    last_seq: u64,
}

#[derive(Deserialize)]
struct RawAnswer {
    message: RawMessage,
}

/// Reads one stream by direct get.
pub(super) struct DirectReader {
    pub(super) client: NatsClient,
    pub(super) stream: String,
}

impl DirectReader {
    pub(super) fn new(client: NatsClient, stream: String) -> Self {
        Self { client, stream }
    }

    /// The last position, as the leader knows it.
    ///
    /// A leader that was cut off from its peers goes on answering those who are connected to it, for
    /// 15 s and more, and knows nothing of what its successor stores; after that it answers as a
    /// member of a group without a leader. Neither is believed.
    pub(super) async fn head(&self) -> Result<u64, LogError> {
        const OPERATION: &str = "asking for the head";
        let begun = Instant::now();
        loop {
            let subject = self.client.api(&format!("STREAM.INFO.{}", self.stream));
            let info: StreamInfo = api::demand(&self.client, OPERATION, subject, &Value::Null).await?;
            let Some(unheard) = info.cluster.filter(|group| !group.is_heard()) else {
                return Ok(info.state.last_seq);
            };
            if !unheard.is_new() || begun.elapsed() >= READY_WITHIN {
                let source = "no leader answers who has heard from a majority of the servers".into();
                return Err(LogError::Unavailable { operation: OPERATION, source });
            }
            tokio::time::sleep(NEW_PAUSE).await;
        }
    }

    /// The messages of one subject, as some replica knows them.
    pub(super) async fn load(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        let mut messages: Vec<StoredMessage> = Vec::new();
        loop {
            let from = messages.last().map_or(1, |message| message.position + 1);
            let request = json!({ "seq": from, "next_by_subj": subject.as_str(), "batch": BATCH });
            let more = self
                .get(&request, |piece| {
                    messages.push(piece.message);
                    Ok(())
                })
                .await?;
            if !more {
                return Ok(messages);
            }
        }
    }

    /// The messages of one subject, as the leader knows them. A subject's history only grows, so
    /// a load that ends with the leader's last message is complete.
    pub(super) async fn load_latest(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        let by_subject = json!({ "last_by_subj": subject.as_str() });
        let Some(last) = self.get_from_leader(&by_subject).await? else {
            return Ok(Vec::new());
        };
        let mut messages = self.load(subject).await?;
        loop {
            let from = messages.last().map_or(1, |message| message.position + 1);
            if from > last.position {
                return Ok(messages);
            }
            let next = json!({ "seq": from, "next_by_subj": subject.as_str() });
            // Each answer is that of whoever takes himself for the leader.
            let missing = || unavailable(format!("position {} is known but not given out", last.position));
            messages.push(self.get_from_leader(&next).await?.ok_or_else(missing)?);
        }
    }

    /// The last message of one subject, as some replica knows it. Waits a moment for a replica that
    /// is not ready, as [`Self::get`] does.
    pub(super) async fn load_last(&self, subject: &Subject) -> Result<Option<StoredMessage>, LogError> {
        let begun = Instant::now();
        loop {
            let request = self.client.api(&format!("DIRECT.GET.{}.{subject}", self.stream));
            let answer = api::ask(&self.client, READING, request, Bytes::new()).await?;
            match status(&answer) {
                None => return Ok(Some(StoredPiece::from_direct(answer)?.message)),
                Some(404) => return Ok(None),
                Some(NOT_READY) if begun.elapsed() <= READY_WITHIN => tokio::time::sleep(LAG_PAUSE).await,
                Some(_) => return Err(refused(&answer)),
            }
        }
    }

    /// Takes what a request gives out into an assembly; whether `limit` messages are whole in it then.
    pub(super) async fn take(
        &self,
        request: &Value,
        assembly: &mut Assembly,
        limit: usize,
    ) -> Result<bool, LogError> {
        let mut is_full = false;
        self.get(request, |piece| {
            if !is_full {
                assembly.push(piece)?;
                is_full = assembly.whole() >= limit;
            }
            Ok(())
        })
        .await?;
        Ok(is_full)
    }

    /// A page of whole commits, `head` being the leader's.
    pub(super) async fn read(&self, from: u64, limit: usize, head: u64) -> Result<MessagePage, LogError> {
        let mut assembly = Assembly::new(from);
        let mut progress = ReadProgress::from(from);
        while assembly.next <= head && (assembly.whole() < limit || assembly.is_open()) {
            let collected = usize::try_from(assembly.next - from).unwrap_or(usize::MAX);
            let batch = limit.saturating_sub(collected).clamp(64, BATCH);
            let request = json!({ "seq": assembly.next, "batch": batch });
            let is_full = self.take(&request, &mut assembly, limit).await?;
            if is_full {
                break;
            }
            let wanted = limit.saturating_sub(assembly.whole());
            for piece in self.pieces_instead(&mut progress, assembly.next, wanted).await? {
                assembly.push(piece)?;
            }
        }
        let messages = assembly.take();
        let head = messages.last().map_or(head, |message| head.max(message.position));
        Ok(MessagePage { messages, head })
    }

    /// One direct get of several messages. Returns whether there is more to ask for. Waits a moment
    /// for a replica that is not ready, and asks again where nobody answers.
    pub(super) async fn get(
        &self,
        request: &Value,
        mut take: impl FnMut(StoredPiece) -> Result<(), LogError>,
    ) -> Result<bool, LogError> {
        let begun = Instant::now();
        loop {
            match self.get_once(request, &mut take).await? {
                Got::All => return Ok(false),
                Got::More => return Ok(true),
                Got::NotReady(error) if begun.elapsed() > READY_WITHIN => return Err(error),
                Got::NotReady(_) => tokio::time::sleep(LAG_PAUSE).await,
                Got::Nothing if begun.elapsed() >= PATIENCE => {
                    return Err(unavailable(format!("no answer within {PATIENCE:?}")));
                }
                Got::Nothing => {}
            }
        }
    }

    async fn get_once(
        &self,
        request: &Value,
        take: impl FnMut(StoredPiece) -> Result<(), LogError>,
    ) -> Result<Got, LogError> {
        api::check_connected(&self.client).map_err(unavailable)?;
        let subject = self.client.api(&format!("DIRECT.GET.{}", self.stream));
        let getting = self.client.while_connected(self.get_from(&subject, request, take));
        let got = self.client.permitted(&subject, getting).await;
        got.map_err(|denial| LogError::NotPermitted { operation: READING, denial })?.map_err(unavailable)?
    }

    async fn get_from(
        &self,
        subject: &str,
        request: &Value,
        mut take: impl FnMut(StoredPiece) -> Result<(), LogError>,
    ) -> Result<Got, LogError> {
        let inbox = self.client.new_inbox();
        let mut answers = self.client.subscribe(inbox.clone()).await.map_err(unavailable)?;
        self.client
            .publish_with_reply(subject.to_owned(), inbox, request.to_string().into())
            .await
            .map_err(unavailable)?;
        let mut last = 0;
        loop {
            let Ok(answer) = tokio::time::timeout(MESSAGE_PATIENCE, answers.next()).await else {
                return Ok(if last == 0 { Got::Nothing } else { Got::More });
            };
            let answer = answer.ok_or_else(|| unavailable("the subscription ended"))?;
            match status(&answer) {
                None => {
                    check_sequel(&answer, last)?;
                    let piece = StoredPiece::from_direct(answer)?;
                    last = piece.message.position;
                    take(piece)?;
                }
                Some(204) if number(&answer, "Nats-Num-Pending") > Some(0) => return Ok(Got::More),
                Some(204 | 404) => return Ok(Got::All),
                Some(NOT_READY) if last == 0 => return Ok(Got::NotReady(refused(&answer))),
                Some(_) => return Err(refused(&answer)),
            }
        }
    }

    /// What the leader gives from `next` on, if the replicas have been behind there for too long; else
    /// nothing, and they are to be asked again. The leader has said that it has `next`.
    pub(super) async fn pieces_instead(
        &self,
        progress: &mut ReadProgress,
        next: u64,
        limit: usize,
    ) -> Result<Vec<StoredPiece>, LogError> {
        if !progress.is_behind(next).await {
            return Ok(Vec::new());
        }
        let pieces = self.pieces_from_leader(next, limit).await?;
        progress.led_to(next + pieces.len() as u64);
        Ok(pieces)
    }

    /// Some of the messages from a position on, at most `limit`, but at least one.
    async fn pieces_from_leader(&self, from: u64, limit: usize) -> Result<Vec<StoredPiece>, LogError> {
        let mut pieces = Vec::new();
        for position in (from..).take(limit.clamp(1, FROM_LEADER)) {
            match self.piece_from_leader(&json!({ "seq": position })).await? {
                Some(piece) => pieces.push(piece),
                None if pieces.is_empty() => {
                    return Err(unavailable(format!("position {position} is known but not given out")));
                }
                None => break,
            }
        }
        Ok(pieces)
    }

    /// One message from the leader.
    pub(super) async fn get_from_leader(&self, request: &Value) -> Result<Option<StoredMessage>, LogError> {
        Ok(self.piece_from_leader(request).await?.map(|piece| piece.message))
    }

    async fn piece_from_leader(&self, request: &Value) -> Result<Option<StoredPiece>, LogError> {
        const OPERATION: &str = "loading from the leader";
        let subject = self.client.api(&format!("STREAM.MSG.GET.{}", self.stream));
        match api::request::<RawAnswer>(&self.client, OPERATION, subject, request).await? {
            Ok(answer) => StoredPiece::from_leader(answer.message).map(Some),
            Err(error) if error.err_code == ApiError::NO_MESSAGE => Ok(None),
            Err(source) => Err(LogError::Unavailable { operation: OPERATION, source: source.into() }),
        }
    }
}

/// What came of one direct get.
enum Got {
    /// Everything that was asked for.
    All,
    /// A part; there is more.
    More,
    /// Nothing: whoever was asked does not give the stream out yet.
    NotReady(LogError),
    /// Not even an answer.
    Nothing,
}

/// Every answer names the one before it: none may be lost on the way.
fn check_sequel(answer: &Message, last: u64) -> Result<(), LogError> {
    match number(answer, header::NATS_LAST_SEQUENCE) {
        Some(before) if last != 0 && before != last => Err(unavailable("an answer was lost")),
        _ => Ok(()),
    }
}

pub(super) fn status(answer: &Message) -> Option<u16> {
    answer.status.map(|status| status.as_u16())
}

pub(super) fn number(answer: &Message, name: impl IntoHeaderName) -> Option<u64> {
    answer.headers.as_ref()?.get(name)?.as_str().parse().ok()
}

pub(super) fn refused(answer: &Message) -> LogError {
    let description = answer.description.as_deref().unwrap_or("no description");
    let status = status(answer).unwrap_or_default();
    unavailable(format!("the server answered {status}: {description}"))
}

pub(super) fn unavailable(source: impl Into<crate::Cause>) -> LogError {
    LogError::Unavailable { operation: READING, source: source.into() }
}
