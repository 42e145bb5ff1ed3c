//! A log whose appends are timed and whose failures are counted.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use itam_event_log::{
    AppendError, Appended, Commit, EventLog, LogError, LogReader, MessagePage, StoredMessage, Subject,
};
use itam_service_kit::Metrics;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;

/// A log that is watched.
pub(super) struct WatchedLog {
    log: Arc<dyn EventLog>,
    durations: Histogram,
    conflicts: Counter,
    unknown: Counter,
    unavailable: Counter,
    damaged: Counter,
}

impl WatchedLog {
    pub(super) fn new(log: Arc<dyn EventLog>, metrics: &Metrics) -> Self {
        Self {
            log,
            durations: metrics.durations("append_duration_seconds", "Time until an append was answered"),
            conflicts: metrics.counter("append_conflicts", "Appends that lost against another writer"),
            unknown: metrics
                .counter("append_unknown", "Appends of which nobody knew whether they were stored"),
            unavailable: metrics.counter("log_unavailable", "Appends and reads that the log could not serve"),
            damaged: metrics
                .counter("log_damaged", "Reads that found the log damaged, rewritten or unusable"),
        }
    }

    fn note<T>(&self, outcome: Result<T, LogError>) -> Result<T, LogError> {
        match &outcome {
            Ok(_) => {}
            Err(error) if error.may_pass() => {
                self.unavailable.inc();
            }
            Err(_) => {
                self.damaged.inc();
            }
        }
        outcome
    }
}

#[async_trait]
impl LogReader for WatchedLog {
    async fn load(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        self.note(self.log.load(subject).await)
    }

    async fn load_latest(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        self.note(self.log.load_latest(subject).await)
    }

    async fn load_last(&self, subject: &Subject) -> Result<Option<StoredMessage>, LogError> {
        self.note(self.log.load_last(subject).await)
    }

    async fn read(&self, from: u64, limit: NonZeroUsize) -> Result<MessagePage, LogError> {
        self.note(self.log.read(from, limit).await)
    }

    async fn tail(
        &self,
        from: u64,
        limit: NonZeroUsize,
        patience: Duration,
    ) -> Result<MessagePage, LogError> {
        self.note(self.log.tail(from, limit, patience).await)
    }

    async fn head(&self) -> Result<u64, LogError> {
        self.note(self.log.head().await)
    }
}

#[async_trait]
impl EventLog for WatchedLog {
    async fn append(&self, commit: Commit) -> Result<Appended, AppendError> {
        let begun = Instant::now();
        let outcome = self.log.append(commit).await;
        self.durations.observe(begun.elapsed().as_secs_f64());
        match &outcome {
            Ok(_) | Err(AppendError::Refused { .. }) => {}
            Err(AppendError::Conflict { .. }) => {
                self.conflicts.inc();
            }
            Err(AppendError::Unknown { .. }) => {
                self.unknown.inc();
            }
            Err(AppendError::Unavailable { .. } | AppendError::NotPermitted(_)) => {
                self.unavailable.inc();
            }
        }
        outcome
    }
}
