//! The world of a decision: the aggregates, keys and lanes that it has seen so far.
//!
//! A decision starts with an empty world and stops at the first thing it needs and has not seen;
//! whoever runs it loads that and starts it again. So the rules say themselves what they rest on,
//! and stay pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::aggregate::{Aggregate, AggregateRef, AggregateState, ListedAggregate, TypedId};
use crate::asset::{Asset, AssetAt, AssetName};
use crate::counter::{CounterName, Counts};
use crate::ids::AssetId;
use crate::key::UniqueKey;
use crate::rejection::Rejection;
use crate::unique_label::UniqueLabel;

/// Why a decision did not come to an end.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// It needs to see this aggregate.
    Load(AggregateRef),
    /// It needs to see who holds this value.
    LoadKey(UniqueKey),
    /// It needs to see who holds this value as the log has it now: nothing that is stored would notice otherwise.
    LoadLatestKey(UniqueKey),
    /// It needs to see what a lane counts.
    LoadCounter(CounterName),
    /// It needs to see an asset as it was.
    LoadAt(AssetAt),
    /// It needs to know what was ever put into an asset.
    LoadContents(AssetId),
    /// The business says no.
    Reject(Box<Rejection>),
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Self::Reject(Box::new(rejection))
    }
}

/// An aggregate as it was loaded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    /// What its events fold to; `None` if nothing happened to it.
    pub state: Option<Arc<Aggregate>>,
    /// How many events it has.
    pub version: u64,
    /// The latest effective time among them.
    pub last_effective_at: Option<DateTime<Utc>>,
}

/// What a decision has seen so far.
#[derive(Clone, Debug, Default)]
pub struct World {
    aggregates: BTreeMap<AggregateRef, Loaded>,
    keys: BTreeMap<UniqueKey, Option<Uuid>>,
    latest_keys: BTreeMap<UniqueKey, Option<Uuid>>,
    counters: BTreeMap<CounterName, Counts>,
    past: BTreeMap<AssetAt, Option<Asset>>,
    contents: BTreeMap<AssetId, BTreeSet<AssetId>>,
    assumes_free_keys: bool,
}

impl World {
    /// Shows an aggregate to the decision.
    pub fn show(&mut self, aggregate: AggregateRef, loaded: Loaded) {
        self.aggregates.insert(aggregate, loaded);
    }

    /// Shows the decision who holds a value.
    pub fn show_key(&mut self, key: UniqueKey, holder: Option<Uuid>) {
        self.keys.insert(key, holder);
    }

    /// Shows the decision who holds a value as the log has it now.
    pub fn show_latest_key(&mut self, key: UniqueKey, holder: Option<Uuid>) {
        self.latest_keys.insert(key, holder);
    }

    /// Shows the decision what a lane counts.
    pub fn show_counter(&mut self, counter: CounterName, counts: Counts) {
        self.counters.insert(counter, counts);
    }

    /// Shows the decision an asset as it was; `None` if it was not there.
    pub fn show_at(&mut self, at: AssetAt, asset: Option<Asset>) {
        self.past.insert(at, asset);
    }

    /// Shows the decision what was ever put into an asset. What is in it still, the parts know.
    pub fn show_contents(&mut self, container: AssetId, put_in: BTreeSet<AssetId>) {
        self.contents.insert(container, put_in);
    }

    /// Takes every value that is to be claimed and was not shown for free, instead of stopping to
    /// look it up. A world for a first attempt whose claims are checked when they are stored; a
    /// refusal that rests on it proves nothing.
    pub fn assume_free_keys(&mut self) {
        self.assumes_free_keys = true;
    }

    /// An aggregate as it was loaded, or a stop to load it.
    pub(crate) fn seen(&self, aggregate: AggregateRef) -> Result<&Loaded, Stop> {
        self.aggregates.get(&aggregate).ok_or(Stop::Load(aggregate))
    }

    /// Who holds a value, or a stop to look it up.
    fn holder(&self, key: &UniqueKey) -> Result<Option<Uuid>, Stop> {
        self.keys.get(key).copied().ok_or_else(|| Stop::LoadKey(key.clone()))
    }

    /// Who holds a value that is to be claimed: nobody, if that is assumed of what was not shown.
    pub(crate) fn claimed_holder(&self, key: &UniqueKey) -> Result<Option<Uuid>, Stop> {
        match self.holder(key) {
            Err(Stop::LoadKey(_)) if self.assumes_free_keys => Ok(None),
            seen => seen,
        }
    }

    /// Who bears a label, or a stop to look it up: whoever was given it as it is spelt, or else by the form in which
    /// labels are compared.
    pub(crate) fn bearer(&self, label: &UniqueLabel) -> Result<Option<Uuid>, Stop> {
        for key in label.keys() {
            if let Some(holder) = self.holder(key)? {
                return Ok(Some(holder));
            }
        }
        Ok(None)
    }

    /// Who holds a value as the log has it now, or a stop to look it up there.
    pub(crate) fn latest_holder(&self, key: &UniqueKey) -> Result<Option<Uuid>, Stop> {
        self.latest_keys.get(key).copied().ok_or_else(|| Stop::LoadLatestKey(key.clone()))
    }

    /// What was shown of all aggregates.
    pub(crate) fn states(&self) -> impl Iterator<Item = &Aggregate> {
        self.aggregates.values().filter_map(|loaded| loaded.state.as_deref())
    }

    /// Who bears a label, if that was shown and somebody does.
    pub(crate) fn known_bearer(&self, label: &UniqueLabel) -> Option<Uuid> {
        label.keys().find_map(|key| self.keys.get(key).copied().flatten())
    }

    /// Whether something was ever put into any of the assets of which that was shown.
    pub(crate) fn was_put_in(&self, part: AssetId) -> bool {
        self.contents.values().any(|parts| parts.contains(&part))
    }

    /// What a lane counts, or a stop to look it up.
    pub(crate) fn counter(&self, counter: CounterName) -> Result<&Counts, Stop> {
        self.counters.get(&counter).ok_or(Stop::LoadCounter(counter))
    }

    /// An asset as it was, or a stop to look it up.
    pub(crate) fn asset_at(&self, at: AssetAt) -> Result<Option<&Asset>, Stop> {
        self.past.get(&at).map(Option::as_ref).ok_or(Stop::LoadAt(at))
    }

    /// What was ever put into an asset, or a stop to look it up.
    pub(crate) fn contents(&self, container: AssetId) -> Result<&BTreeSet<AssetId>, Stop> {
        self.contents.get(&container).ok_or(Stop::LoadContents(container))
    }

    /// The thing of an id, if there is one.
    pub(crate) fn find<I: TypedId>(&self, id: I) -> Result<Option<&I::State>, Stop> {
        Ok(self.seen(id.into())?.state.as_deref().and_then(I::State::of))
    }

    /// The thing that the command refers to at `pointer`.
    pub(crate) fn known<I: TypedId>(&self, id: I, pointer: &str) -> Result<&I::State, Stop> {
        let unknown =
            || Rejection::unknown_reference(pointer, format!("there is no {} {id}", I::State::NOUN));
        Ok(self.find(id)?.ok_or_else(unknown)?)
    }

    /// The thing that the command newly refers to at `pointer`, which must be active.
    pub(crate) fn active<I: TypedId>(&self, id: I, pointer: &str) -> Result<&I::State, Stop> {
        let found = self.known(id, pointer)?;
        if found.is_active() {
            return Ok(found);
        }
        let detail = format!("the {} {id} is inactive: it can no longer be referred to", I::State::NOUN);
        Err(Rejection::unknown_reference(pointer, detail).into())
    }

    /// Checks that what the command newly refers to at `pointer`, if it does, is active.
    pub(crate) fn check_active<I: TypedId>(&self, id: Option<I>, pointer: &str) -> Result<(), Stop> {
        id.map_or(Ok(()), |id| self.active(id, pointer).map(|_| ()))
    }

    /// The asset that the command names at `pointer`, by id or tag.
    pub(crate) fn asset(&self, name: &AssetName, pointer: &str) -> Result<&Asset, Stop> {
        let unknown = || Rejection::not_found(pointer, format!("there is no asset {name}"));
        let id = self.asset_id(name, pointer)?;
        Ok(self.find(id)?.ok_or_else(unknown)?)
    }

    /// The id of the asset that the command names at `pointer`, before the asset itself is seen.
    pub(crate) fn asset_id(&self, name: &AssetName, pointer: &str) -> Result<AssetId, Stop> {
        let unknown = || Rejection::not_found(pointer, format!("there is no asset {name}"));
        match name {
            AssetName::Id(id) => Ok(*id),
            AssetName::Tag(tag) => Ok(AssetId(self.bearer(&UniqueLabel::tag(tag))?.ok_or_else(unknown)?)),
        }
    }
}
