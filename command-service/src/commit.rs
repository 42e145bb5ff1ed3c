//! From a decision to the commit that stores it.

use bytes::Bytes;
use itam_domain::{AggregateRef, Context, Decision, Envelope, KeyRecord};
use itam_event_log::{Commit, Tenant, Write};

use crate::answer::writes_of;
use crate::guard::GuardRecord;
use crate::submission::Submission;
use crate::view::View;

/// The events of a decision with everything that is stored around them.
pub(crate) fn envelopes(
    tenant: &Tenant,
    submission: &Submission,
    context: &Context<'_>,
    decision: &Decision,
    view: &View<'_>,
) -> Vec<Envelope> {
    let envelope = |(index, (aggregate, event)): (usize, &(AggregateRef, itam_domain::Event))| Envelope {
        id: submission.command_id.event_id(index),
        tenant: tenant.as_str().to_owned(),
        aggregate: *aggregate,
        aggregate_version: view.loaded(*aggregate).version + 1,
        recorded_at: context.now,
        effective_at: context.effective_at(),
        actor: context.actor.id.clone(),
        actor_kind: context.actor.kind,
        command_id: submission.command_id,
        command_digest: submission.digest.clone(),
        correlation_id: submission
            .correlation_id
            .clone()
            .unwrap_or_else(|| submission.command_id.to_string()),
        causation_id: submission.causation_id.clone(),
        reason: submission.meta.reason.as_ref().map(ToString::to_string),
        event: event.clone(),
    };
    decision.events.iter().enumerate().map(envelope).collect()
}

/// The messages of a decision: its events, the values that change hands, the guards.
pub(crate) fn commit(
    tenant: &Tenant,
    submission: &Submission,
    decision: &Decision,
    envelopes: &[Envelope],
    view: &View<'_>,
) -> Commit {
    let mut writes = Vec::with_capacity(writes_of(decision));
    for envelope in envelopes {
        let aggregate = envelope.aggregate;
        writes.push(Write {
            subject: tenant.event_subject(aggregate.kind.as_str(), aggregate.id),
            expected: view.last_position(aggregate),
            body: Bytes::from(envelope.encode()),
        });
    }
    for change in &decision.keys {
        let record = KeyRecord {
            holder: change.holder,
            commandid: submission.command_id,
        };
        writes.push(Write {
            subject: tenant.key_subject(change.key.kind.as_str(), &change.key.value),
            expected: view.last_key_position(&change.key),
            body: json_bytes(&record),
        });
    }
    for guard in &decision.guards {
        let subject = tenant.guard_subject(guard.as_str());
        let record = GuardRecord {
            commandid: submission.command_id,
        };
        writes.push(Write {
            expected: view.guard_position(*guard),
            subject,
            body: json_bytes(&record),
        });
    }
    Commit { writes }
}

fn json_bytes(record: &impl serde::Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(record).expect("a record holds ids only"))
}
