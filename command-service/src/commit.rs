//! From a decision to the commit that stores it.

use bytes::Bytes;
use itam_domain::{AggregateRef, Context, Envelope, Event, GuardName, KeyChange, KeyRecord, TallyChange};
use itam_event_log::{Commit, Tenant, Write};

use crate::guard::{GuardRecord, TallyRecord};
use crate::refusal::Refusal;
use crate::submission::Submission;
use crate::view::View;

/// The events of a decision with everything that is stored around them.
pub(crate) fn envelopes(
    tenant: &Tenant,
    submission: &Submission,
    context: &Context<'_>,
    events: Vec<(AggregateRef, Event)>,
    view: &View<'_>,
) -> Vec<Envelope> {
    let envelope = |(aggregate, event): (AggregateRef, Event)| Envelope {
        id: submission.command_id.event_id(aggregate.id),
        tenant: tenant.as_str().to_owned(),
        aggregate,
        aggregate_version: view.version(aggregate) + 1,
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
        event,
    };
    events.into_iter().map(envelope).collect()
}

/// The messages of a decision: its events, the values that change hands, the guards, the lanes.
///
/// # Errors
/// [`Refusal::EventTooLarge`] if the log takes no message of that size.
pub(crate) fn commit(
    tenant: &Tenant,
    submission: &Submission,
    envelopes: &[Envelope],
    keys: &[KeyChange],
    guards: &[GuardName],
    tallies: &[TallyChange],
    view: &View<'_>,
) -> Result<Commit, Refusal> {
    let mut writes = Vec::with_capacity(envelopes.len() + keys.len() + guards.len() + tallies.len());
    for envelope in envelopes {
        let aggregate = envelope.aggregate;
        let body = Bytes::from(envelope.encode());
        if body.len() > Commit::MAX_BODY_BYTES {
            return Err(Refusal::EventTooLarge { bytes: body.len() });
        }
        writes.push(Write {
            subject: tenant.event_subject(aggregate.kind.as_str(), aggregate.id),
            expected: view.last_position(aggregate),
            body,
        });
    }
    for change in keys {
        let record = KeyRecord { holder: change.holder, commandid: submission.command_id };
        writes.push(Write {
            subject: tenant.key_subject(change.key.kind.as_str(), &change.key.value),
            expected: view.last_key_position(&change.key),
            body: json_bytes(&record),
        });
    }
    for guard in guards {
        let record = GuardRecord { commandid: submission.command_id };
        writes.push(Write {
            subject: tenant.guard_subject(guard.as_str()),
            expected: view.guard_position(*guard),
            body: json_bytes(&record),
        });
    }
    for change in tallies {
        let record = TallyRecord { commandid: submission.command_id, tally: change.tally };
        writes.push(Write {
            subject: tenant.guard_subject(&change.lane.token()),
            expected: view.lane_position(change.lane),
            body: json_bytes(&record),
        });
    }
    Ok(Commit { writes })
}

fn json_bytes(record: &impl serde::Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(record).expect("a record holds ids and numbers only"))
}
