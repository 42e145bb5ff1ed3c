//! From a decision to the commit that stores it.

use bytes::Bytes;
use itam_domain::{AggregateRef, ContentsChange, Context, Decision, Envelope, Event, GuardName, KeyRecord};
use itam_event_log::{Commit, Tenant, Write};

use crate::contents::ContentsRecord;
use crate::fence::lanes;
use crate::guard::{CounterRecord, GuardRecord};
use crate::refusal::Refusal;
use crate::submission::Submission;
use crate::view::LogView;

/// The events of a decision with everything that is stored around them.
pub(crate) fn envelopes(
    tenant: &Tenant,
    submission: &Submission,
    context: &Context<'_>,
    events: &[(AggregateRef, Event)],
    view: &LogView<'_>,
) -> Vec<Envelope> {
    let envelope = |&(aggregate, ref event): &(AggregateRef, Event)| Envelope {
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
        event: event.clone(),
    };
    events.iter().map(envelope).collect()
}

/// How many messages a decision stores.
pub(crate) fn count_writes(decision: &Decision) -> usize {
    let Decision { events, keys, guards, counters, contents, ends_reference } = decision;
    let lanes = if *ends_reference { itam_domain::ENDING_LANES.len() } else { 0 };
    events.len() + keys.len() + guards.len() + counters.len() + contents.len() + lanes
}

/// The messages of a decision: its events, the values that change hands, the guards, the lanes, the
/// records of what is in assets; and the guard of endings, written or expected.
///
/// # Errors
/// [`Refusal::EventTooLarge`] if the log takes no message of that size.
pub(crate) fn commit(
    tenant: &Tenant,
    submission: &Submission,
    envelopes: &[Envelope],
    decision: &Decision,
    view: &LogView<'_>,
) -> Result<Commit, Refusal> {
    let commandid = submission.command_id;
    let mut writes = event_writes(tenant, envelopes, view)?;
    for change in &decision.keys {
        writes.push(Write {
            subject: tenant.key_subject(change.key.kind.token, &change.key.value),
            expected: view.last_key_position(&change.key),
            body: json_bytes(&KeyRecord { holder: change.holder, commandid }),
        });
    }
    for guard in &decision.guards {
        let has_contents = *guard == GuardName::CustodyTree;
        writes.push(Write {
            subject: tenant.guard_subject(guard.as_str()),
            expected: view.guard_position(*guard),
            body: json_bytes(&GuardRecord { commandid, has_contents }),
        });
    }
    for change in &decision.counters {
        writes.push(Write {
            subject: tenant.guard_subject(&change.counter.token()),
            expected: view.counter_position(change.counter),
            body: json_bytes(&CounterRecord { commandid, tally: &change.counts }),
        });
    }
    for change in &decision.contents {
        writes.push(Write {
            subject: tenant.guard_subject(&ContentsChange::token(change.container)),
            expected: view.contents_position(change.container),
            body: json_bytes(&ContentsRecord { commandid, asset: change.put_in }),
        });
    }
    let fence = view.fence();
    if decision.ends_reference {
        let record = json_bytes(&GuardRecord { commandid, has_contents: false });
        writes.extend(lanes(&fence).map(|(subject, expected)| Write {
            subject: subject.clone(),
            expected,
            body: record.clone(),
        }));
        return Ok(Commit::of(writes));
    }
    let rests_on_references = view.rests_on_references(envelopes);
    Ok(Commit { writes, fence: rests_on_references.then_some(fence) })
}

fn event_writes(tenant: &Tenant, envelopes: &[Envelope], view: &LogView<'_>) -> Result<Vec<Write>, Refusal> {
    let mut writes = Vec::with_capacity(envelopes.len());
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
    Ok(writes)
}

fn json_bytes(record: &impl serde::Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(record).expect("a record holds ids and numbers only"))
}
