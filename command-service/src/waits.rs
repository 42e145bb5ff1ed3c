//! Which commands of a sequence must wait for which.
//!
//! They run side by side, but the result is that of running them one after another: a command waits for every earlier
//! one that touches what it touches, as both declare it ([`Touches`]), unless both only look at it.

use std::collections::{BTreeMap, HashMap};
use std::mem;

use itam_domain::{
    Access, AggregateKind, AggregateRef, CounterName, GuardName, KeyKind, TouchedKey, Touches,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::answer::Answer;
use crate::refusal::Refusal;

/// Marks when a command of a sequence is done.
#[derive(Clone, Debug)]
struct Done {
    /// The place of the command in its sequence, from 1.
    number: u64,
    token: CancellationToken,
}

impl Done {
    fn is_done(&self) -> bool {
        self.token.is_cancelled()
    }
}

/// Something by which two commands know that they touch the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Touched {
    Thing(AggregateRef),
    Label(TouchedKey),
    /// The thing of a sort to which a label leads.
    Bearer(AggregateKind, TouchedKey),
    Guard(GuardName),
    Counter(CounterName),
}

/// A sort of which two commands may touch the same one though nothing that they name says so: because they come to it
/// in different ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Sort {
    Things(AggregateKind),
    Values(KeyKind),
}

/// How a command comes to what it touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// By its own name: an id, or the value itself.
    Named,
    /// By a unique value that it bears.
    Bearing(KeyKind),
    /// From something else that leads to it.
    Found,
}

/// What a command waits for, and what waits for it.
pub(crate) struct Dependencies {
    /// The earlier commands that it waits for.
    waits_for: Vec<Done>,
    /// The earlier commands that it waits for only if it is refused, to be decided again behind them.
    looks_again_behind: Vec<Done>,
    /// Its own mark.
    done: Done,
}

impl Dependencies {
    /// Is left once what this gives is dropped, even by a panic, so that no other waits for it for ever.
    pub(crate) fn left_when_dropped(&self) -> DropGuard {
        self.done.token.clone().drop_guard()
    }

    /// Waits until its command may be carried out.
    pub(crate) async fn wait(&mut self) {
        all_done(mem::take(&mut self.waits_for)).await;
    }

    /// Whether its command, of which this came, is to be carried out again: waits until it may be. An earlier command
    /// may have been about to take out what was still in.
    pub(crate) async fn wait_if_refused(&mut self, outcome: &Result<Answer, Refusal>) -> bool {
        if !matches!(outcome, Err(Refusal::Rejected(_))) || self.looks_again_behind.is_empty() {
            return false;
        }
        all_done(mem::take(&mut self.looks_again_behind)).await;
        true
    }
}

async fn all_done(earlier: Vec<Done>) {
    for earlier in earlier {
        earlier.token.cancelled().await;
    }
}

/// Who touched what last.
#[derive(Default)]
pub(crate) struct Waits {
    entered: u64,
    touched: HashMap<Touched, Touchers>,
    comers: HashMap<Sort, BTreeMap<Way, Comers>>,
    /// Commands that may take an asset out of another.
    takers: Vec<Done>,
}

/// Those since the last one that changed something, and that one.
#[derive(Default)]
struct Touchers {
    changer: Option<Done>,
    readers: Vec<Done>,
}

/// Those who come to things of a sort in one way.
#[derive(Default)]
struct Comers {
    changers: Vec<Done>,
    readers: Vec<Done>,
}

impl Waits {
    /// Takes the next command in.
    pub(crate) fn enter(&mut self, touches: &Touches) -> Dependencies {
        self.entered += 1;
        let done = Done { number: self.entered, token: CancellationToken::new() };
        let mut waits_for = Vec::new();
        for (touched, changes) in touched(touches) {
            self.touch(touched, changes, &done, &mut waits_for);
        }
        let ways = ways(touches);
        for (sort, way, changes) in &ways {
            self.wait_for_comers(*sort, *way, *changes, &mut waits_for);
        }
        // A command enters after it has looked at all, since it may come to one sort in several ways.
        for (sort, way, changes) in ways {
            let comers = self.comers.entry(sort).or_default().entry(way).or_default();
            if changes { comers.changers.push(done.clone()) } else { comers.readers.push(done.clone()) }
        }
        waits_for.retain(|earlier| !earlier.is_done());
        waits_for.sort_unstable_by_key(|earlier| earlier.number);
        waits_for.dedup_by_key(|earlier| earlier.number);
        let takers = self.takers.iter().filter(|taker| touches.rests_on_contents() && !taker.is_done());
        let looks_again_behind = takers.cloned().collect();
        if touches.may_take_out() {
            self.takers.push(done.clone());
        }
        Dependencies { waits_for, looks_again_behind, done }
    }

    fn touch(&mut self, touched: Touched, changes: bool, done: &Done, waits_for: &mut Vec<Done>) {
        let touchers = self.touched.entry(touched).or_default();
        if changes {
            waits_for.append(&mut touchers.readers);
            waits_for.extend(touchers.changer.replace(done.clone()));
        } else {
            waits_for.extend(touchers.changer.clone());
            touchers.readers.push(done.clone());
        }
    }

    /// Those who come in the same way to the same thing know it by what leads them there, unless that is another thing:
    /// then who changes anything waits for everybody. Values that are given up are given up in any order.
    fn wait_for_comers(&self, sort: Sort, way: Way, changes: bool, waits_for: &mut Vec<Done>) {
        let is_known = way != Way::Found || matches!(sort, Sort::Values(_));
        for (other, comers) in self.comers.get(&sort).into_iter().flatten() {
            if *other == way && is_known {
                continue;
            }
            waits_for.extend_from_slice(&comers.changers);
            if changes {
                waits_for.extend_from_slice(&comers.readers);
            }
        }
    }

    /// Forgets commands that are done, to bound the memory.
    pub(crate) fn sweep(&mut self) {
        let is_under_way = |done: &Done| !done.is_done();
        self.touched.retain(|_, touchers| {
            touchers.readers.retain(is_under_way);
            touchers.changer.take_if(|changer| changer.is_done());
            touchers.changer.is_some() || !touchers.readers.is_empty()
        });
        self.takers.retain(is_under_way);
        for comers in self.comers.values_mut().flat_map(BTreeMap::values_mut) {
            comers.changers.retain(is_under_way);
            comers.readers.retain(is_under_way);
        }
    }
}

/// What a command names, each once, or it would wait for itself; and whether it changes it.
fn touched(touches: &Touches) -> HashMap<Touched, bool> {
    let things = touches.things().map(|(thing, access)| (Touched::Thing(thing), access));
    let labels = touches.labels().map(|(label, access)| (Touched::Label(label.clone()), access));
    let bearers = touches.paths().iter().filter_map(|(path, access)| {
        let label = TouchedKey::from(&path.label()?);
        Some((Touched::Bearer(path.kind(), label), *access))
    });
    let guards = touches.guard_names().iter().map(|guard| (Touched::Guard(*guard), Access::Changes));
    let counters = touches.counters().iter().map(|name| (Touched::Counter(*name), Access::Changes));
    let mut changes = HashMap::new();
    for (what, access) in things.chain(labels).chain(bearers).chain(guards).chain(counters) {
        *changes.entry(what).or_default() |= access != Access::Reads;
    }
    changes
}

/// The ways in which a command comes to what it touches, and whether it changes anything there. To what is only made,
/// nothing leads yet but its name.
fn ways(touches: &Touches) -> Vec<(Sort, Way, bool)> {
    let mut ways = Vec::new();
    for (thing, access) in touches.things().filter(|(_, access)| *access != Access::Creates) {
        ways.push((Sort::Things(thing.kind), Way::Named, access == Access::Changes));
    }
    for (label, access) in touches.labels() {
        ways.push((Sort::Values(label.kind), Way::Named, access == Access::Changes));
    }
    ways.extend(touches.freed().map(|kind| (Sort::Values(kind), Way::Found, true)));
    for (path, access) in touches.paths().iter().filter(|(path, _)| !path.is_crowded()) {
        let way = path.label().map_or(Way::Found, |label| Way::Bearing(label.kind()));
        ways.push((Sort::Things(path.kind()), way, *access == Access::Changes));
    }
    ways.sort_unstable();
    ways.dedup();
    ways
}

#[cfg(test)]
mod tests {
    use itam_domain::{Command, CommandId};
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    const MODEL: Uuid = Uuid::from_u128(1);
    const ORDER: Uuid = Uuid::from_u128(2);
    const LOCATION: Uuid = Uuid::from_u128(3);

    /// The commands of a test, each of which tells for how many earlier ones it waits.
    #[derive(Default)]
    struct Sequence {
        waits: Waits,
        sent: u128,
    }

    impl Sequence {
        fn enter(&mut self, name: &str, body: Value) -> Dependencies {
            self.sent += 1;
            let command = Command::read(name, body).expect("a known command").expect("its fields");
            self.waits.enter(&command.touches(CommandId(Uuid::from_u128(1_000 + self.sent))))
        }

        fn waits(&mut self, name: &str, body: Value) -> usize {
            self.enter(name, body).waits_for.len()
        }
    }

    #[test]
    fn who_refers_to_a_thing_waits_for_who_changed_it_and_the_next_who_changes_it_for_all_of_them() {
        let mut sequence = Sequence::default();
        let define = json!({"model_id": MODEL, "name": "T14", "kind": "hardware"});
        let defined = sequence.enter("define-model", define.clone());
        assert_eq!(sequence.waits("register-asset", json!({"model_id": MODEL})), 1);
        let beside = sequence.waits("register-asset", json!({"model_id": MODEL}));
        assert_eq!(beside, 1, "two that refer to it do not wait for each other");
        defined.done.token.cancel();
        assert_eq!(sequence.waits("define-model", define), 2, "what is done is not waited for");
    }

    #[test]
    fn an_asset_by_its_id_waits_for_one_by_its_tag_and_two_tags_do_not_wait_for_each_other() {
        let mut sequence = Sequence::default();
        assert_eq!(sequence.waits("verify-asset", json!({"asset": "LT-1"})), 0);
        assert_eq!(sequence.waits("verify-asset", json!({"asset": "LT-2"})), 0);
        assert_eq!(sequence.waits("verify-asset", json!({"asset": "lt-1"})), 1);
        let asset = Uuid::from_u128(9);
        assert_eq!(sequence.waits("verify-asset", json!({"asset": asset})), 3);
        let is_another = sequence.waits("verify-asset", json!({"asset": Uuid::from_u128(8)}));
        assert_eq!(is_another, 3, "two ids do not wait for each other");
    }

    #[test]
    fn who_takes_a_label_waits_for_who_gives_one_up_and_those_who_give_up_do_not_wait_for_each_other() {
        let mut sequence = Sequence::default();
        let void = |n: u128| json!({"asset": Uuid::from_u128(n)});
        assert_eq!(sequence.waits("void-asset", void(11)), 0);
        assert_eq!(sequence.waits("void-asset", void(12)), 0);
        assert_eq!(sequence.waits("register-asset", json!({"model_id": MODEL, "tag": "LT-1"})), 2);
        assert_eq!(sequence.waits("register-asset", json!({"model_id": MODEL, "serial": "PF1"})), 2);
        let again = sequence.waits("register-asset", json!({"model_id": MODEL, "serial": "pf1"}));
        assert_eq!(again, 3, "two that take the same one wait for each other");
    }

    #[test]
    fn who_finds_a_thing_waits_for_all_who_change_one_of_its_sort() {
        let mut sequence = Sequence::default();
        let close = json!({"purchase_order_id": ORDER});
        assert_eq!(sequence.waits("close-purchase-order", close), 0);
        let cancelled = sequence.waits("cancel-requisition", json!({"requisition_id": Uuid::from_u128(7)}));
        assert_eq!(cancelled, 1, "the order may refer to it");
        assert_eq!(sequence.waits("cancel-asset", json!({"asset": "LT-1"})), 2);
    }

    #[test]
    fn a_new_location_waits_for_the_one_that_it_is_part_of_and_for_changes_of_any() {
        let mut sequence = Sequence::default();
        assert_eq!(sequence.waits("define-location", json!({"name": "A"})), 0);
        let made = Uuid::from_u128(1_001);
        assert_eq!(sequence.waits("define-location", json!({"name": "B", "parent_id": made})), 1);
        assert_eq!(sequence.waits("define-location", json!({"name": "C", "parent_id": made})), 1);
        assert_eq!(sequence.waits("define-location", json!({"name": "D", "location_id": LOCATION})), 3);
        assert_eq!(sequence.waits("define-location", json!({"name": "E", "parent_id": made})), 2);
    }

    #[test]
    fn who_must_be_empty_looks_again_behind_those_who_take_out_and_does_not_wait_for_them() {
        let mut sequence = Sequence::default();
        sequence.enter("return-asset", json!({"asset": "B-1"}));
        let taken = sequence.enter("return-asset", json!({"asset": "B-2"}));
        taken.done.token.cancel();
        let retired = sequence.enter("retire-asset", json!({"asset": "C-1", "cause": "surplus"}));
        assert_eq!((retired.waits_for.len(), retired.looks_again_behind.len()), (0, 1));
    }

    #[test]
    fn nobody_waits_for_herself() {
        let mut sequence = Sequence::default();
        let itself = json!({"asset": "LT-1", "custodian": {"asset": "LT-1"}});
        assert_eq!(sequence.waits("deploy-asset", itself), 0);
        let asset = Uuid::from_u128(9);
        assert_eq!(
            sequence.waits("reassign-asset", json!({"asset": asset, "custodian": {"asset": "LT-1"}})),
            1
        );
    }

    #[test]
    fn what_is_done_is_forgotten() {
        let mut sequence = Sequence::default();
        let dependencies = sequence.enter("return-asset", json!({"asset": "B-1"}));
        sequence.waits.sweep();
        assert!(!sequence.waits.touched.is_empty());
        dependencies.done.token.cancel();
        sequence.waits.sweep();
        assert!(sequence.waits.touched.is_empty() && sequence.waits.takers.is_empty());
        let comers = sequence.waits.comers.values().flat_map(BTreeMap::values);
        assert_eq!(comers.map(|comers| comers.changers.len() + comers.readers.len()).sum::<usize>(), 0);
    }
}
