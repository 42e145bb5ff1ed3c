//! Whether a command declared what it touches.

use super::{Access, TouchedKey, Touches};
use crate::aggregate::{Aggregate, AggregateRef, Event, evolve};
use crate::asset::Custodian;
use crate::decision::Decision;
use crate::key::UniqueKey;
use crate::world::{Stop, World};

/// Something that a decision touches and its command does not declare: a defect of the declaration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the command does not declare that it {0}")]
pub struct Undeclared(String);

impl Touches {
    /// Whether a decision may ask for what it asks for, or write what it writes, after it was shown this world.
    ///
    /// # Errors
    /// [`Undeclared`] names what it asks for, or the first thing that it writes.
    pub fn check(&self, decided: &Result<Decision, Stop>, world: &World) -> Result<(), Undeclared> {
        match decided {
            Ok(decision) => self.check_decision(decision, world),
            Err(stop) => self.check_stop(stop, world),
        }
    }

    fn check_stop(&self, stop: &Stop, world: &World) -> Result<(), Undeclared> {
        let is_declared = match stop {
            Stop::Load(aggregate) => self.access(*aggregate, world).is_some(),
            Stop::LoadKey(key) | Stop::LoadLatestKey(key) => {
                self.labels.contains_key(&TouchedKey::from(key)) || self.freed.contains(&key.kind)
            }
            Stop::LoadCounter(counter) => self.counters.contains(counter),
            // What is in an asset is a record of that asset.
            Stop::LoadContents(container) => self.access((*container).into(), world).is_some(),
            Stop::LoadAt(at) => {
                let both = [at.asset_id.into(), at.before];
                both.into_iter().all(|thing| self.access(thing, world).is_some())
            }
            Stop::Reject(_) => true,
        };
        if is_declared { Ok(()) } else { Err(Undeclared(format!("stops at {stop:?}"))) }
    }

    fn check_decision(&self, decision: &Decision, world: &World) -> Result<(), Undeclared> {
        let undeclared = |what: String| Err(Undeclared(what));
        for (aggregate, event) in &decision.events {
            if self.access(*aggregate, world).is_none_or(|access| access == Access::Reads) {
                return undeclared(format!("changes {aggregate}"));
            }
            if takes_out(*aggregate, event, world) && !self.takes_out {
                return undeclared(format!("takes {aggregate} out of another"));
            }
        }
        if let Some(change) = decision.keys.iter().find(|change| !self.may_change(&change.key)) {
            return undeclared(format!("changes who holds {:?}", change.key));
        }
        if let Some(guard) = decision.guards.iter().find(|guard| !self.guards.contains(guard)) {
            return undeclared(format!("writes on the guard {}", guard.as_str()));
        }
        let mut counters = decision.counters.iter().map(|change| change.counter);
        if let Some(counter) = counters.find(|counter| !self.counters.contains(counter)) {
            return undeclared(format!("counts on {}", counter.token()));
        }
        Ok(())
    }

    /// What is declared about a thing, by name or as the end of a path.
    fn access(&self, thing: AggregateRef, world: &World) -> Option<Access> {
        let found = self.paths.iter().filter(|(path, _)| path.leads_to(thing, world));
        found.map(|(_, access)| *access).chain(self.things.get(&thing).copied()).max()
    }

    fn may_change(&self, key: &UniqueKey) -> bool {
        self.freed.contains(&key.kind) || self.labels.get(&TouchedKey::from(key)) == Some(&Access::Changes)
    }
}

/// Whether an asset is in another before an event, and not after it.
fn takes_out(aggregate: AggregateRef, event: &Event, world: &World) -> bool {
    let Some(before) = world.states().find(|state| asset_of(state) == Some(aggregate)) else { return false };
    let carrier = |state: &Aggregate| {
        let Aggregate::Asset(asset) = state else { return None };
        asset.custodian().filter(|has| matches!(has, Custodian::Asset(_)))
    };
    let after = evolve(aggregate.id, Some(before.clone()), event, "");
    carrier(before).is_some() && carrier(before) != after.as_ref().and_then(carrier)
}

fn asset_of(state: &Aggregate) -> Option<AggregateRef> {
    if let Aggregate::Asset(asset) = state { Some(asset.id.into()) } else { None }
}
