//! All aggregates under one roof: what a subject's events fold to.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::asset::{self, Asset, AssetEvent};
use crate::asset_model::{self, AssetModel, AssetModelEvent};
use crate::audit_campaign::{self, AuditCampaign, AuditCampaignEvent};
use crate::audit_finding::{self, AuditFinding, AuditFindingEvent};
use crate::department::{self, Department, DepartmentEvent};
use crate::events::EventType;
use crate::ids::{
    AssetId, AuditCampaignId, AuditFindingId, DepartmentId, LocationId, ModelId, PersonId, PurchaseOrderId,
    RequisitionId, VendorId,
};
use crate::key::UniqueKey;
use crate::location::{self, Location, LocationEvent};
use crate::person::{self, Person, PersonEvent};
use crate::purchase_order::{self, PurchaseOrder, PurchaseOrderEvent};
use crate::requisition::{self, Requisition, RequisitionEvent};
use crate::vendor::{self, Vendor, VendorEvent};

macro_rules! aggregates {
    ($($(#[$doc:meta])* $variant:ident, $word:literal, $state:ty, $event:ty, $id:ty;)+) => {
        /// Which sort of aggregate.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum AggregateKind {
            $($(#[$doc])* $variant,)+
        }

        impl AggregateKind {
            /// Every sort.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word in subjects and event types.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Reads the word; `None` if there is no such sort.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.as_str() == word)
            }

            /// The events of this sort, in their newest versions.
            #[must_use]
            pub fn event_types(self) -> &'static [EventType] {
                match self {
                    $(Self::$variant => <$event>::TYPES,)+
                }
            }
        }

        /// What has happened to any aggregate.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event {
            $($(#[$doc])* $variant($event),)+
        }

        impl Event {
            /// The sort of aggregate it happened to.
            #[must_use]
            pub fn aggregate_kind(&self) -> AggregateKind {
                match self {
                    $(Self::$variant(_) => AggregateKind::$variant,)+
                }
            }

            /// Its wire name and version.
            #[must_use]
            pub fn event_type(&self) -> EventType {
                match self {
                    $(Self::$variant(event) => event.event_type(),)+
                }
            }

            pub(crate) fn serialize_data<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(event) => event.serialize_data(serializer),)+
                }
            }

            /// Reads an event of the newest version; `None` if this build knows no such event.
            pub(crate) fn read(name: &str, data: &str) -> Option<Result<Self, serde_json::Error>> {
                let (aggregate, _) = name.split_once('.')?;
                match aggregate {
                    $($word => Some(<$event>::read(name, data)?.map(Self::$variant)),)+
                    _ => None,
                }
            }
        }

        $(impl From<$event> for Event {
            fn from(event: $event) -> Self {
                Self::$variant(event)
            }
        })+

        $(impl From<$id> for AggregateRef {
            fn from(id: $id) -> Self {
                Self::new(AggregateKind::$variant, id.0)
            }
        })+

        /// What any aggregate is, as its events tell.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Aggregate {
            $($(#[$doc])* $variant(Box<$state>),)+
        }
    };
}

aggregates! {
    /// An asset.
    Asset, "asset", Asset, AssetEvent, AssetId;
    /// A requisition.
    Requisition, "requisition", Requisition, RequisitionEvent, RequisitionId;
    /// A purchase order.
    PurchaseOrder, "purchase_order", PurchaseOrder, PurchaseOrderEvent, PurchaseOrderId;
    /// An asset model.
    AssetModel, "asset_model", AssetModel, AssetModelEvent, ModelId;
    /// A location.
    Location, "location", Location, LocationEvent, LocationId;
    /// A vendor.
    Vendor, "vendor", Vendor, VendorEvent, VendorId;
    /// A department.
    Department, "department", Department, DepartmentEvent, DepartmentId;
    /// A person.
    Person, "person", Person, PersonEvent, PersonId;
    /// An audit campaign.
    AuditCampaign, "audit_campaign", AuditCampaign, AuditCampaignEvent, AuditCampaignId;
    /// What an audit found about one thing.
    AuditFinding, "audit_finding", AuditFinding, AuditFindingEvent, AuditFindingId;
}

/// One aggregate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AggregateRef {
    /// Which sort.
    pub kind: AggregateKind,
    /// Which one.
    pub id: Uuid,
}

impl AggregateRef {
    /// Names an aggregate.
    #[must_use]
    pub fn new(kind: AggregateKind, id: Uuid) -> Self {
        Self { kind, id }
    }
}

impl std::fmt::Display for AggregateRef {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.kind.as_str(), self.id)
    }
}

impl Aggregate {
    /// Whether others may newly refer to it.
    pub(crate) fn may_be_referred_to(&self) -> bool {
        match self {
            Self::AssetModel(model) => model.is_active(),
            Self::Location(location) => location.is_active(),
            Self::Vendor(vendor) => vendor.is_active(),
            Self::Department(department) => department.is_active(),
            Self::Person(person) => person.is_active(),
            Self::Asset(_)
            | Self::Requisition(_)
            | Self::PurchaseOrder(_)
            | Self::AuditCampaign(_)
            | Self::AuditFinding(_) => false,
        }
    }

    /// The unique values it holds now.
    #[must_use]
    pub fn keys(&self) -> BTreeSet<UniqueKey> {
        match self {
            Self::Asset(asset) => asset.keys(),
            Self::PurchaseOrder(order) => order.keys(),
            Self::AssetModel(model) => model.keys(),
            Self::Location(location) => location.keys(),
            Self::Vendor(vendor) => vendor.keys(),
            Self::Department(department) => department.keys(),
            Self::Requisition(_) | Self::Person(_) | Self::AuditCampaign(_) | Self::AuditFinding(_) => {
                BTreeSet::new()
            }
        }
    }
}

impl AggregateKind {
    /// Whether others refer to it by its id as to something that may come to an end, after which
    /// nobody newly refers to it. Of assets, requisitions, orders and audits other rules hold.
    #[must_use]
    pub fn is_reference(self) -> bool {
        match self {
            Self::AssetModel | Self::Location | Self::Vendor | Self::Department | Self::Person => true,
            Self::Asset
            | Self::Requisition
            | Self::PurchaseOrder
            | Self::AuditCampaign
            | Self::AuditFinding => false,
        }
    }
}

/// The aggregate `id` after `event`, which `actor` caused. An event of another sort of aggregate
/// than `state` cannot stand on its subject; it starts from nothing.
#[must_use]
pub fn evolve(id: Uuid, state: Option<Aggregate>, event: &Event, actor: &str) -> Option<Aggregate> {
    match event {
        Event::Asset(event) => {
            let before = if let Some(Aggregate::Asset(before)) = state { Some(before) } else { None };
            in_place(before, |before| asset::evolve(AssetId(id), before, event)).map(Aggregate::Asset)
        }
        Event::Requisition(event) => {
            let before = if let Some(Aggregate::Requisition(before)) = state { Some(before) } else { None };
            let after =
                in_place(before, |before| requisition::evolve(RequisitionId(id), before, event, actor));
            after.map(Aggregate::Requisition)
        }
        Event::PurchaseOrder(event) => {
            let before = if let Some(Aggregate::PurchaseOrder(before)) = state { Some(before) } else { None };
            let after = in_place(before, |before| purchase_order::evolve(PurchaseOrderId(id), before, event));
            after.map(Aggregate::PurchaseOrder)
        }
        Event::AssetModel(event) => {
            Some(Aggregate::AssetModel(Box::new(asset_model::evolve(ModelId(id), event))))
        }
        Event::Location(event) => {
            Some(Aggregate::Location(Box::new(location::evolve(LocationId(id), event))))
        }
        Event::Vendor(event) => Some(Aggregate::Vendor(Box::new(vendor::evolve(VendorId(id), event)))),
        Event::Department(event) => {
            Some(Aggregate::Department(Box::new(department::evolve(DepartmentId(id), event))))
        }
        Event::Person(event) => {
            let before = if let Some(Aggregate::Person(before)) = state { Some(before) } else { None };
            in_place(before, |before| person::evolve(PersonId(id), before, event)).map(Aggregate::Person)
        }
        Event::AuditCampaign(event) => {
            let before = if let Some(Aggregate::AuditCampaign(before)) = state { Some(before) } else { None };
            let after = in_place(before, |before| audit_campaign::evolve(AuditCampaignId(id), before, event));
            after.map(Aggregate::AuditCampaign)
        }
        Event::AuditFinding(event) => {
            Some(Aggregate::AuditFinding(Box::new(audit_finding::evolve(AuditFindingId(id), event))))
        }
    }
}

/// What `step` makes of a thing, in the place that the thing had: a long history is folded without a place for each
/// of its events.
fn in_place<S>(before: Option<Box<S>>, step: impl FnOnce(Option<S>) -> Option<S>) -> Option<Box<S>> {
    let Some(mut place) = before else { return step(None).map(Box::new) };
    *place = step(Some(*place))?;
    Some(place)
}
