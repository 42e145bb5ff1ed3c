//! Reading a stream by position, without a consumer.
//!
//! Whoever may make a consumer may have it deliver to any subject of the streams' account, with the
//! server's rights; so nobody may but the administrator, and everything reads by direct get.

use std::time::Duration;

use async_nats::Message;
use futures_util::StreamExt as _;
use serde_json::Value;

use crate::{ConnectionBroken, NatsClient, NotPermitted};

/// How long one message of an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a direct get of several messages gave.
#[derive(Debug, Default)]
pub struct DirectPage {
    /// The messages, in the order of their positions.
    pub messages: Vec<Message>,
    /// Whether there are more behind them.
    pub has_more: bool,
}

/// Why a direct get gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum DirectError {
    /// The server does not permit it.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// It was not answered in time.
    #[error("no answer within {PATIENCE:?}")]
    Late,
    /// The connection is gone.
    #[error(transparent)]
    Broken(#[from] ConnectionBroken),
    /// The server refused; it may have been asked too early.
    #[error("the server answered {status}: {description}")]
    Refused {
        /// In the manner of HTTP.
        status: u16,
        /// The server's words.
        description: String,
    },
}

impl NatsClient {
    /// One direct get of several messages of a stream, as some replica knows them. Bounded by the
    /// request's `batch`.
    ///
    /// # Errors
    /// [`DirectError`].
    pub async fn direct_get(&self, stream: &str, request: &Value) -> Result<DirectPage, DirectError> {
        let subject = self.api(&format!("DIRECT.GET.{stream}"));
        self.permitted(&subject, self.while_connected(self.ask_directly(&subject, request))).await??
    }

    async fn ask_directly(&self, subject: &str, request: &Value) -> Result<DirectPage, DirectError> {
        let inbox = self.new_inbox();
        let mut answers = self.subscribe(inbox.clone()).await.map_err(|_| ConnectionBroken)?;
        let sent = self.publish_with_reply(subject.to_owned(), inbox, request.to_string().into()).await;
        sent.map_err(|_| ConnectionBroken)?;
        let mut page = DirectPage::default();
        loop {
            let answer = tokio::time::timeout(PATIENCE, answers.next()).await;
            let answer = answer.map_err(|_| DirectError::Late)?.ok_or(ConnectionBroken)?;
            match answer.status.map(|status| status.as_u16()) {
                None => page.messages.push(answer),
                Some(204) => {
                    page.has_more = pending(&answer) > 0;
                    return Ok(page);
                }
                Some(404) => return Ok(page),
                Some(status) => {
                    let description = answer.description.unwrap_or_default();
                    return Err(DirectError::Refused { status, description });
                }
            }
        }
    }
}

fn pending(answer: &Message) -> u64 {
    let headers = answer.headers.as_ref();
    let pending = headers.and_then(|headers| headers.get("Nats-Num-Pending"));
    pending.and_then(|pending| pending.as_str().parse().ok()).unwrap_or(0)
}
