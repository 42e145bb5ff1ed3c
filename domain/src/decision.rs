//! Deciding: what a command makes happen, or why it is refused. Every command goes this one way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::aggregate::{Aggregate, AggregateRef, Event, evolve};
use crate::asset::Custodian;
use crate::command::Command;
use crate::context::Context;
use crate::counter::{CounterName, Counts};
use crate::desk::Desk;
use crate::envelope::{as_stored, format_instant, is_storable};
use crate::guard_name::GuardName;
use crate::ids::AssetId;
use crate::key::UniqueKey;
use crate::permission::permit;
use crate::rejection::Rejection;
use crate::unique_label::UniqueLabel;
use crate::world::{Stop, World};

/// Everything a command makes happen.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// One event for each aggregate that is touched; the command's own aggregate comes first.
    pub events: Vec<(AggregateRef, Event)>,
    /// The values that change hands.
    pub keys: Vec<KeyChange>,
    /// The guards that must be checked and counted on.
    pub guards: Vec<GuardName>,
    /// The lanes that must be checked and counted on.
    pub counters: Vec<CounterChange>,
    /// The records of what is in assets that must be checked and written on.
    pub contents: Vec<ContentsChange>,
    /// Whether it ends something that may be referred to, so that whoever refers to it at the same
    /// moment must notice.
    pub ends_reference: bool,
}

/// That an asset was put into another, or that one which others may be put into is ended: whichever
/// comes second sees the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentsChange {
    /// The asset that holds others.
    pub container: AssetId,
    /// What was put into it; `None` if it is ended.
    pub put_in: Option<AssetId>,
}

impl ContentsChange {
    /// The subject token of the record of what is in an asset.
    #[must_use]
    pub fn token(container: AssetId) -> String {
        format!("contents-{container}")
    }
}

/// The subject tokens of the guard that whoever ends a reference writes, all of them in this order,
/// and whoever refers to something expects one of: several, since a replicated stream lets one
/// commit at a time expect something of a subject.
pub const ENDING_LANES: [&str; 8] =
    ["endings-0", "endings-1", "endings-2", "endings-3", "endings-4", "endings-5", "endings-6", "endings-7"];

/// What a lane counts from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterChange {
    /// The lane.
    pub counter: CounterName,
    /// What it counts.
    pub counts: Counts,
}

/// A value that changes hands.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyChange {
    /// The value.
    pub key: UniqueKey,
    /// Who holds it from now on; `None` if nobody does.
    pub holder: Option<Uuid>,
}

/// Decides what `command` makes happen in `world`.
///
/// # Errors
/// [`Stop::Load`] and [`Stop::LoadKey`] ask for more of the world; [`Stop::Reject`] is the
/// business's no.
pub fn decide(world: &World, command: &Command, context: &Context<'_>) -> Result<Decision, Stop> {
    permit(world, command, context)?;
    let events = command.decide(&Desk { world, command: command.name(), context })?;
    check_effective_time(world, &events, context)?;
    let steps = steps(world, &events, context)?;
    let keys = key_changes(world, &steps)?;
    let counters = counter_changes(world, &steps, context)?;
    let contents = contents_changes(world, &events)?;
    let (guards, ends_reference) = (guards(&steps), steps.iter().any(Step::ends_reference));
    Ok(Decision { events, keys, guards, counters, contents, ends_reference })
}

/// What one event makes of its aggregate.
struct Step<'a> {
    aggregate: AggregateRef,
    event: &'a Event,
    before: Option<&'a Aggregate>,
    after: Option<Aggregate>,
}

fn steps<'a>(
    world: &'a World,
    events: &'a [(AggregateRef, Event)],
    context: &Context<'_>,
) -> Result<Vec<Step<'a>>, Stop> {
    let mut steps = Vec::with_capacity(events.len());
    for (aggregate, event) in events {
        let before = world.seen(*aggregate)?.state.as_deref();
        let after = evolve(aggregate.id, before.cloned(), event, &context.actor.id);
        steps.push(Step { aggregate: *aggregate, event, before, after });
    }
    Ok(steps)
}

impl Step<'_> {
    /// Whether something that could be referred to before cannot be from now on.
    fn ends_reference(&self) -> bool {
        self.before.is_some_and(Aggregate::is_active)
            && !self.after.as_ref().is_some_and(Aggregate::is_active)
    }
}

/// Business time may lie in the past, but not in the future, and a thing's history does not run
/// backward: neither that of the command's own aggregate nor that of another it touches. A
/// correction says how things always were, so it may reach back.
fn check_effective_time(
    world: &World,
    events: &[(AggregateRef, Event)],
    context: &Context<'_>,
) -> Result<(), Stop> {
    let effective_at = context.effective_at();
    if effective_at > context.now {
        let detail = format!("{effective_at} lies in the future; it is {} now", context.now);
        return Err(Rejection::invalid("/effective_time", "effective-time-in-future", detail).into());
    }
    if !is_storable(effective_at) {
        let detail = format!("{effective_at} lies before the year 0 of RFC 3339");
        return Err(Rejection::invalid("/effective_time", "effective-time-too-early", detail).into());
    }
    for (aggregate, _) in events.iter().filter(|(_, event)| !event.event_type().is_correction()) {
        let last = world.seen(*aggregate)?.last_effective_at;
        let Some(last) = last.filter(|last| effective_at < *last) else {
            continue;
        };
        let detail =
            format!("{effective_at} lies before the last thing that happened to {aggregate}, at {last}");
        let rejection = Rejection::invalid("/effective_time", "effective-time-before-last", detail);
        return Err(rejection.fact("last_effective_time", format_instant(last)).into());
    }
    Ok(())
}

/// The values that change hands are the difference between the labels that the touched aggregates bear
/// before and after, so no command can forget to claim or release one.
fn key_changes(world: &World, steps: &[Step<'_>]) -> Result<Vec<KeyChange>, Stop> {
    let mut changes = BTreeMap::new();
    for step in steps {
        let before = step.before.map(Aggregate::labels).unwrap_or_default();
        let after = step.after.as_ref().map(Aggregate::labels).unwrap_or_default();
        for label in after.difference(&before) {
            label.check_given()?;
            for key in label.keys() {
                claim(world, &mut changes, step.aggregate, key)?;
            }
        }
        let kept: BTreeSet<&UniqueKey> = after.iter().flat_map(UniqueLabel::keys).collect();
        for label in before.difference(&after) {
            for key in label.keys().filter(|key| !kept.contains(key)) {
                // What was given by the former rule may never have taken it.
                if label.doubtful() != Some(key) || world.latest_holder(key)? == Some(step.aggregate.id) {
                    changes.insert(key.clone(), None);
                }
            }
        }
    }
    Ok(changes.into_iter().map(|(key, holder)| KeyChange { key, holder }).collect())
}

fn claim(
    world: &World,
    changes: &mut BTreeMap<UniqueKey, Option<Uuid>>,
    claimant: AggregateRef,
    key: &UniqueKey,
) -> Result<(), Stop> {
    let claimed = changes.get(key).copied().flatten();
    let holder = claimed.or(world.claimed_holder(key)?).filter(|holder| *holder != claimant.id);
    let Some(holder) = holder else {
        changes.insert(key.clone(), Some(claimant.id));
        return Ok(());
    };
    let detail = format!("the {} {:?} belongs to {holder} already", key.kind.noun, key.shown());
    Err(Rejection::already_held(key.kind.held_reason, detail).fact("holder", holder.to_string()).into())
}

/// What a thing counts for is a function of its state, so the lane changes by the difference between before and after.
/// Who ends the counting counts on all lanes, so that nothing is counted beside it.
fn counter_changes(
    world: &World,
    steps: &[Step<'_>],
    context: &Context<'_>,
) -> Result<Vec<CounterChange>, Stop> {
    let mut changes: BTreeMap<CounterName, Counts> = BTreeMap::new();
    for Step { aggregate, before, after, .. } in steps {
        let is_counting = after.as_ref().and_then(Aggregate::counting).is_some();
        if let Some(what) = before.and_then(Aggregate::counting).filter(|_| !is_counting) {
            for counter in what.all(*aggregate) {
                changes.entry(counter).or_insert(world.counter(counter)?.clone());
            }
        }
        if let Some(counted) = after.as_ref().and_then(Aggregate::counted) {
            let before = before.and_then(Aggregate::counted).map(|before| before.counts).unwrap_or_default();
            let counter = counted.what.lane(counted.of, context.command_id);
            let counts = changes.entry(counter).or_insert(world.counter(counter)?.clone());
            *counts = counts.clone().plus(&counted.counts.minus(&before));
        }
    }
    Ok(changes.into_iter().map(|(counter, counts)| CounterChange { counter, counts }).collect())
}

/// Which records of what is in assets a command touches follows from its events, so no command can
/// forget it. A disposal ends nothing that a retirement has not ended before.
fn contents_changes(world: &World, events: &[(AggregateRef, Event)]) -> Result<Vec<ContentsChange>, Stop> {
    let mut changes = Vec::new();
    for (aggregate, event) in events {
        let Event::Asset(event) = event else { continue };
        let asset = AssetId(aggregate.id);
        if let Some(Custodian::Asset(container)) = event.new_custodian() {
            changes.push(ContentsChange { container, put_in: Some(asset) });
        }
        if event.ends_holding() {
            changes.push(ContentsChange { container: asset, put_in: None });
        }
    }
    for change in &changes {
        world.contents(change.container)?;
    }
    Ok(changes)
}

/// A new leaf cannot close a circle, so only moving what exists already is guarded.
fn guards(steps: &[Step<'_>]) -> Vec<GuardName> {
    let mut guards = BTreeSet::new();
    for step in steps {
        let parents = [step.before, step.after.as_ref()].map(|state| state.and_then(Aggregate::parent));
        if step.before.is_some() && parents[0] != parents[1] {
            guards.extend(parents.into_iter().flatten().map(|(_, tree)| tree));
        }
        if let Event::Asset(event) = step.event
            && matches!(event.new_custodian(), Some(Custodian::Asset(_)))
        {
            guards.insert(GuardName::CustodyTree);
        }
    }
    guards.into_iter().collect()
}

impl crate::world::Loaded {
    /// The aggregate after `event`, which `actor` caused and which took effect at `effective_at`. A state that nobody
    /// else holds is not copied, however large it is.
    #[must_use]
    pub fn after(
        self,
        id: Uuid,
        event: &Event,
        actor: &str,
        effective_at: chrono::DateTime<chrono::Utc>,
    ) -> Self {
        let state = evolve(id, self.state.map(Arc::unwrap_or_clone), event, actor).map(Arc::new);
        Self {
            state,
            version: self.version.saturating_add(1),
            last_effective_at: self.last_effective_at.max(Some(as_stored(effective_at))),
        }
    }
}
