//! The list of all aggregates, and what each kind of them says of itself: what a subject's events fold to.

use std::collections::BTreeSet;
use std::fmt::Display;

use uuid::Uuid;

use crate::asset::Asset;
use crate::audit_campaign::AuditCampaign;
use crate::audit_finding::AuditFinding;
use crate::events::{EventType, WireEvent};
use crate::guard_name::GuardName;
use crate::key::{KeyKind, UniqueKey};
use crate::master::{AnyDefinition, AssetModel, Department, Location, Project, Vendor};
use crate::person::Person;
use crate::purchase_order::PurchaseOrder;
use crate::requisition::Requisition;
use crate::unique_label::UniqueLabel;

/// What a thing of one sort is, as its events tell.
pub trait AggregateState: ListedAggregate + Clone + PartialEq {
    /// What names it.
    type Id: TypedId<State = Self>;
    /// What can have happened to it.
    type Event: WireEvent;

    /// What a person calls it.
    const NOUN: &'static str;
    /// The unique values that it may hold.
    const KEYS: &'static [KeyKind] = &[];
    /// Whether others refer to it by its id as to something that may come to an end, after which
    /// nobody newly refers to it. Of assets, requisitions, orders and audits other rules hold.
    const IS_REFERENCE: bool = false;
    /// The guard of the tree that such things form, if they do.
    const TREE: Option<GuardName> = None;

    /// The thing after `event`, which `actor` caused. Never refuses: facts cannot be refused.
    fn evolve(id: Self::Id, before: Option<Self>, event: &Self::Event, actor: &str) -> Option<Self>;

    /// The unique labels it bears now.
    fn labels(&self) -> BTreeSet<UniqueLabel> {
        BTreeSet::new()
    }

    /// Whether others may newly refer to it.
    fn is_active(&self) -> bool {
        false
    }

    /// What it is a part of, in the tree that such things form.
    fn parent(&self) -> Option<Self::Id> {
        None
    }

    /// How it reads, if it is a thing that is only ever defined anew.
    fn definition(&self) -> Option<&dyn AnyDefinition> {
        None
    }

    /// One example of such a thing, if it is one that is only ever defined anew.
    #[cfg(feature = "schemars")]
    #[must_use]
    fn sample() -> Option<crate::master::Sample> {
        None
    }
}

/// That a sort of thing is in the list of aggregates.
pub trait ListedAggregate: Sized {
    /// Its sort.
    const KIND: AggregateKind;

    /// The thing, if it is of this sort.
    fn of(aggregate: &Aggregate) -> Option<&Self>;
}

/// An id that names things of one sort alone.
pub trait TypedId: Copy + Display + From<Uuid> + Into<AggregateRef> + Send + Sync + 'static {
    /// What it names.
    type State: AggregateState<Id = Self>;
}

macro_rules! aggregates {
    ($($(#[$doc:meta])* $state:ident = $code:literal, $word:literal;)+) => {
        /// Which sort of aggregate.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum AggregateKind {
            $($(#[$doc])* $state = $code,)+
        }

        impl AggregateKind {
            /// Every sort.
            pub const ALL: &'static [Self] = &[$(Self::$state,)+];

            /// The word in subjects and event types.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$state => $word,)+
                }
            }

            /// Reads the word; `None` if there is no such sort.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.as_str() == word)
            }

            /// What a person calls a thing of this sort.
            #[must_use]
            pub fn noun(self) -> &'static str {
                match self {
                    $(Self::$state => $state::NOUN,)+
                }
            }

            /// The number that stands for it in stored keys. It is never given to another.
            #[must_use]
            pub fn code(self) -> u8 {
                self as u8
            }

            /// The events of this sort, in their newest versions.
            #[must_use]
            pub fn event_types(self) -> &'static [EventType] {
                match self {
                    $(Self::$state => <$state as AggregateState>::Event::TYPES,)+
                }
            }

            /// The unique values that things of this sort may hold.
            #[must_use]
            pub fn key_kinds(self) -> &'static [KeyKind] {
                match self {
                    $(Self::$state => $state::KEYS,)+
                }
            }

            /// One example of such a thing, if it is one that is only ever defined anew.
            #[cfg(feature = "schemars")]
            #[must_use]
            pub fn sample(self) -> Option<crate::master::Sample> {
                match self {
                    $(Self::$state => $state::sample(),)+
                }
            }

            /// Whether others refer to it as to something that may come to an end.
            #[must_use]
            pub fn is_reference(self) -> bool {
                match self {
                    $(Self::$state => $state::IS_REFERENCE,)+
                }
            }
        }

        /// What has happened to any aggregate.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event {
            $($(#[$doc])* $state(<$state as AggregateState>::Event),)+
        }

        impl Event {
            /// The sort of aggregate it happened to.
            #[must_use]
            pub fn aggregate_kind(&self) -> AggregateKind {
                match self {
                    $(Self::$state(_) => AggregateKind::$state,)+
                }
            }

            /// Its wire name and version.
            #[must_use]
            pub fn event_type(&self) -> EventType {
                match self {
                    $(Self::$state(event) => event.event_type(),)+
                }
            }

            /// Writes the event's data, without its name.
            pub(crate) fn serialize_data<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$state(event) => event.serialize_data(serializer),)+
                }
            }

            /// Reads an event of the newest version; `None` if this build knows no such event.
            #[must_use]
            pub fn read(name: &str, data: &str) -> Option<Result<Self, serde_json::Error>> {
                let (aggregate, _) = name.split_once('.')?;
                match aggregate {
                    $($word => {
                        let event = <$state as AggregateState>::Event::read(name, data)?;
                        Some(event.map(Self::$state))
                    })+
                    _ => None,
                }
            }

            /// The JSON Schema of every event's data.
            #[cfg(feature = "schemars")]
            #[must_use]
            pub fn schemas() -> Vec<(EventType, schemars::Schema)> {
                [$(<$state as AggregateState>::Event::schemas(),)+].into_iter().flatten().collect()
            }
        }

        /// What any aggregate is, as its events tell.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Aggregate {
            $($(#[$doc])* $state(Box<$state>),)+
        }

        impl Aggregate {
            /// Which one it is.
            #[must_use]
            pub fn reference(&self) -> AggregateRef {
                match self {
                    $(Self::$state(state) => state.id.into(),)+
                }
            }

            /// How it reads, if it is a thing that is only ever defined anew.
            #[must_use]
            pub fn definition(&self) -> Option<&dyn AnyDefinition> {
                match self {
                    $(Self::$state(state) => state.definition(),)+
                }
            }

            /// Whether others may newly refer to it.
            pub(crate) fn is_active(&self) -> bool {
                match self {
                    $(Self::$state(state) => state.is_active(),)+
                }
            }

            /// The unique labels it bears now.
            #[must_use]
            pub fn labels(&self) -> BTreeSet<UniqueLabel> {
                match self {
                    $(Self::$state(state) => state.labels(),)+
                }
            }

            /// The unique values that stand for its labels, if it took them all.
            #[must_use]
            pub fn keys(&self) -> BTreeSet<UniqueKey> {
                self.labels().iter().flat_map(UniqueLabel::keys).cloned().collect()
            }

            /// What it is a part of, with the guard of the tree that it stands in.
            pub(crate) fn parent(&self) -> Option<(AggregateRef, GuardName)> {
                match self {
                    $(Self::$state(state) => Some((state.parent()?.into(), $state::TREE?)),)+
                }
            }
        }

        /// The aggregate `id` after `event`, which `actor` caused. An event of another sort of aggregate
        /// than `state` cannot stand on its subject; it starts from nothing.
        #[must_use]
        pub fn evolve(id: Uuid, state: Option<Aggregate>, event: &Event, actor: &str) -> Option<Aggregate> {
            match event {
                $(Event::$state(event) => {
                    let before = if let Some(Aggregate::$state(before)) = state { Some(before) } else { None };
                    let after = in_place(before, |before| $state::evolve(id.into(), before, event, actor));
                    after.map(Aggregate::$state)
                })+
            }
        }

        $(impl From<<$state as AggregateState>::Event> for Event {
            fn from(event: <$state as AggregateState>::Event) -> Self {
                Self::$state(event)
            }
        }

        impl From<<$state as AggregateState>::Id> for AggregateRef {
            fn from(id: <$state as AggregateState>::Id) -> Self {
                Self::new(AggregateKind::$state, id.0)
            }
        }

        impl TypedId for <$state as AggregateState>::Id {
            type State = $state;
        }

        impl ListedAggregate for $state {
            const KIND: AggregateKind = AggregateKind::$state;

            fn of(aggregate: &Aggregate) -> Option<&Self> {
                if let Aggregate::$state(state) = aggregate { Some(state) } else { None }
            }
        })+
    };
}

aggregates! {
    /// An asset.
    Asset = 1, "asset";
    /// A requisition.
    Requisition = 2, "requisition";
    /// A purchase order.
    PurchaseOrder = 3, "purchase_order";
    /// An asset model.
    AssetModel = 4, "asset_model";
    /// A location.
    Location = 5, "location";
    /// A vendor.
    Vendor = 6, "vendor";
    /// A department.
    Department = 7, "department";
    /// A person.
    Person = 8, "person";
    /// An audit campaign.
    AuditCampaign = 9, "audit_campaign";
    /// What an audit found about one thing.
    AuditFinding = 10, "audit_finding";
    /// A project.
    Project = 11, "project";
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

/// What `step` makes of a thing, in the place that the thing had: a long history is folded without a place for each
/// of its events.
fn in_place<S>(before: Option<Box<S>>, step: impl FnOnce(Option<S>) -> Option<S>) -> Option<Box<S>> {
    let Some(mut place) = before else { return step(None).map(Box::new) };
    *place = step(Some(*place))?;
    Some(place)
}
