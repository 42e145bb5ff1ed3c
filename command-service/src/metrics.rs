//! Counters of what became of commands.

use std::sync::atomic::AtomicU64;

use itam_service_kit::{Metrics, ProblemCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use crate::answer::Answer;
use crate::refusal::{Refusal, code_of};

/// Counters of what became of commands.
pub(crate) struct DeskMetrics {
    accepted: Counter<u64, AtomicU64>,
    replayed: Counter<u64, AtomicU64>,
    refused: Family<CodeLabel, Counter>,
    contended: Counter<u64, AtomicU64>,
    faulted: Counter<u64, AtomicU64>,
    retries: Counter<u64, AtomicU64>,
    misdirected: Counter<u64, AtomicU64>,
}

impl DeskMetrics {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        Self {
            accepted: metrics.counter("commands_accepted", "Commands that were stored"),
            replayed: metrics.counter("commands_replayed", "Repetitions that got the first answer"),
            refused: register_refused(metrics),
            contended: metrics.counter("commands_contended", "Commands given back after losing too often"),
            faulted: metrics.counter("commands_faulted", "Commands that failed for want of the log or vault"),
            retries: metrics
                .counter("commands_retried", "Attempts made again after losing against another writer"),
            misdirected: metrics.counter(
                "nats_requests_misdirected",
                "Requests by NATS that were dropped, since their reply subject is no sender's inbox",
            ),
        }
    }

    pub(crate) fn retried(&self) {
        self.retries.inc();
    }

    pub(crate) fn misdirected(&self) {
        self.misdirected.inc();
    }

    pub(crate) fn count(&self, outcome: &Result<Answer, Refusal>) {
        if let Some(code) = outcome.as_ref().err().and_then(refused_as) {
            self.refused.get_or_create(&CodeLabel { code: code.code() }).inc();
        }
        let counter = match outcome {
            Ok(answer) if answer.replayed => &self.replayed,
            Ok(_) => &self.accepted,
            Err(Refusal::Contended { .. }) => &self.contended,
            Err(
                Refusal::Unavailable(_)
                | Refusal::NotPermitted(_)
                | Refusal::OutcomeUnknown(_)
                | Refusal::Damaged(_)
                | Refusal::Vault(_),
            ) => &self.faulted,
            // Counted by code above.
            Err(_) => return,
        };
        counter.inc();
    }
}

/// The problem's code, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: &'static str,
}

fn register_refused(metrics: &Metrics) -> Family<CodeLabel, Counter> {
    let refused = Family::default();
    metrics.register("commands_refused", "Commands that a rule or a check refused, by code", refused.clone());
    refused
}

/// The code under which a refusal is sent; none for what is no refusal but a fault.
fn refused_as(refusal: &Refusal) -> Option<ProblemCode> {
    match refusal {
        Refusal::Rejected(rejection) => Some(code_of(rejection.kind)),
        Refusal::KeyReused => Some(ProblemCode::IdempotencyKeyReused),
        Refusal::VersionDiffers { .. } => Some(ProblemCode::VersionDiffers),
        Refusal::TooLarge { .. } | Refusal::EventTooLarge { .. } => Some(ProblemCode::InvalidValue),
        Refusal::HistoryUnreadable { .. } => Some(ProblemCode::HistoryUnreadable),
        Refusal::Contended { .. }
        | Refusal::Unavailable(_)
        | Refusal::NotPermitted(_)
        | Refusal::OutcomeUnknown(_)
        | Refusal::Damaged(_)
        | Refusal::Vault(_) => None,
    }
}
