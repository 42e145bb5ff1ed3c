//! A log in memory that can be away, grow, and be rewritten.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use itam_event_log::{LogError, LogReader, MessagePage, NotPermitted, StoredMessage, Subject};
use tokio::sync::Notify;

use crate::support::noon;

#[derive(Default)]
pub(crate) struct FakeLog {
    state: Mutex<State>,
    appended: Notify,
}

#[derive(Default)]
struct State {
    messages: Vec<(Subject, Bytes)>,
    is_away: bool,
    is_closed: bool,
    /// Says where it ends, and gives out no message.
    is_slow: bool,
    /// Gives pages as if this position had got lost.
    gap: Option<u64>,
}

impl FakeLog {
    pub(crate) fn append(&self, subject: &Subject, body: Vec<u8>) {
        self.state().messages.push((subject.clone(), body.into()));
        self.appended.notify_waiters();
    }

    pub(crate) fn set_away(&self, is_away: bool) {
        self.state().is_away = is_away;
        self.appended.notify_waiters();
    }

    /// Takes the right to read it away, or gives it back.
    pub(crate) fn set_closed(&self, is_closed: bool) {
        self.state().is_closed = is_closed;
        self.appended.notify_waiters();
    }

    pub(crate) fn set_slow(&self, is_slow: bool) {
        self.state().is_slow = is_slow;
        self.appended.notify_waiters();
    }

    pub(crate) fn lose(&self, position: u64) {
        self.state().gap = Some(position);
    }

    pub(crate) fn truncate(&self, length: usize) {
        self.state().messages.truncate(length);
    }

    pub(crate) fn rewrite(&self, position: usize, body: Vec<u8>) {
        self.state().messages[position - 1].1 = body.into();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn page(&self, from: u64, limit: usize) -> Result<MessagePage, LogError> {
        let state = self.state();
        if state.is_away {
            return Err(LogError::Unavailable { operation: "reading", source: "it is away".into() });
        }
        if state.is_closed {
            let denial = NotPermitted {
                user: "itam-reader".to_owned(),
                verb: "publish to",
                subject: "ITAM.API.DIRECT.GET.ITAM_main".to_owned(),
            };
            return Err(LogError::NotPermitted { operation: "reading", denial });
        }
        let stored = |(position, (subject, body)): (u64, &(Subject, Bytes))| StoredMessage {
            position,
            subject: subject.clone(),
            stored_at: noon(),
            body: body.clone(),
        };
        let all = (1..)
            .zip(&state.messages)
            .filter(|(position, _)| *position >= from && state.gap != Some(*position));
        let head = state.messages.len() as u64;
        let limit = if state.is_slow { 0 } else { limit };
        Ok(MessagePage { messages: all.take(limit).map(stored).collect(), head })
    }
}

#[async_trait]
impl LogReader for FakeLog {
    async fn load(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        let page = self.page(1, usize::MAX)?;
        Ok(page.messages.into_iter().filter(|message| message.subject == *subject).collect())
    }

    async fn load_latest(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        self.load(subject).await
    }

    async fn load_last(&self, subject: &Subject) -> Result<Option<StoredMessage>, LogError> {
        Ok(self.load(subject).await?.pop())
    }

    async fn read(&self, from: u64, limit: NonZeroUsize) -> Result<MessagePage, LogError> {
        self.page(from, limit.get())
    }

    async fn tail(
        &self,
        from: u64,
        limit: NonZeroUsize,
        patience: Duration,
    ) -> Result<MessagePage, LogError> {
        let appended = self.appended.notified();
        let page = self.page(from, limit.get())?;
        if !page.messages.is_empty() {
            return Ok(page);
        }
        // Woken or not, what is there now is the answer.
        let _ = tokio::time::timeout(patience, appended).await;
        self.page(from, limit.get())
    }

    async fn head(&self) -> Result<u64, LogError> {
        Ok(self.page(1, 0)?.head)
    }
}
