//! What clients attempted and what they were told: the operation history of a run.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Answer;

/// The transport by which a command was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// `POST /v1/commands/{command}`.
    Http,
    /// `POST /v1/commands`, one line.
    Lines,
    /// Request and reply over NATS.
    Nats,
}

/// What a client was told.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Success, with the answer's body.
    Acknowledged(Value),
    /// A refusal that says that nothing was stored.
    Refused {
        /// The status.
        status: u16,
        /// The problem's code.
        code: String,
    },
    /// No answer, or one that says that nobody knows.
    Unknown(String),
}

impl Outcome {
    /// The outcome that an answer tells. Refusals of the log say whether they are certain.
    #[must_use]
    pub fn of(status: u16, body: &str) -> Self {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let code = body["code"].as_str().unwrap_or("none").to_owned();
        let is_certain = body["reason"] != "outcome-unknown" && code != "none";
        match status {
            201 => Self::Acknowledged(body),
            400..500 => Self::Refused { status, code },
            503 if is_certain => Self::Refused { status, code },
            _ => Self::Unknown(format!("status {status}, code {code}")),
        }
    }

    /// The outcome of a request that may have been left without an answer.
    #[must_use]
    pub fn of_http(answer: Result<Answer, reqwest::Error>) -> Self {
        match answer {
            Ok(answer) => Self::of(answer.status, &answer.text),
            Err(error) => Self::Unknown(error.to_string()),
        }
    }

    /// Whether the same command should be sent again until there is a better answer.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        match self {
            Self::Acknowledged(_) => true,
            Self::Refused { .. } => !self.is_put_off(),
            Self::Unknown(_) => false,
        }
    }

    /// Whether it was refused for now, for a reason that has nothing to do with the command.
    #[must_use]
    pub fn is_put_off(&self) -> bool {
        match self {
            Self::Refused { status, code } => matches!(status, 429 | 503) || code == "contended",
            Self::Acknowledged(_) | Self::Unknown(_) => false,
        }
    }
}

/// One attempt at one command.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The command's id, which is its idempotency key.
    pub key: String,
    /// Its name.
    pub command: &'static str,
    /// Its fields.
    pub fields: Value,
    /// By which transport it was sent.
    pub transport: Transport,
    /// When it was sent, since the run began.
    pub begun: Duration,
    /// When it was answered or given up.
    pub ended: Duration,
    /// What came of it, as far as the client knows.
    pub outcome: Outcome,
}

/// A read that asked for what its reader had written.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The asset.
    pub asset: String,
    /// The position that was asked for.
    pub position: u64,
    /// The version that must be seen at least.
    pub version: u64,
    /// The status; 0 if there was no answer.
    pub status: u16,
    /// The problem's code, on an error.
    pub code: String,
    /// The position that the answer speaks of.
    pub shown_position: Option<u64>,
    /// The version that was seen.
    pub shown_version: Option<u64>,
}

/// The history of a run, written by many clients. Cheap to clone.
#[derive(Clone, Debug)]
pub struct History {
    begun: Instant,
    entries: Arc<Mutex<Entries>>,
}

/// What a history holds.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    /// Attempts at commands, in the order in which they ended.
    pub operations: Vec<Operation>,
    /// Reads of what was written.
    pub readings: Vec<Reading>,
}

impl History {
    /// An empty history of a run that begins now.
    #[must_use]
    pub fn begin() -> Self {
        Self { begun: Instant::now(), entries: Arc::default() }
    }

    /// How long the run lasts already.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Writes an attempt down.
    pub fn record(&self, operation: Operation) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).operations.push(operation);
    }

    /// Writes a read down.
    pub fn record_reading(&self, reading: Reading) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).readings.push(reading);
    }

    /// How many attempts have ended.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).operations.len()
    }

    /// How many attempts were acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> usize {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let is_acknowledged = |sent: &&Operation| matches!(sent.outcome, Outcome::Acknowledged(_));
        entries.operations.iter().filter(is_acknowledged).count()
    }

    /// Whether no attempt has ended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Everything written so far.
    #[must_use]
    pub fn entries(&self) -> Entries {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
