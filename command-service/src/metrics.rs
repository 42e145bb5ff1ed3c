//! What the desk counts.

use std::sync::atomic::AtomicU64;

use itam_service_kit::Metrics;
use prometheus_client::metrics::counter::Counter;

use crate::answer::Answer;
use crate::refusal::Refusal;

/// Counters of what became of commands.
pub(crate) struct DeskMetrics {
    accepted: Counter<u64, AtomicU64>,
    replayed: Counter<u64, AtomicU64>,
    refused: Counter<u64, AtomicU64>,
    contended: Counter<u64, AtomicU64>,
    faulted: Counter<u64, AtomicU64>,
    retries: Counter<u64, AtomicU64>,
}

impl DeskMetrics {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        Self {
            accepted: metrics.counter("itam_commands_accepted", "Commands that were stored"),
            replayed: metrics.counter("itam_commands_replayed", "Repetitions that got the first answer"),
            refused: metrics.counter("itam_commands_refused", "Commands that a rule or a check refused"),
            contended: metrics
                .counter("itam_commands_contended", "Commands given back after losing too often"),
            faulted: metrics
                .counter("itam_commands_faulted", "Commands that failed for want of the log or vault"),
            retries: metrics.counter("itam_append_conflicts", "Appends that lost against another writer"),
        }
    }

    pub(crate) fn retried(&self) {
        self.retries.inc();
    }

    pub(crate) fn count(&self, outcome: &Result<Answer, Refusal>) {
        let counter = match outcome {
            Ok(answer) if answer.replayed => &self.replayed,
            Ok(_) => &self.accepted,
            Err(Refusal::Contended { .. }) => &self.contended,
            Err(
                Refusal::Unavailable(_)
                | Refusal::OutcomeUnknown(_)
                | Refusal::Damaged(_)
                | Refusal::Vault(_),
            ) => &self.faulted,
            Err(
                Refusal::Rejected(_)
                | Refusal::KeyReused
                | Refusal::VersionDiffers { .. }
                | Refusal::TooLarge { .. }
                | Refusal::EventTooLarge { .. }
                | Refusal::HistoryUnreadable { .. },
            ) => &self.refused,
        };
        counter.inc();
    }
}
