//! What a command touches, as it declares itself beside its fields.
//!
//! A command refers to things and changes them; it takes unique values and gives them up; it counts, and writes on
//! guards. What it names, it declares by name. What it only leads to (the order of a piece, say, or the location above a
//! location) it declares as a [`LoadPath`] from what is loaded before. Whoever carries out many commands side by side orders
//! them by these declarations, and knows by them what is read before anything is decided. [`Touches::check`] holds a
//! declaration to what a decision asks for and to what it writes.

mod check;
mod path;

use std::collections::{BTreeMap, BTreeSet};

pub use check::Undeclared;
pub use path::LoadPath;

use crate::aggregate::AggregateRef;
use crate::counter::CounterName;
use crate::guard_name::GuardName;
use crate::ids::CommandId;
use crate::key::{KeyKind, UniqueKey};
use crate::label::normalize;
use crate::target::Target;
use crate::unique_label::UniqueLabel;

/// What every command's body says of itself.
pub trait CommandBody {
    /// Declares what the command touches beside the thing that it is about, which is declared already.
    fn touches(&self, to: &mut Touches) {
        let _ = to;
    }
}

/// What is done to something that is touched. What does more is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// It is looked at.
    Reads,
    /// It is made. Nothing leads to it yet but its own id.
    Creates,
    /// It is changed, or may be.
    Changes,
}

/// A unique value, as far as a command says it: of a serial number without the maker, whom the model knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TouchedKey {
    /// The set within which it is unique.
    pub kind: KeyKind,
    /// The normal form, by whichever rule the value stands in the log: who spells a label in another way touches the same.
    pub text: String,
}

impl From<&UniqueKey> for TouchedKey {
    fn from(key: &UniqueKey) -> Self {
        let last = key.value.rsplit('\n').next().unwrap_or_default();
        let said = if key.kind == KeyKind::SERIAL { last } else { &key.value };
        let parts = said.split('\n').map(normalize).collect::<Vec<_>>();
        Self { kind: key.kind, text: parts.join("\n") }
    }
}

impl From<&UniqueLabel> for TouchedKey {
    fn from(label: &UniqueLabel) -> Self {
        Self::from(label.key())
    }
}

/// What a command touches.
#[derive(Clone, Debug)]
pub struct Touches {
    command_id: CommandId,
    things: BTreeMap<AggregateRef, Access>,
    labels: BTreeMap<TouchedKey, Access>,
    paths: Vec<(LoadPath, Access)>,
    freed: BTreeSet<KeyKind>,
    guards: BTreeSet<GuardName>,
    counters: BTreeSet<CounterName>,
    takes_out: bool,
}

impl Touches {
    /// What every command touches that is about this target.
    pub(crate) fn of_target(target: Target, command_id: CommandId) -> Self {
        let mut touches = Self {
            command_id,
            things: BTreeMap::new(),
            labels: BTreeMap::new(),
            paths: Vec::new(),
            freed: BTreeSet::new(),
            guards: BTreeSet::new(),
            counters: BTreeSet::new(),
            takes_out: false,
        };
        match target {
            Target::Aggregate(own) if own.id == command_id.created_id() => touches.creates([own]),
            Target::Aggregate(own) => touches.changes([own]),
            Target::Asset(name) => touches.changes_asset(&name),
            Target::Finding(name) => touches.changes_finding(name),
        }
        touches
    }

    /// The command's id, from which the ids of what it creates are derived.
    pub(crate) fn command_id(&self) -> CommandId {
        self.command_id
    }

    /// Things that are looked at.
    pub(crate) fn refers<T: Into<AggregateRef>>(&mut self, things: impl IntoIterator<Item = T>) {
        self.touch(things, Access::Reads);
    }

    /// Things that are changed.
    pub(crate) fn changes<T: Into<AggregateRef>>(&mut self, things: impl IntoIterator<Item = T>) {
        self.touch(things, Access::Changes);
    }

    /// Things that are made.
    pub(crate) fn creates<T: Into<AggregateRef>>(&mut self, things: impl IntoIterator<Item = T>) {
        self.touch(things, Access::Creates);
    }

    fn touch<T: Into<AggregateRef>>(&mut self, things: impl IntoIterator<Item = T>, access: Access) {
        for thing in things {
            let declared = self.things.entry(thing.into()).or_insert(access);
            *declared = access.max(*declared);
        }
    }

    /// A value whose holder is looked up.
    pub(crate) fn looks_up(&mut self, label: &UniqueLabel) {
        self.labels.entry(TouchedKey::from(label)).or_insert(Access::Reads);
    }

    /// Values that are taken, or given up by their name.
    pub(crate) fn takes(&mut self, labels: impl IntoIterator<Item = UniqueLabel>) {
        self.takes_labels(labels.into_iter().map(|label| TouchedKey::from(&label)));
    }

    /// The same, of values of which the command says only a part.
    pub(crate) fn takes_labels(&mut self, labels: impl IntoIterator<Item = TouchedKey>) {
        for label in labels {
            self.labels.insert(label, Access::Changes);
        }
    }

    /// Values that change hands and that the command does not name: those of a thing that it changes.
    pub(crate) fn frees(&mut self, kind: KeyKind) {
        self.freed.insert(kind);
    }

    /// Things that something leads to and that are looked at.
    pub(crate) fn finds(&mut self, path: LoadPath) {
        self.paths.push((path, Access::Reads));
    }

    /// Things that something leads to and that are changed.
    pub(crate) fn finds_and_changes(&mut self, path: LoadPath) {
        self.paths.push((path, Access::Changes));
    }

    /// A guard that is checked and written on.
    pub(crate) fn guards(&mut self, guard: GuardName) {
        self.guards.insert(guard);
    }

    /// Lanes that are checked and counted on.
    pub(crate) fn counts(&mut self, counters: impl IntoIterator<Item = CounterName>) {
        self.counters.extend(counters);
    }

    /// That an asset may be in another no more.
    pub(crate) fn takes_out(&mut self) {
        self.takes_out = true;
    }
}

/// What whoever carries out commands needs to know.
impl Touches {
    /// The things that the command names, and what it does to each.
    pub fn things(&self) -> impl Iterator<Item = (AggregateRef, Access)> {
        self.things.iter().map(|(thing, access)| (*thing, *access))
    }

    /// The things that the command makes.
    pub fn created(&self) -> impl Iterator<Item = AggregateRef> {
        self.things().filter(|(_, access)| *access == Access::Creates).map(|(thing, _)| thing)
    }

    /// The unique values that the command names, and what it does to each.
    pub fn labels(&self) -> impl Iterator<Item = (&TouchedKey, Access)> {
        self.labels.iter().map(|(label, access)| (label, *access))
    }

    /// The ways to what the command does not name.
    #[must_use]
    pub fn paths(&self) -> &[(LoadPath, Access)] {
        &self.paths
    }

    /// The sets of which values change hands that the command does not name.
    pub fn freed(&self) -> impl Iterator<Item = KeyKind> {
        self.freed.iter().copied()
    }

    /// The guards that are read before anything is decided.
    #[must_use]
    pub fn guard_names(&self) -> &BTreeSet<GuardName> {
        &self.guards
    }

    /// The lanes that are read before anything is decided.
    #[must_use]
    pub fn counters(&self) -> &BTreeSet<CounterName> {
        &self.counters
    }

    /// Whether an asset may be in another no more.
    #[must_use]
    pub fn may_take_out(&self) -> bool {
        self.takes_out
    }

    /// Whether the command rests on which assets are in which: on so many that nobody waits for all who change one. If
    /// it is refused while others still take assets out, it is decided again behind them.
    #[must_use]
    pub fn rests_on_contents(&self) -> bool {
        self.paths.iter().any(|(path, _)| path.is_crowded())
    }
}
