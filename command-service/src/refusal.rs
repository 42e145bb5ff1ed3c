//! Why a command was not carried out, and the one table that says it over HTTP.

use std::time::Duration;

use itam_domain::{Rejection, RejectionKind};
use itam_service_kit::{Problem, ProblemCode};

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The business says no.
    #[error("the command was refused: {0}")]
    Rejected(Box<Rejection>),
    /// The command's id was used before, for another command.
    #[error("the idempotency key was used for another command")]
    KeyReused,
    /// The aggregate has another version than the sender expects.
    #[error("the version is {current}, not {expected}")]
    VersionDiffers {
        /// The version that the sender expects.
        expected: u64,
        /// The version that it has.
        current: u64,
    },
    /// Others changed the same things, again and again.
    #[error("the command lost against others {attempts} times")]
    Contended {
        /// How often it was tried.
        attempts: u32,
    },
    /// More than one commit takes.
    #[error("the command would store {writes} messages at once")]
    TooLarge {
        /// How many messages it would store.
        writes: usize,
    },
    /// An event is larger than a message of the log may be.
    #[error("the command would store an event of {bytes} bytes")]
    EventTooLarge {
        /// How large it is.
        bytes: usize,
    },
    /// An event of the aggregate cannot be read by this build.
    #[error("the history of {aggregate} holds an event at position {position} that this build cannot read")]
    HistoryUnreadable {
        /// The aggregate.
        aggregate: String,
        /// The event's position.
        position: u64,
        /// Why it cannot be read.
        #[source]
        source: itam_domain::EnvelopeError,
    },
    /// The log takes nothing now, and nothing of the command was stored.
    #[error("the log is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The servers do not permit it to this service's user, and nothing of the command was stored.
    #[error("the log is closed to this service")]
    NotPermitted(#[source] itam_event_log::NotPermitted),
    /// It is not known whether the command was stored.
    #[error("the outcome is unknown")]
    OutcomeUnknown(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The log is not what it should be.
    #[error("the log is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The person vault says no.
    #[error("the person vault refused")]
    Vault(#[source] itam_vault::VaultError),
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(Box::new(rejection))
    }
}

/// How long a client should wait before it tries again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match &refusal {
            Refusal::Rejected(rejection) => rejected(rejection),
            Refusal::KeyReused => {
                let detail = "The idempotency key was used before for another command. Take a new key.";
                Self::new(ProblemCode::IdempotencyKeyReused, detail)
            }
            Refusal::VersionDiffers { expected, current } => {
                let detail =
                    format!("The version is {current}, not {expected}. Read it again and decide again.");
                Self::new(ProblemCode::VersionDiffers, detail).with("current_version", *current)
            }
            Refusal::Contended { .. } => {
                let detail =
                    "Others changed the same thing each time. Try again with the same idempotency key.";
                Self::new(ProblemCode::Contended, detail).retry_after(RETRY_AFTER)
            }
            Refusal::TooLarge { writes } => {
                let detail =
                    format!("The command would store {writes} messages at once; split it into several.");
                Self::new(ProblemCode::InvalidValue, detail).with("reason", "commit-too-large")
            }
            Refusal::EventTooLarge { bytes } => {
                let detail =
                    format!("The command would store an event of {bytes} bytes; split it into several.");
                Self::new(ProblemCode::InvalidValue, detail).with("reason", "event-too-large")
            }
            Refusal::HistoryUnreadable { .. } => {
                let detail =
                    "The history of what the command is about holds an event that this build cannot read.";
                Self::fault(ProblemCode::HistoryUnreadable, format!("{detail} {refusal}"), &refusal)
            }
            Refusal::Unavailable(_) => {
                let detail = "The log takes no commands now. Nothing was stored; try again.";
                Self::fault(ProblemCode::LogUnavailable, detail, &refusal).retry_after(RETRY_AFTER)
            }
            Refusal::NotPermitted(_) => not_permitted("Nothing was stored.", &refusal),
            Refusal::OutcomeUnknown(_) => {
                let detail = "It is not known whether the command was stored. Try again with the same idempotency \
                              key: it takes effect once.";
                Self::fault(ProblemCode::LogUnavailable, detail, &refusal)
                    .with("reason", "outcome-unknown")
                    .retry_after(RETRY_AFTER)
            }
            Refusal::Damaged(_) => Self::internal(&refusal),
            Refusal::Vault(error) => vault(error, &refusal),
        }
    }
}

fn rejected(rejection: &Rejection) -> Problem {
    let mut problem =
        Problem::new(code_of(rejection.kind), sentence(&rejection.detail)).with("reason", rejection.reason);
    for (name, value) in &rejection.facts {
        problem = problem.with(name, value.clone());
    }
    match &rejection.pointer {
        Some(pointer) => problem.with_error(pointer.clone(), rejection.reason, rejection.detail.clone()),
        None => problem,
    }
}

fn vault(error: &itam_vault::VaultError, refusal: &Refusal) -> Problem {
    match error {
        itam_vault::VaultError::UsernameTaken { .. } => {
            Problem::new(ProblemCode::AlreadyHeld, "Another person has this user name already.")
                .with("reason", "username-held")
                .with_error("/username", "username-held", "another person has this user name already")
        }
        itam_vault::VaultError::InvalidDetails { field, reason } => {
            let field = if *field == "display_name" { "name" } else { field };
            Problem::new(ProblemCode::InvalidValue, format!("/{field} is not acceptable: it {reason}."))
                .with_error(format!("/{field}"), "invalid-value", *reason)
        }
        itam_vault::VaultError::NotPermitted { .. } => {
            not_permitted("It is about the person vault.", refusal)
        }
        _ => Problem::fault(ProblemCode::LogUnavailable, "The person vault is not available.", refusal)
            .retry_after(RETRY_AFTER),
    }
}

/// Who may not do what is the operator's to know, and stands in the service's log.
fn not_permitted(more: &str, refusal: &Refusal) -> Problem {
    let detail = format!("What this takes is not permitted to this service on the NATS servers. {more}");
    Problem::fault(ProblemCode::LogUnavailable, detail, refusal)
        .with("reason", "not-permitted")
        .retry_after(RETRY_AFTER)
}

/// A detail as a sentence: with a capital and a full stop.
fn sentence(detail: &str) -> String {
    let mut letters = detail.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// The code of a rejection.
pub(crate) fn code_of(kind: RejectionKind) -> ProblemCode {
    match kind {
        RejectionKind::Forbidden => ProblemCode::Forbidden,
        RejectionKind::NotFound => ProblemCode::NotFound,
        RejectionKind::InvalidValue => ProblemCode::InvalidValue,
        RejectionKind::UnknownReference => ProblemCode::UnknownReference,
        RejectionKind::Rule => ProblemCode::RejectedByRule,
        RejectionKind::AlreadyHeld => ProblemCode::AlreadyHeld,
    }
}
