//! The part of the world that a decision has seen so far.
//!
//! A decision starts with an empty world and stops at the first thing it needs and has not seen;
//! whoever runs it loads that and starts it again. So the rules say themselves what they rest on,
//! and stay pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::aggregate::{Aggregate, AggregateKind, AggregateRef};
use crate::asset::{Asset, AssetAt, AssetName};
use crate::asset_model::AssetModel;
use crate::audit_campaign::AuditCampaign;
use crate::audit_finding::AuditFinding;
use crate::counter::{CounterName, Counts};
use crate::department::Department;
use crate::ids::{
    AssetId, AuditCampaignId, AuditFindingId, DepartmentId, LocationId, ModelId, PersonId, PurchaseOrderId,
    RequisitionId, VendorId,
};
use crate::key::UniqueKey;
use crate::location::Location;
use crate::person::Person;
use crate::purchase_order::PurchaseOrder;
use crate::rejection::Rejection;
use crate::requisition::Requisition;
use crate::vendor::Vendor;

/// Why a decision did not come to an end.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// It needs to see this aggregate.
    Load(AggregateRef),
    /// It needs to see who holds this value.
    LoadKey(UniqueKey),
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
    counters: BTreeMap<CounterName, Counts>,
    past: BTreeMap<AssetAt, Option<Asset>>,
    contents: BTreeMap<AssetId, BTreeSet<AssetId>>,
    assumes_free_keys: bool,
}

macro_rules! seekers {
    ($($find:ident, $get:ident, $id:ty, $kind:ident, $state:ty, $noun:literal;)+) => {$(
        #[doc = concat!("The ", $noun, ", if there is one of that id.")]
        pub(crate) fn $find(&self, id: $id) -> Result<Option<&$state>, Stop> {
            match self.seen(AggregateRef::new(AggregateKind::$kind, id.0))?.state.as_deref() {
                Some(Aggregate::$kind(state)) => Ok(Some(state)),
                _ => Ok(None),
            }
        }

        #[doc = concat!("The ", $noun, " that the command refers to at `pointer`.")]
        pub(crate) fn $get(&self, id: $id, pointer: &str) -> Result<&$state, Stop> {
            let unknown = || Rejection::unknown_reference(pointer, format!("there is no {} {id}", $noun));
            Ok(self.$find(id)?.ok_or_else(unknown)?)
        }
    )+};
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
    pub(crate) fn holder(&self, key: &UniqueKey) -> Result<Option<Uuid>, Stop> {
        self.keys.get(key).copied().ok_or_else(|| Stop::LoadKey(key.clone()))
    }

    /// Who holds a value that is to be claimed: nobody, if that is assumed of what was not shown.
    pub(crate) fn claimed_holder(&self, key: &UniqueKey) -> Result<Option<Uuid>, Stop> {
        match self.holder(key) {
            Err(Stop::LoadKey(_)) if self.assumes_free_keys => Ok(None),
            seen => seen,
        }
    }

    /// What was shown of all aggregates.
    pub(crate) fn states(&self) -> impl Iterator<Item = &Aggregate> {
        self.aggregates.values().filter_map(|loaded| loaded.state.as_deref())
    }

    /// Who holds a value, if that was shown and somebody does.
    pub(crate) fn known_holder(&self, key: &UniqueKey) -> Option<Uuid> {
        self.keys.get(key).copied().flatten()
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

    seekers! {
        find_asset, asset_by_id, AssetId, Asset, Asset, "asset";
        find_requisition, requisition, RequisitionId, Requisition, Requisition, "requisition";
        find_purchase_order, purchase_order, PurchaseOrderId, PurchaseOrder, PurchaseOrder, "purchase order";
        find_model, model, ModelId, AssetModel, AssetModel, "model";
        find_location, location, LocationId, Location, Location, "location";
        find_vendor, vendor, VendorId, Vendor, Vendor, "vendor";
        find_department, department, DepartmentId, Department, Department, "department";
        find_person, person, PersonId, Person, Person, "person";
    }

    /// The audit campaign, if there is one of that id.
    pub(crate) fn find_audit_campaign(&self, id: AuditCampaignId) -> Result<Option<&AuditCampaign>, Stop> {
        match self.seen(AggregateRef::new(AggregateKind::AuditCampaign, id.0))?.state.as_deref() {
            Some(Aggregate::AuditCampaign(campaign)) => Ok(Some(campaign)),
            _ => Ok(None),
        }
    }

    /// The audit finding, if there is one of that id.
    pub(crate) fn find_audit_finding(&self, id: AuditFindingId) -> Result<Option<&AuditFinding>, Stop> {
        match self.seen(AggregateRef::new(AggregateKind::AuditFinding, id.0))?.state.as_deref() {
            Some(Aggregate::AuditFinding(finding)) => Ok(Some(finding)),
            _ => Ok(None),
        }
    }

    /// The asset that the command names at `pointer`, by id or tag.
    pub(crate) fn asset(&self, name: &AssetName, pointer: &str) -> Result<&Asset, Stop> {
        let unknown = || Rejection::not_found(pointer, format!("there is no asset {name}"));
        let id = self.asset_id(name, pointer)?;
        Ok(self.find_asset(id)?.ok_or_else(unknown)?)
    }

    /// The id of the asset that the command names at `pointer`, before the asset itself is seen.
    pub(crate) fn asset_id(&self, name: &AssetName, pointer: &str) -> Result<AssetId, Stop> {
        let unknown = || Rejection::not_found(pointer, format!("there is no asset {name}"));
        match name {
            AssetName::Id(id) => Ok(*id),
            AssetName::Tag(tag) => Ok(AssetId(self.holder(&UniqueKey::tag(tag))?.ok_or_else(unknown)?)),
        }
    }

    /// Checks that a location may be newly referred to.
    pub(crate) fn check_location(&self, id: Option<LocationId>, pointer: &str) -> Result<(), Stop> {
        let Some(id) = id else { return Ok(()) };
        let is_active = self.location(id, pointer)?.is_active();
        check_active(is_active, "location", id.0, pointer)
    }

    /// Checks that a department may be newly referred to.
    pub(crate) fn check_department(&self, id: Option<DepartmentId>, pointer: &str) -> Result<(), Stop> {
        let Some(id) = id else { return Ok(()) };
        let is_active = self.department(id, pointer)?.is_active();
        check_active(is_active, "department", id.0, pointer)
    }

    /// Checks that a vendor may be newly referred to.
    pub(crate) fn check_vendor(&self, id: Option<VendorId>, pointer: &str) -> Result<(), Stop> {
        let Some(id) = id else { return Ok(()) };
        let is_active = self.vendor(id, pointer)?.is_active();
        check_active(is_active, "vendor", id.0, pointer)
    }

    /// Checks that a person may be given something.
    pub(crate) fn check_person(&self, id: PersonId, pointer: &str) -> Result<(), Stop> {
        let is_active = self.person(id, pointer)?.is_active();
        check_active(is_active, "person", id.0, pointer)
    }

    /// The model that the command refers to, which must be active.
    pub(crate) fn active_model(&self, id: ModelId, pointer: &str) -> Result<&AssetModel, Stop> {
        let model = self.model(id, pointer)?;
        check_active(model.is_active(), "model", id.0, pointer)?;
        Ok(model)
    }
}

fn check_active(is_active: bool, noun: &str, id: Uuid, pointer: &str) -> Result<(), Stop> {
    if is_active {
        return Ok(());
    }
    let detail = format!("the {noun} {id} is inactive: it can no longer be referred to");
    Err(Rejection::unknown_reference(pointer, detail).into())
}
